"""Sorting, running extremes and quantiles against torch; ties are shared evenly, and said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chainrule import derive
from chainrule.ops.order import ORDER
from tests.ops.moving import agrees
from tests.tools import need_module

CASES: dict[str, Callable[..., Any]] = {
    "x : [m, n]; out = sort(x)": lambda t, x: x.sort().values,
    "x : [m, n]; out = sort(x, dim=0, descending=True)": lambda t, x: x.sort(0, descending=True).values,
    "x : [m, n]; out = msort(x)": lambda t, x: x.msort(),
    "x : [m, n]; out = topk(x, 3)": lambda t, x: x.topk(3).values,
    "x : [m, n]; out = x.topk(2, dim=0, largest=False)": lambda t, x: x.topk(2, 0, largest=False).values,
    "x : [m, n]; out = kthvalue(x, 2, dim=0, keepdim=True)": lambda t, x: x.kthvalue(2, 0, True).values,
    "x : [2, 5]; out = quantile(x, 0.3)": lambda t, x: x.quantile(0.3),
    "x : [2, 5]; out = quantile(x, 3/10, axis=1, keepdims=True)": lambda t, x: x.quantile(
        0.3, 1, keepdim=True
    ),
    "x : [2, 5]; out = percentile(x, 25, axis=0)": lambda t, x: x.quantile(0.25, 0),
    "x : [m, n]; out = cummax(x, dim=1)": lambda t, x: x.cummax(1).values,
    "x : [m, n]; out = x.cummin(0)": lambda t, x: x.cummin(0).values,
}

SAMPLES = [sample for op in ORDER for sample in op.samples]


@pytest.mark.parametrize("program", CASES)
def test_orders_are_torchs(program: str) -> None:
    torch = need_module("torch")
    agrees(program, lambda *inputs: CASES[program](torch, *inputs), torch)


@pytest.mark.parametrize("program", SAMPLES)
def test_samples_are_verified(program: str) -> None:
    found = derive(program)
    checks = [part.check for part in (*found.data.gradients, *found.data.factors)]
    assert all(check is not None and check.ok is True for check in checks)


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        ("sort(x)", [2.5, 1.0, 2.5]),
        ("cummax(x)", [4.5, 0.0, 1.5]),
        ("cummin(-x)", [-4.5, 0.0, -1.5]),
        ("topk(x, 1)", [0.5, 0.0, 0.5]),
    ],
)
def test_equal_entries_share_evenly_and_this_is_said(call: str, wanted: list[float]) -> None:
    weights = "1" if "topk" in call else "w"
    program = f"x = [3, 1, 3]; w : [3] constant; y = {call}; out = sum({weights}*y)"
    found = derive(program, wrt=["x"], at="w = [1, 2, 3]")
    (part,) = found.data.gradients
    assert part.value is not None
    assert list(part.value.floats) == wanted
    assert any("even share" in trouble.sentence for trouble in found.data.troubles)
