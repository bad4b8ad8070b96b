"""Programs over the whole op table: each operation in its turn, among others drawn at random."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from random import Random

import numpy as np

from chainrule.ops import TABLE
from chainrule.ops.table import Pointwise, Structured
from chainrule.shapes import ShapeClash
from tests.generated import laws
from tests.generated.fitting import Inputs, as_sampled, built, new
from tests.generated.growing import (
    ATOM,
    ELEMENTWISE,
    FOLDING,
    Expr,
    Grower,
    Misfit,
    fold_of,
    function_of,
    where,
)
from tests.generated.layering import LAYERING
from tests.generated.moving import MOVING, Growth
from tests.generated.programs import NAMES, Program, dimensions, first_inputs, statement_depth
from tests.generated.turning import TURNING

UNSPELLED = ("place",)
"""What no program can call: it is what gradients of indexing are made of."""

_MOST, _LONGEST, _ATTEMPTS = 6, 320, 100
_LAST_OF_NUMBERS = ("{}", "{}**2", "sin({})")
_LAST = ("mean({})", "sum({})", "{}.sum()", "norm({})**2", "mean({}**2)", "sum(sin({}))")


def growth(name: str) -> Growth:
    """What grows a use of an operation."""
    op = TABLE[name]
    if name in _APART:
        return _APART[name]
    if name in MOVING or name in LAYERING:
        return {**MOVING, **LAYERING}[name]
    if isinstance(op, Pointwise):
        return partial(function_of, op)
    if isinstance(op, Structured) and op.name in laws.FOLDS:
        return partial(fold_of, op)
    return partial(as_sampled, op)


def _power(self: Grower, depth: int) -> Expr:
    base = self.grow(depth)
    exponent = self.partner(base, min(depth, 1))
    return built(self, f"{self.random.choice(('pow', 'power'))}({{0}}**2 + 1/2, {{1}})", base, exponent)


def _polygamma(self: Grower, depth: int) -> Expr:
    return built(self, f"polygamma({self.random.choice('0123')}, {{0}}**2 + 1/2)", self.grow(depth))


def _two_numbers(name: str) -> Growth:
    def grow(self: Grower, depth: int) -> Expr:
        first = self.grow(depth)
        return built(self, f"{name}({{0}}, {{1}})", first, self.partner(first, min(depth, 1)))

    return grow


_APART: dict[str, Growth] = {
    # Four axes are more than a random program has room for.
    "conv3d": lambda self, depth: built(self, "sum({0}, axis=-1)", as_sampled(TABLE["conv3d"], self, depth)),
    "pow": _power,
    "polygamma": _polygamma,
    "where": where,
    "copysign": _two_numbers("copysign"),
    "heaviside": _two_numbers("heaviside"),
    "clip_min": lambda self, depth: built(
        self, f"clip({{0}}, min={self.random.choice(('0', '1/2'))})", self.grow(depth)
    ),
    "clip_max": lambda self, depth: built(
        self, f"clip({{0}}, max={self.random.choice(('0', '1/2'))})", self.grow(depth)
    ),
}
OPERATIONS = tuple(name for name in TABLE if name not in UNSPELLED)


def _any_operation(self: Grower, depth: int) -> Expr:
    return growth(self.random.choice(OPERATIONS))(self, depth)


WAYS: tuple[Growth, ...] = (*(_any_operation,) * 24, *ELEMENTWISE, *FOLDING, *TURNING)


def whole_table_program(seed: int) -> Program:
    """The program of a seed, with the operation whose turn it is."""
    due = OPERATIONS[seed % len(OPERATIONS)]
    for attempt in range(_ATTEMPTS):
        try:
            found = _grown(Random(f"whole table {seed} {attempt}"), due)  # noqa: S311  no secret
        except Misfit:
            continue
        if len(found.text) <= _LONGEST:
            return found
    raise AssertionError(f"no program with {due} fits")


def _grown(random: Random, due: str) -> Program:
    dims, lengths = dimensions(random)
    inputs = Inputs(random)
    first_inputs(random, dims, lengths, inputs)
    grower = Grower(random, list(inputs.known), lengths, {}, {}, WAYS, fresh=inputs.fresh)
    statements: list[tuple[str, str]] = []
    names = random.sample(NAMES, random.randint(1, 4))
    turn = random.randrange(len(names))
    for k, name in enumerate(names):
        depth = statement_depth(random)
        found = _due(grower, due, depth - 1) if k == turn else grower.grow(depth)
        if not any(known.text in re.findall(r"\w+", found.text) for known in grower.names):
            found = grower.leaf()
        statements.append((name, found.text))
        last = Expr(name, ATOM, found.shape, found.value)
        read = set(re.findall(r"\w+", found.text))
        grower.names.append(last)
        grower.unused = [expr for expr in (*grower.unused, last) if expr.text not in read]
    made = {name for name, _ in statements}
    left = [expr for expr in grower.unused if expr.text in made]
    if len(left) > 1 or (last.shape and (np.size(last.value) > _MOST or random.random() < 0.7)):
        ends = [random.choice(_LAST if expr.shape else _LAST_OF_NUMBERS).format(expr.text) for expr in left]
        statements.append(("out", " + ".join(ends)))
    return _without_unused(
        Program(
            tuple(inputs.declarations),
            tuple(statements),
            dict(inputs.exact),
            {known.text: known.value for known in inputs.known},
            lengths,
        )
    )


def _without_unused(program: Program) -> Program:
    """The program without inputs that no statement reads, as long as their lengths are said elsewhere."""
    read = set(re.findall(r"\w+", " ".join(right for _, right in program.statements)))
    kept = [name for name in program.values if name in read]
    heads = {text.partition(" :")[0]: text for text in program.declarations}
    said = set(re.findall(r"\w+", " ".join(heads[name].partition(":")[2] for name in kept)))
    for name in program.values:
        letters = set(re.findall(r"\w+", heads[name].partition(":")[2]))
        if name not in kept and letters & read & set(program.lengths) - said:
            kept.append(name)
            said |= letters
    kept = [name for name in program.values if name in kept]
    return replace(
        program,
        declarations=tuple(heads[name] for name in kept),
        exact={name: program.exact[name] for name in kept},
        values={name: program.values[name] for name in kept},
    )


def _due(grower: Grower, name: str, depth: int) -> Expr:
    """A use of an operation; less deep, and in the end of new inputs, where that is refused."""
    grow = growth(name)
    for attempt in range(60):
        try:
            return grower.checked(grow(grower, max(0, depth - attempt // 6)))
        except (Misfit, ShapeClash):
            if attempt % 10 == 9:
                grower.names.append(_small(grower))
    raise Misfit


def _small(grower: Grower) -> Expr:
    try:
        return new(
            grower, tuple(grower.random.sample((2, 3, 4), grower.random.choice((0, 1, 2)))), positive=True
        )
    except Misfit:
        return grower.names[0]


def single_use(name: str, seed: int) -> Program:
    """A program that uses one operation once, of inputs."""
    for attempt in range(_ATTEMPTS):
        random = Random(f"single {name} {seed} {attempt}")  # noqa: S311  no secret
        dims, lengths = dimensions(random)
        inputs = Inputs(random)
        first_inputs(random, dims, lengths, inputs)
        grower = Grower(random, list(inputs.known), lengths, {}, {}, WAYS, fresh=inputs.fresh)
        try:
            found = _due(grower, name, 0)
        except Misfit:
            continue
        # A cotangent that is not 1 shows whether a pullback reads it.
        statements = (("used", found.text), ("out", "used**2 + used"))
        values = {known.text: known.value for known in inputs.known}
        return _without_unused(
            Program(tuple(inputs.declarations), statements, dict(inputs.exact), values, lengths)
        )
    raise AssertionError(f"no program with {name} fits")
