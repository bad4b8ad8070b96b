"""Layers of networks against torch; samples are verified, to second order and in symbolic shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chainrule.calculus.reverse import reverse
from chainrule.derivation.data import Options
from chainrule.derivation.derive import derive
from chainrule.diagnostics import ChainRuleError
from chainrule.graph import Input
from chainrule.language.elaborate import elaborate, law
from chainrule.language.parser import parse_program
from chainrule.laws import LAWS
from chainrule.notation.text import text
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.precise import Precise
from chainrule.numeric.tensors import Tensor
from chainrule.ops.networks import NETWORKS
from chainrule.ops.table import Structured
from chainrule.source import Source
from tests.ops.arrays import random_array
from tests.ops.formulas import DIGITS, mp
from tests.ops.layer_checks import agrees, computed, proved, random_values, reads_back, scalar
from tests.tools import need_module

SAMPLES = [sample for op in NETWORKS for sample in op.samples]

# A call, the function of torch.nn.functional with its arguments, and the shapes of the operands.
CASES: list[tuple[str, Callable[..., Any], dict[str, tuple[int, ...]]]] = [
    ("softmax(x)", lambda nn, x: nn.softmax(x, -1), {"x": (2, 3)}),
    ("softmax(x, dim=1)", lambda nn, x: nn.softmax(x, 1), {"x": (2, 3, 4)}),
    ("softmax(x)", lambda nn, x: nn.softmax(x, 0), {"x": (5,)}),
    ("x.softmax(0)", lambda nn, x: nn.softmax(x, 0), {"x": (2, 3)}),
    ("log_softmax(x)", lambda nn, x: nn.log_softmax(x, -1), {"x": (2, 3)}),
    ("log_softmax(x, axis=0)", lambda nn, x: nn.log_softmax(x, 0), {"x": (2, 3)}),
    ("softmin(x, dim=0)", lambda nn, x: nn.softmin(x, 0), {"x": (2, 3)}),
    ("linear(x, w, b)", lambda nn, x, w, b: nn.linear(x, w, b), {"x": (2, 3), "w": (4, 3), "b": (4,)}),
    ("linear(x, w)", lambda nn, x, w: nn.linear(x, w), {"x": (5, 2, 3), "w": (4, 3)}),
    ("linear(x, w, bias=None)", lambda nn, x, w: nn.linear(x, w), {"x": (3,), "w": (4, 3)}),
    (
        "layer_norm(x, [3], w, b)",
        lambda nn, x, w, b: nn.layer_norm(x, (3,), w, b),
        {"x": (2, 3), "w": (3,), "b": (3,)},
    ),
    (
        "layer_norm(x, (3, 4), None, b, eps=0.1)",
        lambda nn, x, b: nn.layer_norm(x, (3, 4), None, b, eps=0.1),
        {"x": (2, 3, 4), "b": (3, 4)},
    ),
    ("layer_norm(x)", lambda nn, x: nn.layer_norm(x, (4,)), {"x": (2, 3, 4)}),
    ("rms_norm(x, [3], w, eps=0.1)", lambda nn, x, w: nn.rms_norm(x, (3,), w, 0.1), {"x": (2, 3), "w": (3,)}),
    (
        "batch_norm(x, weight=w, bias=b, training=True)",
        lambda nn, x, w, b: nn.batch_norm(x, None, None, w, b, True),
        {"x": (4, 3), "w": (3,), "b": (3,)},
    ),
    (
        "batch_norm(x, None, None, w, b, True, eps=0.1)",
        lambda nn, x, w, b: nn.batch_norm(x, None, None, w, b, True, eps=0.1),
        {"x": (4, 3, 2, 5), "w": (3,), "b": (3,)},
    ),
    (
        "group_norm(x, 2, w, b)",
        lambda nn, x, w, b: nn.group_norm(x, 2, w, b),
        {"x": (2, 4, 3), "w": (4,), "b": (4,)},
    ),
    ("group_norm(x, num_groups=3, eps=0.1)", lambda nn, x: nn.group_norm(x, 3, eps=0.1), {"x": (2, 6)}),
    ("normalize(x)", lambda nn, x: nn.normalize(x), {"x": (2, 3)}),
    ("normalize(x, p=2, dim=0)", lambda nn, x: nn.normalize(x, 2, 0), {"x": (2, 3)}),
    ("normalize(x, dim=0, eps=50)", lambda nn, x: nn.normalize(x, dim=0, eps=50), {"x": (2, 3)}),
    ("cosine_similarity(x, y)", lambda nn, x, y: nn.cosine_similarity(x, y), {"x": (2, 3), "y": (2, 3)}),
    (
        "cosine_similarity(x, y, dim=0)",
        lambda nn, x, y: nn.cosine_similarity(x, y, dim=0),
        {"x": (2, 3), "y": (2, 3)},
    ),
    ("normalize(x, 3, dim=0)", lambda nn, x: nn.normalize(x, 3, 0), {"x": (2, 3)}),
    (
        "pairwise_distance(x, y, p=1, keepdim=True)",
        lambda nn, x, y: nn.pairwise_distance(x, y, 1, keepdim=True),
        {"x": (2, 3), "y": (2, 3)},
    ),
    ("pairwise_distance(x, y)", lambda nn, x, y: nn.pairwise_distance(x, y), {"x": (2, 3), "y": (2, 3)}),
    (
        "scaled_dot_product_attention(q, k, v)",
        lambda nn, q, k, v: nn.scaled_dot_product_attention(q, k, v),
        {"q": (2, 3), "k": (4, 3), "v": (4, 5)},
    ),
    (
        "attention(q, k, v, m, scale=0.3)",
        lambda nn, q, k, v, m: nn.scaled_dot_product_attention(q, k, v, m, scale=0.3),
        {"q": (6, 2, 3), "k": (6, 4, 3), "v": (6, 4, 5), "m": (2, 4)},
    ),
    (
        "attention(q, k, v, is_causal=True)",
        lambda nn, q, k, v: nn.scaled_dot_product_attention(q, k, v, is_causal=True),
        {"q": (2, 3, 4), "k": (2, 5, 4), "v": (2, 5, 1)},
    ),
    (
        "instance_norm(x, weight=w, bias=b)",
        lambda nn, x, w, b: nn.instance_norm(x, weight=w, bias=b),
        {"x": (2, 3, 4, 5), "w": (3,), "b": (3,)},
    ),
    ("glu(x)", lambda nn, x: nn.glu(x), {"x": (2, 6)}),
    ("glu(x, dim=0)", lambda nn, x: nn.glu(x, 0), {"x": (4, 3)}),
    ("prelu(x, w)", lambda nn, x, w: nn.prelu(x, w), {"x": (2, 3, 4), "w": (3,)}),
    ("rrelu(x, 0.1, 0.3)", lambda nn, x: nn.rrelu(x, 0.1, 0.3), {"x": (2, 3)}),
    ("threshold(x, 0.5, 20)", lambda nn, x: nn.threshold(x, 0.5, 20), {"x": (2, 3)}),
    ("dropout(x, training=False)", lambda nn, x: nn.dropout(x, training=False), {"x": (2, 3)}),
    ("conv1d(x, w, b)", lambda nn, x, w, b: nn.conv1d(x, w, b), {"x": (2, 3, 6), "w": (4, 3, 2), "b": (4,)}),
    (
        "conv1d(x, w, stride=2, padding=1, dilation=2)",
        lambda nn, x, w: nn.conv1d(x, w, stride=2, padding=1, dilation=2),
        {"x": (3, 7), "w": (4, 3, 2)},
    ),
    (
        "conv1d(x, w, padding='same')".replace("'", '"'),
        lambda nn, x, w: nn.conv1d(x, w, padding="same"),
        {"x": (2, 3, 6), "w": (4, 3, 5)},
    ),
    (
        "conv2d(x, w, b, (1, 2), (2, 1), groups=1)",
        lambda nn, x, w, b: nn.conv2d(x, w, b, (1, 2), (2, 1)),
        {"x": (2, 3, 4, 5), "w": (2, 3, 2, 3), "b": (2,)},
    ),
    (
        "conv2d(x, w, dilation=(1, 2))",
        lambda nn, x, w: nn.conv2d(x, w, dilation=(1, 2)),
        {"x": (2, 3, 4, 6), "w": (2, 3, 2, 3)},
    ),
    ("avg_pool1d(x, 2)", lambda nn, x: nn.avg_pool1d(x, 2), {"x": (2, 3, 5)}),
    (
        "avg_pool1d(x, 3, stride=2, padding=1)",
        lambda nn, x: nn.avg_pool1d(x, 3, 2, 1),
        {"x": (2, 3, 6)},
    ),
    ("avg_pool2d(x, (2, 3), 1)", lambda nn, x: nn.avg_pool2d(x, (2, 3), 1), {"x": (2, 3, 4, 5)}),
    ("max_pool1d(x, 2)", lambda nn, x: nn.max_pool1d(x, 2), {"x": (2, 3, 5)}),
    (
        "max_pool1d(x, 3, stride=1, dilation=2)",
        lambda nn, x: nn.max_pool1d(x, 3, 1, dilation=2),
        {"x": (2, 3, 7)},
    ),
    ("max_pool2d(x, 2)", lambda nn, x: nn.max_pool2d(x, 2), {"x": (2, 3, 4, 5)}),
    ("max_pool2d(x, (2, 3), stride=1)", lambda nn, x: nn.max_pool2d(x, (2, 3), 1), {"x": (3, 4, 5)}),
]


@pytest.mark.parametrize(("call", "reference", "shapes"), CASES, ids=[call for call, _, _ in CASES])
def test_value_and_gradients_are_those_of_torch(
    call: str, reference: Callable[..., Any], shapes: dict[str, tuple[int, ...]]
) -> None:
    torch = need_module("torch")
    for seed in (1, 2):
        values = random_values(shapes, seed)
        agrees(torch, call, lambda **tensors: reference(torch.nn.functional, **tensors), values)


@pytest.mark.parametrize(
    ("call", "reference"),
    [
        ("max_pool1d(x, 3, stride=1)", lambda nn, x: nn.max_pool1d(x, 3, 1)),
        ("max_pool2d(x, 2, stride=1)", lambda nn, x: nn.max_pool2d(x, 2, 1)),
        ("max(x)", lambda nn, x: x.max()),
        ("max(x, axis=1)", lambda nn, x: x.amax(1)),
        ("min(x, axis=2)", lambda nn, x: x.amin(2)),
    ],
)
def test_ties_are_torch_s(call: str, reference: Callable[..., Any]) -> None:
    torch = need_module("torch")
    values = {"x": np.array([[[1.0, 2, 2, 1], [2, 2, 1, 1], [1, 3, 3, 3]]])}
    agrees(torch, call, lambda x: reference(torch.nn.functional, x), values)


def test_batch_norm_in_evaluation() -> None:
    torch = need_module("torch")
    values = random_values({"x": (4, 3, 2), "m": (3,), "v": (3,), "w": (3,), "b": (3,)}, 3)
    wanted = torch.nn.functional.batch_norm(*(torch.tensor(array) for array in values.values()))
    found, _ = computed("batch_norm(x, m, v, w, b)", values)
    assert torch.allclose(torch.tensor(found), wanted, rtol=1e-12)


def test_embedding_picks_rows() -> None:
    torch = need_module("torch")
    values = random_values({"w": (4, 3)}, 1)
    for indices in ([0, 2, 2], [[1, 3], [0, 1]], [3]):
        agrees(
            torch,
            f"embedding({indices}, w)",
            lambda w, indices=indices: torch.nn.functional.embedding(torch.tensor(indices), w),
            values,
        )


@pytest.mark.parametrize("program", SAMPLES)
def test_samples_are_proved(program: str) -> None:
    proved(program)


@pytest.mark.parametrize("program", SAMPLES)
def test_samples_print_and_read_back(program: str) -> None:
    reads_back(program)


@pytest.mark.parametrize("program", [sample for sample in SAMPLES if "conv2d" not in sample])
def test_second_derivatives_of_samples_are_proved(program: str) -> None:
    proved(scalar(program), order=2)


@pytest.mark.parametrize(
    "program",
    [
        "x : [m, n]; out = softmax(x)",
        "x : [m, n]; out = log_softmax(x, axis=0)",
        "x : [m, n]; w : [n]; b : [n]; out = layer_norm(x, [n], w, b)",
        "x : [m, n]; w : [n]; out = rms_norm(x, [n], w)",
        "x : [m, n]; w : [n]; b : [n]; out = batch_norm(x, weight=w, bias=b, training=True)",
        "x : [m, n]; W : [k, n]; b : [k]; out = linear(x, W, b)",
        "a : [m, n]; b : [m, n]; out = cosine_similarity(a, b)",
        "Q : [m, d]; K : [n, d]; V : [n, k]; out = attention(Q, K, V)",
        "x : [m, c, 5]; W : [o, c, 2]; b : [o]; out = conv1d(x, W, b)",
        "x : [m, c, 4, 5]; out = max_pool2d(x, 2)",
        "W : [n, d]; out = embedding([0, 1, 1], W)",
    ],
)
def test_symbolic_shapes_are_proved(program: str) -> None:
    proved(program)
    proved(f"{program}; loss = sum(out**2)")


BY_THE_LAW = [
    (op, program)
    for op in NETWORKS
    if isinstance(op, Structured) and op.law is not None
    for program in op.samples
]


@pytest.mark.parametrize(("op", "program"), BY_THE_LAW, ids=[program for _, program in BY_THE_LAW])
def test_the_short_way_is_the_long_way(op: Structured, program: str) -> None:
    """What is claimed of an operation equals what its law gives when it is differentiated step by step."""
    pipeline = elaborate(parse_program(Source(program, "sample")), values={"x": (2, 3)})
    graph, x = pipeline.graph, pipeline.nodes["x"]
    out = pipeline.nodes["out"]
    seed = graph.add(Input("g", (4, 2, 3)))
    short = reverse(graph, out, [x], seed=seed)[x]
    long = reverse(graph, law(graph, out), [x], seed=seed)[x]
    point = {node: _tensor(graph.shape(node), k) for k, node in enumerate((x, seed))}
    found = evaluate(graph, [short, long], point, {}, Precise(DIGITS, LAWS))
    pairs = zip(found[short].entries, found[long].entries, strict=True)
    assert all(abs(mp.mpf(a) - mp.mpf(b)) < mp.mpf(10) ** -40 for a, b in pairs), op.name


def _tensor(shape: Any, seed: int) -> Tensor:
    return Tensor(list(random_array(shape, seed).ravel()), shape)


def closed(program: str, name: str) -> str | None:
    """The closed form of the gradient by ``name``, as text."""
    derivation = derive(Source(program, "program"), Options(wrt=(name,)))
    (part,) = derivation.gradients
    return None if part.closed_form_named is None else text(part.closed_form_named)


def test_textbook_forms() -> None:
    assert closed("z : [n]; p = softmax(z)", "z") == "diag(p) - outer(p, p)"
    program = "X : [n, d]; W : [k, d]; b : [k]; Z = linear(X, W, b); loss = sum(Z**2)"
    assert closed(program, "b") == "2*sum(Z, axis=0)"
    assert closed(program, "W") == "2*Z.T@X"


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("x : [2, 3]; out = dropout(x)", "at random"),
        ("x : [2, 3]; out = dropout(x, 0.3)", "at random"),
        ("x : [2, n, 4]; out = group_norm(x, 2)", "symbolic number"),
        ("q : [2, 3]; out = attention(q, q, q, dropout_p=0.1)", "at random"),
        ("W : [4, 3]; out = embedding([0, 2], W, padding_idx=0)", "padding_idx is not supported yet"),
        ("t : [2]; x : [3]; out = sum(x*one_hot(t, 3))", "class numbers in a variable"),
    ],
)
def test_what_is_not_supported_says_so(program: str, message: str) -> None:
    with pytest.raises(ChainRuleError, match=message) as caught:
        elaborate(parse_program(Source(program, "program")))
    assert caught.value.diagnostic.code == "unsupported"


def test_names_of_a_program_do_not_reach_into_a_layer() -> None:
    """A variable called like an option or an operation of the layer's own program changes nothing."""
    proved("x : [2, 3]; eps = sum(x); mean = 2*x; out = layer_norm(x) + eps + mean")
    proved("norm(u) = 5*u; x : [2, 3]; out = normalize(x) + norm(x)")
