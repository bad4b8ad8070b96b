"""Scalar algebra: what is found is what one would hand in, and every candidate is equal to the expression."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.algebra import tidy
from chainrule.calculus.candidates import forms, simplest
from chainrule.calculus.cost import cost, width
from chainrule.calculus.polynomials import quotient
from chainrule.calculus.signs import turned
from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_program
from chainrule.notation.text import text
from chainrule.source import Source
from chainrule.terms import Symbol, Term
from tests.calculus.arrays import value


def term(expression: str) -> Term:
    """An expression over scalars, as written."""
    return elaborate(parse_program(Source(f"t : []; out = {expression}", "program"))).statements[-1].term


SIMPLEST = [
    ("3/2*(x + 2)", "3/2*(x + 2)"),
    ("1 - h**2", "1 - h**2"),
    ("p*(1 - p)", "p*(1 - p)"),
    ("-2*h*(1 - h**2)", "-2*h*(1 - h**2)"),
    ("(2*y + x)*cos(x) + y", "(2*y + x)*cos(x) + y"),
    ("-(t/p - (1 - t)/(1 - p))*p*(1 - p)", "p - t"),
    ("1/(1 + x) - x/(1 + x)**2", "1/(1 + x)**2"),
    ("-(t - p)", "p - t"),
    ("(x + 1)**2 - x**2 - 1", "2*x"),
    ("3*(x + 2) - 2*x", "x + 6"),
    ("a*x + a*y", "a*(x + y)"),
    ("2*x*y + 4*x", "2*x*(y + 2)"),
    ("exp(x)*exp(-x)", "1"),
    ("exp(-x)*t/(1 + exp(-x))", "t/(exp(x) + 1)"),
    ("exp(-x)/(1 + exp(-x))**2", "exp(-x)/(1 + exp(-x))**2"),
    ("(x**2 - 1)/(x - 1)", "x + 1"),
    ("(x - 1)/(x**2 - 1)", "1/(x + 1)"),
    ("x**2 + 2*x*y + y**2", "(x + y)**2"),
]


@pytest.mark.parametrize(("written", "expected"), SIMPLEST)
def test_the_simplest_form(written: str, expected: str) -> None:
    assert text(simplest(term(written))) == expected


@pytest.mark.parametrize(
    "written",
    [
        *(written for written, _ in SIMPLEST),
        "(exp(x) - exp(-x))/(exp(x) + exp(-x))",
        "1/(1 + sigmoid(x)*exp(x))",
        "x/sqrt(1 + x**2) - x**3/(1 + x**2)**(3/2)",
        "(a*x + b)*(a*x - b)/(x*(a + b/x))",
        "(x**3 - y**3)/(x - y) + (x - y)**2/(x**2 - y**2)",
    ],
)
def test_every_form_is_equal(written: str) -> None:
    expression = term(written)
    random = np.random.default_rng(1)
    for _ in range(3):
        names = {Symbol(name): random.uniform(0.2, 0.9) for name in "abhptxy"}
        expected = value(expression, names, {})
        for form in forms(expression):
            assert value(form, names, {}) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("written", "expected"),
    [("-t + p", "p - t"), ("-2*(1 - x)", "2*(x - 1)"), ("-x - y", "-x - y"), ("(-x - y)*z", "-(x + y)*z")],
)
def test_minus_signs(written: str, expected: str) -> None:
    assert text(turned(tidy(term(written)))) == text(tidy(term(expected)))


@pytest.mark.parametrize(
    ("top", "bottom", "expected"),
    [
        ("x**2 - 1", "x + 1", "x - 1"),
        ("x**2 - y**2", "x - y", "x + y"),
        ("x**2 + 1", "x + 1", None),
        ("sin(x)**2 - 1", "sin(x) - 1", "sin(x) + 1"),
        ("x**x - 1", "x - 1", None),
    ],
)
def test_exact_division(top: str, bottom: str, expected: str | None) -> None:
    found = quotient(term(top), term(bottom))
    if expected is None:
        assert found is None
    else:
        assert found is not None
        names = {Symbol("x"): 0.3, Symbol("y"): 1.7}
        assert value(found, names, {}) == pytest.approx(value(term(expected), names, {}))


@pytest.mark.parametrize(
    "expression",
    [
        "2/n*(x + 2)",
        "-x*(y - 1)**2",
        "x/(y*z)",
        "sin(x)**2/(1 + x)",
        "(x + y)*z - x",
        "-(x - y)",
        "1/2*x",
        "x**(-2)",
    ],
)
def test_the_width_is_that_of_the_text(expression: str) -> None:
    assert width(term(expression)) == len(text(term(expression)))


def test_readability_has_a_price() -> None:
    assert cost(term("-x + y")) > cost(term("y - x"))
