"""Entries picked and put in place one by one, at positions that are written out for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from chainrule.algebra import neg
from chainrule.diagnostics import fail
from chainrule.language import syntax
from chainrule.language.arguments import bind, literal
from chainrule.language.joining import placed
from chainrule.language.reader import Reader, Value
from chainrule.language.reshaping import reshaped
from chainrule.language.sizes import Called, needs_axes, one_axis, operand
from chainrule.language.subscripts import ALL, Item, positions, take, taken_shape
from chainrule.ops.table import Structured
from chainrule.shapes import show
from chainrule.source import Span
from chainrule.terms import Apply, number, slot

Lengths = tuple[int, ...]


def gather(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``gather(x, axis, index)``: out[i, j] = x[index[i, j], j] for axis 0, and so on.

    Raises:
        ChainRuleError: ``arguments`` or ``shape``; ``unsupported``, for indices in a variable.
    """
    bound = bind(reader, _swapped(node, name), name, op.signature)
    value, span = operand(reader, bound)
    along, indices, lengths = _indices(reader, bound, value, span)
    places = _places(reader, value, along, indices, lengths, bound["index"].span)
    if len(lengths) == 1:
        picked = take(reader, value, ((tuple(places),),))
        return Value(_term("gather", value, along, indices), picked.kernel, picked.shape)
    flat = _flat(reader, value)
    picked = take(reader, flat, ((tuple(places),),))
    made = reshaped(reader, reader.materialise(picked), lengths)
    return reader.of_node(made, _term("gather", value, along, indices))


def _term(op: str, value: Value, along: int, indices: Any, *others: Value) -> Apply:
    return Apply(op, (value.term, *(one.term for one in others)), (("axis", along), ("index", indices)))


def _swapped(node: Called, name: syntax.Name) -> Called:
    """NumPy's ``take_along_axis(x, indices, axis)`` and torch's ``take_along_dim`` have the axis last."""
    if not name.name.startswith("take_along"):
        return node
    own = isinstance(node, syntax.Call)
    front, rest = node.arguments[:own], node.arguments[own:]
    if len(rest) < 2:
        axis = [word for word in node.keywords if word.name.name in ("axis", "dim")]
        words = tuple(word for word in node.keywords if word not in axis)
        if len(rest) == 1:
            label = syntax.Keyword(syntax.Name("index", rest[0].span), rest[0], rest[0].span)
            words = (*words, label)
        return _with(node, front, (*words, *axis))
    return _with(node, (*front, rest[1], rest[0], *rest[2:]), node.keywords)


def _with(node: Called, arguments: Sequence[syntax.Node], words: tuple[syntax.Keyword, ...]) -> Called:
    return replace(node, arguments=tuple(arguments), keywords=words)


def _indices(
    reader: Reader, bound: dict[str, syntax.Node], value: Value, span: Span
) -> tuple[int, Any, Lengths]:
    """The axis, the indices as they are nested, and the shape that they have."""
    needs_axes(reader, value, span, 1, "this")
    along = one_axis(reader, bound, "axis", len(value.shape), 0)
    node = bound["index"]
    if isinstance(node, syntax.Name) and node.name not in reader.literals:
        fail(
            "unsupported",
            "indices in a variable are not supported yet",
            reader.label(node.span),
            notes=["they can be written out: gather(x, 1, [[0], [2]])"],
        )
    indices = literal(reader, node, "index")
    lengths: list[int] = []
    level = indices
    while isinstance(level, tuple):
        lengths.append(len(level))
        level = level[0] if level else None
    if len(lengths) != len(value.shape) or 0 in lengths:
        fail(
            "shape",
            f"the indices are nested as deep as the tensor has axes: {len(value.shape)}",
            reader.label(span, show(value.shape)),
            reader.label(node.span, show(tuple(lengths))),
        )
    return along, indices, tuple(lengths)


def _places(
    reader: Reader, value: Value, along: int, indices: Any, lengths: Lengths, span: Span
) -> list[int]:
    """The place of each picked entry among all entries of the tensor in order."""
    shape = value.shape
    for k, (dim, length) in enumerate(zip(shape, lengths, strict=True)):
        if not isinstance(dim, int) and len(shape) > 1:
            fail(
                "unsupported",
                "positions one by one are not supported yet in a tensor of symbolic shape",
                reader.label(span),
                notes=["one list for a whole axis is: x[[0, 2, 2]], index_select(x, 1, [0, 2])"],
            )
        if k != along and isinstance(dim, int) and length > dim:
            fail("shape", f"there are {length} indices along axis {k} of length {dim}", reader.label(span))
    out = []
    for place in product(*map(range, lengths)):
        index: Any = indices
        for k in place:
            if not isinstance(index, tuple) or k >= len(index):
                fail("arguments", "rows of indices need the same length", reader.label(span))
            index = index[k]
        end = shape[along]
        if isinstance(index, bool) or not isinstance(index, int):
            fail("arguments", "an index is a whole number", reader.label(span))
        if isinstance(end, int) and not -end <= index < end:
            notes = [f"this axis has length {end}"]
            fail("shape", f"index {index} is out of range", reader.label(span), notes=notes)
        entry: int = 0
        for k, dim in enumerate(shape):
            own = index if k == along else place[k]
            entry = entry * dim + own % dim if isinstance(dim, int) else own
        out.append(entry)
    return out


def _flat(reader: Reader, value: Value) -> Value:
    if len(value.shape) == 1:
        return value
    size = 1
    for dim in value.shape:
        assert isinstance(dim, int)
        size *= dim
    return reader.of_node(reshaped(reader, reader.materialise(value), (size,)), value.term)


def scatter(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``scatter(x, axis, index, src)`` puts entries of ``src`` in place; ``scatter_add`` adds them.

    Raises:
        ChainRuleError: ``arguments`` or ``shape``; ``unsupported``, for indices in a variable.
    """
    bound = bind(reader, node, name, op.signature)
    value, span = operand(reader, bound)
    along, indices, lengths = _indices(reader, bound, value, span)
    places = _places(reader, value, along, indices, lengths, bound["index"].span)
    source, where = operand(reader, bound, "src")
    if op.name == "scatter" and len(set(places)) < len(places):
        fail(
            "arguments",
            "two entries are put in the same place",
            reader.label(bound["index"].span),
            notes=["scatter_add adds what comes to one place"],
        )
    if not source.shape:
        made = reader.graph.broadcast_to(reader.materialise(source), lengths)
        wide = reader.of_node(made, source.term)
    else:
        fits = len(source.shape) == len(lengths)
        for dim, length in zip(source.shape, lengths, strict=False):
            fits = fits and (not isinstance(dim, int) or dim >= length)
        if not fits:
            fail(
                "shape",
                "there must be an entry for each index",
                reader.label(where, show(source.shape)),
                reader.label(bound["index"].span, show(lengths)),
            )
        items: tuple[Item, ...] = tuple(
            ALL if dim == length else (None, length, None)
            for dim, length in zip(source.shape, lengths, strict=True)
        )
        wide = take(reader, source, items)
    flat = _flat(reader, value)
    rows: tuple[Item, ...] = ((tuple(places),),)
    entries = reader.of_node(reshaped(reader, reader.materialise(wide), (len(places),)), source.term)
    if op.name == "scatter":
        entries = _minus(reader, entries, take(reader, flat, rows), span)
    change = placed(reader, reader.materialise(entries), rows, flat.shape)
    made = reader.graph.pointwise(Apply("add", (slot(0), slot(1))), [reader.materialise(flat), change])
    term = _term(op.name, value, along, indices, source)
    return reader.of_node(reshaped(reader, made, value.shape), term)


def _minus(reader: Reader, a: Value, b: Value, span: Span) -> Value:
    minus_one = Value(neg(number(1)), neg(number(1)), ())
    turned = reader.pointwise("mul", [(minus_one, span), (b, span)])
    return reader.pointwise("add", [(a, span), (turned, span)])


def index_add(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``index_add(x, axis, index, source, alpha)`` adds rows at a list; copy and fill set them.

    Raises:
        ChainRuleError: ``arguments`` or ``shape``.
    """
    bound = bind(reader, node, name, op.signature)
    value, span = operand(reader, bound)
    needs_axes(reader, value, span, 1, op.name)
    along = one_axis(reader, bound, "axis", len(value.shape), 0)
    picked = positions(reader, bound["index"], value.shape[along])
    source, where = operand(reader, bound, "src")
    items: tuple[Item, ...] = (*[ALL] * along, picked, *[ALL] * (len(value.shape) - along - 1))
    wanted = taken_shape(reader, value.shape, items)
    if source.shape not in (wanted, ()) or (op.name != "index_fill") != bool(source.shape):
        needs = "a number" if op.name == "index_fill" else f"the shape {show(wanted)}"
        fail("shape", f"{op.name} needs {needs} here", reader.label(where, show(source.shape)))
    if op.name != "index_add" and len(set(picked[0])) < len(picked[0]):
        fail("arguments", "two rows are put in the same place", reader.label(bound["index"].span))
    rows = source
    if "alpha" in bound:
        rows = reader.pointwise("mul", [(reader.read(bound["alpha"]), span), (source, span)])
    if op.name != "index_add":
        rows = _minus(reader, rows, take(reader, value, items), span)
    change = placed(reader, reader.materialise(rows), items, value.shape)
    made = reader.graph.pointwise(Apply("add", (slot(0), slot(1))), [reader.materialise(value), change])
    words: list[tuple[str, Any]] = [("axis", along), ("index", picked[0])]
    if "alpha" in bound:
        words.append(("alpha", literal(reader, bound["alpha"], "alpha")))
    return reader.of_node(made, Apply(op.name, (value.term, source.term), tuple(sorted(words))))
