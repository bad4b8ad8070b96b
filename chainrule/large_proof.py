"""Verification of large tensors, in NumPy's floats. Imported only where it is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.claim import Claim
from chainrule.graph import Graph, Node, Operation
from chainrule.numeric.arithmetic import Laws, order
from chainrule.numeric.arrays import Arrays
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.matrix_operations import NAMES
from chainrule.numeric.tensors import Tensor
from chainrule.shapes import bind

_STEP = 1e-5
_AGREEMENT = 3e-6


def difference(
    graph: Graph,
    claim: Claim,
    ranges: Sequence[tuple[float, float]],
    lengths: Mapping[str, int],
    assumptions: Mapping[int, frozenset[str]],
    functions: Mapping[str, Any],
    laws: Laws,
) -> float | None:
    """The relative difference between ⟨J, v⟩ and a difference quotient along v.

    None where everything is undefined, or floats are too coarse: two quotients must agree with each other.
    """
    random = np.random.default_rng(20240501)
    arithmetic = Arrays(laws)
    regular = any(_is_of_matrices(graph[n]) for n in order(graph, claim.wanted, claim.given))
    for low, high in ranges:
        point = {
            number: _sample(
                random, _shape(graph, number, lengths), low, high, assumptions.get(number, frozenset())
            )
            + (_identity(_shape(graph, number, lengths)) if regular else 0.0)
            for number in claim.given
        }
        steps = {
            number: random.choice([-2.0, -1.0, 1.0, 2.0], point[number].shape)
            if claim.tangent is None
            else point[along]
            for number, along in claim.parts
        }
        for number in claim.symmetric:
            steps[number] = (steps[number] + steps[number].T) / 2

        def at(wanted: Sequence[int], shift: float) -> dict[int, Any]:
            values = {n: x + shift * steps[n] if n in steps else x for n, x in point.items()}  # noqa: B023
            flat: dict[int, Any] = {n: np.ravel(x) for n, x in values.items()}
            tensors = {n: Tensor(flat[n], x.shape) for n, x in values.items()}
            return evaluate(graph, wanted, tensors, lengths, arithmetic, functions)

        def quotient(step: float) -> Any:
            right, left = (at([claim.of], shift)[claim.of] for shift in (step, -step))
            return (np.asarray(right) - np.asarray(left)) / (2 * step)

        slope = quotient(_STEP)
        if regular and not np.allclose(slope, quotient(_STEP / 2), rtol=_AGREEMENT, atol=_AGREEMENT):
            continue
        found = at(claim.wanted, 0.0)
        total: Any = 0.0 if claim.tangent is None else np.asarray(found[claim.tangent])
        for number, jacobian in claim.parts if claim.tangent is None else ():
            step = steps[number]
            total = total + np.tensordot(np.asarray(found[jacobian]), step, axes=step.ndim)
        if claim.cotangent is not None:
            slope = np.sum(slope * point[claim.cotangent])
        gap = np.max(np.abs(slope - total))
        if np.isfinite(gap):
            return float(gap / max(1.0, float(np.max(np.abs(slope)))))
    return None


def _is_of_matrices(node: Node) -> bool:
    return isinstance(node, Operation) and node.op in NAMES


def _identity(shape: tuple[int, ...]) -> Any:
    """What makes a random square matrix one that is far from singular; 0 for other shapes."""
    return np.eye(shape[-1]) if len(shape) > 1 and shape[-1] == shape[-2] else 0.0


def _shape(graph: Graph, number: int, lengths: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(int(dim) for dim in bind(graph.shape(number), lengths))


def _sample(
    random: np.random.Generator, shape: tuple[int, ...], low: float, high: float, words: frozenset[str]
) -> Any:
    """Random entries that keep the assumptions made about an input."""
    if words & {"positive", "nonnegative", "probability"}:
        low, high = max(low, 0.1), max(high, 1.0)
    values = random.uniform(low, high, shape)
    if "onehot" in words:
        values = np.eye(shape[-1])[random.integers(0, shape[-1], shape[:-1])]
    elif "probability" in words:
        values = values / values.sum(axis=-1, keepdims=True)
    return (values + values.T) / 2 if "symmetric" in words else values
