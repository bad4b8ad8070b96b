"""The structure that is said of Jacobians and Hessians, against their numbers."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

import chainrule as cr
from chainrule.calculus.structure import Structure

ROWS = "X : [4, 3]; w : [3]; t : [4]; "

# Program, names, order, the words, the rank.
CLAIMS = [
    ("x : [3]; p = softmax(x)", "x", 1, "diagonal plus low rank, symmetric, positive semidefinite", None),
    ("x : [2, 3]; p = softmax(x)", "x", 1, "block diagonal, symmetric, positive semidefinite", None),
    ("x : [3]; out = logsumexp(x)", "x", 2, "diagonal plus low rank, symmetric, positive semidefinite", None),
    (f"{ROWS}out = mean((X@w - t)**2)", "w", 2, "symmetric, positive semidefinite, constant", None),
    ("X : [2, 3]; w : [3]; out = sum((X@w)**2)", "w", 2,
     "low rank, symmetric, positive semidefinite, constant", "2"),
    (f"{ROWS}p = sigmoid(X@w); out = -mean(t*log(p) + (1 - t)*log(1 - p))", "w", 2,
     "symmetric, positive semidefinite", None),
    ("x : [3]; out = sum(x**4)", "x", 2, "diagonal, positive semidefinite", None),
    ("x : [3]; out = sum(x**4)", "x", 3, "diagonal, symmetric", None),
    ("x : [3]; out = sum(x**2)", "x", 2,
     "identity multiple, diagonal, positive semidefinite, constant", None),
    ("x : [3]; out = -sum(cosh(x))", "x", 2, "diagonal, negative semidefinite", None),
    ("x : [3]; out = sum(x)**2", "x", 2, "low rank, symmetric, positive semidefinite, constant", "1"),
    ("x : [3]; out = sum(exp(x))/sum(x)", "x", 2, "symmetric", None),
    ("x : [3]; A : [3, 3]; out = x@A@x", "x", 2, "symmetric, constant", None),
    ("x : [3]; out = norm(x)", "x", 2, "diagonal plus low rank, symmetric", None),
    ("x : [3]; y : [2]; out = sum(exp(x)) + sum(y**3)", "x,y", 2, "zero, constant", "0"),
    ("x : [3]; y : [3]; out = sum(x*y)", "x,y", 2, "identity multiple, diagonal, constant", None),
    ("X : [4, 3]; W : [3, 2]; out = sum((X@W)**2)", "W", 2,
     "Kronecker, block diagonal, symmetric, positive semidefinite, constant", None),
    ("A : [4, 2]; X : [2, 3]; B : [3, 5]; y = A@X@B", "X", 1, "Kronecker, constant", None),
    ("A : [4, 2]; X : [2, 3]; y = A@X", "X", 1, "Kronecker, block diagonal, constant", None),
    ("X : [2, 3]; y = X.T", "X", 1, "permutation, constant", None),
    # Which places are meant is a part of the formula.
    ("x : [2]; out = x[0]**2 - x[1]**2", "x", 2, "diagonal, constant", None),
    ("x : [3]; y = stack([x[0], 3*x[1], x[2]**2])", "x", 1, "diagonal", None),
    ("x : [3]; out = x[0]**2*x[1] + sin(x[2])", "x", 2, "symmetric", None),
    ("x : [5]; out = x[0]*x[1]", "x", 2, "low rank, symmetric, constant", "2"),
    ("x : [3]; y = x", "x", 1, "identity multiple, diagonal, constant", None),
    ("x : [3]; y = tanh(x)", "x", 1, "diagonal", None),
    ("x : [5]; y = x[1:] - x[:-1]", "x", 1, "banded, constant", None),
    ("x : [4]; y : [2]; out = sum(x[1:3]**2*exp(y))", "x", 2, "diagonal, positive semidefinite, constant", None),
    ("W : [4, 3]; x : [3]; y = tanh(W@x)", "W", 1, "block diagonal", None),
    ("x : [3]; out = prod(x)", "x", 2, "symmetric", None),
]  # fmt: skip


@pytest.mark.parametrize(("program", "names", "order", "words", "rank"), CLAIMS)
def test_structure_is_named_and_true(
    program: str, names: str, order: int, words: str, rank: str | None
) -> None:
    wrt = names.split(",")
    asked = (wrt * order)[:order]
    found = [_derived(program, wrt, order, seed, asked) for seed in (1, 2)]
    structure = found[0][0]
    assert structure is not None
    assert (", ".join(structure.words), structure.rank) == (words, rank)
    values = [value for _, value in found]
    _holds(structure.words, structure.rank, values, asked)


def _derived(
    program: str, wrt: list[str], order: int, seed: int, asked: list[str]
) -> tuple[Structure | None, NDArray[np.float64]]:
    """The structure of a derivative, and its numbers at a random point, with rows and columns flat."""
    inputs = cr.parse(program).inputs
    fixed = np.random.default_rng(0)
    moving = np.random.default_rng(seed)
    at = {v.name: (moving if v.name in wrt else fixed).uniform(0.2, 0.9, v.shape) for v in inputs}
    derived = cr.derive(program, wrt=wrt, order=order, at=at, verify=False)
    part = next(g for g in derived.data.gradients if list(g.wrt) == asked)
    assert part.value is not None
    sides = [at[name].size for name in asked]
    whole = np.array(part.value.nested(), dtype=float)
    shape = sides if order > 1 else [whole.size // sides[0], sides[0]]
    return part.structure, whole.reshape(shape)


def _holds(
    words: tuple[str, ...], rank: str | None, values: list[NDArray[np.float64]], asked: list[str]
) -> None:
    first = values[0]
    if "constant" in words:
        np.testing.assert_allclose(values[0], values[1], atol=1e-12)
    else:
        assert not np.allclose(values[0], values[1])
    if "zero" in words:
        assert not first.any()
    if "diagonal" in words:
        places = np.indices(first.shape)
        off = (places != places[0]).any(axis=0)
        assert not first[off].any()
        assert first[~off].any()
    if "identity multiple" in words:
        np.testing.assert_allclose(first, first[0, 0] * np.eye(len(first)))
    if "permutation" in words:
        np.testing.assert_allclose(first @ first.T, np.eye(len(first)))
    if "symmetric" in words:
        np.testing.assert_allclose(first, np.moveaxis(first, 0, -1), atol=1e-12)
    if "positive semidefinite" in words:
        assert np.linalg.eigvalsh(first).min() > -1e-12
    if "negative semidefinite" in words:
        assert np.linalg.eigvalsh(first).max() < 1e-12
    if rank is not None:
        assert np.linalg.matrix_rank(first) == int(rank)


def test_symbolic_lengths_bound_the_rank() -> None:
    derived = cr.derive("X : [n, d]; w : [d]; t : [n]; out = mean((X@w - t)**2)", wrt="w", order=2)
    structure = derived.data.gradients[1].structure
    assert structure is not None
    assert structure.rank == "min(n, d)"


@pytest.mark.parametrize(
    "program",
    [
        "x : [3]; A : [3, 3]; y = A@x*x",  # diag(A x) + diag(x) A
        "x : [3]; y = x*x[::-1]",
        "x : [3]; y : [3]; z = x*sum(y*x) + A@x; A : [3, 3]",
    ],
)
def test_nothing_is_said_where_nothing_shows(program: str) -> None:
    structure = cr.derive(program, wrt="x").data.gradients[0].structure
    assert structure is None or not set(structure.words) & {"diagonal", "low rank", "symmetric", "constant"}


def test_reasons_are_written_with_all_their_factors() -> None:
    program = "X : [n, d]; W : [d, k]; T : [n, k]; out = mean((X@W - T)**2)"
    structure = cr.derive(program, wrt="W", order=2).data.gradients[1].structure
    assert structure is not None
    assert "2/(n*k)*sum_q X[q,i]*X[q,l] for the first axis, the identity for the second" in structure.text


@pytest.mark.parametrize(
    ("program", "hessian"),
    [
        ("p = sigmoid(X@w); out = -mean(t*log(p) + (1 - t)*log(1 - p))", "1/n*X.T@diag(p*(1 - p))@X"),
        ("out = mean((X@w - t)**2)", "2/n*X.T@X"),
        ("out = mean(relu(X@w)**2)", "2/n*X.T@diag(where(X@w > 0, 1, 0))@X"),
        ("out = logsumexp(w)", "diag(softmax(w)) - outer(softmax(w), softmax(w))"),
        ("out = norm(w)", "eye(d)/norm(w) - outer(w, w)/norm(w)**3"),
    ],
)
def test_hessians_have_their_textbook_form(program: str, hessian: str) -> None:
    found = cr.derive(f"X : [n, d]; w : [d]; t : [n]; {program}", wrt="w", order=2)
    assert found.data.verified
    forms = [found.gradients[1].closed_form, found.gradients[1].closed_form_named]
    assert hessian in [str(form) for form in forms]
