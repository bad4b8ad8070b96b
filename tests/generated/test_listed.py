"""Vectors and matrices of a few functions of numbered entries: whatever is listed side by side is right."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from random import Random

import numpy as np
import pytest

from chainrule.calculus.listing import is_listed
from tests.generated import properties
from tests.generated.cases import Case
from tests.generated.programs import Program
from tests.generated.test_programs import PROPERTIES
from tests.generated.test_second_order import assert_second_order

FUNCTIONS = ("sin({})", "exp({}/4)", "({})**2", "log(2 + ({})**2)", "tanh({})", "1/(3 + {}**2)", "{}*2/3")


def expression(random: Random, atoms: tuple[str, ...], depth: int) -> str:
    """A formula of numbers over the atoms."""
    if depth == 0:
        return random.choice(atoms)
    if random.random() < 0.5:
        return random.choice(FUNCTIONS).format(expression(random, atoms, depth - 1))
    left, right = (expression(random, atoms, random.randrange(depth)) for _ in range(2))
    return f"({left} {random.choice('+-*')} {right})"


def program(seed: int) -> Program:
    """One or two vectors of functions of entries, or a matrix of them; perhaps a number made of these."""
    random = Random(seed)  # noqa: S311  no secret
    size = random.choice((2, 3))
    parts = ("x[-1]", "sum(x[:2])", "sum(x[1:]**2)") if random.random() < 0.4 else ()
    atoms = ("t", *(f"x[{k}]" for k in range(size)), *parts)

    def stack(names: tuple[str, ...], count: int) -> str:
        return "stack([" + ", ".join(expression(random, names, 2) for _ in range(count)) + "])"

    rows = random.choice((2, 3))
    statements = [("y", stack(atoms, rows))]
    ending = random.choice(("none", "vector", "number", "matrix"))
    if ending == "vector":
        statements.append(("z", stack(tuple(f"y[{k}]" for k in range(rows)), 2)))
    elif ending == "number":
        statements.append(("z", expression(random, tuple(f"y[{k}]" for k in range(rows)), 2)))
    elif ending == "matrix":
        statements = [("y", f"stack([{stack(atoms, 2)}, {stack(atoms, 2)}, {stack(atoms, 2)}])")]
    values = [Fraction(random.randrange(1, 9), random.choice((2, 3, 5))) for _ in range(size + 1)]
    t, *x = values
    return Program(
        (f"x : [{size}]", "t : []"),
        tuple(statements),
        {"x": f"[{', '.join(map(str, x))}]", "t": str(t)},
        {"x": np.array([float(part) for part in x]), "t": np.array(float(t))},
        {},
    )


@cache
def case(seed: int) -> Case:
    return Case.of(program(seed), detail="rules")


SEEDS = range(14)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda holds: holds.__name__)
def test_of_numbered_entries(seed: int, holds: Callable[[Case], None]) -> None:
    holds(case(seed))


def test_most_of_them_are_listed_and_worked_out_side_by_side() -> None:
    """By the number where an entry is one; a matrix by a vector has too many axes."""
    factors = [part for seed in SEEDS for part in case(seed).derivation.factors if part.of_indices]
    listed = [part for part in factors if part.listed is not None]
    side_by_side = [
        part for part in listed if part.working is not None and is_listed(part.working.lines[-1].term)
    ]
    assert len(listed) > len(factors) / 2
    assert len(side_by_side) > len(listed) / 2


@pytest.mark.parametrize("seed", range(100, 112))
def test_hessians_of_numbered_entries(seed: int) -> None:
    random = Random(seed)  # noqa: S311  no secret
    made = program(seed)
    atoms = ("t", "x[0]", "x[1]")
    # What the Hessian is written with moves with x, under the output's name and under one of its own.
    statements = (("s", f"exp({expression(random, atoms, 1)})"), ("y", f"s*{expression(random, atoms, 2)}"))
    one = Program(made.declarations, statements, made.exact, made.values, made.lengths)
    assert_second_order(one)


@pytest.mark.campaign
@pytest.mark.parametrize("start", range(1000, 2000, 20))
def test_of_many(start: int) -> None:
    for seed in range(start, start + 20):
        made = Case.of(program(seed), detail="rules")
        for holds in PROPERTIES:
            holds(made)
        assert properties.undecided(made) == 0
