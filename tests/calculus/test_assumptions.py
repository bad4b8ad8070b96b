"""What a factor takes for granted: said where it is used, not said where it is known, and true."""

from __future__ import annotations

import pytest

from chainrule.calculus.assumptions import spelled
from chainrule.derivation.data import Options
from chainrule.derivation.derive import derive
from chainrule.source import Source


def assumed(program: str, of: str, wrt: str) -> list[str]:
    made = derive(Source(program), Options(verify=False))
    (factor,) = [part for part in made.factors if (part.of, part.wrt) == (of, wrt)]
    return [spelled(one) for one in factor.assumes]


# A program, its one factor by x, and what that assumes.
SAID = [
    ("y = log(x)", ["x > 0"]),
    ("y = 1/x", ["x != 0"]),
    ("y = sqrt(x) + asin(x)", ["x > 0", "abs(x) < 1"]),
    ("y = log1p(2*x)", ["2*x > -1"]),
    ("y = x**n", ["x > 0"]),
    ("y = x**-2", ["x != 0"]),
    ("y = x**z", ["x > 0"]),
    ("y = a/(c*x)", ["c != 0", "x != 0"]),
    ("x : [n]; y = mean(x**2)", ["n >= 1"]),
    ("x : [n, n]; y = sum(inv(x))", ["det(x) != 0"]),
    ("x : [n, n]; y = logdet(x) + sum(inv(x))", ["det(x) > 0"]),
    ("x : [n, n]; y = sum(cholesky(x))", ["x is symmetric positive definite"]),
    ("x : [n]; y = x/norm(x)", ["norm(x) != 0"]),
    # Only what x has a part in.
    ("y = x*2 + log(z)", []),
    # Known by a word, by a definition, by a condition, by the form.
    ("x : positive; y = log(x) + 1/x", []),
    ("u = exp(z); y = x/u", []),
    ("y = where(x > 0, log(x), 0)", []),
    ("y = sqrt(x**2 + 1)", []),
    ("y = log(1 + exp(x)) + 2**x", []),
    ("y = log(sigmoid(x)) + log(1 - sigmoid(x))", []),
    ("y = x**3 + x/2", []),
]


@pytest.mark.parametrize(("program", "said"), SAID, ids=[program for program, _ in SAID])
def test_a_factor_says_what_it_assumes(program: str, said: list[str]) -> None:
    assert assumed(program, "y", "x") == said


def test_an_equation_has_to_be_solvable_for_its_name() -> None:
    assert assumed("implicit y : x**2 + y**2 - 1; out = 2*y", "y", "x") == ["y != 0"]
    assert assumed("implicit y : x + exp(y); out = 2*y", "y", "x") == []
    # An entry of many sums is looked at once, and a name is not written out into its own equation.
    assert assumed("y : [2]; b : [2]; implicit y : y**3 + y - b; out = sum(y)", "out", "y") == []


# Inside what is assumed there is a number, on its edge or beyond there is none.
EDGES = [
    ("y = log(x)", "1/9", ["0", "-1"]),
    ("y = 1/x", "-1/9", ["0"]),
    ("y = sqrt(x)", "1/9", ["0", "-1"]),
    ("y = asin(x)", "8/9", ["1", "2"]),
    ("y = log1p(x)", "-8/9", ["-1", "-2"]),
    ("y = x**-2", "-1/9", ["0"]),
    ("y = x**(1/2)", "1/9", ["0", "-1"]),
]


@pytest.mark.parametrize(("program", "inside", "outside"), EDGES, ids=[program for program, _, _ in EDGES])
def test_what_is_assumed_is_the_edge(program: str, inside: str, outside: list[str]) -> None:
    assert assumed(program, "y", "x")
    for value, defined in ((inside, True), *((value, False) for value in outside)):
        made = derive(Source(program), Options(verify=False), at=[Source(f"x = {value}")])
        assert made.gradients[0].value is not None
        assert (made.gradients[0].value.floats[0] is not None) == defined


def test_a_closed_form_says_what_it_relies_on() -> None:
    program = "x : [n]; t : [n] probability constant; out = -sum(t*log_softmax(x))"
    (part,) = derive(Source(program), Options(verify=False)).gradients
    assert [spelled(one) for one in part.assumes] == ["sum(t) == 1"]
    (plain,) = derive(Source(program.replace("probability ", "")), Options(verify=False)).gradients
    assert plain.assumes == ()
