"""Index notation, derivatives and names, in every notation."""

from __future__ import annotations

from fractions import Fraction

import pytest

from chainrule.terms import Entry, Index, Number, Symbol
from tests.notation.writing import (
    Row,
    add,
    assert_written,
    delta,
    div,
    entry,
    mul,
    n,
    neg,
    op,
    partial,
    power,
    total,
)

# term, language, terminal, (ASCII where it differs,) LaTeX
# fmt: off
TABLE: list[Row] = [
    # --- indices
    (entry("y", "ij"), "y[i,j]", "y_ij", "y_{ij}"),
    (mul(6, entry("y", "ij")), "6*y[i,j]", "6 y_ij", r"6\,y_{ij}"),
    (mul(Fraction(3, 2), entry("y", "ij")), "3/2*y[i,j]", "3/2 y_ij", r"\frac{3}{2}\,y_{ij}"),
    (mul(Fraction(3, 2), add(entry("x", "ij"), 2)),
     "3/2*(x[i,j] + 2)", "3/2 (x_ij + 2)", r"\frac{3}{2}\,(x_{ij} + 2)"),
    (power(entry("y", "ij"), 2), "y[i,j]**2", "y_ij²", "y_ij^2", "y_{ij}^{2}"),
    (mul(entry("p", "i"), add(delta("i", "j"), neg(entry("p", "j")))),
     "p[i]*(delta(i,j) - p[j])", "p_i(δ_ij − p_j)", "p_i(delta_ij - p_j)", r"p_{i}\,(\delta_{ij} - p_{j})"),
    (mul(6, entry("y", "ij"), delta("i", "k"), delta("j", "l")),
     "6*y[i,j]*delta(i,k)*delta(j,l)", "6 y_ij δ_ik δ_jl", "6 y_ij delta_ik delta_jl",
     r"6\,y_{ij}\,\delta_{ik}\,\delta_{jl}"),
    (Entry(Symbol("x"), (Index("i"), add(n, -1))), "x[i,n - 1]", "x_{i,n−1}", "x_{i,n-1}", "x_{i,n - 1}"),
    (Entry(Symbol("x"), (Number(Fraction(0)), Number(Fraction(1)))), "x[0,1]", "x_{0,1}", "x_{0,1}"),
    (Entry(Symbol("x"), (Index("i1"), Index("j"))), "x[i1,j]", "x_{i₁,j}", "x_{i1,j}", "x_{i_{1},j}"),
    (entry("w_1", "i"), "w_1[i]", "w₁_i", "w_1_i", "{w_{1}}_{i}"),
    (power(entry("w_1", "ij"), 2), "w_1[i,j]**2", "w₁_ij²", "w_1_ij^2", "{w_{1}}_{ij}^{2}"),
    (total("i", mul(div(2, n), entry("r", "i"), entry("X", "ij"))),
     "sum_i 2/n*r[i]*X[i,j]", "Σ_i (2/n) r_i X_ij", "sum_i (2/n) r_i X_ij",
     r"\sum_{i} \frac{2}{n}\,r_{i}\,X_{ij}"),
    (mul(div(2, n), total("i", entry("r", "i"))),
     "2/n*sum_i r[i]", "(2/n) Σ_i r_i", "(2/n) sum_i r_i", r"\frac{2}{n}\,\sum_{i} r_{i}"),
    (total("ij", add(entry("X", "ij"), 1)),
     "sum_ij (X[i,j] + 1)", "Σ_ij (X_ij + 1)", "sum_ij (X_ij + 1)", r"\sum_{i,j} (X_{ij} + 1)"),
    (mul(total("i", entry("r", "i")), "x"),
     "(sum_i r[i])*x", "(Σ_i r_i) x", "(sum_i r_i) x", r"\left(\sum_{i} r_{i}\right)\,x"),
    (div(total("i", entry("r", "i")), n),
     "(sum_i r[i])/n", "(Σ_i r_i)/n", "(sum_i r_i)/n", r"\frac{\sum_{i} r_{i}}{n}"),
    (add(total("i", entry("r", "i")), "x"),
     "sum_i r[i] + x", "Σ_i r_i + x", "sum_i r_i + x", r"\sum_{i} r_{i} + x"),
    (neg(total("i", entry("r", "i"))), "-sum_i r[i]", "−Σ_i r_i", "-sum_i r_i", r"-\sum_{i} r_{i}"),
    # --- derivatives
    (partial("out", entry("z", "ij")),
     "dout/dz[i,j]", "∂out/∂z_ij", "dout/dz_ij", r"\frac{\partial \mathrm{out}}{\partial z_{ij}}"),
    (partial(entry("z", "ij"), entry("y", "ij")),
     "dz[i,j]/dy[i,j]", "∂z_ij/∂y_ij", "dz_ij/dy_ij", r"\frac{\partial z_{ij}}{\partial y_{ij}}"),
    (partial("w", "x", total=True), "dw/dx", "dw/dx", r"\frac{\mathrm{d}w}{\mathrm{d}x}"),
    (partial("out", "x", "x"),
     "d2out/(dx dx)", "∂²out/∂x²", "d^2out/dx^2", r"\frac{\partial^{2} \mathrm{out}}{\partial x^{2}}"),
    (partial("out", entry("x", "ij"), entry("x", "kl")),
     "d2out/(dx[i,j] dx[k,l])", "∂²out/∂x_ij∂x_kl", "d^2out/(dx_ij dx_kl)",
     r"\frac{\partial^{2} \mathrm{out}}{\partial x_{ij}\,\partial x_{kl}}"),
    (mul(partial("z", "y", total=True), partial("y", "x", total=True)),
     "(dz/dy)*(dy/dx)", "dz/dy · dy/dx", "dz/dy * dy/dx",
     r"\frac{\mathrm{d}z}{\mathrm{d}y} \cdot \frac{\mathrm{d}y}{\mathrm{d}x}"),
    (mul(partial("out", "y"), 6, "y"),
     "(dout/dy)*6*y", "∂out/∂y · 6y", "dout/dy * 6y",
     r"\frac{\partial \mathrm{out}}{\partial y} \cdot 6\,y"),
    (power(partial("out", "y"), 2),
     "(dout/dy)**2", "(∂out/∂y)²", "(dout/dy)^2",
     r"\left(\frac{\partial \mathrm{out}}{\partial y}\right)^{2}"),
    (partial(mul(3, power("x", 2)), "x", total=True),
     "d/dx (3*x**2)", "d/dx (3x²)", "d/dx (3x^2)", r"\frac{\mathrm{d}}{\mathrm{d}x} (3\,x^{2})"),
    (partial(op("sin", "x"), "x"),
     "d/dx sin(x)", "∂/∂x sin(x)", "d/dx sin(x)", r"\frac{\partial}{\partial x} \sin(x)"),
    # --- names
    (mul("theta", "lambda", "Sigma"),
     "theta*lambda*Sigma", "θ λ Σ", "theta lambda Sigma", r"\theta\,\lambda\,\Sigma"),
    (mul(2, "theta_1"), "2*theta_1", "2θ₁", "2 theta_1", r"2\,\theta_{1}"),
    (mul("w_1", "x_hat", "loss_total"),
     "w_1*x_hat*loss_total", "w₁ x̂ loss_total", "w_1 x_hat loss_total",
     r"w_{1}\,\hat{x}\,\mathrm{loss\_total}"),
    (mul("x1", "x_max", "mu_bar_2"),
     "x1*x_max*mu_bar_2", "x₁ x_max μ̄₂", "x1 x_max mu_bar_2", r"x_{1}\,x_{\mathrm{max}}\,\bar{\mu}_{2}"),
    (mul("loss_hat", "layer_1", "a_b_c"),
     "loss_hat*layer_1*a_b_c", "loss_hat layer₁ a_b_c", "loss_hat layer_1 a_b_c",
     r"\hat{\mathrm{loss}}\,\mathrm{layer}_{1}\,a_{b,c}"),
]
# fmt: on


@pytest.mark.parametrize("row", TABLE, ids=[str(row[1]) for row in TABLE])
def test_is_written(row):
    assert_written(row)
