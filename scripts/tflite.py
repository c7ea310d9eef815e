"""Reads what the converter needs of a TensorFlow Lite file: operators, shapes and weights.

The file is a FlatBuffer; the slot numbers below are the field ids of TensorFlow's schema.fbs, which
its rules of evolution never change.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"TFL3"  # at byte 4
DTYPES = (np.float32, np.float16, np.int32)  # by TensorType


class Kind(IntEnum):
    """The operators (BuiltinOperator) of the networks that we convert."""

    ADD = 0
    CONV_2D = 3
    DEPTHWISE_CONV_2D = 4
    DEQUANTIZE = 6
    MAX_POOL_2D = 17
    PAD = 34
    PRELU = 54


@dataclass(frozen=True)
class Table:
    """One FlatBuffer table: fields are found through its vtable, an absent one is its default."""

    data: bytes
    at: int

    def _field(self, slot: int) -> int:
        vtable = self.at - read(self.data, "<i", self.at)
        entry = 4 + 2 * slot
        inside = entry < read(self.data, "<H", vtable)
        return read(self.data, "<H", vtable + entry) if inside else 0

    def number(self, slot: int, form: str, default: int = 0) -> int:
        field = self._field(slot)
        return read(self.data, form, self.at + field) if field else default

    def table(self, slot: int) -> "Table":
        at = self.at + self._field(slot)
        return Table(self.data, at + read(self.data, "<I", at))

    def tables(self, slot: int) -> list["Table"]:
        starts = range(*self._vector(slot, width=4))
        return [Table(self.data, at + read(self.data, "<I", at)) for at in starts]

    def array(self, slot: int, dtype: type[np.generic]) -> NDArray[Any]:
        start, end, width = self._vector(slot, np.dtype(dtype).itemsize)
        return np.frombuffer(self.data, dtype, (end - start) // width, start)

    def _vector(self, slot: int, width: int) -> tuple[int, int, int]:
        field = self._field(slot)
        if not field:
            return 0, 0, width
        at = self.at + field
        at += read(self.data, "<I", at)
        return at + 4, at + 4 + width * read(self.data, "<I", at), width


@dataclass(frozen=True)
class Operator:
    kind: Kind
    inputs: list[int]
    output: int
    options: Table


class Graph:
    """The one subgraph of a network; tensors are named by their index."""

    def __init__(self, data: bytes) -> None:
        if data[4:8] != MAGIC:
            raise ValueError("not a TensorFlow Lite file")
        model = Table(data, read(data, "<I", 0))
        subgraph = model.tables(2)[0]
        self._buffers = model.tables(4)
        self._tensors = subgraph.tables(0)
        self.inputs: list[int] = subgraph.array(1, np.int32).tolist()
        self.outputs: list[int] = subgraph.array(2, np.int32).tolist()
        kinds = [max(code.number(0, "<b"), code.number(3, "<i")) for code in model.tables(1)]
        self.operators = [operator(table, kinds) for table in subgraph.tables(3)]

    def shape(self, tensor: int) -> list[int]:
        shape: list[int] = self._tensors[tensor].array(0, np.int32).tolist()
        return shape

    def weights(self, tensor: int) -> NDArray[Any]:
        table = self._tensors[tensor]
        stored = self._buffers[table.number(2, "<I")].array(0, np.uint8)
        return stored.view(DTYPES[table.number(1, "<b")]).reshape(self.shape(tensor))


def operator(table: Table, kinds: list[int]) -> Operator:
    outputs = table.array(2, np.int32).tolist()
    kind = Kind(kinds[table.number(0, "<I")])
    return Operator(kind, table.array(1, np.int32).tolist(), outputs[0], table.table(4))


def read(data: bytes, form: str, at: int) -> int:
    value: int = struct.unpack_from(form, data, at)[0]
    return value
