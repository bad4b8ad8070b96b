"""Indexing and slicing with constants: entries that are taken, and their adjoint, entries put in place."""

from __future__ import annotations

from chainrule.diagnostics import fail
from chainrule.graph import Operand, Operation
from chainrule.language import syntax
from chainrule.language.arguments import literal
from chainrule.language.reader import Reader, Value
from chainrule.shapes import Dim, Shape, minus, names_in, plus, rounded_up, show
from chainrule.source import Span
from chainrule.terms import Apply, slot

Slice = tuple[Dim | None, Dim | None, int | None]
Picked = tuple[tuple[int, ...]]
"""A list of positions along an axis; no other axis of the same ``take`` is then indexed."""
Item = int | Slice | Picked
ALL: Slice = (None, None, None)


def _declared_first(node: syntax.Subscript, count: int) -> list[str]:
    """What makes a name that was taken for a number a tensor that has these indices."""
    if not isinstance(node.base, syntax.Name):
        return []
    lengths = ", ".join("nmkl"[:count] or "n")
    return [f"a tensor is declared before it is used: {node.base.name} : [{lengths}]"]


def subscript(reader: Reader, node: syntax.Subscript) -> Value:
    """``base[items]``.

    Raises:
        ChainRuleError: ``shape``, when there are too many items or one is out of range; ``unsupported``,
            when the length of a slice of a symbolic axis is not known.
    """
    base = reader.read(node.base)
    rank = len(base.shape)
    axes = [item for item in node.items if not isinstance(item, (syntax.Nothing, syntax.Dots))]
    if len(axes) > rank:
        fail(
            "shape",
            f"too many indices: {reader.source.slice(node.base.span)} has {rank} axes",
            reader.label(node.base.span, show(base.shape)),
            reader.label(axes[rank].span, "one too many"),
            notes=_declared_first(node, len(axes)) if not rank else (),
        )
    items: list[Item] = []
    new_axes: list[int] = []
    picked: list[tuple[int, Picked]] = []
    place = 0
    dots = any(isinstance(item, syntax.Dots) for item in node.items)
    for item in (*node.items, *(() if dots else (syntax.Dots(node.span),))):
        if isinstance(item, syntax.Nothing):
            new_axes.append(place)
            place += 1
        elif isinstance(item, syntax.Dots):
            items += [ALL] * (rank - len(axes))
            place += rank - len(axes)
        elif isinstance(item, syntax.ListLiteral):
            picked.append((place - len(new_axes), positions(reader, item, base.shape[len(items)])))
            items.append(ALL)
            place += 1
        else:
            items.append(_item(reader, item, base.shape[len(items)]))
            place += isinstance(item, syntax.Slice)
    if len(picked) > 1:
        fail(
            "unsupported",
            "lists of indices along two axes are not supported yet",
            reader.label(node.span),
            notes=["one axis after the other works: x[[0, 1]][:, [2, 2]]"],
        )
    value = take(reader, base, tuple(items))
    for axis, along in picked:
        value = take(reader, value, (*[ALL] * axis, along, *[ALL] * (len(value.shape) - axis - 1)))
    return with_new_axes(reader, value, new_axes) if new_axes else value


def positions(reader: Reader, node: syntax.Node, dim: Dim) -> Picked:
    """The positions that a list of whole numbers, or of truth values, picks along an axis.

    Raises:
        ChainRuleError: ``arguments`` or ``shape``.
    """
    label = reader.label(node.span)
    given = literal(reader, node, "a list of indices")
    given = given if isinstance(given, tuple) else (given,)
    if given and all(isinstance(one, bool) for one in given):
        if len(given) != dim:
            fail("shape", f"the mask has {len(given)} entries, and the axis has length {dim}", label)
        given = tuple(k for k, one in enumerate(given) if one)
    if not given:
        fail("shape", "this list picks nothing", label)
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in given):
        fail("arguments", "an index is a whole number", label)
    for one in given:
        _refuse_out_of_range(reader, one, dim, node.span)
    return (given,)


def _refuse_out_of_range(reader: Reader, index: int, dim: Dim, span: Span) -> None:
    if isinstance(dim, int) and not -dim <= index < dim:
        fail(
            "shape",
            f"index {index} is out of range",
            reader.label(span),
            notes=[f"this axis has length {dim}: indices 0 to {dim - 1}, or -{dim} to -1 from the end"],
        )


def _item(reader: Reader, item: syntax.Index | syntax.Slice, dim: Dim) -> Item:
    if isinstance(item, syntax.Slice):
        for bound in (item.start, item.stop):
            unknown = [name for name in names_in(bound or 0) if name not in reader.lengths]
            if unknown:
                fail("name", f"{unknown[0]} is not the name of a length", reader.label(item.span))
        if item.start is None and item.stop is None and item.step in (None, 1):
            return ALL
        return (item.start, item.stop, item.step)
    _refuse_out_of_range(reader, item.value, dim, item.span)
    return item.value


def take(reader: Reader, base: Value, items: tuple[Item, ...]) -> Value:
    """The entries that ``items`` pick; they belong to the last axes, those before are whole."""
    rank = len(base.shape)
    items = (ALL,) * (rank - len(items)) + items
    if all(item == ALL for item in items):
        return base
    shape = taken_shape(reader, base.shape, items)
    while items and items[0] == ALL:
        items = items[1:]
    node = Operation("take", (reader.materialise(base),), (("items", items),), shape)
    shown = (ALL,) * (rank - len(items)) + items
    while shown[-1] == ALL:
        shown = shown[:-1]
    return reader.of_node(reader.graph.add(node), Apply("take", (base.term,), (("items", shown),)))


def taken_shape(reader: Reader, shape: Shape, items: tuple[Item, ...]) -> Shape:
    """The shape of what ``items`` (one for each axis) pick from ``shape``."""
    out: list[Dim] = []
    for item, dim in zip(items, shape, strict=True):
        if isinstance(item, int):
            continue
        out.append(len(item[0]) if len(item) == 1 else _slice_length(reader, item, dim))
    return tuple(out)


def _slice_length(reader: Reader, item: Slice, dim: Dim) -> Dim:
    start, stop, step = item
    if item == ALL or item == (None, None, -1):
        return dim
    named = isinstance(start, str) or isinstance(stop, str)
    if isinstance(dim, int) and not named:
        length = len(range(*slice(start, stop, step).indices(dim)))
        if length:
            return length
        fail("shape", f"a slice of an axis of length {dim} is empty", *reader.here())
    if step is None or step > 0:
        found = minus(_position(dim if stop is None else stop, dim), _position(start or 0, dim))
    else:
        last = -1 if stop is None else _position(stop, dim)
        found = minus(_position(-1 if start is None else start, dim), last)
    if found is not None and found != 0:
        return rounded_up(found, abs(step or 1))
    fail(
        "unsupported",
        f"the length of this slice of an axis of symbolic length {dim} is not supported yet",
        *reader.here(),
        notes=[
            "x[1:], x[:-1] and x[::2] work, and so does any slice of an axis of known length",
        ],
    )


def _from_front(bound: Dim) -> bool:
    return isinstance(bound, str) or bound >= 0


def _position(bound: Dim, dim: Dim) -> Dim:
    """A bound counted from the front: -2 is the whole axis less 2."""
    return bound if _from_front(bound) else plus([dim, bound])


def place(reader: Reader, values: Value, items: tuple[Item, ...], shape: Shape) -> Value:
    """Zeros of ``shape``, with ``values`` where ``items`` point; extra leading axes of ``values`` stay."""
    own = sum(1 for item in items if not isinstance(item, int)) + len(shape) - len(items)
    extra = values.shape[: len(values.shape) - own]
    params = (("items", items), ("shape", shape))
    node = Operation("place", (reader.materialise(values),), params, (*extra, *shape))
    return reader.of_node(reader.graph.add(node), Apply("place", (values.term,), params))


def with_new_axes(reader: Reader, value: Value, places: list[int]) -> Value:
    """The value with axes of length 1 at ``places``."""
    rank = len(value.shape) + len(places)
    kept = [k for k in range(rank) if k not in places]
    lengths: list[Dim] = [1] * rank
    for k, dim in zip(kept, value.shape, strict=True):
        lengths[k] = dim
    read = Operand(reader.materialise(value), tuple(kept))
    number = reader.graph.indexed(slot(0), [read], tuple(lengths), rank)
    return reader.of_node(number, Apply("expand_dims", (value.term,), (("axis", tuple(places)),)))
