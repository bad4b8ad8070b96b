"""Values, slopes and conventions at kinks against torch, where torch is installed."""

from __future__ import annotations

import math
from typing import Any

import pytest

from chainrule.ops import TABLE
from chainrule.ops.table import Kink, Pointwise
from tests.ops.points import Point, Undefined, claimed, close, grid, holds, inside, samples, value
from tests.tools import need_module

# Some of torch's constants have single precision only.
TOLERANCE = 1e-7

# What torch does not have.
ABSENT = {
    "acot",
    "acsc",
    "asec",
    "acoth",
    "acsch",
    "asech",
    "cbrt",
    "cot",
    "coth",
    "csc",
    "csch",
    "gamma",
    "sec",
    "sech",
}
# Here torch has no derivative, or not in all arguments.
NO_SLOPE = {"heaviside"}
# Options that torch takes as plain numbers.
_PLAIN = {
    "softplus": 1,
    "leaky_relu": 1,
    "elu": 1,
    "celu": 1,
    "hardtanh": 1,
    "softshrink": 1,
    "hardshrink": 1,
}

POINTWISE = [op for op in TABLE.values() if isinstance(op, Pointwise) and op.name not in ABSENT]
KINKED = [(op, kink) for op in POINTWISE for kink in op.kinks]


def function(torch: Any, op: Pointwise) -> Any:
    """torch's function of this name."""
    special = {
        "gelu_tanh": lambda x: torch.nn.functional.gelu(x, approximate="tanh"),
        "polygamma": lambda n, x: torch.polygamma(int(n), x),
        "where": lambda c, a, b: torch.where(torch.tensor(c), a, b),
        "log_sigmoid": torch.nn.functional.logsigmoid,
    }
    if op.name in special:
        return special[op.name]
    for place in (torch, torch.special, torch.nn.functional):
        for name in (op.name, *op.aliases):
            if callable(getattr(place, name, None)):
                return getattr(place, name)
    raise LookupError(op.name)


def run(torch: Any, op: Pointwise, point: Point) -> tuple[float, list[float | None]]:
    """The value and the slope in every argument that torch differentiates."""
    plain = _PLAIN.get(op.name, len(point))
    arguments: list[Any] = []
    for k, (entry, text) in enumerate(zip(point, op.derivatives, strict=True)):
        if k >= plain or text is None:
            arguments.append(entry if isinstance(entry, bool) else float(entry))
        else:
            arguments.append(torch.tensor(float(entry), dtype=torch.float64, requires_grad=True))
    out = function(torch, op)(*arguments)
    moving = [x for x in arguments if torch.is_tensor(x)]
    if op.name in NO_SLOPE:
        return out.item(), [None] * len(point)
    found = iter(torch.autograd.grad(out, moving, allow_unused=True, materialize_grads=True))
    return out.item(), [next(found).item() if torch.is_tensor(x) else None for x in arguments]


@pytest.mark.parametrize("op", POINTWISE, ids=lambda op: op.name)
def test_values_and_slopes(op: Pointwise) -> None:
    torch = need_module("torch")
    for point in samples(op):
        found, slopes = run(torch, op, point)
        assert close(value(op, point), found, TOLERANCE), (op.name, point)
        for text, slope in zip(op.derivatives, slopes, strict=True):
            if text is not None and slope is not None:
                assert close(claimed(op, text, point), slope, TOLERANCE), (op.name, text, point)


@pytest.mark.parametrize(
    ("op", "kink"), KINKED, ids=[f"{op.name}: {k.at} by {k.operand}" for op, k in KINKED]
)
def test_conventions_at_kinks(op: Pointwise, kink: Kink) -> None:
    torch = need_module("torch")
    met = 0
    for point in grid(op):
        if not (_binary(point) and inside(op, point, 1e-9) and holds(op, kink.at, point, otherwise=False)):
            continue
        met += 1
        slope = run(torch, op, point)[1][kink.operand]
        if slope is None:
            continue
        if kink.torch == "undefined":
            assert math.isnan(slope), (op.name, point)
        else:
            assert close(claimed(op, kink.torch, point), slope, TOLERANCE), (op.name, kink.at, point, slope)
    assert met


def _binary(point: Point) -> bool:
    """Whether a point stays itself in floats, so that a kink is met exactly."""
    return all(isinstance(x, bool) or float(x) == x for x in point)


@pytest.mark.parametrize("op", [op for op in POINTWISE if op.jumps is not None], ids=lambda op: op.name)
def test_conventions_at_jumps(op: Pointwise) -> None:
    """A step has slope 0 at its jump too, and a sawtooth the slope of its teeth."""
    torch = need_module("torch")
    for point in grid(op):
        if not (_binary(point) and inside(op, point, 1e-9) and holds(op, op.jumps, point, otherwise=False)):
            continue
        for text, slope in zip(op.derivatives, run(torch, op, point)[1], strict=True):
            if text is None or slope is None:
                continue
            try:
                claim = claimed(op, text, point)
            except Undefined:
                continue
            assert close(claim, slope, TOLERANCE), (op.name, point, claim, slope)
