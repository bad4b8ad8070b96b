"""Moves in the graph: shapes, axes, joining and splitting, triangles; each with its written term.

What only renames, repeats or drops indices is an Indexed node; what picks or places entries is ``take`` and
``place``; a joined tensor is the sum of its parts, each in its place among zeros.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, NoReturn

from chainrule.diagnostics import fail
from chainrule.graph import Operand, Operation
from chainrule.language import syntax
from chainrule.language.arguments import axes, bind, literal
from chainrule.language.contract import Pattern, contract
from chainrule.language.reader import Reader, Value
from chainrule.language.subscripts import ALL, Item, positions, take
from chainrule.ops.table import Signature, Structured
from chainrule.shapes import Dim, Shape, ShapeClash, broadcast, minus, over, plus, show, times
from chainrule.source import Span
from chainrule.terms import ZERO, Apply, Term, axis, integer, slot

Called = syntax.Call | syntax.Method
Builder = Callable[[Reader, Called, syntax.Name, Structured], Value]


# --- arguments ----------------------------------------------------------------------------------------


def _packed(node: Called) -> Called:
    """``x.reshape(2, 3)`` with its numbers in one tuple, as ``x.reshape((2, 3))``."""
    keep = isinstance(node, syntax.Call)
    rest = node.arguments[keep:]
    if not rest or (len(rest) == 1 and isinstance(rest[0], (syntax.TupleLiteral, syntax.ListLiteral))):
        return node
    span = Span(rest[0].span.start, rest[-1].span.stop)
    return replace(node, arguments=(*node.arguments[:keep], syntax.TupleLiteral(rest, span)))


def _dims(reader: Reader, node: syntax.Node) -> tuple[Any, ...]:
    """The lengths that an argument lists; -1 stands for one to be found out.

    Raises:
        ChainRuleError: ``arguments``.
    """
    if isinstance(node, (syntax.TupleLiteral, syntax.ListLiteral)):
        return tuple(_dim(reader, item) for item in node.items)
    if isinstance(node, syntax.Name) and node.name in reader.literals:
        found = reader.literals[node.name]
        return found if isinstance(found, tuple) else (found,)
    return (_dim(reader, node),)


def _dim(reader: Reader, node: syntax.Node) -> Dim:
    """One length: a whole number, the name of a length, or sums and products of them.

    Raises:
        ChainRuleError: ``arguments``.
    """
    found = literal(reader, node, "a length")
    if isinstance(found, bool) or not isinstance(found, int | str) or isinstance(node, syntax.Text):
        fail("arguments", "a length is a whole number or a declared name", reader.label(node.span))
    return found


def _axis(reader: Reader, bound: Mapping[str, syntax.Node], word: str, rank: int, default: int) -> int:
    """The one axis that ``word`` names, counted from the first."""
    if word not in bound:
        return default % rank
    found = literal(reader, bound[word], word)
    label = reader.label(bound[word].span)
    if isinstance(found, tuple):
        fail("arguments", f"{word} is one axis here", label)
    return axes(reader, found, rank, label)[0]


def _operand(reader: Reader, bound: Mapping[str, syntax.Node], word: str = "x") -> tuple[Value, Span]:
    return reader.read_operand(bound[word], word), bound[word].span


def _whole(reader: Reader, bound: Mapping[str, syntax.Node], word: str, default: int) -> int:
    if word not in bound:
        return default
    found = literal(reader, bound[word], word)
    if isinstance(found, bool) or not isinstance(found, int):
        fail("arguments", f"{word} is a whole number", reader.label(bound[word].span))
    return found


def _needs_axes(reader: Reader, value: Value, span: Span, least: int, what: str) -> None:
    if len(value.shape) < least:
        needs = "a matrix" if least == 2 else "a vector" if least == 1 else f"{least} axes"
        fail("shape", f"{what} needs {needs}", reader.label(span, show(value.shape)))


# --- shapes -------------------------------------------------------------------------------------------


def _reshape(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    bound = bind(reader, _packed(node), name, op.signature)
    value, span = _operand(reader, bound)
    asked = _dims(reader, bound["shape"])
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


def _flatten(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    bound = bind(reader, node, name, op.signature)
    value, _ = _operand(reader, bound)
    rank = len(value.shape)
    if not rank:
        shape: Shape = (1,)
    else:
        first = _axis(reader, bound, "start_dim", rank, 0)
        last = _axis(reader, bound, "end_dim", rank, -1)
        if last < first:
            fail("arguments", "the last axis stands before the first", reader.label(node.span))
        shape = (*value.shape[:first], times(value.shape[first : last + 1]), *value.shape[last + 1 :])
    number = reshaped(reader, reader.materialise(value), shape)
    if len(shape) == 1:
        return reader.of_node(number, Apply("flatten", (value.term,)))
    return reader.of_node(number, Apply("reshape", (value.term,), (("shape", shape),)))


def _broadcast_to(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    bound = bind(reader, _packed(node), name, op.signature)
    value, span = _operand(reader, bound)
    asked = _dims(reader, bound["shape"])
    extra = len(asked) - len(value.shape)
    shape = tuple(value.shape[k - extra] if d == -1 and k >= extra else d for k, d in enumerate(asked))
    return _repeated(reader, value, span, shape, bound["shape"].span)


def _expand_as(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    bound = bind(reader, node, name, op.signature)
    value, span = _operand(reader, bound)
    other, place = _operand(reader, bound, "other")
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


def _squeeze(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    bound = bind(reader, node, name, op.signature)
    value, span = _operand(reader, bound)
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


def _expand_dims(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    bound = bind(reader, node, name, op.signature)
    value, _ = _operand(reader, bound)
    asked = literal(reader, bound["axis"], "axis")
    count = len(asked) if isinstance(asked, tuple) else 1
    rank = len(value.shape) + count
    new = axes(reader, asked, rank, reader.label(bound["axis"].span))
    rest = iter(value.shape)
    shape = tuple(1 if k in new else next(rest) for k in range(rank))
    number = reshaped(reader, reader.materialise(value), shape)
    return reader.of_node(number, Apply("expand_dims", (value.term,), (("axis", new),)))


# --- the order of axes ----------------------------------------------------------------------------------


def _turned(reader: Reader, value: Value, order: tuple[int, ...]) -> Value:
    if order == tuple(range(len(order))):
        return value
    number = reader.graph.transposed(reader.materialise(value), order)
    plain = order == tuple(reversed(range(len(order))))
    return reader.of_node(number, Apply("transpose", (value.term,), () if plain else (("axes", order),)))


def _swapaxes(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    bound = bind(reader, node, name, op.signature)
    value, span = _operand(reader, bound)
    _needs_axes(reader, value, span, 1, op.name)
    rank = len(value.shape)
    a, b = (_axis(reader, bound, word, rank, 0) for word in ("axis1", "axis2"))
    order = list(range(rank))
    order[a], order[b] = b, a
    return _turned(reader, value, tuple(order))


def _permute(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    bound = bind(reader, _packed(node), name, op.signature)
    value, _ = _operand(reader, bound)
    rank = len(value.shape)
    label = reader.label(bound["axes"].span)
    order = literal(reader, bound["axes"], "axes")
    if set(axes(reader, order, rank, label)) != set(range(rank)):
        fail("arguments", f"axes must name each of the {rank} axes once", label)
    return _turned(reader, value, tuple(k % rank for k in order))


def _moveaxis(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    bound = bind(reader, node, name, op.signature)
    value, _ = _operand(reader, bound)
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


# --- joining and splitting --------------------------------------------------------------------------------


def _listed(reader: Reader, node: syntax.Node, what: str) -> list[tuple[Value, Span]]:
    """The tensors of ``[a, b]`` or ``(a, b)``."""
    if not isinstance(node, (syntax.ListLiteral, syntax.TupleLiteral)) or not node.items:
        fail(
            "arguments",
            f"{what} needs a list of tensors",
            reader.label(node.span),
            suggestion=f"{what}([a, b])",
        )
    return [(reader.read(part), part.span) for part in node.items]


def _concatenate(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    bound = bind(reader, node, name, op.signature)
    parts = _listed(reader, bound["tensors"], name.name)
    rank = len(parts[0][0].shape)
    if not rank:
        fail(
            "shape",
            "numbers have no axis to be joined along",
            reader.label(parts[0][1]),
            suggestion="stack([a, b])",
        )
    return joined(reader, parts, _axis(reader, bound, "axis", rank, 0))


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
            _placed(reader, reader.materialise(value), (*items, *[ALL] * (rank - along - 1)), shape)
        )
    term = Apply("concatenate", tuple(value.term for value, _ in parts), (("axis", along),) if along else ())
    return reader.of_node(_summed(reader, numbers), term)


def _placed(reader: Reader, number: int, items: tuple[Item, ...], shape: Shape) -> int:
    if all(item == ALL for item in items):
        return number
    return reader.graph.add(Operation("place", (number,), (("items", items), ("shape", shape)), shape))


def _summed(reader: Reader, numbers: Sequence[int]) -> int:
    if len(numbers) == 1:
        return numbers[0]
    return reader.graph.pointwise(Apply("add", tuple(slot(k) for k in range(len(numbers)))), numbers)


def _stack(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    bound = bind(reader, node, name, op.signature)
    parts = _listed(reader, bound["tensors"], name.name)
    return _stacked(reader, parts, _axis(reader, bound, "axis", len(parts[0][0].shape) + 1, 0))


def _stacked(reader: Reader, parts: Sequence[tuple[Value, Span]], along: int) -> Value:
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
        _placed(reader, reader.materialise(value), (k, *after), shape) for k, (value, _) in enumerate(parts)
    ]
    if count == 1:
        numbers = [reshaped(reader, reader.materialise(first), shape)]
    term = Apply("stack", tuple(value.term for value, _ in parts), (("axis", along),) if along else ())
    return reader.of_node(_summed(reader, numbers), term)


def _hstack(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """Columns side by side, or rows one below another (``vstack``), as NumPy does it."""
    bound = bind(reader, node, name, op.signature)
    parts = _listed(reader, bound["tensors"], name.name)
    rank = len(parts[0][0].shape)
    if not rank or (rank == 1 and op.name == "vstack"):
        return _stacked(reader, parts, 0)
    return joined(reader, parts, 0 if op.name == "vstack" or rank == 1 else 1)


def _split(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> NoReturn:
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
    value, span = _operand(reader, bound)
    _needs_axes(reader, value, span, 1, op.name)
    along = _axis(reader, bound, "axis", len(value.shape), 0)
    length = value.shape[along]
    label = reader.label(bound["parts"].span)
    ends: list[Dim]
    if isinstance(bound["parts"], (syntax.TupleLiteral, syntax.ListLiteral)) and op.name == "split":
        ends = [*_dims(reader, bound["parts"]), length]
    else:
        count = _whole(reader, bound, "parts", 2)
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
    return take(reader, value, (*[ALL] * along, item, *[ALL] * (len(value.shape) - along - 1)))


def _part_length(length: Dim, count: int, rounded: bool) -> Dim | None:
    """The length of each of ``count`` parts; where the last may be shorter, rounded up."""
    if count < 1:
        return None
    return -(-length // count) if rounded and isinstance(length, int) else over(length, count)


# --- picking, turning round, repeating -----------------------------------------------------------------------


def _index_select(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    bound = bind(reader, node, name, op.signature)
    value, span = _operand(reader, bound)
    if "axis" not in bound:
        value = _flat(reader, value)
    _needs_axes(reader, value, span, 1, op.name)
    along = _axis(reader, bound, "axis", len(value.shape), 0)
    picked: Item = positions(reader, bound["index"], value.shape[along])
    if isinstance(bound["index"], (syntax.Number, syntax.Negation)):
        picked = picked[0][0] if isinstance(picked, tuple) and isinstance(picked[0], tuple) else picked
    return take(reader, value, (*[ALL] * along, picked, *[ALL] * (len(value.shape) - along - 1)))


def _flat(reader: Reader, value: Value) -> Value:
    if len(value.shape) == 1:
        return value
    number = reshaped(reader, reader.materialise(value), (times(value.shape),))
    return reader.of_node(number, Apply("flatten", (value.term,)))


def _flip(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """Axes backwards: ``flip``, and ``fliplr`` and ``flipud`` for one of a matrix."""
    bound = bind(reader, node, name, op.signature)
    value, span = _operand(reader, bound)
    _needs_axes(reader, value, span, {"flip": 1, "flipud": 1}.get(op.name, 2), op.name)
    rank = len(value.shape)
    if op.name == "flip":
        asked = literal(reader, bound["axis"], "axis") if "axis" in bound else None
        chosen = axes(reader, asked, rank, reader.label(bound["axis"].span if "axis" in bound else node.span))
    else:
        chosen = (1,) if op.name == "fliplr" else (0,)
    return take(reader, value, tuple((None, None, -1) if k in chosen else ALL for k in range(rank)))


def _roll(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    bound = bind(reader, node, name, op.signature)
    value, span = _operand(reader, bound)
    _needs_axes(reader, value, span, 1, op.name)
    shift = literal(reader, bound["shift"], "shift")
    shifts = shift if isinstance(shift, tuple) else (shift,)
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in shifts):
        fail("arguments", "a shift is a whole number", reader.label(bound["shift"].span))
    if "axis" not in bound:
        shape = value.shape
        number = _rolled(reader, reader.materialise(_flat(reader, value)), -1, sum(shifts))
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


def _tile(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    bound = bind(reader, _packed(node), name, op.signature)
    value, _ = _operand(reader, bound)
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


def _repeat(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    bound = bind(reader, node, name, op.signature)
    value, span = _operand(reader, bound)
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
        value = _flat(reader, value)
    _needs_axes(reader, value, span, 1, op.name)
    along = _axis(reader, bound, "axis", len(value.shape), 0)
    before, length, after = value.shape[:along], value.shape[along], value.shape[along + 1 :]
    number = reshaped(reader, reader.materialise(value), (*before, length, 1, *after))
    number = reader.graph.broadcast_to(number, (*before, length, count[0], *after))
    number = reshaped(reader, number, (*before, times([length, count[0]]), *after))
    words: tuple[tuple[str, Any], ...] = (("axis", along),) if "axis" in bound else ()
    return reader.of_node(number, Apply("repeat_interleave", (given.term,), (*words, ("repeats", count[0]))))


def _pad(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    bound = bind(reader, node, name, op.signature)
    value, span = _operand(reader, bound)
    _needs_axes(reader, value, span, 1, op.name)
    mode = literal(reader, bound["mode"], "mode") if "mode" in bound else "constant"
    fill = literal(reader, bound["value"], "value") if "value" in bound else 0
    if mode != "constant" or fill != 0:
        what = f"padding in the mode {mode}" if mode != "constant" else "padding with other numbers than 0"
        fail(
            "unsupported",
            f"{what} is not supported yet",
            reader.label(node.span),
            notes=["padding with zeros is"],
        )
    widths = _widths(reader, bound["widths"], len(value.shape))
    shape = tuple(plus([a, d, b]) for (a, b), d in zip(widths, value.shape, strict=True))
    items = tuple((a or None, -b if b else None, None) for a, b in widths)
    number = _placed(reader, reader.materialise(value), items, shape)
    return reader.of_node(number, Apply("pad", (value.term,), (("widths", widths),)))


def _widths(reader: Reader, node: syntax.Node, rank: int) -> tuple[tuple[int, int], ...]:
    """How many zeros come before and after, for each axis."""
    given = literal(reader, node, "widths")
    if isinstance(given, int):
        given = (given, given)
    flat = isinstance(given, tuple) and all(isinstance(k, int) for k in given)
    if flat and len(given) == 2 and (rank == 1 or given[0] == given[1]):
        given = (given,) * rank
    pairs = isinstance(given, tuple) and all(isinstance(pair, tuple) and len(pair) == 2 for pair in given)
    if (
        not pairs
        or len(given) != rank
        or not all(isinstance(k, int) and k >= 0 for pair in given for k in pair)
    ):
        fail(
            "arguments",
            "widths has a pair of whole numbers for each axis: zeros before, and zeros after",
            reader.label(node.span),
            suggestion="(" + ", ".join(["(1, 1)"] * rank) + ("," if rank == 1 else "") + ")",
        )
    return tuple((pair[0], pair[1]) for pair in given)


# --- matrices -----------------------------------------------------------------------------------------------


def _triangle(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    bound = bind(reader, node, name, op.signature)
    value, span = _operand(reader, bound)
    _needs_axes(reader, value, span, 2, op.name)
    diagonal = _whole(reader, bound, "diagonal", 0)
    rank = len(value.shape)
    row, column = axis(rank - 2), axis(rank - 1)
    edge: Term = row if not diagonal else Apply("add", (row, integer(diagonal)))
    inside = Apply("le" if op.name == "tril" else "ge", (column, edge))
    kernel = Apply("where", (inside, slot(0), ZERO))
    read = Operand(reader.materialise(value), tuple(range(rank)))
    number = reader.graph.indexed(kernel, [read], value.shape, rank)
    words = (("diagonal", diagonal),) if diagonal else ()
    return reader.of_node(number, Apply(op.name, (value.term,), words))


def _diag(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    bound = bind(reader, node, name, op.signature)
    value, span = _operand(reader, bound)
    k = _whole(reader, bound, "diagonal", 0)
    words = (("diagonal", k),) if k else ()
    rank = len(value.shape)
    if rank not in (1, 2):
        fail("shape", "diag needs a vector or a matrix", reader.label(span, show(value.shape)))
    if rank == 1:
        length = value.shape[0]
        read = Operand(reader.materialise(value), (0,))
        kernel = Apply("mul", (Apply("delta", (axis(0), axis(1))), slot(0)))
        number = reader.graph.indexed(kernel, [read], (length, length), 2)
        if k:
            side = plus([length, abs(k)])
            low, high = (None, -abs(k), None), (abs(k), None, None)
            number = _placed(reader, number, (low, high) if k > 0 else (high, low), (side, side))
        return reader.of_node(number, Apply("diag", (value.term,), words))
    return reader.of_node(_diagonal(reader, value, span, k), Apply("diag", (value.term,), words))


def _diagonal(reader: Reader, value: Value, span: Span, k: int) -> int:
    """The entries of a matrix k places above its diagonal (below, where k is negative)."""
    rows, columns = value.shape
    if rows == columns and not k:
        return contract(reader, Pattern.of("ii->i"), [(value, span)], "diag")
    if not isinstance(rows, int) or not isinstance(columns, int):
        fail(
            "unsupported",
            "this diagonal is not supported yet where its length is not known",
            reader.label(span, show(value.shape)),
            notes=["the main diagonal of a square matrix is"],
        )
    length = min(rows + min(k, 0), columns - max(k, 0))
    if length < 1:
        fail("shape", f"there is no diagonal {k}", reader.label(span, show(value.shape)))
    top, left = max(-k, 0), max(k, 0)
    items: tuple[Item, ...] = (_bounds(top, length, rows), _bounds(left, length, columns))
    square = take(reader, value, items)
    return contract(reader, Pattern.of("ii->i"), [(square, span)], "diag")


def _bounds(start: int, length: int, whole: int) -> Item:
    return (start or None, None if start + length == whole else start + length, None)


# --- products ---------------------------------------------------------------------------------------------------


def _kron(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    bound = bind(reader, node, name, op.signature)
    a, b = (_operand(reader, bound, word) for word in ("a", "b"))
    if len(a[0].shape) != len(b[0].shape) or len(a[0].shape) not in (1, 2):
        labels = (reader.label(span, show(value.shape)) for value, span in (a, b))
        fail("shape", "kron needs two vectors or two matrices", *labels)
    pattern = "i,k->ik" if len(a[0].shape) == 1 else "ij,kl->ikjl"
    number = contract(reader, Pattern.of(pattern), [a, b], "kron")
    shape = tuple(times(pair) for pair in zip(a[0].shape, b[0].shape, strict=True))
    return reader.of_node(reshaped(reader, number, shape), Apply("kron", (a[0].term, b[0].term)))


def _tensordot(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    bound = bind(reader, node, name, op.signature)
    a, b = (_operand(reader, bound, word) for word in ("a", "b"))
    ranks = len(a[0].shape), len(b[0].shape)
    given = literal(reader, bound["axes"], "axes") if "axes" in bound else 2
    label = reader.label(bound["axes"].span if "axes" in bound else node.span)
    if isinstance(given, int) and not isinstance(given, bool):
        if not 0 <= given <= min(ranks):
            fail("arguments", f"there are no {given} axes to sum over", label)
        given = (tuple(range(ranks[0] - given, ranks[0])), tuple(range(given)))
    if not isinstance(given, tuple) or len(given) != 2:
        fail("arguments", "axes is a whole number, or a list of axes for each of the two tensors", label)
    pairs = [one if isinstance(one, tuple) else (one,) for one in given]
    for one, rank in zip(pairs, ranks, strict=True):
        axes(reader, one, rank, label)
    if len(pairs[0]) != len(pairs[1]):
        fail("arguments", "as many axes of the one tensor as of the other are summed over", label)
    letters = "abcdefghijklmnopqrstuvwxyz"
    left, right = list(letters[: ranks[0]]), list(letters[ranks[0] : sum(ranks)])
    for i, j in zip(*pairs, strict=True):
        right[j % ranks[1]] = left[i % ranks[0]]
    out = [c for c in left if c not in right] + [c for c in right if c not in left]
    pattern = Pattern(("".join(left), "".join(right)), "".join(out))
    number = contract(reader, pattern, [a, b], "tensordot")
    return reader.of_node(number, Apply("tensordot", (a[0].term, b[0].term), (("axes", tuple(pairs)),)))


BUILDERS: Mapping[str, Builder] = MappingProxyType(
    {
        "reshape": _reshape,
        "flatten": _flatten,
        "broadcast_to": _broadcast_to,
        "expand_as": _expand_as,
        "squeeze": _squeeze,
        "expand_dims": _expand_dims,
        "swapaxes": _swapaxes,
        "permute": _permute,
        "moveaxis": _moveaxis,
        "concatenate": _concatenate,
        "stack": _stack,
        "hstack": _hstack,
        "vstack": _hstack,
        "split": _split,
        "chunk": _split,
        "index_select": _index_select,
        "flip": _flip,
        "fliplr": _flip,
        "flipud": _flip,
        "roll": _roll,
        "tile": _tile,
        "repeat_interleave": _repeat,
        "pad": _pad,
        "tril": _triangle,
        "triu": _triangle,
        "diag": _diag,
        "kron": _kron,
        "tensordot": _tensordot,
    }
)
"""The builder of each move, by the name of its entry in the op table."""


# What NumPy and torch call the parameters, where that is something else.
_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "dims": ("axes", "axis", "repeats"),
        "dim0": ("axis1",),
        "dim1": ("axis2",),
        "axis0": ("axis1",),
        "shifts": ("shift",),
        "k": ("diagonal",),
        "offset": ("diagonal",),
        "reps": ("repeats",),
        "pad_width": ("widths",),
        "pad": ("widths",),
        "constant_values": ("value",),
        "indices": ("index",),
        "indices_or_sections": ("parts",),
        "chunks": ("parts",),
        "newshape": ("shape",),
        "size": ("shape",),
        "arrays": ("tensors",),
        "tup": ("tensors",),
        "m": ("x",),
        "v": ("x",),
    }
)

_TAKE = Signature.of("take(x, index, axis=None)")


def moved(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """The value of a move; ``take(x, [0, 2])`` is NumPy's.

    Raises:
        ChainRuleError: ``arguments``, ``shape``, ``type`` or ``unsupported``.
    """
    if op.name == "take":
        op = replace(op, signature=_TAKE)
    parameters = op.signature.parameters
    words = []
    for word in node.keywords:
        known = [w for w in _WORDS.get(word.name.name, ()) if w in parameters]
        keep = word.name.name in parameters or not known
        words.append(word if keep else replace(word, name=replace(word.name, name=known[0])))
    build = _index_select if op.name == "take" else BUILDERS[op.name]
    return build(reader, replace(node, keywords=tuple(words)), name, op)
