"""Every sort of syntax error, with the whole of what a person is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from chainrule.diagnostics import ChainRuleError
from chainrule.language.lexer import MAX_TOKENS
from chainrule.language.parser import MAX_TEXT, parse_expression, parse_program
from chainrule.source import Source, Span
from tests.language.regenerate import ERRORS, complaint, read

GOLDEN = sorted(ERRORS.glob("*.txt"))


@pytest.mark.parametrize("path", GOLDEN, ids=[path.stem for path in GOLDEN])
def test_whole_diagnostic(path: Path) -> None:
    program, expected = read(path)
    assert complaint(program).diagnostic.show() == expected


@pytest.mark.parametrize("path", GOLDEN, ids=[path.stem for path in GOLDEN])
def test_diagnostic_is_sound(path: Path) -> None:
    program, _ = read(path)
    found = complaint(program).diagnostic
    for label in found.labels:
        assert 0 <= label.span.start <= label.span.stop <= len(program)
    if found.suggestion is not None:
        parse_program(Source(found.suggestion))


def test_messages_tell_mistakes_apart() -> None:
    first_lines = {complaint(read(path)[0]).diagnostic.message for path in GOLDEN}
    assert len(first_lines) > 0.6 * len(GOLDEN)


@pytest.mark.parametrize(
    ("program", "code", "marked"),
    [
        ("y = x\x1b[31m", "syntax", "\x1b"),
        ("y = x\x00", "syntax", "\x00"),
        ("y = x \ud800", "syntax", "\ud800"),
        ("a = 1\r\nb = a a\r\n", "syntax", "a a"),
        ("y = x\u2028 + 1", "syntax", "\u2028"),
        ("y = \ufeffx", "syntax", "\ufeff"),
        ("y = 1e401", "value", "1e401"),
        ("y = -1e400", "value", "1e400"),
        ("y = 1" + "0" * 309, "value", "1" + "0" * 309),
        ("y = " + "7" * 5000, "value", "7" * 5000),
        ("y = 1e" + "9" * 5000, "value", "1e" + "9" * 5000),
        ("y = 0." + "0" * 5000 + "1", "value", "0." + "0" * 5000 + "1"),
        ("y = x⁻" + "9" * 3 + "²", "syntax", "⁻"),
        ("y = x[" + "9" * 5000 + "]", "value", "9" * 5000),
        ("X : [" + "9" * 5000 + "]", "value", "9" * 5000),
    ],
)
def test_code_and_first_span(program: str, code: str, marked: str) -> None:
    found = complaint(program).diagnostic
    assert found.code == code
    assert program[slice(*found.labels[0].span)] == marked
    assert "\x1b" not in found.show()


def test_text_over_the_budget() -> None:
    with pytest.raises(ChainRuleError) as caught:
        parse_program(Source("x" * (MAX_TEXT + 1)))
    assert caught.value.diagnostic.code == "budget"


def test_statement_over_the_budget() -> None:
    with pytest.raises(ChainRuleError) as caught:
        parse_program(Source("+" * (MAX_TOKENS + 2)))
    assert caught.value.diagnostic.code == "budget"


def test_second_expression() -> None:
    with pytest.raises(ChainRuleError) as caught:
        parse_expression(Source("x + 1\ny", "--cotangent"))
    assert caught.value.diagnostic.show() == (
        "error[syntax]: one expression is expected here, this is a second one\n"
        "   in --cotangent\n"
        "  2 | y\n"
        "    | ^"
    )


def test_definition_where_an_expression_is_expected() -> None:
    with pytest.raises(ChainRuleError) as caught:
        parse_expression(Source("y = x"))
    assert caught.value.diagnostic.labels[0].span == Span(2, 3)


def test_empty_expression() -> None:
    with pytest.raises(ChainRuleError) as caught:
        parse_expression(Source(" # nothing", "--cotangent"))
    assert caught.value.diagnostic.message == "--cotangent holds no text"
