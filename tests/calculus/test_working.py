"""Factors worked out line by line: the lines a teacher would write, no fewer and none that is idle."""

from __future__ import annotations

import pytest

from chainrule.calculus.lines import Working
from chainrule.derivation.data import Options
from chainrule.derivation.derive import derive
from chainrule.notation.text import text
from chainrule.source import Source


def working(program: str, wrt: str) -> Working:
    found = derive(Source(program), Options(wrt=(wrt,), detail="rules", verify=False))
    factor = found.factors[0]
    assert factor.working is not None
    return factor.working


def lines(worked: Working) -> list[str]:
    """Each line with its rules; the lines of a named part are indented."""
    out = []
    for line in worked.lines:
        if line.rules:
            inside = "" if line.inside is None else f" with u = {text(line.inside)}"
            out.append(f"{text(line.term)}   [{', '.join(line.rules)}{inside}]")
        for let in line.lets:
            out.append(f"    let {text(let.name)} = {text(let.term)}")
            out += [f"    {inner}" for inner in lines(let.working)]
    return out


SCALARS = [
    ("x", ["1   [identity]"]),
    ("3*x**2", ["3*2*x   [constant multiple, power]", "6*x   [multiply]"]),
    (
        "x**3 + 2*x**2 + 5*x + 7",
        ["3*x**2 + 2*2*x + 5   [sum, power, constant multiple]", "3*x**2 + 4*x + 5   [multiply]"],
    ),
    (
        "(x+1)*(x+1)",
        [
            "(d/dx (x + 1))*(x + 1) + (x + 1)*d/dx (x + 1)   [product]",
            "x + 1 + x + 1   [sum]",
            "2*x + 2   [collect]",
        ],
    ),
    ("sin(x)*x", ["(d/dx sin(x))*x + sin(x)   [product]", "cos(x)*x + sin(x)   [sin]"]),
    ("1/(x**2+1)", ["-(d/dx (x**2 + 1))/(x**2 + 1)**2   [reciprocal]", "-2*x/(x**2 + 1)**2   [sum, power]"]),
    (
        "log(sin(x**2+1))",
        [
            "1/sin(x**2 + 1)*d/dx sin(x**2 + 1)   [chain, log with u = sin(x**2 + 1)]",
            "1/sin(x**2 + 1)*cos(x**2 + 1)*d/dx (x**2 + 1)   [chain, sin with u = x**2 + 1]",
            "1/sin(x**2 + 1)*cos(x**2 + 1)*2*x   [sum, power]",
            "2*cos(x**2 + 1)*x/sin(x**2 + 1)   [multiply]",
        ],
    ),
    (
        "3*x**x",
        [
            "3*x**x*d/dx (x*log(x))   [constant multiple, general power with u = x]",
            "3*x**x*(log(x) + x*d/dx log(x))   [product]",
            "3*x**x*(log(x) + x*(1/x))   [log]",
            "3*x**x*(log(x) + 1)   [cancel]",
        ],
    ),
    (
        "exp(3*x) + sin(2*x)",
        [
            "d/dx exp(3*x) + d/dx sin(2*x)   [sum]",
            "exp(3*x)*d/dx (3*x) + cos(2*x)*d/dx (2*x)   [chain, exp, sin]",
            "3*exp(3*x) + 2*cos(2*x)   [constant multiple]",
        ],
    ),
    (
        "1 + sin(x**2)",
        ["cos(x**2)*d/dx (x**2)   [sum, chain, sin with u = x**2]", "2*cos(x**2)*x   [power]"],
    ),
    (
        "sin(x)/cos(x)",
        [
            "((d/dx sin(x))*cos(x) - sin(x)*d/dx cos(x))/cos(x)**2   [quotient]",
            "(cos(x)*cos(x) - sin(x)*(-sin(x)))/cos(x)**2   [sin, cos]",
            "(cos(x)**2 + sin(x)**2)/cos(x)**2   [multiply]",
            "1/cos(x)**2   [Pythagoras]",
        ],
    ),
]


@pytest.mark.parametrize(("right", "expected"), SCALARS, ids=[right for right, _ in SCALARS])
def test_lines_of_scalars(right: str, expected: list[str]) -> None:
    assert lines(working(f"y = {right}", "x")) == expected


def test_a_long_part_gets_a_name_and_lines_of_its_own() -> None:
    found = lines(working("y = sin(x**2)*exp(x)/(x+1)", "x"))
    assert found[0] == "((du/dx)*(x + 1) - u*d/dx (x + 1))/(x + 1)**2   [quotient]"
    assert found[1] == "    let u = sin(x**2)*exp(x)"
    assert found[2].startswith("    (d/dx sin(x**2))*exp(x) + sin(x**2)*d/dx exp(x)   [product]")
    assert found[-1].endswith("[substitute back]")


TENSORS = [
    ("x : [n]; z : []; out = sum(x*z)", "z", ["sum_i x[i]   [linearity of the sum, constant multiple]"]),
    ("out = mean(z)", "z", ["1/n   [constant multiple, linear sum]"]),
    (
        "out = sum(p**2)",
        "p",
        [
            "sum_j d/dp[i] (p[j]**2)   [linearity of the sum]",
            "sum_j 2*p[j]*delta(j,i)   [power]",
            "2*p[i]   [picking out]",
        ],
    ),
    (
        "X : [n, n]; out = log(det(X))",
        "X",
        [
            "1/det(X)*d/dX[i,j] det(X)   [chain, log with u = det(X)]",
            "1/det(X)*det(X)*inv(X)[j,i]   [det]",
            "inv(X)[j,i]   [cancel]",
        ],
    ),
    (
        "W : [k, d]; x : [d]; h = tanh(W@x)",
        "W",
        [
            "(1 - h[i]**2)*d/dW[i,l] (sum_j W[i,j]*x[j])   [chain, tanh with u = sum_j W[i,j]*x[j]]",
            "(1 - h[i]**2)*x[l]   [linear sum]",
        ],
    ),
    (
        "x : [n]; y = softmax(2*x)",
        "x",
        [
            "sum_k y[k]*(delta(i,k) - y[i])*(du[k]/dx[j])   [chain, softmax]",
            "    let u[k] = 2*x[k]",
            "    2*delta(k,j)   [constant multiple]",
            "sum_k y[k]*(delta(i,k) - y[i])*2*delta(k,j)   [substitute back]",
            "2*y[j]*(delta(i,j) - y[i])   [picking out]",
        ],
    ),
    (
        "r : [m]; out = 1/2*r@r",
        "r",
        [
            "1/2*sum_j d/dr[i] (r[j]*r[j])   [constant multiple, linearity of the sum]",
            "1/2*sum_j (delta(j,i)*r[j] + r[j]*delta(j,i))   [product]",
            "1/2*(r[i] + r[i])   [picking out]",
            "r[i]   [collect]",
        ],
    ),
    (
        "z : [k]; y : [k] onehot constant; out = -sum(y*log_softmax(z))",
        "z",
        [
            "-sum_j d/dz[i] (y[j]*log_softmax(z)[j])   [constant multiple, linearity of the sum]",
            "-sum_j y[j]*(delta(j,i) - softmax(z)[i])   [constant multiple, log_softmax]",
            "-y[i] + softmax(z)[i]*sum_j y[j]   [picking out]",
            "-y[i] + softmax(z)[i]   [sums to one]",
        ],
    ),
    (
        "A : [n, n]; B : [n, n] constant; out = trace(inv(A)@B)",
        "A",
        [
            "sum_k sum_l d/dA[i,j] (inv(A)[k,l]*B[l,k])   [linearity of the sum]",
            "sum_k sum_l B[l,k]*(-inv(A)[k,i]*inv(A)[j,l])   [constant multiple, inv]",
            "-sum_k (sum_l inv(A)[l,i]*B[k,l])*inv(A)[j,k]   [regroup]",
        ],
    ),
]


@pytest.mark.parametrize(("program", "wrt", "expected"), TENSORS, ids=[case[0] for case in TENSORS])
def test_lines_of_tensors(program: str, wrt: str, expected: list[str]) -> None:
    assert lines(working(program, wrt)) == expected


def test_nothing_is_worked_out_where_it_was_not_asked_for() -> None:
    assert derive(Source("y = x**2"), Options(verify=False)).factors[0].working is None


def test_both_sides_of_an_equation_are_differentiated_while_the_name_moves() -> None:
    found = derive(Source("implicit y : x**3*sin(y) + y = 4*x + 3"), Options(detail="rules", verify=False))
    (factor,) = found.factors
    assert factor.working is None
    assert factor.equation is not None
    assert factor.equation.working is not None
    assert lines(factor.equation.working) == [
        "d/dx (x**3*sin(y)) + dy/dx - d/dx (4*x + 3)   [sum, constant multiple]",
        "(d/dx (x**3))*sin(y) + x**3*d/dx sin(y) + dy/dx - d/dx (4*x + 3)   [product]",
        "3*x**2*sin(y) + x**3*cos(y)*(dy/dx) + dy/dx - 4   [power, chain, sin, sum, constant multiple]",
    ]
