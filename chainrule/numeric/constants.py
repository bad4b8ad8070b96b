"""Constant expressions: ``1/3``, ``-2.5e-3``, ``pi/4``, ``sqrt(2)``."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NoReturn

from chainrule.diagnostics import Label, fail
from chainrule.language import syntax
from chainrule.language.scope import plain_function
from chainrule.numeric.arithmetic import Context
from chainrule.numeric.closures import compiled
from chainrule.numeric.entries import NotRational, TooBig, Undefined
from chainrule.numeric.exact import Exact
from chainrule.numeric.floats import Floats, as_float
from chainrule.source import Source
from chainrule.terms import PI, Apply, E, Number, Term

_EXACT, _FLOATS = Exact(), Floats()


def constant(node: syntax.Node, source: Source) -> Fraction | Term:
    """The value of a constant expression: a Fraction where it is rational, the expression as a Term else.

    Raises:
        ChainRuleError: ``value``, when it is no constant, or has no finite real value; ``budget``, when it
            has too many digits.
    """
    if isinstance(node, syntax.Number):
        return node.value
    if isinstance(node, syntax.Negation) and isinstance(node.operand, syntax.Number):
        return -node.operand.value
    term = _term(node, source)
    label = Label(source, node.span)
    try:
        value = compiled(term, _EXACT, Context())((), ())
    except TooBig:
        fail("budget", "this number has too many digits", label)
    except NotRational:
        _demand_finite(term, label)
        return term
    if isinstance(value, Undefined):
        fail("value", f"this has no value ({value.reason})", label)
    assert isinstance(value, Fraction)
    if math.isinf(as_float(value)):
        fail("value", "this number is beyond the range of floats", label)
    return value


def _demand_finite(term: Term, label: Label) -> None:
    value = compiled(term, _FLOATS, Context())((), ())
    if value - value != 0:
        fail("value", "this has no finite real value", label)


def _term(node: syntax.Node, source: Source) -> Term:
    if isinstance(node, syntax.Number):
        return Number(node.value, node.decimal)
    if isinstance(node, syntax.Name):
        if node.name in ("pi", "e"):
            return PI if node.name == "pi" else E
        _no_constant(node, source, f"{node.name} is no number" if node.name != "inf" else "inf is no value")
    if isinstance(node, syntax.Sum):
        terms = [_term(part, source) for part in node.terms]
        return Apply(
            "add",
            tuple(t if sign > 0 else Apply("neg", (t,)) for t, sign in zip(terms, node.signs, strict=True)),
        )
    if isinstance(node, syntax.Product):
        return Apply("mul", tuple(_term(part, source) for part in node.factors))
    if isinstance(node, syntax.Quotient):
        return Apply("div", (_term(node.numerator, source), _term(node.denominator, source)))
    if isinstance(node, syntax.Power):
        return Apply("pow", (_term(node.base, source), _term(node.exponent, source)))
    if isinstance(node, syntax.Negation):
        return Apply("neg", (_term(node.operand, source),))
    if isinstance(node, syntax.Call):
        op = plain_function(node)
        if op is not None:
            return Apply(op.name, tuple(_term(part, source) for part in node.arguments))
    return _no_constant(node, source, "this is no constant")


def _no_constant(node: syntax.Node, source: Source, message: str) -> NoReturn:
    fail(
        "value",
        message,
        Label(source, node.span),
        notes=[
            "a value is made of numbers, pi, e, + - * / ** and functions such as sqrt",
            "in a program, stack([a, b]) puts side by side what is computed",
        ],
    )
