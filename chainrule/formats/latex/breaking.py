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
        chosen = _chosen(places[next_place:fitting], done, room) if fitting > next_place else places[next_place]
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
        token = parts[begin]
        total += size
        depth += (token in "([") - (token in ")]")
        if token in _AFTER | _WEAK and not (token in "+-" and before in _BEFORE_SIGN):
            out.append(_Place(begin, (token in _WEAK, max(0, depth)), total))
        if token != " ":
            before = token
        begin = end
    return [found for found in out if found.after < len(parts) - 1], total


def _unbalanced(line: Sequence[str]) -> bool:
    return line.count(r"\left") != line.count(r"\right")


def _with_fixed_brackets(line: Sequence[str]) -> list[str]:
    """Brackets of a fixed size, which may be opened in one line and closed in another."""
    return [{r"\left": r"\Bigl", r"\right": r"\Bigr"}.get(token, token) for token in line]


def _opened(tex: str, room: float) -> str:
    """``tex`` with quotients that are too wide for a line written with a stroke, so that they can be broken."""
    parts = tokens(tex)
    out: list[str] = []
    place = 0
    while place < len(parts):
        token = parts[place]
        if token == r"\frac":
            middle = group_end(parts, place + 1)
            end = group_end(parts, middle)
            whole = "".join(parts[place:end])
            if width(whole) > room:
                top, bottom = ("".join(side).strip()[1:-1] for side in (parts[place + 1 : middle], parts[middle:end]))
                out.append(f"\\left({_opened(top, room)}\\right)/\\left({bottom}\\right)")
            else:
                out.append(whole)
            place = end
        else:
            out.append(token)
            place += 1
    return "".join(out)
