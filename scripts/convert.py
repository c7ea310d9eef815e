"""Turns published networks into the ONNX files that the agent runs.

The same input gives the same bytes each time; models.lock.json has their sums. onnx and numpy are
pinned for that (onnx 1.22.0 and 1.23.2 were seen to give equal bytes).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from scripts.tflite import Graph, Kind, Operator, Table

OPSET = 13
IR_VERSION = 8  # of opset 13's time: any onnxruntime of the last years reads it
SAME, VALID = 0, 1  # tflite's Padding
RELU = 1  # tflite's ActivationFunctionType
# Training left 190,000 weights (of 1.2 million) so small that they change no bit of any output, but
# make numbers below the range of floats, which some CPUs handle slowly: 73 -> 4.5 ms a face there.
DUST = 1e-15


def as_published(data: bytes) -> bytes:
    return data


def recogniser(data: bytes) -> bytes:
    """The face recogniser, made to take RGB as insightface feeds it, and faster.

    It was trained on BGR, although its package feeds RGB: of 450 pairs of one person and 4,500 of
    two, BGR finds 100 % at 0.1 % false matches, RGB 99.3 %.
    """
    model = onnx.load_from_string(data)
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    swap_colours(weights[model.graph.node[0].input[1]])
    return quick(model)


def photograph(data: bytes) -> bytes:
    """The network that tells a photo or a screen from a living face, made faster; it takes BGR.

    Its package feeds RGB, which called 5 % of a living webcam's frames a photo; BGR none.
    """
    return quick(onnx.load_from_string(data))


def quick(model: onnx.ModelProto) -> bytes:
    """The same results in less time."""
    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        if node.op_type != "PRelu":
            nodes.append(node)
            continue
        source, slope = node.input
        graph.initializer.remove(weights[slope])
        made, constants = leaky(source, node.output[0], numpy_helper.to_array(weights[slope]))
        nodes += made
        graph.initializer.extend(constants)
    del graph.node[:]
    graph.node.extend(nodes)
    for tensor in graph.initializer:
        sweep(tensor)
    return checked(model)


def swap_colours(kernel: onnx.TensorProto) -> None:
    """Reverse the input channels of the first convolution: RGB in, where BGR went in before."""
    swapped = numpy_helper.to_array(kernel)[:, ::-1]
    kernel.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(swapped), kernel.name))


def sweep(tensor: onnx.TensorProto) -> None:
    """Make weights that are dust zero."""
    array = numpy_helper.to_array(tensor)
    if array.dtype == np.float32:
        swept = np.where(np.abs(array) < DUST, np.float32(0), array)
        tensor.CopyFrom(constant(tensor.name, swept))


def leaky(
    source: str, output: str, slope: NDArray[np.float32]
) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """PReLU as relu(x) * (1 - slope) + x * slope: 8.1 -> 2.7 ms a face in onnxruntime on a CPU."""
    names = [f"{output}_{part}" for part in ("relu", "above", "below", "1-slope", "slope")]
    relu, above, below, rest, factor = names
    nodes = [
        helper.make_node("Relu", [source], [relu], relu),
        helper.make_node("Mul", [relu, rest], [above], above),
        helper.make_node("Mul", [source, factor], [below], below),
        helper.make_node("Add", [above, below], [output], output),
    ]
    return nodes, [constant(rest, 1 - slope), constant(factor, slope)]


def face_mesh(data: bytes) -> bytes:
    """The network of 468 face points, in NCHW.

    [1,3,192,192] RGB in 0..1 -> 468 times x, y, z in px of the input, and whether it is a face.
    """
    return Conversion(Graph(data)).model()


class Conversion:
    """One tflite graph on its way to ONNX, from NHWC to NCHW."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.widened: dict[int, NDArray[Any]] = {}
        self.names = {graph.inputs[0]: "input"}

    def model(self) -> bytes:
        for operator in self.graph.operators:
            CONVERTERS[operator.kind](self, operator)
        outputs = [self.flat_output(i, tensor) for i, tensor in enumerate(self.graph.outputs)]
        _, height, width, channels = self.graph.shape(self.graph.inputs[0])
        entry = value("input", [1, channels, height, width])
        graph = helper.make_graph(self.nodes, "graph", [entry], outputs, self.constants)
        opset = helper.make_opsetid("", OPSET)
        return checked(
            helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION, producer_name="")
        )

    def flat_output(self, index: int, tensor: int) -> onnx.ValueInfoProto:
        name = f"out{index}"
        self.emit("Flatten", [self.names[tensor]], name, axis=1)
        return value(name, [1, int(np.prod(self.graph.shape(tensor)))])

    def emit(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> None:
        self.nodes.append(helper.make_node(kind, inputs, [output], output, **attributes))

    def keep(self, name: str, array: NDArray[Any]) -> str:
        self.constants.append(constant(name, array))
        return name

    def weights(self, tensor: int) -> NDArray[Any]:
        found = self.widened.get(tensor)
        return self.graph.weights(tensor) if found is None else found

    def result(self, operator: Operator, activation: int = 0) -> str:
        """The name of what the operator gives, after the activation that is fused into it."""
        name = self.names[operator.output] = f"t{operator.output}"
        if activation == RELU:
            self.emit("Relu", [f"{name}_linear"], name)
            return f"{name}_linear"
        if activation:
            raise ValueError(f"activation {activation} is not converted")
        return name

    def padding(self, tensor: int, kernel: list[int], stride: list[int], mode: int) -> list[int]:
        if mode == VALID:
            return [0, 0, 0, 0]
        _, height, width, _ = self.graph.shape(tensor)
        top, bottom = same(height, kernel[0], stride[0])
        left, right = same(width, kernel[1], stride[1])
        return [top, left, bottom, right]


def same(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """TensorFlow's SAME padding: the odd cell goes to the far side."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def widen(work: Conversion, operator: Operator) -> None:
    """Weights are stored in 16 bits and widened before use: do it once, here."""
    work.widened[operator.output] = work.weights(operator.inputs[0]).astype(np.float32)


def convolve(work: Conversion, operator: Operator) -> None:
    emit_convolution(work, operator, axes=(0, 3, 1, 2), groups=1, activation_slot=3)


def convolve_depthwise(work: Conversion, operator: Operator) -> None:
    channels = work.graph.shape(operator.inputs[1])[3]
    emit_convolution(work, operator, axes=(3, 0, 1, 2), groups=channels, activation_slot=4)


def emit_convolution(
    work: Conversion, operator: Operator, axes: tuple[int, ...], groups: int, activation_slot: int
) -> None:
    source, kernel, bias = operator.inputs
    weights = work.weights(kernel).transpose(axes)
    size, stride = list(weights.shape[2:]), strides(operator.options)
    output = work.result(operator, operator.options.number(activation_slot, "<b"))
    work.emit(
        "Conv",
        [
            work.names[source],
            work.keep(f"{output}_kernel", weights),
            work.keep(f"{output}_bias", work.weights(bias)),
        ],
        output,
        kernel_shape=size,
        strides=stride,
        pads=work.padding(source, size, stride, operator.options.number(0, "<b")),
        group=groups,
    )


def strides(options: Table) -> list[int]:
    return [options.number(2, "<i"), options.number(1, "<i")]


def prelu(work: Conversion, operator: Operator) -> None:
    source, slope = operator.inputs
    per_channel = work.weights(slope).reshape(-1, 1, 1)
    nodes, constants = leaky(work.names[source], work.result(operator), per_channel)
    work.nodes += nodes
    work.constants += constants


def add(work: Conversion, operator: Operator) -> None:
    inputs = [work.names[tensor] for tensor in operator.inputs]
    work.emit("Add", inputs, work.result(operator, operator.options.number(0, "<b")))


def max_pool(work: Conversion, operator: Operator) -> None:
    source, options = operator.inputs[0], operator.options
    size, stride = [options.number(4, "<i"), options.number(3, "<i")], strides(options)
    pads = work.padding(source, size, stride, options.number(0, "<b"))
    output = work.result(operator, options.number(5, "<b"))
    work.emit("MaxPool", [work.names[source]], output, kernel_shape=size, strides=stride, pads=pads)


def pad(work: Conversion, operator: Operator) -> None:
    source, widths = operator.inputs
    channels_first = work.weights(widths)[[0, 3, 1, 2]].T.ravel().astype(np.int64)
    output = work.result(operator)
    work.emit("Pad", [work.names[source], work.keep(f"{output}_widths", channels_first)], output)


CONVERTERS: dict[Kind, Callable[[Conversion, Operator], None]] = {
    Kind.ADD: add,
    Kind.CONV_2D: convolve,
    Kind.DEPTHWISE_CONV_2D: convolve_depthwise,
    Kind.DEQUANTIZE: widen,
    Kind.MAX_POOL_2D: max_pool,
    Kind.PAD: pad,
    Kind.PRELU: prelu,
}


def constant(name: str, array: NDArray[Any]) -> onnx.TensorProto:
    return numpy_helper.from_array(np.ascontiguousarray(array), name)


def value(name: str, shape: list[int]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)


def checked(model: onnx.ModelProto) -> bytes:
    onnx.checker.check_model(model, full_check=True)
    data: bytes = model.SerializeToString(deterministic=True)
    return data
