"""The Matrix Cookbook (Petersen and Pedersen, version of 15 November 2012), chapter 2, equation by equation.

Every real identity of its tables that is the gradient of a number, with symbolic shapes. The expected form
is the table's; where a sum of products can be written in several ways, ours is the one with common factors
taken out (``(B + B.T)@X`` for ``BX + BᵀX``), with the transpose taken last where that is shorter
(``(B@X + X@B).T``), a minus turned into the difference (``2*W@(s - x)`` for ``-2W(x - s)``), and ``a bᵀ`` is
``outer(a, b)``.

Left out, with the reason:
- 33 to 45: rules for differentials, not gradients; they are the rules that all others follow from.
- 47, 48, 50, 60, 73 to 75, 79, 80, 90: entries of tensors with more axes, which have index forms only.
- 56: a derivative with respect to the pseudoinverse of an input.
- 66: the product of eigenvalues comes out through eigenvectors, V diag(∏ of the others) Vᵀ.
- 68: eigenvectors as functions of one entry. 89: complex. 93: s and r are abstract vectors of functions.
- 97: a Hessian, which the tests of closed forms have. 98: a rule for any function.
  105, 120: Kronecker products. 128: the sine of a matrix.
- 129, 130: our gradient of a norm also says what happens at 0, where(norm(x) == 0, 0, x/norm(x)).
"""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.api import derive
from chainrule.calculus.closed_form import closed_form
from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_program
from chainrule.notation.text import text
from chainrule.numeric.arrays import Arrays
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.tensors import Tensor
from chainrule.proof import LAWS
from chainrule.source import Source
from tests.calculus.gradients import LENGTHS, study

SYMMETRIC = "; W : [m, m]; W : symmetric; A : [m, n]; s : [n]; x : [m]"

TABLE = [
    # --- 2.1 determinants ------------------------------------------------------------------------------
    ("46", "A : [n, n]; B : [n, n]; x : []; out = det(A + x*B)", "x", "det(A + x*B)*trace(B@inv(A + x*B))"),
    ("49", "X : [n, n]; out = det(X)", "X", "det(X)*inv(X).T"),
    ("51", "A : [n, n]; B : [n, n]; X : [n, n]; out = det(A@X@B)", "X", "det(A@X@B)*inv(X).T"),
    ("52", "A : [n, n]; X : [n, n]; out = det(X.T@A@X)", "X", "2*det(X.T@A@X)*inv(X).T"),
    (
        "53",
        "A : [n, n]; A : symmetric; X : [n, d]; out = det(X.T@A@X)",
        "X",
        "2*det(X.T@A@X)*(A@X@inv(X.T@A@X))",
    ),
    (
        "54",
        "A : [n, n]; X : [n, d]; out = det(X.T@A@X)",
        "X",
        "det(X.T@A@X)*(A@X@inv(X.T@A@X) + A.T@X@inv(X.T@A@X).T)",
    ),
    ("55", "X : [n, d]; out = log(det(X.T@X))", "X", "2*X@inv(X.T@X)"),
    ("55", "X : [n, d]; out = logdet(X.T@X)", "X", "2*X@inv(X.T@X)"),
    ("57", "X : [n, n]; out = slogdet(X)", "X", "inv(X).T"),
    ("57", "X : [n, n]; out = logdet(X)", "X", "inv(X).T"),
    ("57", "X : [n, n]; out = log(det(X))", "X", "inv(X).T"),
    ("58", "X : [n, n]; out = det(matrix_power(X, 3))", "X", "3*det(X@X@X)*inv(X).T"),
    # --- 2.2 inverses ------------------------------------------------------------------------------------
    (
        "59",
        "A : [n, n]; B : [n, n]; C : [n, n]; x : []; out = trace(C@inv(A + x*B))",
        "x",
        "-trace(B@inv(A + x*B)@C@inv(A + x*B))",
    ),
    ("61", "a : [n]; b : [n]; X : [n, n]; out = a@inv(X)@b", "X", "-outer(inv(X).T@a, inv(X)@b)"),
    ("62", "X : [n, n]; out = det(inv(X))", "X", "-det(inv(X))*inv(X).T"),
    (
        "63",
        "A : [m, n]; B : [n, m]; X : [n, n]; out = trace(A@inv(X)@B)",
        "X",
        "-inv(X).T@A.T@B.T@inv(X).T",
    ),
    ("64", "A : [n, n]; X : [n, n]; out = trace(inv(X + A))", "X", "-inv(X + A).T@inv(X + A).T"),
    # --- 2.3 eigenvalues -----------------------------------------------------------------------------------
    ("65", "X : [n, n]; out = sum(eigvalsh(X))", "X", "eye(n)"),
    (
        "67",
        "A : [n, n]; c : [n]; out = c@eigvalsh(A)",
        "A",
        "(eigh_vectors(A)*c)@eigh_vectors(A).T",
    ),
    # --- 2.4 scalar forms ---------------------------------------------------------------------------------
    ("69", "x : [n]; a : [n]; out = x@a", "x", "a"),
    ("70", "a : [m]; b : [n]; X : [m, n]; out = a@X@b", "X", "outer(a, b)"),
    ("71", "a : [n]; b : [m]; X : [m, n]; out = a@X.T@b", "X", "outer(b, a)"),
    ("72", "a : [n]; X : [n, n]; out = a@X@a", "X", "outer(a, a)"),
    ("72", "a : [n]; X : [n, n]; out = a@X.T@a", "X", "outer(a, a)"),
    ("76", "X : [m, n]; out = sum(X)**2", "X", "2*sum(X)*ones(m, n)"),
    ("77", "b : [n]; c : [n]; X : [m, n]; out = b@X.T@X@c", "X", "outer(X@c, b) + outer(X@b, c)"),
    (
        "78",
        "B : [m, n]; b : [m]; C : [m, k]; D : [k, n]; d : [k]; x : [n]; out = (B@x + b)@C@(D@x + d)",
        "x",
        "B.T@C@(D@x + d) + D.T@C.T@(B@x + b)",
    ),
    ("81", "x : [n]; B : [n, n]; out = x@B@x", "x", "(B + B.T)@x"),
    (
        "82",
        "b : [n]; c : [n]; D : [m, m]; X : [m, n]; out = b@X.T@D@X@c",
        "X",
        "outer(D@X@c, b) + outer(D.T@X@b, c)",
    ),
    (
        "83",
        "b : [n]; c : [m]; D : [m, m]; X : [m, n]; out = (X@b + c)@D@(X@b + c)",
        "X",
        "outer((D + D.T)@(X@b + c), b)",
    ),
    ("84", f"out = (x - A@s)@W@(x - A@s){SYMMETRIC}", "s", "2*A.T@W@(A@s - x)"),
    ("85", "W : [m, m]; W : symmetric; s : [m]; x : [m]; out = (x - s)@W@(x - s)", "x", "2*W@(x - s)"),
    ("86", "W : [m, m]; W : symmetric; s : [m]; x : [m]; out = (x - s)@W@(x - s)", "s", "2*W@(s - x)"),
    ("87", f"out = (x - A@s)@W@(x - A@s){SYMMETRIC}", "x", "2*W@(x - A@s)"),
    ("88", f"out = (x - A@s)@W@(x - A@s){SYMMETRIC}", "A", "2*outer(W@(A@s - x), s)"),
    (
        "91",
        "a : [n]; b : [n]; X : [n, n]; out = a@matrix_power(X, 3)@b",
        "X",
        "outer(X.T@X.T@a, b) + outer(X.T@a, X@b) + outer(a, X@X@b)",
    ),
    (
        "92",
        "a : [n]; b : [n]; X : [n, n]; out = a@matrix_power(X, 2).T@matrix_power(X, 2)@b",
        "X",
        "X.T@(outer(X@X@b, a) + outer(X@X@a, b)) + (outer(X@X@b, a) + outer(X@X@a, b))@X.T",
    ),
    (
        "95",
        "A : [m, n]; B : [k, n]; x : [n]; out = ((A@x)@(A@x))/((B@x)@(B@x))",
        "x",
        "2*(A.T@A@x - (x@A.T@A@x)*(B.T@B@x)/(x@B.T@B@x))/(x@B.T@B@x)",
    ),
    ("96", "x : [n]; A : [n, n]; b : [n]; out = x@A@x + b@x", "x", "(A + A.T)@x + b"),
    # --- 2.5 traces ---------------------------------------------------------------------------------------
    ("99", "X : [n, n]; out = trace(X)", "X", "eye(n)"),
    ("100", "X : [m, n]; A : [n, m]; out = trace(X@A)", "X", "A.T"),
    ("101", "A : [k, m]; B : [n, k]; X : [m, n]; out = trace(A@X@B)", "X", "A.T@B.T"),
    ("102", "A : [k, n]; B : [m, k]; X : [m, n]; out = trace(A@X.T@B)", "X", "B@A"),
    ("103", "X : [m, n]; A : [m, n]; out = trace(X.T@A)", "X", "A"),
    ("104", "X : [m, n]; A : [m, n]; out = trace(A@X.T)", "X", "A"),
    ("106", "X : [n, n]; out = trace(X@X)", "X", "2*X.T"),
    ("107", "X : [n, n]; B : [n, n]; out = trace(X@X@B)", "X", "(B@X + X@B).T"),
    ("108", "X : [m, n]; B : [m, m]; out = trace(X.T@B@X)", "X", "(B + B.T)@X"),
    ("109", "X : [m, n]; B : [m, m]; out = trace(B@X@X.T)", "X", "(B + B.T)@X"),
    ("110", "X : [m, n]; B : [m, m]; out = trace(X@X.T@B)", "X", "(B + B.T)@X"),
    ("111", "X : [m, n]; B : [n, n]; out = trace(X@B@X.T)", "X", "X@(B + B.T)"),
    ("112", "X : [m, n]; B : [n, n]; out = trace(B@X.T@X)", "X", "X@(B + B.T)"),
    ("113", "X : [m, n]; B : [n, n]; out = trace(X.T@X@B)", "X", "X@(B + B.T)"),
    ("114", "X : [m, n]; A : [n, m]; B : [n, m]; out = trace(A@X@B@X)", "X", "(B@X@A + A@X@B).T"),
    ("115", "X : [m, n]; out = trace(X.T@X)", "X", "2*X"),
    ("115", "X : [m, n]; out = trace(X@X.T)", "X", "2*X"),
    ("116", "X : [m, n]; B : [n, k]; C : [m, m]; out = trace(B.T@X.T@C@X@B)", "X", "(C + C.T)@X@B@B.T"),
    ("117", "X : [m, n]; B : [m, m]; C : [n, n]; out = trace(X.T@B@X@C)", "X", "B@X@C + B.T@X@C.T"),
    (
        "118",
        "X : [m, n]; A : [k, m]; B : [n, n]; C : [m, k]; out = trace(A@X@B@X.T@C)",
        "X",
        "A.T@C.T@X@B.T + C@A@X@B",
    ),
    (
        "119",
        "X : [m, n]; A : [k, m]; B : [n, h]; C : [k, h]; out = trace((A@X@B + C)@(A@X@B + C).T)",
        "X",
        "2*A.T@(A@X@B + C)@B.T",
    ),
    ("121", "X : [n, n]; out = trace(matrix_power(X, 4))", "X", "4*X.T@X.T@X.T"),
    (
        "122",
        "X : [n, n]; A : [n, n]; out = trace(A@matrix_power(X, 3))",
        "X",
        "((A@X + X@A)@X + X@X@A).T",
    ),
    (
        "123",
        "X : [m, n]; B : [n, k]; C : [m, m]; out = trace(B.T@X.T@C@X@X.T@C@X@B)",
        "X",
        "C@X@(X.T@C@X@B@B.T + B@B.T@X.T@C@X) + C.T@X@(X.T@C@X@B@B.T + B@B.T@X.T@C@X).T",
    ),
    (
        "124",
        "A : [m, n]; B : [n, m]; X : [n, n]; out = trace(A@inv(X)@B)",
        "X",
        "-inv(X).T@A.T@B.T@inv(X).T",
    ),
    (
        "125",
        "C : [m, m]; C : symmetric; A : [n, n]; X : [m, n]; out = trace(inv(X.T@C@X)@A)",
        "X",
        "-C@X@inv(X.T@C@X)@(A + A.T)@inv(X.T@C@X)",
    ),
    (
        "126",
        (
            "C : [m, m]; C : symmetric; B : [m, m]; B : symmetric; X : [m, n];"
            " out = trace(inv(X.T@C@X)@(X.T@B@X))"
        ),
        "X",
        "2*(B - C@X@inv(X.T@C@X)@X.T@B)@X@inv(X.T@C@X)",
    ),
    (
        "127",
        (
            "A : [n, n]; A : symmetric; C : [m, m]; C : symmetric; B : [m, m]; B : symmetric; X : [m, n];"
            " out = trace(inv(A + X.T@C@X)@(X.T@B@X))"
        ),
        "X",
        "2*(B - C@X@inv(A + X.T@C@X)@X.T@B)@X@inv(A + X.T@C@X)",
    ),
    # --- 2.6, 2.7 norms -----------------------------------------------------------------------------------
    ("131", "x : [n]; out = norm(x)**2", "x", "2*x"),
    ("131", "x : [n]; a : [n]; out = norm(x - a)**2", "x", "2*(x - a)"),
    ("132", "X : [m, n]; out = norm(X)**2", "X", "2*X"),
    # --- solve is the inverse times its right side --------------------------------------------------------
    ("61", "a : [n]; b : [n]; X : [n, n]; out = a@solve(X, b)", "X", "-outer(inv(X).T@a, inv(X)@b)"),
]

IDS = [f"{number} {program}" for number, program, _, _ in TABLE]


@pytest.mark.parametrize(("number", "program", "wrt", "expected"), TABLE, ids=IDS)
def test_the_form_is_the_tables(number: str, program: str, wrt: str, expected: str) -> None:
    found = study(program)
    form = closed_form(found.graph, found.adjoints[wrt], found.inputs)
    assert form is not None
    assert text(form) == expected


@pytest.mark.parametrize(("number", "program", "wrt", "expected"), TABLE, ids=IDS)
def test_the_form_has_the_gradients_value(number: str, program: str, wrt: str, expected: str) -> None:
    """The printed form is read back under the program's declarations, and evaluated beside the gradient."""
    found = study(program)
    written = "; ".join(part for part in program.split(";") if "=" not in part)
    formula = elaborate(parse_program(Source(f"{written}; gradient = {expected}", "form")))
    draw = np.random.default_rng(int(number))
    values = {}
    for node, name in found.inputs.items():
        shape = tuple(LENGTHS.get(str(dim), dim) for dim in found.graph.shape(node))
        value = draw.uniform(0.3, 1.3, shape)  # type: ignore[arg-type]
        values[text(name)] = value + value.T if "symmetric" in found.assumptions[text(name)] else value
    wanted = _value(found.graph, found.adjoints[wrt], found.nodes, values)
    got = _value(formula.graph, formula.nodes["gradient"], formula.nodes, values)
    assert got.shape == wanted.shape
    np.testing.assert_allclose(got, wanted, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("program", list(dict.fromkeys(program for _, program, _, _ in TABLE)))
def test_the_gradient_is_verified(program: str) -> None:
    assert derive(program).verified


def _value(graph, node, nodes, values):  # type: ignore[no-untyped-def]
    point = {
        nodes[name]: Tensor([float(x) for x in np.ravel(value)], np.shape(value))
        for name, value in values.items()
        if name in nodes
    }
    return np.asarray(evaluate(graph, [node], point, LENGTHS, Arrays(LAWS))[node])
