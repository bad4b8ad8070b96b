"""Long formulas over several lines: broken after =, + or · where brackets are open as little as possible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from chainrule.formats.latex.measure import group_end, spans, tokens, width

_AFTER = frozenset(("=", "+", "-", r"\cdot", r"\odot", r"\approx", r"\in", ",", r"\to", r"\longrightarrow"))
_WEAK = frozenset((r"\,",))
_BEFORE_SIGN = frozenset((*_AFTER, "(", "[", r"\left", "<", ">", r"\le", r"\ge"))


class _Place(NamedTuple):
    """A token after which a line may end, at a depth of brackets; weak ones only if there is no other."""

    after: int
    rank: tuple[bool, int]
    end: float


def broken(tex: str, room: float, first: float | None = None) -> list[str]:
    """``tex`` in lines of at most ``room`` points (the first of ``first``), as far as it can be broken."""
    start = room if first is None else first
    if width(tex) <= start:
        return [tex]
    parts = tokens(_opened(tex, room))
    lines = _lines(parts, start, room)
    if any(_unbalanced(line) for line in lines):
        lines = [_with_fixed_brackets(line) for line in lines]
    return ["".join(line).strip() for line in lines]


def _lines(parts: Sequence[str], first: float, later: float) -> list[list[str]]:
    places, total = _places(parts)
    lines: list[list[str]] = []
    begin, done, room, next_place = 0, 0.0, first, 0
    while total - done > room and next_place < len(places):
        fitting = next_place
        while fitting < len(places) and places[fitting].end - done <= room:
            fitting += 1
        chosen = (
            _chosen(places[next_place:fitting], done, room) if fitting > next_place else places[next_place]
        )
        lines.append(list(parts[begin : chosen.after + 1]))
        begin, done, room = chosen.after + 1, chosen.end, later
        while next_place < len(places) and places[next_place].after < begin:
            next_place += 1
    lines.append(list(parts[begin:]))
    return lines


def _chosen(places: Sequence[_Place], done: float, room: float) -> _Place:
    """The last place of the lowest depth; lines less than a third full only if there is nothing better."""
    late = [place for place in places if place.end - done >= room / 3] or places
    least = min(place.rank for place in late)
    return max((place for place in late if place.rank == least), key=lambda place: place.after)


def _places(parts: Sequence[str]) -> tuple[list[_Place], float]:
    """Where lines may end, and the width of it all."""
    out: list[_Place] = []
    depth = begin = 0
    total = 0.0
    before = "("
    for end, size in spans(parts):
        sign = parts[begin]
        total += size
        depth += (sign in "([") - (sign in ")]")
        if sign in _AFTER | _WEAK and not (sign in "+-" and before in _BEFORE_SIGN):
            out.append(_Place(begin, (sign in _WEAK, max(0, depth)), total))
        if sign != " ":
            before = sign
        begin = end
    return [found for found in out if found.after < len(parts) - 1], total


def _unbalanced(line: Sequence[str]) -> bool:
    return line.count(r"\left") != line.count(r"\right")


def _with_fixed_brackets(line: Sequence[str]) -> list[str]:
    """Brackets of a fixed size, which may be opened in one line and closed in another."""
    return [{r"\left": r"\Bigl", r"\right": r"\Bigr"}.get(sign, sign) for sign in line]


def _opened(tex: str, room: float) -> str:
    """``tex`` with what is too wide for a line and cannot be broken written so that it can.

    A quotient gets a stroke instead of a bar, a root an exponent.
    """
    parts = tokens(tex)
    out: list[str] = []
    begin = 0
    for end, size in spans(parts):
        head = parts[begin]
        if size > room and head == r"\frac":
            middle = group_end(parts, begin + 1)
            top, bottom = _inner(parts[begin + 1 : middle]), _inner(parts[middle:end])
            out.append(f"\\left({_opened(top, room)}\\right)/\\left({_opened(bottom, room)}\\right)")
        elif size > room and begin and parts[begin - 1] == r"\sqrt" and head == "{":
            out[-1] = f"\\left({_opened(_inner(parts[begin:end]), room)}\\right)^{{1/2}}"
        else:
            out.append("".join(parts[begin:end]))
        begin = end
    return "".join(out)


def _inner(group: Sequence[str]) -> str:
    """What stands between the braces of a group."""
    return "".join(group).strip()[1:-1]
