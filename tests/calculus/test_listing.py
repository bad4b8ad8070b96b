"""Small tensors by the list of their entries, and unit vectors: closed forms where places have numbers."""

from __future__ import annotations

import pytest

import chainrule as cr

# A program, the name, and the closed form of the derivative.
FORMS = [
    ("x : [3]; f = x[0]**2*x[1] + sin(x[2])", "x", "stack([2*x[0]*x[1], x[0]**2, cos(x[2])])"),
    ("x : []; y = stack([log(x), sin(3*x)])", "x", "stack([1/x, 3*cos(3*x)])"),
    ("x : [3]; z : [3]; y = cross(x, z)", "x",
     "stack([stack([0, z[2], -z[1]]), stack([-z[2], 0, z[0]]), stack([z[1], -z[0], 0])])"),
    ("x : [3]; z : [3]; w : [3]; f = cross(x, z)@w", "x",
     "stack([w[2]*z[1] - w[1]*z[2], w[0]*z[2] - w[2]*z[0], w[1]*z[0] - w[0]*z[1]])"),
    ("x : [3]; z : [3]; y = x[[2, 0, 1]]*z", "x",
     "stack([stack([0, 0, z[0]]), stack([z[1], 0, 0]), stack([0, z[2], 0])])"),
    # Where lengths are symbols, or entries have no short form, unit vectors say which is meant.
    ("x : [n]; f = x[0]*sum(x)", "x", "sum(x)*one_hot(0, n) + x[0]"),
    ("x : [3]; f = -log_softmax(x)[1]", "x", "softmax(x) - one_hot(1, 3)"),
    ("X : [m, n]; w : [n]; f = (X@w)[2]", "w", "X[2]"),
    ("X : [m, n]; w : [n]; f = (X@w)[2]", "X", "outer(one_hot(2, m), w)"),
    # The last entry of an axis is not the sum over it.
    ("x : [n]; w : [2]; f = w[0]*w[1]*x[-1]", "w", "stack([w[1]*x[-1], w[0]*x[-1]])"),
    ("g : [2, 2]; x : [3]; f = sum(g*reshape(stack([x[0], x[1], x[2], x[0]]), (2, 2)))", "x",
     "stack([g[0, 0] + g[1, 1], g[0, 1], g[1, 0]])"),
    # Nor is a sum over a part of an axis.
    ("x : [4]; w : [2]; f = w[0]*sum(x[:3])", "w", "stack([sum(x[:3]), 0])"),
    ("x : [n]; w : [2]; f = w[0]*sum(x[:-1]**2)", "w", "stack([x[:-1]@x[:-1], 0])"),
    ("X : [3, 4]; w : [2]; f = w[0]*sum(X[:2, 1])", "w", "sum(X[:2, 1])*one_hot(0, 2)"),
    ("x : [4]; A : [3, 4]; w : [2]; f = w[0]*sum((A@x)[:2])", "w", "stack([sum(A[:2]@x), 0])"),
    # Nor is an entry of what is longer, where something of one place was put into it.
    ("x : [3]; t : []; u = concatenate([stack([x[0]]), stack([t, t])]); f = x[0] + sum(u**2)", "x",
     "stack([2*u[0] + 1, 0, 0])"),
    ("B : [1, 2]; w : [2]; u = concatenate([B, stack([w])], axis=0); f = w[0] + sum(u**2)", "w",
     "stack([2*u[1, 0] + 1, 2*u[1, 1]])"),
]  # fmt: skip


@pytest.mark.parametrize(("program", "wrt", "form"), FORMS, ids=[f"{p} by {w}" for p, w, _ in FORMS])
def test_the_closed_form(program: str, wrt: str, form: str) -> None:
    made = cr.derive(program, wrt=[wrt])
    assert made.verified
    assert str(made.gradients[0].closed_form) == form


def test_a_long_vector_of_which_little_moves_is_not_listed() -> None:
    (part,) = cr.derive("x : [7]; f = x[0]*x[6]", verify=False).gradients
    assert str(part.closed_form) == "x[6]*one_hot(0, 7) + x[0]*one_hot(6, 7)"


@pytest.mark.parametrize(
    "program",
    [
        "b : [3, 5]; s = b[0]; u = outer(s, s); w = diagonal(u)",
        "b : [2, 3]; c : [2, 3]; p : [3, 5]; r = cross(b, c); h = r**logdet(p.T@p); f = h.sum()",
    ],
)
def test_cotangents_of_several_shapes_go_by_one_name(program: str) -> None:
    assert cr.derive(program).gradients


@pytest.mark.parametrize(
    "program",
    ["x : [n]; f = x[[0, 1]][1]", "x : [3]; f = x[-1] + (x[[1, -2]])[1]", "s : [1]; f = flip(s[[0, 0]])"],
)
def test_lists_within_lists_come_to_an_end(program: str) -> None:
    assert cr.derive(program, detail="rules").verified


def test_a_hessian_within_the_symmetric_matrices_is_symmetric_in_its_two_sides() -> None:
    made = cr.derive("X : [2, 2] symmetric; f = X[0, 1]*X[0, 0]**2", order=2, at="X = [[1, 2], [2, 3]]")
    value = made.gradients[-1].value
    assert value is not None
    assert value[0][0][0][1] == value[0][1][0][0] == value[1][0][0][0] == 1
    assert value[0][0][0][0] == 4
