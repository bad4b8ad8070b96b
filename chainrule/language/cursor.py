"""Where a parser stands in its text, and what it keeps count of."""

from __future__ import annotations

import sys
from fractions import Fraction
from typing import NoReturn

from chainrule.language import complaints, refusals, surplus
from chainrule.language.lexer import Clause, Token
from chainrule.language.place import Place
from chainrule.language.syntax import Name, Number
from chainrule.source import Source, Span

MAX_NESTING = 100
"""The height of the highest tree, and the deepest nesting of brackets, signs and powers."""

MAX_NAME = 64
"""The longest name, in characters."""

MAX_DIGITS = 4000
"""The longest number, in digits."""

MAX_EXPONENT = 400
"""The largest exponent of a number, either way."""

_new = tuple.__new__  # half the time of calling a named tuple

_LARGEST, _SMALLEST = Fraction(sys.float_info.max), Fraction(5e-324) / 2


class Cursor:
    """Which statement, which token, in which bracket, how deep.

    ``height`` is the height of the node built last. ``argument`` is the token at which the argument (or
    the inside of a bracketed one) begins that is being read: there, brackets may hold more than a number.
    """

    __slots__ = ("argument", "clause", "depth", "height", "index", "opening", "source", "tokens", "values")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.values: dict[str, Fraction] = {}

    def begin(self, clause: Clause) -> None:
        """Stand at the first token of ``clause``."""
        self.clause, self.tokens, self.index = clause, clause.tokens, 0
        self.opening: Token | None = None
        self.depth, self.height, self.argument = 0, 0, -1

    def name(self) -> Name:
        token = self.tokens[self.index]
        if len(token.text) > MAX_NAME:
            refusals.long_name(self.place(), MAX_NAME)
        self.index += 1
        return Name(token.text, _new(Span, token[2:]))

    def number(self) -> Number:
        token = self.tokens[self.index]
        text = token.text
        value = self.values.get(text)
        if value is None:
            value = self.values[text] = self.exact(text)
        self.index += 1
        return Number(value, text, not text.isdigit(), _new(Span, token[2:]))

    def exact(self, text: str) -> Fraction:
        """The value of a number; its size is estimated before anything is computed."""
        if len(text) < 300 and text.isdigit():
            return Fraction(int(text))
        mantissa, _, exponent = text.lower().partition("e")
        power = exponent.lstrip("+-").lstrip("0")
        if len(mantissa) > MAX_DIGITS:
            refusals.number_range(self.place(), f"it has more than {MAX_DIGITS} digits")
        if len(power) > 3 or int(power or "0") > MAX_EXPONENT:
            refusals.number_range(self.place(), f"its exponent is beyond {MAX_EXPONENT}")
        value = Fraction(text)
        if value > _LARGEST or 0 < value < _SMALLEST:
            refusals.number_range(self.place(), "numbers reach from about 5e-324 to 1.8e308, as floats do")
        return value

    def span(self, first: int) -> Span:
        """From the token ``first`` to the one read last."""
        return _new(Span, (self.tokens[first].start, self.tokens[self.index - 1].stop))

    def place(self) -> Place:
        return Place(self.source, self.clause, self.index, self.opening)

    def complain(self) -> NoReturn:
        """Refuse the token that stands here after something complete."""
        surplus.unexpected(self.place())

    def enter(self) -> Token | None:
        """Step over an opening bracket; what is returned must be given back to :meth:`leave`."""
        outer = self.opening
        self.descend()
        self.opening = self.tokens[self.index]
        self.index += 1
        return outer

    def leave(self, outer: Token | None) -> None:
        """Step over the closing bracket."""
        self.index += 1
        self.depth -= 1
        self.opening = outer

    def descend(self) -> None:
        self.depth += 1
        if self.depth > MAX_NESTING:
            complaints.too_deep(self.place(), MAX_NESTING)

    def grow(self, below: int) -> int:
        """The node being built stands on nodes of the height ``below``."""
        self.height = below + 1
        if self.height > MAX_NESTING:
            complaints.too_deep(self.place(), MAX_NESTING)
        return self.height
