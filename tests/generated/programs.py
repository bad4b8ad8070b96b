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
from tests.generated.growing import ATOM, ELEMENTWISE, FOLDING, Expr, Grower
from tests.generated.turning import TURNING

_DEEPEST = 8
_NAMES = ("u", "v", "w_1", "h", "z", "q", "r", "s")
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
    dims, lengths = _dims(random)
    declarations, inputs, exact = _inputs(random, dims, lengths)
    functions = {"f": 1, "g": 2} if random.random() < 0.15 else {}
    defined = {"hat": random.choice(_BODIES)} if random.random() < 0.15 else {}
    declarations += [f"{name} : function" for name in functions]
    ways = (*ELEMENTWISE, *FOLDING, *TURNING) if any(i.shape for i in inputs) else ELEMENTWISE
    grower = Grower(random, list(inputs), lengths, functions, defined, ways)
    statements: list[tuple[str, str]] = []
    for name in random.sample(_NAMES, random.randint(1, 5)):
        found = grower.grow(_depth(random))
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
        exact,
        {i.text: i.value for i in inputs},
        lengths,
    )


def _depth(random: Random) -> int:
    return random.choice((1, 2, 2, 3, 3, 4, 5, _DEEPEST))


def _dims(random: Random) -> tuple[list[Dim], dict[str, int]]:
    """Lengths to choose from; some go by a name."""
    sizes = random.sample((2, 3, 4, 5), 3)
    named = random.sample(("n", "m", "d"), random.choice((0, 0, 1, 2)))
    lengths = dict(zip(named, sizes, strict=False))
    return [*named, *sizes[len(named) :]], lengths


def _inputs(
    random: Random, dims: list[Dim], lengths: Mapping[str, int]
) -> tuple[list[str], list[Expr], dict[str, str]]:
    """One to four inputs: scalars, vectors, matrices, seldom more; all entries of all inputs differ."""
    pool = [Fraction(k, 32) for k in range(8, 75) if k not in (16, 32, 48, 64)]
    random.shuffle(pool)
    ranks = [random.choice((0, 0, 1, 1, 2, 2, 2, 3)) for _ in range(random.randint(1, 3))]
    if random.random() < 0.15:
        ranks = [0] * len(ranks)
    declarations, inputs, exact = [], [], {}
    for name, rank in zip(
        random.sample(("x", "y", "a", "theta", "W", "X_1"), len(ranks)), ranks, strict=True
    ):
        shape: Shape = tuple(random.sample(dims, rank))
        concrete = tuple(lengths.get(dim, dim) if isinstance(dim, str) else dim for dim in shape)
        count = int(np.prod(concrete))
        if count > min(24, len(pool)):
            shape, concrete, count = (), (), 1
        positive = random.random() < 0.3
        entries = [pool.pop() * (1 if positive or random.random() < 0.6 else -1) for _ in range(count)]
        words = " positive" if positive and random.random() < 0.5 else ""
        if shape or words:
            dims_text = ", ".join(map(str, shape))
            declarations.append(f"{name} : [{dims_text}]{words}")
        else:
            declarations.append(f"{name} : []")
        array = np.array([float(e) for e in entries]).reshape(concrete)
        exact[name] = _nested(np.array([str(e) for e in entries], dtype=object).reshape(concrete))
        inputs.append(Expr(name, ATOM, shape, array))
    return declarations, inputs, exact


def _nested(array: Any) -> str:
    if np.ndim(array) == 0:
        return str(array)
    return "[" + ", ".join(map(_nested, array)) + "]"
