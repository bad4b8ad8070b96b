"""Sorted tensors and running extremes in the graph, and entries taken by their place in the order."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from chainrule.diagnostics import fail
from chainrule.graph import Operation
from chainrule.language import syntax
from chainrule.language.arguments import bind, literal
from chainrule.language.gathering import flattened
from chainrule.language.reader import Reader, Value
from chainrule.language.sizes import Called, needs_axes, one_axis, operand, whole
from chainrule.language.subscripts import ALL, Item, take, with_new_axes
from chainrule.ops.table import Structured
from chainrule.terms import Apply, number

ORDERED = ("sort", "cummax", "cummin")


def ordered(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``sort(x, axis)``, ``cummax(x, axis)``: along the last axis in the graph.

    Raises:
        ChainRuleError: ``arguments`` or ``shape``.
    """
    bound = bind(reader, node, name, op.signature)
    value, span = operand(reader, bound)
    needs_axes(reader, value, span, 1, op.name)
    along = one_axis(reader, bound, "axis", len(value.shape), 0 if name.name == "msort" else -1)
    out = _along(reader, value, along, op.name)
    descending = "descending" in bound and literal(reader, bound["descending"], "descending")
    words: list[tuple[str, Any]] = [("axis", along)] if along != len(value.shape) - 1 else []
    if descending:
        out = _taken(reader, out, along, (None, None, -1))
        words.append(("descending", True))
    return Value(Apply(op.name, (value.term,), tuple(words)), out.kernel, out.shape)


def _along(reader: Reader, value: Value, along: int, op: str) -> Value:
    rank = len(value.shape)
    order = (*(k for k in range(rank) if k != along), along)
    turned = reader.materialise(value)
    if along != rank - 1:
        turned = reader.graph.transposed(turned, order)
    made = reader.graph.add(Operation(op, (turned,), (("axis", (-1,)),), reader.graph.shape(turned)))
    if along != rank - 1:
        made = reader.graph.transposed(made, tuple(order.index(k) for k in range(rank)))
    return reader.of_node(made, value.term)


def _taken(reader: Reader, value: Value, along: int, item: Item) -> Value:
    return take(reader, value, (*[ALL] * along, item, *[ALL] * (len(value.shape) - along - 1)))


def topk(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``topk(x, k, axis, largest)``: the first ``k`` in decreasing order (increasing for the smallest)."""
    bound = bind(reader, node, name, op.signature)
    value, span = operand(reader, bound)
    needs_axes(reader, value, span, 1, op.name)
    along = one_axis(reader, bound, "axis", len(value.shape), -1)
    count = _count(reader, bound, value, along)
    largest = "largest" not in bound or literal(reader, bound["largest"], "largest")
    out = _along(reader, value, along, "sort")
    out = _taken(reader, out, along, (None, -count - 1, -1) if largest else (None, count, None))
    words: list[tuple[str, Any]] = [("axis", along)] if along != len(value.shape) - 1 else []
    words += [("k", count)] if largest else [("k", count), ("largest", False)]
    return Value(Apply("topk", (value.term,), tuple(words)), out.kernel, out.shape)


def kthvalue(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``kthvalue(x, k, axis)``: the k-th smallest, counted from 1."""
    bound = bind(reader, node, name, op.signature)
    value, span = operand(reader, bound)
    needs_axes(reader, value, span, 1, op.name)
    along = one_axis(reader, bound, "axis", len(value.shape), -1)
    count = _count(reader, bound, value, along)
    keep = "keepdims" in bound and literal(reader, bound["keepdims"], "keepdims")
    out = _at(reader, _along(reader, value, along, "sort"), along, count - 1, keep)
    words: list[tuple[str, Any]] = [("axis", along)] if along != len(value.shape) - 1 else []
    words += [("k", count), *([("keepdims", True)] if keep else [])]
    return Value(Apply("kthvalue", (value.term,), tuple(words)), out.kernel, out.shape)


def _at(reader: Reader, value: Value, along: int, place: int, keep: bool) -> Value:
    out = _taken(reader, value, along, place)
    return with_new_axes(reader, out, [along]) if keep else out


def _count(reader: Reader, bound: dict[str, syntax.Node], value: Value, along: int) -> int:
    count, length = whole(reader, bound, "k", 1), value.shape[along]
    if count < 1 or (isinstance(length, int) and count > length):
        fail("arguments", f"k is a whole number from 1 to {length}", reader.label(bound["k"].span))
    return count


def quantile(reader: Reader, node: Called, name: syntax.Name, op: Structured) -> Value:
    """``quantile(x, q, axis)`` and ``percentile``: between the two entries beside it, a weighted mean.

    Raises:
        ChainRuleError: ``arguments``; ``unsupported``, along an axis of symbolic length.
    """
    bound = bind(reader, node, name, op.signature)
    value, span = operand(reader, bound)
    share = literal(reader, bound["q"], "q")
    most = 100 if op.name == "percentile" else 1
    if isinstance(share, bool) or not isinstance(share, (int, Fraction)) or not 0 <= share <= most:
        fail("arguments", f"q is a number from 0 to {most}", reader.label(bound["q"].span))
    keep = "keepdims" in bound and literal(reader, bound["keepdims"], "keepdims")
    rank = len(value.shape)
    words: list[tuple[str, Any]] = [("keepdims", True)] if keep else []
    along, flat = 0, value
    if "axis" in bound and not isinstance(bound["axis"], syntax.Nothing):
        along = one_axis(reader, bound, "axis", rank, 0)
        words.insert(0, ("axis", along))
    else:
        flat = flattened(reader, value)
    needs_axes(reader, flat, span, 1, op.name)
    length = flat.shape[along]
    if not isinstance(length, int):
        fail(
            "unsupported",
            f"{op.name} along an axis of symbolic length {length} is not supported yet",
            reader.label(span),
            notes=["the middle of the order is median(x)"],
        )
    place = Fraction(share) / most * (length - 1)
    below, part = int(place), place - int(place)
    kept = keep and flat is value
    row = _along(reader, flat, along, "sort")
    out = _at(reader, row, along, below, kept)
    if part:
        ends = [(one, span) for one in (out, _at(reader, row, along, below + 1, kept))]
        shares = [(Value(number(w), number(w), ()), span) for w in (1 - part, part)]
        parts = [(reader.pointwise("mul", [w, end]), span) for w, end in zip(shares, ends, strict=True)]
        out = reader.pointwise("add", parts)
    if keep and not kept:
        out = with_new_axes(reader, out, list(range(rank)))
    return Value(Apply(op.name, (value.term,), (*words, ("q", share))), out.kernel, out.shape)
