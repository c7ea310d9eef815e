"""A TensorFlow.js graph says the same after it has become ONNX, in half the bytes."""

import base64
import json
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from scripts.tfjs import object_detector

CHANCE = np.random.default_rng(0)
KERNEL = CHANCE.normal(size=(3, 3, 3, 8)).astype(np.float16)
BIAS = np.linspace(-1, 1, 8, dtype=np.float32)
ORDER = {"to_nhwc": [0, 2, 3, 1], "to_nchw": [0, 3, 1, 2]}


def ints(*numbers: int) -> dict[str, Any]:
    return {"list": {"i": [str(number) for number in numbers]}}


def published() -> tuple[bytes, bytes]:
    """One convolution of each cell, as such graphs have it: NCHW outside, NHWC within."""
    weights: dict[str, NDArray[Any]] = {
        "kernel": KERNEL,
        "bias": BIAS,
        **{name: np.array(order, np.int32) for name, order in ORDER.items()},
        "flat": np.array([1, 8, 414 * 414], np.int32),
    }
    valid = {"s": base64.b64encode(b"VALID").decode()}
    strides, ones = ints(1, 1, 1, 1), ints(1, 1, 1, 1)
    nodes = [
        {"name": "image", "op": "Placeholder"},
        *({"name": name, "op": "Const"} for name in weights),
        {"name": "nhwc", "op": "Transpose", "input": ["image", "to_nhwc"]},
        {
            "name": "felt",
            "op": "Conv2D",
            "input": ["nhwc", "kernel"],
            "attr": {"strides": strides, "dilations": ones, "padding": valid},
        },
        {"name": "shifted", "op": "AddV2", "input": ["felt", "bias"]},
        {"name": "nchw", "op": "Transpose", "input": ["shifted", "to_nchw"]},
        {"name": "bent", "op": "LeakyRelu", "input": ["nchw"], "attr": {"alpha": {"f": 0.1}}},
        {"name": "out", "op": "Reshape", "input": ["bent", "flat"]},
        {"name": "unused", "op": "Sigmoid", "input": ["nchw"]},
    ]
    specs = [
        {
            "name": name,
            "shape": list(array.shape),
            "dtype": "float32" if array.dtype.kind == "f" else "int32",
            **({"quantization": {"dtype": "float16"}} if array.dtype == np.float16 else {}),
        }
        for name, array in weights.items()
    ]
    shape = {"dim": [{"size": str(size)} for size in (1, 8, 414 * 414)]}
    model = {
        "modelTopology": {"node": nodes},
        "weightsManifest": [{"paths": ["weights.bin"], "weights": specs}],
        "signature": {"outputs": {"out:0": {"tensorShape": shape}}},
    }
    return json.dumps(model).encode(), b"".join(array.tobytes() for array in weights.values())


def expected(image: NDArray[np.float32]) -> NDArray[np.float32]:
    windows = np.lib.stride_tricks.sliding_window_view(image[0], (3, 3), axis=(1, 2))
    kernel = KERNEL.astype(np.float32).transpose(2, 0, 1, 3)
    felt = np.tensordot(windows, kernel, axes=([0, 3, 4], [0, 1, 2])).transpose(2, 0, 1)
    shifted = felt + BIAS[:, None, None]
    bent = np.where(shifted < 0, 0.1 * shifted, shifted)
    return np.asarray(bent.reshape(1, 8, -1), np.float32)


def test_a_converted_graph_says_what_the_published_one_says() -> None:
    image = CHANCE.random((1, 3, 416, 416), np.float32)
    session = onnxruntime.InferenceSession(
        object_detector(*published()), providers=["CPUExecutionProvider"]
    )

    [out] = session.run(None, {"input": image})

    assert out.shape == (1, 8, 414 * 414)
    assert np.abs(out - expected(image)).max() <= 1e-4  # of 1.4 million: approx takes 15 s


def test_transpositions_cancel_and_what_no_output_needs_is_left_out() -> None:
    graph = onnx.load_from_string(object_detector(*published())).graph

    assert [node.op_type for node in graph.node] == ["Cast", "Conv", "LeakyRelu", "Reshape"]


def test_weights_stay_in_sixteen_bits_where_they_were_published_so() -> None:
    graph = onnx.load_from_string(object_detector(*published())).graph

    stored = {one.name: one.data_type for one in graph.initializer}
    assert stored["felt/w_half"] == onnx.TensorProto.FLOAT16
    assert stored["shifted/b"] == onnx.TensorProto.FLOAT


def test_converting_twice_gives_the_same_bytes() -> None:
    assert object_detector(*published()) == object_detector(*published())
