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
from chainrule.numeric.windows import WINDOWED, windowed
from chainrule.terms import Term, apply, slot

Item = int | tuple[int | None, int | None, int | None] | tuple[tuple[int, ...]]

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
        items = concrete_items(params["items"], context)
        return Tensor([entries[k] for k in picked(operands[0].shape, items)], shape)
    if node.op == "place":
        items = concrete_items(params["items"], context)
        return _placed(operands[0], items, shape, arithmetic)
    if node.op == "reshape":
        return Tensor(operands[0].entries, shape)
    if node.op in MOVING:
        return MOVING[node.op](operands[0], params, arithmetic, context)
    if node.op == "prod_others":
        return _prod_others(operands[0], params.get("axis"), arithmetic)
    if node.op in WINDOWED:
        return windowed(node, operands, arithmetic, context)
    return None


def concrete_items(items: Sequence[Any], context: Context) -> tuple[Item, ...]:
    """``items`` with the symbolic lengths in the bounds of slices replaced."""

    def bound(value: Any) -> Any:
        return context.concrete((value,))[0] if isinstance(value, str) else value

    return tuple(tuple(map(bound, item)) if isinstance(item, tuple) else item for item in items)


def _placed(
    tensor: Tensor, items: Sequence[Item], shape: tuple[int, ...], arithmetic: EntryArithmetic
) -> Tensor:
    """Zeros with entries in their places; what comes to one place adds up."""
    out = list(filled(arithmetic.number(0), shape).entries)
    met: set[int] = set()
    for k, entry in zip(picked(shape, items), tensor.entries, strict=True):
        out[k] = arithmetic.kept(out[k] + entry) if k in met else entry
        met.add(k)
    return Tensor(out, shape)


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
    out = [0]
    for item, length, step in zip((*whole, *items), shape, strides(shape), strict=True):
        if isinstance(item, int):
            along: Sequence[int] = (item % length,)
        elif len(item) == 1:
            along = [k % length for k in item[0]]
        else:
            along = range(*slice(*item).indices(length))
        out = [start + k * step for start in out for k in along]
    return tuple(out)


# --- along one axis -----------------------------------------------------------------------------------


def _along(
    change: Callable[[list[Any], EntryArithmetic, Context, dict[str, Any]], Sequence[Any]],
) -> Callable[[Tensor, dict[str, Any], EntryArithmetic, Context], Tensor]:
    """What changes the entries along an axis, row by row."""

    def run(tensor: Tensor, params: dict[str, Any], arithmetic: EntryArithmetic, context: Context) -> Tensor:
        out = list(tensor.entries)
        for group in groups(tensor.shape, params["axis"]):
            row = change([tensor.entries[k] for k in group], arithmetic, context, params)
            for k, entry in zip(group, row, strict=True):
                out[k] = entry
        return Tensor(out, tensor.shape)

    return run


def _rolled(
    row: list[Any], arithmetic: EntryArithmetic, context: Context, params: dict[str, Any]
) -> list[Any]:
    start = -params["shift"] % len(row)
    return row[start:] + row[:start]


def _accumulated(
    row: list[Any], arithmetic: EntryArithmetic, context: Context, params: dict[str, Any]
) -> list[Any]:
    return list(accumulate(row, lambda a, b: arithmetic.kept(a + b)))


def _first_largest(
    row: list[Any], arithmetic: EntryArithmetic, context: Context, params: dict[str, Any]
) -> list[Any]:
    """1 at the first of the largest entries, 0 elsewhere."""
    above = arithmetic.kernel(apply("gt", slot(0), slot(1)), context)
    best = 0
    for k in range(1, len(row)):
        if above((row[k], row[best]), ()) is True:
            best = k
    return [arithmetic.number(int(k == best)) for k in range(len(row))]


def _sorted(
    row: list[Any], arithmetic: EntryArithmetic, context: Context, params: dict[str, Any]
) -> list[Any]:
    """The entries in increasing order, by exchanges of neighbours, so that every arithmetic can do it."""
    least, most = (arithmetic.kernel(STEPS[name], context) for name in ("min", "max"))
    for last in range(len(row) - 1, 0, -1):
        for k in range(last):
            pair = (row[k], row[k + 1])
            row[k], row[k + 1] = least(pair, ()), most(pair, ())
    return row


def _extreme(name: str) -> Callable[[list[Any], EntryArithmetic, Context, dict[str, Any]], list[Any]]:
    """The running maximum or minimum of a row."""

    def run(
        row: list[Any], arithmetic: EntryArithmetic, context: Context, params: dict[str, Any]
    ) -> list[Any]:
        step = arithmetic.kernel(STEPS[name], context)
        return list(accumulate(row, lambda a, b: step((a, b), ())))

    return run


def _middle(tensor: Tensor, params: dict[str, Any], arithmetic: EntryArithmetic, context: Context) -> Tensor:
    """The middle entry in order of each group; of two, the one that ``upper`` says."""
    out = []
    shape = list(tensor.shape)
    for k in folded_axes(params.get("axis"), len(shape)):
        shape[k] = 1
    for group in groups(tensor.shape, params.get("axis")):
        row = _sorted([tensor.entries[k] for k in group], arithmetic, context, params)
        out.append(row[len(row) // 2 if params["upper"] else (len(row) - 1) // 2])
    return Tensor(out, tuple(shape))


MOVING: dict[str, Callable[[Tensor, dict[str, Any], EntryArithmetic, Context], Tensor]] = {
    "roll": _along(_rolled),
    "cumsum": _along(_accumulated),
    "first_largest": _along(_first_largest),
    "middle": _middle,
    "sort": _along(_sorted),
    "cummax": _along(_extreme("max")),
    "cummin": _along(_extreme("min")),
}
"""Operations along axes, by name."""
