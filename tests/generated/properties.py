"""What must hold for every program: each function takes a case and asserts one thing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule import graph
from chainrule.calculus.lines import Working
from chainrule.calculus.listing import is_listed
from chainrule.derivation.data import Gradient
from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_program
from chainrule.notation.text import text
from chainrule.shapes import Shape
from chainrule.source import Source
from chainrule.terms import Apply, Partial, Term, walk
from tests.generated import oracle
from tests.generated.cases import Case, assert_close, numbers
from tests.generated.terms import TooLarge, World, indices, tensor

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
        assert part.check.ok is not False, f"{text(part.label)}: {part.check}"


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
        what = f"{part.name} = {text(part.entry)}"
        _entries_agree(case.world, part.entry, part.indices, case.world.arrays[part.name], part.shape, what)


def _entries_agree(
    world: World,
    term: Term,
    letters: Sequence[Term],
    expected: Any,
    shape: Shape,
    what: str,
    zeros: bool = False,
) -> None:
    """``term`` at all places of ``letters``; zeros: entries that these do not reach must be zero.

    A list of entries has no letters.
    """
    if is_listed(term):
        assert_close(world.value(term), expected, what)
        return
    try:
        found, reached = tensor(world, term, letters, shape)
    except TooLarge:
        return
    assert zeros or reached.all(), f"{what} does not say every entry"
    assert_close(found, expected, what)


def factors_agree(case: Case) -> None:
    """A factor's entry, its zeros and its value are those of the statement's own derivative."""
    world = case.world.with_derivative(case.factor)
    for factor in case.derivation.factors:
        expected = case.factor(factor.of, factor.wrt)
        letters = (*factor.of_indices, *factor.wrt_indices)
        shape = case.derivation.pipeline.graph.shape(factor.jacobian)
        what = f"{text(factor.label)} = {text(factor.entry)}"
        _entries_agree(world, factor.entry, letters, expected, shape, what, zeros=factor.diagonal)
        if factor.listed is not None:
            assert_close(case.world.value(factor.listed), expected, text(factor.listed))
        if factor.value is not None:
            pattern = expected
            if factor.node != factor.jacobian:
                rank = expected.ndim // 2
                pattern = np.array([expected[(*p, *p)] for p in np.ndindex(*expected.shape[:rank])])
                pattern = pattern.reshape(expected.shape[:rank])
                assert np.count_nonzero(expected) <= np.count_nonzero(pattern), "more than the diagonal"
            assert_close(numbers(factor.value), pattern, f"value of {text(factor.label)}")


def lines_agree(case: Case) -> None:
    """Every line of every gradient is the gradient; in the chain and its product, labels are factors."""
    for gradient in case.derivation.gradients:
        expected = case.jacobian(gradient)
        assert isinstance(gradient.label, Partial)
        letters = [*indices(gradient.label.of), *(i for part in gradient.label.wrt for i in indices(part))]
        shape = case.derivation.pipeline.graph.shape(gradient.jacobian)
        local = case.world.with_derivative(case.factor)
        lines = [(line.term, case.world) for line in gradient.lines] + [(gradient.index, case.world)]
        if gradient.chain is not None:
            lines[0] = (gradient.lines[0].term, local)
            lines.append((gradient.chain, local))
        # The first of the others names the matrices that are multiplied.
        for matrix in gradient.layout_lines[1:]:
            assert_close(case.world.value(matrix.term), expected, text(matrix.term))
        for line, world in lines:
            what = f"{text(gradient.label)} = {text(line)}"
            _entries_agree(world, line, letters, expected, shape, what, zeros=gradient.diagonal)


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


# --- steps ------------------------------------------------------------------------------------------------


def lines_of_working_agree(case: Case) -> None:
    """Every line of a factor's working is the factor, and every line of a named part is its derivative."""
    for factor in case.derivation.factors:
        assert factor.working is not None
        assert isinstance(factor.label, Partial)
        letters = (*factor.of_indices, *factor.wrt_indices)
        graph = case.derivation.pipeline.graph
        shape = graph.shape(factor.jacobian)
        expected = case.factor(factor.of, factor.wrt)
        wrt_shape = shape[len(shape) - len(factor.wrt_indices) :]
        world = case.world.with_derivative(case.factor)
        _working_agrees(world, factor.working, letters, shape, wrt_shape, expected, factor.diagonal)


def lines_of_higher_orders_agree(case: Case, gradient: Gradient) -> None:
    """Every line of a second derivative's working is that derivative."""
    if gradient.working is None:
        return
    label = gradient.working.label
    letters = tuple(k for part in (label.of, *label.wrt) for k in indices(part))
    shape = case.derivation.pipeline.graph.shape(gradient.jacobian)
    wrt_shape = shape[len(shape) - len(indices(label.wrt[-1])) :]
    expected = numbers(gradient.value)
    _working_agrees(case.world, gradient.working, letters, shape, wrt_shape, expected, True)


def _working_agrees(
    world: World,
    working: Working,
    letters: Sequence[Term],
    shape: Shape,
    wrt_shape: Shape,
    expected: Any,
    zeros: bool,
) -> None:
    for line in working.lines:
        for let in line.lets:
            own = indices(let.name)
            world = world.with_let(let.symbol.name, own, let.term, let.shape)
        for let in line.lets:
            over = (*indices(let.name), *indices(let.working.label.wrt[0]))
            axes = (*let.shape, *wrt_shape)
            meant, _ = tensor(world, let.working.label, over, axes)
            _working_agrees(world, let.working, over, axes, wrt_shape, meant, True)
        what = f"{text(working.label)} = {text(line.term)}, by {line.rules}"
        _entries_agree(world, line.term, letters, expected, shape, what, zeros)
