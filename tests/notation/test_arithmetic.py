"""Sums, products, quotients, powers and numbers, in every notation."""

from __future__ import annotations

from fractions import Fraction

import pytest

from chainrule.terms import Constant
from tests.notation.writing import Row, add, assert_written, decimal, div, mul, n, neg, op, power, term

# term, language, terminal, (ASCII where it differs,) LaTeX
# fmt: off
TABLE: list[Row] = [
    # --- sums and signs
    (add("a", "b", 2), "a + b + 2", "a + b + 2", "a + b + 2"),
    (add("a", neg("b"), "c"), "a - b + c", "a − b + c", "a - b + c", "a - b + c"),
    (add(neg("a"), "b"), "-a + b", "−a + b", "-a + b", "-a + b"),
    (add("a", neg(add("b", "c"))), "a - (b + c)", "a − (b + c)", "a - (b + c)", "a - (b + c)"),
    (add("a", add("b", "c")), "a + (b + c)", "a + (b + c)", "a + (b + c)"),
    (add("a", -2), "a - 2", "a − 2", "a - 2", "a - 2"),
    (add("a", mul(-2, "b")), "a - 2*b", "a − 2b", "a - 2b", r"a - 2\,b"),
    (add("a", neg(mul(2, "b"))), "a - 2*b", "a − 2b", "a - 2b", r"a - 2\,b"),
    (add("a", neg(neg("b"))), "a - (-b)", "a − (−b)", "a - (-b)", "a - (-b)"),
    (neg(add("a", "b")), "-(a + b)", "−(a + b)", "-(a + b)", "-(a + b)"),
    (neg(neg("a")), "-(-a)", "−(−a)", "-(-a)", "-(-a)"),
    (neg(power("x", 2)), "-x**2", "−x²", "-x^2", "-x^{2}"),
    # --- products
    (mul("a", "b", "c"), "a*b*c", "a b c", r"a\,b\,c"),
    (mul(2, "x"), "2*x", "2x", r"2\,x"),
    (mul(-2, "x"), "-2*x", "−2x", "-2x", r"-2\,x"),
    (mul(3, power("y", 2)), "3*y**2", "3y²", "3y^2", r"3\,y^{2}"),
    (mul(2, "a", "b"), "2*a*b", "2a b", r"2\,a\,b"),
    (mul("a", mul("b", "c")), "a*(b*c)", "a(b c)", r"a\,(b\,c)"),
    (mul(Fraction(3, 2), "y"), "3/2*y", "3/2 y", r"\frac{3}{2}\,y"),
    (mul(Fraction(3, 2), add("x", 2)), "3/2*(x + 2)", "3/2 (x + 2)", r"\frac{3}{2}\,(x + 2)"),
    (mul(2, add("x", 2)), "2*(x + 2)", "2(x + 2)", r"2\,(x + 2)"),
    (mul("x", add("x", 2)), "x*(x + 2)", "x(x + 2)", r"x\,(x + 2)"),
    (mul("loss", add(1, neg("loss"))),
     "loss*(1 - loss)", "loss (1 − loss)", "loss (1 - loss)", r"\mathrm{loss}\,(1 - \mathrm{loss})"),
    (mul(2, "loss"), "2*loss", "2 loss", r"2\,\mathrm{loss}"),
    (mul("a", neg("b")), "a*(-b)", "a(−b)", "a(-b)", r"a\,(-b)"),
    (mul("a", Fraction(3, 2)), "a*(3/2)", "a · (3/2)", "a * (3/2)", r"a \cdot \frac{3}{2}"),
    (mul("a", 3), "a*3", "a · 3", "a * 3", r"a \cdot 3"),
    (mul(2, op("sin", "x")), "2*sin(x)", "2 sin(x)", r"2\,\sin(x)"),
    (mul(op("sin", "x"), add(1, "x")), "sin(x)*(1 + x)", "sin(x) (1 + x)", r"\sin(x)\,(1 + x)"),
    (mul(add(mul(2, "y"), "x"), op("cos", "x")),
     "(2*y + x)*cos(x)", "(2y + x) cos(x)", r"(2\,y + x)\,\cos(x)"),
    (mul(div(2, n), add("out", neg("target"))),
     "2/n*(out - target)", "(2/n)(out − target)", "(2/n)(out - target)",
     r"\frac{2}{n}\,(\mathrm{out} - \mathrm{target})"),
    (mul(decimal("0.1"), "x"), "0.1*x", "0.1 x", r"0.1\,x"),
    # --- quotients
    (div(1, mul(2, "y")), "1/(2*y)", "1/(2y)", r"\frac{1}{2\,y}"),
    (div("a", "b"), "a/b", "a/b", r"\frac{a}{b}"),
    (div(mul(2, "x"), add("x", 1)), "2*x/(x + 1)", "2x/(x + 1)", r"\frac{2\,x}{x + 1}"),
    (div(add("x", 1), "y"), "(x + 1)/y", "(x + 1)/y", r"\frac{x + 1}{y}"),
    (div("a", power("y", 2)), "a/y**2", "a/y²", "a/y^2", r"\frac{a}{y^{2}}"),
    (div(div("a", "b"), "c"), "a/b/c", "(a/b)/c", r"\frac{\frac{a}{b}}{c}"),
    (div("a", div("b", "c")), "a/(b/c)", "a/(b/c)", r"\frac{a}{\frac{b}{c}}"),
    (div(neg("a"), "b"), "-a/b", "−a/b", "-a/b", r"\frac{-a}{b}"),
    (div("a", neg("b")), "a/(-b)", "a/(−b)", "a/(-b)", r"\frac{a}{-b}"),
    (div(Fraction(3, 2), "a"), "(3/2)/a", "(3/2)/a", r"\frac{\frac{3}{2}}{a}"),
    (mul(div("a", "b"), "c"), "a/b*c", "(a/b) c", r"\frac{a}{b}\,c"),
    (mul("a", div("b", "c")), "a*(b/c)", "a(b/c)", r"a\,\frac{b}{c}"),
    (neg(div("a", "b")), "-a/b", "−a/b", "-a/b", r"-\frac{a}{b}"),
    # --- powers
    (power("x", -2), "x**-2", "x⁻²", "x^-2", "x^{-2}"),
    (power("x", "n"), "x**n", "x^n", "x^{n}"),
    (power("x", add("n", neg(1))), "x**(n - 1)", "x^(n−1)", "x^(n-1)", "x^{n - 1}"),
    (power("x", Fraction(1, 2)), "x**(1/2)", "x^(1/2)", "x^{1/2}"),
    (power("x", neg("n")), "x**-n", "x^(−n)", "x^(-n)", "x^{-n}"),
    (power(neg("x"), 2), "(-x)**2", "(−x)²", "(-x)^2", "(-x)^{2}"),
    (power(-2, "x"), "(-2)**x", "(−2)^x", "(-2)^x", "(-2)^{x}"),
    (power(Fraction(3, 2), "x"), "(3/2)**x", "(3/2)^x", r"\left(\frac{3}{2}\right)^{x}"),
    (power(2, power("x", "y")), "2**x**y", "2^(x^y)", "2^{x^{y}}"),
    (power(power(2, "x"), "y"), "(2**x)**y", "(2^x)^y", "(2^{x})^{y}"),
    (power(add("x", 1), 10), "(x + 1)**10", "(x + 1)¹⁰", "(x + 1)^10", "(x + 1)^{10}"),
    (power(op("sin", "x"), 2), "sin(x)**2", "sin(x)²", "sin(x)^2", r"\sin(x)^{2}"),
    (power(div("a", "b"), 2), "(a/b)**2", "(a/b)²", "(a/b)^2", r"\left(\frac{a}{b}\right)^{2}"),
    # --- numbers and constants
    (term(Fraction(-3, 2)), "-3/2", "−3/2", "-3/2", r"-\frac{3}{2}"),
    (decimal("0.1"), "0.1", "0.1", "0.1"),
    (decimal("2"), "2.0", "2.0", "2.0"),
    (decimal("1e-8"), "1e-8", "1×10⁻⁸", "1e-8", r"1 \times 10^{-8}"),
    (mul(decimal("2.5e-20"), "x"), "2.5e-20*x", "2.5×10⁻²⁰ x", "2.5e-20 x", r"2.5 \times 10^{-20}\,x"),
    (decimal("1.25e20"), "1.25e20", "1.25×10²⁰", "1.25e20", r"1.25 \times 10^{20}"),
    (mul(2, Constant("pi"), "x"), "2*pi*x", "2π x", "2 pi x", r"2\,\pi\,x"),
    (Constant("e"), "e", "e", "e"),
]
# fmt: on


@pytest.mark.parametrize("row", TABLE, ids=[str(row[1]) for row in TABLE])
def test_is_written(row):
    assert_written(row)
