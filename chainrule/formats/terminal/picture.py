"""Paths drawn as arrows: ``x ─▶ y ─▶ z ─▶ out``, a line each, with what each contributes."""

from __future__ import annotations

from collections.abc import Iterator

from chainrule.document import Path, Picture, outer
from chainrule.formats.terminal.hand import Hand
from chainrule.formats.terminal.styled import EMPTY, MATH, PROSE, Styled, wrapped
from chainrule.terms import Symbol

_MOST_NAMES = 14
_GAP = 5


def picture_lines(picture: Picture, hand: Hand, width: int) -> Iterator[Styled]:
    """The paths, indented where there are several; contributions in columns, or below in little room."""
    indent = "  " if len(picture.paths) > 1 or picture.paths[0].label else ""
    drawn = [_drawn(path, hand) for path in picture.paths]
    labels = [hand.line(path.label) for path in picture.paths]
    values = [hand.line(path.value) for path in picture.paths]
    first = len(indent) + max(line.cells for line in drawn) + _GAP
    second = max(label.cells for label in labels)
    beside = all(first + second + 3 + value.cells <= width for value in values)
    for line, label, value in zip(drawn, labels, values, strict=True):
        if not label.text:
            yield from _indented(line, indent, width)
        elif beside:
            yield Styled.join(
                [Styled(indent), line.padded(first - len(indent)), _equation(label, value, second)]
            )
        else:
            yield from _indented(line, indent, width)
            yield from _indented(_equation(label, value, 0), indent + "    ", width)


def _equation(label: Styled, value: Styled, width: int) -> Styled:
    if not value.text:
        return label
    return Styled.join([label.padded(width), Styled.of(" = ", MATH), value])


def _indented(line: Styled, indent: str, width: int) -> Iterator[Styled]:
    for part in wrapped(line, width - len(indent), 4):
        yield Styled(indent) + part


def _drawn(path: Path, hand: Hand) -> Styled:
    """One path; the middle of a long one is counted."""
    kept = outer(range(len(path.names)), _MOST_NAMES)
    arrow = Styled.of(hand.signs.arrow, MATH)
    out = EMPTY
    parts: list[Styled] = []
    for place, position in enumerate(kept):
        if place and position != kept[place - 1] + 1:
            count = position - kept[place - 1] - 1
            parts.append(Styled.of(f"({count} more)", PROSE))
        parts.append(Styled.of(hand.term(Symbol(path.names[position])), "name"))
    joined: list[Styled] = []
    for part in parts:
        joined += [arrow, part] if joined else [part]
    return Styled.join([out, *joined])
