"""Entries picked by lists, turned round, and repeated."""

from __future__ import annotations

from typing import Any

from chainrule.diagnostics import fail
from chainrule.graph import Operation
from chainrule.language import syntax
from chainrule.language.arguments import axes, bind, literal
from chainrule.language.reader import Reader, Value
from chainrule.language.reshaping import reshaped
from chainrule.language.sizes import Called, needs_axes, one_axis, operand, packed
from chainrule.language.subscripts import ALL, Item, positions, take
from chainrule.ops.table import Structured
from chainrule.shapes import times
from chainrule.terms import Apply


def index_select(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``index_select(x, axis, [0, 2, 2])`` and ``take(x, [0, 2, 2], axis)``."""
    bound = bind(reader, node, name, op.signature)
    value, span = operand(reader, bound)
    if "axis" not in bound:
        value = flattened(reader, value)
    needs_axes(reader, value, span, 1, op.name)
    along = one_axis(reader, bound, "axis", len(value.shape), 0)
    picked: Item = positions(reader, bound["index"], value.shape[along])
    if isinstance(bound["index"], (syntax.Number, syntax.Negation)):
        picked = picked[0][0] if isinstance(picked, tuple) and isinstance(picked[0], tuple) else picked
    return take(reader, value, (*[ALL] * along, picked, *[ALL] * (len(value.shape) - along - 1)))


def flattened(reader: Reader, value: Value) -> Value:
    """The entries along one axis."""
    if len(value.shape) == 1:
        return value
    number = reshaped(reader, reader.materialise(value), (times(value.shape),))
    return reader.of_node(number, Apply("flatten", (value.term,)))


def flip(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """Axes backwards: ``flip``, and ``fliplr`` and ``flipud`` for one of a matrix."""
    bound = bind(reader, node, name, op.signature)
    value, span = operand(reader, bound)
    needs_axes(reader, value, span, {"flip": 1, "flipud": 1}.get(op.name, 2), op.name)
    rank = len(value.shape)
    if op.name == "flip":
        asked = literal(reader, bound["axis"], "axis") if "axis" in bound else None
        chosen = axes(reader, asked, rank, reader.label(bound["axis"].span if "axis" in bound else node.span))
    else:
        chosen = (1,) if op.name == "fliplr" else (0,)
    return take(reader, value, tuple((None, None, -1) if k in chosen else ALL for k in range(rank)))


def roll(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``roll(x, shift, axis)``; without an axis all entries in order."""
    bound = bind(reader, node, name, op.signature)
    value, span = operand(reader, bound)
    needs_axes(reader, value, span, 1, op.name)
    shift = literal(reader, bound["shift"], "shift")
    shifts = shift if isinstance(shift, tuple) else (shift,)
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in shifts):
        fail("arguments", "a shift is a whole number", reader.label(bound["shift"].span))
    if "axis" not in bound:
        shape = value.shape
        number = _rolled(reader, reader.materialise(flattened(reader, value)), -1, sum(shifts))
        return reader.of_node(
            reshaped(reader, number, shape), Apply("roll", (value.term,), (("shift", shift),))
        )
    asked = literal(reader, bound["axis"], "axis")
    rank = len(value.shape)
    axes(reader, asked, rank, reader.label(bound["axis"].span))
    chosen = asked if isinstance(asked, tuple) else (asked,)
    if len(chosen) != len(shifts):
        fail("arguments", "there must be one shift for each axis", reader.label(node.span))
    number = reader.materialise(value)
    for along, by in zip(chosen, shifts, strict=True):
        number = _rolled(reader, number, along % rank - rank, by)
    return reader.of_node(number, Apply("roll", (value.term,), (("axis", asked), ("shift", shift))))


def _rolled(reader: Reader, number: int, along: int, by: int) -> int:
    shape = reader.graph.shape(number)
    length = shape[along]
    if by == 0 or (isinstance(length, int) and by % length == 0):
        return number
    return reader.graph.add(Operation("roll", (number,), (("axis", (along,)), ("shift", by)), shape))


def tile(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``tile(x, (2, 3))``: whole copies along each axis."""
    bound = bind(reader, packed(node), name, op.signature)
    value, _ = operand(reader, bound)
    counts = _counts(reader, bound["repeats"])
    rank = max(len(counts), len(value.shape))
    own = (1,) * (rank - len(value.shape)) + value.shape
    times_ = (1,) * (rank - len(counts)) + counts
    apart = [d for k, d in zip(times_, own, strict=True) for d in (k, d)]
    number = reshaped(reader, reader.materialise(value), tuple(d for d in own for d in (1, d)))
    number = reader.graph.broadcast_to(number, tuple(apart))
    number = reshaped(reader, number, tuple(times([k, d]) for k, d in zip(times_, own, strict=True)))
    return reader.of_node(number, Apply("tile", (value.term,), (("repeats", counts),)))


def _counts(reader: Reader, node: syntax.Node) -> tuple[int, ...]:
    counts = literal(reader, node, "repeats")
    counts = counts if isinstance(counts, tuple) else (counts,)
    if not counts or not all(isinstance(k, int) and not isinstance(k, bool) and k > 0 for k in counts):
        fail("arguments", "a count is a positive whole number", reader.label(node.span))
    return counts


def repeat(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``repeat_interleave(x, 2, axis)``: each entry several times."""
    bound = bind(reader, node, name, op.signature)
    value, span = operand(reader, bound)
    count = _counts(reader, bound["repeats"])
    if len(count) != 1:
        fail(
            "arguments",
            f"{name.name} takes one count",
            reader.label(bound["repeats"].span),
            notes=["whole copies along several axes are tile(x, (2, 3))"],
        )
    given = value
    if "axis" not in bound:
        value = flattened(reader, value)
    needs_axes(reader, value, span, 1, op.name)
    along = one_axis(reader, bound, "axis", len(value.shape), 0)
    before, length, after = value.shape[:along], value.shape[along], value.shape[along + 1 :]
    number = reshaped(reader, reader.materialise(value), (*before, length, 1, *after))
    number = reader.graph.broadcast_to(number, (*before, length, count[0], *after))
    number = reshaped(reader, number, (*before, times([length, count[0]]), *after))
    words: tuple[tuple[str, Any], ...] = (("axis", along),) if "axis" in bound else ()
    return reader.of_node(number, Apply("repeat_interleave", (given.term,), (*words, ("repeats", count[0]))))
