"""Derivations of random programs, each made once, with the arrays that an independent run gives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np

from chainrule.derivation.data import Derivation, Gradient, Options, Quantity
from chainrule.derivation.derive import derive
from chainrule.source import Source
from tests.generated import oracle
from tests.generated.programs import Program, random_program
from tests.generated.terms import World

CLOSE = 1e-7


@dataclass(frozen=True)
class Case:
    """A program, its derivation at its values, and the world in which its terms are evaluated."""

    program: Program
    derivation: Derivation

    @staticmethod
    def of(program: Program, **options: Any) -> Case:
        """The case of a program."""
        asked = Options(**options)
        return Case(program, derive(Source(program.text), asked, at=[Source(program.at)]))

    @cached_property
    def world(self) -> World:
        """The names of the program with their arrays."""
        return World.of(self.program.text, self.program.values, self.program.lengths)

    def jacobian(self, gradient: Gradient) -> Any:
        """What a first-order gradient should be."""
        return oracle.jacobian(
            self.program.text, gradient.of, gradient.wrt[0], self.program.values, self.program.lengths
        )

    def factor(self, of: str, wrt: str) -> Any:
        """∂of/∂wrt inside the statement that defines ``of``."""
        fixed = {name: array for name, array in self.world.arrays.items() if name not in (of, wrt)}
        return oracle.jacobian(self.program.text, of, wrt, self.program.values, self.program.lengths, fixed)


@cache
def case(seed: int) -> Case:
    """The case of a seed, with steps and second opinions."""
    return Case.of(random_program(seed), detail="rules")


def numbers(quantity: Quantity | None) -> Any:
    """A quantity as an array; NaN where it has none."""
    assert quantity is not None
    return np.array([np.nan if x is None else x for x in quantity.floats]).reshape(quantity.shape)


def assert_close(found: Any, expected: Any, what: str, tolerance: float = CLOSE) -> None:
    """Equality of arrays, relative to the largest entry and to 1."""
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape, f"{what}: shape {found.shape} is not {expected.shape}"
    scale = max(1.0, float(np.max(np.abs(expected), initial=0)))
    worst = float(np.max(np.abs(found - expected), initial=0)) / scale
    assert worst <= tolerance, f"{what}: off by {worst:.3g}\nfound {found}\nexpected {expected}"
