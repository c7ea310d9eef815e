"""A converted network says what the published one says."""

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from scripts.convert import DUST, recogniser, same


def published(kernel: NDArray[np.float32]) -> bytes:
    """A convolution and a PReLU, as the recogniser begins."""
    channels = kernel.shape[0]
    slopes = np.linspace(-0.5, 0.5, channels, dtype=np.float32).reshape(-1, 1, 1)
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["input", "kernel"], ["felt"]),
            helper.make_node("PRelu", ["felt", "slopes"], ["out"]),
        ],
        "network",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, 6, 6])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, channels, 4, 4])],
        [numpy_helper.from_array(kernel, "kernel"), numpy_helper.from_array(slopes, "slopes")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    data: bytes = model.SerializeToString()
    return data


def run(model: bytes, image: NDArray[np.float32]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    [out] = session.run(None, {"input": image})
    return np.asarray(out, np.float32)


@pytest.fixture
def kernel() -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(size=(4, 3, 3, 3)).astype(np.float32)


def test_the_recogniser_takes_rgb_where_it_took_bgr(kernel: NDArray[np.float32]) -> None:
    image = np.random.default_rng(1).normal(size=(1, 3, 6, 6)).astype(np.float32)
    model = published(kernel)

    converted = recogniser(model)

    assert run(converted, image[:, ::-1].copy()) == pytest.approx(run(model, image), abs=1e-5)
    assert "PRelu" not in [node.op_type for node in onnx.load_from_string(converted).graph.node]


def test_converting_twice_gives_the_same_bytes(kernel: NDArray[np.float32]) -> None:
    assert recogniser(published(kernel)) == recogniser(published(kernel))


def test_weights_that_are_dust_are_swept_and_no_others(kernel: NDArray[np.float32]) -> None:
    kernel[0, 0, 0] = (1e-39, -1e-20, 10 * DUST)

    converted = onnx.load_from_string(recogniser(published(kernel)))

    weights = {one.name: numpy_helper.to_array(one) for one in converted.graph.initializer}
    assert weights["kernel"][0, 2, 0].tolist() == [0, 0, pytest.approx(10 * DUST)]
    assert np.count_nonzero(weights["kernel"]) == kernel.size - 2


@given(st.integers(1, 300), st.integers(1, 7), st.integers(1, 3))
def test_same_padding_gives_one_output_per_stride(size: int, kernel: int, stride: int) -> None:
    before, after = same(size, kernel, stride)

    assert after - before in (0, 1)
    if kernel >= stride:
        assert (size + before + after - kernel) // stride + 1 == -(-size // stride)
