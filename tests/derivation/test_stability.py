"""What is right on paper and fails in floats: every row of the table, and what programs are told."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from chainrule.derivation.data import Options
from chainrule.derivation.derive import derive
from chainrule.derivation.values import given_values
from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_program
from chainrule.laws import LAWS
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.precise import Precise
from chainrule.numeric.tensors import Tensor
from chainrule.ops.stability import UNSTABLE, Unstable
from chainrule.source import Source

ROWS = [pytest.param(row, id=row.pattern) for row in UNSTABLE]


def log_softmax(x: Any) -> Any:
    shifted = x - np.max(x)
    return shifted - np.log(np.sum(np.exp(shifted)))


def bce(p: Any, t: Any) -> Any:
    return np.mean(-(t * np.log(p) + (1 - t) * np.log(1 - p)))


def bce_with_logits(x: Any, t: Any) -> Any:
    return np.mean(np.logaddexp(0, x) - t * x)


# What a program in floats computes: NumPy's functions, and the usual definitions where it has none.
NUMPY = {
    **{name: getattr(np, name) for name in ("exp", "log", "log1p", "expm1", "cos", "sin", "sqrt", "tanh")},
    **{name: getattr(np, name) for name in ("hypot", "logaddexp", "maximum", "sum", "mean", "prod", "var")},
    "softmax": lambda x: np.exp(log_softmax(x)),
    "log_softmax": log_softmax,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "logsigmoid": lambda x: -np.logaddexp(0, -x),
    "softplus": lambda x: np.logaddexp(0, x),
    "logsumexp": lambda x: np.max(x) + np.log(np.sum(np.exp(x - np.max(x)))),
    "bce": bce,
    "bce_with_logits": bce_with_logits,
    "norm": np.linalg.norm,
    "det": np.linalg.det,
    "logdet": lambda a: np.linalg.slogdet(a)[1],
    "inv": np.linalg.inv,
    "solve": np.linalg.solve,
}


def values(row: Unstable, text: str) -> dict[str, Any]:
    program = parse_program(Source(f"{row.given}; out = {row.pattern}"))
    given = given_values(program, [Source(text)], {})
    # What floats make of the numbers is what both sides compute with.
    return {
        name: Tensor([Fraction(float(entry)) for entry in tensor.entries], tensor.shape)
        for name, tensor in given.tensors.items()
    }


def in_floats(row: Unstable, formula: str, text: str) -> Any:
    arrays = {
        name: np.array([float(entry) for entry in tensor.entries]).reshape(tensor.shape)
        for name, tensor in values(row, text).items()
    }
    with np.errstate(all="ignore"):
        return np.asarray(eval(formula, {"__builtins__": {}}, {**NUMPY, **arrays}))  # noqa: S307  the table's own


def exactly(row: Unstable, formula: str, text: str) -> Any:
    """The pattern with many digits, by the laws of the op table."""
    tensors = values(row, text)
    shapes = {name: tensor.shape for name, tensor in tensors.items()}
    pipeline = elaborate(parse_program(Source(f"{row.given}; out = {formula}")), values=shapes)
    point = {part.node: tensors[part.name] for part in pipeline.inputs}
    lengths = {"n": next(iter(shapes.values()))[0]}
    node = pipeline.nodes["out"]
    found = evaluate(pipeline.graph, [node], point, lengths, Precise(400, LAWS))[node]
    return np.array([float(entry) for entry in found.entries]).reshape(found.shape)


def error(found: Any, truth: Any) -> float:
    if not np.all(np.isfinite(found)):
        return float("inf")
    return float(np.max(np.abs(found - truth) / np.maximum(np.abs(truth), 1e-300)))


@pytest.mark.parametrize("row", ROWS)
def test_both_spellings_are_equal_at_moderate_points(row: Unstable) -> None:
    truth = exactly(row, row.pattern, row.moderate)
    assert error(exactly(row, row.stable, row.moderate), truth) < 1e-15
    for formula in (row.pattern, row.stable):
        assert error(in_floats(row, formula, row.moderate), truth) < 1e-12


@pytest.mark.parametrize("row", ROWS)
def test_at_the_extreme_point_only_the_stable_spelling_holds(row: Unstable) -> None:
    # 0/0 has no truth to compare with: there the stable spelling is asked for a number.
    truth = exactly(row, row.stable if "norm" in row.pattern else row.pattern, row.extreme)
    assert error(in_floats(row, row.pattern, row.extreme), truth) > 1e-3
    assert error(in_floats(row, row.stable, row.extreme), truth) < 1e-12


def told(program: str, **options: Any) -> list[str]:
    return [advice.spelling for advice in derive(Source(program), Options(verify=False, **options)).stability]


@pytest.mark.parametrize("row", ROWS)
def test_every_row_is_met(row: Unstable) -> None:
    (spelling,) = told(f"{row.given}; out = {row.pattern}")
    assert spelling == f"out = {row.stable.replace(' @ ', '@')}"


PROGRAMS = [
    # Through names, with axes, terms in another order, two in one statement.
    ("x : [n]; p = softmax(x); l = log(p)", ["l = log_softmax(x)"]),
    ("x : [m, n]; p = softmax(x, axis=0); l = log(p)", ["l = log_softmax(x, axis=0)"]),
    (
        "x : [m, n]; e = exp(x); s = sum(e, axis=1, keepdims=True); p = e/s",
        ["p = exp(x - logsumexp(x, axis=1, keepdims=True))"],
    ),
    ("y = log(exp(2*x) + 1)", ["y = softplus(2*x)"]),
    ("x : [m, n]; v = mean(x**2, axis=0) - mean(x, axis=0)**2", ["v = var(x, axis=0)"]),
    (
        "X : [n, d], constant; t : [n], constant; w : [d]; p = sigmoid(X @ w); loss = -mean(t*log(p) + (1 - t)*log(1 - p))",
        ["loss = -mean(t*logsigmoid(X@w) + (1 - t)*logsigmoid(-X@w))"] * 2,
    ),
    # Nothing of the kind: other axes, other arguments, other powers.
    ("x : [m, n]; v = mean(x**2, axis=0) - mean(x, axis=1)[0]**2", []),
    ("x : [n]; z : [n]; p = exp(x)/sum(exp(z))", []),
    ("y = sqrt(x**2 + z**3)", []),
    ("x : [n]; y = log_softmax(x) + softplus(x)", []),
]


@pytest.mark.parametrize(("program", "spellings"), PROGRAMS, ids=[p for p, _ in PROGRAMS])
def test_programs_are_told_the_stable_statement(program: str, spellings: list[str]) -> None:
    assert told(program) == spellings


@pytest.mark.parametrize("program", [program for program, found in PROGRAMS if found])
def test_the_stable_statement_can_be_pasted(program: str) -> None:
    for spelling in told(program):
        name = spelling.partition(" = ")[0]
        pasted = re.sub(rf"\b{name} = .*", spelling, program)
        assert derive(Source(pasted)).verified is not False
