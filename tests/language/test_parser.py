"""Tokens to the syntax tree."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.diagnostics import ChainRuleError
from chainrule.language import syntax
from chainrule.language.cursor import MAX_NESTING
from chainrule.language.parser import parse_expression, parse_program
from chainrule.source import Source, Span
from tests.language.outline import outline, statement_outline


def parsed(text: str) -> str:
    return outline(parse_expression(Source(text)))


def statements(text: str) -> list[str]:
    return [statement_outline(s) for s in parse_program(Source(text)).statements]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + b - c", "(a + b - c)"),
        ("(a + b) + c", "((a + b) + c)"),
        ("a - (b - c)", "(a - (b - c))"),
        ("a*b*c", "(a * b * c)"),
        ("(a*b)*c", "((a * b) * c)"),
        ("a*b/c*d", "(((a * b) / c) * d)"),
        ("a/b/c", "((a / b) / c)"),
        ("a @ b @ c", "((a @ b) @ c)"),
        ("2/n*X.T@r", "(((2 / n) * X.T) @ r)"),
        ("a + b*c", "(a + (b * c))"),
        ("((a))", "a"),
        ("a**b**c", "(a ** (b ** c))"),
        ("a^b^c", "(a ** (b ** c))"),
        ("(a**b)**c", "((a ** b) ** c)"),
        ("-a**b", "(-(a ** b))"),
        ("-a*b", "((-a) * b)"),
        ("-a/b - c", "(((-a) / b) - c)"),
        ("a - -b", "(a - (-b))"),
        ("--a", "(-(-a))"),
        ("+a + +b", "(a + b)"),
        ("x^-2", "(x ** (-2))"),
        ("x**-y**2", "(x ** (-(y ** 2)))"),
        ("x**+2*y", "((x ** 2) * y)"),
        ("a*-b*c", "(a * (-b) * c)"),
        ("a−b·c×d", "(a - (b * c * d))"),
        ("x²+y³", "((x ** 2) + (y ** 3))"),
        ("-x²", "(-(x ** 2))"),
        ("x⁻¹⁰", "(x ** (-10))"),
        ("(x+1)²y_1", None),
        ("2^x²", "(2 ** (x ** 2))"),
        ("2²", "(2 ** 2)"),
        ("sin(x)²", "(sin(x) ** 2)"),
    ],
)
def test_operators(text: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(ChainRuleError):
            parsed(text)
    else:
        assert parsed(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2x", "(2 * x)"),
        ("2x**3", "(2 * (x ** 3))"),
        ("3(x+1)", "(3 * (x + 1))"),
        ("2 sin(x)", "(2 * sin(x))"),
        ("2x y", None),
        ("-2x", "((-2) * x)"),
        ("2x*y", "(2 * x * y)"),
        ("2x/3", "((2 * x) / 3)"),
        ("a*2x", "(a * 2 * x)"),
        ("a/b*2x", "((a / b) * 2 * x)"),
        ("a - 2x", "(a - (2 * x))"),
        ("2|x|", "(2 * |x|)"),
        ("0.5x.T", "(0.5 * x.T)"),
        ("2x[0]", "(2 * x[0])"),
        ("2(x)^2", "(2 * (x ** 2))"),
        ("2x²", "(2 * (x ** 2))"),
        ("2π", "(2 * pi)"),
        ("f(2x, 3(y))", "f((2 * x), (3 * y))"),
    ],
)
def test_implicit_products(text: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(ChainRuleError):
            parsed(text)
    else:
        assert parsed(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("|x|", "|x|"),
        ("|x|*|y|", "(|x| * |y|)"),
        ("|x - |y||", "|(x - |y|)|"),
        ("||x| - 1|", "|(|x| - 1)|"),
        ("|1/2|", "|(1 / 2)|"),
        ("|x - 2| + 3|y|", "(|(x - 2)| + (3 * |y|))"),
        ("|f(|x|)|", "|f(|x|)|"),
        ("|(2|x|)|", "|(2 * |x|)|"),
        ("|x|.T[0]²", "(|x|.T[0] ** 2)"),
        ("-|x|", "(-|x|)"),
    ],
)
def test_bars(text: str, expected: str) -> None:
    assert parsed(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f()", "f()"),
        ("f(a, b,)", "f(a, b)"),
        ("x (y)", "x(y)"),
        ("sum(x, axis=0)", "sum(x, axis=0)"),
        ("sum(x, axis=(0, -1), keepdims=True)", "sum(x, axis=tuple(0, (-1)), keepdims=True)"),
        ("f(k=(), l=(1,), m=(a))", "f(k=tuple(), l=tuple(1), m=a)"),
        ("f((a), ((b)), (a, (b, c)))", "f(a, b, tuple(a, tuple(b, c)))"),
        ("(a, b)", None),
        ("f((a + b)*c, (a)**2)", "f(((a + b) * c), (a ** 2))"),
        ("mse(p, t, reduction='sum')", "mse(p, t, reduction='sum')"),
        ('einsum("ij,jk", A, B)', "einsum('ij,jk', A, B)"),
        ("sum(x, axis=None)", "sum(x, axis=None)"),
        ("full([2, 2], 7)", "full([2, 2], 7)"),
        ("stack([a, 2b], axis=1)", "stack([a, (2 * b)], axis=1)"),
        ("where(x > 0, a, b)", "where((x > 0), a, b)"),
        ("where((x - 1 <= 2y), a, b)", "where(((x - 1) <= (2 * y)), a, b)"),
        ("where(((x != y)), a, b)", "where((x != y), a, b)"),
        ("f(c=a == b)", "f(c=(a == b))"),
        ("x.T", "x.T"),
        ("x.sum(axis=0).T", "x.sum(axis=0).T"),
        ("(a + b).mean()", "(a + b).mean()"),
        ("f(x).T[0]", "f(x).T[0]"),
        ("x.T**2", "(x.T ** 2)"),
    ],
)
def test_calls(text: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(ChainRuleError):
            parsed(text)
    else:
        assert parsed(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x[0]", "x[0]"),
        ("x[-1]", "x[-1]"),
        ("x[−1, +2]", "x[-1, 2]"),
        ("x[:, 1]", "x[::, 1]"),
        ("x[1:3]", "x[1:3:]"),
        ("x[1:]*2", "(x[1::] * 2)"),
        ("x[::-1]", "x[::-1]"),
        ("x[1:-1:2,]", "x[1:-1:2]"),
        ("x[..., None, 0]", "x[..., None, 0]"),
        ("x[0][1]", "x[0][1]"),
    ],
)
def test_subscripts(text: str, expected: str) -> None:
    assert parsed(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("y = x + 2; z = 3*y**2\nout = mean(z)", ["y = (x + 2)", "z = (3 * (y ** 2))", "out = mean(z)"]),
        ("x = [[1, -1/3], [2.5, pi],]", ["x = [[1, ((-1) / 3)], [2.5, pi]]"]),
        ("x = []", ["x = []"]),
        ("x = @data.npy", ["x = @<data.npy>"]),
        ("x = @'my data.json' # c\ny = @ b.csv", ["x = @<my data.json>", "y = @<b.csv>"]),
        ("f(x) = x² + 1", ["f(x) = ((x ** 2) + 1)"]),
        ("f(x, θ) = x*θ", ["f(x, theta) = (x * theta)"]),
        ("X : [m, 3]", ["X : [m, 3]"]),
        ("b : []", ["b : []"]),
        ("a : positive", ["a : positive"]),
        ("a : positive, [n]", ["a : [n], positive"]),
        ("a : [n] positive onehot", ["a : [n], positive, onehot"]),
        ("a:real,[2,n,],constant", ["a : [2, n], real, constant"]),
        ("X : [\n  m,\n  n\n]", ["X : [m, n]"]),
        ("sin(x)/x", ["(sin(x) / x)"]),
        ("[1, 2]", ["[1, 2]"]),
        ("λ = 0.1; w = lambda*θ_1", ["lambda = 0.1", "w = (lambda * theta_1)"]),
        ("y = (a +\n  b)", ["y = (a + b)"]),
        ("\ufeffy = x \r\nz = y\r\n", ["y = x", "z = y"]),
        ("e = 2; pi; inf", ["e = 2", "pi", "inf"]),
    ],
)
def test_statements(text: str, expected: list[str]) -> None:
    assert statements(text) == expected


@pytest.mark.parametrize(
    ("text", "value", "decimal"),
    [
        ("12", Fraction(12), False),
        ("0.1", Fraction(1, 10), True),
        ("1.", Fraction(1), True),
        (".5", Fraction(1, 2), True),
        ("1e-3", Fraction(1, 1000), True),
        ("2.5E+3", Fraction(2500), True),
        ("0e5", Fraction(0), True),
        ("1" + "0" * 308, Fraction(10**308), False),
        ("0." + "3" * 3900, Fraction(int("3" * 3900), 10**3900), True),
        ("5e-324", Fraction(5, 10**324), True),
    ],
)
def test_numbers_are_exact(text: str, value: Fraction, decimal: bool) -> None:
    assert parse_expression(Source(text)) == syntax.Number(value, text, decimal, Span(0, 0))


def test_spans_of_operators() -> None:
    node = parse_expression(Source("2x*(a - b + c)"))
    assert isinstance(node, syntax.Product)
    assert node.operators == (Span(1, 1), Span(2, 3))
    assert node.span == Span(0, 14)
    inner = node.factors[2]
    assert isinstance(inner, syntax.Sum)
    assert (inner.signs, inner.operators, inner.span) == ((1, -1, 1), (Span(6, 7), Span(10, 11)), Span(4, 13))


def test_names_keep_their_place() -> None:
    source = Source("θ_1 = λ")
    (statement,) = parse_program(source).statements
    assert isinstance(statement, syntax.Definition)
    assert (statement.name.name, source.slice(statement.name.span)) == ("theta_1", "θ_1")


def test_longest_name() -> None:
    assert parsed("a" * 64) == "a" * 64


# --- limits -----------------------------------------------------------------------------------------

NESTED = {
    "brackets": ("(", "x", ")", 100),
    "calls": ("f(", "x", ")", 99),
    "keyword arguments": ("f(a=", "x", ")", 99),
    "tuples": ("(", "x", ",)", 98),
    "lists": ("[", "x", "]", 99),
    "bars": ("| ", "x", " |", 99),
    "signs": ("-", "x", "", 99),
    "plus signs": ("+", "x", "", 100),
    "powers": ("x**", "x", "", 99),
    "signed powers": ("x**-", "x", "", 49),
    "quotients": ("", "x", "/x", 99),
    "matrix products": ("", "x", "@x", 99),
    "attributes": ("", "x", ".T", 99),
    "methods": ("", "x", ".f()", 99),
    "subscripts": ("", "x", "[0]", 99),
    "sums": ("(a+", "x", ")", 99),
    "mixed": ("f(2*(a + 1/|", "x", "|), b)", 19),
}


@pytest.mark.parametrize("name", NESTED)
def test_deepest_nesting(name: str) -> None:
    opening, inside, closing, depth = NESTED[name]
    text = opening * depth + inside + closing * depth
    text = f"g({text})" if name == "tuples" else text
    node = parse_expression(Source(text))
    assert height(node) <= MAX_NESTING
    assert node == parse_expression(Source(text))
    assert hash(node) == hash(parse_expression(Source(text)))
    assert repr(node)
    assert outline(node)
    for count in (depth + 2, 5000):
        with pytest.raises(ChainRuleError) as caught:
            parse_expression(Source(opening * count + inside + closing * count))
        assert caught.value.diagnostic.code in ("budget", "syntax")


@pytest.mark.parametrize(
    "word", ["(", "[", "|", "-", "+", "2^", "a/", "a@", "x[", "f(", "f(a=", "(a,", "[[", "a.", "(a+"]
)
def test_endless_openings(word: str) -> None:
    with pytest.raises(ChainRuleError):
        parse_program(Source(word * 20_000))


def test_a_long_sum_is_flat() -> None:
    node = parse_expression(Source("+".join(["a*b"] * 20_000)))
    assert isinstance(node, syntax.Sum)
    assert len(node.terms) == 20_000


def test_time_is_linear() -> None:
    def seconds(count: int) -> float:
        text = "\n".join(f"u{i + 1} = sin(u{i})*c + u{i}" for i in range(count))
        start = time.process_time()
        assert len(parse_program(Source(text)).statements) == count
        return time.process_time() - start

    assert min(seconds(8000), seconds(8000)) < 30 * max(0.01, min(seconds(800), seconds(800)))


# --- arbitrary text ---------------------------------------------------------------------------------


def fields(node: Any) -> Iterator[Any]:
    """The nodes directly below ``node``."""
    for field in dataclasses.fields(node):
        value = getattr(node, field.name)
        for part in value if isinstance(value, tuple) and not isinstance(value, Span) else (value,):
            if dataclasses.is_dataclass(part):
                yield part


def height(node: Any) -> int:
    """The height of the tree of expression nodes."""
    below = max((height(part) for part in fields(node)), default=0)
    return below + (not isinstance(node, syntax.Keyword))


def everything(node: Any) -> Iterator[Any]:
    yield node
    for part in fields(node):
        yield from everything(part)


def check_tree(source: Source) -> None:
    """Spans lie in the text and inside their parents' lines; an expression's text reads back to it."""
    for statement in parse_program(source).statements:
        for node in everything(statement):
            assert 0 <= node.span.start < node.span.stop <= len(source.text)
            written = source.slice(node.span)
            if (
                isinstance(node, syntax.Node)
                and not isinstance(node, syntax.FileValue)
                and written[0] not in _SMALL
            ):
                (again,) = parse_expression(Source(f"f({written})")).arguments  # type: ignore[union-attr]
                assert again == node


_SMALL = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"

WORDS = [
    *"abxyfθλ0123 .,:;=()[]|+-*/@^<>'\"#\n_·×−²³⁻!&%~{}\\√ſ",
    *[
        "**",
        "==",
        "<=",
        "!=",
        "...",
        "sin",
        "where(",
        "x > 0",
        "2x",
        "1e3",
        "1e",
        "axis=0",
        "True",
        "None",
        "for",
    ],
    *[
        "lambda",
        "x.T",
        "= @a.npy",
        "[1, 2]",
        "(a, b)",
        "\r\n",
        "\ufeff",
        "x[0, 1:2]",
        " : ",
        "|x|",
        "positive",
    ],
]


@given(st.lists(st.sampled_from(WORDS), max_size=24).map("".join))
def test_word_soup(text: str) -> None:
    check_or_complain(text)


@given(st.text())
def test_any_text(text: str) -> None:
    check_or_complain(text)


def check_or_complain(text: str) -> None:
    source = Source(text)
    try:
        check_tree(source)
    except ChainRuleError as error:
        found = error.diagnostic
        assert found.code in ("syntax", "value", "budget")
        assert found.show()
        assert found.to_data()
        for label in found.labels:
            assert 0 <= label.span.start <= label.span.stop <= len(text)


def expressions() -> st.SearchStrategy[str]:
    leaves = st.sampled_from(["x", "theta", "θ_1", "2", "0.5", "1e-3", "pi", "|y|", "f()", "x[0, :]"])

    def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        blank = st.sampled_from(["", " ", "\n ", " # c\n"])
        operator = st.sampled_from(["+", "-", "*", "/", "@", "**", "^", "·", "−", "* -"])
        bracketed = st.builds("({}{}{})".format, blank, inner, blank)
        return st.one_of(
            st.builds("({}{}{}{}{})".format, inner, blank, operator, blank, inner),
            st.builds("({0}{1} {2} {1}{3})".format, inner, blank, operator, inner),
            st.builds("-{}".format, inner),
            st.builds("{}²".format, bracketed),
            st.builds("{}.T".format, bracketed),
            st.builds("|{}|".format, bracketed),
            st.builds("(3{})".format, bracketed),
            st.builds("f({},{}{}, axis=(0, 1))".format, inner, blank, inner),
            st.builds("where({} < {}, {}, [1])".format, inner, inner, inner),
        )

    return st.recursive(leaves, larger, max_leaves=20)


@given(expressions())
def test_generated_expressions_read_back(text: str) -> None:
    check_tree(Source(f"y = ({text})"))
