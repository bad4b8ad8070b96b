"""Programs of layers and losses beside torch: values and gradients in float64, and proofs of every sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from chainrule.calculus.reverse import reverse
from chainrule.derivation.data import Options
from chainrule.derivation.derive import derive
from chainrule.derivation.values import given_values
from chainrule.graph import Graph, Input
from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_program
from chainrule.laws import LAWS
from chainrule.notation.text import text
from chainrule.numeric.arrays import Arrays
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.tensors import Tensor
from chainrule.source import Source

TOLERANCE = 1e-10


def random_values(shapes: Mapping[str, tuple[int, ...]], seed: int) -> dict[str, np.ndarray]:
    """Numbers between 0.3 and 2; those of x, w, q and k have either sign."""
    draw = np.random.default_rng(seed)
    out = {}
    for name, shape in shapes.items():
        sizes = draw.uniform(0.3, 2, shape)
        out[name] = sizes * draw.choice((-1.0, 1.0), shape) if name in "xwqk" else sizes
    return out


def computed(call: str, values: Mapping[str, np.ndarray]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The value of ``call``, and its gradients against the cotangent that :func:`cotangent` gives."""
    shapes = {name: array.shape for name, array in values.items()}
    pipeline = elaborate(parse_program(Source(f"out = {call}", "call")), shapes)
    graph, nodes = pipeline.graph, pipeline.nodes
    out = nodes["out"]
    shape = tuple(int(dim) for dim in graph.shape(out))
    seed = _constant(graph, cotangent(shape))
    found = reverse(graph, out, [nodes[name] for name in values], seed=seed[0])
    point = {nodes[name]: _tensor(array) for name, array in values.items()}
    point[seed[0]] = seed[1]
    numbers = evaluate(graph, [out, *found.values()], point, {}, Arrays(LAWS))
    gradients = {
        name: np.reshape(numbers[found[nodes[name]]], shapes[name])
        if nodes[name] in found
        else np.zeros(shapes[name])
        for name in values
    }
    return np.reshape(numbers[out], shape), gradients


def _constant(graph: Graph, array: np.ndarray) -> tuple[int, Tensor]:
    return graph.add(Input("cotangent", array.shape)), _tensor(array)


def cotangent(shape: tuple[int, ...]) -> np.ndarray:
    """A cotangent of this shape without equal entries."""
    size = int(np.prod(shape))
    return (np.sin(np.arange(size) + 1.0) + 1.5).reshape(shape)


def _tensor(array: np.ndarray) -> Tensor:
    return Tensor(array.ravel().tolist(), array.shape)


def agrees(torch: Any, call: str, reference: Callable[..., Any], values: Mapping[str, np.ndarray]) -> None:
    """``call`` in chainrule's language and ``reference`` in torch have one value and the same gradients."""
    tensors = {name: torch.tensor(array, requires_grad=True) for name, array in values.items()}
    wanted = reference(**tensors)
    slopes = torch.autograd.grad(
        wanted,
        list(tensors.values()),
        torch.tensor(cotangent(tuple(wanted.shape))),
        allow_unused=True,
        materialize_grads=True,
    )
    found, gradients = computed(call, values)
    assert found.shape == tuple(wanted.shape), call
    assert np.allclose(found, wanted.detach().numpy(), rtol=TOLERANCE, atol=TOLERANCE), call
    for name, slope in zip(tensors, slopes, strict=True):
        assert np.allclose(gradients[name], slope.numpy(), rtol=TOLERANCE, atol=TOLERANCE), (call, name)


def proved(program: str, order: int = 1) -> None:
    """Every factor and gradient of a program passes its verification."""
    derivation = derive(Source(program, "sample"), Options(order=order))
    checks = [part.check for part in (*derivation.factors, *derivation.gradients)]
    assert checks
    assert all(check is not None and check.ok for check in checks), program


def scalar(program: str) -> str:
    """A program with a scalar made of its last output, so that second derivatives stay small."""
    return f"{program}; loss = sum(out**2)"


def reads_back(program: str) -> None:
    """The last statement, printed and read under the same declarations, is the same node."""
    *before, last = program.split("; ")
    parsed = parse_program(Source(program, "sample"))
    shapes = given_values(parsed, (), {}).shapes
    pipeline = elaborate(parsed, values=shapes)
    printed = f"{last.partition(' = ')[0]} = {text(pipeline.statements[-1].term)}"
    again = elaborate(parse_program(Source("; ".join([*before, printed]), "printed")), values=shapes)
    assert again.graph.nodes == pipeline.graph.nodes, printed
