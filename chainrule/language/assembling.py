"""Tensors put together from rows, blocks, powers and differences."""

from __future__ import annotations

from chainrule.diagnostics import fail
from chainrule.language import syntax
from chainrule.language.arguments import bind, literal
from chainrule.language.joining import joined, listed, placed, stacked
from chainrule.language.reader import Reader, Value
from chainrule.language.reshaping import reshaped
from chainrule.language.sizes import Called, needs_axes, one_axis, operand, packed, whole
from chainrule.language.subscripts import ALL, Item, take
from chainrule.ops.table import Structured
from chainrule.shapes import Dim, plus, show
from chainrule.terms import Apply, integer, number, slot


def diff(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``diff(x, n, axis)``: differences of neighbours, ``n`` times."""
    bound = bind(reader, node, name, op.signature)
    value, span = operand(reader, bound)
    needs_axes(reader, value, span, 1, op.name)
    along, times = one_axis(reader, bound, "axis", len(value.shape), -1), whole(reader, bound, "n", 1)
    length = value.shape[along]
    if times < 1 or (isinstance(length, int) and times >= length):
        most = f" to {length - 1}" if isinstance(length, int) else ""
        fail("arguments", f"n is a whole number from 1{most}", reader.label(node.span))
    out = value
    for _ in range(times):
        after, before = (_sliced(reader, out, along, item) for item in ((1, None, None), (None, -1, None)))
        minus = number(-1)
        less = reader.pointwise("mul", [(Value(minus, minus, ()), span), (before, span)])
        out = reader.pointwise("add", [(after, span), (less, span)])
        out = reader.of_node(reader.materialise(out), value.term)
    words = (("axis", along),) if along != len(value.shape) - 1 else ()
    words = (*words, ("n", times)) if times > 1 else words
    return Value(Apply("diff", (value.term,), words), out.kernel, out.shape)


def _sliced(reader: Reader, value: Value, along: int, item: Item) -> Value:
    return take(reader, value, (*[ALL] * along, item, *[ALL] * (len(value.shape) - along - 1)))


def rot90(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``rot90(x, k, axes)``: quarter turns from the first axis towards the second."""
    bound = bind(reader, node, name, op.signature)
    value, span = operand(reader, bound)
    needs_axes(reader, value, span, 2, op.name)
    rank, turns = len(value.shape), whole(reader, bound, "k", 1)
    axes = literal(reader, bound["axes"], "axes") if "axes" in bound else (0, 1)
    fits = isinstance(axes, tuple) and len(axes) == 2 and all(isinstance(k, int) for k in axes)
    if not fits or any(not -rank <= k < rank for k in axes) or axes[0] % rank == axes[1] % rank:
        fail("arguments", "axes are two axes of the tensor", reader.label(node.span))
    a, b = (k % rank for k in axes)
    back = (None, None, -1)
    out = value
    if turns % 4 == 2:
        items: list[Item] = [back if k in (a, b) else ALL for k in range(rank)]
        out = take(reader, value, tuple(items))
    elif turns % 4:
        order = list(range(rank))
        order[a], order[b] = b, a
        quarter = turns % 4 == 1
        if quarter:
            out = _sliced(reader, out, b, back)
        out = reader.of_node(reader.graph.transposed(reader.materialise(out), tuple(order)), value.term)
        if not quarter:
            out = _sliced(reader, out, b, back)
    words = ((("axes", (a, b)),) if (a, b) != (0, 1) else ()) + ((("k", turns),) if turns != 1 else ())
    return Value(Apply("rot90", (value.term,), words), out.kernel, out.shape)


def multi_dot(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``multi_dot([A, B, C])`` and ``chain_matmul(A, B, C)``: one product after the other."""
    bound = bind(reader, packed(node, after=0), name, op.signature)
    parts = listed(reader, bound["tensors"], name.name)
    whole_: syntax.Node = _items(bound["tensors"])[0]
    for one in _items(bound["tensors"])[1:]:
        whole_ = syntax.Call(syntax.Name("matmul", node.span), (whole_, one), (), node.span)
    if any(len(value.shape) not in (1, 2) for value, _ in parts):
        labels = [reader.label(span, show(value.shape)) for value, span in parts]
        fail("shape", f"{name.name} needs matrices", *labels)
    return reader.read(whole_)


def _items(node: syntax.Node) -> tuple[syntax.Node, ...]:
    assert isinstance(node, (syntax.ListLiteral, syntax.TupleLiteral))
    return node.items


def vander(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``vander(x, N)``: powers of a vector as columns, the highest first unless ``increasing``."""
    bound = bind(reader, node, name, op.signature)
    value, span = operand(reader, bound)
    if len(value.shape) != 1:
        fail("shape", "vander needs a vector", reader.label(span, show(value.shape)))
    length = value.shape[0]
    count = whole(reader, bound, "N", length if isinstance(length, int) else 0)
    if count < 1:
        what = "vander needs to know how many columns there are"
        fail("arguments", what, reader.label(node.span), suggestion="vander(x, 3)")
    up = "increasing" in bound and literal(reader, bound["increasing"], "increasing")
    powers = range(count) if up else range(count - 1, -1, -1)
    columns = []
    for k in powers:
        if k < 2:
            one = value if k else reader.of_node(reader.graph.constant(number(1), (length,)), integer(1))
        else:
            exponent = Value(integer(k), integer(k), ())
            one = reader.pointwise("pow", [(value, span), (exponent, span)])
        columns.append((one, span))
    out = stacked(reader, columns, 1)
    words = (("N", count), *((("increasing", True),) if up else ()))
    return Value(Apply("vander", (value.term,), words), out.kernel, out.shape)


def block_diag(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``block_diag(A, B)``: matrices along the diagonal, zeros elsewhere."""
    bound = bind(reader, packed(node, after=0), name, op.signature)
    parts = listed(reader, bound["tensors"], name.name)
    for value, span in parts:
        if len(value.shape) != 2:
            fail("shape", "block_diag needs matrices", reader.label(span, show(value.shape)))
    corners: list[tuple[Dim, Dim]] = [(0, 0)]
    for value, _ in parts:
        corners.append((plus([corners[-1][0], value.shape[0]]), plus([corners[-1][1], value.shape[1]])))
    whole_, numbers = corners[-1], []
    for (value, _), first, last in zip(parts, corners, corners[1:], strict=False):
        items: tuple[Item, ...] = tuple(
            (a or None, None if b == end else b, None) for a, b, end in zip(first, last, whole_, strict=True)
        )
        numbers.append(placed(reader, reader.materialise(value), items, whole_))
    made = numbers[0]
    if len(numbers) > 1:
        made = reader.graph.pointwise(Apply("add", tuple(slot(k) for k in range(len(numbers)))), numbers)
    return reader.of_node(made, Apply("block_diag", tuple(value.term for value, _ in parts)))


def column_stack(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``column_stack`` makes columns of vectors, ``dstack`` joins along a third axis."""
    bound = bind(reader, node, name, op.signature)
    parts = listed(reader, bound["tensors"], name.name)
    if op.name == "column_stack" and any(len(value.shape) > 1 for value, _ in parts):
        parts = [(_shaped(reader, v, (*v.shape, 1)) if len(v.shape) == 1 else v, span) for v, span in parts]
        return joined(reader, parts, 1)
    if op.name == "column_stack":
        return stacked(reader, parts, 1)
    parts = [
        (_shaped(reader, v, (1,) * (2 - max(len(v.shape), 1)) + (v.shape or (1,)) + (1,)), span)
        if len(v.shape) < 3
        else (v, span)
        for v, span in parts
    ]
    return joined(reader, parts, 2)


def _shaped(reader: Reader, value: Value, shape: tuple[Dim, ...]) -> Value:
    made = reshaped(reader, reader.materialise(value), shape)
    return reader.of_node(made, Apply("reshape", (value.term,), (("shape", shape),)))
