"""Conditions stand on the line whose rule needs them: once, in its notation, and none is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from chainrule.calculus.assumptions import spelled
from chainrule.calculus.conditions import unsaid
from chainrule.calculus.lines import Line, Working
from chainrule.derivation.data import Derivation, Options
from chainrule.derivation.derive import derive
from chainrule.formats.json import write
from chainrule.source import Source


def derived(program: str, wrt: str = "x", order: int = 1) -> Derivation:
    return derive(Source(program), Options(wrt=(wrt,), detail="rules", verify=False, order=order))


def told(lines: tuple[Line, ...]) -> Iterator[str]:
    """The lines that say something, as they are read: ``log: x > 0``; named parts after a ``let``."""
    for line in lines:
        if line.assumes:
            yield f"{', '.join(line.rules)}: {' and '.join(map(spelled, line.assumes))}"
        for let in line.lets:
            yield from (f"let {spelled(let.name)}: {one}" for one in told(let.working.lines))


def said(program: str, wrt: str = "x") -> list[str]:
    """What the lines of the last factor say, then what stands above them."""
    factor = next(part for part in derived(program, wrt).factors if part.wrt == wrt)
    assert factor.working is not None
    return [*told(factor.working.lines), *(spelled(one) for one in unsaid(factor.assumes, factor.working))]


SAID = [
    (
        "f = log(x)/sqrt(x-1)",
        ["quotient: x - 1 > 0", "log, difference: x > 0"],
    ),
    ("f = log(x**2) + 1/abs(x - 1)", ["chain, log: x != 0", "reciprocal: x - 1 != 0"]),
    ("f = x**a", ["power: x > 0"]),
    # The slope may need more than the value does.
    ("f = cbrt(x)", ["cbrt: x != 0"]),
    ("a : []; f = atan2(a, x)*sign(x)", ["atan2, sign: a**2 + x**2 != 0 and x != 0"]),
    ("f = floor(x)*gamma(x)", ["floor, gamma: x is no whole number and x is no whole number below 1"]),
    # Once for all lines, in the form in which it holds for all of them.
    ("f = x**x*log(x)/x", ["quotient: x > 0"]),
    ("f = log(x**3 + x)/(1 + x**2)", ["chain, log: x**3 + x > 0"]),
    ("f = 1/x + 1/x**2 - 2/(-x)", ["reciprocal: x != 0"]),
    # Where entries are differentiated, it is said of entries; of lengths, where they come in.
    ("x : [n]; f = mean(log(x))", ["constant multiple, linearity of the sum: n >= 1", "log: x[j] > 0"]),
    ("x : [n]; f = sum(log(x)) + log(x[0])", ["log: x[j] > 0 and x[0] > 0"]),
    ("x : [n]; f = sum(log(x[:2])) + x[0]/x[5]", ["quotient: x[5] != 0", "log: x[j] > 0"]),
    ("x : [n]; y = standardized(x)", ["standardized: n >= 1"]),
    ("x : [n]; X : [m, n]; f = sum(log(X@x))", ["chain, log: sum_k X[j,k]*x[k] > 0"]),
    ("x : [n, n]; Y = inv(x)", ["inv: det(x) != 0"]),
    ("x : [n, n]; f = log(det(x))", ["chain, log: det(x) > 0"]),
    # The rule brings the inverse in; det itself needs none.
    ("x : [n, n]; f = det(x)", ["det: det(x) != 0"]),
    ("x : [n]; A : [n, n]; f = sum(solve(A, x))", ["linear sum: det(A) != 0"]),
    # Entries that are listed are worked out in one line.
    (
        "x : [2]; y = stack([log(x[0]), sin(x[0])/x[1]])",
        ["log, constant multiple, sin, reciprocal: x[0] > 0 and x[1] != 0"],
    ),
    # Names that a line brings in.
    (
        "f = sin(x**2)*exp(x)/log(x**2 - 1 + sin(x))/(x + 1)",
        [
            "quotient: x + 1 != 0",
            "let u: quotient: w != 0",
            "let u: let w: chain, log: x**2 - 1 + sin(x) > 0",
        ],
    ),
    ("x : [n, n]; f = sum(inv(log(x)))", ["chain, inv: det(u) != 0", "let u[p,q]: log: x[p,q] > 0"]),
    # What is known is not said, nor what a case distinction guards.
    ("x : [n]; y = log(softmax(x))", []),
    ("x : positive; f = log(x)/x + x**x", []),
    ("f = where(x > 1, log(x)*x, 1/(x - 2))", []),
    ("f = x*log(z)", []),
    ("c : constant; f = x/c", ["constant multiple: c != 0"]),
    (
        "x : [n]; p : [n] probability constant; f = -sum(p*log(softmax(x)))",
        ["sums to one: sum_j p[j] == 1"],
    ),
]


@pytest.mark.parametrize(("program", "expected"), SAID, ids=[program for program, _ in SAID])
def test_lines_say_what_their_rules_need(program: str, expected: list[str]) -> None:
    assert said(program) == expected


def test_differentials_say_it_of_whole_matrices() -> None:
    (factor,) = derived("X : [n, n]; A : [n, n]; f = logdet(X) + trace(inv(A@X))", "X").factors
    assert list(told(factor.differential)) == [
        "log determinant: det(X) > 0",
        "linearity of trace, inverse: det(A@X) != 0",
    ]


def test_both_sides_of_an_equation_say_it() -> None:
    (factor,) = derived("implicit y : log(x) + y**2 = 1").factors
    assert factor.equation is not None
    assert factor.equation.working is not None
    assert list(told(factor.equation.working.lines)) == ["sum, log, chain, power: x > 0"]


def test_second_derivatives_say_it_as_the_first_one_did() -> None:
    def second(program: str) -> Working | None:
        return derived(program, order=2).gradients[-1].working

    found = [second("f = log(x)"), second("f = 1/x")]
    assert [[*told(working.lines)] for working in found if working] == [
        ["reciprocal: x > 0"],
        ["constant multiple, power: x != 0"],
    ]


def test_the_row_that_sums_to_one_is_said_where_paths_are_multiplied() -> None:
    made = derived("x : [n]; t : [n] onehot constant; p = softmax(x); f = -sum(t*log(p))")
    assumed = {line.why: [*map(spelled, line.assumes)] for line in made.gradients[0].lines}
    assert assumed["the entries of a row of probabilities add up to 1"] == ["sum_i t[i] == 1"]


def test_the_object_has_them_at_the_steps() -> None:
    steps = json.loads("".join(write(derived("f = x*log(x - 1)"))))["factors"][0]["steps"]
    assert [step["assumes"] for step in steps] == [
        [],
        [{"text": "x - 1 > 0", "latex": "x - 1 > 0"}],
        [],
        *([[]] * (len(steps) - 3)),
    ]
