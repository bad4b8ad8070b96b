"""Random programs of the language: shapes, values, several statements, several paths.

A program of a seed is always the same. Lengths are pairwise distinct, so that no transpose goes unseen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any

import numpy as np
from hypothesis import strategies as st

from chainrule.shapes import Dim, Shape
from tests.generated.fitting import Inputs
from tests.generated.growing import ATOM, ELEMENTWISE, FOLDING, Expr, Grower
from tests.generated.turning import TURNING

_DEEPEST = 8
NAMES = ("u", "v", "w_1", "h", "z", "q", "r", "s")
_BODIES = ("u**2 - u/3", "sin(u)*u + 1", "2*tanh(u)")


@dataclass(frozen=True)
class Program:
    """Declarations, named right sides, and exact values of the inputs."""

    declarations: tuple[str, ...]
    statements: tuple[tuple[str, str], ...]
    exact: Mapping[str, str]
    values: Mapping[str, Any]
    lengths: Mapping[str, int]

    @property
    def text(self) -> str:
        """The program."""
        return "; ".join((*self.declarations, *(f"{name} = {right}" for name, right in self.statements)))

    @property
    def at(self) -> str:
        """The values, as the language says them."""
        return "; ".join(f"{name} = {value}" for name, value in self.exact.items())

    @property
    def output(self) -> str:
        """The last name."""
        return self.statements[-1][0]

    def fractions(self, name: str) -> list[Fraction]:
        """The entries of an input, row by row."""
        return [Fraction(entry) for entry in re.findall(r"-?\d+(?:/\d+)?", self.exact[name])]

    def extended(self, **more: str) -> Program:
        """The same program with more statements."""
        return replace(self, statements=(*self.statements, *more.items()))

    def renamed(self, table: Mapping[str, str]) -> Program:
        """The same program about other names."""

        def change(text: str) -> str:
            return re.sub(r"(?<!\.)\b[A-Za-z_]\w*", lambda m: table.get(m[0], m[0]), text)

        def declared(text: str) -> str:
            name, colon, rest = text.partition(" :")
            return f"{table.get(name, name)}{colon}{rest}"

        return Program(
            tuple(map(declared, self.declarations)),
            tuple((table.get(name, name), change(right)) for name, right in self.statements),
            {table.get(name, name): value for name, value in self.exact.items()},
            {table.get(name, name): value for name, value in self.values.items()},
            self.lengths,
        )


@cache
def random_program(seed: int) -> Program:
    """The program of a seed."""
    return grown(Random(seed))  # noqa: S311  no secret


def programs() -> st.SearchStrategy[Program]:
    """Programs for Hypothesis, which makes failing ones smaller."""
    return st.randoms(use_true_random=False).map(grown)


def grown(random: Random) -> Program:
    """A program drawn from ``random``."""
    dims, lengths = dimensions(random)
    inputs = Inputs(random)
    first_inputs(random, dims, lengths, inputs)
    functions = {"f": 1, "g": 2} if random.random() < 0.15 else {}
    defined = {"hat": random.choice(_BODIES)} if random.random() < 0.15 else {}
    declarations = [*inputs.declarations, *(f"{name} : function" for name in functions)]
    ways = (*ELEMENTWISE, *FOLDING, *TURNING) if any(i.shape for i in inputs.known) else ELEMENTWISE
    grower = Grower(random, list(inputs.known), lengths, functions, defined, ways)
    statements: list[tuple[str, str]] = []
    for name in random.sample(NAMES, random.randint(1, 5)):
        found = grower.grow(statement_depth(random))
        if not any(known.text in re.findall(r"\w+", found.text) for known in grower.names):
            # What is made of numbers alone is data, not a statement.
            found = grower.leaf()
        statements.append((name, found.text))
        last = Expr(name, ATOM, found.shape, found.value)
        read = set(re.findall(r"\w+", found.text))
        grower.names.append(last)
        grower.unused = [expr for expr in (*grower.unused, last) if expr.text not in read]
    if last.shape and random.random() < 0.7:
        fold = random.choice(("mean({})", "sum({})", "{}.sum()", "norm({})**2", "mean({}**2)"))
        statements.append(("out", fold.format(last.text)))
    return Program(
        tuple(declarations) + tuple(f"{name}(u) = {body}" for name, body in defined.items()),
        tuple(statements),
        inputs.exact,
        {i.text: i.value for i in inputs.known},
        lengths,
    )


def statement_depth(random: Random) -> int:
    """How many operations high a statement may be."""
    return random.choice((1, 2, 2, 3, 3, 4, 5, _DEEPEST))


def dimensions(random: Random) -> tuple[list[Dim], dict[str, int]]:
    """Lengths to choose from; some go by a name."""
    sizes = random.sample((2, 3, 4, 5), 3)
    named = random.sample(("n", "m", "d"), random.choice((0, 0, 1, 2)))
    lengths = dict(zip(named, sizes, strict=False))
    return [*named, *sizes[len(named) :]], lengths


def first_inputs(random: Random, dims: list[Dim], lengths: Mapping[str, int], inputs: Inputs) -> None:
    """One to three inputs: scalars, vectors, matrices, seldom more; all entries of all inputs differ."""
    ranks = [random.choice((0, 0, 1, 1, 2, 2, 2, 3)) for _ in range(random.randint(1, 3))]
    if random.random() < 0.15:
        ranks = [0] * len(ranks)
    for name, rank in zip(
        random.sample(("x", "y", "a", "theta", "W", "X_1"), len(ranks)), ranks, strict=True
    ):
        shape: Shape = tuple(random.sample(dims, rank))
        concrete = tuple(lengths.get(dim, dim) if isinstance(dim, str) else dim for dim in shape)
        if int(np.prod(concrete)) > min(24, len(inputs.pool)):
            shape, concrete = (), ()
        inputs.declare(name, shape, concrete, random.random() < 0.3)
