"""The proof by itself: right claims pass, wrong ones fail, and what cannot be evaluated stays undecided."""

from __future__ import annotations

from typing import Any

import pytest

from chainrule.calculus.reverse import reverse
from chainrule.claim import Claim
from chainrule.derivation.data import Options
from chainrule.derivation.derive import derive
from chainrule.graph import Graph, Operand
from chainrule.language.elaborate import elaborate, formula
from chainrule.language.parser import parse_program
from chainrule.language.pipeline import Pipeline
from chainrule.proof import UNDECIDED, Prover, Verdict
from chainrule.source import Source
from chainrule.terms import apply, integer, slot


def pipeline_of(program: str) -> Pipeline:
    return elaborate(parse_program(Source(program)))


def verdict(program: str, derivative: str, wrt: str = "x") -> Verdict:
    """What is said of a derivative that is written by hand, in the names of the program."""
    pipeline = pipeline_of(program)
    nodes = pipeline.nodes
    claimed = formula(pipeline.graph, derivative, nodes, {})
    inputs = tuple(part.node for part in pipeline.inputs)
    prover = Prover(
        pipeline.graph, pipeline.functions, {p.node: frozenset(p.assumptions) for p in pipeline.inputs}
    )
    claim = Claim(nodes[pipeline.output], ((nodes[wrt], claimed),), inputs)
    assert prover.check(claim) is prover.check(claim), "a verdict is kept"
    return prover.check(claim)


RIGHT = [
    ("y = x**3", "3*x**2", "exact dual numbers"),
    ("y = x**2/(1 + x)", "(x**2 + 2*x)/(1 + x)**2", "exact dual numbers"),
    ("y = exp(sin(x))", "exp(sin(x))*cos(x)", "central differences with 50 digits"),
    ("x : [3]; y = sum(x**2)", "2*x", "exact dual numbers"),
    ("x : [n]; y = mean(x**2)", "2*x/count(x)", "exact dual numbers"),
    ("A : [m, n]; x : [n]; y = A@x", "A + 0*x", "exact dual numbers"),
    ("x : [2, 3]; y = max(x)", "where(x == max(x), 1, 0)", "exact dual numbers"),
    ("y = log(x)", "1/x", "central differences with 50 digits"),
    ("y = log(-x)", "1/x", "central differences with 50 digits"),
    ("y = sqrt(x - 2)", "1/(2*y)", "central differences with 50 digits"),
    ("y = asin(x)", "1/sqrt(1 - x**2)", "central differences with 50 digits"),
    ("y = abs(x)", "sign(x)", "exact dual numbers"),
]


@pytest.mark.parametrize(("program", "derivative", "method"), RIGHT, ids=[p for p, _, _ in RIGHT])
def test_a_right_claim_passes(program: str, derivative: str, method: str) -> None:
    found = verdict(program, derivative)
    assert found.ok is True
    assert found.method == method
    assert found.max_error is not None
    assert found.max_error <= (0 if method == "exact dual numbers" else 1e-12)


WRONG = [
    ("y = x**3", "3*x"),
    ("y = x**3", "3*x**2 + x/1000000000000000"),
    ("y = exp(x)", "exp(x)*1.00000001"),
    ("y = sin(x)", "-cos(x)"),
    ("y = x**2/(1 + x)", "2*x/(1 + x)"),
    ("x : [3]; y = sum(x**2)", "x"),
    ("x : [n]; y = mean(x**2)", "2*x"),
    ("A : [m, n]; x : [n]; y = sum(A@x)", "sum(A, axis=0)/count(x)"),
    ("x : [2, 3]; y = max(x)", "1 + 0*x"),
    ("y = log(x)", "1/x**2"),
    ("y = abs(x)", "1 + 0*x"),
    ("y = x*c", "c + c"),
]


@pytest.mark.parametrize(("program", "derivative"), WRONG, ids=[f"{p} is not {d}" for p, d in WRONG])
def test_a_wrong_claim_fails(program: str, derivative: str) -> None:
    assert verdict(program, derivative).ok is False


@pytest.mark.parametrize(
    "program", ["y = log(-1 - x**2)", "y = sqrt(-1 - x**2)", "y = asin(2 + x**2)", "y = 1/(x - x)"]
)
def test_what_is_defined_nowhere_is_undecided(program: str) -> None:
    assert verdict(program, "x") == UNDECIDED


def test_a_derivative_of_the_wrong_shape_is_wrong() -> None:
    pipeline = pipeline_of("A : [3, 4]; x : [4]; y = A@x")
    nodes = pipeline.nodes
    turned = pipeline.graph.transposed(nodes["A"], (1, 0))
    found = Prover(pipeline.graph).check(Claim(nodes["y"], ((nodes["x"], turned),), (nodes["A"], nodes["x"])))
    assert found.ok is False
    assert (
        Prover(pipeline.graph)
        .check(Claim(nodes["y"], ((nodes["x"], nodes["A"]),), (nodes["A"], nodes["x"])))
        .ok
    )


def test_several_parts_are_checked_together() -> None:
    pipeline = pipeline_of("x : [3]; w : [3]; y = x@w")
    nodes = pipeline.nodes
    right = Claim(nodes["y"], ((nodes["x"], nodes["w"]), (nodes["w"], nodes["x"])), (nodes["x"], nodes["w"]))
    wrong = Claim(nodes["y"], ((nodes["x"], nodes["x"]), (nodes["w"], nodes["w"])), (nodes["x"], nodes["w"]))
    prover = Prover(pipeline.graph)
    assert prover.check(right).ok
    assert prover.check(wrong).ok is False


def test_a_symmetric_input_moves_within_the_symmetric_matrices() -> None:
    # ∂(xᵀAx)/∂A is x xᵀ; the lower triangle alone would do for symmetric directions if it is doubled.
    pipeline = pipeline_of("A : [3, 3] symmetric; x : [3]; y = x@A@x")
    nodes, graph = pipeline.nodes, pipeline.graph
    outer = graph.pointwise(apply("mul", slot(0), slot(1)), [_column(graph, nodes["x"]), nodes["x"]])
    prover = Prover(graph, {}, {nodes["A"]: frozenset(["symmetric"])})
    for symmetric in (frozenset([nodes["A"]]), frozenset[int]()):
        claim = Claim(nodes["y"], ((nodes["A"], outer),), (nodes["A"], nodes["x"]), symmetric)
        assert prover.check(claim).ok
    doubled = graph.pointwise(apply("mul", integer(2), slot(0)), [outer])
    assert prover.check(Claim(nodes["y"], ((nodes["A"], doubled),), (nodes["A"], nodes["x"]))).ok is False


def _column(graph: Graph, vector: int) -> int:
    (length,) = graph.shape(vector)
    return graph.indexed(slot(0), [Operand(vector, (0,))], (length, 1), 2)


def test_equal_claims_about_other_names_are_one() -> None:
    pipeline = pipeline_of("u = x**2; v = u**2; w = v**2")
    nodes = pipeline.nodes
    prover = Prover(pipeline.graph)
    verdicts = []
    for of, wrt in (("u", "x"), ("v", "u"), ("w", "v")):
        found = reverse(pipeline.graph, nodes[of], [nodes[wrt]], local=True)
        verdicts.append(prover.check(Claim(nodes[of], ((nodes[wrt], found[nodes[wrt]]),), (nodes[wrt],))))
    assert verdicts[0] is verdicts[1] is verdicts[2]


QUIET = [
    "x : [3] positive; y = log(x); out = sum(x*y)",
    "x : [4] probability; out = -sum(x*log(x))",
    "Y : [3, 4] onehot; Z : [3, 4]; out = -mean(sum(Y*log_softmax(Z), axis=1))",
    "A : [3, 3] symmetric; x : [3]; out = x@A@x",
    "f : function; g : function; u = g(x); w = f(u)",
    "f : function; x : [3]; w : [3]; out = sum(f(x, x*w))",
    "k : integer; x : [3]; out = sum(x**k)",
    "x : [n]; y = x - mean(x); out = norm(y)",
    "x : [5]; c : constant; out = sum(clip(x, -c**2, c**2))",
    "; ".join(f"v{k} = u{k}*x" for k in range(12)) + "; out = " + " + ".join(f"v{k}" for k in range(12)),
]


@pytest.mark.parametrize("program", QUIET)
def test_the_proof_is_quiet_on_right_derivations(program: str) -> None:
    made = derive(Source(program))
    parts: list[Any] = [*made.factors, *made.gradients]
    assert {part.check.ok for part in parts} == {True}
    assert made.verified is True


def test_next_to_a_pole_more_digits_decide() -> None:
    # With 50 digits and a step of 1e-15 the third derivative, 6e36 here, is in the way.
    made = derive(Source("y = 1/(x - 1/4 - 7/4*6/61 + 1/1000000000)"))
    assert made.verified is not False


def test_nothing_is_checked_on_request() -> None:
    made = derive(Source("x : [3]; y = x**2; out = sum(y)"), Options(verify=False))
    parts: list[Any] = [*made.factors, *made.gradients]
    assert {part.check for part in parts} == {None}
    assert made.verified is None
