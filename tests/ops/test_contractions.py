"""Each contraction's patterns say what NumPy's function of that name computes, and the engine computes it."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_program
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.exact import Exact
from chainrule.numeric.tensors import Tensor
from chainrule.ops import TABLE
from chainrule.ops.table import Contraction
from chainrule.source import Source

CONTRACTIONS = [op for op in TABLE.values() if isinstance(op, Contraction)]
LENGTHS = {"i": 2, "j": 4, "k": 3, "...": 5}


def fitting(op: Contraction, ranks: tuple[int, ...]) -> str | None:
    """The pattern that is taken for operands of these ranks."""
    for pattern in op.patterns:
        operands = pattern.partition("->")[0].split(",")
        if len(operands) == len(ranks) and all(
            rank == len(letters) or ("..." in letters and rank >= len(letters) - 3)
            for letters, rank in zip(operands, ranks, strict=True)
        ):
            return pattern
    return None


def operands_of(pattern: str, ranks: tuple[int, ...]) -> list[Any]:
    """Arrays of whole numbers, of the ranks given and of lengths that differ from letter to letter."""
    draw = np.random.default_rng(sum(map(ord, pattern)))
    arrays = []
    for letters, rank in zip(pattern.partition("->")[0].split(","), ranks, strict=True):
        named = letters.replace("...", "")
        lead = [LENGTHS["..."]] * (rank - len(named))
        own = [LENGTHS[letter] for letter in named]
        before = letters.find("...")
        shape = [*own[:before], *lead, *own[before:]] if before >= 0 else own
        arrays.append(draw.integers(-4, 5, shape))
    return arrays


def cases() -> list[tuple[Contraction, str, tuple[int, ...]]]:
    """Each operation with every combination of ranks that a pattern of it fits."""
    found = []
    for op in CONTRACTIONS:
        for ranks in product((1, 2, 3), repeat=len(op.signature.parameters)):
            pattern = fitting(op, ranks)
            if pattern is not None:
                found.append((op, pattern, ranks))
    return found


CASES = cases()
NAMES = [f"{op.name}{list(ranks)}" for op, _, ranks in CASES]


def agrees_with_numpy(op: Contraction, pattern: str, ranks: tuple[int, ...]) -> None:
    arrays = operands_of(pattern, ranks)
    wanted = getattr(np, op.name)(*arrays)
    found = np.einsum(pattern, *arrays)
    assert np.shape(found) == np.shape(wanted), (op.name, pattern)
    assert np.array_equal(found, wanted), (op.name, pattern)


@pytest.mark.parametrize(("op", "pattern", "ranks"), CASES, ids=NAMES)
def test_the_pattern_is_numpys_function(op: Contraction, pattern: str, ranks: tuple[int, ...]) -> None:
    agrees_with_numpy(op, pattern, ranks)


@pytest.mark.parametrize(("op", "pattern", "ranks"), CASES, ids=NAMES)
def test_the_engine_takes_the_pattern(op: Contraction, pattern: str, ranks: tuple[int, ...]) -> None:
    arrays = operands_of(pattern, ranks)
    names = [f"u{k}" for k in range(len(arrays))]
    text = f"out = {op.name}({', '.join(names)})"
    shapes = {name: array.shape for name, array in zip(names, arrays, strict=True)}
    pipeline = elaborate(parse_program(Source(text, "program")), shapes)
    nodes = pipeline.nodes
    point = {
        nodes[name]: Tensor(array.ravel().tolist(), array.shape)
        for name, array in zip(names, arrays, strict=True)
    }
    found = evaluate(pipeline.graph, [nodes["out"]], point, {}, Exact())[nodes["out"]]
    wanted = np.einsum(pattern, *arrays)
    assert found.shape == wanted.shape
    assert [int(entry) for entry in found.entries] == wanted.ravel().tolist()


@pytest.mark.parametrize("op", CONTRACTIONS, ids=lambda op: op.name)
def test_ranks_of_one_and_two_have_a_pattern(op: Contraction) -> None:
    """Vectors and matrices go wherever NumPy takes them with one meaning."""
    missing = {"outer": {(1, 2), (2, 1), (2, 2)}, "trace": {(1,)}, "diagonal": {(1,)}}.get(op.name, set())
    for ranks in product((1, 2), repeat=len(op.signature.parameters)):
        assert (fitting(op, ranks) is None) == (ranks in missing), (op.name, ranks)
