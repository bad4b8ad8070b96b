"""Total derivatives along a parameter, and where d and ∂ about the same names differ."""

from __future__ import annotations

import pytest

import chainrule as cr


@pytest.mark.parametrize(
    ("program", "chain", "form"),
    [
        ("x = cos(t); y = sin(t); z = x**2*y", "∂z/∂x · dx/dt + ∂z/∂y · dy/dt", "x³ − 2y² x"),
        ("x = sin(t); z = t*x", "∂z/∂x · dx/dt + ∂z/∂t", "t cos(t) + x"),
        ("a : constant; x = a*sin(t); z = t*x", "∂z/∂x · dx/dt + ∂z/∂t", "a t cos(t) + x"),
        ("x = sin(t); z = b*t*x", "∂z/∂x · dx/dt + ∂z/∂t", "b(t cos(t) + x)"),
        (
            "f : function; x = cos(t); z = f(x, t)",
            "∂z/∂x · dx/dt + ∂z/∂t",
            "∂₂f(x, t) − ∂₁f(x, t) sin(t)",
        ),
    ],
)
def test_along_a_parameter(program: str, chain: str, form: str) -> None:
    found = cr.derive(program, wrt="t")
    assert found.data.verified
    text = found.render("text")
    assert f"dz/dt = {chain}" in text
    assert form in text
    direct = chain.endswith("∂z/∂t")
    assert ("dz/dt counts every way, ∂z/∂t only the direct one" in " ".join(text.split())) == direct


def test_functions_of_the_parameter() -> None:
    text = cr.derive("x : function; f = x(t)**2*t", wrt="t").render("text")
    assert "df/dt = 2 x(t) x′(t) t + x(t)²" in text


def test_partial_derivatives_stay_partial() -> None:
    assert "∂z/∂x = 2y x" in cr.derive("z = x**2*y", wrt="x").render("text")
    assert "∂²z/∂x∂y" in cr.derive("z = x**2*y", order=2).render("text")
    # x reaches z along two ways, but never straight.
    text = cr.derive("u = sin(x); v = exp(x); z = u*v*y", wrt="x").render("text")
    assert "∂z/∂x = ∂z/∂u · du/dx + ∂z/∂v · dv/dx" in text


def test_t_is_a_variable_unless_it_is_called() -> None:
    assert [part.name for part in cr.parse("x = t**2").inputs] == ["t"]
    with pytest.raises(cr.ChainRuleError, match="t is an operation"):
        cr.parse("X : [2, 3]; y = t(X)@X + t")
