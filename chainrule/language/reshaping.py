"""Moves that only rename, repeat or drop indices: shapes and the order of axes."""

from __future__ import annotations

from chainrule.diagnostics import fail
from chainrule.graph import Operand, Operation
from chainrule.language import syntax
from chainrule.language.arguments import axes, bind, literal
from chainrule.language.reader import Reader, Value
from chainrule.language.sizes import Called, dims, needs_axes, one_axis, operand, packed
from chainrule.ops.table import Structured
from chainrule.shapes import Shape, ShapeClash, broadcast, over, show, times
from chainrule.source import Span
from chainrule.terms import Apply, slot


def reshape(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``reshape(x, (3, 2))`` and ``x.view(3, -1)``."""
    bound = bind(reader, packed(node), name, op.signature)
    value, span = operand(reader, bound)
    asked = dims(reader, bound["shape"])
    shape = _completed(reader, value, span, asked, bound["shape"].span)
    number = reshaped(reader, reader.materialise(value), shape)
    return reader.of_node(number, Apply("reshape", (value.term,), (("shape", shape),)))


def _completed(reader: Reader, value: Value, span: Span, asked: Shape, place: Span) -> Shape:
    """The shape that is asked for, with -1 found out; it must hold as many entries as the operand."""
    size = times(value.shape)
    known = times(d for d in asked if d != -1)
    whole = over(size, known) if -1 in asked else size if size == known else None
    if asked.count(-1) > 1:
        fail("arguments", "only one length can be -1", reader.label(place))
    if whole is None or any(isinstance(d, int) and d < 1 and d != -1 for d in asked):
        fail(
            "shape",
            "the entries do not fit into this shape",
            reader.label(span, show(value.shape)),
            reader.label(place),
            notes=[f"there are {size} entries, and room for {known}"] if -1 not in asked else [],
        )
    return tuple(whole if d == -1 else d for d in asked)


def reshaped(reader: Reader, number: int, shape: Shape) -> int:
    """The node in another shape; where only axes of length 1 come or go, a mere renaming of indices."""
    old = reader.graph.shape(number)
    kept = [k for k, d in enumerate(old) if d != 1]
    places = [k for k, d in enumerate(shape) if d != 1]
    if [old[k] for k in kept] != [shape[k] for k in places]:
        return reader.graph.add(Operation("reshape", (number,), (("shape", shape),), shape))
    table = dict(zip(kept, places, strict=True))
    read = Operand(number, tuple(table.get(k) for k in range(len(old))))
    return reader.graph.indexed(slot(0), [read], shape, len(shape))


def flatten(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``flatten(x)`` and ``ravel(x)``: some axes, or all, as one."""
    bound = bind(reader, node, name, op.signature)
    value, _ = operand(reader, bound)
    rank = len(value.shape)
    if not rank:
        shape: Shape = (1,)
    else:
        first = one_axis(reader, bound, "start_dim", rank, 0)
        last = one_axis(reader, bound, "end_dim", rank, -1)
        if last < first:
            fail("arguments", "the last axis stands before the first", reader.label(node.span))
        shape = (*value.shape[:first], times(value.shape[first : last + 1]), *value.shape[last + 1 :])
    number = reshaped(reader, reader.materialise(value), shape)
    if len(shape) == 1:
        return reader.of_node(number, Apply("flatten", (value.term,)))
    return reader.of_node(number, Apply("reshape", (value.term,), (("shape", shape),)))


def broadcast_to(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``broadcast_to(x, (m, n))`` and ``x.expand(m, -1)``."""
    bound = bind(reader, packed(node), name, op.signature)
    value, span = operand(reader, bound)
    asked = dims(reader, bound["shape"])
    extra = len(asked) - len(value.shape)
    shape = tuple(value.shape[k - extra] if d == -1 and k >= extra else d for k, d in enumerate(asked))
    return _repeated(reader, value, span, shape, bound["shape"].span)


def expand_as(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``x.expand_as(other)``."""
    bound = bind(reader, node, name, op.signature)
    value, span = operand(reader, bound)
    other, place = operand(reader, bound, "other")
    return _repeated(reader, value, span, other.shape, place)


def _repeated(reader: Reader, value: Value, span: Span, shape: Shape, place: Span) -> Value:
    try:
        fits = broadcast((value.shape, shape)) == shape
    except ShapeClash:
        fits = False
    if not fits or any(isinstance(d, int) and d < 1 for d in shape):
        fail(
            "shape",
            "this shape cannot be repeated to that one",
            reader.label(span, show(value.shape)),
            reader.label(place, show(shape)),
            notes=["lengths are compared from the last; each is the same, or 1 where it is repeated"],
        )
    number = reader.graph.broadcast_to(reader.materialise(value), shape)
    return reader.of_node(number, Apply("broadcast_to", (value.term,), (("shape", shape),)))


def squeeze(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``squeeze(x, axis)``: without axes of length 1."""
    bound = bind(reader, node, name, op.signature)
    value, span = operand(reader, bound)
    rank = len(value.shape)
    if "axis" in bound:
        asked = literal(reader, bound["axis"], "axis")
        gone = axes(reader, asked, rank, reader.label(bound["axis"].span))
        long = [k for k in gone if value.shape[k] != 1]
        if long:
            fail(
                "shape",
                f"axis {long[0]} has length {value.shape[long[0]]}, not 1",
                reader.label(span, show(value.shape)),
            )
    else:
        gone = tuple(k for k, d in enumerate(value.shape) if d == 1)
    shape = tuple(d for k, d in enumerate(value.shape) if k not in gone)
    if not gone:
        return value
    number = reshaped(reader, reader.materialise(value), shape)
    return reader.of_node(number, Apply("squeeze", (value.term,), (("axis", gone),)))


def expand_dims(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``expand_dims(x, axis)``: with more axes of length 1."""
    bound = bind(reader, node, name, op.signature)
    value, _ = operand(reader, bound)
    asked = literal(reader, bound["axis"], "axis")
    count = len(asked) if isinstance(asked, tuple) else 1
    rank = len(value.shape) + count
    new = axes(reader, asked, rank, reader.label(bound["axis"].span))
    rest = iter(value.shape)
    shape = tuple(1 if k in new else next(rest) for k in range(rank))
    number = reshaped(reader, reader.materialise(value), shape)
    return reader.of_node(number, Apply("expand_dims", (value.term,), (("axis", new),)))


# --- the order of axes -------------------------------------------------------------------------------


def _turned(reader: Reader, value: Value, order: tuple[int, ...]) -> Value:
    if order == tuple(range(len(order))):
        return value
    number = reader.graph.transposed(reader.materialise(value), order)
    plain = order == tuple(reversed(range(len(order))))
    return reader.of_node(number, Apply("transpose", (value.term,), () if plain else (("axes", order),)))


def swapaxes(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``swapaxes(x, 0, 1)``, and ``transpose(x, 0, 1)`` as torch has it."""
    bound = bind(reader, node, name, op.signature)
    value, span = operand(reader, bound)
    needs_axes(reader, value, span, 1, op.name)
    rank = len(value.shape)
    a, b = (one_axis(reader, bound, word, rank, 0) for word in ("axis1", "axis2"))
    order = list(range(rank))
    order[a], order[b] = b, a
    return _turned(reader, value, tuple(order))


def permute(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``permute(x, (2, 0, 1))``."""
    bound = bind(reader, packed(node), name, op.signature)
    value, _ = operand(reader, bound)
    rank = len(value.shape)
    label = reader.label(bound["axes"].span)
    order = literal(reader, bound["axes"], "axes")
    if set(axes(reader, order, rank, label)) != set(range(rank)):
        fail("arguments", f"axes must name each of the {rank} axes once", label)
    return _turned(reader, value, tuple(k % rank for k in order))


def moveaxis(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``moveaxis(x, source, destination)``."""
    bound = bind(reader, node, name, op.signature)
    value, _ = operand(reader, bound)
    rank = len(value.shape)
    lists = []
    for word in ("source", "destination"):
        found = literal(reader, bound[word], word)
        axes(reader, found, rank, reader.label(bound[word].span))
        lists.append([k % rank for k in (found if isinstance(found, tuple) else (found,))])
    source, destination = lists
    if len(source) != len(destination):
        fail("arguments", "as many axes must be moved as places are named", reader.label(node.span))
    rest = iter(k for k in range(rank) if k not in source)
    at = dict(zip(destination, source, strict=True))
    return _turned(reader, value, tuple(at[k] if k in at else next(rest) for k in range(rank)))
