"""Forward accumulation: every sample of the op table, against what never saw a rule, reverse mode and torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from chainrule.calculus.forward import forward
from chainrule.calculus.reverse import identity, reverse
from chainrule.claim import Claim
from chainrule.derivation.values import given_values
from chainrule.diagnostics import ChainRuleError
from chainrule.graph import Graph, Input, check
from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_program
from chainrule.language.pipeline import Pipeline
from chainrule.laws import LAWS
from chainrule.numeric.arrays import Arrays
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.tensors import Tensor
from chainrule.ops import TABLE
from chainrule.ops.table import Pointwise
from chainrule.proof import Prover
from chainrule.shapes import Shape, bind, names_in
from chainrule.source import Source
from tests.ops.layer_checks import random_values
from tests.ops.test_networks import CASES
from tests.tools import need_module

# The derivative by one operand is missing, in reverse mode too.
UNSUPPORTED = {"lyapunov", "expm_frechet", "expm_second"}
# The first argument counts, or is a condition, and does not move.
COUNTS = {"polygamma", "where"}
LENGTHS = {"n": 4, "m": 3, "d": 2, "k": 5, "c": 6}


def samples() -> list[tuple[str, str]]:
    """Every operation of the table with a program that uses it."""
    out = []
    for op in TABLE.values():
        if isinstance(op, Pointwise):
            if op.name not in COUNTS:
                names = [f"x_{k}" for k in range(len(op.samples[0]))]
                columns = zip(*op.samples, strict=True)
                data = [f"{x} = [{', '.join(entries)}]" for x, entries in zip(names, columns, strict=True)]
                out.append((op.name, f"{'; '.join(data)}; out = {op.name}({', '.join(names)})"))
        elif op.name not in UNSUPPORTED:
            out += [(op.name, program) for program in op.samples]
    return out


SAMPLES = samples()


@dataclass(frozen=True)
class Pushed:
    """A program with a free direction for every input, and the tangent of its output."""

    pipeline: Pipeline
    directions: Mapping[int, int]
    out: int
    tangent: int | None
    given: Mapping[str, Tensor]

    @property
    def graph(self) -> Graph:
        return self.pipeline.graph


def pushed(program: str, extra: Shape = (), shapes: Mapping[str, Shape] | None = None) -> Pushed:
    tree = parse_program(Source(program, "sample"))
    given = given_values(tree, [], {})
    pipeline = elaborate(tree, shapes, values=given.shapes)
    graph, out = pipeline.graph, pipeline.nodes[pipeline.output]
    directions = {
        part.node: graph.add(Input(f"direction of {part.name}", (*extra, *part.shape)))
        for part in pipeline.inputs
        if "constant" not in part.assumptions
    }
    tangent = forward(graph, out, directions).get(out)
    check(graph)
    return Pushed(pipeline, directions, out, tangent, given.tensors)


@pytest.mark.parametrize(("name", "program"), SAMPLES, ids=[program for _, program in SAMPLES])
def test_every_sample_moves_along_a_direction_as_duals_or_differences_say(name: str, program: str) -> None:
    made = pushed(program)
    if made.tangent is None:
        assert reverse(made.graph, made.out, list(made.directions)) == {}
        return
    given = (*(part.node for part in made.pipeline.inputs), *made.directions.values())
    words = {part.node: frozenset(part.assumptions) for part in made.pipeline.inputs}
    claim = Claim(made.out, tuple(made.directions.items()), given, tangent=made.tangent)
    verdict = Prover(made.graph, assumptions=words).check(claim)
    assert verdict.ok is not False, verdict
    if verdict.ok is None:
        # No random point is in the domain (acosh, logdet): reverse mode, proved elsewhere, is the judge.
        agrees_with_reverse(made)


@pytest.mark.parametrize("program", [program for _, program in SAMPLES[::3]])
def test_extra_leading_axes_are_directions_of_their_own(program: str) -> None:
    made = pushed(program, extra=(2,))
    if made.tangent is not None:
        assert made.graph.shape(made.tangent) == (2, *made.graph.shape(made.out))
        agrees_with_reverse(made, 1)


def agrees_with_reverse(made: Pushed, extra: int = 0) -> None:
    """Tangents are whole Jacobians, by reverse accumulation, times the directions."""
    graph, random = made.graph, np.random.default_rng(3)
    lengths = {n: LENGTHS.get(n, 3) for dims in graph.nodes for dim in dims.shape for n in names_in(dim)}
    point = {
        part.node: made.given.get(part.name) or _random(random, bind(part.shape, lengths), part.assumptions)
        for part in made.pipeline.inputs
    }
    steps = {d: _random(random, bind(graph.shape(d), lengths), ()) for d in made.directions.values()}
    jacobians = reverse(graph, made.out, list(made.directions))
    assert made.tangent is not None
    found = evaluate(graph, [made.tangent, *jacobians.values()], {**point, **steps}, lengths, Arrays(LAWS))
    wanted: Any = 0.0
    for source, jacobian in jacobians.items():
        step = steps[made.directions[source]]
        along = np.reshape([float(entry) for entry in step.entries], step.shape)
        inner = along.ndim - extra
        product = np.tensordot(
            np.asarray(found[jacobian]), along, (range(-inner, 0), range(extra, along.ndim))
        )
        wanted = wanted + np.moveaxis(product, -1, 0) if extra else wanted + product
    np.testing.assert_allclose(np.asarray(found[made.tangent]), wanted, rtol=1e-8, atol=1e-10)


def _random(random: np.random.Generator, shape: Shape, words: tuple[str, ...]) -> Tensor:
    values = random.uniform(0.2, 0.9, shape)  # type: ignore[arg-type]
    if "symmetric" in words:
        values = values + values.T
    return Tensor(values.ravel().tolist(), values.shape)


# --- against torch -----------------------------------------------------------------------------------------

FUNCTIONS: list[tuple[str, Callable[..., Any], dict[str, tuple[int, ...]]]] = [
    ("x@w", lambda torch, x, w: x @ w, {"x": (2, 3), "w": (3, 4)}),
    ("inv(x@x.T + eye(2))", lambda torch, x: torch.linalg.inv(x @ x.T + torch.eye(2)), {"x": (2, 3)}),
    ("logdet(x@x.T + eye(2))", lambda torch, x: torch.logdet(x @ x.T + torch.eye(2)), {"x": (2, 3)}),
    ("cholesky(x@x.T + eye(2))", lambda torch, x: torch.linalg.cholesky(x @ x.T + torch.eye(2)), {"x": (2, 3)}),
    ("eigvalsh(x)", lambda torch, x: torch.linalg.eigvalsh((x + x.T) / 2), {"x": (3, 3)}),
    ("svdvals(x)", lambda torch, x: torch.linalg.svdvals(x), {"x": (3, 2)}),
    ("matrix_exp(x)", lambda torch, x: torch.matrix_exp(x), {"x": (3, 3)}),
    ("norm(x, axis=1)", lambda torch, x: torch.linalg.norm(x, dim=1), {"x": (2, 3)}),
    ("cumprod(x, axis=0)", lambda torch, x: torch.cumprod(x, 0), {"x": (3, 2)}),
    ("std(x, axis=0)", lambda torch, x: torch.std(x, 0, correction=0), {"x": (3, 2)}),
    ("max(x, axis=1)", lambda torch, x: torch.amax(x, 1), {"x": (2, 3)}),
    ("where(x > 0, x**3, sin(x))", lambda torch, x: torch.where(x > 0, x**3, torch.sin(x)), {"x": (2, 3)}),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")
@pytest.mark.parametrize(
    ("call", "reference", "shapes", "layers"),
    [*((*case, False) for case in FUNCTIONS), *((*case, True) for case in CASES)],
    ids=[call for call, _, _ in (*FUNCTIONS, *CASES)],
)
def test_tangents_are_those_of_torch(
    call: str, reference: Callable[..., Any], shapes: dict[str, tuple[int, ...]], layers: bool
) -> None:
    torch = need_module("torch")
    torch.set_default_dtype(torch.float64)
    try:
        values, steps = random_values(shapes, 1), random_values(shapes, 2)
        primals, tangents = (
            tuple(torch.tensor(array) for array in arrays.values()) for arrays in (values, steps)
        )
        first = torch.nn.functional if layers else torch
        _, wanted = torch.func.jvp(
            lambda *x: reference(first, **dict(zip(shapes, x, strict=True))), primals, tangents
        )
    finally:
        torch.set_default_dtype(torch.float32)
    made = pushed(f"out = {call}", shapes=shapes)
    nodes = made.pipeline.nodes
    point = {nodes[name]: _tensor(array) for name, array in values.items()}
    point.update({made.directions[nodes[name]]: _tensor(array) for name, array in steps.items()})
    assert made.tangent is not None
    found = evaluate(made.graph, [made.tangent], point, {}, Arrays(LAWS))[made.tangent]
    np.testing.assert_allclose(np.asarray(found), wanted.numpy(), rtol=1e-9, atol=1e-11)


def _tensor(array: np.ndarray) -> Tensor:
    return Tensor(array.ravel().tolist(), array.shape)


# --- what is and is not pushed forward ------------------------------------------------------------------


def test_a_whole_jacobian_is_pushed_forward_from_the_identity() -> None:
    pipeline = elaborate(parse_program(Source("X : [2, 3]; w : [3]; y = sin(X@w)*2; z = y**2")))
    graph, nodes = pipeline.graph, pipeline.nodes
    found = forward(graph, nodes["z"], {nodes["w"]: identity(graph, nodes["w"])})[nodes["z"]]
    back = reverse(graph, nodes["z"], [nodes["w"]])[nodes["w"]]
    assert graph.shape(found) == (3, 2)
    assert graph.shape(back) == (2, 3)
    point = {nodes["X"]: _tensor(np.arange(6.0).reshape(2, 3)), nodes["w"]: _tensor(np.array([1.0, -2, 0.5]))}
    values = evaluate(graph, [found, back], point, {}, Arrays(LAWS))
    np.testing.assert_allclose(np.asarray(values[found]).T, np.asarray(values[back]), rtol=1e-12)


def test_what_only_chooses_passes_nothing_on() -> None:
    assert pushed("x : [3]; out = floor(x)").tangent is None
    assert pushed("x : [3]; c : [3]; c : constant; out = where(x > 0, c, 2*c)").tangent is None


def test_names_are_barriers() -> None:
    pipeline = elaborate(parse_program(Source("y = sin(x); z = y**2")))
    graph, nodes = pipeline.graph, pipeline.nodes
    v = graph.add(Input("v", ()))
    found = forward(graph, nodes["z"], {nodes["x"]: v}, barrier={nodes["y"]: "y_dot"}.get)
    named = graph[found[nodes["y"]]]
    assert not isinstance(named, Input)
    assert named.name == "y_dot"
    assert found[nodes["y"]] in {operand.node for operand in graph[found[nodes["z"]]].operands}  # type: ignore[union-attr]


def test_a_missing_rule_is_told() -> None:
    with pytest.raises(ChainRuleError) as caught:
        pushed("h : [2, 2]; c : [2, 2]; out = lyapunov(h, c)")
    assert caught.value.diagnostic.code == "unsupported"


def test_a_wrong_tangent_is_refuted() -> None:
    made = pushed("x : [3]; out = x**3")
    graph = made.graph
    (direction,) = made.directions.values()
    claim = Claim(made.out, tuple(made.directions.items()), tuple(graph_inputs(graph)), tangent=direction)
    assert Prover(graph).check(claim).ok is False
    short = graph.add(Input("short", (2,)))
    claim = Claim(made.out, tuple(made.directions.items()), tuple(graph_inputs(graph)), tangent=short)
    assert Prover(graph).check(claim).ok is False


def graph_inputs(graph: Graph) -> list[int]:
    return [
        number
        for number, node in enumerate(graph.nodes)
        if isinstance(node, Input) and not node.name.startswith("cotangent")
    ]
