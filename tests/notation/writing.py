"""Short ways to write terms in tests: strings are variables, numbers are numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from chainrule.notation.latex import latex
from chainrule.notation.style import Style
from chainrule.notation.text import text
from chainrule.notation.unicode import pretty
from chainrule.terms import Apply, Entry, Index, Length, Number, Partial, Summation, Symbol, Term

Writable = Term | str | int | Fraction

RANKS = {
    "X": 2, "A": 2, "B": 2, "W": 2, "w": 1, "t": 1, "r": 1, "u": 1, "v": 1,
    "a": 0, "b": 0, "c": 0, "x": 0, "y": 0, "z": 0,
}  # fmt: skip
"""The ranks of the variables in the tables of the tests."""

n = Length("n")


def term(value: Writable) -> Term:
    if isinstance(value, Term):
        return value
    return Symbol(value) if isinstance(value, str) else Number(Fraction(value))


def op(name: str, *arguments: Writable, **params: Any) -> Apply:
    return Apply(name, tuple(map(term, arguments)), tuple(sorted(params.items())))


def add(*parts: Writable) -> Apply:
    return op("add", *parts)


def mul(*parts: Writable) -> Apply:
    return op("mul", *parts)


def neg(part: Writable) -> Apply:
    return op("neg", part)


def div(top: Writable, bottom: Writable) -> Apply:
    return op("div", top, bottom)


def power(base: Writable, exponent: Writable) -> Apply:
    return op("pow", base, exponent)


def matmul(left: Writable, right: Writable) -> Apply:
    return op("matmul", left, right)


def tr(part: Writable) -> Apply:
    return op("transpose", part)


def f(argument: Writable, order: int = 0, name: str = "f") -> Apply:
    return op("call", argument, function=name, orders=(order,))


def decimal(text: str) -> Number:
    return Number(Fraction(text), decimal=True)


def entry(name: Writable, indices: str) -> Entry:
    return Entry(term(name), tuple(Index(letter) for letter in indices))


def partial(of: Writable, *wrt: Writable, total: bool = False) -> Partial:
    return Partial(term(of), tuple(map(term, wrt)), total)


def total(indices: str, body: Writable) -> Summation:
    return Summation(tuple(map(Index, indices)), (n,) * len(indices), term(body))


def delta(a: str, b: str) -> Apply:
    return op("delta", Index(a), Index(b))


# A term, then how it is written in the language, in a terminal, in ASCII if that differs, and in LaTeX.
Row = tuple[Term, str, str, str] | tuple[Term, str, str, str, str]


def assert_written(row: Row) -> None:
    written, language, terminal, *plain, tex = row
    assert text(written) == language
    assert pretty(written, Style(RANKS)) == terminal
    assert pretty(written, Style(RANKS, ascii=True)) == (plain[0] if plain else terminal)
    assert latex(written, Style(RANKS)) == tex
