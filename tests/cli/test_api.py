"""What Python users call; beside the command line, which is a thin caller of it."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
import sympy

import chainrule as cr

PROGRAM = "y = x + 2; z = 3*y**2; out = mean(z)"


@pytest.fixture(scope="module")
def derivation() -> cr.Derivation:
    return cr.derive(PROGRAM, at="x = ones(2, 2)")


def test_the_export_list_is_what_there_is() -> None:
    assert all(getattr(cr, name) is not None for name in cr.__all__)
    assert set(cr.__all__) <= set(dir(cr))
    with pytest.raises(AttributeError):
        cr.nonsense  # noqa: B018


def test_parts(derivation: cr.Derivation) -> None:
    assert derivation.output == "out"
    assert derivation.program == PROGRAM
    assert derivation.value == 27.0
    assert derivation.verified is True
    assert [part.name for part in derivation.inputs] == ["x"]
    assert derivation.statement("z").shape == (2, 2)
    assert str(derivation.statement("z").expression) == "3*y**2"
    assert str(derivation.statement("z").index) == "3*y[i,j]**2"
    factor = derivation.factor("z", "y")
    assert factor.rules == ("constant multiple", "power")
    assert str(factor.index) == "6*y[i,j]"
    assert factor.index.latex == r"6\,y_{ij}"
    assert str(factor.matrix) == "6*y"
    assert factor.check is not None
    gradient = derivation.gradient("x")
    assert str(gradient.closed_form) == "3/2*(x + 2)"
    assert str(gradient.closed_form_named) == "3/2*y"
    assert gradient.value == [[4.5, 4.5], [4.5, 4.5]]
    assert gradient.exact == [["9/2", "9/2"], ["9/2", "9/2"]]
    assert gradient.paths == (("x", "y", "z", "out"),)
    assert [str(line) for line, _ in gradient.lines][-1] == "3/2*(x[i,j] + 2)"
    assert derivation.gradient() == gradient


def test_everything_is_a_sympy_expression(derivation: cr.Derivation) -> None:
    y = sympy.Symbol("y", real=True)
    assert derivation.statement("z").sympy == 3 * y**2
    one = cr.derive("y = sin(x)**2")
    x = sympy.Symbol("x", real=True)
    assert one.gradient("x").sympy == 2 * sympy.sin(x) * sympy.cos(x)
    assert one.factor("y", "x").sympy == sympy.diff(sympy.sin(x) ** 2, x)
    indexed = derivation.factor("z", "y").sympy
    assert indexed.has(sympy.Indexed)


def test_a_derivation_is_frozen(derivation: cr.Derivation) -> None:
    with pytest.raises(FrozenInstanceError):
        derivation.data = None  # type: ignore[misc]


def test_looks(derivation: cr.Derivation) -> None:
    assert str(derivation) + "\n" == derivation.render("text")
    assert repr(derivation) == "<Derivation: dout/dx = 3/2*(x + 2)>"
    assert json.loads(derivation.to_json())["value"] == 27.0
    assert derivation._repr_html_().startswith("<pre>y   = x + 2")
    assert derivation._repr_latex_().startswith("$$\n\\begin{aligned}")


def test_notebooks_show_text_from_people_escaped() -> None:
    shown = cr.derive("y = where(x < 2, x, 3)")._repr_html_()
    assert "&lt;" in shown
    assert "<2" not in shown.replace(" ", "")


def test_a_gradient_is_a_function_of_arrays(derivation: cr.Derivation) -> None:
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    found = derivation.gradient("x")(x=x)
    np.testing.assert_allclose(found, 1.5 * (x + 2))
    assert found.dtype == np.float64
    np.testing.assert_allclose(derivation.gradient("x")({"x": x}), found)
    np.testing.assert_allclose(derivation.gradient("x")(), np.full((2, 2), 4.5))


def test_a_gradient_of_symbolic_shape_takes_any_length() -> None:
    derivation = cr.derive("X : [n, d]; w : [d]; b : [n]; r = X@w - b; loss = mean(r**2)", wrt="w")
    random = np.random.default_rng(0)
    for n, d in ((2, 3), (5, 4)):
        x, w, b = random.normal(size=(n, d)), random.normal(size=d), random.normal(size=n)
        found = derivation.gradient("w")(X=x, w=w, b=b)
        np.testing.assert_allclose(found, 2 / n * x.T @ (x @ w - b))


def test_a_gradient_refuses_missing_and_unknown_values() -> None:
    gradient = cr.derive("z = x*y").gradient("x")
    with pytest.raises(cr.ChainRuleError, match="y has no value"):
        gradient(x=1.0)
    with pytest.raises(cr.ChainRuleError, match="no input q"):
        gradient(x=1.0, y=2.0, q=3.0)


def test_second_derivatives_have_two_names() -> None:
    derivation = cr.derive("z = x**2*y", order=2, wrt=["x", "y"])
    assert str(derivation.gradient("x", "y").closed_form) == "2*x"
    with pytest.raises(cr.ChainRuleError):
        derivation.gradient("y", "q")


def test_values_are_texts_numbers_lists_or_arrays() -> None:
    wanted = [[4.5, 4.5], [4.5, 4.5]]
    for at in ("x = ones(2, 2)", ["x = ones(2, 2)"], {"x": [[1, 1], [1, 1]]}, {"x": np.ones((2, 2))}):
        assert cr.derive(PROGRAM, at=at).gradient("x").value == wanted


@pytest.mark.parametrize("shape", [(2, "n"), [2, "n"], "2,n", "[2, n]"])
def test_shapes_are_sequences_or_texts(shape: object) -> None:
    assert cr.derive("y = sum(x)", shapes={"x": shape}).inputs[0].shape == (2, "n")


@pytest.mark.parametrize(
    "options",
    [
        {"shapes": {"x": (0,)}},
        {"shapes": {"x": (True,)}},
        {"shapes": {"x": (1.5,)}},
        {"shapes": {"x": 2.5}},
        {"shapes": {"q": (2,)}},
        {"assume": {"x": "nonsense"}},
        {"assume": {"q": "positive"}},
        {"wrt": "q"},
        {"wrt": ""},
        {"of": "q"},
        {"order": 0},
        {"order": True},
        {"layout": "nonsense"},
        {"convention": "nonsense"},
        {"detail": "nonsense"},
        {"at": "x = "},
        {"at": {"q": 1}},
        {"timeout": 0.0},
        {"max_nodes": 1},
    ],
    ids=str,
)
def test_wrong_arguments_are_diagnosed(options: dict[str, object]) -> None:
    with pytest.raises(cr.ChainRuleError):
        cr.derive("y = sin(x)*x", **options)


@pytest.mark.parametrize("program", [None, 3, b"y = x"])
def test_a_program_is_a_text(program: object) -> None:
    with pytest.raises(cr.ChainRuleError, match="a program is a text"):
        cr.derive(program)


def test_parse_gives_the_meaning_without_derivatives() -> None:
    pipeline = cr.parse("y = X@w", shapes={"X": ("n", 3), "w": (3,)})
    assert pipeline.output == "y"
    assert [part.name for part in pipeline.inputs] == ["X", "w"]


@pytest.mark.parametrize(
    ("symbol", "fine"),
    [
        (r"\mathcal{L}", True),
        (r"\hat{y}_{0}", True),
        (r"L'", True),
        (r"\boldsymbol{\theta}", True),
        ("", False),
        (r"\input{x}", False),
        (r"\write18{x}", False),
        ("$x$", False),
        ("a%b", False),
        ("{a", False),
        ("}a{", False),
        ("a_", False),
        ("a\nb", False),
        ("\\", False),
        ("é", False),
    ],
)
def test_symbols_are_drawn_and_do_nothing_else(symbol: str, fine: bool, derivation: cr.Derivation) -> None:
    if fine:
        assert symbol in derivation.render("latex", symbols={"out": symbol})
    else:
        with pytest.raises(cr.ChainRuleError):
            derivation.render("latex", symbols={"out": symbol})
