"""Points at which pointwise operations are looked at: the samples, and a grid that meets kinks and edges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from chainrule.ops.table import Pointwise
from tests.ops.formulas import PRECISE, Undefined, mp, real

Point = tuple[Any, ...]

_FEW = ("-1", "0", "1/2", "1", "2")
_MORE = ("-3", "-2", "-1", "-1/2", "0", "1/2", "1", "2", "3", "6")
_MANY = (*_MORE, "-6", "-5/2", "-3/2", "3/2", "5/2", "-1001/1000", "-999/1000", "999/1000", "1001/1000")


def samples(op: Pointwise) -> list[Point]:
    """The sample arguments, as numbers (and truth values, for a condition)."""
    return [tuple(PRECISE.formula(text) for text in sample) for sample in op.samples]


def grid(op: Pointwise) -> Iterator[Point]:
    """Points where anything may happen; options and what is never differentiated come from the samples."""
    few = len(_moves(op)) > 2
    spread = _FEW if few else _MORE if len(_moves(op)) == 2 else _MANY
    points = samples(op)
    for sample in dict.fromkeys(tuple(_still(op, point).items()) for point in points):
        still = dict(sample)
        numbers = {value for point in points for value in point if not (few or isinstance(value, bool))}
        numbers |= {-value for value in numbers} | {PRECISE.formula(text) for text in spread}
        axes = [[still[name]] if name in still else sorted(numbers) for name in op.signature.parameters]
        yield from product(*axes)


def _moves(op: Pointwise) -> frozenset[str]:
    pairs = zip(op.signature.parameters, op.derivatives, strict=True)
    return frozenset(name for name, text in pairs if text is not None and op.signature.default(name) is None)


def _still(op: Pointwise, point: Point) -> dict[str, Any]:
    moves = _moves(op)
    return {n: v for n, v in zip(op.signature.parameters, point, strict=True) if n not in moves}


def named(op: Pointwise, point: Point) -> Mapping[str, Any]:
    """The arguments under the names that formulas use."""
    return dict(zip(op.signature.parameters, point, strict=True))


def value(op: Pointwise, point: Point) -> Any:
    """The real value of an operation, by its law if it has one.

    Raises:
        Undefined: there is none.
    """
    return real(lambda: PRECISE.value(op, point))


def claimed(op: Pointwise, text: str, point: Point) -> Any:
    """The value of a formula about an operation, which may speak of its output ``y``.

    Raises:
        Undefined: there is none.
    """
    variables = {**named(op, point), "y": value(op, point)}
    return real(lambda: PRECISE.formula(text, variables))


def holds(op: Pointwise, condition: str | None, point: Point, otherwise: bool) -> bool:
    """Whether a condition on an operation's arguments is true; ``otherwise`` where there is no condition."""
    if condition is None:
        return otherwise
    variables = dict(named(op, point))
    if "y" in condition.replace("xlogy", ""):
        variables["y"] = value(op, point)
    return bool(PRECISE.formula(condition, variables))


def moved(point: Point, operand: int, by: Any) -> Point:
    """``point`` with one argument moved."""
    return (*point[:operand], point[operand] + by, *point[operand + 1 :])


def inside(op: Pointwise, point: Point, radius: Any) -> bool:
    """Whether the domain holds all around a point, as far as ``radius``."""
    if op.domain is None:
        return True
    steps = [(0,) if isinstance(x, bool) or text is None else (-radius, 0, radius)
             for x, text in zip(point, op.derivatives, strict=True)]  # fmt: skip
    return all(
        holds(
            op, op.domain, tuple(x + s if s else x for x, s in zip(point, step, strict=True)), otherwise=True
        )
        for step in product(*steps)
    )


def close(a: Any, b: Any, tolerance: float) -> bool:
    """Whether two numbers agree, relative to the larger one and to 1."""
    return bool(abs(a - b) <= tolerance * max(1, abs(a), abs(b)))


__all__ = [
    "Undefined",
    "claimed",
    "close",
    "grid",
    "holds",
    "inside",
    "moved",
    "mp",
    "named",
    "samples",
    "value",
]
