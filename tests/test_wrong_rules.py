"""A deliberately wrong rule makes verification fail, wherever it is wrong; right ones pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chainrule import algebra
from chainrule.calculus import reverse, rules
from chainrule.derivation.data import Options
from chainrule.derivation.derive import derive
from chainrule.graph import Graph
from chainrule.language import elaborate
from chainrule.ops import TABLE
from chainrule.source import Source
from chainrule.terms import ONE, Apply, Term, integer


def verdicts(program: str, **options: Any) -> list[bool | None]:
    """The verdict on every factor and gradient."""
    derived = derive(Source(program), Options(**options))
    parts: list[Any] = [*derived.factors, *derived.gradients]
    return [None if part.check is None else part.check.ok for part in parts]


@pytest.fixture(autouse=True)
def _fresh_rules() -> Any:
    """Derivatives are cached by kernel; a spoiled rule must not leave any behind."""
    rules.derive.cache_clear()
    yield
    rules.derive.cache_clear()


CLAIMS = [
    ("sin", "-cos(x)", "y = sin(x)"),
    ("cos", "sin(x)", "y = cos(x)*x"),
    ("exp", "x*y", "y = exp(2*x)"),
    ("log", "1/(2*x)", "y = log(x)"),
    ("tanh", "1 - x**2", "y = tanh(x)"),
    ("sigmoid", "y*(1 + y)", "y = sigmoid(x)"),
    ("sqrt", "1/y", "y = sqrt(x)"),
    ("relu", "1", "x : [3, 4]; y = relu(x)"),
    ("maximum", "where(a < b, 1, where(a == b, 1/2, 0))", "y = maximum(x, z)"),
]


@pytest.mark.parametrize(("name", "claim", "program"), CLAIMS, ids=[name for name, _, _ in CLAIMS])
def test_a_wrong_derivative_in_the_table_is_noticed(
    name: str, claim: str, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert False not in verdicts(program)
    rules.derive.cache_clear()
    op = TABLE[name]
    spoiled = replace(op, derivatives=(claim, *op.derivatives[1:]))  # type: ignore[union-attr]
    monkeypatch.setattr(rules, "TABLE", {**TABLE, name: spoiled})
    assert False in verdicts(program)


PULLBACKS = [
    ("max", "g", "x : [2, 3]; y = max(x, axis=1)"),
    ("var", "g*(x - mean(x, axis=axis, keepdims=True))", "x : [2, 3]; y = var(x, axis=1)"),
    ("logsumexp", "g*exp(y - x)", "x : [2, 3]; y = logsumexp(x, axis=1)"),
    ("norm", "g*x", "x : [2, 3]; y = norm(x)"),
    ("prod", "g*y*x", "x : [2, 3]; y = prod(x, axis=1)"),
]


@pytest.mark.parametrize(("name", "claim", "program"), PULLBACKS, ids=[name for name, _, _ in PULLBACKS])
def test_a_wrong_pullback_in_the_table_is_noticed(
    name: str, claim: str, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert False not in verdicts(program)
    spoiled = replace(TABLE[name], pullbacks=(claim,))  # type: ignore[call-arg]
    monkeypatch.setattr(elaborate, "TABLE", {**TABLE, name: spoiled})
    assert False in verdicts(program)


Rule = Callable[[Apply, Term], rules.Application]


def _halved(rule: Rule) -> Rule:
    def spoiled(term: Apply, leaf: Term) -> rules.Application:
        applied = rule(term, leaf)
        return replace(
            applied,
            combine=lambda derivatives: algebra.div(applied.combine(derivatives), integer(2)),
            slopes=tuple(algebra.div(slope, integer(2)) for slope in applied.slopes),
        )

    return spoiled


ARITHMETIC = [
    ("add", "y = x + sin(x)"),
    ("mul", "y = x*sin(x)"),
    ("div", "y = x/(1 + x**2)"),
    ("pow", "y = x**3"),
    ("neg", "y = -x**2 + x"),
]


@pytest.mark.parametrize(("op", "program"), ARITHMETIC, ids=[op for op, _ in ARITHMETIC])
def test_a_wrong_rule_of_arithmetic_is_noticed(
    op: str, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(rules._ARITHMETIC, op, _halved(rules._ARITHMETIC[op]))
    assert False in verdicts(program)


def test_a_forgotten_inner_derivative_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    chained = rules._chained
    identity = rules.Step("identity", ONE, ONE, "")
    monkeypatch.setattr(rules, "_chained", lambda term, applied, inner: chained(term, applied, (identity,)))
    assert False in verdicts("y = sin(x**2)")


def test_a_forgotten_path_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Graph, "total", lambda self, numbers: numbers[-1])
    assert False in verdicts("y = sin(x); z = y**2 + x*y")


def test_a_lost_delta_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reverse, "delta", lambda a, b: ONE)
    assert False in verdicts("A : [3, 3]; y = trace(A)**2")


def test_a_contribution_that_counts_twice_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    pulled = reverse.pull_indexed

    def doubled(graph: Graph, *arguments: Any) -> int | None:
        number = pulled(graph, *arguments)
        return None if number is None else graph.total([number, number])

    monkeypatch.setattr(reverse, "pull_indexed", doubled)
    assert False in verdicts("X : [2, 3]; b : [3]; y = X + b; s = sum(y**2)")


def test_right_rules_pass_and_nothing_is_checked_on_request() -> None:
    program = "X : [4, 3]; w : [3]; t : [4]; r = X@w - t; loss = mean(r**2)"
    assert set(verdicts(program)) == {True}
    assert set(verdicts(program, verify=False)) == {None}
