"""Multiplications of a sweep, counted by hand."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from chainrule.calculus.multiplications import multiplications
from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_program
from chainrule.shapes import Dim
from chainrule.source import Source

# A program, what moves, and for each statement the multiplications, with how they are counted.
BY_HAND: list[tuple[str, str, Mapping[str, Dim | None]]] = [
    # 6y times a tangent for each of four entries; 1/4 once, for the sum is taken first.
    ("x : [2, 2]; y = x + 2; z = 3*y**2; out = mean(z)", "x", {"y": 0, "z": 4, "out": 1}),
    # 1/x, cos x and so on are made before: one multiplication for each input, 1/x_1 + x_2 being one slope.
    ("y = log(x_1) + x_1*x_2 - sin(x_2)", "x_1 x_2", {"y": 2}),
    # Xw moves by X dw and by dX w, each m rows of n products; r_i/m comes once for each row.
    ("X : [m, n]; w : [n]; r = X@w - q; loss = mean(r**2)", "X w", {"r": "2*m*n", "loss": "m"}),
    ("X : [m, n]; w : [n]; r = X@w - q; loss = mean(r**2)", "w", {"r": "m*n", "loss": "m"}),
    # (1 - h^2) times the tangent of XW + b: all three share that one product.
    ("X : [m, n]; W : [n, k]; b : [k]; h = tanh(X@W + b)", "X W b", {"h": "2*k*m*n + k*m"}),
    # p*(dx - <p, dx>): n products for the sum, n outside.
    ("x : [n]; p = softmax(x)", "x", {"p": "2*n"}),
    # Two products of n by n matrices.
    ("A : [n, n]; B = inv(A)", "A", {"B": "2*n*n*n"}),
    # Picking, moving, repeating, adding up and choosing need none.
    ("x : [3]; y = relu(x)[1:]; z = y + y[0]; out = sum(cumsum(z))", "x", {"y": 0, "z": 0, "out": 0}),
    ("A : [n, n]; t = trace(A)", "A", {"t": 0}),
    ("a : [n]; D = diag(a)", "a", {"D": 0}),
    ("A : [n, n]; d = 2*diagonal(A)", "A", {"d": "n"}),
    # What two statements share counts once, for the first.
    ("X : [m, n]; w : [n]; y = exp(X@w); z = sin(X@w)", "w", {"y": "m*n + m", "z": "m"}),
    # Nothing moves here but y.
    ("c : [3]; s = c**2; y = x*c + s", "x", {"y": 3}),
    # A matrix exponential does not tell.
    ("A : [3, 3]; E = matrix_exp(A)", "A", {"E": None}),
]


@pytest.mark.parametrize(("program", "moving", "counts"), BY_HAND, ids=[f"{p} by {m}" for p, m, _ in BY_HAND])
def test_counts_are_those_of_a_hand(program: str, moving: str, counts: Mapping[str, Dim | None]) -> None:
    pipeline = elaborate(parse_program(Source(program)))
    sources = {pipeline.nodes[name] for name in moving.split()}
    found = multiplications(pipeline.graph, [part.node for part in pipeline.statements], sources)
    names = {part.node: part.name for part in pipeline.statements}
    assert {names[node]: count for node, count in found.items()} == counts
