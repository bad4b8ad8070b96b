"""Indexing and slicing with constants: entries that are taken, and their adjoint, entries put in place."""

from __future__ import annotations

from chainrule.diagnostics import fail
from chainrule.graph import Operand, Operation
from chainrule.language import syntax
from chainrule.language.reader import Reader, Value
from chainrule.shapes import Dim, Shape, show
from chainrule.terms import Apply, slot

Slice = tuple[int | None, int | None, int | None]
Item = int | Slice
ALL: Slice = (None, None, None)


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
        )
    items: list[Item] = []
    new_axes: list[int] = []
    place = 0
    dots = any(isinstance(item, syntax.Dots) for item in node.items)
    for item in (*node.items, *(() if dots else (syntax.Dots(node.span),))):
        if isinstance(item, syntax.Nothing):
            new_axes.append(place)
            place += 1
        elif isinstance(item, syntax.Dots):
            items += [ALL] * (rank - len(axes))
            place += rank - len(axes)
        else:
            items.append(_item(reader, item, base.shape[len(items)]))
            place += isinstance(item, syntax.Slice)
    value = take(reader, base, tuple(items))
    return _with_new_axes(reader, value, new_axes) if new_axes else value


def _item(reader: Reader, item: syntax.Index | syntax.Slice, dim: Dim) -> Item:
    if isinstance(item, syntax.Slice):
        if item.start is None and item.stop is None and item.step in (None, 1):
            return ALL
        return (item.start, item.stop, item.step)
    if isinstance(dim, int) and not -dim <= item.value < dim:
        fail(
            "shape",
            f"index {item.value} is out of range",
            reader.label(item.span),
            notes=[f"this axis has length {dim}: indices 0 to {dim - 1}, or -{dim} to -1 from the end"],
        )
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
        out.append(_slice_length(reader, item, dim))
    return tuple(out)


def _slice_length(reader: Reader, item: Slice, dim: Dim) -> Dim:
    start, stop, step = item
    if item == ALL:
        return dim
    if isinstance(dim, int):
        length = len(range(*slice(start, stop, step).indices(dim)))
        if length:
            return length
        fail("shape", f"a slice of an axis of length {dim} is empty", *reader.here())
    if (start or 0) >= 0 and stop is not None and stop >= 0 and (step or 1) > 0:
        return max(1, len(range(start or 0, stop, step or 1)))
    if step == -1 and start is None and stop is None:
        return dim
    fail(
        "unsupported",
        f"the length of this slice of an axis of symbolic length {dim} is not supported yet",
        *reader.here(),
        notes=["a slice with both ends from the front works, and so does any slice of an axis of known length"],
    )


def place(reader: Reader, values: Value, items: tuple[Item, ...], shape: Shape) -> Value:
    """Zeros of ``shape``, with ``values`` where ``items`` point; extra leading axes of ``values`` stay."""
    own = sum(1 for item in items if not isinstance(item, int)) + len(shape) - len(items)
    extra = values.shape[: len(values.shape) - own]
    params = (("items", items), ("shape", shape))
    node = Operation("place", (reader.materialise(values),), params, (*extra, *shape))
    return reader.of_node(reader.graph.add(node), Apply("place", (values.term,), params))


def _with_new_axes(reader: Reader, value: Value, places: list[int]) -> Value:
    """The value with axes of length 1 at ``places``."""
    rank = len(value.shape) + len(places)
    kept = [k for k in range(rank) if k not in places]
    lengths: list[Dim] = [1] * rank
    for k, dim in zip(kept, value.shape, strict=True):
        lengths[k] = dim
    read = Operand(reader.materialise(value), tuple(kept))
    number = reader.graph.indexed(slot(0), [read], tuple(lengths), rank)
    return reader.of_node(number, Apply("expand_dims", (value.term,), (("axis", tuple(places)),)))
