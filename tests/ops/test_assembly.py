"""Positions one by one, blocks, powers and differences against torch; samples are verified and read back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chainrule.diagnostics import ChainRuleError
from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_program
from chainrule.ops.assembly import ASSEMBLY
from chainrule.ops.composed import COMPOSED
from chainrule.source import Source
from tests.ops.layer_checks import proved, reads_back
from tests.ops.moving import agrees
from tests.tools import need_module

CASES: dict[str, Callable[..., Any]] = {
    "x : [m, n]; out = gather(x, 1, [[0, 2, 2], [1, 0, 3]])".replace("m, n", "2, 4"): (
        lambda t, x: x.gather(1, t.tensor([[0, 2, 2], [1, 0, 3]]))
    ),
    "x : [3, 2, 4]; out = x.gather(0, [[[2, 0, 1]], [[0, 0, 2]]])": (
        lambda t, x: x.gather(0, t.tensor([[[2, 0, 1]], [[0, 0, 2]]]))
    ),
    "x : [2, 4]; out = take_along_dim(x, [[3], [0]], dim=1)": (
        lambda t, x: x.take_along_dim(t.tensor([[3], [0]]), 1)
    ),
    "x : [2, 4]; out = take_along_axis(x, [[3], [0]], 1)": (
        lambda t, x: x.take_along_dim(t.tensor([[3], [0]]), 1)
    ),
    "x : [2, 4]; s : [2, 2]; out = x.scatter_add(1, [[0, 0], [3, 1]], s)": (
        lambda t, x, s: x.scatter_add(1, t.tensor([[0, 0], [3, 1]]), s)
    ),
    "x : [4, 2]; s : [1, 2]; out = scatter(x, 0, [[3, 1]], s)": (
        lambda t, x, s: x.scatter(0, t.tensor([[3, 1]]), s)
    ),
    "x : [4]; out = scatter(x, 0, [3, 1], value=5)": lambda t, x: x.scatter(0, t.tensor([3, 1]), 5),
    "x : [m, n]; s : [m, 3]; out = index_add(x, 1, [0, 2, 2], s, alpha=2)": (
        lambda t, x, s: x.index_add(1, t.tensor([0, 2, 2]), s, alpha=2)
    ),
    "x : [m, n]; s : [2, n]; out = x.index_copy(0, [2, 0], s)": (
        lambda t, x, s: x.index_copy(0, t.tensor([2, 0]), s)
    ),
    "x : [m, n]; out = index_fill(x, 1, [0, 2], 5)": lambda t, x: x.index_fill(1, t.tensor([0, 2]), 5),
    "x : [m, n]; out = x.masked_fill(x > 0, -3)": lambda t, x: x.masked_fill(x > 0, -3),
    "a : [n]; B : [n, 2]; out = column_stack([a, B])": lambda t, a, b: t.column_stack([a, b]),
    "a : [n]; b : [n]; out = dstack([a, b])": lambda t, a, b: t.dstack([a, b]),
    "a : [m, n]; b : [m, n]; out = dstack([a, b])": lambda t, a, b: t.dstack([a, b]),
    "a : [m, 2]; b : [3, n]; out = block_diag(a, b, a)": lambda t, a, b: t.block_diag(a, b, a),
    "x : [m, n]; out = unbind(x, 1)[2]": lambda t, x: x.unbind(1)[2],
    "x : [m, n]; out = rot90(x)": lambda t, x: x.rot90(),
    "x : [m, 2, n]; out = rot90(x, 3, (1, 2))": lambda t, x: x.rot90(3, (1, 2)),
    "x : [m, n]; out = rot90(x, 2)": lambda t, x: x.rot90(2),
    "x : [n]; out = vander(x, 4)": lambda t, x: t.stack([x**k for k in (3, 2, 1, 0)], 1),
    "x : [n]; out = vander(x, N=3, increasing=True)": lambda t, x: t.stack([x**k for k in range(3)], 1),
    "x : [m, n]; out = diff(x, dim=0)": lambda t, x: x.diff(dim=0),
    "x : [5]; out = diff(x, 2)": lambda t, x: x.diff(2),
    "v : [m, n]; x : [n]; out = trapezoid(v, x)": lambda t, y, x: t.trapezoid(y, x),
    "v : [n]; out = trapz(v, dx=1/2)": lambda t, y: t.trapezoid(y, dx=0.5),
    "a : [m, 2]; b : [2, 3]; c : [3, n]; out = multi_dot([a, b, c])": (
        lambda t, a, b, c: t.linalg.multi_dot([a, b, c])
    ),
    "x : [m, n]; a : [n]; b : [m, n]; out = addcmul(x, a, b, value=3)": (
        lambda t, x, a, b: x.addcmul(a, b, value=3)
    ),
    "x : [m, n]; a : [n]; b : [m, n]; out = addcdiv(x, a, b)": lambda t, x, a, b: x.addcdiv(a, b),
    "a : [n]; b : [n]; out = logaddexp2(a, b)": lambda t, a, b: t.logaddexp2(a, b),
    "x : [n]; out = ndtr(x)": lambda t, x: t.special.ndtr(x),
    "a : [m, n]; b : [m, n]; out = dist(a, b, 3)": lambda t, a, b: t.dist(a, b, 3),
    "x : [m, n]; out = cov(x)": lambda t, x: x.cov(),
    "x : [m, n]; out = corrcoef(x)": lambda t, x: x.corrcoef(),
    **{
        f"a : [6]; b : [{size}]; out = convolve(a, b, {mode!r})": (
            lambda t, a, b, pad=pad: t.nn.functional.conv1d(
                t.nn.functional.pad(a, pad)[None, None], b.flip(0)[None, None]
            )[0, 0]
        )
        for size, mode, pad in (
            (3, "full", (2, 2)),
            (3, "same", (1, 1)),
            (3, "valid", (0, 0)),
            (2, "same", (1, 0)),
        )
    },
    "a : [6]; b : [2]; out = correlate(a, b, 'same')": (
        lambda t, a, b: t.nn.functional.conv1d(t.nn.functional.pad(a, (1, 0))[None, None], b[None, None])[
            0, 0
        ]
    ),
    "a : [m, 2]; b : [2, n]; out = chain_matmul(a, b)": lambda t, a, b: a @ b,
}


@pytest.mark.parametrize("program", CASES)
def test_they_are_torchs(program: str) -> None:
    torch = need_module("torch")
    agrees(program, lambda *inputs: CASES[program](torch, *inputs), torch)


@pytest.mark.parametrize("program", [sample for op in (*ASSEMBLY, *COMPOSED) for sample in op.samples])
def test_samples_are_verified_and_read_back(program: str) -> None:
    proved(program)
    reads_back(program)


@pytest.mark.parametrize(
    "program",
    [
        "x : [2, 3]; i : [2, 3]; out = gather(x, 0, i)",
        "x : [m, n]; out = gather(x, 0, [[0, 1]])",
    ],
)
def test_what_is_not_supported_says_so(program: str) -> None:
    with pytest.raises(ChainRuleError) as caught:
        elaborate(parse_program(Source(program, "program")))
    assert caught.value.diagnostic.code == "unsupported"
    assert caught.value.diagnostic.notes
