"""A function of one number and its slope, drawn: unbroken lines of points in a window one can look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import isfinite, nan

from chainrule.language.elaborate import kernel
from chainrule.laws import LAWS
from chainrule.numeric.arithmetic import Context
from chainrule.numeric.closures import compiled
from chainrule.numeric.floats import Floats
from chainrule.ops.table import Pointwise
from chainrule.pages.data import Curve, Line, Point
from chainrule.terms import Apply, Partial, Symbol, slot, substitute

_WIDEST = 4.0
"""How far from 0 one looks."""
_HIGHEST = 4.0
_POINTS = 128
"""Even, and in the middles of equal parts, so that no point lies on a corner or a jump of the table."""
_JUMP = 0.04
_STEEPER = 6
"""A line is broken where it climbs more than a share of the window, and much more than beside there."""


def curves(op: Pointwise) -> tuple[Curve, ...]:
    """The function and its slope, of a function of one number with default options; none of others."""
    required = [name for name in op.signature.parameters if op.signature.default(name) is None]
    if len(required) != 1 or op.derivatives[0] is None:
        return ()
    f, slope = _functions(op)
    left, right = _range(f)
    places = [left + (right - left) * (k + 0.5) / _POINTS for k in range(_POINTS)]
    values = [f(x) for x in places]
    slopes = [slope(x, y) if isfinite(y) else nan for x, y in zip(places, values, strict=True)]
    variable = Symbol(required[0])
    derivative = Partial(Symbol("y"), (variable,), total=len(op.signature.parameters) == 1)
    return (
        _curve(Symbol("y"), values, places, (left, right)),
        _curve(derivative, slopes, places, (left, right)),
    )


def _functions(op: Pointwise) -> tuple[Callable[[float], float], Callable[[float, float], float]]:
    """The function, and its claimed derivative as a function of the argument and the value, in floats."""
    names = op.signature.parameters
    options = tuple(kernel(op.signature.default(name) or "0", ()) for name in names[1:])
    claim = kernel(op.derivatives[0] or "0", (*names, "y"))
    arguments = (slot(0), *options, slot(1))
    terms = (
        Apply(op.name, arguments[:-1]),
        substitute(claim, {slot(k): part for k, part in enumerate(arguments)}),
    )
    floats = Floats(LAWS)
    value, climb = (compiled(term, floats, Context()) for term in terms)
    return lambda x: float(value((x,), ())), lambda x, y: float(climb((x, y), ()))


def _range(f: Callable[[float], float]) -> Point:
    """Where the function has values, within reach, in halves."""
    places = [k / 16 for k in range(int(-16 * _WIDEST), int(16 * _WIDEST) + 1)]
    known = [x for x in places if isfinite(f(x))]
    left, right = (known[0], known[-1]) if known else (-_WIDEST, _WIDEST)
    return _outward(left, -1), _outward(right, 1)


def _outward(x: float, sign: int) -> float:
    """The next half further out, for an edge that the domain only comes near to."""
    steps = -int(-abs(2 * x) // 1) if x * sign > 0 else int(abs(2 * x))
    return (steps if x > 0 else -steps) / 2


def _curve(label: Symbol | Partial, values: Sequence[float], places: Sequence[float], ends: Point) -> Curve:
    low, high = _window([value for value in values if isfinite(value)])
    lines: list[Line] = []
    line: list[Point] = []
    for k, (x, value) in enumerate(zip(places, values, strict=True)):
        inside = isfinite(value) and low <= value <= high
        if line and (not inside or _jumps(values, k, high - low)):
            lines.append(tuple(line))
            line = []
        if inside:
            line.append((x, value))
    if line:
        lines.append(tuple(line))
    return Curve(label, tuple(lines), *ends, low, high)


def _jumps(values: Sequence[float], k: int, height: float) -> bool:
    """Whether a function jumps between the points k - 1 and k."""
    climbs = [abs(b - a) for a, b in pairwise(values[max(0, k - 2) : k + 2])]
    here = abs(values[k] - values[k - 1])
    beside = [climb for climb in climbs if climb != here]
    return here > _JUMP * height and here > _STEEPER * max(beside, default=0.0)


def _window(values: Sequence[float]) -> Point:
    """From the lowest to the highest value, cut where few values are far away; never without height."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    sizes = sorted(map(abs, values)) or [0.0]
    if sizes[-1] > _HIGHEST:
        # Where a third of the values is near, the rest is left out; of others what is far beyond most.
        near = sizes[len(sizes) // 3] <= _HIGHEST
        most = _HIGHEST if near else 3 * sizes[len(sizes) * 9 // 10]
        low, high = max(low, -most), min(high, most)
    low, high = min(low, 0.0), max(high, 0.0)
    return (low - 1, high + 1) if low == high else (low, high)
