"""Programs run with data by the engine and by torch: values, gradients and second derivatives."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from chainrule.calculus.reverse import reverse
from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_program
from chainrule.laws import LAWS
from chainrule.numeric.arrays import Arrays
from chainrule.numeric.evaluate import evaluate, lengths_of
from chainrule.numeric.tensors import Tensor
from chainrule.source import Source

LENGTHS = {"k": 2, "m": 3, "n": 4}
Run = Callable[..., Any]


def shapes_of(program: str) -> dict[str, tuple[int, ...]]:
    """The declared inputs of a program, with small numbers for symbolic lengths."""
    found = re.findall(r"(\w+) : \[([^\]]*)\]", program)
    return {
        name: tuple(LENGTHS.get(d.strip(), 0) or int(d) for d in dims.split(",") if d.strip())
        for name, dims in found
    }


def data_of(program: str) -> dict[str, np.ndarray]:
    """Entries for the declared inputs, no two of them equal."""
    draw = np.random.default_rng(7)
    return {name: draw.normal(size=shape) for name, shape in shapes_of(program).items()}


def engine(program: str, data: Mapping[str, np.ndarray], slopes: bool = False) -> list[np.ndarray]:
    """The value of ``out``; with ``slopes`` also its gradients, of those inputs that it depends on."""
    pipeline = elaborate(parse_program(Source(program, "program")))
    graph, nodes = pipeline.graph, pipeline.nodes
    out = nodes["out"]
    tensors = {nodes[name]: Tensor(array.ravel().tolist(), array.shape) for name, array in data.items()}
    wanted = [out]
    if slopes:
        reached = reverse(graph, out, [nodes[name] for name in data])
        wanted += [reached[nodes[name]] for name in data if nodes[name] in reached]
    found = evaluate(graph, wanted, tensors, lengths_of(graph, tensors), Arrays(LAWS))
    return [np.asarray(found[number]) for number in wanted]


def agrees(program: str, run: Run, torch: Any) -> None:
    """``out`` is ``run`` of the inputs; so are the gradients of Σ out³ and the first input's Hessian."""
    data = data_of(program)
    moving = {name: torch.tensor(array, requires_grad=True) for name, array in data.items()}
    wanted = run(*moving.values())
    (value,) = engine(program, data)
    assert value.shape == tuple(wanted.shape), program
    assert np.allclose(value, wanted.detach().numpy(), rtol=1e-12, atol=1e-12), program
    for twice in (False, True):
        whole = (wanted**3).sum()
        slopes = torch.autograd.grad(whole, moving.values(), create_graph=True, allow_unused=True)
        text = program.replace("out = ", "y = ") + "; out = sum(y**3)"
        if twice:
            _second(program, text, data, moving, slopes, torch)
            continue
        found = engine(text, data, slopes=True)[1:]
        expected = [slope for slope in slopes if slope is not None]
        assert len(found) == len(expected), program
        for own, theirs in zip(found, expected, strict=True):
            assert np.allclose(own, theirs.detach().numpy(), rtol=1e-10, atol=1e-10), program


def _second(
    program: str,
    text: str,
    data: Mapping[str, np.ndarray],
    moving: Mapping[str, Any],
    slopes: Any,
    torch: Any,
) -> None:
    """The second derivative with respect to the first input, entry by entry."""
    name = next(iter(data))
    pipeline = elaborate(parse_program(Source(text, "program")))
    graph, nodes = pipeline.graph, pipeline.nodes
    first = reverse(graph, nodes["out"], [nodes[name]])[nodes[name]]
    second = reverse(graph, first, [nodes[name]])[nodes[name]]
    tensors = {nodes[key]: Tensor(array.ravel().tolist(), array.shape) for key, array in data.items()}
    found = evaluate(graph, [second], tensors, lengths_of(graph, tensors), Arrays(LAWS))[second]
    rows = [
        torch.autograd.grad(entry, moving[name], retain_graph=True)[0].numpy()
        for entry in slopes[0].reshape(-1)
    ]
    expected = np.array(rows).reshape(np.shape(found))
    assert np.allclose(np.asarray(found), expected, rtol=1e-9, atol=1e-9), program
