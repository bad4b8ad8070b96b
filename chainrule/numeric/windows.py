"""Windows along an axis, their overlapped sum, and rows of 0 and 1: for entries and for arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, Protocol

from chainrule.graph import Operation
from chainrule.numeric.arithmetic import Context
from chainrule.numeric.tensors import Tensor, strides

if TYPE_CHECKING:
    import numpy as np

WINDOWED = frozenset({"one_hot", "overlap_add", "windows"})


class Entries(Protocol):
    """What these operations ask of an arithmetic."""

    def number(self, value: int) -> Any:
        """The entry of a whole number."""

    def kept(self, entry: Any) -> Any:
        """An entry that goes into a tensor."""


def windowed(node: Operation, operands: Sequence[Tensor], arithmetic: Entries, context: Context) -> Tensor:
    """The value of one of these operations."""
    shape = context.concrete(node.shape)
    params = dict(node.params)
    if node.op == "one_hot":
        zero, one = arithmetic.number(0), arithmetic.number(1)
        return Tensor([one if hit else zero for hit in _hits(params["indices"], shape[-1])], shape)
    entries = operands[0].entries
    if node.op == "windows":
        return Tensor([entries[k] for k in _places(operands[0].shape, params)], shape)
    out = [arithmetic.number(0)] * (len(entries) and _size(shape))
    for k, entry in zip(_places(shape, params), entries, strict=True):
        out[k] = arithmetic.kept(out[k] + entry)
    return Tensor(out, shape)


def _size(shape: tuple[int, ...]) -> int:
    count = 1
    for dim in shape:
        count *= dim
    return count


def _hits(indices: Any, count: int) -> list[bool]:
    if not isinstance(indices, tuple):
        return [k == indices for k in range(count)]
    return [hit for part in indices for hit in _hits(part, count)]


def _places(shape: tuple[int, ...], params: Mapping[str, Any]) -> list[int]:
    """For each entry of the windows of a tensor, the place where it stands in the tensor."""
    axis = params["axis"] % len(shape)
    step, spread, size = params["step"], params["dilation"], params["size"]
    count = (shape[axis] - spread * (size - 1) - 1) // step + 1
    pace = strides(shape)
    ranges = [range(dim) for dim in shape]
    ranges[axis] = range(count)
    paces = [pace[k] * (step if k == axis else 1) for k in range(len(shape))]
    starts = (sum(k * along for k, along in zip(index, paces, strict=True)) for index in product(*ranges))
    within = [k * spread * pace[axis] for k in range(size)]
    return [start + k for start in starts for k in within]


def windowed_array(
    op: str, params: Mapping[str, Any], operands: Sequence[np.ndarray], shape: tuple[int, ...]
) -> np.ndarray:
    """The same for NumPy arrays."""
    import numpy as np

    if op == "one_hot":
        return np.array(_hits(params["indices"], shape[-1]), dtype=np.float64).reshape(shape)
    axis, size, step, spread = params["axis"], params["size"], params["step"], params["dilation"]
    whole = operands[0] if op == "windows" else np.zeros(shape)
    reach = spread * (size - 1) + 1
    views = np.lib.stride_tricks.sliding_window_view(whole, reach, axis=axis, writeable=op != "windows")
    picked: list[slice] = [slice(None)] * views.ndim
    picked[axis - 1] = slice(None, None, step)
    picked[-1] = slice(None, None, spread)
    chosen = views[tuple(picked)]
    if op == "windows":
        return np.ascontiguousarray(chosen)
    for k in range(size):
        chosen[..., k] += operands[0][..., k]
    return whole
