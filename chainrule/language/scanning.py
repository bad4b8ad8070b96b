"""Scans in the graph, and the norms of all orders."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from chainrule.diagnostics import fail
from chainrule.graph import Operation
from chainrule.language import syntax
from chainrule.language.arguments import axes, bind, literal
from chainrule.language.folding import fold
from chainrule.language.parser import parse_expression
from chainrule.language.reader import Reader, Value
from chainrule.language.reshaping import reshaped
from chainrule.ops.table import Signature, Structured
from chainrule.shapes import show, times
from chainrule.source import Source
from chainrule.terms import Apply

SCANS = ("cumsum", "cumprod", "logcumsumexp")


def scan(reader: Reader, node: syntax.Call | syntax.Method, name: syntax.Name, op: Structured) -> Value:
    """A running total along one axis; without an axis over all entries in order, as in NumPy.

    Raises:
        ChainRuleError: ``arguments`` or ``shape``.
    """
    bound = bind(reader, node, name, op.signature)
    value = reader.read_operand(bound["x"], "x")
    rank = len(value.shape)
    if not rank:
        fail("shape", f"{op.name} needs a vector", reader.label(bound["x"].span, show(value.shape)))
    asked = literal(reader, bound["axis"], "axis") if "axis" in bound else None
    number = reader.materialise(value)
    if asked is None:
        number, along = reshaped(reader, number, (times(value.shape),)), -1
    else:
        chosen = axes(reader, asked, rank, reader.label(bound["axis"].span))
        if len(chosen) != 1:
            fail("arguments", f"{op.name} runs along one axis", reader.label(bound["axis"].span))
        along = chosen[0] - rank
    shape = reader.graph.shape(number)
    number = reader.graph.add(Operation(op.name, (number,), (("axis", (along,)),), shape))
    words = () if asked is None else (("axis", along + rank),)
    return reader.of_node(number, Apply(op.name, (value.term,), words))


# --- norms --------------------------------------------------------------------------------------------

_VECTOR = {
    "1": "sum(abs(x), axis=axis, keepdims=keepdims)",
    "inf": "max(abs(x), axis=axis, keepdims=keepdims)",
    "-inf": "min(abs(x), axis=axis, keepdims=keepdims)",
}
_POWER = "sum(abs(x)**ord, axis=axis, keepdims=keepdims)**(1/ord)"
_MATRIX = {
    "1": "max(sum(abs(x), axis=0))",
    "-1": "min(sum(abs(x), axis=0))",
    "inf": "max(sum(abs(x), axis=1))",
    "-inf": "min(sum(abs(x), axis=1))",
    "2": "spectral_norm(x)",
    "nuc": "nuclear_norm(x)",
}


def norm(reader: Reader, node: syntax.Call | syntax.Method, name: syntax.Name, op: Structured) -> Value:
    """``norm(x, ord)``: of vectors by entries, of matrices as operators, as in NumPy; by default the 2-norm.

    Raises:
        ChainRuleError: ``arguments``, for an order that there is not; ``unsupported``.
    """
    bound = bind(reader, node, name, op.signature)
    order = _order(reader, bound["ord"]) if "ord" in bound else None
    value = reader.read_operand(bound["x"], "x")
    axis = literal(reader, bound["axis"], "axis") if "axis" in bound else None
    keep = tuple(
        syntax.Keyword(syntax.Name(word, bound[word].span), bound[word], bound[word].span)
        for word in ("axis", "keepdims")
        if word in bound
    )
    call = syntax.Call(name, (bound["x"],), keep, node.span)
    is_matrix = (len(value.shape) == 2 and axis is None) or (isinstance(axis, tuple) and len(axis) == 2)
    if order is None or order == "fro" or (order == 2 and not is_matrix):
        if order == "fro" and not is_matrix:
            fail("arguments", "the Frobenius norm is one of matrices", reader.label(bound["ord"].span))
        return fold(reader, call, name, replace(op, signature=Signature.of(_PLAIN)))
    program = (_MATRIX if is_matrix else _VECTOR).get(str(order))
    label = reader.label(bound["ord"].span)
    if order == 0:
        fail(
            "unsupported",
            "the norm of order 0 has no derivative",
            label,
            notes=["it counts the entries that are not 0"],
        )
    if program is None and (is_matrix or isinstance(order, str)):
        fail(
            "arguments",
            f"there is no norm of order {order} of a matrix"
            if is_matrix
            else f"there is no norm of order {order}",
            label,
            notes=["of its entries it is norm(flatten(x), ord)"] if is_matrix else [],
        )
    if is_matrix and keep:
        fail(
            "unsupported",
            "this norm of a matrix is not supported yet along chosen axes",
            reader.label(node.span),
        )
    source = Source(program or _POWER, op.name)
    literals = {
        "axis": axis,
        "keepdims": "keepdims" in bound and literal(reader, bound["keepdims"], "keepdims"),
        "ord": order,
    }
    return reader.with_bound({"x": value}, source, lambda: reader.read(parse_expression(source)), literals)


_PLAIN = "norm(x, axis=None, keepdims=False)"


def _order(reader: Reader, node: syntax.Node) -> Any:
    """The order of a norm: a number, ``inf``, ``-inf`` or a word; None for the usual one."""
    match node:
        case syntax.Name(name="inf"):
            return "inf"
        case syntax.Negation(operand=inner):
            found = _order(reader, inner)
            return "-inf" if found == "inf" else -found if isinstance(found, (int, Fraction)) else found
        case syntax.Quotient(numerator=syntax.Number(value=a), denominator=syntax.Number(value=b)) if b:
            return a / b
    return literal(reader, node, "ord")
