"""Jacobian–vector and vector–Jacobian products: formulas by hand, numbers of torch, directions refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from tests.generated.programs import random_program
from tests.tools import need_module

# A program, what is said, and the closed form in inputs (None where the form through names is meant).
FORWARD: list[tuple[str, str, str]] = [
    ("X : [m, n]; w : [n]; y = X@w", "w = v", "X@v"),
    ("X : [m, n]; w : [n]; y = X@w", "X = V; w = v", "V@w + X@v"),
    ("A : [n, n]; B = inv(A)", "A = H", "-inv(A)@H@inv(A)"),
    ("A : [n, n]; d = logdet(A)", "A = H", "trace(inv(A)@H)"),
    ("x : [n]; y = x**2; s = sum(y)", "x = v", "2*x@v"),
    ("x : [n]; y = x.T@x", "x", "2*x@x_dot"),
    # Along itself a form of degree 2 grows by twice itself.
    ("A : [n, n]; A : symmetric; x : [n]; q = x@A@x", "x = x", "2*x@A@x"),
    ("x : [n]; y = softmax(x)", "x = v", "softmax(x)*(v - v@softmax(x))"),
    ("y = sin(x)*z", "x = v; z = -3*v", "(z*cos(x) - 3*sin(x))*v"),
    ("x : [n]; y = floor(x)", "x = v", "zeros(n)"),
    # An equation is differentiated on both sides.
    ("implicit y : x**2 + y**2 = 1", "x = v", "-x*v/y"),
]

BACK: list[tuple[str, str, dict[str, str]]] = [
    ("X : [m, n]; w : [n]; y = X@w", "g", {"X": "outer(g, w)", "w": "X.T@g"}),
    ("x : [n]; y = softmax(x)", "g", {"x": "softmax(x)*(g - g@softmax(x))"}),
    ("A : [n, n]; B = inv(A)", "G", {"A": "-inv(A).T@G@inv(A).T"}),
    ("x : [n]; c : [m]; y = outer(c, x)", "2*G", {"x": "2*G.T@c", "c": "2*G@x"}),
    ("x : [n]; z = 3; y = 2*x", "x", {"x": "2*x"}),
]


@pytest.mark.parametrize(("program", "tangent", "expected"), FORWARD)
def test_a_direction_is_pushed_forward(program: str, tangent: str, expected: str) -> None:
    made = cr.derive(program, tangent=tangent)
    assert made.verified
    assert made.gradients == ()
    found = made.directional
    assert found is not None
    assert found.check is not None
    assert found.check.ok
    assert str(found.closed_form) == expected
    assert found.shape == made.statement(made.output).shape


@pytest.mark.parametrize(("program", "cotangent", "expected"), BACK)
def test_a_cotangent_is_pulled_back(program: str, cotangent: str, expected: dict[str, str]) -> None:
    made = cr.derive(program, cotangent=cotangent)
    assert made.verified
    assert made.directional is None
    assert {name: str(part.closed_form) for name, part in made.vjp.items()} == expected
    for part in made.vjp.values():
        assert part.shape == next(one.shape for one in made.inputs if one.name in part.wrt)


def test_the_form_through_names_keeps_them() -> None:
    found = cr.derive("X : [m, n]; w : [n]; r = X@w; p = tanh(r)", tangent="w = v").directional
    assert found is not None
    assert str(found.closed_form_named) == "(1 - p**2)*(X@v)"
    assert [str(line) for line, _ in found.lines] == [
        "(1 - p[i]**2)*sum_j X[i,j]*v[j]",
        "(1 - tanh(sum_j X[i,j]*w[j])**2)*sum_j X[i,j]*v[j]",
    ]
    assert str(found.label) == "p_dot[i]"


# --- numbers ------------------------------------------------------------------------------------------------

CASES: list[tuple[str, Callable[..., Any], dict[str, tuple[int, ...]]]] = [
    ("h = tanh(x@w); y = h*h - x@w", lambda t, x, w: t.tanh(x @ w) ** 2 - x @ w, {"x": (2, 3), "w": (3, 4)}),
    ("p = softmax(x); y = -p*log(p)", lambda t, x: -t.softmax(x, 0) * t.log_softmax(x, 0), {"x": (5,)}),
    ("C = inv(a); y = C@b", lambda t, a, b: t.linalg.inv(a) @ b, {"a": (3, 3), "b": (3,)}),
    ("y = cumsum(exp(x), axis=0)[1:]", lambda t, x: t.cumsum(t.exp(x), 0)[1:], {"x": (3, 2)}),
]


@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")
@pytest.mark.parametrize(("program", "reference", "shapes"), CASES, ids=[program for program, _, _ in CASES])
def test_numbers_are_those_of_torch(
    program: str, reference: Callable[..., Any], shapes: dict[str, tuple[int, ...]]
) -> None:
    torch = need_module("torch")
    random = np.random.default_rng(11)
    at = {name: random.uniform(0.2, 1.0, shape) for name, shape in shapes.items()}
    steps = {name: random.normal(size=shape) for name, shape in shapes.items()}
    primals, tangents = ([torch.tensor(array) for array in arrays.values()] for arrays in (at, steps))
    out, along = torch.func.jvp(lambda *x: reference(torch, *x), tuple(primals), tuple(tangents))
    weights = random.normal(size=tuple(out.shape))
    leaves = [x.requires_grad_() for x in primals]
    # torch.func.vjp loads half of torch's compiler for the same answer.
    back = torch.autograd.grad(reference(torch, *leaves), leaves, torch.tensor(weights))
    found = cr.derive(program, at=at, tangent=steps, cotangent=weights, wrt=list(shapes))
    assert found.verified
    assert found.directional is not None
    np.testing.assert_allclose(found.directional.value, along.numpy(), rtol=1e-10)
    for name, wanted in zip(shapes, back, strict=True):
        np.testing.assert_allclose(found.vjp[name].value, wanted.numpy(), rtol=1e-10)


def test_numbers_are_exact_where_they_are_rational() -> None:
    made = cr.derive(
        "y = x + 2; z = 3*y**2; out = mean(z)", at="x = ones(2, 2)", tangent="x = [[1, 1/3], [0, -1/2]]"
    )
    assert made.directional is not None
    # 1/4 of 18 times the sum of the direction.
    assert made.directional.exact == "15/4"


def test_a_new_name_may_have_a_value() -> None:
    made = cr.derive("x : [n]; y = x**2", at="x = [1, 2]; v = [3, 5]", tangent="x = -v")
    assert made.directional is not None
    assert made.directional.value == [-6.0, -20.0]
    assert str(made.directional.closed_form) == "-2*x*v"


def test_without_a_value_of_the_new_name_there_is_a_formula_only() -> None:
    made = cr.derive("x : [n]; y = x**2", at="x = [1, 2]", tangent="x = v")
    assert made.directional is not None
    assert made.directional.value is None
    assert made.value == [1.0, 4.0]


def test_a_direction_shapes_an_input_of_which_nothing_else_is_said() -> None:
    made = cr.derive("y = x**2", tangent="x = ones(2, 3)")
    assert made.inputs[0].shape == (2, 3)


def test_names_of_tangents_avoid_those_of_the_program() -> None:
    made = cr.derive("y = x*x_dot", tangent="x = 1")
    assert made.directional is not None
    assert str(made.directional.closed_form) == "x_dot*x_tangent"


def test_an_intermediate_moves_by_itself() -> None:
    made = cr.derive("y = x**2; z = y*x", at="x = 2", tangent="y = 1")
    assert made.directional is not None
    assert made.directional.value == 2.0


@pytest.mark.parametrize("seed", [41, 43, 46, 48, 53, 60, 65, 77])
def test_random_programs_are_pushed_and_pulled(seed: int) -> None:
    program = random_program(seed)
    made = cr.derive(program.text, at=program.at, tangent=list(program.exact), cotangent="g_1", mode="both")
    assert made.directional is not None
    assert made.verified
    assert made.data.modes is not None
    assert made.data.modes.agree is not None
    assert made.data.modes.agree.ok


# --- where the derivative does not exist --------------------------------------------------------------------


def test_a_product_is_undefined_where_the_value_is() -> None:
    made = cr.derive("x : [2]; y = log(x)", at="x = [-1, 2]", tangent="x = [1, 1]")
    assert made.directional is not None
    assert made.directional.value == [None, 0.5]
    assert "log(-1)" in made.directional.undefined[0].sentence
    pulled = cr.derive("x : [2]; y = log(x)", at="x = [-1, 2]", cotangent="[1, 1]").vjp["x"]
    assert pulled.value == [None, None]
    # What weighs nothing does not count.
    assert cr.derive("x : [2]; y = log(x)", at="x = [-1, 2]", cotangent="[0, 1]").vjp["x"].value == [0.0, 0.5]


def test_at_a_kink_the_convention_decides() -> None:
    program, at = "x : [2]; y = relu(x)", "x = [0, 1]"
    slopes = {}
    for convention in ("torch", "error"):
        made = cr.derive(program, at=at, tangent="x = [1, 1]", convention=convention)
        assert made.directional is not None
        slopes[convention] = made.directional.value
    assert slopes == {"torch": [0.0, 1.0], "error": [None, 1.0]}
    pulled = cr.derive(program, at=at, cotangent="[1, 1]", convention="error").vjp["x"]
    assert pulled.value == [None, 1.0]


# --- refused ------------------------------------------------------------------------------------------------

REFUSED: list[tuple[dict[str, Any], str, list[str]]] = [
    ({"tangent": "x = [1, 2]"}, "shape", ["[3]", "[2]"]),
    ({"tangent": "x = 1"}, "shape", ["[3]", "[]"]),
    ({"tangent": "x = A@v"}, "shape", ["[3]", "[2]"]),
    ({"tangent": "q = 1"}, "name", ["no variable q"]),
    ({"tangent": "x = v; x = u"}, "usage", ["two directions"]),
    ({"tangent": "x**2"}, "usage", ["name = data"]),
    ({"tangent": "x : [3]"}, "usage", ["name = data"]),
    ({"tangent": "x = v", "order": 2}, "unsupported", ["first order"]),
    ({"tangent": "x = v", "at": "x = [1, 2, 3]; A = ones(2, 3); v = [1, 2]"}, "shape", ["[3]", "[2]"]),
    ({"cotangent": "[1, 2, 3]"}, "shape", ["[2]", "[3]"]),
    ({"cotangent": "x"}, "shape", ["[2]", "[3]"]),
    ({"cotangent": "g; h"}, "usage", ["one cotangent"]),
    ({"cotangent": "q = [1, 2]"}, "usage", ["output's shape"]),
    ({"mode": "backward"}, "usage", ["reverse, forward, both"]),
    ({"tangent": [1.0, 2.0]}, "usage", ["mapping from names"]),
    ({"tangent": 3}, "usage", ["mapping from names"]),
]


@pytest.mark.parametrize(
    ("options", "code", "words"), REFUSED, ids=[str(options) for options, _, _ in REFUSED]
)
def test_what_does_not_fit_is_refused(options: dict[str, Any], code: str, words: list[str]) -> None:
    with pytest.raises(cr.ChainRuleError) as caught:
        cr.derive("x : [3]; A : [2, 3]; y = A@x", **options)
    assert caught.value.diagnostic.code == code
    assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize("mode", ["forward", "both"])
def test_an_input_and_what_is_made_of_it_are_checked_one_at_a_time(mode: str) -> None:
    made = cr.derive("y = x**2; z = y*x", wrt=["x", "y"], mode=mode)
    assert [str(part.closed_form) for part in made.gradients] == ["3*x**2", "x"]
    assert made.verified
    assert made.data.modes is not None
    assert made.data.modes.agree is not None
    assert made.data.modes.agree.ok


# --- forward accumulation of gradients ------------------------------------------------------------------------

PROGRAMS = [
    "y = x + 2; z = 3*y**2; out = mean(z)",
    "X : [m, n]; w : [n]; q : [m]; r = X@w - q; loss = mean(r**2)",
    """X : [m, n]; t : [m]; X : constant; t : constant; w : [n]
       p = sigmoid(X@w); loss = -mean(t*log(p) + (1 - t)*log(1 - p))""",
    "y = sin(x); z = y**2 + x*y",
    "A : [n, n]; A : symmetric; x : [n]; q = x.T@A@x",
    "x : [n]; p = softmax(x); out = p@p",
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_forward_accumulation_has_the_same_closed_forms(program: str) -> None:
    ahead, back = cr.derive(program, mode="forward"), cr.derive(program)
    assert ahead.verified
    assert [str(part.closed_form) for part in ahead.gradients] == [str(p.closed_form) for p in back.gradients]
    assert [str(p.lines[-1][0]) for p in ahead.gradients] == [str(p.lines[-1][0]) for p in back.gradients]


def test_forward_lines_multiply_from_the_input_on() -> None:
    (part,) = cr.derive(PROGRAMS[0], mode="forward").gradients
    assert str(part.chain) == "(dy[i]/dx[i])*(dz[i]/dy[i])*(dout/dz[i])"
    assert [str(line) for line, _ in part.lines][:2] == ["1*(6*y[i])*(1/n)", "6/n*y[i]"]


def test_what_has_too_many_entries_is_pulled_back() -> None:
    made = cr.derive("x = rand(60, 50, seed=1); y = x**2; out = sum(y)", mode="forward", of="y", verify=False)
    assert made.data.modes is not None
    assert made.data.modes.forward_sweeps == 3000
    assert any("too many entries" in note for note in made.notes)
    assert "too many" not in str(cr.derive("x = rand(6, 5, seed=1); y = x**2", mode="forward").notes)


def test_long_programs_go_through_the_names_on_the_way() -> None:
    steps = "; ".join(f"y_{k + 1} = sin(y_{k})*y_{k} + x" for k in range(31))
    made = cr.derive(f"x : [3]; y_0 = x@x*x; {steps}; out = sum(y_31)", mode="forward", verify=False)
    assert str(made.gradients[0].index) == "sum_j dy_31[j]/dx[i]"
    assert [part.name for part in made.data.pushed] == [f"y_{k}" for k in range(32)]
    assert "∂y₁_j/∂x_i = (cos(y₀_j) y₀_j + sin(y₀_j)) · ∂y₀_j/∂x_i + δ_ij" in made.render("text").replace(
        "  ", " "
    )
