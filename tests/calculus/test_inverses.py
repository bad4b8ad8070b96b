"""Inverses and norms in closed forms: what cancels goes, what is symmetric is not transposed."""

from __future__ import annotations

import pytest

from chainrule.calculus.chains import Chains
from chainrule.calculus.closed_form import closed_form
from chainrule.calculus.inverses import cancelled, canonical
from chainrule.notation.latex import latex
from chainrule.notation.text import text
from chainrule.notation.unicode import pretty
from chainrule.terms import Apply, Entry, Index, Symbol, Term
from tests.calculus.gradients import study

A, B, X, V = map(Symbol, "ABXV")
SQUARE = Chains(square=(A, B))


def inv(term: Term) -> Term:
    return Apply("inv", (term,))


def turned(term: Term) -> Term:
    return Apply("transpose", (term,))


def product(*items: Term) -> Term:
    out = items[0]
    for item in items[1:]:
        out = Apply("matmul", (out, item))
    return out


@pytest.mark.parametrize(
    ("items", "left"),
    [
        ([inv(A), A], []),
        ([A, inv(A)], []),
        ([turned(A), turned(inv(A))], []),
        ([B, inv(A), A, X], [B, X]),
        ([inv(product(A, B)), A], [inv(B)]),
        ([B, inv(product(A, B)), A], []),
        ([B, inv(product(A, X, B)), A], [inv(X)]),
        ([inv(product(turned(X), X)), turned(X), X], []),
        ([inv(product(turned(X), X)), turned(X)], [inv(product(turned(X), X)), turned(X)]),
        ([inv(A), X, A], [inv(A), X, A]),
        ([inv(A), turned(A)], [inv(A), turned(A)]),
        ([A, Apply("eye", (), (("shape", ("n",)),)), B], [A, B]),
        ([A, Apply("eye", (), (("shape", ("n", "m")),))], [A, Apply("eye", (), (("shape", ("n", "m")),))]),
        ([Apply("eigh_vectors", (A,)), turned(Apply("eigh_vectors", (A,)))], []),
        ([turned(Apply("eigh_vectors", (A,))), Apply("eigh_vectors", (A,)), X], [X]),
    ],
)
def test_what_cancels(items: list[Term], left: list[Term]) -> None:
    assert cancelled(items, SQUARE) == left


def test_entries_of_inverses_have_one_form() -> None:
    i, j = Index("i"), Index("j")
    assert canonical(Entry(inv(turned(X)), (i, j))) == Entry(inv(X), (j, i))
    assert canonical(Entry(inv(inv(X)), (i, j))) == Entry(X, (i, j))
    assert canonical(Entry(inv(X), (i, j))) is None
    assert canonical(Entry(X, (i, j))) is None
    k = Index("k")
    assert canonical(Entry(inv(turned(X)), (i, j, k))) is None


@pytest.mark.parametrize(
    ("term", "symmetric"),
    [
        (product(turned(X), X), True),
        (product(turned(X), A, X), True),
        (product(turned(X), B, X), False),
        (product(X, X), False),
        (inv(product(turned(X), A, X)), True),
        (Apply("add", (X, turned(X))), True),
        (Apply("add", (A, product(turned(X), X))), True),
        (Apply("add", (X, A)), False),
        (Apply("eye", (), (("shape", ("n",)),)), True),
        (Apply("eye", (), (("shape", ("n", "m")),)), False),
        (X, False),
    ],
)
def test_what_is_symmetric_by_its_making(term: Term, symmetric: bool) -> None:
    chains = Chains(symmetric=(A,))
    assert chains.is_symmetric(term) is symmetric
    assert (chains.transposed(term) == term) is symmetric


GAUSSIAN = "S : [n, n]; S : symmetric; m : [n]; x : [n]; out = (x - m)@solve(S, x - m)/2 + logdet(S)/2"
FORMS = [
    (GAUSSIAN, "S", "1/2*(inv(S) - outer(inv(S)@(x - m), inv(S)@(x - m)))"),
    (GAUSSIAN, "m", "-inv(S)@(x - m)"),
    ("L : [n, n]; x : [n]; out = x@solve(L@L.T, x)", "x", "2*inv(L@L.T)@x"),
    ("X : [n, d]; S = X.T@X + eye(d); out = logdet(S)", "X", "2*X@inv(X.T@X + eye(d))"),
    ("A : [n, n]; B : [n, n]; out = trace(A@B@inv(A))", "B", "eye(n)"),
    ("A : [n, n]; B : [n, n]; out = trace(A@B@inv(A))", "A", "zeros(n, n)"),
    ("A : [n, n]; b : [n]; x : [n]; out = sum(inv(A)@A@x*b)", "x", "b"),
    ("A : [n, n]; out = trace(inv(inv(A)))", "A", "eye(n)"),
    ("A : [n, n]; out = trace(inv(A.T))", "A", "-inv(A).T@inv(A).T"),
    ("A : [n, n]; A : symmetric; out = logdet(A)", "A", "inv(A)"),
    ("X : [m, n]; out = nuclear_norm(X)", "X", "polar(X)"),
    ("X : [n, n]; C : [n, n]; out = sum(C*expm(X))", "X", "expm_frechet(X.T, C)"),
    # --- norms: ‖u‖ times the unit vector is u -----------------------------------------------------------
    (
        "X : [m, n]; w : [n]; y : [m]; c : []; out = norm(X@w - y)**2 + c*norm(w)**2",
        "w",
        "2*(X.T@(X@w - y) + c*w)",
    ),
    ("x : [n]; out = norm(x)**3", "x", "3*norm(x)*x"),
    ("X : [m, n]; out = sum(norm(X, axis=1)**2)", "X", "2*X"),
    ("x : [n]; out = norm(x)", "x", "x/norm(x)"),
    # The numerator is not the vector whose norm is there: nothing goes.
    (
        "x : [n]; y : [n]; out = norm(x)*sum(where(norm(x) == 0, 0, y/norm(x)))",
        "y",
        "norm(x)*where(norm(x) == 0, 0, 1/norm(x))*ones(n)",
    ),
]


@pytest.mark.parametrize(("program", "wrt", "expected"), FORMS)
def test_closed_forms(program: str, wrt: str, expected: str) -> None:
    found = study(program)
    form = closed_form(found.graph, found.adjoints[wrt], found.inputs)
    assert form is not None
    assert text(form) == expected


def test_notations_of_the_transposed_inverse() -> None:
    assert pretty(turned(inv(X))) == "X⁻ᵀ"
    assert latex(turned(inv(X))) == r"X^{-\top}"
    assert latex(inv(X)) == "X^{-1}"
    assert text(turned(inv(X))) == "inv(X).T"
