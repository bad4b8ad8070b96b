"""Names that an equation defines: against functions that are known in closed form, and against torch."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.calculus import reverse
from chainrule.schema import load


def derived(program: str, at: Any = None, **options: Any) -> cr.Derivation:
    found = cr.derive(program, at=at, **options)
    assert found.data.verified is True
    return found


def value(found: cr.Derivation, *wrt: str) -> Any:
    part = next(g for g in found.data.gradients if g.wrt == wrt)
    assert part.value is not None
    return np.array(part.value.nested(), dtype=float)


@pytest.mark.parametrize(
    ("program", "form"),
    [
        ("implicit y : x**2 + y**2 - 1", "-x/y"),
        ("implicit y : x**2 + y**2 = 1; out = y**2", "-2*x"),
        ("implicit y : y*exp(y) - x", "exp(-y)/(1 + y)"),
        ("u = sin(x); implicit y : u*y - 1", "-y*cos(x)/u"),
        ("A : [n, n]; implicit z : A@z - x; x : [n]", "inv(A)"),
        ("A : [n, n]; implicit z : A@z = x; x : [n]; out = sum(z**2)", "2*inv(A).T@z"),
        ("x : [n]; implicit y : y**3 - x", "1/3*diag(1/y**2)"),
    ],
)
def test_derivatives_have_their_textbook_form(program: str, form: str) -> None:
    found = derived(program, wrt="x")
    assert str(found.gradient("x").closed_form_named or found.gradient("x").closed_form) == form


def test_higher_orders_are_those_of_the_root() -> None:
    found = derived("implicit y : x**2 + y**2 = 1", "x = 3/5; y = 4/5", order=3)
    assert value(found, "x") == pytest.approx(-3 / 4)
    assert value(found, "x", "x") == pytest.approx(-((4 / 5) ** -3))
    assert value(found, "x", "x", "x") == pytest.approx(-3 * (3 / 5) * (4 / 5) ** -5)
    assert [part.value.exact for part in found.data.gradients if part.value] == [
        ("-3/4",),
        ("-125/64",),
        ("-5625/1024",),
    ]


def test_taylor_polynomial_of_lamberts_function() -> None:
    found = derived("implicit w : w*exp(w) - x", "x = 0; w = 0", taylor=4).data.taylor
    assert found is not None
    exact = [term.value.exact for term in found.terms if term.value is not None]
    assert exact == [("0",), ("1",), ("-1",), ("3/2",), ("-8/3",)]


def test_fixed_point_against_torch() -> None:
    torch = pytest.importorskip("torch")
    generator = torch.Generator().manual_seed(1)
    w = (torch.rand(3, 3, generator=generator, dtype=torch.float64) - 0.5).requires_grad_()
    x = torch.rand(3, generator=generator, dtype=torch.float64).requires_grad_()
    z = torch.zeros(3, dtype=torch.float64)
    for _ in range(300):
        z = torch.tanh(w @ z + x)
    (z**2).sum().backward()
    at = {"W": w.detach().numpy(), "x": x.detach().numpy(), "z": z.detach().numpy()}
    found = derived("W : [3, 3]; x : [3]; implicit z : z - tanh(W@z + x); out = sum(z**2)", at)
    assert found.data.warnings == ()
    np.testing.assert_allclose(value(found, "x"), x.grad, rtol=1e-9)
    np.testing.assert_allclose(value(found, "W"), w.grad, rtol=1e-9)


def test_what_the_report_says() -> None:
    text = derived("implicit y : x**2 + y**2 - 1", "x = 3/5; y = 4/5").render("text")
    assert "∂F/∂x + ∂F/∂y · dy/dx = 0" in text
    assert "2x + 2y · dy/dx       = 0" in text
    assert "−3/4" in text
    answer = json.loads(derived("implicit y : x**2 + y**2 - 1", "x = 1; y = 2").to_json())
    (statement,) = answer["program"]["statements"]
    assert statement["implicit"] is True
    assert statement["residual"] == 4.0
    assert "x**2 + y**2 - 1 is 4, not 0" in answer["warnings"][0]
    assert answer["factors"][0]["equation"]["by_name"]["text"] == "2*y"
    pytest.importorskip("jsonschema").validate(answer, load("derive"))


def test_without_its_value_there_are_no_numbers() -> None:
    found = derived("implicit y : x**2 + y**2 - 1", "x = 1")
    assert found.gradient("x").value is None
    assert "y has no value" in found.data.notes[-1]


def test_a_vertical_tangent_is_an_answer() -> None:
    part = derived("implicit y : x**2 + y**2 - 1", "x = 1; y = 0").data.gradients[0]
    assert part.undefined
    assert part.value is not None
    assert part.value.floats == (None,)


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("implicit y : x**2 - 1", "does not contain y"),
        ("implicit y : y*z - 1; z = x + 1", "z is used before it is defined"),
        ("x : [3]; y : [2]; implicit y : x - sum(y)", "there must be as many equations as unknowns"),
        ("A : [2, 2]; Y : [2, 2]; implicit Y : A@Y@Y - A", "the derivative of Y is not supported yet"),
        ("implicit y : x + y; y = 3", "y is defined twice"),
        ("implicit : x", "implicit"),
    ],
)
def test_wrong_equations_are_refused(program: str, message: str) -> None:
    with pytest.raises(cr.ChainRuleError) as caught:
        cr.derive(program)
    assert message in str(caught.value) or message in str(caught.value.diagnostic.notes)


def test_a_wrong_sign_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reverse, "neg", lambda term: term)
    found = cr.derive("implicit y : x**3 + y**3 - x*y")
    assert found.data.verified is False
