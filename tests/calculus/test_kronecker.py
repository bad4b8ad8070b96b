"""Kronecker products and reshapes in closed forms: what is joined is taken apart again, factor by factor."""

from __future__ import annotations

import pytest

import chainrule as cr
from chainrule.calculus.closed_form import closed_form
from chainrule.notation.text import text
from tests.calculus.gradients import assert_formula, study

# m, n, d, h are 3, 4, 2, 5: see LENGTHS. X moves by B, Y by D, x by b, y by d.
MATRICES = "X : [m, n]; Y : [d, h]; out = "
VECTORS = "x : [m]; y : [h]; out = "
DIRECTIONS = [
    (MATRICES + "kron(X, Y)", "X = B; Y = D", "kron(B, Y) + kron(X, D)"),
    ("X : [2, 3]; Y : [4, 5]; out = kron(X, Y)", "X = B; Y = D", "kron(B, Y) + kron(X, D)"),
    (VECTORS + "kron(x, y)", "x = b; y = d", "kron(b, y) + kron(x, d)"),
    (MATRICES + "3*kron(Y, X)", "X = B", "3*kron(Y, B)"),
    ("X : [m, n]; out = kron(X, X)", "X = B", "kron(B, X) + kron(X, B)"),
    (MATRICES + "kron(X.T, -Y)", "X = B; Y = D", "-kron(B.T, Y) - kron(X.T, D)"),
    (MATRICES + "kron(sin(X), Y)", "X = B; Y = D", "kron(cos(X)*B, Y) + kron(sin(X), D)"),
    ("X : [m, n]; y : [h]; out = kron(X, y[:, None])", "X = B; y = d", "kron(B, y[:, None]) + kron(X, d[:, None])"),
    ("x : [m]; y : [h]; z : [d]; out = kron(kron(x, y), z)", "y = v", "kron(kron(x, v), z)"),
    ("x : [m]; y : [h]; out = flatten(outer(x, y))", "x = b", "kron(b, y)"),
    ("x : [m]; out = tile(x, 4)", "x = b", "kron(ones(4), b)"),
]  # fmt: skip


@pytest.mark.parametrize(("program", "tangent", "expected"), DIRECTIONS)
def test_a_product_moves_by_its_factors(program: str, tangent: str, expected: str) -> None:
    made = cr.derive(program, tangent=tangent)
    assert made.verified
    assert made.directional is not None
    assert str(made.directional.closed_form) == expected


GRADIENTS = [
    ("A : [m, m]; X : [h, h]; out = trace(kron(A, X))", "X", "trace(A)*eye(h)"),
    (VECTORS + "sum(kron(x, y))", "x", "sum(y)*ones(m)"),
    (MATRICES + "sum(kron(X, Y)**2)", "X", "2*sum(Y**2)*X"),
    (MATRICES + "norm(kron(X, Y))", "Y", "sum(X**2)*Y/norm(kron(X, Y))"),
    ("X : [2, 3]; Y : [4, 5]; C : [8, 15]; out = sum(kron(X, Y)*C)", "C", "kron(X, Y)"),
    ("X : [2, 3]; Y : [4, 5]; C : [8, 15]; out = sum(kron(X, Y)*C)", "X",
     'einsum("ikjl,kl->ij", reshape(C, shape=(2, 4, 3, 5)), Y)'),
    ("X : [2, 3]; Y : [4, 5]; u : [8]; v : [15]; out = u@kron(X, Y)@v", "X",
     "reshape(u, shape=(2, 4))@Y@reshape(v, shape=(3, 5)).T"),
    ("A : [2, 3]; B : [4, 5]; X : [5, 3]; out = sum((kron(A, B)@flatten(X.T))**2)", "A",
     "2*reshape(kron(A, B)@reshape(X.T, shape=(15,)), shape=(2, 4))@B@X"),
    ("x : [m]; y : [h]; A : [m, m]; B : [h, h]; out = kron(x, y)@kron(A, B)@kron(x, y)", "A",
     "(y@B@y)*outer(x, x)"),
    ("S : [2, 2]; S : symmetric; T : [3, 3]; T : symmetric; x : [6]; out = x@kron(S, T)@x", "x",
     "2*kron(S, T)@x"),
    ("A : [2, 2]; x : [6]; out = x@kron(A, eye(3))@x", "x", "(kron(A, eye(3)) + kron(A, eye(3)).T)@x"),
    ("x : [m]; out = sum(tile(x, 4)**2)", "x", "8*x"),
    ("X : [m, n]; y : [12]; out = sum(reshape(flatten(X)*y, (2, 6))**3)".replace("m, n", "3, 4"), "y",
     "3*reshape(X, shape=(12,))**3*y**2"),
    # --- Jacobian matrices: I ⊗ y, x ⊗ I ----------------------------------------------------------------
    (VECTORS + "kron(x, y)", "x", "kron(eye(m), y[:, None])"),
    (VECTORS + "kron(x, y)", "y", "kron(x[:, None], eye(h))"),
    ("X : [m, n]; x : [n]; y : [h]; out = kron(X@x, y)", "x", "kron(X, y[:, None])"),
    ("x : [m]; y : [h]; z : [d]; t : []; v = t*y; out = kron(kron(x, v), z)", "t", "kron(kron(x, y), z)"),
    ("X : [m, n]; Y : [h, 2]; Z : [d, 1]; t : []; out = kron(kron(t*X, Y), Z)", "t",
     "kron(X, kron(Y, Z))"),
    ("x : [8]; out = reshape(reshape(x, (2, 4)), (8,))", "x", "eye(8)"),
]  # fmt: skip


@pytest.mark.parametrize(("program", "wrt", "expected"), GRADIENTS)
def test_factors_come_apart(program: str, wrt: str, expected: str) -> None:
    found = study(program)
    form = closed_form(found.graph, found.adjoints[wrt], found.inputs)
    assert form is not None
    assert text(form) == expected
    assert_formula(found, found.adjoints[wrt], program, expected)


def test_what_does_not_come_apart_stays_a_reshape() -> None:
    """Columns side by side, y_ik z_jk at (5 i + j, k), are no Kronecker product of two matrices."""
    program = "y : [2, 3]; z : [5, 3]; w : [10, 3]; out = sum(w*reshape(y[:, None]*z, (10, 3)))"
    found = study(program)
    form = closed_form(found.graph, found.adjoints["w"], found.inputs)
    assert form is not None
    assert text(form) == "reshape(y[:, None]*z, shape=(10, 3))"
    assert_formula(found, found.adjoints["w"], program, text(form))
