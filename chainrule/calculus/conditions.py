"""The conditions of each line: what its rules need, said on the first line that needs it.

A line needs what those operations need that stood in an open part of the line before (under its ∂, or its d)
and stand in no open part of its own; and that there are the inverses and the lengths that it brings in.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from chainrule.calculus.assumptions import Assumption, Defined, Known, Signs, needs_of
from chainrule.calculus.lines import Let, Line, Working
from chainrule.calculus.unit_rows import unit_sums
from chainrule.ops import TABLE
from chainrule.ops.table import Pointwise
from chainrule.shapes import Dim
from chainrule.terms import (
    ONE,
    ZERO,
    Apply,
    Entry,
    Index,
    Length,
    Partial,
    Summation,
    Symbol,
    Term,
    rewrite,
    substitute,
    walk,
)

_LETTER = Index("*")
_POWERS = {"pow", "square"}  # x*x in one notation is x**2 in another.


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known before the first line.

    known: the assumption words of names. defined: what names stand for. rows: what sums to one along its last
    axis, with the length of that. whole: the conditions of all lines together, so that the one that needs
    x != 0 says x > 0 where another one needs that.
    """

    known: Known
    defined: Defined
    rows: Mapping[Term, Dim]
    whole: Collection[Assumption] = ()


def with_conditions(working: Working, facts: Facts, moving: Iterable[Symbol] = ()) -> Working:
    """The lines of a derivative with what each assumes; ``moving`` are names that move with the leaf."""
    leaf = working.label.wrt[-1]
    base = _base(leaf)

    def opened(part: Term) -> Term | None:
        """Entries that are listed side by side are differentiated by every entry of the leaf."""
        return part.of if isinstance(part, Partial) and [*map(_base, part.wrt)] == [base] else None

    return _Saying(facts, {base, *moving}, opened, by_entries=True).worked(working, leaf)


def with_conditions_in_differentials(lines: Sequence[Line], facts: Facts, leaf: Symbol) -> tuple[Line, ...]:
    """The lines in differentials, from d(f) on, with what each assumes."""

    def opened(part: Term) -> Term | None:
        return part.args[0] if isinstance(part, Apply) and part.op == "d" else None

    saying = _Saying(facts, {leaf}, opened, by_entries=False)
    return saying.lines(lines[0].term, lines) if lines else ()


def unsaid(assumes: Sequence[Assumption], working: Working | None) -> tuple[Assumption, ...]:
    """The conditions of a factor that none of its lines says, nor implies.

    They are written with whole tensors and the lines with entries: X@w > 0 is said by Σ_j X_ij w_j > 0, which
    has the same names and functions.
    """
    if working is None:
        return tuple(assumes)
    names: dict[Symbol, Let] = {}
    said = {_plain(one, names, whole=True): None for one in _said(working.lines, names)}
    signs = Signs({}, {}, said)
    left = [one for one in assumes if one not in said and not _implied(signs, one)]
    others = Counter(map(_gist, said.keys() - set(assumes)))
    wanted = Counter(map(_gist, left))
    return tuple(one for one in left if wanted[_gist(one)] > others[_gist(one)])


def rows_summed(term: Term, rows: Mapping[Term, Dim]) -> Iterator[Assumption]:
    """Σ_j p_j = 1 for those of ``rows`` whose sums over all entries occur in a term."""
    _, used = unit_sums(term, rows)
    left = set(used)
    for total in (part for part in walk(term) if isinstance(part, Summation)):
        for part in walk(total.body):
            if isinstance(part, Entry) and part.base in left and part.indices[-1:] == total.indices:
                left -= {part.base}
                yield Apply("eq", (total.with_children((part,)), ONE))


def _said(lines: Sequence[Line], names: dict[Symbol, Let]) -> Iterator[Assumption]:
    for line in lines:
        names.update({let.symbol: let for let in line.lets})
        yield from line.assumes
        for let in line.lets:
            yield from _said(let.working.lines, names)


@dataclass(slots=True)
class _Operations:
    """The operations of a line by how they are written without letters, and the names under a ∂."""

    left: dict[Assumption, Apply] = field(default_factory=dict)
    done: dict[Assumption, Apply] = field(default_factory=dict)
    names: set[Symbol] = field(default_factory=set)


@dataclass(slots=True)
class _Saying:
    """What has been said so far in one derivative, and what its names stand for.

    opened: what is still to be differentiated in such a part of a line. by_entries: what an operation on
    whole tensors is taken of has a name of its own, and lines of its own.
    """

    facts: Facts
    moving: set[Term]
    opened: Callable[[Term], Term | None]
    by_entries: bool
    said: dict[Assumption, None] = field(default_factory=dict)
    lets: dict[Symbol, Let] = field(default_factory=dict)

    def worked(self, working: Working, leaf: Term) -> Working:
        """The lines of a working and of its named parts, in the order in which they are read."""
        return replace(working, lines=self.lines(Partial(working.of, (leaf,)), working.lines))

    def lines(self, before: Term, lines: Sequence[Line]) -> tuple[Line, ...]:
        """The lines after ``before``, each with what it says."""
        out = []
        old = self._operations(before)
        for line in lines:
            self.lets.update({let.symbol: let for let in line.lets})
            new = self._operations(line.term)
            assumes = self._new((*self._needs(old, new), *self._rows(before, line.rules)))
            table = {whole: name for let in line.lets for whole, name in _names(let)}
            told = dict.fromkeys(one if isinstance(one, str) else substitute(one, table) for one in assumes)
            # What stands in the branches of a case distinction is guarded by it, under a name too.
            lets = tuple(
                replace(let, working=self.worked(let.working, let.working.label.wrt[-1]))
                if let.symbol in new.names
                else let
                for let in line.lets
            )
            out.append(replace(line, assumes=tuple(told), lets=lets))
            before, old = line.term, new
        return tuple(out)

    def _operations(self, term: Term) -> _Operations:
        """What stands in the open parts of a line and what beside them; branches of a ``where`` do not."""
        found = _Operations()
        self._gather(term, found, False)
        return found

    def _gather(self, term: Term, found: _Operations, is_open: bool) -> None:
        inside = None if is_open else self.opened(term)
        if inside is not None:
            name = _base(inside)
            if isinstance(name, Symbol) and name in self.lets:
                found.names.add(name)
                inside = self.lets[name].term
            self._gather(inside, found, True)
            return
        children = term.children
        if isinstance(term, Apply):
            (found.left if is_open else found.done).setdefault(_plain(term, self.lets), term)
            if term.op == "where":
                children = children[:1]
            elif is_open and self.by_entries and _on_tensors(term):
                children = ()
        for child in children:
            self._gather(child, found, is_open)

    def _needs(self, before: _Operations, after: _Operations) -> Iterator[Assumption]:
        for key, part in before.left.items():
            if key not in after.left:
                moves = any(leaf in self.moving for leaf in walk(part))
                for need in map(self._worded, needs_of(part)):
                    if moves or _plain(need, self.lets, whole=True) in self.facts.whole:
                        yield need
        for key, part in after.done.items():
            if key not in before.done:
                inverse = part.op == "inv" and key not in before.left
                yield from (need for need in map(self._worded, needs_of(part)) if inverse or _of_length(need))

    def _worded(self, need: Assumption) -> Assumption:
        """A need; a number that is held constant may be any, though it is written like a length."""
        if isinstance(need, str):
            return need
        numbers = {part: Symbol(part.name) for part in walk(need) if isinstance(part, Length)}
        named = substitute(need, {part: name for part, name in numbers.items() if name in self.facts.known})
        assert isinstance(named, Apply)
        return Apply("ne", (named.args[0], ZERO)) if named != need and named.op == "ge" else named

    def _rows(self, before: Term, rules: Sequence[str]) -> Iterator[Assumption]:
        return rows_summed(before, self.facts.rows) if "sums to one" in rules else iter(())

    def _new(self, needs: Iterable[Assumption]) -> tuple[Assumption, ...]:
        """What has not been said, is not known, and does not follow from the rest; that is said now."""
        known = Signs(self.facts.known, self.facts.defined)
        asked: dict[Assumption, Assumption] = {}
        for need in map(self._stronger, needs):
            key = _plain(need, self.lets)
            if key not in self.said and not _implied(known, need):
                asked.setdefault(key, need)
        for key in list(asked):
            if _implied(Signs({}, {}, (*self.said, *(one for one in asked if one != key))), key):
                del asked[key]
        self.said.update(dict.fromkeys(asked))
        return tuple(asked.values())

    def _stronger(self, need: Assumption) -> Assumption:
        """``t > 0`` for ``t != 0``, where all lines together need that."""
        if isinstance(need, Apply) and need.op == "ne":
            above = Apply("gt", need.args)
            return above if _plain(above, self.lets, whole=True) in self.facts.whole else need
        return need


def _implied(signs: Signs, assumed: Assumption) -> bool:
    return not isinstance(assumed, str) and signs.imply(assumed)


def _base(term: Term) -> Term:
    return term.base if isinstance(term, Entry) else term


def _on_tensors(part: Apply) -> bool:
    return part.op in TABLE and not isinstance(TABLE[part.op], Pointwise)


def _of_length(need: Assumption) -> bool:
    return isinstance(need, Apply) and isinstance(need.args[0], Length)


def _names(let: Let) -> Iterator[tuple[Term, Term]]:
    """What a name stands for: as an entry, and as a whole."""
    yield let.term, let.name
    if let.whole is not None and isinstance(let.name, Entry):
        yield let.whole, let.symbol


def _plain(term: Assumption, lets: Mapping[Symbol, Let] | None = None, whole: bool = False) -> Assumption:
    """A term with its names written out and one letter for all: what is said of every entry is said once.

    ``whole``: without the letters, as a term of whole tensors has none.
    """
    if isinstance(term, str):
        return term
    known = lets or {}

    def change(part: Term) -> Term | None:
        base = _base(part)
        if isinstance(base, Symbol) and base in known:
            let = known[base]
            return plain(let.term if isinstance(part, Entry) or let.whole is None else let.whole)
        if isinstance(part, Entry) and whole and all(isinstance(letter, Index) for letter in part.indices):
            return plain(base)
        if isinstance(part, Summation):
            return Apply("sum", (plain(part.body),))
        return _LETTER if isinstance(part, Index) else None

    def plain(part: Term) -> Term:
        return rewrite(part, change)

    return plain(term)


def _gist(assumed: Assumption) -> tuple[object, ...]:
    """The relation, the names and the functions of a condition, whatever the notation."""
    if isinstance(assumed, str):
        return (re.sub(r"\[[a-z_0-9, ]+\]", "", assumed),)
    parts = list(walk(assumed))
    names = frozenset(part.name for part in parts if isinstance(part, Symbol))
    functions = {part.op for part in parts if isinstance(part, Apply)}
    kept = frozenset(op for op in functions - _POWERS if isinstance(TABLE.get(op), Pointwise))
    return (assumed.op if isinstance(assumed, Apply) else "", names, kept)
