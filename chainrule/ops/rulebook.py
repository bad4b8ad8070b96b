"""The rules by name, as a textbook lists them: the law, why it holds, and a program that uses it.

All of it is inert text. A law is an equation of the language between two formulas, in which a few more words
stand for what programs cannot say:

``d(u)``         du/dx, for a variable x that everything may depend on
``prime(f(u))``  f′(u), the slope of an unknown function
``part(z, u)``   ∂z/∂u
``back(u)``      ∂out/∂u, what comes back to u on the way from the output
``at(x, i, j)``  the entry x_ij
``over(i, u)``   Σ_i u, summed over i = 1 … n
``delta(i, j)``  1 where the indices agree, else 0
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Group = Literal["calculus", "tensors", "algebra"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A named rule.

    title: as the heading of its page. laws: its equations. given: declarations for the letters in them
    that are no numbers. when: the condition under which it holds, in words. why: one plain sentence (no
    final stop). example: a program whose derivation uses it. paths: its picture: each a way through a
    program, in which formulas for nodes and for slopes of the arrows between them take turns. aliases: what
    it is called too. also: rules and operations to read about next.
    """

    name: str
    title: str
    group: Group
    laws: tuple[str, ...]
    why: str
    example: str
    given: str = ""
    when: str = ""
    paths: tuple[tuple[str, ...], ...] = ()
    aliases: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


def _rule(name: str, group: Group, laws: str, why: str, **more: str) -> Rule:
    """A rule; laws are separated by ``;``, aliases and further names by commas, paths by ``|``."""
    paths = [tuple(map(str.strip, path.split(">"))) for path in more.pop("paths", "").split("|") if path]
    return Rule(
        name,
        more.pop("title", name[0].upper() + name[1:]),
        group,
        tuple(map(str.strip, laws.split(";"))),
        why,
        paths=tuple(paths),
        aliases=_listed(more.pop("aliases", "")),
        also=_listed(more.pop("also", "")),
        **more,
    )


def _listed(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(",") if name.strip())


_CALCULUS = (
    _rule(
        "constant",
        "calculus",
        "d(c) = 0",
        "the derivative of a constant is 0",
        title="A constant",
        example="y = x**2 + 7",
        also="sum, constant multiple",
    ),
    _rule(
        "identity",
        "calculus",
        "d(x) = 1",
        "the derivative of a variable with respect to itself is 1",
        title="The variable itself",
        example="y = x + 7",
        aliases="the same variable",
        also="constant, picking out",
    ),
    _rule(
        "constant multiple",
        "calculus",
        "d(c*u) = c*d(u)",
        "a constant factor stays in front",
        title="The constant multiple rule",
        example="y = 5*x**3",
        aliases="scalar multiple, constant factor",
        paths="x > d(u) > u > c > y",
        also="sum, product",
    ),
    _rule(
        "sum",
        "calculus",
        "d(u + v) = d(u) + d(v)",
        "a sum is differentiated term by term",
        title="The sum rule",
        example="y = x**2 + sin(x)",
        aliases="addition, linearity, +",
        paths="x > d(u) > u > 1 > y | x > d(v) > v > 1 > y",
        also="difference, linearity of the sum, several paths, sum()",
    ),
    _rule(
        "difference",
        "calculus",
        "d(u - v) = d(u) - d(v)",
        "a difference is differentiated term by term",
        title="The difference rule",
        example="y = x**3 - cos(x)",
        aliases="subtraction, -",
        paths="x > d(u) > u > 1 > y | x > d(v) > v > -1 > y",
        also="sum",
    ),
    _rule(
        "product",
        "calculus",
        "d(u*v) = d(u)*v + u*d(v)",
        "each factor is differentiated in turn while the others stay, and the results add",
        title="The product rule",
        example="y = x**2*sin(x)",
        aliases="Leibniz, multiplication, *, ×, ·",
        paths="x > d(u) > u > v > y | x > d(v) > v > u > y",
        also="constant multiple, quotient, matrix product, prod",
    ),
    _rule(
        "quotient",
        "calculus",
        "d(u/v) = (d(u)*v - u*d(v))/v**2",
        "it is the product rule for u times 1/v, over one denominator",
        title="The quotient rule",
        example="y = sin(x)/x",
        when="v is not 0",
        aliases="division, /",
        paths="x > d(u) > u > 1/v > y | x > d(v) > v > -u/v**2 > y",
        also="product, reciprocal",
    ),
    _rule(
        "reciprocal",
        "calculus",
        "d(c/v) = -c/v**2*d(v)",
        "the larger the divisor, the smaller the quotient, and it shrinks with the square",
        title="The reciprocal rule",
        example="y = 1/(x**2 + 1)",
        when="v is not 0",
        paths="x > d(v) > v > -c/v**2 > y",
        also="quotient, power, reciprocal()",
    ),
    _rule(
        "power",
        "calculus",
        "d(u**n) = n*u**(n - 1)*d(u)",
        "the exponent comes to the front and goes down by one",
        title="The power rule",
        example="y = (2*x + 1)**5",
        aliases="**, ^",
        paths="x > d(u) > u > n*u**(n - 1) > y",
        also="chain, exponential, general power",
    ),
    _rule(
        "exponential",
        "calculus",
        "d(exp(u)) = exp(u)*d(u); d(a**u) = a**u*log(a)*d(u)",
        "an exponential is its own slope, times the logarithm of its base",
        title="The exponential rule",
        example="y = 2**(3*x)",
        when="a is positive",
        paths="x > d(u) > u > a**u*log(a) > y",
        also="power, general power, exp, log",
    ),
    _rule(
        "general power",
        "calculus",
        "d(u**v) = u**v*(d(v)*log(u) + v/u*d(u))",
        "it is the exponential of v log(u), and both v and u move",
        title="The general power rule",
        example="x : positive; y = x**x",
        when="u is positive",
        aliases="logarithmic differentiation",
        paths="x > d(u) > u > v*u**(v - 1) > y | x > d(v) > v > u**v*log(u) > y",
        also="power, exponential, product",
    ),
    _rule(
        "chain",
        "calculus",
        "d(f(u)) = prime(f(u))*d(u)",
        "the outer derivative, taken at the inside, times the derivative of the inside",
        title="The chain rule",
        example="y = sin(x**2)",
        aliases="composition, outer and inner",
        paths="x > d(u) > u > prime(f(u)) > y",
        also="several arguments, several paths, abstract function",
    ),
    _rule(
        "abstract function",
        "calculus",
        "d(f(x)) = prime(f(x))",
        "the derivative of an unknown function is written with a prime",
        example="f : function; g : function; u = g(x); y = f(u)",
        aliases="unknown function",
        also="chain",
    ),
    _rule(
        "several arguments",
        "calculus",
        "d(z) = part(z, u)*d(u) + part(z, v)*d(v)",
        "the contributions of the arguments add",
        example="f : function; z = f(x**2, sin(x))",
        aliases="multivariable chain, total derivative",
        paths="x > d(u) > u > part(z, u) > z | x > d(v) > v > part(z, v) > z",
        also="chain, several paths, product",
    ),
    _rule(
        "several paths",
        "calculus",
        "back(x) = back(u)*part(u, x) + back(v)*part(v, x)",
        "along a path slopes multiply, and what reaches x along different paths adds",
        example="y = sin(x); z = y**2 + x*y",
        aliases="fan out, sum over paths, reverse accumulation, backpropagation",
        paths="x > part(u, x) > u > back(u) > out | x > part(v, x) > v > back(v) > out",
        also="several arguments, chain",
    ),
    _rule(
        "piecewise",
        "calculus",
        "d(where(c > 0, u, v)) = where(c > 0, d(u), d(v))",
        "each branch is differentiated where it holds",
        example="y = where(x > 0, x**2, sin(x))",
        when="the point is not on the border, or both branches agree there",
        aliases="cases, branch",
        also="where, abs, relu, maximum",
    ),
    _rule(
        "implicit differentiation",
        "calculus",
        "d(y) = -part(F, x)/part(F, y)",
        "F(x, y) stays 0 while x moves, so what x does to F and what y does to it cancel",
        example="F = x**2 + y**2 - 1",
        when="F(x, y) = 0 and its slope in y is not 0",
        also="several arguments, chain",
    ),
)

_TENSORS = (
    _rule(
        "linearity of the sum",
        "tensors",
        "d(over(k, at(u, k))) = over(k, d(at(u, k)))",
        "a sum is differentiated term by term",
        example="t : [n] constant; y = sum(sin(x*t))",
        also="sum, summation, picking out",
    ),
    _rule(
        "linear sum",
        "tensors",
        "part(over(i, at(a, i)*at(x, i)), at(x, k)) = at(a, k)",
        "only one term of a sum of entries contains that entry, and its coefficient stays",
        example="a : [n] constant; x : [n]; y = sum(a*x)",
        also="linearity of the sum, picking out, dot",
    ),
    _rule(
        "summation",
        "tensors",
        "part(over(i, at(x, i)), at(x, k)) = 1",
        "each entry counts once in a sum",
        example="x = [2, -1, 3]; y = x**2; out = sum(y)",
        paths="at(x, 1) > 1 > y | at(x, 2) > 1 > y | at(x, 3) > 1 > y",
        also="reduction, broadcasting, mean, sum()",
    ),
    _rule(
        "reduction",
        "tensors",
        "back(at(x, i, j)) = back(at(y, j))",
        "what comes back to a total goes to every entry that was added up in it",
        example="x : [m, n]; y = sum(x, axis=0); out = sum(y**2)",
        when="y is the sum of x over i",
        aliases="fold",
        paths="at(x, 1, j) > 1 > at(y, j) | at(x, 2, j) > 1 > at(y, j) | at(x, 3, j) > 1 > at(y, j)",
        also="broadcasting, summation, mean, max, sum()",
    ),
    _rule(
        "broadcasting",
        "tensors",
        "back(at(b, j)) = over(i, back(at(y, i, j)))",
        "an entry that was repeated gets the sum of what comes back to its copies",
        example="x : [m, n]; b : [n]; y = x + b; out = sum(y**2)",
        when="b is repeated along the axis of i",
        aliases="repetition, unbroadcasting",
        paths="at(b, j) > 1 > at(y, 1, j) | at(b, j) > 1 > at(y, 2, j) | at(b, j) > 1 > at(y, 3, j)",
        also="reduction, several paths, broadcast_to",
    ),
    _rule(
        "indexing",
        "tensors",
        "part(at(x, k), at(x, i)) = delta(k, i)",
        "an entry that was picked passes its slope on; all others get 0",
        example="x = [2, -1, 3]; y = x[1]; out = y**2",
        aliases="slicing, x[i]",
        also="picking out, take, index_select",
    ),
    _rule(
        "transposition",
        "tensors",
        "d(A.T) = d(A).T; back(A) = back(Y).T",
        "entries change places; nothing else happens to them",
        example="A : [m, n]; B : [n, m]; Y = A.T; out = sum(Y*B)",
        given="A : [m, n]; Y : [n, m]",
        when="on the way back Y stands for Aᵀ",
        also="matrix product, transpose",
    ),
    _rule(
        "matrix product",
        "tensors",
        "d(A@B) = d(A)@B + A@d(B); back(A) = back(Y)@B.T; back(B) = A.T@back(Y)",
        "it is the product rule with the order kept, for matrices do not change places",
        title="The matrix product",
        example="A : [m, k]; B : [k, n]; T : [m, n] constant; Y = A@B; out = sum(Y*T)",
        given="A : [m, k]; B : [k, n]; Y : [m, n]",
        when="on the way back Y stands for A B",
        aliases="matrix multiplication, @",
        paths="x > d(A) > A > B > Y | x > d(B) > B > A > Y",
        also="product, transposition, matmul, linear",
    ),
    _rule(
        "constant matrices",
        "tensors",
        "d(A@X@B) = A@d(X)@B",
        "a product that has the variable once keeps all its other factors, in their order",
        title="Constant matrices stay",
        example="A : [m, n] constant; X : [n, k]; B : [k, m] constant; y = trace(A@X@B)",
        given="A : [m, n]; X : [n, k]; B : [k, m]",
        when="for constant A and B",
        also="matrix product, constant multiple",
    ),
    _rule(
        "turning the trace",
        "tensors",
        "trace(A@B) = trace(B@A); trace((A@B).T) = trace(A@B); r@A@s = trace(A@outer(s, r))",
        "a trace stays as it is when its last factor moves to the front, and when all of it is transposed",
        example="A : [m, n] constant; X : [n, m]; y = trace(A@X)",
        given="A : [m, n]; B : [n, m]; r : [m]; s : [n]",
        aliases="cyclic property",
        also="linearity of trace, transposing a number",
    ),
    _rule(
        "transposing a number",
        "tensors",
        "r@A@s = s@A.T@r",
        "a number is its own transpose, so its factors may stand in the opposite order",
        example="A : [n, n] constant; x : [n]; y = x@A@x",
        given="A : [m, n]; r : [m]; s : [n]",
        also="turning the trace, transposition",
    ),
    _rule(
        "sum of products",
        "tensors",
        "sum(r*s) = r@s; sum(A*B) = trace(A.T@B)",
        "entries multiplied in their places and added up are an inner product",
        example="X : [m, n]; w : [n]; y = sum((X@w)**2)",
        given="r : [n]; s : [n]; A : [m, n]; B : [m, n]",
        also="summation, turning the trace, dot",
    ),
    _rule(
        "diagonal matrix",
        "tensors",
        "r*s = diag(r)@s",
        "to multiply entry by entry is to multiply by a diagonal matrix",
        example="A : [m, n] constant; x : [n]; y = A@(x*x)",
        given="r : [n]; s : [n]",
        also="constant matrices, product, diag",
    ),
    _rule(
        "log determinant",
        "tensors",
        "d(logdet(A)) = trace(inv(A)@d(A))",
        "it is the rule of the determinant, over the determinant",
        title="The logarithm of a determinant",
        example="A : [n, n]; y = logdet(A)",
        given="A : [n, n] positive",
        also="determinant, inverse, logdet",
    ),
    _rule(
        "einsum",
        "tensors",
        "back(at(A, i, k)) = over(j, back(at(Y, i, j))*at(B, k, j));"
        " at(Y, i, j) = over(k, at(A, i, k)*at(B, k, j))",
        "what comes back meets the other operands, summed over the letters that an operand lacks",
        title="Sums of products by their letters",
        example='A : [m, k]; B : [k, n]; T : [m, n] constant; Y = einsum("ik,kj->ij", A, B); out = sum(Y*T)',
        when='Y is einsum("ik,kj->ij", A, B)',
        aliases="Einstein summation",
        also="matrix product, reduction, tensordot, matmul",
    ),
    _rule(
        "linearity of trace",
        "tensors",
        "d(trace(A)) = trace(d(A))",
        "a trace is a sum of entries, and a sum is differentiated term by term",
        example="A : [n, n]; B : [n, n] constant; out = trace(A@B)",
        given="A : [n, n]",
        also="sum, trace, matrix product",
    ),
    _rule(
        "inverse",
        "tensors",
        "d(inv(A)) = -(inv(A)@d(A)@inv(A))",
        "A times its inverse stays 1, so by the product rule the two changes cancel",
        title="The inverse of a matrix",
        example="A : [n, n]; Y = inv(A); out = trace(Y)",
        given="A : [n, n]",
        when="A is invertible",
        aliases="matrix inverse",
        also="inv, solve, reciprocal, matrix product",
    ),
    _rule(
        "determinant",
        "tensors",
        "d(det(A)) = det(A)*trace(inv(A)@d(A)); d(log(det(A))) = trace(inv(A)@d(A))",
        "along each row the determinant is a sum of entries times their cofactors",
        title="The determinant",
        example="A = [[2, 1], [1, 3]]; y = det(A)",
        given="A : [n, n]",
        when="A is invertible",
        aliases="Jacobi's formula, Jacobi",
        also="det, logdet, linearity of trace",
    ),
)

_ALGEBRA = (
    _rule(
        "multiply",
        "algebra",
        "(a*x)*(b*x) = a*b*x**2",
        "numbers and powers are multiplied together",
        example="y = (3*x)**2",
        also="collect, expand",
    ),
    _rule(
        "collect",
        "algebra",
        "a*x + b*x = (a + b)*x",
        "like terms are added",
        example="y = 2*x**3 + 5*x**3",
        aliases="like terms, combine like terms",
        also="factor, expand",
    ),
    _rule(
        "cancel",
        "algebra",
        "(a*c)/(b*c) = a/b",
        "common factors above and below cancel",
        example="y = x*log(x)",
        when="c is not 0",
        also="factor",
    ),
    _rule(
        "expand",
        "algebra",
        "(a + b)*c = a*c + b*c",
        "the bracket is multiplied out",
        example="y = (x + 1)*(x - 2)",
        aliases="multiply out, distribute",
        also="factor, collect",
    ),
    _rule(
        "factor",
        "algebra",
        "a*c + b*c = (a + b)*c",
        "a common factor is taken out",
        example="y = x**2*exp(x)",
        aliases="factor out, common factor",
        also="collect, expand, cancel",
    ),
    _rule(
        "substitute back",
        "algebra",
        "prime(f(u))*d(u) = prime(f(g(x)))*prime(g(x))",
        "the names are written out again",
        example="u = x**2 + 1; y = u**3",
        when="u = g(x)",
        aliases="with the names written out, let u",
        also="chain, rename",
    ),
    _rule(
        "picking out",
        "algebra",
        "over(k, delta(k, i)*at(x, k)) = at(x, i)",
        "all other terms of the sum are zero",
        example="x : [n]; t : [n] constant; out = sum(x*t)",
        aliases="delta, Kronecker delta",
        also="indexing, linearity of the sum, rename",
    ),
    _rule(
        "Pythagoras",
        "algebra",
        "sin(x)**2 + cos(x)**2 = 1",
        "sine and cosine are the sides of a right triangle with hypotenuse 1",
        example="y = sin(x)/cos(x)",
        aliases="sin² + cos² = 1, trigonometric identity",
        also="sin, cos, tan, hypot",
    ),
    _rule(
        "sums to one",
        "algebra",
        "over(j, at(p, j)) = 1",
        "the entries of a row of probabilities add up to 1",
        title="A row that sums to one",
        example="z : [n]; y : [n] onehot constant; out = -sum(y*log_softmax(z))",
        when="p is a row of probabilities, one-hot, or a softmax",
        aliases="probability, one-hot",
        also="softmax, cross_entropy",
    ),
    _rule(
        "regroup",
        "algebra",
        "over(i, over(j, at(x, i, j))) = over(j, over(i, at(x, i, j)))",
        "factors and sums may change places",
        example="A : [n, n]; B : [n, n] constant; out = trace(inv(A)@B)",
        aliases="reorder, commute",
        also="linearity of the sum, multiply",
    ),
    _rule(
        "rename",
        "algebra",
        "over(i, at(x, i)) = over(k, at(x, k))",
        "the letter that a sum runs over is its own affair",
        example="A : [n, n]; out = sum(A@A)",
        aliases="renaming, dummy index",
        also="picking out",
    ),
)

RULES: Mapping[str, Rule] = MappingProxyType({rule.name: rule for rule in (*_CALCULUS, *_TENSORS, *_ALGEBRA)})
"""Every named rule that a derivation may mention and that is no operation of the table, by name."""
