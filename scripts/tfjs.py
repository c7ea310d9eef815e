"""Turns a TensorFlow.js graph model (its JSON and its weights) into the ONNX file of a network.

The graph was ONNX once: it goes through NHWC and back around every operator, which cancels out.
"""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper

from scripts.convert import IR_VERSION, OPSET, checked, constant, value

Json = dict[str, Any]
Array = NDArray[Any]

TO_NCHW, TO_NHWC = [0, 3, 1, 2], [0, 2, 3, 1]
SMALL = 64  # numbers: a shorter constant is not worth a node that widens it


def object_detector(graph: bytes, weights: bytes) -> bytes:
    """NanoDet: [1,3,416,416] -> at three strides 80 scores and 4 x 11 bins of distance a cell.

    The input is BGR, normalised as in training. The weights are published in 16 bits and stay so in
    the file: half the size, the same numbers.
    """
    return Conversion(json.loads(graph), weights).model()


class Conversion:
    """One graph on its way; `names` says what each of its tensors is called in ONNX."""

    def __init__(self, model: Json, weights: bytes) -> None:
        self.graph = model["modelTopology"]["node"]
        self.outputs: Json = model["signature"]["outputs"]
        self.known = arrays(model["weightsManifest"], weights)
        self.names: dict[str, str] = {}
        self.turned: dict[str, tuple[str, list[int]]] = {}
        self.convolutions: dict[str, onnx.NodeProto] = {}
        self.uses = Counter(source for node in self.graph for source in node.get("input", []))
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, Array] = {}

    def model(self) -> bytes:
        for node in self.graph:
            CONVERTERS[node["op"]](self, node)
        outputs = [value(one, sizes(self.outputs[f"{one}:0"])) for one in self.output_names()]
        nodes = alive(self.nodes, {one.name for one in outputs})
        wanted = {name for node in nodes for name in node.input}
        widened, constants = narrow(
            {name: array for name, array in self.constants.items() if name in wanted}
        )
        graph = helper.make_graph(
            widened + nodes, "graph", [value("input", [1, 3, 416, 416])], outputs, constants
        )
        opset = helper.make_opsetid("", OPSET)
        return checked(
            helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION, producer_name="")
        )

    def output_names(self) -> list[str]:
        return [name.removesuffix(":0") for name in sorted(self.outputs)]

    def array(self, name: str) -> Array:
        return self.known[name.removesuffix(":0")]

    def is_known(self, name: str) -> bool:
        return name.removesuffix(":0") in self.known

    def name(self, source: str) -> str:
        """What a tensor is called in ONNX; a constant is kept when it is first asked for."""
        source = source.removesuffix(":0")
        if source not in self.names:
            self.names[source] = self.keep(source, self.known[source])
        return self.names[source]

    def keep(self, name: str, array: Array) -> str:
        self.constants[name] = array
        return name

    def emit(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], output, **attributes))
        return output

    def turn(self, source: str, order: list[int], output: str) -> str:
        """Transpose, unless that only takes back the transposition before it."""
        before, turned = self.turned.get(source, ("", []))
        if turned and [turned[axis] for axis in order] == list(range(len(order))):
            return before
        self.turned[output] = (source, order)
        return self.emit("Transpose", [source], output, perm=order)


def arrays(manifest: list[Json], weights: bytes) -> dict[str, Array]:
    """The constants of a graph by name: 32-bit floats, and integers as ONNX wants them."""
    found, at = {}, 0
    for spec in (spec for group in manifest for spec in group["weights"]):
        stored = np.dtype(spec.get("quantization", spec)["dtype"])
        count = int(np.prod(spec["shape"]))
        array = np.frombuffer(weights, stored, count, at).reshape(spec["shape"])
        at += array.nbytes
        found[spec["name"]] = array.astype(np.float32 if spec["dtype"] == "float32" else np.int64)
    return found


def sizes(output: Json) -> list[int]:
    return [int(size["size"]) for size in output["tensorShape"]["dim"]]


def numbers(attribute: Json) -> list[int]:
    return [int(number) for number in attribute["list"]["i"]]


def alive(nodes: list[onnx.NodeProto], wanted: set[str]) -> list[onnx.NodeProto]:
    """The nodes that an output depends on."""
    kept = []
    for node in reversed(nodes):
        if wanted & set(node.output):
            kept.append(node)
            wanted = wanted | set(node.input)
    return kept[::-1]


def narrow(
    constants: dict[str, Array],
) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """Store in 16 bits what fits without loss, with the nodes that widen it when it is loaded."""
    nodes, stored = [], []
    for name, array in constants.items():
        half = array.astype(np.float16) if array.dtype == np.float32 else array
        if half is array or array.size <= SMALL or not np.array_equal(half, array):
            stored.append(constant(name, array))
            continue
        stored.append(constant(f"{name}_half", half))
        to = onnx.TensorProto.FLOAT
        nodes.append(helper.make_node("Cast", [f"{name}_half"], [name], f"{name}_wide", to=to))
    return nodes, stored


def skip(work: Conversion, node: Json) -> None:
    """Constants are looked up where they are used."""


def enter(work: Conversion, node: Json) -> None:
    work.names[node["name"]] = "input"


def scatter(work: Conversion, node: Json) -> None:
    """A shape, or the widths of a padding, that the graph keeps as its few non-zero places."""
    places, shape, given, rest = (work.array(source) for source in node["input"])
    dense = np.full(shape, rest.ravel()[0] if rest.size else 0, np.int64)
    dense[tuple(places.T)] = given
    work.known[node["name"]] = dense


def transpose(work: Conversion, node: Json) -> None:
    source, order = node["input"]
    work.names[node["name"]] = work.turn(
        work.name(source), [int(axis) for axis in work.array(order)], node["name"]
    )


def convolve(work: Conversion, node: Json) -> None:
    name, (source, kernel) = node["name"], node["input"]
    weights = work.array(kernel).transpose(3, 2, 0, 1)
    felt = work.emit(
        "Conv",
        [work.turn(work.name(source), TO_NCHW, f"{name}/nchw"), work.keep(f"{name}/w", weights)],
        f"{name}/c",
        strides=numbers(node["attr"]["strides"])[1:3],
        kernel_shape=weights.shape[2:],
        dilations=numbers(node["attr"]["dilations"])[1:3],
    )
    work.convolutions[name] = work.nodes[-1]
    work.names[name] = work.turn(felt, TO_NHWC, name)


def add(work: Conversion, node: Json) -> None:
    """Two known shapes, or the bias of a convolution that nothing else reads, or a sum."""
    name, (first, second) = node["name"], node["input"]
    if work.is_known(first) and work.is_known(second):
        work.known[name] = work.array(first) + work.array(second)
        return
    before = work.convolutions.get(first)
    if before and work.uses[first] == 1 and work.is_known(second) and work.array(second).ndim == 1:
        before.input.append(work.keep(f"{name}/b", work.array(second)))
        work.names[name] = work.names[first]
        return
    work.names[name] = work.emit("Add", [work.name(first), work.name(second)], name)


def pad(work: Conversion, node: Json) -> None:
    name, (source, widths, *filling) = node["name"], node["input"]
    ends = work.array(widths).T.ravel().astype(np.int64)
    inputs = [work.name(source), work.keep(f"{name}/p", ends)]
    inputs += [work.keep(f"{name}/v", work.array(one).reshape(())) for one in filling]
    work.names[name] = work.emit("Pad", inputs, name)


def leaky(work: Conversion, node: Json) -> None:
    slope = float(node["attr"]["alpha"]["f"])
    source = work.name(node["input"][0])
    work.names[node["name"]] = work.emit("LeakyRelu", [source], node["name"], alpha=slope)


def pool(work: Conversion, node: Json) -> None:
    name, attributes = node["name"], node["attr"]
    largest = work.emit(
        "MaxPool",
        [work.turn(work.name(node["input"][0]), TO_NCHW, f"{name}/nchw")],
        f"{name}/c",
        kernel_shape=numbers(attributes["ksize"])[1:3],
        strides=numbers(attributes["strides"])[1:3],
    )
    work.names[name] = work.turn(largest, TO_NHWC, name)


def join(work: Conversion, node: Json) -> None:
    *sources, axis = node["input"]
    inputs, along = [work.name(one) for one in sources], int(work.array(axis).ravel()[0])
    work.names[node["name"]] = work.emit("Concat", inputs, node["name"], axis=along)


def resize(work: Conversion, node: Json) -> None:
    """Bilinear; ONNX wants all four sizes, of which the first two are those of the input."""
    name, (source, target) = node["name"], node["input"]
    small = work.turn(work.name(source), TO_NCHW, f"{name}/nchw")
    ends = [work.keep(f"{name}/{at}", np.array([at])) for at in (0, 2)]
    shape = work.emit("Shape", [small], f"{name}/s")
    kept = work.emit("Slice", [shape, *ends], f"{name}/nc")
    size = work.keep(f"{name}/size", work.array(target).astype(np.int64))
    whole = work.emit("Concat", [kept, size], f"{name}/full", axis=0)
    large = work.emit(
        "Resize",
        [small, "", "", whole],
        f"{name}/c",
        mode="linear",
        coordinate_transformation_mode="half_pixel",
    )
    work.names[name] = work.turn(large, TO_NHWC, name)


def split(work: Conversion, node: Json) -> None:
    name, (source, parts, axis) = node["name"], node["input"]
    sections = work.array(parts).astype(np.int64)
    outputs = [name + (f":{part}" if part else "") for part in range(len(sections))]
    inputs = [work.name(source), work.keep(f"{name}/split", sections)]
    along = int(work.array(axis).ravel()[0])
    work.nodes.append(helper.make_node("Split", inputs, outputs, name, axis=along))
    work.names.update({output: output for output in outputs})


def reshape(work: Conversion, node: Json) -> None:
    name, (source, shape) = node["name"], node["input"]
    into = work.keep(f"{name}/shape", work.array(shape).astype(np.int64))
    work.names[name] = work.emit("Reshape", [work.name(source), into], name)


def same_operator(kind: str) -> Callable[[Conversion, Json], None]:
    def convert(work: Conversion, node: Json) -> None:
        source = work.name(node["input"][0])
        work.names[node["name"]] = work.emit(kind, [source], node["name"])

    return convert


CONVERTERS: dict[str, Callable[[Conversion, Json], None]] = {
    "Add": add,
    "AddV2": add,
    "ConcatV2": join,
    "Const": skip,
    "Conv2D": convolve,
    "Identity": same_operator("Identity"),
    "LeakyRelu": leaky,
    "MaxPool": pool,
    "Pad": pad,
    "PadV2": pad,
    "Placeholder": enter,
    "Reshape": reshape,
    "ResizeBilinear": resize,
    "Sigmoid": same_operator("Sigmoid"),
    "SparseToDense": scatter,
    "SplitV": split,
    "Transpose": transpose,
}
