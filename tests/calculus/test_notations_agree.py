"""Index, matrix and component notation of one gradient say the same, each read by something of its own.

The matrix form is read back as a program and run; the index line is evaluated by brute force over its
letters; the components are evaluated one by one as they are printed. All have to give the gradient's value,
which comes from the graph, at a random point and at small lengths.
"""

from __future__ import annotations

import json
import re
from random import Random

import numpy as np
import pytest

from chainrule.derivation.data import Gradient, Options
from chainrule.derivation.derive import derive
from chainrule.document import Equations, Math
from chainrule.notation.text import text
from chainrule.report.components import component_rows
from chainrule.source import Source
from chainrule.terms import Entry, Index, Length, Number, Partial, Symbol, Term
from tests.calculus.arrays import value
from tests.calculus.gradients import assert_formula, study, value_of
from tests.calculus.random_programs import random_program
from tests.calculus.test_matrix_cookbook import TABLE
from tests.samples.outputs import SAMPLES

SMALL = {"n": 2, "m": 3, "d": 2, "k": 2, "h": 3, "c": 2, "b": 2}

# What the brute force of the tests has no function for.
BEYOND = ("eigvalsh", "pinv(", "matrix_exp", "kron", "slogdet")

COOKBOOK = dict.fromkeys((row.program, row.wrt[0]) for row in TABLE if row.wrt)
PROGRAMS = [row for row in COOKBOOK if not any(word in row[0] for word in BEYOND)]
PROGRAMS += [(random_program(Random(seed)), "") for seed in range(500, 512)]  # noqa: S311  no secret


def _small(program: str) -> str:
    """The program with numbers for its lengths."""

    def numbers(found: re.Match[str]) -> str:
        return re.sub(r"[a-z]", lambda name: str(SMALL[name[0]]), found[0])

    return re.sub(r"(?<=: )\[[^\]]*\]|(?<=eye\()\w(?=\))", numbers, program)


@pytest.mark.parametrize(("program", "wrt"), PROGRAMS)
def test_the_notations_agree(program: str, wrt: str) -> None:
    _check(_small(program), wrt)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_the_notations_of_samples_agree(sample) -> None:  # type: ignore[no-untyped-def]
    statements = [line.partition("#")[0].strip() for line in sample.read_text(encoding="utf-8").splitlines()]
    if any(statement.endswith(": function") or statement.startswith("implicit") for statement in statements):
        pytest.skip("abstract functions have no values, and roots are found by no reader of these tests")
    _check(_small("; ".join(map(_declared, filter(None, statements)))))


def _declared(statement: str) -> str:
    """Data as a declaration of its shape; any other statement as it is."""
    name, _, right = statement.partition(" = ")
    if right.startswith("["):
        return f"{name} : {list(np.shape(json.loads(right)))}"
    if right.startswith("ones("):
        return f"{name} : [{right[5:-1]}]"
    return statement


def _check(program: str, wrt: str = "") -> None:
    found = study(program)
    derivation = derive(Source(program, "program"), Options(wrt=tuple(wrt), verify=False))
    given = found.given(11)
    nodes = found.nodes.items()
    names = {Symbol(name): value_of(found.graph, node, found.nodes, given) for name, node in nodes}
    names |= {Length(name): number for name, number in given.items() if np.ndim(number) == 0}
    for part in derivation.gradients:
        (name,) = part.wrt
        node = found.adjoints.get(name)
        if node is None:
            continue
        free = value_of(found.graph, node, found.nodes, given)
        wanted, lines = free, [line.term for line in part.lines]
        if "symmetric" in found.assumptions.get(name, ()):
            # The first line is about the entries taken as independent, the others about the symmetric part.
            wanted, lines = (free + np.swapaxes(free, -1, -2)) / 2, [part.index, *lines[1:]]
            _check_entries(part, part.lines[0].term, names, free)
        for form in (part.closed_form, part.closed_form_named):
            if form is not None:
                assert_formula(found, node, program, text(form), given, wanted)
        for line in lines[-2:]:
            _check_entries(part, line, names, wanted)
        _check_components(derivation, part, names, wanted)


def _indices(part: Gradient) -> list[Term]:
    """The letters of the label ∂out[…]/∂x[…], one for each axis."""
    assert isinstance(part.label, Partial)
    sides = [part.label.of, *part.label.wrt]
    return [index for side in sides if isinstance(side, Entry) for index in side.indices]


def _check_entries(part: Gradient, line: Term, names, wanted) -> None:  # type: ignore[no-untyped-def]
    """The line at every place; where a letter stands twice in the label, the other entries are zero."""
    letters = [letter.name for letter in _indices(part) if isinstance(letter, Index)]
    got = np.zeros(wanted.shape)
    for place in np.ndindex(*wanted.shape):
        at: dict[str, int] = {}
        if all(at.setdefault(letter, k) == k for letter, k in zip(letters, place, strict=True)):
            got[place] = value(line, names, {}, at)
    np.testing.assert_allclose(got, wanted, rtol=1e-7, atol=1e-9, err_msg=text(line))


def _check_components(derivation, part: Gradient, names, wanted) -> None:  # type: ignore[no-untyped-def]
    for block in component_rows(derivation, part, asked=True):
        if not isinstance(block, Equations):
            continue
        for row in block.rows:
            (left,), (right,) = row.left, row.right
            assert isinstance(left, Math)
            assert isinstance(right, Math)
            assert isinstance(left.term, Partial)
            sides = [left.term.of, *left.term.wrt]
            indices = [index for side in sides if isinstance(side, Entry) for index in side.indices]
            place = tuple(int(index.value) for index in indices if isinstance(index, Number))
            np.testing.assert_allclose(value(right.term, names, {}), wanted[place], rtol=1e-7, atol=1e-9)
