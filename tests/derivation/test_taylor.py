"""Taylor polynomials against mpmath's numerical ones, sums of series that everyone knows, and edges."""

from __future__ import annotations

from typing import Any

import mpmath
import pytest

import chainrule as cr
from chainrule.calculus import jets
from chainrule.derivation.data import Expansion


def taylor(program: str, order: int, at: Any = None, **options: Any) -> Expansion:
    found = cr.derive(program, at=at, taylor=order, **options).data.taylor
    assert found is not None
    return found


def coefficients(found: Expansion) -> list[float]:
    values = [term.value for term in found.terms]
    return [value.floats[0] or 0.0 for value in values if value is not None]


def polynomial(found: Expansion) -> str:
    from chainrule.notation.text import text

    assert found.polynomial is not None
    return text(found.polynomial)


@pytest.mark.parametrize(
    ("program", "at", "order", "expected"),
    [
        ("exp(x)", "x = 0", 4, "1 + x + 1/2*x**2 + 1/6*x**3 + 1/24*x**4"),
        ("log(1 + x)", "x = 0", 4, "x - 1/2*x**2 + 1/3*x**3 - 1/4*x**4"),
        ("1/x", "x = 2", 3, "1/2 - 1/4*(x - 2) + 1/8*(x - 2)**2 - 1/16*(x - 2)**3"),
        ("atan(x)", "x = 0", 7, "x - 1/3*x**3 + 1/5*x**5 - 1/7*x**7"),
        ("x**3 - 2*x", "x = -1", 5, "1 + (x + 1) - 3*(x + 1)**2 + (x + 1)**3"),
        ("exp(x)*cos(y)", "x = 0; y = 0", 2, "1 + x + 1/2*x**2 - 1/2*y**2"),
        ("u = x**2; v = sqrt(u + 3); out = u*v", "x = 1", 1, "2 + 9/2*(x - 1)"),
        ("5*a", "a = 1; a = 1", 0, "5"),
    ],
)
def test_series_that_everyone_knows(program: str, at: str, order: int, expected: str) -> None:
    found = taylor(program, order, at)
    assert polynomial(found) == expected
    assert found.check is not None
    assert found.check.ok


CURVES = [
    ("tanh(x) + erf(x)*sigmoid(x)", 0.5, lambda m, x: m.tanh(x) + m.erf(x) / (1 + m.exp(-x))),
    ("x**x + gamma(x)", 1.5, lambda m, x: x**x + m.gamma(x)),
    ("sqrt(1 + sin(x)**2)/cosh(x)", -0.75, lambda m, x: m.sqrt(1 + m.sin(x) ** 2) / m.cosh(x)),
    ("softplus(x) - logaddexp(x, 1)", 0.25, lambda m, x: m.log1p(m.exp(x)) - m.log(m.exp(x) + m.e)),
    ("abs(x)**(5/2)*asin(x/4)", -2.0, lambda m, x: abs(x) ** 2.5 * m.asin(x / 4)),
    ("A = [[1, 2], [0, 1]]; out = det(x*A + inv(A))", 1.0, lambda m, x: (1 + x) ** 2),
]


@pytest.mark.parametrize(("program", "at", "function"), CURVES, ids=[c[0] for c in CURVES])
def test_coefficients_are_mpmaths(program: str, at: float, function: Any) -> None:
    found = taylor(program, 7, {"x": at}, wrt="x")
    with mpmath.workdps(40):
        expected = mpmath.taylor(lambda x: function(mpmath, x), mpmath.mpf(at), 7)
    assert coefficients(found) == pytest.approx([float(c) for c in expected], rel=1e-9, abs=1e-9)
    assert found.check is not None
    assert found.check.ok


def test_exact_coefficients_beyond_fractions() -> None:
    found = taylor("sin(x)", 3, "x = pi/4")
    assert [term.value.exact for term in found.terms if term.value] == [
        ("sqrt(2)/2",),
        ("sqrt(2)/2",),
        ("-sqrt(2)/4",),
        ("-sqrt(2)/12",),
    ]


def test_about_a_symbol() -> None:
    assert polynomial(taylor("f : function; y = f(x)", 2)) == "f(a) + f'(a)*(x - a) + 1/2*f''(a)*(x - a)**2"
    assert polynomial(taylor("out = a*x**2", 2, wrt="x")) == "a*c**2 + 2*a*c*(x - c) + a*(x - c)**2"
    with pytest.raises(cr.ChainRuleError, match="without values"):
        taylor("exp(x)", 9)


def test_tensors_have_gradients_and_hessians_as_coefficients() -> None:
    found = taylor("A = [[2, 1], [0, 3]]; b : []; out = x@A@x*b", 3, "x = [1, 2]; b = 1", wrt="x,b")
    by_name = {term.wrt: term.value.nested() for term in found.terms if term.value}
    assert by_name["x", "x"] == [[2.0, 0.5], [0.5, 3.0]]
    assert by_name["x", "b"] == [6.0, 13.0]
    assert by_name["x", "x", "b"] == [[2.0, 0.5], [0.5, 3.0]]
    assert by_name["b", "b"] == 0.0
    assert found.polynomial is None
    assert found.check is not None
    assert found.check.ok


@pytest.mark.parametrize(
    ("program", "at", "reached", "told"),
    [
        ("abs(x) + x", "x = 0", -1, "not smooth there: abs(x) has a kink"),
        ("1/x", "x = 0", -1, "division by zero"),
        ("log(x)", "x = -1", -1, "log(-1)"),
        ("x**(5/2)", "x = 0", 2, "third derivative does not exist"),
        ("floor(x)", "x = 2", -1, "not smooth there"),
        ("where(x > 0, x**2, 0)", "x = 0", 1, "cases meet here"),
        ("sigmoid(x) + sinc(x)", "x = 0", 4, ""),
    ],
)
def test_edges_are_answers(program: str, at: str, reached: int, told: str) -> None:
    derived = cr.derive(program, at=at, taylor=4)
    found = derived.data.taylor
    assert found is not None
    assert found.reached == reached
    assert told in (found.undefined or "")
    assert derived.data.verified is not False
    assert derived.render("text")


def test_budgets() -> None:
    with pytest.raises(cr.ChainRuleError, match="entries"):
        taylor("out = sum(x**4)", 9, "x = ones(20)")
    with pytest.raises(cr.ChainRuleError, match="has 496 terms"):
        taylor("out = a*b", 30, "a = 1; b = 1")
    with pytest.raises(cr.ChainRuleError, match="whole number from 0 to 60"):
        taylor("exp(x)", 61, "x = 0")
    assert len(coefficients(taylor("exp(sin(x))/(1 + x**2)", 40, "x = 0.3"))) == 41


def test_a_wrong_coefficient_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = jets.Jets.series

    def wrong(self: Any, op: str, values: Any, place: int, order: int) -> list[Any]:
        found = rules(self, op, values, place, order)
        return [*found[:2], *(-c for c in found[2:])] if op == "sin" else found

    monkeypatch.setattr(jets.Jets, "series", wrong)
    derived = cr.derive("sin(x)*exp(x)", at={"x": 1.0}, taylor=4).data
    assert derived.taylor is not None
    assert derived.taylor.check is not None
    assert derived.taylor.check.ok is False
    assert derived.verified is False


def test_the_polynomial_is_a_program() -> None:
    found = cr.derive("sin(x)*exp(y)", at="x = pi/4; y = 0", taylor=3).taylor
    assert found is not None
    assert found.polynomial is not None
    assert found.coefficients["x", "x", "y"] == pytest.approx(-(2**0.5) / 4)
    pasted = cr.derive(str(found.polynomial), at={"x": 0.8, "y": 0.01})
    assert pasted.data.value is not None
    expected = mpmath.sin(0.8) * mpmath.exp(0.01)
    assert pasted.data.value.floats[0] == pytest.approx(float(expected), abs=1e-7)
