"""Scans in the graph, and the norms of all orders."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from chainrule.diagnostics import Label, fail
from chainrule.graph import Operation
from chainrule.language import syntax
from chainrule.language.arguments import axes, bind, literal
from chainrule.language.folding import fold
from chainrule.language.parser import parse_expression
from chainrule.language.reader import Reader, Value
from chainrule.language.reshaping import reshaped
from chainrule.language.subscripts import with_new_axes
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
    "1": "max(sum(abs(x), axis=-2), axis=-1)",
    "-1": "min(sum(abs(x), axis=-2), axis=-1)",
    "inf": "max(sum(abs(x), axis=-1), axis=-1)",
    "-inf": "min(sum(abs(x), axis=-1), axis=-1)",
    "2": "spectral_norm(x)",
    "nuc": "nuclear_norm(x)",
}


def norm(reader: Reader, node: syntax.Call | syntax.Method, name: syntax.Name, op: Structured) -> Value:
    """``norm(x, ord)``: of vectors by entries, of matrices as operators, as in NumPy; by default the 2-norm.

    ``norm(x, p=1)``, as torch has it, and ``vector_norm`` are by entries; ``matrix_norm`` is of the last two
    axes.

    Raises:
        ChainRuleError: ``arguments``, for an order that there is not; ``unsupported``.
    """
    bound = bind(reader, node, name, op.signature)
    order = _order(reader, bound["ord"]) if "ord" in bound else None
    value = reader.read_operand(bound["x"], "x")
    axis = literal(reader, bound["axis"], "axis") if "axis" in bound else None
    by_entries = name.name == "vector_norm" or any(word.name.name == "p" for word in node.keywords)
    if name.name == "matrix_norm":
        axis = (-2, -1) if axis is None else axis
        if len(value.shape) < 2 or not isinstance(axis, tuple) or len(axis) != 2:
            fail("shape", "matrix_norm needs a matrix", reader.label(bound["x"].span, show(value.shape)))
    keep = bool("keepdims" in bound and literal(reader, bound["keepdims"], "keepdims"))
    is_matrix = (len(value.shape) == 2 and axis is None) or (isinstance(axis, tuple) and len(axis) == 2)
    is_matrix = is_matrix and not by_entries
    literals: dict[str, Any] = {"axis": axis, "keepdims": keep, "ord": order}
    if (order in (None, 2) and not (order == 2 and is_matrix)) or (
        order == "fro" and (is_matrix or by_entries)
    ):
        source = Source("norm(x, axis=axis, keepdims=keepdims)", op.name)
        plain = replace(op, signature=Signature.of(_PLAIN))
        inner = parse_expression(source)
        assert isinstance(inner, syntax.Call)

        def folded() -> Value:
            return fold(reader, inner, inner.function, plain)

        found = reader.with_bound({"x": value}, source, folded, literals)
        shown = tuple((word, said) for word, said in sorted(literals.items()) if said and word != "ord")
        return Value(Apply("norm", (value.term,), shown), found.kernel, found.shape)
    program = (_MATRIX if is_matrix else _VECTOR).get(str(order))
    _refuse(reader, bound["ord"], order, program, is_matrix)
    source = Source(program or _POWER, op.name)
    if is_matrix and isinstance(axis, tuple):
        return _matrix_norm(reader, value, source, literals, reader.label(bound["x"].span))
    return reader.with_bound({"x": value}, source, lambda: reader.read(parse_expression(source)), literals)


def _refuse(reader: Reader, node: syntax.Node, order: Any, program: str | None, is_matrix: bool) -> None:
    label = reader.label(node.span)
    if order == "fro" and not is_matrix:
        fail("arguments", "the Frobenius norm is one of matrices", label)
    if order == 0:
        notes = ["it counts the entries that are not 0"]
        fail("unsupported", "the norm of order 0 has no derivative", label, notes=notes)
    if program is None and (is_matrix or isinstance(order, str)):
        fail(
            "arguments",
            f"there is no norm of order {order} of a matrix"
            if is_matrix
            else f"there is no norm of order {order}",
            label,
            notes=["of its entries it is vector_norm(x, ord)"] if is_matrix else [],
        )


def _matrix_norm(
    reader: Reader, value: Value, source: Source, literals: dict[str, Any], label: Label
) -> Value:
    """A norm of the matrices along two chosen axes, which are moved to the end."""
    rank = len(value.shape)
    axes(reader, literals["axis"], rank, label)
    gone = tuple(k % rank for k in literals["axis"])
    order = (*(k for k in range(rank) if k not in gone), *gone)
    turned = value
    if order != tuple(range(rank)):
        turned = reader.of_node(reader.graph.transposed(reader.materialise(value), order), value.term)
    found = reader.with_bound({"x": turned}, source, lambda: reader.read(parse_expression(source)), {})
    return with_new_axes(reader, found, sorted(gone)) if literals["keepdims"] else found


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
