"""The judge of Taylor polynomials: what they leave out must vanish faster than their last term.

Along a random direction v, (f(a + hv) - T(a + hv))/h^K goes to 0 with h; a wrong coefficient would stay.
Both are evaluated with many digits, f by its program alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import prod
from random import Random
from typing import Any

from chainrule.derivation.data import Check
from chainrule.derivation.study import Study
from chainrule.laws import LAWS
from chainrule.numeric.entries import Inexact, Undefined
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.roots import followed
from chainrule.numeric.tensors import Tensor

_STEP_DIGITS = 20
_TOLERANCE = 1e-6


def remainder(
    study: Study,
    order: int,
    raw: Mapping[tuple[str, ...], list[Any]],
    point: Mapping[int, Tensor],
    lengths: Mapping[str, int],
) -> Check:
    """(f(a + hv) − T(a + hv))/h^K on both sides of a, along a random direction, with many digits."""
    from chainrule.numeric.precise import Precise

    digits = digits_for(order)
    base = Precise(digits, LAWS)
    mp = base.context
    step = Fraction(1, 10**_STEP_DIGITS)
    random = Random(20240501)  # noqa: S311 - the same direction every time
    method = f"the remainder over h^{order}, at h = 1e-{_STEP_DIGITS} with {digits} digits"
    steps = {
        name: [Fraction(random.choice((-3, -2, -1, 1, 2, 3)), 2) for _ in point[study.nodes[name]].entries]
        for name in study.wrt
    }
    out = study.nodes[study.output]
    worst: Any = 0
    for sign in (1, -1):
        moved = dict(point)
        for name in study.wrt:
            here = point[study.nodes[name]]
            near = [
                base.loaded(a) + base.number(sign * step * v)
                for a, v in zip(here.entries, steps[name], strict=True)
            ]
            moved[study.nodes[name]] = Tensor(near, here.shape)
        try:
            roots = [part.node for part in study.pipeline.roots if part.name not in study.wrt]
            there = followed(study.pipeline.graph, roots, point, moved, lengths, base)
            found = evaluate(study.pipeline.graph, [out], there, lengths, base)[out]
        except (Inexact, OverflowError):
            return Check(None, method, None)
        if any(isinstance(entry, Undefined) for entry in found.entries):
            return Check(None, "the output is not defined on both sides of the point", None)
        for row, value in enumerate(found.entries):
            guess, scale = mp.mpf(0), mp.mpf(1)
            for wrt, coefficients in raw.items():
                part = _contracted(base, coefficients, row, [steps[name] for name in wrt])
                scale = max(scale, abs(part))
                guess += part * base.number((sign * step) ** len(wrt))
            worst = max(
                worst, abs(value - guess) * base.number(Fraction(10) ** (_STEP_DIGITS * order)) / scale
            )
    error = float(worst)
    return Check(error <= _TOLERANCE, method, error)


def _contracted(base: Any, coefficients: Sequence[Any], row: int, steps: Sequence[Sequence[Fraction]]) -> Any:
    """Σ coefficient · v · v · … over the axes of the names, for one entry of the output."""
    size = prod(map(len, steps))
    own = coefficients[row * size : (row + 1) * size]
    total = base.number(0)
    for c, along in zip(own, product(*steps), strict=True):
        total += _many_digits(base, c) * base.number(prod(along, start=Fraction(1)))
    return total


def _many_digits(base: Any, value: Any) -> Any:
    """A coefficient of any arithmetic in one of many digits."""
    if isinstance(value, (int, Fraction)):
        return base.number(value)
    if hasattr(value, "evalf"):
        return base.context.mpf(str(value.evalf(base.context.dps)))
    return base.context.mpf(value)


def digits_for(order: int) -> int:
    """How many digits the remainder of a polynomial of this order is looked at with."""
    return 30 + _STEP_DIGITS * (order + 1)
