"""What holds for every term: texts that Python reads alike, balanced LaTeX, plain ASCII."""

from __future__ import annotations

import operator
import re
from fractions import Fraction
from functools import reduce

import pytest
from hypothesis import assume, given

from chainrule.notation.latex import latex
from chainrule.notation.style import Style
from chainrule.notation.text import chain, text
from chainrule.notation.unicode import pretty
from chainrule.terms import Apply, Number, Symbol, Term
from tests.notation.random_terms import RANKS, arithmetic, terms

VALUES = {"x": Fraction(2, 3), "y": Fraction(-5, 7), "z": Fraction(11, 13)}

_NUMBER = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?(?:e-?\d+)?)")
_COMMAND = re.compile(r"\\[A-Za-z]+|\\.")
_COMMANDS = frozenset(
    re.findall(
        r"\S+",
        r"""\frac \mathrm \mathbf \hat \partial \sum \cdot \odot \times \delta \theta \lambda \pi \sigma \top
        \to \sqrt \lvert \rvert \lVert \rVert \left \right \begin \end \text \le \ge \ne \exp \max
        \, \_ \\""",
    )
)


def value(term: Term) -> Fraction:
    """What a term of plain arithmetic is worth."""
    if isinstance(term, Number):
        return term.value
    if isinstance(term, Symbol):
        return VALUES[term.name]
    assert isinstance(term, Apply)
    parts = [value(part) for part in term.args]
    if term.op == "neg":
        return -parts[0]
    binary = {"add": operator.add, "mul": operator.mul, "div": operator.truediv, "pow": operator.pow}
    return Fraction(reduce(binary[term.op], parts))


def as_python_reads(written: str) -> Fraction:
    return Fraction(eval(_NUMBER.sub(r"F('\1')", written), {"F": Fraction, **VALUES}))  # noqa: S307


def is_balanced(written: str, opening: str, closing: str) -> bool:
    depth = 0
    for sign in written:
        depth += (sign in opening) - (sign in closing)
        if depth < 0:
            return False
    return depth == 0


@given(arithmetic)
def test_python_reads_the_text_as_the_same_value(term):
    try:
        expected = value(term)
    except ZeroDivisionError:
        assume(False)
    assert as_python_reads(text(term)) == expected


@given(arithmetic, arithmetic)
def test_the_chain_of_factors_is_their_product(first, second):
    try:
        expected = value(first) * value(second)
    except ZeroDivisionError:
        assume(False)
    assert as_python_reads(chain([first, second])) == expected


@given(terms)
def test_text_is_ascii_on_one_line_with_balanced_brackets(term):
    written = text(term)
    assert written.isascii()
    assert written.isprintable()
    assert is_balanced(written, "([{", ")]}")


@pytest.mark.parametrize("plain", [False, True])
@given(term=terms)
def test_a_terminal_gets_one_line_with_balanced_brackets(plain, term):
    written = pretty(term, Style(RANKS, ascii=plain))
    assert "\n" not in written
    assert "  " not in written
    assert is_balanced(written, "([{", ")]}")
    assert written.isascii() or not plain


@given(terms)
def test_latex_is_balanced_and_nothing_is_unescaped(term):
    written = latex(term, Style(RANKS))
    assert is_balanced(re.sub(r"\\[{}]", "", written), "{", "}")
    assert written.count(r"\left(") == written.count(r"\right)")
    assert written.count(r"\begin{cases}") == written.count(r"\end{cases}")
    assert set(_COMMAND.findall(written)) <= _COMMANDS
    bare = _COMMAND.sub(" ", written)
    assert not set(bare) & set("#%$~\\")
    assert "&" not in bare or r"\begin{cases}" in written
    # Scripts stand in braces, and no base has two of a kind.
    assert not re.search(r"[_^](?!\{)", bare)
    assert not re.search(r"_\{[^{}]*\}_|\^\{[^{}]*\}\^", bare)


@given(terms)
def test_signs_never_meet(term):
    assert not re.search(r"[-+] ?[-+]|(?<!\*)\*-|/-|@-", text(term))
