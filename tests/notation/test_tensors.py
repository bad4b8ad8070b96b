"""Tensors: ⊙ against juxtaposition, matrix products, transposes, vectors as rows, in every notation."""

from __future__ import annotations

import pytest

from tests.notation.writing import Row, add, assert_written, div, matmul, mul, n, neg, op, power, tr

# term, language, terminal, (ASCII where it differs,) LaTeX
# fmt: off
TABLE: list[Row] = [
    # --- tensors
    (mul("u", "v"), "u*v", "u ⊙ v", "u * v", r"u \odot v"),
    (mul(2, "u", "v"), "2*u*v", "2u ⊙ v", "2u * v", r"2\,u \odot v"),
    (mul("a", "u"), "a*u", "a u", r"a\,u"),
    (mul("u", "a", "v"), "u*a*v", "u a ⊙ v", "u a * v", r"u\,a \odot v"),
    (matmul("X", "w"), "X@w", "X w", r"X\,w"),
    (matmul(matmul(tr("X"), "X"), "w"), "X.T@X@w", "Xᵀ X w", "X^T X w", r"X^{\top}\,X\,w"),
    (matmul(tr("X"), matmul("X", "w")), "X.T@(X@w)", "Xᵀ(X w)", "X^T(X w)", r"X^{\top}\,(X\,w)"),
    (mul(div(2, n), "r"), "2/n*r", "(2/n) r", r"\frac{2}{n}\,r"),
    (mul(div(2, n), matmul(tr("X"), "r")),
     "2/n*X.T@r", "(2/n) Xᵀ r", "(2/n) X^T r", r"\frac{2}{n}\,X^{\top}\,r"),
    (mul(div(2, n), matmul(tr("X"), add(matmul("X", "w"), neg("t")))),
     "2/n*X.T@(X@w - t)", "(2/n) Xᵀ(X w − t)", "(2/n) X^T(X w - t)", r"\frac{2}{n}\,X^{\top}\,(X\,w - t)"),
    (matmul(mul(div(2, n), tr("X")), "r"),
     "2/n*X.T@r", "(2/n) Xᵀ r", "(2/n) X^T r", r"\frac{2}{n}\,X^{\top}\,r"),
    (matmul("u", "v"), "u@v", "uᵀ v", "u^T v", r"u^{\top}\,v"),
    (matmul(matmul("u", "A"), "v"), "u@A@v", "uᵀ A v", "u^T A v", r"u^{\top}\,A\,v"),
    (matmul(matmul("A", "u"), "v"), "A@u@v", "(A u)ᵀ v", "(A u)^T v", r"(A\,u)^{\top}\,v"),
    (add(matmul("u", "W"), "v"), "u@W + v", "u W + v", r"u\,W + v"),
    (matmul(mul("u", "v"), "A"), "(u*v)@A", "(u ⊙ v) A", "(u * v) A", r"(u \odot v)\,A"),
    (mul("u", matmul("A", "v")), "u*(A@v)", "u ⊙ (A v)", "u * (A v)", r"u \odot (A\,v)"),
    (mul(matmul("A", "v"), "u"), "(A@v)*u", "(A v) ⊙ u", "(A v) * u", r"(A\,v) \odot u"),
    (mul(matmul("u", "v"), "X"), "(u@v)*X", "(uᵀ v) X", "(u^T v) X", r"(u^{\top}\,v)\,X"),
    (neg(matmul("A", "v")), "-A@v", "−A v", "-A v", r"-A\,v"),
    (matmul(tr("A"), tr("B")), "A.T@B.T", "Aᵀ Bᵀ", "A^T B^T", r"A^{\top}\,B^{\top}"),
    (matmul(add("A", tr("A")), "u"), "(A + A.T)@u", "(A + Aᵀ) u", "(A + A^T) u", r"(A + A^{\top})\,u"),
    (tr(matmul("A", "B")), "(A@B).T", "(A B)ᵀ", "(A B)^T", r"(A\,B)^{\top}"),
    (tr(op("inv", "X")), "inv(X).T", "X⁻ᵀ", "X^-T", r"X^{-\top}"),
    (op("inv", "X"), "inv(X)", "X⁻¹", "X^-1", "X^{-1}"),
    (power(tr("A"), 2), "A.T**2", "(Aᵀ)²", "(A^T)^2", r"(A^{\top})^{2}"),
    (op("outer", "u", "v"), "outer(u, v)", "u vᵀ", "u v^T", r"u\,v^{\top}"),
    (op("kron", "A", tr("B")), "kron(A, B.T)", "A ⊗ Bᵀ", "kron(A, B^T)", r"A \otimes B^{\top}"),
    (matmul(mul(2, op("kron", "A", matmul("A", "B"))), "u"),
     "2*kron(A, A@B)@u", "2(A ⊗ (A B)) u", "2 kron(A, A B) u", r"2\,(A \otimes (A\,B))\,u"),
    (add(tr(op("kron", "A", "B")), neg(op("kron", op("kron", "u", "v"), "u"))),
     "kron(A, B).T - kron(kron(u, v), u)", "(A ⊗ B)ᵀ − (u ⊗ v) ⊗ u", "kron(A, B)^T - kron(kron(u, v), u)",
     r"(A \otimes B)^{\top} - (u \otimes v) \otimes u"),
    (op("dot", "u", "v"), "dot(u, v)", "uᵀ v", "u^T v", r"u^{\top}\,v"),
    (op("trace", "A"), "trace(A)", "tr(A)", r"\mathrm{tr}(A)"),
    (div(matmul(tr("X"), "r"), n), "X.T@r/n", "(Xᵀ r)/n", "(X^T r)/n", r"\frac{X^{\top}\,r}{n}"),
    (op("transpose", "A", axes=(1, 0, 2)),
     "transpose(A, axes=(1, 0, 2))", "transpose(A, axes=(1, 0, 2))",
     r"\mathrm{transpose}(A, \mathrm{axes}=(1, 0, 2))"),
]
# fmt: on


@pytest.mark.parametrize("row", TABLE, ids=[str(row[1]) for row in TABLE])
def test_is_written(row):
    assert_written(row)
