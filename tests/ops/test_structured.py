"""Every claim of the op table about folds and moves, and the same pullbacks as the language reads them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from chainrule.calculus.reverse import reverse
from chainrule.graph import Input
from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_program
from chainrule.laws import LAWS
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.precise import Precise
from chainrule.numeric.tensors import Tensor
from chainrule.ops import TABLE
from chainrule.ops.table import Structured
from chainrule.source import Source
from tests.ops.arrays import called, random_array
from tests.ops.formulas import DIGITS, mp
from tests.ops.structured_checks import CHECKS, by_differences

# Operations with a pattern of axes (linear algebra) have tests of their own.
STRUCTURED = [op for op in TABLE.values() if isinstance(op, Structured) and "->" not in op.shape]
SAMPLES = [(op, program) for op in STRUCTURED for program in op.samples if op.pullbacks[0] is not None]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("op", STRUCTURED, ids=lambda op: op.name)
def test_claims_hold(op: Structured, check: Callable[[Structured], None]) -> None:
    check(op)


@pytest.mark.parametrize(("op", "program"), SAMPLES, ids=[program for _, program in SAMPLES])
def test_the_engine_pulls_back_what_differences_say(op: Structured, program: str) -> None:
    use = called(op, program)
    pipeline = elaborate(parse_program(Source(program, "sample")), values={"x": use.operand.shape})
    graph, nodes = pipeline.graph, pipeline.nodes
    shape = graph.shape(nodes["out"])
    seed = graph.add(Input("seed", (5, *shape)))
    adjoint = reverse(graph, nodes["out"], [nodes["x"]], seed=seed)[nodes["x"]]
    assert graph.shape(adjoint) == (5, *use.operand.shape)
    cotangents = random_array((5, *shape), 1)
    point = {nodes["x"]: _tensor(use.operand), seed: _tensor(cotangents)}
    found = evaluate(graph, [adjoint], point, {}, Precise(DIGITS, LAWS))[adjoint]
    kept = cotangents.reshape(5, *_kept_shape(op, use.operand.shape, use.words, shape))
    wanted = np.array([by_differences(op, use, cotangent) for cotangent in kept]).ravel()
    for a, b in zip(found.entries, wanted, strict=True):
        assert abs(mp.mpf(a) - b) < mp.mpf(10) ** -22


def _kept_shape(
    op: Structured, operand: tuple[int, ...], words: dict[str, object], shape: tuple[int, ...]
) -> tuple[int, ...]:
    """The output's shape as formulas have it: folded axes with length 1."""
    axes = words.get("axis", ())
    return (
        tuple(1 if k in axes else operand[k] for k in range(-len(operand), 0))
        if op.shape == "fold"
        else shape
    )


def _tensor(array: np.ndarray) -> Tensor:
    return Tensor(list(array.ravel()), array.shape)
