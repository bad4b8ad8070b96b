"""Text with styles, measured in cells of a terminal and broken where mathematics may be broken."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

Mark = tuple[int, int, str]
"""The characters from .. to .. have a style."""

MATH, PROSE = "math", "prose"
_MATHEMATICS = frozenset((MATH, "name"))
_BREAK_AFTER = frozenset("=+−-·,@→▶≈")
_OPENING, _CLOSING = "([{", ")]}"
_DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Styled:
    """A text and its styled stretches, in order and without overlap; what has no style is prose."""

    text: str
    marks: tuple[Mark, ...] = ()

    @staticmethod
    def of(text: str, style: str = "") -> Styled:
        """``text`` in one style."""
        return Styled(text, ((0, len(text), style),) if style and text else ())

    @staticmethod
    def join(parts: Iterable[Styled]) -> Styled:
        """The parts one after the other."""
        texts: list[str] = []
        marks: list[Mark] = []
        length = 0
        for part in parts:
            texts.append(part.text)
            marks += [(start + length, stop + length, style) for start, stop, style in part.marks]
            length += len(part.text)
        return Styled("".join(texts), tuple(marks))

    def __add__(self, other: Styled) -> Styled:
        return Styled.join((self, other))

    def part(self, start: int, stop: int) -> Styled:
        """The characters ``start`` to ``stop``."""
        marks = tuple(
            (max(a, start) - start, min(b, stop) - start, style)
            for a, b, style in self.marks
            if a < stop and b > start
        )
        return Styled(self.text[start:stop], marks)

    def padded(self, width: int) -> Styled:
        """This with blanks behind it up to ``width`` cells."""
        return Styled(self.text + " " * max(0, width - self.cells), self.marks)

    def restyled(self, style: str) -> Styled:
        """All of it in one style."""
        return Styled.of(self.text, style)

    @property
    def cells(self) -> int:
        """How many cells of a terminal it takes."""
        return cells(self.text)


EMPTY = Styled("")


# Combining signs, and the blocks in which there are wide ones.
_UNUSUAL = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u115f\u2e80-\ua4cf\ua960-\uffff\U00010000-\U0010ffff]"
)


def cells(text: str) -> int:
    """How many cells of a terminal ``text`` takes."""
    if text.isascii() or _UNUSUAL.search(text) is None:
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def wrapped(text: Styled, width: int, indent: int = 2, first: int | None = None) -> list[Styled]:
    """Lines of at most ``width`` cells (the first of ``first``), later ones indented by ``indent``.

    Mathematics is broken after a relation, an operator or a comma, outside brackets where that is
    possible, else between factors; prose between words. What cannot be broken stands out.
    """
    room = width if first is None else first
    if text.cells <= room:
        return [text]
    lines: list[Styled] = []
    start, pad = 0, ""
    for place in _breaks(text, max(room, 1), width, indent):
        lines.append(Styled(pad) + text.part(start, place.at))
        start, pad = place.at + 1, " " * _indent(indent, place)
    lines.append(Styled(pad) + text.part(start, len(text.text)))
    return lines


class _Place(NamedTuple):
    """A blank where a line may end: where it is, at which depth of brackets, and how far into its line."""

    at: int
    depth: int
    absolute: int
    used: int


def _indent(indent: int, place: _Place) -> int:
    """How far a line is indented that begins behind a place: further inside brackets in brackets."""
    return indent + 2 * min(max(0, place.absolute - 1), _DEEPEST)


def _breaks(text: Styled, first: int, width: int, indent: int) -> Iterator[_Place]:
    """The blanks that become line ends."""
    prose = _prose(text)
    signs = text.text
    room, used, depth, place = first, 0, 0, 0
    found: list[_Place] = []
    factors: list[_Place] = []
    while place < len(signs):
        sign = signs[place]
        if sign in _OPENING:
            depth += 1
        elif sign in _CLOSING:
            depth = max(0, depth - 1)
        elif sign == " " and place:
            if prose[place] or signs[place - 1] in _BREAK_AFTER:
                found.append(_Place(place, 0 if prose[place] else depth, depth, used))
            elif signs[place + 1 : place + 2] not in _BREAK_AFTER:
                factors.append(_Place(place, depth, depth, used))
        used += cells(sign)
        place += 1
        if used > room and (found or factors):
            chosen = _chosen(found or factors, room)
            yield chosen
            room = max(width - _indent(indent, chosen), 1)
            found, factors, used, depth, place = [], [], 0, chosen.absolute, chosen.at + 1


def _prose(text: Styled) -> list[bool]:
    flags = [True] * len(text.text)
    for start, stop, style in text.marks:
        if style in _MATHEMATICS:
            flags[start:stop] = [False] * (stop - start)
    return flags


def _chosen(found: list[_Place], room: int) -> _Place:
    """The last place of the lowest depth; lines less than a third full only if there is nothing better."""
    late = [place for place in found if place.used >= room // 3] or found
    depth = min(place.depth for place in late)
    return max((place for place in late if place.depth == depth), key=lambda place: place.at)
