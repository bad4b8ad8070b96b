"""Reverse accumulation against textbook identities, each written by hand in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from chainrule.calculus.reverse import identity, reverse
from chainrule.derivation.data import Options
from chainrule.derivation.derive import derive
from chainrule.graph import Graph, Input, check
from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_program
from chainrule.source import Source

random = np.random.default_rng(7)
A, B, X = random.normal(size=(3, 4)), random.normal(size=(4, 5)), random.normal(size=(3, 4))
S = random.normal(size=(3, 3)) + 3 * np.eye(3)
a, b, c, d = (random.normal(size=n) for n in (3, 4, 5, 3))
p = random.uniform(0.2, 0.8, size=4)
ARRAYS = {"A": A, "B": B, "X": X, "S": S, "a": a, "b": b, "c": c, "d": d, "p": p}
DECLARED = "A : [3, 4]; B : [4, 5]; X : [3, 4]; S : [3, 3]; a : [3]; b : [4]; c : [5]; d : [3]; p : [4]; "
I3, I4 = np.eye(3), np.eye(4)


def softmax(x: Any) -> Any:
    return np.exp(x) / np.exp(x).sum()


def einsum(pattern: str, *arrays: Any) -> Any:
    return np.einsum(pattern, *arrays)


# A program, the name it is differentiated by, and the derivative from the books.
IDENTITIES: list[tuple[str, str, Callable[[], Any]]] = [
    ("out = d@a", "a", lambda: d),
    ("out = a@a", "a", lambda: 2 * a),
    ("out = a@S@a", "a", lambda: (S + S.T) @ a),
    ("out = a@S@d", "S", lambda: np.outer(a, d)),
    ("out = a@X@b", "X", lambda: np.outer(a, b)),
    ("out = sum(X)", "X", lambda: np.ones((3, 4))),
    ("out = mean(X**2)", "X", lambda: 2 * X / 12),
    ("out = trace(S)", "S", lambda: I3),
    ("out = trace(A.T@X)", "X", lambda: A),
    ("out = trace(X.T@X)", "X", lambda: 2 * X),
    ("out = trace(X.T@S@X)", "X", lambda: (S + S.T) @ X),
    ("out = trace(A@X.T)", "X", lambda: A),
    ("out = trace(S@S)", "S", lambda: 2 * S.T),
    ("out = trace(S@S@S)", "S", lambda: 3 * (S @ S).T),
    ("out = log(sum(exp(a)))", "a", lambda: softmax(a)),
    ("out = logsumexp(a)", "a", lambda: softmax(a)),
    ("out = norm(a)", "a", lambda: a / np.sqrt(a @ a)),
    ("out = norm(a - d)**2", "a", lambda: 2 * (a - d)),
    ("out = norm(X)", "X", lambda: X / np.sqrt((X**2).sum())),
    ("out = det(S)", "S", lambda: np.linalg.det(S) * np.linalg.inv(S).T),
    ("out = logdet(S)", "S", lambda: np.linalg.inv(S).T),
    ("out = a@inv(S)@d", "S", lambda: -np.outer(np.linalg.inv(S).T @ a, np.linalg.inv(S) @ d)),
    ("out = trace(inv(S))", "S", lambda: -(np.linalg.inv(S) @ np.linalg.inv(S)).T),
    ("r = X@b - a; out = r@r", "b", lambda: 2 * X.T @ (X @ b - a)),
    ("r = X@b - a; out = mean(r**2)", "X", lambda: 2 / 3 * np.outer(X @ b - a, b)),
    ("out = sum(max(X, axis=1))", "X", lambda: (X.max(axis=1, keepdims=True) == X).astype(float)),
    ("out = prod(a)", "a", lambda: np.array([a[1] * a[2], a[0] * a[2], a[0] * a[1]])),
    ("out = var(a)", "a", lambda: 2 * (a - a.mean()) / 3),
    ("out = std(a)", "a", lambda: (a - a.mean()) / (3 * a.std())),
    ("q = p/sum(p); out = -sum(q*log(q))", "p", lambda: _entropy_gradient()),  # noqa: PLW0108 - defined below
    ("out = sum(X + b)", "b", lambda: np.full(4, 3.0)),
    ("out = sum((X + b)**2)", "b", lambda: 2 * (X + b).sum(axis=0)),
    ("out = sum(X*a[:, None])", "a", lambda: X.sum(axis=1)),
    # --- Jacobians: the output's axes first -------------------------------------------------------------
    ("out = X@b", "b", lambda: X),
    ("out = X@b", "X", lambda: einsum("ik,l->ikl", I3, b)),
    ("out = X@B", "X", lambda: einsum("ik,lj->ijkl", I3, B)),
    ("out = X@B", "B", lambda: einsum("ik,jl->ijkl", X, np.eye(5))),
    ("out = X.T", "X", lambda: einsum("il,jk->ijkl", I4, I3)),
    ("out = X*A", "X", lambda: einsum("ij,ik,jl->ijkl", A, I3, I4)),
    ("out = outer(a, b)", "a", lambda: einsum("ik,j->ijk", I3, b)),
    ("out = outer(a, b)", "b", lambda: einsum("i,jk->ijk", a, I4)),
    ("out = softmax(a)", "a", lambda: np.diag(softmax(a)) - np.outer(softmax(a), softmax(a))),
    ("out = a/sum(a)", "a", lambda: (I3 - np.outer(a / a.sum(), np.ones(3))) / a.sum()),
    ("out = a/norm(a)", "a", lambda: (I3 - np.outer(a, a) / (a @ a)) / np.sqrt(a @ a)),
    ("out = inv(S)", "S", lambda: -einsum("ik,lj->ijkl", np.linalg.inv(S), np.linalg.inv(S))),
    ("out = S@S", "S", lambda: einsum("ik,lj->ijkl", I3, S) + einsum("ik,jl->ijkl", S, I3)),
    ("out = diagonal(S)", "S", lambda: einsum("ij,ik->ijk", I3, I3)),
    ("out = sum(X, axis=0)", "X", lambda: einsum("jl,k->jkl", I4, np.ones(3))),
    ("out = mean(X, axis=1)", "X", lambda: einsum("ik,l->ikl", I3, np.ones(4)) / 4),
    ("out = X - mean(X, axis=0)", "X", lambda: einsum("ik,jl->ijkl", I3 - 1 / 3, I4)),
    ("out = a[0]*a", "a", lambda: a[0] * I3 + np.outer(a, I3[0])),
    ("out = a[::-1]", "a", lambda: I3[::-1]),
    ("out = sin(X@b)", "b", lambda: np.cos(X @ b)[:, None] * X),
    ("out = (X@b)[1:]", "b", lambda: X[1:]),
]


def _entropy_gradient() -> Any:
    q = p / p.sum()
    slopes = -(np.log(q) + 1)
    return (slopes - slopes @ q) / p.sum()


@pytest.mark.parametrize(
    ("program", "wrt", "expected"), IDENTITIES, ids=[f"{t} by {w}" for t, w, _ in IDENTITIES]
)
def test_identity(program: str, wrt: str, expected: Callable[[], Any]) -> None:
    used = {name: array.tolist() for name, array in ARRAYS.items() if name in _names(program)}
    declared = "; ".join(part for part in DECLARED.split("; ") if part[:1] in used)
    made = derive(Source(f"{declared}; {program}"), Options(wrt=(wrt,)), arrays=used)
    (gradient,) = made.gradients
    assert gradient.value is not None
    assert gradient.check is not None
    assert gradient.check.ok
    found = np.array(gradient.value.floats, dtype=float).reshape(gradient.value.shape)
    np.testing.assert_allclose(found, expected(), rtol=1e-9, atol=1e-11)


def _names(program: str) -> set[str]:
    words = "".join(sign if sign.isalnum() else " " for sign in program).split()
    return set(words)


# --- what is and is not accumulated -----------------------------------------------------------------------


def swept(program: str, sources: list[str], **more: Any) -> tuple[Graph, Mapping[str, int], dict[int, int]]:
    pipeline = elaborate(parse_program(Source(program)))
    nodes = pipeline.nodes
    found = reverse(pipeline.graph, nodes[pipeline.output], [nodes[name] for name in sources], **more)
    check(pipeline.graph)
    return pipeline.graph, nodes, found


def test_an_input_without_a_path_has_no_adjoint() -> None:
    _, nodes, found = swept("y = x**2; out = y + 1", ["x"])
    assert set(found) == {nodes["x"]}
    _, nodes, found = swept("y = x**2; z = w + y; out = y + 1", ["w"])
    assert found == {}


def test_the_output_is_its_own_source() -> None:
    graph, nodes, found = swept("x : [3]; y = 2*x", ["y"])
    assert found == {nodes["y"]: identity(graph, nodes["y"])}


def test_what_only_chooses_passes_nothing_on() -> None:
    _, nodes, found = swept("x : [3]; y = floor(x)*c + where(x > 0, c, 1)", ["x", "c"])
    assert set(found) == {nodes["c"]}


def test_named_adjoints_are_atoms() -> None:
    graph, nodes, found = swept(
        "y = sin(x); z = y**2 + x*y; out = exp(z)",
        ["x"],
        barrier=lambda number: None if number > 4 else f"bar {number}",
    )
    names = {getattr(graph[node], "name", None) for node in found.values()}
    assert {f"bar {nodes[name]}" for name in ("y", "z")} <= names


def test_a_local_sweep_stops_at_names() -> None:
    _, nodes, found = swept("y = sin(x); z = y*x", ["x", "y"], local=True)
    assert set(found) == {nodes["x"], nodes["y"]}
    _, nodes, found = swept("y = sin(x); z = y**2", ["x"], local=True)
    assert found == {}


def test_a_seed_with_leading_axes_gives_one_row_for_each() -> None:
    graph = Graph()
    x = graph.add(Input("x", (3,)))
    seeds = graph.add(Input("g", (2, 4, 3)))
    (found,) = reverse(graph, x, [x], seed=seeds).values()
    assert graph.shape(found) == (2, 4, 3)


def test_shared_operands_add_up() -> None:
    made = derive(Source("x : [2]; y = outer(x, x); out = sum(y)"), at=[Source("x = [3, 5]")])
    assert made.gradients[0].value is not None
    assert made.gradients[0].value.exact == ("16", "16")


def test_two_steps_are_one_step() -> None:
    one = derive(Source("x : [3]; out = sum(sin(x**2)*x)"), at=[Source("x = [1/2, -1, 2]")])
    other = derive(
        Source("x : [3]; u = x**2; v = sin(u); w = v*x; out = sum(w)"), at=[Source("x = [1/2, -1, 2]")]
    )
    assert one.gradients[0].value is not None
    assert other.gradients[0].value is not None
    np.testing.assert_allclose(
        np.array(one.gradients[0].value.floats, dtype=float),
        np.array(other.gradients[0].value.floats, dtype=float),
        rtol=1e-14,
    )
