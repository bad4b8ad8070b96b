"""Calls of operations and of abstract functions, in every notation."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.notation.writing import Row, add, assert_written, decimal, div, f, matmul, mul, neg, op, power

# term, language, terminal, (ASCII where it differs,) LaTeX
# fmt: off
TABLE: list[Row] = [
    # --- calls
    (op("exp", neg("x")), "exp(-x)", "exp(−x)", "exp(-x)", "e^{-x}"),
    (op("exp", add("x", div("y", 2))), "exp(x + y/2)", "exp(x + y/2)", r"\exp\left(x + \frac{y}{2}\right)"),
    (op("sqrt", "x"), "sqrt(x)", "√x", "sqrt(x)", r"\sqrt{x}"),
    (op("sqrt", add("x", 1)), "sqrt(x + 1)", "√(x + 1)", "sqrt(x + 1)", r"\sqrt{x + 1}"),
    (power(op("sqrt", "x"), 3), "sqrt(x)**3", "(√x)³", "sqrt(x)^3", r"\sqrt{x}^{3}"),
    (op("square", add("x", 1)), "square(x + 1)", "(x + 1)²", "square(x + 1)", "(x + 1)^{2}"),
    (power(op("exp2", "x"), 2), "exp2(x)**2", "exp2(x)²", "exp2(x)^2", "(2^{x})^{2}"),
    (power(op("reciprocal", "x"), 2),
     "reciprocal(x)**2", "reciprocal(x)²", "reciprocal(x)^2", r"\left(\frac{1}{x}\right)^{2}"),
    (op("softplus", "x", "y"),
     "softplus(x, beta=y)", "softplus(x, beta=y)", r"\mathrm{softplus}(x, \beta=y)"),
    (op("abs", add("x", 1)), "abs(x + 1)", "|x + 1|", r"\lvert x + 1 \rvert"),
    (op("sigmoid", "x"), "sigmoid(x)", "σ(x)", "sigmoid(x)", r"\sigma(x)"),
    (op("tanh", "x"), "tanh(x)", "tanh(x)", r"\tanh(x)"),
    (op("leaky_relu", "x", decimal("0.01")), "leaky_relu(x)", "leaky_relu(x)", r"\mathrm{leaky\_relu}(x)"),
    (op("leaky_relu", "x", decimal("0.2")),
     "leaky_relu(x, negative_slope=0.2)", "leaky_relu(x, negative_slope=0.2)",
     r"\mathrm{leaky\_relu}(x, \mathrm{negative\_slope}=0.2)"),
    (op("mean", "u"), "mean(u)", "mean(u)", r"\mathrm{mean}(u)"),
    (op("mean", "A", axis=0, keepdims=True),
     "mean(A, axis=0, keepdims=True)", "mean(A, axis=0, keepdims=True)",
     r"\mathrm{mean}(A, \mathrm{axis}=0, \mathrm{keepdims}=\mathrm{True})"),
    (op("sum", "A", axis=(0, 1)),
     "sum(A, axis=(0, 1))", "sum(A, axis=(0, 1))", r"\mathrm{sum}(A, \mathrm{axis}=(0, 1))"),
    (op("sum", "A", axis=(-1,)), "sum(A, axis=-1)", "sum(A, axis=-1)", r"\mathrm{sum}(A, \mathrm{axis}=-1)"),
    (op("std", "u", correction=1),
     "std(u, correction=1)", "std(u, correction=1)", r"\mathrm{std}(u, \mathrm{correction}=1)"),
    (op("norm", "u"), "norm(u)", "‖u‖", "norm(u)", r"\lVert u \rVert"),
    (op("norm", "A", axis=1), "norm(A, axis=1)", "norm(A, axis=1)", r"\mathrm{norm}(A, \mathrm{axis}=1)"),
    (op("where", op("gt", "x", 0), "a", neg("b")),
     "where(x > 0, a, -b)", "where(x > 0, a, −b)", "where(x > 0, a, -b)",
     r"\begin{cases} a & \text{if } x > 0 \\ -b & \text{otherwise} \end{cases}"),
    (op("where", op("le", "x", 0), 0, op("where", op("ne", "x", 1), "x", 1)),
     "where(x <= 0, 0, where(x != 1, x, 1))", "where(x ≤ 0, 0, where(x ≠ 1, x, 1))",
     "where(x <= 0, 0, where(x != 1, x, 1))",
     r"\begin{cases} 0 & \text{if } x \le 0 \\ x & \text{if } x \ne 1 \\ 1 & \text{otherwise} \end{cases}"),
    (mul(2, op("where", op("gt", "x", 0), 1, 0)),
     "2*where(x > 0, 1, 0)", "2 where(x > 0, 1, 0)",
     r"2\,\begin{cases} 1 & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}"),
    (add(op("where", op("gt", "x", 0), 1, 0), "x"),
     "where(x > 0, 1, 0) + x", "where(x > 0, 1, 0) + x",
     r"\left(\begin{cases} 1 & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}\right) + x"),
    (op("unheard_of", "x", mode="quick", rates=(Fraction(1, 4), None)),
     'unheard_of(x, mode="quick", rates=(0.25, None))', 'unheard_of(x, mode="quick", rates=(0.25, None))',
     r"\mathrm{unheard\_of}(x, \mathrm{mode}=\mathrm{quick}, \mathrm{rates}=(0.25, \mathrm{None}))"),
    (op("take", "u", items=(0,)), "u[0]", "u_0", "u_{0}"),
    (op("take", "A", items=((None, None, None), 1)), "A[:, 1]", "A[:, 1]", "A[{:}, 1]"),
    (op("take", "A", items=((1, 3, None), (None, None, None))), "A[1:3]", "A[1:3]", "A[1{:}3]"),
    (op("take", "A", items=((None, None, -1),)), "A[::-1]", "A[::-1]", "A[{:}{:}{-}1]"),
    (op("take", matmul("A", "B"), items=(-1, 0)), "(A@B)[-1, 0]", "(A B)[-1, 0]", r"(A\,B)[{-}1, 0]"),
    (op("expand_dims", "u", axis=(1,)), "u[:, None]", "u[:, None]", r"u[{:}, \mathrm{None}]"),
    (op("ones", shape=(2, 2)), "ones(2, 2)", "ones(2, 2)", r"\mathbf{1}_{2 \times 2}"),
    (op("zeros", shape=("n", 3)), "zeros(n, 3)", "zeros(n, 3)", r"\mathbf{0}_{n \times 3}"),
    (op("eye", shape=(3,)), "eye(3)", "eye(3)", "I_{3}"),
    (op("full", 7, shape=(2, "n")), "full([2, n], 7)", "full([2, n], 7)", r"7\,\mathbf{1}_{2 \times n}"),
    (op("einsum", "A", "B", pattern="ij,jk->ik"),
     'einsum("ij,jk->ik", A, B)', 'einsum("ij,jk->ik", A, B)',
     r"\mathrm{einsum}(\mathrm{ij,jk\to ik}, A, B)"),
    # --- abstract functions
    (f("x"), "f(x)", "f(x)", "f(x)"),
    (f(f("x", name="g"), 1), "f'(g(x))", "f′(g(x))", "f'(g(x))", "f'(g(x))"),
    (mul(f("u", 1), f("x", 1, "g")), "f'(u)*g'(x)", "f′(u) g′(x)", "f'(u) g'(x)", r"f'(u)\,g'(x)"),
    (f("x", 2), "f''(x)", "f″(x)", "f''(x)", "f''(x)"),
    (f("x", 4), "f^(4)(x)", "f^(4)(x)", "f^{(4)}(x)"),
    (op("call", "x", "y", function="f", orders=(1, 0)),
     "d1 f(x, y)", "∂₁f(x, y)", "d1 f(x, y)", r"\partial_{1} f(x, y)"),
    (op("call", "x", "y", function="f", orders=(1, 2)),
     "d1 d2 d2 f(x, y)", "∂₁∂₂∂₂f(x, y)", "d1 d2 d2 f(x, y)",
     r"\partial_{1} \partial_{2} \partial_{2} f(x, y)"),
]
# fmt: on


@pytest.mark.parametrize("row", TABLE, ids=[str(row[1]) for row in TABLE])
def test_is_written(row):
    assert_written(row)
