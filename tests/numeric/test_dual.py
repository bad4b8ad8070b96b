"""Dual numbers and the stand-in for abstract functions: derivatives that use no rule."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from chainrule.graph import Graph, Input
from chainrule.numeric.arrays import Arrays
from chainrule.numeric.dual import Dual, Duals, slopes, toward
from chainrule.numeric.entries import NotRational, Undefined
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.exact import Exact
from chainrule.numeric.precise import Precise
from chainrule.numeric.symbolic import Symbolic
from chainrule.numeric.tensors import Tensor
from chainrule.numeric.unknown import Unknown
from chainrule.terms import apply, slot
from tests.numeric.programs import LAWS, as_array, program

F = Fraction

DERIVATIVES = [
    ("x**3", F(2), F(12)),
    ("x**(-2)", F(2), F(-1, 4)),
    ("x**0", F(5), F(0)),
    ("(x + 1)/(x - 1)", F(3), F(-1, 2)),
    ("abs(x)*x", F(-3), F(6)),
    ("where(x > 2, x**2, -x)", F(3), F(6)),
    ("1/(1 + x**2)", F(1), F(-1, 2)),
    ("relu(x) + maximum(2*x, 1)", F(1, 3), F(1)),
]


@pytest.mark.parametrize(("text", "at", "slope"), DERIVATIVES)
def test_the_slope_along_one_direction(text: str, at: Fraction, slope: Fraction) -> None:
    prog = program(f"y = {text}", x=at)
    prog.values[prog.nodes["x"]] = toward(Tensor([at], ()), Tensor([F(1)], ()))
    (out,) = prog.run(Duals(LAWS), "y")
    assert slopes(out).entries == [slope]


def test_structured_operations_carry_slopes() -> None:
    prog = program("y = prod(x, axis=1); z = max(x, axis=0); w = x[1, ::2]", x=[[1, 2, 3], [4, 5, 6]])
    point = Tensor([F(k) for k in range(1, 7)], (2, 3))
    prog.values[prog.nodes["x"]] = toward(point, Tensor([F(1)] * 6, (2, 3)))
    y, z, w = (slopes(tensor).entries for tensor in prog.run(Duals(LAWS), "y", "z", "w"))
    assert (y, z, w) == ([11, 74], [1, 1, 1], [1, 1])


@pytest.mark.parametrize("text", ["sin(x)", "sqrt(x)", "x**(1/2)", "x**x", "pi*x"])
def test_what_is_not_rational_is_refused(text: str) -> None:
    prog = program(f"y = {text}", x=2)
    prog.values[prog.nodes["x"]] = Tensor([Dual(F(2), F(1))], ())
    with pytest.raises(NotRational):
        prog.run(Duals(LAWS), "y")


def test_a_pole_is_undefined() -> None:
    prog = program("y = 1/x + x", x=0)
    assert isinstance(prog.run(Duals(LAWS), "y")[0].entries[0], Undefined)


def test_an_unknown_function_and_its_derivatives() -> None:
    f = Unknown("f")
    x = Dual(F(2, 3), F(1))
    for order in range(5):
        value = f((x,), (order,))
        assert value.value == f((F(2, 3),), (order,))
        assert value.slope == f((F(2, 3),), (order + 1,))
    g = Unknown("g", 2)
    mixed = g((Dual(F(1, 2), F(1)), Dual(F(3))), (1, 1))
    assert mixed.slope == g((F(1, 2), F(3)), (2, 1))
    assert Unknown("f").coefficients == f.coefficients
    assert Unknown("h").coefficients != f.coefficients


def test_unknown_functions_in_every_arithmetic() -> None:
    graph = Graph()
    x = graph.add(Input("x", (3,)))
    kernel = apply("add", apply("call", slot(0), function="f", orders=(1,)), slot(0))
    node = graph.pointwise(kernel, [x])
    values = {x: Tensor([F(1, 2), F(-1), F(2)], (3,))}
    reference = evaluate(graph, [node], values, {}, Exact(), {"f": Unknown("f")})[node]
    for arithmetic in (Duals(), Precise(30), Symbolic(), Arrays()):
        found = evaluate(graph, [node], values, {}, arithmetic, {"f": Unknown("f")})[node]
        np.testing.assert_allclose(as_array(found), as_array(reference))
    other = evaluate(graph, [node], values, {}, Exact(), {"f": Unknown("f", seed=1)})[node]
    assert other != reference
