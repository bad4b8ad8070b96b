"""The Matrix Cookbook (Petersen and Pedersen, version of 15 November 2012), chapter 2, equation by equation.

Every real identity of its tables is a program with symbolic shapes, and the printed right side is what has to
come out, in the table's own spelling (tests/calculus/spelling.py tells what counts as one). ∂Y is told by
a line through Y: with X = A + t*B the derivative with respect to t is that along B = ∂X, with the names X
and Y as the table has them. J(i,j), the matrix with a single 1, is such a B. Where the table has indices,
the index form is compared.

Misprints of that version: (92) has a bᵀ where the derivation in its appendix B.1.3 needs b aᵀ in the first
addend (n = 1 shows it: Xᵀ X has the gradient X(a bᵀ + b aᵀ)), and lacks transposes; (95) lacks a transpose
in its first denominator.

Not to be had, and why:
- 41: adj(X) is no operation; for invertible X it is det(X) X⁻¹, which makes it 42.
- 45, 89, 132's Xᴴ: complex. Their real cases are 44, the row "89", and XXᵀ.
- 66: eigenvalues are to be had of symmetric matrices alone, and their product comes out through eigenvectors,
  V diag(∏ of the others) Vᵀ, which holds for singular X too; that ∂det(X)/∂X is det(X) X⁻ᵀ is 49.
- 68: eigenvectors come out through the gaps between eigenvalues, V ((Vᵀ ∂A V) ⊙ 1/(λⱼ - λᵢ)); its values are
  compared with the table's (λᵢ I - A)⁺ ∂A vᵢ.
- 94: the two quotients that it says are equal have the one gradient, 95.
- 96 is the function of 97 and 98. The rule for Tr F(X) above 99 has no number: see "F".
- 128: there is no sine of a matrix; its Taylor polynomial of degree 5 has that of the cosine of degree 4.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from chainrule.api import derive
from chainrule.calculus.closed_form import closed_form
from chainrule.calculus.index_form import index_form
from chainrule.notation.text import text
from tests.calculus.gradients import Study, assert_formula, study, value_of
from tests.calculus.spelling import spelled


class Row(NamedTuple):
    """``wrt`` is the input, or two for a second derivative; ``atoms`` "names" where the table has a name."""

    number: str
    program: str
    wrt: str
    printed: str
    atoms: str = "inputs"


# ∂X is B, ∂Y is D.
LINE = "A : [n, n]; B : [n, n]; t : []; X = A + t*B; "
LINES = "A : [m, n]; B : [m, n]; C : [m, n]; D : [m, n]; t : []; X = A + t*B; Y = C + t*D; "
BENT = "A : [n, n]; B : [n, n]; C : [n, n]; x : []; Y = A + x*B + x**2*C/2; "  # ∂Y is B + x C, ∂²Y is C
WEIGHTED = "; W : [m, m]; W : symmetric; A : [m, n]; s : [n]; x : [m]"
BETWEEN = "C : [m, m]; C : symmetric; B : [m, m]; B : symmetric; A : [n, n]; X : [m, n]; "

TABLE = [
    Row("34", "a : []; " + LINE + "out = a*X", "t", "a*B", "names"),
    Row("35", LINES + "out = X + Y", "t", "B + D", "names"),
    Row("36", LINE + "out = trace(X)", "t", "trace(B)", "names"),
    Row(
        "37",
        "A : [m, n]; B : [m, n]; C : [n, k]; D : [n, k]; t : []; X = A + t*B; Y = C + t*D; out = X@Y",
        "t",
        "B@Y + X@D",
        "names",
    ),
    Row("38", LINES + "out = X*Y", "t", "B*Y + X*D", "names"),
    Row(
        "39",
        "A : [m, n]; B : [m, n]; C : [d, h]; D : [d, h]; t : []; X = A + t*B; Y = C + t*D; out = kron(X, Y)",
        "t",
        "kron(B, Y) + kron(X, D)",
        "names",
    ),
    Row("40", LINE + "Z = 2*inv(X)", "t", "2*(-inv(X)@B@inv(X))", "names"),
    Row("42", LINE + "out = 2*det(X)", "t", "2*det(X)*trace(inv(X)@B)", "names"),
    Row("43", LINE + "out = log(det(X))", "t", "trace(inv(X)@B)", "names"),
    Row("44", "A : [m, n]; B : [m, n]; t : []; X = A + t*B; out = X.T", "t", "B.T", "names"),
    # --- 2.1 determinants ------------------------------------------------------------------------------
    Row("46", LINE + "out = 2*det(X)", "t", "2*det(X)*trace(inv(X)@B)", "names"),
    Row("47", "X : [n, n]; out = (det(X)*inv(X).T)@X.T", "", "eye(n)*det(X)"),
    Row(
        "48",
        BENT + "out = 2*det(Y)",
        "x,x",
        "2*det(Y)*(trace(inv(Y)@C) + trace(inv(Y)@(B + x*C))*trace(inv(Y)@(B + x*C))"
        " - trace((inv(Y)@(B + x*C))@(inv(Y)@(B + x*C))))",
        "names",
    ),
    Row("49", "X : [n, n]; out = det(X)", "X", "det(X)*inv(X).T"),
    Row("50", "X : [n, n]; out = (det(X)*inv(X).T)@X.T", "", "eye(n)*det(X)"),
    Row("51", "A : [n, n]; B : [n, n]; X : [n, n]; out = det(A@X@B)", "X", "det(A@X@B)*inv(X).T"),
    Row("52", "A : [n, n]; X : [n, n]; out = det(X.T@A@X)", "X", "2*det(X.T@A@X)*inv(X).T"),
    Row(
        "53",
        "A : [n, n]; A : symmetric; X : [n, d]; out = det(X.T@A@X)",
        "X",
        "2*det(X.T@A@X)*A@X@inv(X.T@A@X)",
    ),
    Row(
        "54",
        "A : [n, n]; X : [n, d]; out = det(X.T@A@X)",
        "X",
        "det(X.T@A@X)*(A@X@inv(X.T@A@X) + A.T@X@inv(X.T@A.T@X))",
    ),
    Row("55", "X : [n, d]; out = log(det(X.T@X))", "X", "2*pinv(X).T"),
    Row("55", "X : [n, d]; out = logdet(X.T@X)", "X", "2*pinv(X).T"),
    Row("56", "P : [d, n]; X = pinv(P); out = logdet(X.T@X)", "P", "-2*pinv(P).T"),
    Row("57", "X : [n, n]; out = slogdet(X)", "X", "inv(X).T"),
    Row("57", "X : [n, n]; out = log(abs(det(X)))", "X", "inv(X.T)"),
    Row("58", "X : [n, n]; out = det(matrix_power(X, 3))", "X", "3*det(matrix_power(X, 3))*inv(X).T"),
    # --- 2.2 inverses ------------------------------------------------------------------------------------
    Row("59", LINE + "Z = 2*inv(X)", "t", "2*(-inv(X)@B@inv(X))", "names"),
    Row("61", "a : [n]; b : [n]; X : [n, n]; out = a@inv(X)@b", "X", "-inv(X).T@outer(a, b)@inv(X).T"),
    Row("61", "a : [n]; b : [n]; X : [n, n]; out = a@solve(X, b)", "X", "-inv(X).T@outer(a, b)@inv(X).T"),
    Row("62", "X : [n, n]; out = det(inv(X))", "X", "-det(inv(X))*inv(X).T"),
    Row("63", "A : [m, n]; B : [n, m]; X : [n, n]; out = trace(A@inv(X)@B)", "X", "-(inv(X)@B@A@inv(X)).T"),
    Row("64", "A : [n, n]; X : [n, n]; out = trace(inv(X + A))", "X", "-(inv(X + A)@inv(X + A)).T"),
    # --- 2.3 eigenvalues -----------------------------------------------------------------------------------
    Row("65", "X : [n, n]; out = sum(eigvalsh(X))", "X", "eye(n)"),
    # --- 2.4 scalar forms ---------------------------------------------------------------------------------
    Row("69", "x : [n]; a : [n]; out = x@a", "x", "a"),
    Row("69", "x : [n]; a : [n]; out = a@x", "x", "a"),
    Row("70", "a : [m]; b : [n]; X : [m, n]; out = a@X@b", "X", "outer(a, b)"),
    Row("71", "a : [n]; b : [m]; X : [m, n]; out = a@X.T@b", "X", "outer(b, a)"),
    Row("72", "a : [n]; X : [n, n]; out = a@X@a", "X", "outer(a, a)"),
    Row("72", "a : [n]; X : [n, n]; out = a@X.T@a", "X", "outer(a, a)"),
    Row(
        "77",
        "b : [n]; c : [n]; X : [m, n]; out = b@X.T@X@c",
        "X",
        "X@(outer(b, c) + outer(c, b))",
    ),
    Row(
        "78",
        "B : [m, n]; b : [m]; C : [m, k]; D : [k, n]; d : [k]; x : [n]; out = (B@x + b)@C@(D@x + d)",
        "x",
        "B.T@C@(D@x + d) + D.T@C.T@(B@x + b)",
    ),
    Row(
        "80",
        "A : [m, n]; J : [m, n]; B : [m, m]; t : []; X = A + t*J; out = X.T@B@X",
        "t",
        "X.T@B@J + J.T@B@X",
        "names",
    ),
    Row("81", "x : [n]; B : [n, n]; out = x@B@x", "x", "(B + B.T)@x"),
    Row(
        "82",
        "b : [n]; c : [n]; D : [m, m]; X : [m, n]; out = b@X.T@D@X@c",
        "X",
        "D.T@X@outer(b, c) + D@X@outer(c, b)",
    ),
    Row(
        "83",
        "b : [n]; c : [m]; D : [m, m]; X : [m, n]; out = (X@b + c)@D@(X@b + c)",
        "X",
        "(D + D.T)@outer(X@b + c, b)",
    ),
    Row("84", f"out = (x - A@s)@W@(x - A@s){WEIGHTED}", "s", "-2*A.T@W@(x - A@s)"),
    Row("85", "W : [m, m]; W : symmetric; s : [m]; x : [m]; out = (x - s)@W@(x - s)", "x", "2*W@(x - s)"),
    Row("86", "W : [m, m]; W : symmetric; s : [m]; x : [m]; out = (x - s)@W@(x - s)", "s", "-2*W@(x - s)"),
    Row("87", f"out = (x - A@s)@W@(x - A@s){WEIGHTED}", "x", "2*W@(x - A@s)"),
    Row("88", f"out = (x - A@s)@W@(x - A@s){WEIGHTED}", "A", "-2*W@outer(x - A@s, s)"),
    Row(
        "90",
        "A : [n, n]; J : [n, n]; t : []; X = A + t*J; out = matrix_power(X, 3)",
        "t",
        "J@matrix_power(X, 2) + X@J@X + matrix_power(X, 2)@J",
        "names",
    ),
    Row(
        "91",
        "a : [n]; b : [n]; X : [n, n]; out = a@matrix_power(X, 3)@b",
        "X",
        "outer(a, b)@matrix_power(X, 2).T + X.T@outer(a, b)@X.T + matrix_power(X, 2).T@outer(a, b)",
    ),
    Row(
        "92",
        "a : [n]; b : [n]; X : [n, n]; out = a@matrix_power(X, 2).T@matrix_power(X, 2)@b",
        "X",
        "matrix_power(X, 2)@(outer(b, a) + outer(a, b))@X.T"
        " + X.T@matrix_power(X, 2)@(outer(b, a) + outer(a, b))",
    ),
    Row(
        "93",
        "S : [m, n]; R : [k, n]; A : [m, k]; x : [n]; s = S@x; r = R@x; out = s@A@r",
        "x",
        "S.T@A@r + R.T@A.T@s",
        "names",
    ),
    Row(
        "94",
        "A : [m, n]; B : [k, n]; x : [n]; out = (x@A.T@A@x)/(x@B.T@B@x)",
        "x",
        "2*A.T@A@x/(x@B.T@B@x) - 2*(x@A.T@A@x)*B.T@B@x/(x@B.T@B@x)**2",
    ),
    Row(
        "95",
        "A : [m, n]; B : [k, n]; x : [n]; out = ((A@x)@(A@x))/((B@x)@(B@x))",
        "x",
        "2*A.T@A@x/(x@B.T@B@x) - 2*(x@A.T@A@x)*B.T@B@x/(x@B.T@B@x)**2",
    ),
    Row("97", "x : [n]; A : [n, n]; b : [n]; out = x@A@x + b@x", "x", "(A + A.T)@x + b"),
    Row("98", "x : [n]; A : [n, n]; b : [n]; out = x@A@x + b@x", "x,x", "A + A.T"),
    # --- 2.5 traces ---------------------------------------------------------------------------------------
    Row("F", "X : [n, n]; out = trace(inv(X))", "X", "-matrix_power(inv(X), 2).T"),
    Row("F", "X : [n, n]; out = trace(matrix_exp(X))", "X", "matrix_exp(X).T"),
    Row("99", "X : [n, n]; out = trace(X)", "X", "eye(n)"),
    Row("100", "X : [m, n]; A : [n, m]; out = trace(X@A)", "X", "A.T"),
    Row("101", "A : [k, m]; B : [n, k]; X : [m, n]; out = trace(A@X@B)", "X", "A.T@B.T"),
    Row("102", "A : [k, n]; B : [m, k]; X : [m, n]; out = trace(A@X.T@B)", "X", "B@A"),
    Row("103", "X : [m, n]; A : [m, n]; out = trace(X.T@A)", "X", "A"),
    Row("104", "X : [m, n]; A : [m, n]; out = trace(A@X.T)", "X", "A"),
    Row("105", "A : [m, m]; X : [n, n]; out = trace(kron(A, X))", "X", "trace(A)*eye(n)"),
    Row("106", "X : [n, n]; out = trace(matrix_power(X, 2))", "X", "2*X.T"),
    Row("107", "X : [n, n]; B : [n, n]; out = trace(matrix_power(X, 2)@B)", "X", "(X@B + B@X).T"),
    Row("108", "X : [m, n]; B : [m, m]; out = trace(X.T@B@X)", "X", "B@X + B.T@X"),
    Row("109", "X : [m, n]; B : [m, m]; out = trace(B@X@X.T)", "X", "B@X + B.T@X"),
    Row("110", "X : [m, n]; B : [m, m]; out = trace(X@X.T@B)", "X", "B@X + B.T@X"),
    Row("111", "X : [m, n]; B : [n, n]; out = trace(X@B@X.T)", "X", "X@B.T + X@B"),
    Row("112", "X : [m, n]; B : [n, n]; out = trace(B@X.T@X)", "X", "X@B.T + X@B"),
    Row("113", "X : [m, n]; B : [n, n]; out = trace(X.T@X@B)", "X", "X@B.T + X@B"),
    Row(
        "114",
        "X : [m, n]; A : [n, m]; B : [n, m]; out = trace(A@X@B@X)",
        "X",
        "A.T@X.T@B.T + B.T@X.T@A.T",
    ),
    Row("115", "X : [m, n]; out = trace(X.T@X)", "X", "2*X"),
    Row("115", "X : [m, n]; out = trace(X@X.T)", "X", "2*X"),
    Row(
        "116",
        "X : [m, n]; B : [n, k]; C : [m, m]; out = trace(B.T@X.T@C@X@B)",
        "X",
        "C.T@X@B@B.T + C@X@B@B.T",
    ),
    Row("117", "X : [m, n]; B : [m, m]; C : [n, n]; out = trace(X.T@B@X@C)", "X", "B@X@C + B.T@X@C.T"),
    Row(
        "118",
        "X : [m, n]; A : [k, m]; B : [n, n]; C : [m, k]; out = trace(A@X@B@X.T@C)",
        "X",
        "A.T@C.T@X@B.T + C@A@X@B",
    ),
    Row(
        "119",
        "X : [m, n]; A : [k, m]; B : [n, h]; C : [k, h]; out = trace((A@X@B + C)@(A@X@B + C).T)",
        "X",
        "2*A.T@(A@X@B + C)@B.T",
    ),
    Row("120", "X : [n, n]; out = trace(kron(X, X))", "X", "2*trace(X)*eye(n)"),
    Row("120", "X : [n, n]; out = trace(X)*trace(X)", "X", "2*trace(X)*eye(n)"),
    Row("121", "X : [n, n]; out = trace(matrix_power(X, 4))", "X", "4*matrix_power(X, 3).T"),
    Row(
        "122",
        "X : [n, n]; A : [n, n]; out = trace(A@matrix_power(X, 3))",
        "X",
        "(A@matrix_power(X, 2)).T + (X@A@X).T + (matrix_power(X, 2)@A).T",
    ),
    Row(
        "123",
        "X : [m, n]; B : [n, k]; C : [m, m]; out = trace(B.T@X.T@C@X@X.T@C@X@B)",
        "X",
        "C@X@X.T@C@X@B@B.T + C.T@X@B@B.T@X.T@C.T@X + C@X@B@B.T@X.T@C@X + C.T@X@X.T@C.T@X@B@B.T",
    ),
    Row(
        "124",
        "A : [m, n]; B : [n, m]; X : [n, n]; out = trace(A@inv(X)@B)",
        "X",
        "-inv(X).T@A.T@B.T@inv(X).T",
    ),
    Row(
        "125",
        BETWEEN + "out = trace(inv(X.T@C@X)@A)",
        "X",
        "-(C@X@inv(X.T@C@X))@(A + A.T)@inv(X.T@C@X)",
    ),
    Row(
        "126",
        BETWEEN + "out = trace(inv(X.T@C@X)@(X.T@B@X))",
        "X",
        "-2*C@X@inv(X.T@C@X)@X.T@B@X@inv(X.T@C@X) + 2*B@X@inv(X.T@C@X)",
    ),
    Row(
        "127",
        BETWEEN + "A : symmetric; out = trace(inv(A + X.T@C@X)@(X.T@B@X))",
        "X",
        "-2*C@X@inv(A + X.T@C@X)@X.T@B@X@inv(A + X.T@C@X) + 2*B@X@inv(A + X.T@C@X)",
    ),
    Row(
        "128",
        "X : [n, n]; out = trace(X - matrix_power(X, 3)/6 + matrix_power(X, 5)/120)",
        "X",
        "(eye(n) - matrix_power(X, 2)/2 + matrix_power(X, 4)/24).T",
    ),
    # --- 2.6, 2.7 norms -----------------------------------------------------------------------------------
    Row("129", "x : [n]; a : [n]; out = norm(x - a)", "x", "(x - a)/norm(x - a)"),
    Row(
        "130",
        "x : [n]; a : [n]; out = (x - a)/norm(x - a)",
        "x",
        "eye(n)/norm(x - a) - outer(x - a, x - a)/norm(x - a)**3",
    ),
    Row("131", "x : [n]; out = norm(x)**2", "x", "2*x"),
    Row("131", "x : [n]; out = x@x", "x", "2*x"),
    Row("132", "X : [m, n]; out = norm(X)**2", "X", "2*X"),
    Row("132", "X : [m, n]; out = trace(X@X.T)", "X", "2*X"),
]
IDS = [f"{row.number} {row.program.rpartition(';')[2].strip()} {row.wrt}" for row in TABLE]


def _node(row: Row, found: Study) -> int:
    """What the row is about: a gradient, a second derivative, or the program's own expression."""
    if not row.wrt:
        return found.nodes["out"]
    first, _, then = row.wrt.partition(",")
    return found.second(first, then) if then else found.adjoints[first]


def _declarations(row: Row) -> str:
    """The program without its output, without what is not named in the form."""
    parts = [part for part in row.program.split(";") if part.strip()]
    if row.atoms == "names":
        return "; ".join(part for part in parts if not part.strip().startswith(("out =", "Z =")))
    return "; ".join(part for part in parts if "=" not in part)


@pytest.mark.parametrize("row", TABLE, ids=IDS)
def test_the_form_is_the_tables(row: Row) -> None:
    found = study(row.program)
    atoms = found.names if row.atoms == "names" and row.wrt else found.inputs
    form = closed_form(found.graph, _node(row, found), atoms)
    assert form is not None
    declarations = _declarations(row)
    assert spelled(text(form), declarations) == spelled(row.printed, declarations), text(form)


@pytest.mark.parametrize("row", TABLE, ids=IDS)
def test_the_tables_form_has_the_gradients_value(row: Row) -> None:
    found = study(row.program)
    assert_formula(found, _node(row, found), _declarations(row), row.printed)


# Number, program, input, letters, and the entry; (XᵀB)ₖᵢ is the sum that it stands for.
ENTRIES = [
    ("60", "X : [n, n]; Z = inv(X)", "X", "klij", "-inv(X)[k,i]*inv(X)[j,l]"),
    ("67", "S : [n, n]; B : [n, n]; t : []; A = S + t*B; out = eigvalsh(A)", "t", "ipq",
     "sum_pq eigh_vectors(A)[p,i]*eigh_vectors(A)[q,i]*B[p,q]"),
    ("73", "X : [m, n]; Z = X", "X", "klij", "delta(k,i)*delta(l,j)"),
    ("74", "X : [m, n]; A : [n, k]; Z = X@A", "X", "ijmn", "A[n,j]*delta(i,m)"),
    ("75", "X : [m, n]; A : [m, k]; Z = X.T@A", "X", "ijmn", "A[m,j]*delta(i,n)"),
    ("76", "X : [m, n]; out = sum(X)**2", "X", "ijkl", "2*sum_kl X[k,l]"),
    ("79", "X : [m, n]; B : [m, m]; Z = X.T@B@X", "X", "klijm",
     "sum_m X[m,l]*B[i,m]*delta(k,j) + (sum_m X[m,k]*B[m,i])*delta(l,j)"),
    ("90", "X : [n, n]; Z = matrix_power(X, 3)", "X", "klijm",
     "sum_m X[k,m]*X[m,i]*delta(l,j) + X[k,i]*X[j,l] + (sum_m X[j,m]*X[m,l])*delta(k,i)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "program", "wrt", "letters", "entry"), ENTRIES, ids=lambda part: str(part)[:24]
)
def test_the_entry_is_the_tables(number: str, program: str, wrt: str, letters: str, entry: str) -> None:
    found = study(program)
    atoms = {node: name for node, name in found.names.items() if text(name) not in ("Z", "out")}
    form = index_form(found.graph, found.adjoints[wrt], atoms, list(letters), tidy=True)
    assert text(form.term) == entry


# What has the table's value in another form: see the top of the file.
VALUES = [
    ("41", LINE + "out = det(X)", "t", "trace((det(X)*inv(X))@B)"),
    ("66", "X : [n, n]; X : symmetric; out = prod(eigvalsh(X))", "X", "det(X)*inv(X).T"),
    ("76", "X : [m, n]; out = sum(X)**2", "X", "2*sum(X)*ones(m, n)"),
]


@pytest.mark.parametrize(("number", "program", "wrt", "formula"), VALUES, ids=[row[0] for row in VALUES])
def test_the_value_is_the_tables(number: str, program: str, wrt: str, formula: str) -> None:
    found = study(program)
    assert_formula(found, found.adjoints[wrt], program.rpartition(";")[0], formula)


def test_33_a_constant_does_not_move() -> None:
    (gradient,) = derive("A : [m, n]; t : []; out = A + 0*t", wrt="t", verify=False).gradients
    assert str(gradient.closed_form) == "zeros(m, n)"


def test_68_eigenvectors_move_by_the_pseudoinverse_of_the_shifted_matrix() -> None:
    found = study("S : [n, n]; B : [n, n]; t : []; A = S + t*B; out = eigh_vectors(A)")
    given = found.given(68)
    given["S"], given["B"] = given["S"] + given["S"].T, given["B"] + given["B"].T
    moved = value_of(found.graph, found.adjoints["t"], found.nodes, given)
    matrix = given["S"] + given["t"] * given["B"]
    eigenvalues, vectors = np.linalg.eigh(matrix)
    for i, eigenvalue in enumerate(eigenvalues):
        shifted = np.linalg.pinv(eigenvalue * np.eye(len(matrix)) - matrix, rcond=1e-12)
        wanted = shifted @ given["B"] @ vectors[:, i]
        np.testing.assert_allclose(np.abs(moved[:, i]), np.abs(wanted), rtol=1e-6)


CLAIMS = list(dict.fromkeys((row.program, row.wrt) for row in TABLE if row.wrt and "," not in row.wrt))


@pytest.mark.parametrize(("program", "wrt"), CLAIMS)
def test_the_gradient_is_verified(program: str, wrt: str) -> None:
    assert derive(program, wrt=wrt).verified
