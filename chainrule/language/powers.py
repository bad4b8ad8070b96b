"""Whole powers of square matrices, written out as products."""

from __future__ import annotations

from chainrule.diagnostics import fail
from chainrule.graph import Graph, Indexed, Operand, Operation
from chainrule.language import syntax
from chainrule.language.arguments import bind, literal
from chainrule.language.contract import Pattern, unify
from chainrule.language.reader import Reader, Value
from chainrule.ops.table import Structured
from chainrule.shapes import show
from chainrule.terms import Apply, axis, slot

MOST = 1000


def matrix_power(
    reader: Reader, node: syntax.Call | syntax.Method, name: syntax.Name, op: Structured
) -> Value:
    """The value of ``matrix_power(x, n)``: squares multiplied, of the inverse where n is negative.

    Raises:
        ChainRuleError: ``arguments``, where n is no whole number; ``shape``, where x is not square.
    """
    bound = bind(reader, node, name, op.signature)
    operand = reader.read_operand(bound["x"], "x")
    exponent = literal(reader, bound["n"], "n")
    label = reader.label(bound["n"].span)
    if isinstance(exponent, bool) or not isinstance(exponent, int) or abs(exponent) > MOST:
        fail("arguments", f"the exponent of {op.name} is a whole number, at most {MOST}", label)
    pattern = Pattern.of(op.shape)
    if not pattern.fits([len(operand.shape)]):
        fail("shape", f"{op.name} needs a matrix", reader.label(bound["x"].span, show(operand.shape)))
    unify(reader, pattern, [(operand, bound["x"].span)], op.name)
    number = _power(reader.graph, reader.materialise(operand), exponent)
    return reader.of_node(number, Apply(op.name, (operand.term,), (("n", exponent),)))


def _power(graph: Graph, base: int, exponent: int) -> int:
    shape = graph.shape(base)
    rank = len(shape)
    if exponent < 0:
        base = graph.add(Operation("inv", (base,), (), shape))
    out: int | None = None
    left = abs(exponent)
    while left:
        if left & 1:
            out = base if out is None else _product(graph, out, base)
        left >>= 1
        base = _product(graph, base, base) if left else base
    if out is None:
        out = graph.add(Indexed(Apply("delta", (axis(rank - 2), axis(rank - 1))), (), shape, rank))
    return out


def _product(graph: Graph, a: int, b: int) -> int:
    shape = graph.shape(a)
    rank = len(shape)
    before = tuple(range(rank - 2))
    reads = (Operand(a, (*before, rank - 2, rank)), Operand(b, (*before, rank, rank - 1)))
    return graph.indexed(Apply("mul", (slot(0), slot(1))), reads, (*shape, shape[-1]), rank)
