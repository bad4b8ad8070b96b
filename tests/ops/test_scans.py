"""Scans, medians and norms of all orders against torch: values, gradients, second derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chainrule import derive
from chainrule.diagnostics import ChainRuleError
from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_program
from chainrule.ops.scans import SCANS
from chainrule.source import Source
from tests.ops.moving import agrees
from tests.tools import need_module

CASES: dict[str, Callable[..., Any]] = {
    "x : [m, n]; out = cumsum(x, axis=0)": lambda t, x: x.cumsum(0),
    "x : [m, n]; out = cumsum(x)": lambda t, x: x.reshape(-1).cumsum(0),
    "x : [m, n]; out = x.cumprod(dim=1)": lambda t, x: x.cumprod(1),
    "x : [m, n]; out = logcumsumexp(x, -1)": lambda t, x: x.logcumsumexp(-1),
    "x : [5]; out = median(x)": lambda t, x: x.median(),
    "x : [m, n]; out = median(x, axis=1)": lambda t, x: x.quantile(0.5, dim=1),
    "x : [n]; out = norm(x, 1)": lambda t, x: t.linalg.norm(x, 1),
    "x : [n]; out = norm(x, inf)": lambda t, x: t.linalg.norm(x, float("inf")),
    "x : [n]; out = norm(x, ord=-inf)": lambda t, x: t.linalg.norm(x, -float("inf")),
    "x : [n]; out = norm(x, 2)": lambda t, x: t.linalg.norm(x, 2),
    "x : [n]; out = x.norm(p=3)": lambda t, x: x.norm(3),
    "x : [m, n]; out = norm(x, 5/2, axis=1)": lambda t, x: t.linalg.norm(x, 2.5, 1),
    "x : [m, n]; out = norm(x, 1, axis=0, keepdims=True)": lambda t, x: t.linalg.norm(x, 1, 0, keepdim=True),
    'x : [m, n]; out = norm(x, "fro")': lambda t, x: t.linalg.norm(x, "fro"),
    "x : [m, n]; out = norm(x, 1)": lambda t, x: t.linalg.norm(x, 1),
    "x : [2, m, n]; out = norm(x, 'fro', axis=(0, 2))": lambda t, x: t.linalg.norm(x, "fro", (0, 2)),
    "x : [2, m, n]; out = norm(x, 1, axis=(2, 0), keepdims=True)": (
        lambda t, x: t.linalg.norm(x, 1, (2, 0), keepdim=True)
    ),
    "x : [2, m, n]; out = norm(x, -inf, axis=(-2, -1))": lambda t, x: t.linalg.norm(
        x, -float("inf"), (-2, -1)
    ),
    "x : [2, 4, 3]; out = norm(x, 'nuc', axis=(1, 2))": lambda t, x: t.linalg.norm(x, "nuc", (1, 2)),
    "x : [2, 4, 3]; out = matrix_norm(x, 2)": lambda t, x: t.linalg.matrix_norm(x, 2),
    "x : [2, m, n]; out = matrix_norm(x)": lambda t, x: t.linalg.matrix_norm(x),
    "x : [m, n]; out = vector_norm(x, 3)": lambda t, x: t.linalg.vector_norm(x, 3),
    "x : [m, n]; out = vector_norm(x, 1, axis=1)": lambda t, x: t.linalg.vector_norm(x, 1, 1),
    "x : [m, n]; out = x.norm(p=1)": lambda t, x: x.norm(p=1),
    "x : [m, n]; out = norm(x, p='fro', dim=1)": lambda t, x: x.norm(p="fro", dim=1),
    "x : [m, n]; out = norm(x, inf)": lambda t, x: t.linalg.norm(x, float("inf")),
}

SAMPLES = [sample for op in SCANS for sample in op.samples]


@pytest.mark.parametrize("program", CASES)
def test_scans_are_torchs(program: str) -> None:
    torch = need_module("torch")
    agrees(program, lambda *inputs: CASES[program](torch, *inputs), torch)


@pytest.mark.parametrize("program", SAMPLES)
def test_samples_are_verified(program: str) -> None:
    found = derive(program)
    checks = [part.check for part in (*found.data.gradients, *found.data.factors)]
    assert all(check is not None and check.ok is True for check in checks)


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("x : [3]; out = norm(x, 0)", "unsupported"),
        ("x : [2, 3]; out = norm(x, 3)", "arguments"),
        ('x : [3]; out = norm(x, "fro")', "arguments"),
        ('x : [3]; out = norm(x, "max")', "arguments"),
    ],
)
def test_orders_that_there_are_not(program: str, code: str) -> None:
    with pytest.raises(ChainRuleError) as caught:
        elaborate(parse_program(Source(program, "program")))
    assert caught.value.diagnostic.code == code
    assert caught.value.diagnostic.labels
