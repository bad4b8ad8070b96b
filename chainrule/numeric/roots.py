"""Where equations lead: a root follows its equation when other values move, by Newton's method.

The slopes that Newton's method needs are difference quotients: no derivative rule is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from chainrule.graph import Graph
from chainrule.numeric.arithmetic import AbstractFunction
from chainrule.numeric.entries import DOMAIN, Undefined
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.tensors import Tensor

_MOST_STEPS = 60


def followed(
    graph: Graph,
    roots: Sequence[int],
    point: Mapping[int, Tensor],
    moved: Mapping[int, Tensor],
    lengths: Mapping[str, int],
    arithmetic: Any,
    functions: Mapping[str, AbstractFunction] | None = None,
) -> dict[int, Tensor]:
    """``moved`` with each root where its residual has the value that it has at ``point``.

    Any point lies on a curve F = c, and dy/dx is the same formula on all of them. Where Newton's method does
    not settle, the root is undefined.
    """
    out = dict(moved)

    def residual(root: int, values: Mapping[int, Tensor]) -> list[Any]:
        node = graph.residuals[root]
        return list(evaluate(graph, [node], values, lengths, arithmetic, functions)[node].entries)

    for root in sorted(roots):
        level = residual(root, point)
        start = [arithmetic.loaded(entry) for entry in point[root].entries]
        shape = point[root].shape

        def excess(
            y: Sequence[Any], root: int = root, level: list[Any] = level, shape: Any = shape
        ) -> list[Any]:
            found = residual(root, {**out, root: Tensor(list(y), shape)})
            return [a + b * arithmetic.number(-1) for a, b in zip(found, level, strict=True)]

        solved = _newton(excess, start, arithmetic)
        out[root] = Tensor(solved if solved is not None else [DOMAIN] * len(start), shape)
    return out


def _newton(function: Any, start: list[Any], arithmetic: Any) -> list[Any] | None:
    """A zero of ``function`` near ``start``; None where there is none in sight."""
    # Half of the digits: then a difference quotient is right to the other half.
    digits = -arithmetic.context.mag(arithmetic.rounding)
    step = arithmetic.number(Fraction(1, 2 ** (digits // 2)))
    small = arithmetic.number(Fraction(1, 2 ** (digits - 16)))
    y = list(start)
    for _ in range(_MOST_STEPS):
        here = function(y)
        if any(isinstance(entry, Undefined) for entry in here):
            return None
        columns = []
        for place in range(len(y)):
            near = function([entry + step if k == place else entry for k, entry in enumerate(y)])
            if any(isinstance(entry, Undefined) for entry in near):
                return None
            columns.append([(a - b) / step for a, b in zip(near, here, strict=True)])
        context = arithmetic.context
        matrix = context.matrix([[column[row] for column in columns] for row in range(len(here))])
        try:
            change = context.lu_solve(matrix, context.matrix(here))
        except ZeroDivisionError:
            return None
        y = [entry - change[k] for k, entry in enumerate(y)]
        if all(abs(change[k]) <= small * (1 + abs(y[k])) for k in range(len(y))):
            return y
    return None
