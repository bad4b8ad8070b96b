"""Terms as SymPy expressions: the text and the object are the same, and SymPy's own derivatives agree."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy

from chainrule.language.elaborate import kernel
from chainrule.notation.sympy_text import srepr
from chainrule.notation.sympy_view import to_sympy
from chainrule.ops import TABLE, pointwise
from chainrule.ops.table import Pointwise
from chainrule.terms import Slot
from tests.notation.writing import (
    add,
    decimal,
    delta,
    div,
    entry,
    f,
    matmul,
    mul,
    n,
    neg,
    op,
    partial,
    power,
    term,
    total,
)  # fmt: skip

x = sympy.Symbol("x", real=True)
i, j = sympy.symbols("i j", integer=True)
length = sympy.Symbol("n", integer=True, positive=True)
X, r = sympy.IndexedBase("X", real=True), sympy.IndexedBase("r", real=True)
F, G = sympy.Function("f"), sympy.Function("g")

VIEWS = [
    (add("x", 2), x + 2),
    (add("x", neg("x")), sympy.Integer(0)),
    (mul(Fraction(3, 2), add("x", 2)), sympy.Rational(3, 2) * (x + 2)),
    (div(1, power("x", 2)), x**-2),
    (decimal("0.1"), sympy.Rational(1, 10)),
    (op("sqrt", op("exp", "x")), sympy.sqrt(sympy.exp(x))),
    (op("where", op("gt", "x", 0), "x", 0), sympy.Piecewise((x, x > 0), (0, True))),
    (entry("X", "ij"), X[i, j]),
    (mul(div(2, n), total("i", entry("r", "i"))), 2 / length * sympy.Sum(r[i], (i, 0, length - 1))),
    (delta("i", "j"), sympy.KroneckerDelta(i, j)),
    (f("x"), F(x)),
    (f("x", 2), F(x).diff(x, 2)),
    (f(f("x", name="g"), 1), F(G(x)).diff(G(x))),
    (mul(f(f("x", name="g"), 1), f("x", 1, "g")), F(G(x)).diff(x)),
    (mul(2, f(mul(2, "x"), 1)), F(2 * x).diff(x)),
    (op("call", "x", "x", function="f", orders=(1, 0)), None),
    (partial("z", "y"), sympy.Symbol("dz/dy", real=True)),
    (partial("out", entry("r", "i")), sympy.IndexedBase("dout/dr", real=True)[i]),
    (partial(power("x", 2), "x"), sympy.Derivative(x**2, x)),
    (matmul("A", "w"), sympy.Function("matmul")(*sympy.symbols("A w", real=True))),
    (op("mean", "x", axis=(0, 1), keepdims=True), None),
]


@pytest.mark.parametrize(("written", "expected"), VIEWS, ids=[srepr(row[0]) for row in VIEWS])
def test_text_and_object_are_what_sympy_means(written, expected):
    view = to_sympy(written)
    assert expected is None or view == expected
    assert eval(srepr(written), vars(sympy).copy()) == view  # noqa: S307


def test_the_text_is_the_term_as_written():
    assert srepr(add("x", 2)) == "Add(Symbol('x', real=True), Integer(2))"
    assert srepr(add("x", "x")) == "Add(Symbol('x', real=True), Symbol('x', real=True))"
    assert srepr(entry("x", "i")) == "Indexed(IndexedBase(Symbol('x', real=True)), Symbol('i', integer=True))"


def test_assumptions_are_passed_on():
    assert srepr(term("x"), {"x": ["positive", "constant"]}) == "Symbol('x', positive=True)"
    assert to_sympy(op("sqrt", power("x", 2)), {"x": ["positive"]}) == sympy.Symbol("x", positive=True)


def test_a_law_is_written_out():
    laws = {"relu": op("where", op("gt", Slot(0), 0), Slot(0), 0)}
    assert to_sympy(op("relu", "x"), {}, laws.__getitem__) == sympy.Piecewise((x, x > 0), (0, True))
    assert srepr(op("relu", "x")) == "Function('relu')(Symbol('x', real=True))"


def test_nested_laws_share_their_arguments():
    laws = {"f": div(Slot(0), add(1, power(Slot(0), 2), op("sin", Slot(0))))}
    nested = term("x")
    for _ in range(20):
        nested = op("relu", nested)
    view = to_sympy(nested, {}, lambda name: laws["f"])
    assert view.has(x)


POINTWISE = [name for name, declaration in TABLE.items() if isinstance(declaration, Pointwise)]


@pytest.mark.parametrize("name", POINTWISE)
def test_every_pointwise_operation_has_a_view(name):
    signature = pointwise(name).signature
    arguments = ["x", "y", "z"][: len(signature.parameters)]
    written = op(name, *arguments)
    if name == "where":
        written = op("where", op("gt", "x", 0), "y", "z")

    def laws(inner):
        declaration = pointwise(inner)
        return kernel(declaration.law, declaration.signature.parameters)

    view = to_sympy(written, {}, laws)
    assert not view.atoms(sympy.core.function.AppliedUndef)
    assert eval(srepr(written, {}, laws), vars(sympy).copy()) == view  # noqa: S307
