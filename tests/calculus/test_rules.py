"""Derivatives of scalars as tables of derivatives have them, each written by hand."""

from __future__ import annotations

from collections.abc import Callable
from math import (
    acos,
    asin,
    asinh,
    atan,
    cos,
    cosh,
    e,
    erf,
    exp,
    isclose,
    lgamma,
    log,
    pi,
    sin,
    sinh,
    sqrt,
    tan,
)

import pytest

from chainrule.calculus import rules
from chainrule.derivation.data import Options
from chainrule.derivation.derive import derive
from chainrule.diagnostics import ChainRuleError
from chainrule.language.elaborate import kernel
from chainrule.notation.text import text
from chainrule.source import Source
from chainrule.terms import Symbol, apply, integer, slot, substitute

X = 0.7


def sigmoid(x: float) -> float:
    return 1 / (1 + exp(-x))


# A function of x, and its derivative as a person would write it.
TABLE: list[tuple[str, Callable[[float], float]]] = [
    ("5", lambda x: 0),
    ("x", lambda x: 1),
    ("-x", lambda x: -1),
    ("3*x", lambda x: 3),
    ("x/4", lambda x: 1 / 4),
    ("4/x", lambda x: -4 / x**2),
    ("x**2", lambda x: 2 * x),
    ("x**7", lambda x: 7 * x**6),
    ("x**-3", lambda x: -3 / x**4),
    ("x**(1/2)", lambda x: 1 / (2 * sqrt(x))),
    ("x**(5/3)", lambda x: 5 / 3 * x ** (2 / 3)),
    ("x**pi", lambda x: pi * x ** (pi - 1)),
    ("x**0", lambda x: 0),
    ("2**x", lambda x: 2**x * log(2)),
    ("e**x", lambda x: e**x),
    ("x**x", lambda x: x**x * (log(x) + 1)),
    ("x**sin(x)", lambda x: x ** sin(x) * (cos(x) * log(x) + sin(x) / x)),
    ("exp(x)", exp),
    ("exp(-x**2/2)", lambda x: -x * exp(-(x**2) / 2)),
    ("log(x)", lambda x: 1 / x),
    ("log(1 + x**2)", lambda x: 2 * x / (1 + x**2)),
    ("log2(x)", lambda x: 1 / (x * log(2))),
    ("log10(x)", lambda x: 1 / (x * log(10))),
    ("log1p(x)", lambda x: 1 / (1 + x)),
    ("log(log(2 + x))", lambda x: 1 / ((2 + x) * log(2 + x))),
    ("sqrt(1 + x**2)", lambda x: x / sqrt(1 + x**2)),
    ("sin(x)", cos),
    ("cos(x)", lambda x: -sin(x)),
    ("tan(x)", lambda x: 1 / cos(x) ** 2),
    ("sin(x)*cos(x)", lambda x: cos(2 * x)),
    ("sin(x)/x", lambda x: (x * cos(x) - sin(x)) / x**2),
    ("sin(cos(tan(x)))", lambda x: -cos(cos(tan(x))) * sin(tan(x)) / cos(x) ** 2),
    ("sec(x)", lambda x: tan(x) / cos(x)),
    ("csc(x)", lambda x: -cos(x) / sin(x) ** 2),
    ("cot(x)", lambda x: -1 / sin(x) ** 2),
    ("asin(x)", lambda x: 1 / cos(asin(x))),
    ("acos(x)", lambda x: -1 / sin(acos(x))),
    ("atan(x)", lambda x: cos(atan(x)) ** 2),
    ("sinh(x)", cosh),
    ("cosh(x)", sinh),
    ("tanh(x)", lambda x: 1 / cosh(x) ** 2),
    ("asinh(x)", lambda x: 1 / cosh(asinh(x))),
    ("acosh(x + 1)", lambda x: 1 / sqrt(x**2 + 2 * x)),
    ("atanh(x)", lambda x: 1 / (1 - x**2)),
    ("abs(x)", lambda x: 1),
    ("abs(-x)", lambda x: 1),
    ("erf(x)", lambda x: 2 / sqrt(pi) * exp(-(x**2))),
    ("sigmoid(x)", lambda x: sigmoid(x) * (1 - sigmoid(x))),
    ("log(sigmoid(x))", lambda x: 1 - sigmoid(x)),
    ("softplus(x)", sigmoid),
    ("x*sigmoid(x)", lambda x: sigmoid(x) * (1 + x * (1 - sigmoid(x)))),
    ("relu(x)", lambda x: 1),
    ("relu(-x)", lambda x: 0),
    ("x*erf(x/sqrt(2))/2 + x/2", lambda x: (1 + erf(x / sqrt(2))) / 2 + x * exp(-(x**2) / 2) / sqrt(2 * pi)),
    ("exp(loggamma(x))", lambda x: (exp(lgamma(x + 1e-6)) - exp(lgamma(x - 1e-6))) / 2e-6),
    ("(x**2 + 1)/(x**2 - 1)", lambda x: -4 * x / (x**2 - 1) ** 2),
    ("x**2*exp(x)*sin(x)", lambda x: x * exp(x) * ((2 + x) * sin(x) + x * cos(x))),
    ("1/(1 + 1/(1 + x))", lambda x: 1 / (2 + x) ** 2),
    ("hypot(x, 3)", lambda x: x / sqrt(x**2 + 9)),
    ("atan2(x, 2)", lambda x: 2 / (x**2 + 4)),
    ("maximum(x, x**2)", lambda x: 1),
    ("minimum(x, x**2)", lambda x: 2 * x),
    ("where(x > 1/2, x**2, x)", lambda x: 2 * x),
    ("logaddexp(x, 2*x)", lambda x: (exp(x) + 2 * exp(2 * x)) / (exp(x) + exp(2 * x))),
]


@pytest.mark.parametrize(("function", "slope"), TABLE, ids=[function for function, _ in TABLE])
def test_derivative_of(function: str, slope: Callable[[float], float]) -> None:
    made = derive(Source(f"y = {function} + 0*x"), Options(detail="rules"), at=[Source(f"x = {X}")])
    (gradient,) = made.gradients
    assert made.verified
    assert gradient.value is not None
    assert isclose(gradient.value.floats[0] or 0, slope(X), rel_tol=1e-8, abs_tol=1e-12)


# --- names and shapes of steps ---------------------------------------------------------------------------

RULES = [
    ("x + 2", ("sum",)),
    ("x - 2", ("difference",)),
    ("3*x", ("constant multiple",)),
    ("x*sin(x)", ("product", "sin")),
    ("sin(x)/x", ("quotient", "sin")),
    ("1/x", ("reciprocal",)),
    ("x**3", ("power",)),
    ("2**x", ("exponential",)),
    ("x**x", ("general power",)),
    ("sin(x**2)", ("chain", "sin", "power")),
    ("3*sin(x**2)", ("constant multiple", "chain", "sin", "power")),
    ("maximum(x, x**2)", ("several arguments", "maximum", "chain", "power")),
    ("where(c > 0, x, x**2)", ("piecewise", "power")),
    ("x", ("identity",)),
    ("c", ("constant",)),
]


@pytest.mark.parametrize(("function", "names"), RULES, ids=[function for function, _ in RULES])
def test_rules_are_named_from_the_outside_in(function: str, names: tuple[str, ...]) -> None:
    term = kernel(function, ("x", "c"))
    assert rules.derive(term, slot(0)).rules() == names


STEPS = [
    ("3*x**2", "6*x"),
    ("x*exp(x)", "exp(x) + x*exp(x)"),
    ("1/(1 + x)", "-1/(1 + x)**2"),
    ("sin(x)/x", "(cos(x)*x - sin(x))/x**2"),
    ("tanh(2*x)", "2*(1 - tanh(2*x)**2)"),
    ("(x**2)**3", "6*x**5"),
    ("sin(x)**2", "2*sin(x)*cos(x)"),
    ("x**-1", "-1/x**2"),
    ("0.25*x**2", "0.5*x"),
    ("(x + 1)*(x + 1)", "2*x + 2"),
]


@pytest.mark.parametrize(("function", "expected"), STEPS, ids=[function for function, _ in STEPS])
def test_the_derivative_is_written_as_a_person_would(function: str, expected: str) -> None:
    found = rules.derive(kernel(function, ("x",)), slot(0)).after
    assert text(substitute(found, {slot(0): Symbol("x")})) == expected


def test_what_only_a_condition_reads_does_not_move() -> None:
    step = rules.derive(kernel("where(x > 0, c, 2*c)", ("x", "c")), slot(0))
    assert rules.is_zero(step.after)
    assert "condition" in step.why


def test_an_unknown_function_gets_a_prime_for_every_order() -> None:
    call = apply("call", slot(0), function="f", orders=(0,))
    first = rules.derive(call, slot(0)).after
    second = rules.derive(first, slot(0)).after
    assert text(substitute(second, {slot(0): Symbol("x")})) == "f''(x)"


def test_a_power_with_a_large_exponent_is_not_multiplied_out() -> None:
    step = rules.derive(apply("pow", slot(0), integer(10**9)), slot(0))
    assert text(substitute(step.after, {slot(0): Symbol("x")})) == "1000000000*x**999999999"


def test_an_argument_without_a_derivative_is_refused_in_words() -> None:
    with pytest.raises(ChainRuleError) as caught:
        derive(Source("y = polygamma(n, x)"), Options(verify=False))
    assert caught.value.diagnostic.code == "unsupported"
    assert "polygamma by its n" in caught.value.diagnostic.message
    assert caught.value.diagnostic.notes


def test_a_polygamma_function_has_a_whole_order() -> None:
    whole = derive(Source("n : constant, integer; y = polygamma(n, x)"))
    assert whole.verified is True
    broken = derive(Source("n : constant; y = polygamma(n, x)"), at=[Source("n = 1/2; x = 2")])
    assert broken.gradients[0].value is not None
    assert broken.gradients[0].value.floats == (None,)
