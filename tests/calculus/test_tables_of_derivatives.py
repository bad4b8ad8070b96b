"""Tables of derivatives of calculus texts, row by row, in the tables' own spelling.

- "O": OpenStax, Calculus Volume 1 (Strang, Herman), appendix B, with its numbers.
- "W": Wikipedia, "Differentiation rules", "Hyperbolic functions" (where tanh and coth have the slopes
  1 - tanh² and 1 - coth², which OpenStax writes sech² and -csch²) and "Lists of integrals", whose rows are
  read from right to left.
- "A": Abramowitz and Stegun, Handbook of Mathematical Functions, with its numbers.
"""

from __future__ import annotations

import pytest

from chainrule.calculus.closed_form import closed_form
from chainrule.notation.text import text
from tests.calculus.gradients import assert_formula, study
from tests.calculus.spelling import spelled

FUNCTIONS = [
    # --- OpenStax, appendix B: the general formulas have a test of their own ------------------------------
    ("O4", "x**5", "5*x**4"),
    ("O4", "x**n", "n*x**(n - 1)"),
    ("O9", "sin(x)", "cos(x)"),
    ("O10", "tan(x)", "sec(x)**2"),
    ("O11", "sec(x)", "sec(x)*tan(x)"),
    ("O12", "cos(x)", "-sin(x)"),
    ("O13", "cot(x)", "-csc(x)**2"),
    ("O14", "csc(x)", "-csc(x)*cot(x)"),
    ("O15", "asin(x)", "1/sqrt(1 - x**2)"),
    ("O16", "atan(x)", "1/(1 + x**2)"),
    ("O17", "asec(x)", "1/(abs(x)*sqrt(x**2 - 1))"),
    ("O18", "acos(x)", "-1/sqrt(1 - x**2)"),
    ("O19", "acot(x)", "-1/(1 + x**2)"),
    ("O20", "acsc(x)", "-1/(abs(x)*sqrt(x**2 - 1))"),
    ("O21", "exp(x)", "exp(x)"),
    ("O21", "e**x", "e**x"),
    ("O22", "log(abs(x))", "1/x"),
    ("O23", "b**x", "b**x*log(b)"),
    ("O24", "log(x)/log(b)", "1/(x*log(b))"),
    ("O25", "sinh(x)", "cosh(x)"),
    ("O27", "sech(x)", "-sech(x)*tanh(x)"),
    ("O28", "cosh(x)", "sinh(x)"),
    ("O30", "csch(x)", "-csch(x)*coth(x)"),
    ("O31", "asinh(x)", "1/sqrt(x**2 + 1)"),
    ("O32", "atanh(x)", "1/(1 - x**2)"),
    ("O33", "asech(x)", "-1/(x*sqrt(1 - x**2))"),
    ("O34", "acosh(x)", "1/sqrt(x**2 - 1)"),
    ("O35", "acoth(x)", "1/(1 - x**2)"),
    ("O36", "acsch(x)", "-1/(abs(x)*sqrt(1 + x**2))"),
    # --- Wikipedia ------------------------------------------------------------------------------------------
    ("W26", "tanh(x)", "1 - tanh(x)**2"),
    ("W29", "coth(x)", "1 - coth(x)**2"),
    ("W", "1/x", "-1/x**2"),
    ("W", "sqrt(x)", "1/(2*sqrt(x))"),
    ("W", "abs(x)", "sign(x)"),
    ("W", "log(x)", "1/x"),
    ("W", "2**x", "2**x*log(2)"),
    ("W", "log2(x)", "1/(x*log(2))"),
    ("W", "log10(x)", "1/(x*log(10))"),
    ("W", "x**x", "x**x*(log(x) + 1)"),
    ("W", "c**(a*x)", "a*c**(a*x)*log(c)"),
    ("W", "sin(x)/cos(x)", "1/cos(x)**2"),
    ("W", "sinh(x)/cosh(x)", "1/cosh(x)**2"),
    ("W", "x*log(x) - x", "log(x)"),
    ("W", "tan(x) - x", "tan(x)**2"),
    ("W", "-log(cos(x))", "tan(x)"),
    ("W", "log(sin(x))", "cot(x)"),
    ("W", "log(sec(x) + tan(x))", "sec(x)"),
    ("W", "log(cosh(x))", "tanh(x)"),
    ("W", "atan(x/a)/a", "1/(x**2 + a**2)"),
    ("W", "x*exp(x) - exp(x)", "x*exp(x)"),
    ("W", "sin(x) - x*cos(x)", "x*sin(x)"),
    ("W", "sigmoid(x)", "sigmoid(x)*(1 - sigmoid(x))"),
    ("W", "softplus(x)", "sigmoid(x)"),
    # --- Abramowitz and Stegun ------------------------------------------------------------------------------
    ("A6.3.1", "lgamma(x)", "digamma(x)"),
    ("A6.1", "gamma(x)", "gamma(x)*digamma(x)"),
    ("A7.1.19", "erf(x)", "2/sqrt(pi)*exp(-x**2)"),
    ("A7.1.19", "erfc(x)", "-2/sqrt(pi)*exp(-x**2)"),
]
DECLARED = "x : []; a : []; b : []; c : []; n : []; b : positive; c : positive; x : positive"


@pytest.mark.parametrize(("source", "function", "printed"), FUNCTIONS, ids=lambda part: part)
def test_the_slope_is_the_tables(source: str, function: str, printed: str) -> None:
    found = study(f"{DECLARED}; out = {function}")
    form = closed_form(found.graph, found.adjoints["x"], found.inputs)
    assert form is not None
    assert spelled(text(form), DECLARED) == spelled(printed, DECLARED), text(form)


BEYOND_ONE = ("asec(x)", "acsc(x)", "acosh(x)", "acoth(x)")


@pytest.mark.parametrize(("source", "function", "printed"), FUNCTIONS, ids=lambda part: part)
def test_the_tables_slope_has_the_value(source: str, function: str, printed: str) -> None:
    found = study(f"{DECLARED}; out = {function}")
    at = {"x": 1.7 if function in BEYOND_ONE else 0.6, "a": 1.3, "b": 0.7, "c": 1.9, "n": 2.5}
    assert_formula(found, found.adjoints["x"], DECLARED, printed, at)


# The general formulas, O1 to O8, for any functions f and g of x, and what follows from the chain rule.
RULES = [
    ("O2", "f(x) + g(x)", "f'(x) + g'(x)"),
    ("O3", "f(x)*g(x)", "f'(x)*g(x) + f(x)*g'(x)"),
    ("O5", "c*f(x)", "c*f'(x)"),
    ("O6", "f(x) - g(x)", "f'(x) - g'(x)"),
    ("O7", "f(x)/g(x)", "(f'(x)*g(x) - f(x)*g'(x))/g(x)**2"),
    ("O8", "f(g(x))", "f'(g(x))*g'(x)"),
    ("W", "f(x)**4", "4*f(x)**3*f'(x)"),
    ("W", "1/f(x)", "-f'(x)/f(x)**2"),
    ("W", "exp(f(x))", "exp(f(x))*f'(x)"),
    ("W", "log(f(x))", "f'(x)/f(x)"),
    ("W", "sin(f(x))", "cos(f(x))*f'(x)"),
    ("W", "sqrt(f(x))", "f'(x)/(2*sqrt(f(x)))"),
]


@pytest.mark.parametrize(("source", "expression", "printed"), RULES, ids=lambda part: part)
def test_the_rule_is_the_tables(source: str, expression: str, printed: str) -> None:
    found = study(f"x : []; c : []; f : function; g : function; out = {expression}")
    form = closed_form(found.graph, found.adjoints["x"], found.inputs)
    assert form is not None
    assert text(form) == printed


def test_a_constant_has_no_slope() -> None:
    """O1."""
    assert "x" not in study("x : []; c : []; out = c + 0*x").adjoints
