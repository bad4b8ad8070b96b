"""Tensors joined and split: a joined one is the sum of its parts, each in its place among zeros."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from chainrule.diagnostics import fail
from chainrule.graph import Operation
from chainrule.language import syntax
from chainrule.language.arguments import bind
from chainrule.language.reader import Reader, Value
from chainrule.language.reshaping import reshaped
from chainrule.language.sizes import Called, dims, needs_axes, one_axis, operand, whole
from chainrule.language.subscripts import ALL, Item, take
from chainrule.ops.table import Structured
from chainrule.shapes import Dim, Shape, minus, over, plus, show, times
from chainrule.source import Span
from chainrule.terms import Apply, slot


def listed(reader: Reader, node: syntax.Node, what: str) -> list[tuple[Value, Span]]:
    """The tensors of ``[a, b]`` or ``(a, b)``."""
    if not isinstance(node, (syntax.ListLiteral, syntax.TupleLiteral)) or not node.items:
        fail(
            "arguments",
            f"{what} needs a list of tensors",
            reader.label(node.span),
            suggestion=f"{what}([a, b])",
        )
    return [(reader.read(part), part.span) for part in node.items]


def concatenate(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``concatenate([a, b], axis)``."""
    bound = bind(reader, node, name, op.signature)
    parts = listed(reader, bound["tensors"], name.name)
    rank = len(parts[0][0].shape)
    if not rank:
        fail(
            "shape",
            "numbers have no axis to be joined along",
            reader.label(parts[0][1]),
            suggestion="stack([a, b])",
        )
    return joined(reader, parts, one_axis(reader, bound, "axis", rank, 0))


def joined(reader: Reader, parts: Sequence[tuple[Value, Span]], along: int) -> Value:
    """Tensors one after another along an axis.

    Raises:
        ChainRuleError: ``shape``, where another length differs; both parts are shown.
    """
    first, place = parts[0]
    rank = len(first.shape)
    for value, span in parts[1:]:
        fits = len(value.shape) == rank and all(
            a == b for k, (a, b) in enumerate(zip(first.shape, value.shape, strict=False)) if k != along
        )
        if not fits:
            fail(
                "shape",
                "these shapes cannot be joined",
                reader.label(place, show(first.shape)),
                reader.label(span, show(value.shape)),
                notes=[f"all lengths but that of axis {along} must be equal"],
            )
    starts: list[Dim] = [0]
    for value, _ in parts:
        starts.append(plus([starts[-1], value.shape[along]]))
    shape = (*first.shape[:along], starts[-1], *first.shape[along + 1 :])
    numbers = []
    for (value, _), start, stop in zip(parts, starts, starts[1:], strict=False):
        items: tuple[Item, ...] = ((start or None, None if stop == starts[-1] else stop, None),)
        numbers.append(
            placed(reader, reader.materialise(value), (*items, *[ALL] * (rank - along - 1)), shape)
        )
    term = Apply("concatenate", tuple(value.term for value, _ in parts), (("axis", along),) if along else ())
    return reader.of_node(_summed(reader, numbers), term)


def placed(reader: Reader, number: int, items: tuple[Item, ...], shape: Shape) -> int:
    """The entries of a node in their places among zeros."""
    if all(item == ALL for item in items):
        return number
    return reader.graph.add(Operation("place", (number,), (("items", items), ("shape", shape)), shape))


def _summed(reader: Reader, numbers: Sequence[int]) -> int:
    if len(numbers) == 1:
        return numbers[0]
    return reader.graph.pointwise(Apply("add", tuple(slot(k) for k in range(len(numbers)))), numbers)


def stack(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``stack([a, b], axis)``, along a new axis."""
    bound = bind(reader, node, name, op.signature)
    parts = listed(reader, bound["tensors"], name.name)
    return stacked(reader, parts, one_axis(reader, bound, "axis", len(parts[0][0].shape) + 1, 0))


def stacked(reader: Reader, parts: Sequence[tuple[Value, Span]], along: int) -> Value:
    """Tensors of one shape along a new axis.

    Raises:
        ChainRuleError: ``shape``, where a shape differs.
    """
    (first, place), count = parts[0], len(parts)
    for value, span in parts[1:]:
        if value.shape != first.shape:
            fail(
                "shape",
                "only tensors of one shape can be stacked",
                reader.label(place, show(first.shape)),
                reader.label(span, show(value.shape)),
            )
    shape = (*first.shape[:along], count, *first.shape[along:])
    after = [ALL] * (len(first.shape) - along)
    numbers = [
        placed(reader, reader.materialise(value), (k, *after), shape) for k, (value, _) in enumerate(parts)
    ]
    if count == 1:
        numbers = [reshaped(reader, reader.materialise(first), shape)]
    term = Apply("stack", tuple(value.term for value, _ in parts), (("axis", along),) if along else ())
    return reader.of_node(_summed(reader, numbers), term)


def hstack(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """Columns side by side, or rows one below another (``vstack``), as NumPy does it."""
    bound = bind(reader, node, name, op.signature)
    parts = listed(reader, bound["tensors"], name.name)
    rank = len(parts[0][0].shape)
    if not rank or (rank == 1 and op.name == "vstack"):
        return stacked(reader, parts, 0)
    return joined(reader, parts, 0 if op.name == "vstack" or rank == 1 else 1)


def split(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> NoReturn:
    """A split that no index picks a part of, which is refused."""
    fail(
        "type",
        f"{name.name} gives several tensors; one of them is picked by an index",
        reader.label(node.span),
        suggestion=f"{reader.source.slice(node.span)}[0]"[:80],
    )


def part_of_split(reader: Reader, node: Called, name: syntax.Name, op: Structured, index: int) -> Value:
    """``split(x, 2)[0]`` and ``chunk(x, 2)[0]``: one part, as a slice.

    Raises:
        ChainRuleError: ``arguments`` or ``shape``.
    """
    bound = bind(reader, node, name, op.signature)
    value, span = operand(reader, bound)
    needs_axes(reader, value, span, 1, op.name)
    along = one_axis(reader, bound, "axis", len(value.shape), 0)
    length = value.shape[along]
    after = [ALL] * (len(value.shape) - along - 1)
    if op.name == "unbind":
        return take(reader, value, (*[ALL] * along, _part(reader, node, length, index), *after))
    label = reader.label(bound["parts"].span)
    ends: list[Dim]
    if isinstance(bound["parts"], (syntax.TupleLiteral, syntax.ListLiteral)) and op.name == "split":
        ends = [*dims(reader, bound["parts"]), length]
    else:
        count = whole(reader, bound, "parts", 2)
        size = _part_length(length, count, rounded=op.name == "chunk")
        if size is None:
            fail("shape", f"an axis of length {length} has no {count} equal parts", label)
        ends = [times([k, size]) for k in range(1, count)]
        ends = [end for end in ends if not isinstance(length, int) or (isinstance(end, int) and end < length)]
        ends.append(length)
    starts = [0, *ends[:-1]]
    if not -len(ends) <= index < len(ends):
        fail(
            "shape",
            f"there is no part {index}",
            reader.label(node.span),
            notes=[f"there are {len(ends)} parts"],
        )
    start, stop = starts[index], ends[index]
    gap = minus(stop, start)
    if gap is None or gap == 0:
        fail("shape", f"part {index} is empty, or nobody can tell its length", label)
    item: Item = (start or None, None if stop == length else stop, None)
    return take(reader, value, (*[ALL] * along, item, *after))


def _part(reader: Reader, node: Called, length: Dim, index: int) -> int:
    if isinstance(length, int) and not -length <= index < length:
        fail(
            "shape", f"there is no part {index}", reader.label(node.span), notes=[f"there are {length} parts"]
        )
    return index


def _part_length(length: Dim, count: int, rounded: bool) -> Dim | None:
    """The length of each of ``count`` parts; where the last may be shorter, rounded up."""
    if count < 1:
        return None
    return -(-length // count) if rounded and isinstance(length, int) else over(length, count)
