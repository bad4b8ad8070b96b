"""Every arithmetic gives the same numbers, on random programs and on each form of node."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from chainrule.diagnostics import ChainRuleError
from chainrule.graph import Graph, Indexed, Input, Operand
from chainrule.numeric.arrays import Arrays
from chainrule.numeric.dual import Duals
from chainrule.numeric.entries import NotRational, TooBig
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.exact import Exact
from chainrule.numeric.floats import Floats
from chainrule.numeric.tensors import Tensor
from chainrule.terms import PI, TWO, E, Length, apply, axis, integer, number, slot
from tests.numeric.programs import LAWS, Program, as_array, floating, program, random_programs


def agree(prog: Program, wanted: list[int], arithmetics: list[Any]) -> None:
    reference, *others = [prog.run(arithmetic, *wanted) for arithmetic in arithmetics]
    for other in others:
        for a, b in zip(reference, other, strict=True):
            assert as_array(a).shape == as_array(b).shape
            np.testing.assert_allclose(as_array(b), as_array(a), rtol=1e-9, atol=1e-9)


@given(random_programs(rational=True))
@settings(max_examples=80)
def test_rational_programs_agree_in_every_arithmetic(case: tuple[Program, list[int]]) -> None:
    agree(*case, [Exact(LAWS), Duals(LAWS), *floating()])


@given(random_programs(rational=False, depth=4))
@settings(max_examples=60)
def test_other_programs_agree_in_every_arithmetic_that_holds_them(case: tuple[Program, list[int]]) -> None:
    prog, wanted = case
    floats, precise, _, arrays = floating()
    agree(prog, wanted, [precise, floats, arrays])


rng = np.random.default_rng(0)
A, B = rng.normal(size=(2, 3)), rng.normal(size=(3, 4))
X, STACK = rng.normal(size=(3, 4)), rng.normal(size=(2, 3, 4))
V3, V4 = rng.normal(size=3), rng.normal(size=4)
WELL = rng.normal(size=(4, 4))

FORMS = [
    ("matmul", "out = a @ b", {"a": A, "b": B}, A @ B),
    ("matrix times vector", "out = b @ v", {"b": B, "v": V4}, B @ V4),
    ("vector times matrix", "out = v @ b", {"v": V3, "b": B}, V3 @ B),
    ("batched matmul", "out = a @ s", {"a": A, "s": STACK}, A @ STACK),
    ("dot", "out = v @ (w + 1)", {"v": V4, "w": V4}, V4 @ (V4 + 1)),
    ("outer", "out = outer(v, w)", {"v": V3, "w": V4}, np.outer(V3, V4)),
    ("trace", "out = trace(w)", {"w": WELL}, np.trace(WELL)),
    ("diagonal", "out = diagonal(w) * v", {"w": WELL, "v": V4}, np.diagonal(WELL) * V4),
    ("transpose", "out = x.T + 1", {"x": X}, X.T + 1),
    ("weighted rows", "out = x.T @ (2*v - 1)", {"x": X, "v": V3}, X.T @ (2 * V3 - 1)),
    ("three factors", 'out = einsum("ij,jk,k->i", a, b, v)', {"a": A, "b": B, "v": V4}, A @ B @ V4),
    ("quadratic form", "out = v @ (x @ w)", {"v": V3, "x": X, "w": V4}, V3 @ X @ V4),
    ("mean over rows", "out = mean(x, axis=0)", {"x": X}, X.mean(0)),
    ("sum kept", "out = x - sum(x, axis=1, keepdims=True)", {"x": X}, X - X.sum(1, keepdims=True)),
    ("row added", "out = (x + v)**2", {"x": X, "v": V4}, (X + V4) ** 2),
    ("max", "out = max(x, axis=0)", {"x": X}, X.max(0)),
    ("min", "out = min(s, axis=(0, 2))", {"s": STACK}, STACK.min((0, 2))),
    ("prod", "out = prod(x, axis=1)", {"x": X}, X.prod(1)),
    ("var", "out = var(x, axis=1, correction=1)", {"x": X}, X.var(1, ddof=1)),
    ("std", "out = std(s, axis=(0, 2))", {"s": STACK}, STACK.std((0, 2))),
    ("norm", "out = norm(x)", {"x": X}, np.linalg.norm(X)),
    ("logsumexp", "out = logsumexp(x, axis=0)", {"x": X}, np.log(np.exp(X).sum(0))),
    ("take", "out = s[1, :, ::2]", {"s": STACK}, STACK[1, :, ::2]),
    ("take backwards", "out = x[::-1, -2]", {"x": X}, X[::-1, -2]),
]


@pytest.mark.parametrize(("text", "values", "expected"), [f[1:] for f in FORMS], ids=[f[0] for f in FORMS])
def test_each_form_is_numpys(text: str, values: dict[str, Any], expected: np.ndarray) -> None:
    prog = program(text, **values)
    floats, precise, _, arrays = floating()
    for arithmetic in (floats, precise, arrays):
        (out,) = prog.run(arithmetic, "out")
        np.testing.assert_allclose(as_array(out), expected, rtol=1e-12, atol=1e-13)


def test_products_of_the_others_survive_zeros() -> None:
    from chainrule.graph import Operation

    graph = Graph()
    x = graph.add(Input("x", (2, 3)))
    node = graph.add(Operation("prod_others", (x,), (("axis", (-1,)),), (2, 3)))
    prog = Program(graph, {x: Tensor([Fraction(k) for k in (0, 2, 3, 0, 0, 5)], (2, 3))})
    for arithmetic in (Exact(), *floating()):
        (out,) = prog.run(arithmetic, node)
        assert as_array(out).tolist() == [[6, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize("items", [((1, None, None), 2), ((None, None, -2), 0), (3,)])
def test_place_is_the_adjoint_of_take(items: tuple[Any, ...]) -> None:
    from chainrule.graph import Operation

    x = np.arange(1.0, 13).reshape(3, 4)
    subscript = (..., *(i if isinstance(i, int) else slice(*i) for i in items))
    picked = x[subscript]
    graph = Graph()
    a, g = graph.add(Input("x", (3, 4))), graph.add(Input("g", picked.shape))
    take = graph.add(Operation("take", (a,), (("items", items),), picked.shape))
    place = graph.add(Operation("place", (g,), (("items", items), ("shape", (3, 4))), (3, 4)))
    weights = np.linspace(1, 2, picked.size).reshape(picked.shape)
    prog = Program(
        graph,
        {a: Tensor(x.ravel().tolist(), (3, 4)), g: Tensor(weights.ravel().tolist(), picked.shape)},
    )
    for arithmetic in floating():
        taken, placed = (as_array(tensor) for tensor in prog.run(arithmetic, take, place))
        assert taken.tolist() == picked.tolist()
        assert (taken * weights).sum() == pytest.approx((placed * x).sum())


def test_leaves_of_a_kernel() -> None:
    graph = Graph()
    kernel = apply("add", apply("mul", Length("n"), axis(0)), apply("delta", axis(0), axis(1)), PI, E)
    node = graph.add(Indexed(kernel, (), ("n", 2), 2))
    for arithmetic in floating():
        found = evaluate(graph, [node], {}, {"n": 3}, arithmetic)[node]
        expected = [[3 * i + (i == j) + np.pi + np.e for j in range(2)] for i in range(3)]
        np.testing.assert_allclose(as_array(found), expected)


def test_the_same_node_under_other_lengths() -> None:
    graph = Graph()
    x = graph.add(Input("x", ("n",)))
    node = graph.indexed(apply("div", slot(0), Length("n")), [Operand(x, (0,))], ("n",), 0)
    for arithmetic in (Exact(), *floating()):
        for count in (2, 3):
            values = {x: Tensor([Fraction(1)] * (count - 1) + [Fraction(count + 1)], (count,))}
            found = evaluate(graph, [node], values, {"n": count}, arithmetic)
            assert float(as_array(found[node])) == 2


def test_a_value_may_replace_any_node() -> None:
    prog = program("y = x + 2; out = 3*y", x=1)
    prog.values[prog.nodes["y"]] = Tensor([Fraction(10)], ())
    assert prog.run(Exact(), "out", "y") == [Tensor([30], ()), Tensor([10], ())]


def test_results_of_arrays_belong_to_the_caller() -> None:
    values = np.arange(12.0).reshape(3, 4)
    prog = program("y = x.T; z = y", x=values)
    for result in prog.run(Arrays(LAWS), "x", "y", "z"):
        np.add(result, 1, out=result)
    assert values[0, 0] == 0


def test_exact_arithmetic_says_what_it_cannot_hold() -> None:
    assert program("y = sqrt(x)", x=Fraction(9, 4)).run(Exact(LAWS), "y")[0].entries == [Fraction(3, 2)]
    assert program("y = x**(2/3)", x=Fraction(27, 8)).run(Exact(LAWS), "y")[0].entries == [Fraction(9, 4)]
    with pytest.raises(NotRational):
        program("y = sqrt(x)", x=2).run(Exact(LAWS), "y")
    with pytest.raises(NotRational):
        program("y = sin(x)", x=1).run(Exact(LAWS), "y")
    with pytest.raises(TooBig):
        program("y = x**x**x", x=9).run(Exact(LAWS), "y")
    with pytest.raises(TooBig):
        program("y = x**9999; z = y**9999", x=Fraction(10, 9)).run(Exact(LAWS), "z")


def test_partial_evaluation_leaves_out_what_exact_arithmetic_cannot_hold() -> None:
    prog = program("y = x**2; z = sin(y); w = z + 1; v = 2*y", x=3)
    wanted = [prog.nodes[name] for name in "yzwv"]
    found = evaluate(prog.graph, wanted, prog.values, {}, Exact(LAWS), partial=True)
    assert {n: t.entries for n, t in found.items()} == {prog.nodes["y"]: [9], prog.nodes["v"]: [18]}


def test_symbolic_arithmetic_keeps_roots_and_pi() -> None:
    from chainrule.numeric.symbolic import Symbolic

    prog = program("y = sin(x); z = y**2; w = where(x > 1/2, sqrt(8)/x, 0)", x=1)
    prog.values[prog.nodes["x"]] = Tensor([apply("div", PI, integer(4))], ())
    y, z, w = prog.run(Symbolic(LAWS), "y", "z", "w")
    assert [str(t.entries[0]) for t in (y, z, w)] == ["sqrt(2)/2", "1/2", "8*sqrt(2)/pi"]


def test_what_is_missing_is_a_diagnostic() -> None:
    prog = program("y = x*a", x=1)
    with pytest.raises(ChainRuleError, match="a has no value"):
        prog.run(Floats(), "y")
    graph = Graph()
    x = graph.add(Input("x", ("n",)))
    with pytest.raises(ChainRuleError, match="the length n is not known"):
        evaluate(
            graph, [graph.pointwise(apply("mul", TWO, slot(0)), [x])], {x: Tensor([1], (1,))}, {}, Floats()
        )
    with pytest.raises(ChainRuleError) as error:
        evaluate(graph, [x], {x: Tensor([1, 2], (2,))}, {"n": 3}, Floats())
    assert error.value.diagnostic.code == "shape"


def test_numbers_beyond_floats() -> None:
    prog = program("y = x**2 - x", x=Fraction(10**200))
    assert program("y = x**2", x=Fraction(10**200)).floats("y")[0] == np.inf
    assert prog.run(Exact(), "y")[0].entries == [10**400 - 10**200]
    assert number(Fraction(1, 3)).value == Fraction(1, 3)
