"""From where to where an index of index notation runs: i, 2*i + 1, n - 1 - i, the floor of i/2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chainrule.shapes import Dim, minus, over, plus, rounded_up, times
from chainrule.terms import Apply, Index, Length, Number, Term, walk


@dataclass(frozen=True, slots=True)
class _End:
    """A difference of lengths, which may be negative."""

    plus: Dim = 0
    minus: Dim = 0

    def added(self, other: _End) -> _End:
        return _End(plus([self.plus, other.plus]), plus([self.minus, other.minus]))

    def turned(self) -> _End:
        return _End(self.minus, self.plus)

    def times(self, factor: Dim) -> _End:
        return _End(times([self.plus, factor]), times([self.minus, factor]))


_Range = tuple[_End, _End]


def runs_within(kept: Term, gone: Term, lengths: Mapping[str, Dim]) -> bool:
    """Whether every place that the index ``kept`` takes is one of the letter ``gone``.

    ``lengths`` has the length of every letter; symbolic ones are taken to be as long as slices need them.
    """
    if not isinstance(gone, Index):
        return False
    found = _range(kept, lengths)
    if found is None:
        return False
    low, high = found
    inside = minus(plus([lengths[gone.name], high.minus]), plus([high.plus, 1])) is not None
    return inside and minus(low.plus, low.minus) is not None


def _range(term: Term, lengths: Mapping[str, Dim]) -> _Range | None:
    """The first and the last place that an index takes, or None where nobody can tell."""
    if isinstance(term, Index):
        return _End(), _End(lengths[term.name], 1)
    whole = _length(term)
    if whole is not None:
        return whole, whole
    if not isinstance(term, Apply):
        return None
    if term.op == "add":
        low, high = _End(), _End()
        for part in term.args:
            found = _range(part, lengths)
            if found is None:
                return None
            low, high = low.added(found[0]), high.added(found[1])
        return low, high
    if term.op == "neg":
        found = _range(term.args[0], lengths)
        return None if found is None else (found[1].turned(), found[0].turned())
    if term.op == "mul":
        return _multiple(term, lengths)
    return _divided(term, lengths)


def _multiple(term: Apply, lengths: Mapping[str, Dim]) -> _Range | None:
    """The range of a length or number times an index."""
    moving = [part for part in term.args if any(isinstance(one, Index) for one in walk(part))]
    factor = _End(1)
    for part in term.args:
        if part not in moving:
            length = _length(part)
            if length is None or length.minus != 0:
                return None
            factor = factor.times(length.plus)
    found = _range(moving[0], lengths) if len(moving) == 1 else None
    return None if found is None else (found[0].times(factor.plus), found[1].times(factor.plus))


def _divided(term: Apply, lengths: Mapping[str, Dim]) -> _Range | None:
    """The range of the floor of i/n, and of what it leaves."""
    inner = term.args[0] if term.op == "floor" else term
    if not isinstance(inner, Apply) or inner.op not in ("div", "remainder"):
        return None
    place, by = inner.args
    below = _length(by)
    if below is None or below.minus != 0:
        return None
    if term.op == "remainder":
        return _End(), _End(below.plus, 1)
    if not isinstance(place, Index):
        return None
    length = lengths[place.name]
    count = rounded_up(length, below.plus) if isinstance(below.plus, int) else over(length, below.plus)
    return None if count is None else (_End(), _End(count, 1))


def _length(term: Term) -> _End | None:
    """A term without an index: a length, a number, or made of them."""
    match term:
        case Number(value=value) if value.denominator == 1:
            return _End(int(value)) if value >= 0 else _End(0, -int(value))
        case Length(name=name):
            return _End(name)
        case Apply(op="neg", args=(inner,)):
            found = _length(inner)
            return None if found is None else found.turned()
        case Apply(op="add", args=args):
            out = _End()
            for part in args:
                found = _length(part)
                if found is None:
                    return None
                out = out.added(found)
            return out
        case Apply(op="mul", args=args):
            out = _End(1)
            for part in args:
                found = _length(part)
                if found is None or found.minus != 0:
                    return None
                out = out.times(found.plus)
            return out
        case Apply(op="ceil", args=(Apply(op="div", args=(above, Number(value=below))),)):
            found = _length(above)
            whole = None if found is None else minus(found.plus, found.minus)
            return None if whole is None else _End(rounded_up(whole, int(below)))
    return None
