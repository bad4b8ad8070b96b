"""Index notation with numbers for its letters, and with its sums written out."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from chainrule.terms import Apply, Index, Length, Number, Summation, Term, integer, node_count, rewrite

_MOST_ADDENDS = 16
_MOST_NODES = 400


def component(term: Term, table: Mapping[Term, Term], lengths: Mapping[str, int]) -> Term | None:
    """``term`` with numbers for its letters and sums written out; None where that gets long."""
    too_long = False

    def change(part: Term) -> Term | None:
        nonlocal too_long
        if isinstance(part, Index):
            return table.get(part)
        if isinstance(part, Apply) and part.op == "delta" and not too_long:
            sides = [rewrite(side, table.get) for side in part.args]
            if all(isinstance(side, Number) for side in sides):
                return integer(int(sides[0] == sides[1]))
        if isinstance(part, Summation):
            written = _written_out(part, table, lengths)
            too_long = too_long or written is None
            return written
        return None

    found = rewrite(term, change)
    return None if too_long or node_count(found) > _MOST_NODES else found


def _written_out(term: Summation, table: Mapping[Term, Term], lengths: Mapping[str, int]) -> Term | None:
    ranges = []
    count = 1
    for length in term.lengths:
        size = _size(length, lengths)
        if size is None:
            return None
        count *= size
        ranges.append(range(size))
    if count > _MOST_ADDENDS:
        return None
    addends = []
    for place in product(*ranges):
        inner: dict[Term, Term] = dict(table)
        inner.update(zip(term.indices, map(integer, place), strict=True))
        addend = component(term.body, inner, lengths)
        if addend is None:
            return None
        addends.append(addend)
    return addends[0] if len(addends) == 1 else Apply("add", tuple(addends))


def _size(length: Term, lengths: Mapping[str, int]) -> int | None:
    if isinstance(length, Number) and length.value.denominator == 1:
        return int(length.value)
    return lengths.get(length.name) if isinstance(length, Length) else None
