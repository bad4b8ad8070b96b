"""Composites: names for short programs, written out where they are used."""

from __future__ import annotations

from typing import Any

from chainrule.diagnostics import ChainRuleError, fail
from chainrule.language import syntax
from chainrule.language.arguments import bind, default, literal
from chainrule.language.classes import BY_CLASS, classes
from chainrule.language.layers import in_own_order, settle
from chainrule.language.parser import parse_expression, parse_program
from chainrule.language.reader import Reader, Value
from chainrule.ops.table import Composite
from chainrule.source import Source, Span
from chainrule.terms import Apply


def composite(reader: Reader, node: syntax.Call | syntax.Method, name: syntax.Name, op: Composite) -> Value:
    """The value of a composite: its program, with its parameters standing for the arguments.

    The first ``op.tensors`` parameters are expressions, the others literals.

    Raises:
        ChainRuleError: what is wrong inside the program is told at the call.
    """
    node = in_own_order(reader, node, op)
    bound = bind(reader, node, name, op.signature)
    tensors = op.signature.parameters[: op.tensors]
    bound = {
        p: value for p, value in bound.items() if p not in tensors or not isinstance(value, syntax.Nothing)
    }
    literals: dict[str, Any] = {
        p: literal(reader, bound[p], p) if p in bound else default(op.signature, p)
        for p in op.signature.parameters[op.tensors :]
    }
    values: dict[str, Value] = {}
    for parameter in tensors:
        if parameter in bound and _lists_classes(op, parameter, bound[parameter], values):
            values[parameter] = classes(reader, op, bound[parameter], values, literals)
        elif parameter in bound:
            values[parameter] = reader.read_operand(bound[parameter], parameter)
        else:
            text = op.signature.default(parameter) or ""
            values[parameter] = reader.read(parse_expression(Source(text, op.name)))
    shown = {p: v for p, v in literals.items() if p in bound and v != default(op.signature, p)}
    settle(reader, node, op, values, literals)
    source = Source(op.program, op.name)
    value = reader.with_bound(values, source, lambda: _written_out(reader, op, node.span), literals)
    last = max((k for k, p in enumerate(tensors) if p in bound), default=-1)
    given = tuple(values[p].term for p in tensors[: last + 1])
    return Value(Apply(op.name, given, tuple(sorted(shown.items()))), value.kernel, value.shape)


def _lists_classes(op: Composite, parameter: str, node: syntax.Node, values: dict[str, Value]) -> bool:
    """Whether an argument is a list of class numbers, or the one class of scores without a batch."""
    if isinstance(node, syntax.ListLiteral):
        return True
    if op.name not in BY_CLASS or parameter != "t" or "x" not in values:
        return False
    single = isinstance(node, syntax.Number) and len(values["x"].shape) == 1
    return single or isinstance(node, syntax.TupleLiteral)


def _written_out(reader: Reader, op: Composite, span: Span) -> Value:
    """The value of the program's last statement; earlier ones are names for it."""
    value: Value | None = None
    try:
        for statement in parse_program(reader.source).statements:
            assert not isinstance(statement, syntax.Declaration)
            value = reader.read(statement.value)
            if isinstance(statement, syntax.Definition):
                reader.bind(statement.name.name, value)
    except ChainRuleError as error:
        inside = [label.text for label in error.diagnostic.labels if label.text]
        fail(
            error.diagnostic.code,
            f"{op.name}: {error.diagnostic.message}",
            reader.outer_label(span, " and ".join(inside)),
            notes=[f"{op.name} computes {op.program}", *error.diagnostic.notes],
        )
    assert value is not None
    return value
