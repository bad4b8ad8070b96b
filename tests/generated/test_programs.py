"""Random programs: whatever is derived, printed or checked must agree with a run that knows no calculus."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count, islice

import pytest
from hypothesis import given, settings

from tests.generated import properties
from tests.generated.cases import Case, case
from tests.generated.conditions import above_and_said, conditions_are_said
from tests.generated.programs import Program, programs, random_program

PROPERTIES = (
    properties.values_agree,
    properties.nothing_is_refuted,
    properties.graph_is_well_formed,
    properties.statement_entries_agree,
    properties.factors_agree,
    properties.lines_agree,
    properties.closed_forms_read_back,
    properties.factor_matrices_agree,
    properties.printing_reads_back,
    properties.lines_of_working_agree,
    conditions_are_said,
)
SHORT = 160
SEEDS = [*islice((seed for seed in count() if len(random_program(seed).text) <= SHORT), 36)]
LONG = [*islice((seed for seed in count() if 300 <= len(random_program(seed).text) <= 420), 3)]


@pytest.mark.parametrize("seed", [*SEEDS, *LONG])
@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda holds: holds.__name__)
def test_of_a_random_program(seed: int, holds: Callable[[Case], None]) -> None:
    holds(case(seed))


def test_hardly_any_check_is_undecided() -> None:
    found = [properties.undecided(case(seed)) for seed in SEEDS]
    assert sum(found) <= 2, [
        random_program(seed).text for seed, open_ones in zip(SEEDS, found, strict=True) if open_ones
    ]


def test_hardly_any_condition_stands_above_the_lines() -> None:
    found = [above_and_said(case(seed)) for seed in SEEDS]
    assert sum(above for above, _ in found) <= 5
    assert sum(said for _, said in found) >= 20


@settings(max_examples=12)
@given(program=programs())
def test_values_of_what_hypothesis_draws(program: Program) -> None:
    properties.values_agree(Case.of(program, verify=False))


@pytest.mark.campaign
@pytest.mark.parametrize("start", range(0, 1500, 10))
def test_of_many_random_programs(start: int) -> None:
    open_ones = 0
    for seed in range(start, start + 10):
        made = Case.of(random_program(seed), detail="rules")
        for holds in PROPERTIES:
            holds(made)
        open_ones += properties.undecided(made)
    assert open_ones <= 3
