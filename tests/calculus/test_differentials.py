"""Gradients in differentials: each line is the derivative along any direction, and the last reads it off."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.derivation.data import Factor, Options
from chainrule.derivation.derive import derive
from chainrule.notation.text import text
from chainrule.source import Source
from tests.generated.terms import World

LENGTHS = {"n": 3, "m": 2, "p": 4, "d": 2, "k": 5}

PROGRAMS = [
    "A : [n, n] constant; x : [n]; f = x@A@x",
    "A : [n, m] constant; X : [m, p]; B : [p, n] constant; f = trace(A@X@B)",
    "X : [n, n]; S : [n, n] constant; f = log(det(X)) + trace(inv(X)@S)",
    "X : [n, d] constant; w : [d]; t : [n] constant; f = (X@w - t)@(X@w - t)",
    "X : [n, n]; B : [n, n] constant; f = logdet(X@B)",
    "A : [n, n]; b : [n] constant; f = b@inv(A)@b",
    "X : [n, d]; w : [d]; t : [n]; f = mean((X@w - t)**2)",
    "W : [k, d]; x : [d] constant; b : [k] constant; f = sum(tanh(W@x + b))",
    "A : [n, n] constant; x : [n]; f = (x@A@x)/(x@x)",
    "A : [m, n] constant; x : [n]; y = A@(x*x)",
    "W : [k, d] constant; x : [d]; b : [k] constant; y = tanh(W@x + b)",
    "U : [n, k]; V : [m, k]; X : [n, m] constant; f = sum((X - U@V.T)**2)",
]


def factors(program: str) -> list[Factor]:
    return list(derive(Source(program), Options(detail="rules", verify=False)).factors)


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_line_is_the_derivative_along_a_direction(program: str) -> None:
    random = np.random.default_rng(5)
    made = derive(Source(program), Options(detail="rules", verify=False))
    values = {}
    for part in made.inputs:
        shape = tuple(LENGTHS[dim] if isinstance(dim, str) else dim for dim in part.shape)
        square = len(shape) == 2 and shape[0] == shape[1]
        values[part.name] = random.normal(size=shape) + (4 * np.eye(shape[0]) if square else 0)
    world = World.of(program, values, LENGTHS)
    for factor in made.factors:
        if factor.of_indices and len(factor.wrt_indices) == 2:
            continue
        assert factor.differential
        assert factor.read_off is not None
        direction = random.normal(size=values[factor.wrt].shape)
        moving = world.with_arrays(**{f"d{factor.wrt}": direction})
        slopes = world.value(factor.read_off)
        expected = slopes @ direction if factor.of_indices else np.sum(slopes * direction)
        for line in factor.differential:
            assert np.allclose(moving.value(line.term), expected, rtol=1e-9), text(line.term)


def test_the_lines_are_those_of_a_book() -> None:
    (factor,) = factors("A : [n, n] constant; x : [n]; f = x@A@x")
    assert [(text(line.term), line.rules) for line in factor.differential] == [
        ("d(x@A@x)", ()),
        ("dx@A@x + x@A@dx", ("matrix product",)),
        ("(A + A.T)@x@dx", ("transposing a number",)),
    ]
    (factor,) = factors("A : [n, m] constant; X : [m, p]; B : [p, n] constant; f = trace(A@X@B)")
    assert [(text(line.term), line.rules) for line in factor.differential][1:] == [
        ("trace(A@dX@B)", ("constant matrices",)),
        ("trace(B@A@dX)", ("turning the trace",)),
    ]


def test_a_vector_ends_in_its_jacobian_matrix() -> None:
    (factor,) = factors("A : [m, n] constant; x : [n]; y = A@(x*x)")
    assert [(text(line.term), line.rules) for line in factor.differential][1:] == [
        ("A@(dx*x + x*dx)", ("product",)),
        ("2*A@diag(x)@dx", ("diagonal matrix",)),
    ]


def test_what_has_no_rule_here_has_no_such_lines() -> None:
    assert [f.differential for f in factors("A : [n, n]; f = trace(matrix_exp(A)@A)")] == [()]
    assert [f.differential for f in factors("x : [n]; f = sum(x**2)")] == [()]
