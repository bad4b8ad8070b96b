"""The operations that no law defines: folds by a step, entries taken and placed, products of the others.

Written once over entries, so that every entrywise arithmetic has them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import accumulate
from typing import Any, Protocol

from chainrule.graph import Operation
from chainrule.numeric.arithmetic import Context
from chainrule.numeric.closures import Kernel, Scalars
from chainrule.numeric.tensors import Tensor, filled, offsets, strides
from chainrule.terms import Term, apply, slot

Item = int | tuple[int | None, int | None, int | None]

STEPS: dict[str, Term] = {
    "sum": apply("add", slot(0), slot(1)),
    "prod": apply("mul", slot(0), slot(1)),
    "max": apply("where", apply("ge", slot(0), slot(1)), slot(0), slot(1)),
    "min": apply("where", apply("le", slot(0), slot(1)), slot(0), slot(1)),
}
"""The folds that are declared by a step: what becomes of the value so far (slot 0) at an entry (slot 1)."""


class EntryArithmetic(Scalars, Protocol):
    """What the primitives ask of an arithmetic."""

    def kernel(self, term: Term, context: Context) -> Kernel:
        """The closure of a kernel."""

    def kept(self, entry: Any) -> Any:
        """An entry that goes into a tensor."""


def primitive(
    node: Operation, operands: Sequence[Tensor], arithmetic: EntryArithmetic, context: Context
) -> Tensor | None:
    """The value of an operation known here by name; None for any other."""
    shape = context.concrete(node.shape)
    params = dict(node.params)
    if node.op in STEPS:
        step = arithmetic.kernel(STEPS[node.op], context)
        kept = arithmetic.kept

        def fold(group: Sequence[Any]) -> Any:
            return reduce(lambda a, b: kept(step((a, b), ())), group)

        return Tensor(_folded(fold, operands[0], params.get("axis")), shape)
    if node.op == "take":
        entries = operands[0].entries
        return Tensor([entries[k] for k in picked(operands[0].shape, params["items"])], shape)
    if node.op == "place":
        out = list(filled(arithmetic.number(0), shape).entries)
        for k, entry in zip(picked(shape, params["items"]), operands[0].entries, strict=True):
            out[k] = entry
        return Tensor(out, shape)
    if node.op == "prod_others":
        return _prod_others(operands[0], params.get("axis"), arithmetic)
    return None


def folded_axes(axis: Any, rank: int) -> tuple[int, ...]:
    """The axes that an ``axis`` param names, from 0; None names all."""
    if axis is None:
        return tuple(range(rank))
    return tuple(sorted(k % rank for k in ((axis,) if isinstance(axis, int) else axis)))


def groups(shape: tuple[int, ...], axis: Any) -> list[list[int]]:
    """The places of the entries that are folded together, group by group in the order of the result."""
    gone = folded_axes(axis, len(shape))
    kept = [k for k in range(len(shape)) if k not in gone]
    steps = strides(shape)
    starts = offsets(tuple(shape[k] for k in kept), tuple(steps[k] for k in kept))
    within = offsets(tuple(shape[k] for k in gone), tuple(steps[k] for k in gone))
    return [[start + k for k in within] for start in starts]


def _folded(fold: Callable[[Sequence[Any]], Any], tensor: Tensor, axis: Any) -> list[Any]:
    entries = tensor.entries
    return [fold([entries[k] for k in group]) for group in groups(tensor.shape, axis)]


def _prod_others(tensor: Tensor, axis: Any, arithmetic: EntryArithmetic) -> Tensor:
    """For each entry the product of the others of its group, without dividing (an entry may be 0)."""
    out = list(tensor.entries)
    kept, one = arithmetic.kept, arithmetic.number(1)

    def times(a: Any, b: Any) -> Any:
        return kept(a * b)

    for group in groups(tensor.shape, axis):
        row = [tensor.entries[k] for k in group]
        before = list(accumulate(row[:-1], times, initial=one))
        after = list(accumulate(row[:0:-1], times, initial=one))[::-1]
        for k, left, right in zip(group, before, after, strict=True):
            out[k] = times(left, right)
    return Tensor(out, tensor.shape)


def picked(shape: tuple[int, ...], items: Sequence[Item]) -> tuple[int, ...]:
    """The places of the entries that ``items`` pick; they belong to the last axes, those before are whole."""
    whole: tuple[Item, ...] = ((None, None, None),) * (len(shape) - len(items))
    start = 0
    lengths: list[int] = []
    steps: list[int] = []
    for item, length, step in zip((*whole, *items), shape, strides(shape), strict=True):
        if isinstance(item, int):
            start += (item % length) * step
        else:
            positions = range(*slice(*item).indices(length))
            start += positions.start * step if positions else 0
            lengths.append(len(positions))
            steps.append(positions.step * step)
    return tuple(start + k for k in offsets(tuple(lengths), tuple(steps)))
