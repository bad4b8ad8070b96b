"""Text to tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.language.lexer import GREEK, clauses
from chainrule.source import Source


def kinds(text: str) -> list[list[str]]:
    """The kinds of the tokens of each statement, without the end."""
    return [[token.kind for token in clause.tokens[:-1]] for clause in clauses(Source(text))]


def texts(text: str) -> list[str]:
    """The normalised texts of the tokens of a single statement."""
    (clause,) = clauses(Source(text))
    return [token.text for token in clause.tokens[:-1]]


@pytest.mark.parametrize(
    "text",
    [
        "a;b",
        "a\nb",
        "a\r\nb",
        "a\rb",
        "\ufeffa\nb\n",
        " a ;\t b ;; ",
        "a # x; y\nb#",
        "\n\n;a;\n;\nb\n\n",
        "a\u00a0;b\f",
    ],
)
def test_statements_are_separated(text: str) -> None:
    assert kinds(text) == [["name"], ["name"]]


@pytest.mark.parametrize("text", ["", " \t", "\ufeff", "# only a comment", "\r\n\r\n", ";;;\n;"])
def test_nothing_but_blanks(text: str) -> None:
    assert kinds(text) == []


def test_lines_continue_inside_brackets() -> None:
    assert kinds("f(a,  # one\n  [b,\r\n c]\n)\nd") == [
        ["name", "(", "name", ",", "[", "name", ",", "name", "]", ")"],
        ["name"],
    ]


def test_semicolon_ends_a_statement_inside_brackets() -> None:
    first, second = clauses(Source("(a; b"))
    assert first.unclosed == ("(", "(", 0, 1)
    assert second.unclosed is None


@pytest.mark.parametrize(
    "text", ["0", "00", "12", "1.", ".5", "0.1", "1e3", "1.E-3", ".5e+10", "00.5", "0e5"]
)
def test_numbers(text: str) -> None:
    assert kinds(text) == [["number"]]
    assert texts(text) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "1e",
        "1E*x",
        "2.0e",
        "0x1F",
        "0b1",
        "0O7",
        "0x",
        "3j",
        "1.5J",
        "1e3j",
        "1_000",
        "2_x",
        "1.2.3",
        "1..2",
        "007",
        "2e1x",
        "2e1_0",
        "1e2.5",
    ],
)
def test_literals_of_other_languages(text: str) -> None:
    assert kinds(text)[0][0] == "wrong"


@pytest.mark.parametrize("text", ["2x", "2exp", "2ej", "3jx", "2θ", "1.5x", "2e_1", "10x"])
def test_number_before_a_name(text: str) -> None:
    assert kinds(text) == [["number", "name"]]


@pytest.mark.parametrize(("letter", "name"), GREEK.items())
def test_greek_letters(letter: str, name: str) -> None:
    assert texts(letter) == [name]
    assert texts(f"{letter}_1") == [f"{name}_1"]
    assert texts(f"{letter}2b") == [f"{name}2b"]
    assert texts(f"{letter}x{letter}") == [name, "x", name]


def test_plain_spellings() -> None:
    assert kinds("a·b×c−d^e") == [["name", "*", "name", "*", "name", "-", "name", "**", "name"]]
    assert texts("x⁻¹²y³") == ["x", "-12", "y", "3"]
    assert texts("'a b' \"c'd\"") == ["a b", "c'd"]


def test_files() -> None:
    assert kinds("x=@a/b.npy") == [["name", "file"]]
    assert texts("x = @ C:\\a-1.npz # c") == ["x", "C:\\a-1.npz"]
    assert texts("x = @'my data.json'") == ["x", "my data.json"]
    assert texts("x = @") == ["x", ""]
    assert kinds("x == @y") == [["name", "==", "@", "name"]]


def test_words_of_python() -> None:
    assert kinds("for None True lambdax iff") == [["keyword", "keyword", "keyword", "name", "name"]]


def test_lambda_is_a_name_unless_python_s() -> None:
    assert kinds("lambda*x; lambda : real; λ = 2; 2 lambda") == [
        ["name", "*", "name"],
        ["name", ":", "name"],
        ["name", "=", "number"],
        ["number", "name"],
    ]
    assert kinds("lambda x: x")[0][0] == "keyword"


def test_prime_is_not_a_quote() -> None:
    assert kinds("x' y'") == [["name", "wrong", "name", "wrong"]]
    assert kinds("f(x)'")[0][-1] == "wrong"
    assert kinds("f(a='b')")[0][-2] == "text"


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("a1.e_x()[];\n#'\"@= \t²θ|*"))))
def test_tokens_tile_the_text(text: str) -> None:
    stop = 0
    for clause in clauses(Source(text)):
        *words, end = clause.tokens
        assert words
        for token in words:
            assert stop <= token.start < token.stop <= len(text)
            stop = token.start + 1  # a wrong number may reach over the tokens after it
            assert token.kind != "end"
        assert end.kind == "end"
        assert end.start == end.stop == words[-1].stop
