"""Text that a person wrote, and half-open spans into it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Span(NamedTuple):
    """The characters ``start`` (included) to ``stop`` (excluded) of a source."""

    start: int
    stop: int

    def to(self, other: Span) -> Span:
        """The shortest span that covers this one and ``other``."""
        return Span(min(self.start, other.start), max(self.stop, other.stop))


class Position(NamedTuple):
    """A place as people count it: line and column, both from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Source:
    """A text with the name under which messages speak of it: ``program``, ``--at``, a file name."""

    text: str
    name: str = "program"

    def slice(self, span: Span) -> str:
        """The text of ``span``."""
        return self.text[span.start : span.stop]

    def position(self, offset: int) -> Position:
        """The line and column of the character at ``offset``."""
        before = self.text[:offset]
        return Position(before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)

    def line(self, number: int) -> str:
        """The text of line ``number`` (from 1), without its line end."""
        lines = self.text.split("\n")
        return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) else ""
