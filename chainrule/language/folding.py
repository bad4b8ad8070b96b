"""Folds in the graph: Σ and mean as Indexed nodes, everything else as an Operation that keeps its axes."""

from __future__ import annotations

from typing import Any

from chainrule.algebra import div, mul
from chainrule.graph import Operand, Operation
from chainrule.language import syntax
from chainrule.language.arguments import axes, bind, default, literal
from chainrule.language.reader import Reader, Value
from chainrule.ops import TABLE
from chainrule.ops.table import Structured
from chainrule.shapes import Shape, size_term
from chainrule.terms import ONE, Apply, Term, slot


def fold(reader: Reader, node: syntax.Call | syntax.Method, name: syntax.Name, op: Structured) -> Value:
    """The value of a fold, or of an operation along axes that keeps the shape.

    Raises:
        ChainRuleError: ``arguments``, when an axis is not there.
    """
    bound = bind(reader, node, name, op.signature)
    first = op.signature.parameters[0]
    operand = reader.read_operand(bound[first], first)
    entrywise = {"max": "the larger of two is maximum(a, b)", "min": "the smaller of two is minimum(a, b)"}
    notes = [entrywise[op.name]] if op.name in entrywise else []
    given = {word: literal(reader, value, word, notes) for word, value in bound.items() if word != first}
    axis = given.get("axis", default(op.signature, "axis"))
    rank = len(operand.shape)
    span = bound["axis"].span if "axis" in bound else node.span
    gone = axes(reader, axis, rank, reader.label(span))
    keepdims = bool(given.get("keepdims", False))
    number = reader.materialise(operand)
    if op.name in ("sum", "mean"):
        number = summed(reader, op.name, number, gone, keepdims)
    else:
        number = _structured(reader, op, number, gone, given)
        if not keepdims and op.shape == "fold":
            number = dropped(reader, number, gone)
    params = {w: v for w, v in given.items() if v != default(op.signature, w)}
    return reader.of_node(number, Apply(op.name, (operand.term,), tuple(sorted(params.items()))))


def summed(reader: Reader, name: str, number: int, gone: tuple[int, ...], keepdims: bool) -> int:
    """Σ, or Σ/N, of a node over the axes ``gone``."""
    shape = reader.graph.shape(number)
    kept = [k for k in range(len(shape)) if k not in gone]
    out = list(range(len(shape))) if keepdims else kept
    order = {k: n for n, k in enumerate(out) if k not in gone}
    order.update({k: len(out) + n for n, k in enumerate(gone)})
    lengths: Shape = (*(1 if k in gone else shape[k] for k in out), *(shape[k] for k in gone))
    kernel: Term = slot(0)
    if name == "mean":
        kernel = mul(div(ONE, size_term(shape[k] for k in gone)), kernel)
    read = Operand(number, tuple(order[k] for k in range(len(shape))))
    return reader.graph.indexed(kernel, [read], lengths, len(out))


def _structured(
    reader: Reader, op: Structured, number: int, gone: tuple[int, ...], given: dict[str, Any]
) -> int:
    """The Operation node; a fold keeps its axes with length 1, and axes count from the last."""
    if len(gone) > 1 and op.name in ("prod", "prod_others"):
        # A product over several axes is one of products: each has one axis to leave entries out of.
        inner = _structured(reader, op, number, gone[-1:], given)
        if op.name == "prod":
            return _structured(reader, op, inner, gone[:-1], given)
        folds = TABLE["prod"]
        assert isinstance(folds, Structured)
        whole = _structured(reader, folds, number, gone[-1:], {})
        others = _structured(reader, op, whole, gone[:-1], given)
        return reader.graph.pointwise(Apply("mul", (slot(0), slot(1))), [inner, others])
    shape = reader.graph.shape(number)
    rank = len(shape)
    params: dict[str, Any] = {"axis": tuple(k - rank for k in gone)}
    for parameter in op.signature.parameters[1:]:
        if parameter not in ("axis", "keepdims"):
            params[parameter] = given.get(parameter, default(op.signature, parameter))
    out: Shape = tuple(1 if k in gone and op.shape == "fold" else dim for k, dim in enumerate(shape))
    return reader.graph.add(Operation(op.name, (number,), tuple(sorted(params.items())), out))


def dropped(reader: Reader, number: int, gone: tuple[int, ...]) -> int:
    """The node without its axes ``gone``, which have length 1."""
    shape = reader.graph.shape(number)
    kept = [k for k in range(len(shape)) if k not in gone]
    place_of = {k: n for n, k in enumerate(kept)}
    read = Operand(number, tuple(place_of.get(k) for k in range(len(shape))))
    return reader.graph.indexed(slot(0), [read], tuple(shape[k] for k in kept), len(kept))
