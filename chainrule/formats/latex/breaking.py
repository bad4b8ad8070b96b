"""Long formulas over several lines: broken after =, + or · where brackets are open as little as possible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from chainrule.formats.latex.measure import group_end, tokens, width

_AFTER = frozenset(("=", "+", "-", r"\cdot", r"\odot", r"\approx", r"\in", ",", r"\to", r"\longrightarrow"))
_WEAK = frozenset((r"\,",))
_BEFORE_SIGN = frozenset((*_AFTER, "(", "[", r"\left", "<", ">", r"\le", r"\ge"))


class _Place(NamedTuple):
    """A token after which a line may end, at a depth of brackets; weak ones only if there is no other."""

    after: int
    depth: int
    weak: bool


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
    lines: list[list[str]] = []
    room = first
    rest = list(parts)
    while width("".join(rest)) > room:
        place = _best(rest, room)
        if place is None:
            break
        lines.append(rest[: place + 1])
        rest = rest[place + 1 :]
        room = later
    lines.append(rest)
    return lines


def _best(parts: Sequence[str], room: float) -> int | None:
    """The token to break after: the last of the lowest depth that fits, else the first there is."""
    places = _places(parts)
    fitting: list[_Place] = []
    used, done = 0.0, 0
    for place in places:
        used += width("".join(parts[done : place.after + 1]))
        done = place.after + 1
        if used > room:
            break
        fitting.append(place)
    if not fitting:
        return places[0].after if places else None
    late = [place for place in fitting if place.after >= fitting[-1].after // 3]
    least = min((place.weak, place.depth) for place in late)
    return max(place.after for place in late if (place.weak, place.depth) == least)


def _places(parts: Sequence[str]) -> list[_Place]:
    out: list[_Place] = []
    depth = place = 0
    before = "("
    while place < len(parts):
        token = parts[place]
        if token in ("^", "_"):
            place = group_end(parts, place + 1)
            before = token
            continue
        if token == r"\begin":
            place = _past_environment(parts, place)
            before = token
            continue
        if token == "{":
            place = group_end(parts, place)
            before = token
            continue
        depth += (token in "([") - (token in ")]")
        if token in _AFTER | _WEAK and not (token in "+-" and before in _BEFORE_SIGN):
            out.append(_Place(place, max(0, depth), token in _WEAK))
        if token != " ":
            before = token
        place += 1
    return [found for found in out if found.after < len(parts) - 1]


def _past_environment(parts: Sequence[str], start: int) -> int:
    depth = 0
    for place in range(start, len(parts)):
        depth += (parts[place] == r"\begin") - (parts[place] == r"\end")
        if depth == 0:
            return group_end(parts, place + 1)
    return len(parts)


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
