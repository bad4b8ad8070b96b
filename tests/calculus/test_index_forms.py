"""Index notation: each line in the letters of a textbook, and each with the value of its node."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from chainrule.calculus.index_form import IndexForm, alphabet, index_form, split_deltas
from chainrule.calculus.inlining import Limits, NoForm
from chainrule.calculus.reverse import reverse
from chainrule.derivation.data import Options
from chainrule.derivation.derive import derive
from chainrule.notation.text import text
from chainrule.source import Source
from chainrule.terms import Entry, Index, Symbol, Term
from tests.calculus.arrays import value
from tests.calculus.gradients import LENGTHS, Study, study

STATEMENTS = [
    ("x:[2,3]; z = 3*x**2", "z", "ij", "3*x[i,j]**2"),
    ("x:[2,2]; out = mean(x)", "out", "", "1/4*sum_ij x[i,j]"),
    ("X:[n,d]; w:[d]; t:[n]; r = X@w - t", "r", "i", "sum_j X[i,j]*w[j] - t[i]"),
    ("r:[n]; loss = mean(r**2)", "loss", "", "1/n*sum_i r[i]**2"),
    ("X:[n,d]; W:[d,h]; b:[h]; H = tanh(X@W + b)", "H", "ij", "tanh(sum_k X[i,k]*W[k,j] + b[j])"),
    ("A:[m,n]; y = A.T", "y", "ij", "A[j,i]"),
    ("A:[n,n]; x:[n]; y = diagonal(A)*x", "y", "i", "A[i,i]*x[i]"),
    ("z:[m,n]; b:[m,1]; y = z*b", "y", "ij", "z[i,j]*b[i,0]"),
    ("z:[m,n]; y = max(z, axis=1)", "y", "i", "max(z, axis=1)[i]"),
    ("z:[m,n]; s = sum(z)*z", "s", "ij", "(sum_kl z[k,l])*z[i,j]"),
    ("i:[n]; j:[n]; y = i*j", "y", "k", "i[k]*j[k]"),
]


@pytest.mark.parametrize(("program", "name", "letters", "expected"), STATEMENTS)
def test_statements(program: str, name: str, letters: str, expected: str) -> None:
    found = study(program)
    form = index_form(found.graph, found.nodes[name], found.names, through=True)
    assert "".join(letter.name for letter in form.free) == letters
    assert text(form.term) == expected
    assert_entries(found, form, found.nodes[name])


FACTORS = [
    ("x:[2,2]; y = x + 2; z = 3*y**2", "z", "y", "6*y[i,j]*delta(i,k)*delta(j,l)", "ij", "ij", "6*y[i,j]"),
    ("x:[2,2]; y = x + 2", "y", "x", "delta(i,k)*delta(j,l)", "ij", "ij", "1"),
    ("X:[n,d]; w:[d]; r = X@w", "r", "X", "w[k]*delta(i,j)", "i", "ik", "w[k]"),
    ("g:[m,n]; b:[n]; y = g - b", "y", "b", "-delta(j,k)", "ij", "j", "-1"),
    ("A:[m,n]; y = 2*A.T", "y", "A", "2*delta(i,l)*delta(j,k)", "ij", "ji", "2"),
    ("x:[n]; h = tanh(x)", "h", "x", "(1 - h[i]**2)*delta(i,j)", "i", "i", "1 - h[i]**2"),
    ("A:[n,n]; x:[n]; y = diagonal(A)*x", "y", "A", "x[i]*delta(i,j)*delta(j,k)", "i", "ii", "x[i]"),
]


@pytest.mark.parametrize(("program", "of", "wrt", "full", "left", "right", "slope"), FACTORS)
def test_factors(program: str, of: str, wrt: str, full: str, left: str, right: str, slope: str) -> None:
    found = study(program)
    node = reverse(found.graph, found.nodes[of], [found.nodes[wrt]], local=True)[found.nodes[wrt]]
    form = index_form(found.graph, node, found.names, tidy=True)
    assert sorted(text(form.term).split("*")) == sorted(full.split("*"))
    assert_entries(found, form, node)
    split = split_deltas(form, len(found.graph.shape(found.nodes[of])))
    assert split is not None
    assert "".join(letter.name for letter in split.of) == left
    assert "".join(letter.name for letter in split.wrt) == right
    assert text(split.slope) == slope
    assert split.complete == (set(right) <= set(left))


@pytest.mark.parametrize(
    ("program", "of", "wrt"),
    [
        ("X:[n,d]; w:[d]; r = X@w", "r", "w"),
        ("x:[n]; y = sum(x)*x", "y", "x"),
        ("x:[n]; out = sum(x)", "out", "x"),
    ],
)
def test_what_is_not_diagonal_is_not_split(program: str, of: str, wrt: str) -> None:
    found = study(program)
    node = reverse(found.graph, found.nodes[of], [found.nodes[wrt]], local=True)[found.nodes[wrt]]
    form = index_form(found.graph, node, found.names, tidy=True)
    assert split_deltas(form, len(found.graph.shape(found.nodes[of]))) is None


def test_letters_given_are_used() -> None:
    found = study("X:[n,d]; w:[d]; r = X@w")
    form = index_form(found.graph, found.nodes["r"], found.names, letters=["p", "q"], through=True)
    assert text(form.term) == "sum_q X[p,q]*w[q]"


def test_letters_without_end() -> None:
    letters = list(islice(alphabet({"i", "k"}), 40))
    assert letters[:3] == ["j", "l", "p"]
    assert len(set(letters)) == 40


def test_too_large_is_refused() -> None:
    found = study("X:[n,d]; w:[d]; r = X@w")
    with pytest.raises(NoForm):
        index_form(found.graph, found.nodes["r"], found.names, through=True, limits=Limits(size=2))


def test_an_atom_is_its_own_entry() -> None:
    found = study("X:[n,d]; w:[d]; r = X@w")
    form = index_form(found.graph, found.nodes["r"], found.names)
    assert form.term == Entry(Symbol("r"), (Index("i"),))


def assert_entries(found: Study, form: IndexForm, node: int) -> None:
    """Assert that the term gives every entry of the node."""
    values = found.values()
    named: dict[Term, np.ndarray] = {name: values[number] for number, name in found.names.items()}
    for place in np.ndindex(*values[node].shape):
        at = {letter.name: k for letter, k in zip(form.free, place, strict=True)}
        assert value(form.term, named, LENGTHS, at) == pytest.approx(values[node][place])


@pytest.mark.parametrize(
    ("program", "wrt", "wanted"),
    [
        ("t : [3] probability; x : []; out = sum(t[:2])*x**2", "x", "sum"),
        ("t : [3] probability; x : []; out = sum(t)*x**2", "x", None),
        ("z : [3, 4]; x : []; out = sum(softmax(z)[:, 1:])*x**2", "x", "softmax(z)[:, 1:]"),
        ("x : [3, 4]; out = cross_entropy(x, [2, 0, -100])", "x", "[:, :-1]"),
    ],
)
def test_parts_of_rows_do_not_sum_to_one(program: str, wrt: str, wanted: str | None) -> None:
    (part,) = derive(Source(program, "program"), Options(wrt=(wrt,))).gradients
    last = text(part.lines[-1].term)
    assert wanted in last if wanted else last == "2*x"
