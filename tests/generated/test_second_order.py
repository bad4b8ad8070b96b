"""Second derivatives of random programs: symmetric, checked, and the differences of first ones."""

from __future__ import annotations

from itertools import count, islice

import numpy as np
import pytest

from chainrule import graph
from tests.generated import oracle, properties
from tests.generated.cases import Case, assert_close, numbers
from tests.generated.programs import Program, random_program

# Differences of a derivative that is right to rounding, with a step of 1e-5.
CLOSE = 1e-5


def _is_small(program: Program) -> bool:
    entries = sum(np.size(value) for value in program.values.values())
    return len(program.text) <= 130 and entries <= 6 and "function" not in program.text


SEEDS = [*islice((seed for seed in count() if _is_small(random_program(seed))), 16)]


def assert_second_order(program: Program) -> None:
    made = Case.of(program, order=2, detail="rules")
    rank = len(made.derivation.gradients[0].shape) - len(
        np.shape(program.values[made.derivation.gradients[0].wrt[0]])
    )
    for part in made.derivation.gradients:
        assert part.check is not None
        assert part.check.ok is not False, f"{part.wrt}: {part.check}"
        if part.order < 2:
            continue
        found = numbers(part.value)
        if np.isnan(found).any():
            continue
        properties.lines_of_higher_orders_agree(made, part)
        first, second = part.wrt
        expected = oracle.second(program.text, part.of, (first, second), program.values, program.lengths)
        assert_close(found, expected, f"d2{part.of}/d{first} d{second} of {program.text}", CLOSE)
        if first == second:
            own = (found.ndim - rank) // 2
            turned = np.moveaxis(found, range(rank, rank + own), range(rank + own, rank + 2 * own))
            assert_close(found, turned, f"symmetry of d2{part.of}/d{first}2")
    graph.check(made.derivation.pipeline.graph)


@pytest.mark.parametrize("seed", SEEDS)
def test_hessian(seed: int) -> None:
    assert_second_order(random_program(seed))


@pytest.mark.campaign
@pytest.mark.parametrize("start", range(0, 3000, 50))
def test_many_hessians(start: int) -> None:
    for seed in range(start, start + 50):
        if _is_small(random_program(seed)):
            assert_second_order(random_program(seed))
