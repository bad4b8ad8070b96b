"""What must hold for every program: each function takes a case and asserts one thing."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule import graph
from chainrule.derivation.data import Factor
from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_program
from chainrule.notation.text import text
from chainrule.source import Source
from chainrule.terms import Apply, Partial, Term, walk
from tests.generated import oracle
from tests.generated.cases import Case, assert_close, numbers
from tests.generated.terms import indices, places

_NAME = "read_back"


def values_agree(case: Case) -> None:
    """Statements, gradients and the output are what an independent interpreter finds."""
    if case.derivation.pipeline.functions:
        return
    for part in case.derivation.statements:
        assert_close(numbers(part.value), case.world.arrays[part.name], part.name)
    for gradient in case.derivation.gradients:
        assert_close(numbers(gradient.value), case.jacobian(gradient), f"d{gradient.of}/d{gradient.wrt[0]}")


def nothing_is_refuted(case: Case) -> None:
    """No check says that something is wrong."""
    for part in (*case.derivation.factors, *case.derivation.gradients):
        assert part.check is not None
        assert part.check.ok is not False, f"{text(getattr(part, 'label'))}: {part.check}"


def undecided(case: Case) -> int:
    """How many checks found no point."""
    return sum(part.check.ok is None for part in (*case.derivation.factors, *case.derivation.gradients))


def graph_is_well_formed(case: Case) -> None:
    """Every node refers to earlier ones, and all lengths agree."""
    graph.check(case.derivation.pipeline.graph)


# --- index notation ----------------------------------------------------------------------------------------


def statement_entries_agree(case: Case) -> None:
    """name[i, j] is what the statement's entry says."""
    for part in case.derivation.statements:
        expected = np.asarray(case.world.arrays[part.name])
        for at in _some(places(part.indices, part.shape, case.program.lengths)):
            place = tuple(at[letter.name] for letter in part.indices)
            found = case.world.at(at).value(part.entry)
            assert_close(found, expected[place], f"{part.name}{list(place)} = {text(part.entry)}")


def factors_agree(case: Case) -> None:
    """A factor's entry, its zeros and its value are those of the statement's own derivative."""
    for factor in case.derivation.factors:
        expected = case.factor(factor.of, factor.wrt)
        _entries_agree(case, factor, expected)
        if factor.value is not None:
            pattern = expected
            if factor.node != factor.jacobian:
                rank = expected.ndim // 2
                pattern = np.array([expected[(*p, *p)] for p in np.ndindex(*expected.shape[:rank])])
                pattern = pattern.reshape(expected.shape[:rank])
            assert_close(numbers(factor.value), pattern, f"value of {text(factor.label)}")


def _entries_agree(case: Case, factor: Factor, expected: Any) -> None:
    shapes = case.derivation.pipeline.graph.shape
    nodes = case.derivation.pipeline.nodes
    letters = (*factor.of_indices, *factor.wrt_indices)
    seen = np.zeros(expected.shape, dtype=bool)
    shape = (*shapes(nodes[factor.of]), *shapes(nodes[factor.wrt]))
    for at in places(letters, shape, case.program.lengths):
        place = tuple(int(case.world.at(at).value(letter)) for letter in letters)
        seen[place] = True
        found = case.world.at(at).value(factor.entry)
        assert_close(found, expected[place], f"{text(factor.label)} = {text(factor.entry)} at {place}")
    if factor.diagonal:
        assert not np.any(expected[~seen]), f"{text(factor.label)}: not zero elsewhere"
    else:
        assert seen.all(), f"{text(factor.label)} does not say every entry"


def lines_agree(case: Case) -> None:
    """Every line of every gradient is the gradient."""
    for gradient in case.derivation.gradients:
        expected = case.jacobian(gradient)
        assert isinstance(gradient.label, Partial)
        letters = (*indices(gradient.label.of), *(i for part in gradient.label.wrt for i in indices(part)))
        for line in (*(line.term for line in gradient.lines), gradient.index, *filter(None, (gradient.chain,))):
            for at in _some(places(letters, gradient.shape, case.program.lengths)):
                world = case.world.at(at)
                place = tuple(int(world.value(letter)) for letter in letters)
                what = f"{text(gradient.label)} = {text(line)} at {place}"
                if line is gradient.chain:
                    world = world.with_derivative(case.factor)
                assert_close(world.value(line), expected[place], what)


def _some(found: Any) -> list[dict[str, int]]:
    """Enough places to catch a wrong letter, few enough to be quick."""
    every = list(found)
    return every if len(every) <= 40 else every[:: max(1, len(every) // 24)]


# --- matrix forms -------------------------------------------------------------------------------------------


def closed_forms_read_back(case: Case) -> None:
    """A closed form is a program expression with the gradient's very shape and value."""
    for gradient in case.derivation.gradients:
        expected = case.jacobian(gradient)
        for form in dict.fromkeys((gradient.closed_form, gradient.closed_form_named)):
            if form is None:
                continue
            assert_close(case.world.value(form), expected, f"d/d{gradient.wrt[0]} = {text(form)}")
            if _is_printable(form):
                _reads_back(case, form, gradient.shape, expected)


def _is_printable(form: Term) -> bool:
    """Whether the language can say a term: it has no word for the derivative of an unknown function."""
    return not any(isinstance(p, Apply) and p.op == "call" and any(p.param("orders")) for p in walk(form))


def _reads_back(case: Case, form: Term, shape: Any, expected: Any) -> None:
    longer = case.program.extended(**{_NAME: text(form)})
    pipeline = elaborate(parse_program(Source(longer.text)))
    # A plain number or ones(2, 3) reads as data, and data gets its shape from its value.
    last = pipeline.statements[-1]
    if last.name == _NAME:
        assert pipeline.graph.shape(last.node) == shape, f"{text(form)} has another shape"
    arrays = oracle.run(longer.text, longer.values, longer.lengths)
    assert_close(arrays[_NAME], expected, text(form))


def factor_matrices_agree(case: Case) -> None:
    """A factor's matrix meets a cotangent as it says."""
    random = np.random.default_rng(1)
    for factor in case.derivation.factors:
        if factor.matrix is None:
            continue
        jacobian = case.factor(factor.of, factor.wrt)
        of = np.asarray(case.world.arrays[factor.of])
        cotangent = random.normal(size=of.shape)
        expected = np.tensordot(cotangent, jacobian, of.ndim)
        matrix = case.world.with_arrays(g=cotangent).value(factor.matrix)
        found = {
            "elementwise product": lambda m, c: m * c,
            "matrix product from the left": np.matmul,
            "matrix product from the right": lambda m, c: c @ m,
            "product with the scalar cotangent": lambda m, c: m * c,
        }.get(factor.acts_by or "", lambda m, c: m)(matrix, cotangent)
        assert_close(found, expected, f"{text(factor.label)}: {text(factor.matrix)}, {factor.acts_by}")


# --- printing and reading ---------------------------------------------------------------------------------


def printing_reads_back(case: Case) -> None:
    """Printed statements make the same nodes under the same declarations."""
    before = elaborate(parse_program(Source(case.program.text)))
    printed = [f"{part.name} = {text(part.term)}" for part in before.statements]
    after = elaborate(parse_program(Source("\n".join((*case.program.declarations, *printed)))))
    for one, other, line in zip(before.statements, after.statements, printed, strict=True):
        assert before.graph[one.node] == after.graph[other.node], line
    assert before.graph.nodes == after.graph.nodes
