"""Moves against torch: values, gradients, second derivatives; and what is refused or read back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chainrule import derive
from chainrule.diagnostics import ChainRuleError
from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_program
from chainrule.notation.text import text
from chainrule.ops.moves import MOVES
from chainrule.source import Source
from tests.ops.moving import agrees
from tests.tools import need_module

CASES: dict[str, Callable[..., Any]] = {
    "x : [3, 4]; out = x.reshape(2, -1)": lambda t, x: x.reshape(2, -1),
    "x : [m, n]; out = reshape(x, (n, m))": lambda t, x: x.reshape(4, 3),
    "x : [m, n]; out = ravel(x)": lambda t, x: x.ravel(),
    "x : [2, m, n]; out = x.flatten(1)": lambda t, x: x.flatten(1),
    "x : [m, 1]; out = x.expand(-1, 5)": lambda t, x: x.expand(-1, 5),
    "x : [n]; t : [m, n]; out = x.expand_as(t)": lambda t, x, o: x.expand_as(o),
    "x : [m, 1, n]; out = squeeze(x, 1)": lambda t, x: x.squeeze(1),
    "x : [m, n]; out = x.unsqueeze(-1)": lambda t, x: x.unsqueeze(-1),
    "x : [2, m, n]; out = swapaxes(x, 0, 2)": lambda t, x: x.swapaxes(0, 2),
    "x : [2, m, n]; out = x.transpose(0, 1)": lambda t, x: x.transpose(0, 1),
    "x : [2, m, n]; out = x.permute(2, 0, 1)": lambda t, x: x.permute(2, 0, 1),
    "x : [2, m, n]; out = movedim(x, 0, -1)": lambda t, x: x.movedim(0, -1),
    "a : [m]; b : [n]; out = cat([a, b])": lambda t, a, b: t.cat([a, b]),
    "a : [2, m]; b : [2, n]; out = concatenate([a, b, a], axis=1)": lambda t, a, b: t.cat([a, b, a], 1),
    "a : [m, n]; b : [m, n]; out = stack([a, b], dim=1)": lambda t, a, b: t.stack([a, b], 1),
    "a : [m]; b : [n]; out = hstack([a, b])": lambda t, a, b: t.hstack([a, b]),
    "a : [n]; b : [n]; out = vstack([a, b])": lambda t, a, b: t.vstack([a, b]),
    "x : [6]; out = split(x, 3)[1]": lambda t, x: t.tensor_split(x, 3)[1],
    "x : [m, 7]; out = split(x, (2, 5), axis=1)[1]": lambda t, x: t.tensor_split(x, (2, 5), 1)[1],
    "x : [5]; out = chunk(x, 2)[1]": lambda t, x: t.chunk(x, 2)[1],
    "x : [n]; out = x[1:] - x[:-1]": lambda t, x: x[1:] - x[:-1],
    "x : [m, n]; out = x[::2, 1:-1]": lambda t, x: x[::2, 1:-1],
    "x : [n]; out = x[1::3] + x[-1]": lambda t, x: x[1::3] + x[-1],
    "x : [n]; out = x[-3::-2]": lambda t, x: x.flip(0)[2::2],
    "x : [n]; out = cat([x[2:], x[:-1]])": lambda t, x: t.cat([x[2:], x[:-1]]),
    "x : [m, n]; out = x[[0, 2, 2]]": lambda t, x: x[[0, 2, 2]],
    "x : [3, 4]; out = x[1:, [True, False, True, True]]": lambda t, x: x[1:, [True, False, True, True]],
    "x : [m, n]; out = index_select(x, 1, [0, 3, 3])": lambda t, x: x.index_select(1, t.tensor([0, 3, 3])),
    "x : [m, n]; out = take(x, [0, 5, 5])": lambda t, x: x.take(t.tensor([0, 5, 5])),
    "x : [m, n]; out = flip(x, 0)": lambda t, x: x.flip(0),
    "x : [m, n]; out = fliplr(x)": lambda t, x: x.fliplr(),
    "x : [m, n]; out = flipud(x)": lambda t, x: x.flipud(),
    "x : [m, n]; out = roll(x, 1)": lambda t, x: x.roll(1),
    "x : [m, n]; out = x.roll((1, -2), dims=(0, 1))": lambda t, x: x.roll((1, -2), (0, 1)),
    "x : [m, n]; out = x.unfold(1, 2, 1)": lambda t, x: x.unfold(1, 2, 1),
    "x : [m, n]; out = unfold(x, dimension=0, size=2, step=1)": lambda t, x: x.unfold(0, 2, 1),
    "x : [m, n]; out = tile(x, (2, 3))": lambda t, x: x.tile(2, 3),
    "x : [m, n]; out = repeat_interleave(x, 2, dim=1)": lambda t, x: x.repeat_interleave(2, 1),
    "x : [m, n]; out = pad(x, ((1, 0), (0, 2)))": lambda t, x: t.nn.functional.pad(x, (0, 2, 1, 0)),
    "x : [m, n]; out = pad(x, (1, 2, 0, 1), value=3)": lambda t, x: t.nn.functional.pad(
        x, (1, 2, 0, 1), value=3
    ),
    **{
        f"x : [1, m, n]; out = pad(x, (2, 1), ({theirs!r}))".replace("(2, 1)", "((0, 0), (0, 0), (2, 1))"): (
            lambda t, x, mode=theirs: t.nn.functional.pad(x, (2, 1), mode)
        )
        for theirs in ("reflect", "replicate", "circular")
    },
    "x : [m, n]; out = tril(x, 1)": lambda t, x: x.tril(1),
    "x : [2, m, n]; out = x.triu()": lambda t, x: x.triu(),
    "x : [n]; out = diag(x)": lambda t, x: x.diag(),
    "x : [n]; out = diag(x, -2)": lambda t, x: x.diag(-2),
    "x : [3, 4]; out = diag(x, k=1)": lambda t, x: x.diag(1),
    "x : [n, n]; out = diag(x, 1)": lambda t, x: x.diag(1),
    "x : [3, 4]; out = trace(x, offset=1)": lambda t, x: x.diagonal(1).sum(),
    "x : [n, n, 2]; out = trace(x, -1)": lambda t, x: x.diagonal(-1).sum(-1),
    "x : [2, n, n]; out = diagonal(x, 1, -2, -1)": lambda t, x: x.diagonal(1, -2, -1),
    "x : [2, 3, 4]; out = x.diagonal(dim1=2, dim2=0)": lambda t, x: x.diagonal(0, 2, 0),
    "x : [n]; b : [n]; out = add(x, b, alpha=2)": lambda t, x, b: x.add(b, alpha=2),
    "x : [n]; b : [n]; out = x.sub(b).mul(3).neg()": lambda t, x, b: x.sub(b).mul(3).neg(),
    "x : [n]; b : [n]; out = divide(multiply(x, b), 4)": lambda t, x, b: x * b / 4,
    "x : [m, n]; out = x.sort(dim=0).values": lambda t, x: x.sort(0).values,
    "x : [n, n]; out = x.diag()": lambda t, x: x.diag(),
    "a : [m, 2]; b : [2, n]; out = kron(a, b)": lambda t, a, b: t.kron(a, b),
    "a : [2, m, n]; b : [m, n, 5]; out = tensordot(a, b)": lambda t, a, b: t.tensordot(a, b, 2),
    "a : [m, n]; b : [2, m]; out = tensordot(a, b, axes=((0,), (1,)))": (
        lambda t, a, b: t.tensordot(a, b, ((0,), (1,)))
    ),
    "a : [n]; b : [n]; out = vdot(a, b)": lambda t, a, b: t.vdot(a, b),
    "a : [m, n]; b : [m, n]; out = vecdot(a, b)": lambda t, a, b: t.linalg.vecdot(a, b),
    "a : [n, 3]; b : [n, 3]; out = cross(a, b)": lambda t, a, b: t.linalg.cross(a, b),
    "a : [5, 2]; b : [5, m]; w : [n, 2, m]; out = bilinear(a, b, w)": (
        lambda t, a, b, w: t.nn.functional.bilinear(a, b, w)
    ),
    "c : [m, n]; a : [m, 2]; b : [2, n]; out = addmm(c, a, b, beta=2, alpha=3)": (
        lambda t, c, a, b: t.addmm(c, a, b, beta=2, alpha=3)
    ),
    "c : [m, n]; a : [2, m, 5]; b : [2, 5, n]; out = addbmm(c, a, b)": lambda t, c, a, b: t.addbmm(c, a, b),
    "c : [m, n]; a : [m]; b : [n]; out = addr(c, a, b)": lambda t, c, a, b: t.addr(c, a, b),
}

SAMPLES = [sample for op in MOVES for sample in op.samples]

UNSUPPORTED = (
    "x : [3]; out = pad(x, 1, mode='mean')",
    "x : [2, 3]; out = x[[0, 1], [1, 2]]",
    "x : [m, n]; out = diag(x)",
    "x : [3]; out = mode(x)",
    "x : [3]; out = argmax(x)",
    "x : [3]; out = x.any()",
    "x : [3]; out = count_nonzero(x)",
    "x : [3]; out = x.detach()",
    "x : [3, 3]; out = matrix_rank(x)",
    "x : [3]; out = aminmax(x)",
    "x : [3]; out = floor_divide(x, 2)",
    "x : [3, 3]; b : [3]; out = solve_triangular(x, b)",
    "x : [3]; out = nansum(x)",
    "x : [2, 3]; out = gather(x, 0, x)",
)


@pytest.mark.parametrize("program", CASES)
def test_moves_are_torchs(program: str) -> None:
    torch = need_module("torch")
    agrees(program, lambda *inputs: CASES[program](torch, *inputs), torch)


@pytest.mark.parametrize("program", SAMPLES)
def test_samples_are_verified_and_read_back(program: str) -> None:
    found = derive(program)
    checks = [part.check for part in (*found.data.gradients, *found.data.factors)]
    assert all(check is not None and check.ok is True for check in checks)
    heads = [f"{part.name} : [{', '.join(map(str, part.shape))}]" for part in found.data.inputs]
    lines = [f"{part.name} = {text(part.term)}" for part in found.data.statements]
    forms = [text(g.closed_form) for g in found.data.gradients if g.closed_form is not None]
    again = "; ".join([*heads, *lines, *(f"form_{k} = {form}" for k, form in enumerate(forms))])
    pipeline = elaborate(parse_program(Source(again, "again")))
    written = {part.name: pipeline.graph.shape(part.node) for part in pipeline.statements}
    for k, gradient in enumerate(g for g in found.data.gradients if g.closed_form is not None):
        assert written[f"form_{k}"] == gradient.shape


@pytest.mark.parametrize("program", UNSUPPORTED)
def test_what_is_not_there_is_said(program: str) -> None:
    with pytest.raises(ChainRuleError) as caught:
        elaborate(parse_program(Source(program, "program")))
    diagnostic = caught.value.diagnostic
    assert diagnostic.code == "unsupported"
    assert diagnostic.labels
    assert diagnostic.notes
