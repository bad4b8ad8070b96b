"""The lines of a derivative that is worked out, the names that they bring in, and writing those names out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from chainrule.indices import at_letters, bound_letters, renamed
from chainrule.notation.text import text
from chainrule.shapes import Shape
from chainrule.terms import Apply, Entry, Index, Partial, Symbol, Term, rewrite, substitute


@dataclass(frozen=True, slots=True)
class Let:
    """A name for a part of what is differentiated: ``name`` = ``term``, and ``working`` its derivative.

    ``name`` is a symbol or, with the letters of its entries, an entry of one; ``whole`` is then what the
    symbol by itself stands for, None where nothing says that in one expression. ``shape`` has the lengths
    of the letters.
    """

    name: Term
    term: Term
    working: Working
    shape: Shape
    whole: Term | None = None

    @property
    def symbol(self) -> Symbol:
        """The name without its letters."""
        symbol = self.name.base if isinstance(self.name, Entry) else self.name
        assert isinstance(symbol, Symbol)
        return symbol


@dataclass(frozen=True, slots=True)
class Line:
    """One line, equal to the one before by ``rules``; ``lets`` are the names that it brings in.

    ``inside`` is what a chain rule takes for u, where that has no name; of a general power it is the base.
    ``assumes`` is what the rules need that no line before has said (:mod:`chainrule.calculus.conditions`).
    """

    term: Term
    rules: tuple[str, ...]
    why: str
    lets: tuple[Let, ...] = ()
    inside: Term | None = None
    assumes: tuple[Term | str, ...] = ()


@dataclass(frozen=True, slots=True)
class Working:
    """The lines that lead from ``label`` (∂of/∂leaf) to its value; ``of`` is what is differentiated."""

    label: Partial
    of: Term
    lines: tuple[Line, ...]

    @property
    def value(self) -> Term:
        """The derivative: the last line."""
        return self.lines[-1].term if self.lines else self.label


def restated(working: Working, table: Mapping[Term, Term]) -> Working:
    """The lines with some parts called something else."""
    lines = []
    for line in working.lines:
        lets = [
            replace(let, term=substitute(let.term, table), working=restated(let.working, table))
            for let in line.lets
        ]
        inside = None if line.inside is None else substitute(line.inside, table)
        lines.append(replace(line, term=substitute(line.term, table), lets=tuple(lets), inside=inside))
    return replace(working, of=substitute(working.of, table), lines=tuple(lines))


def same(a: Term, b: Term) -> bool:
    """Whether two terms are written alike, whatever the letters of their sums are called."""
    return text(_canonical(a)) == text(_canonical(b))


def _canonical(term: Term) -> Term:
    """``term`` with the letters of its sums numbered, and in one order what may stand in any."""
    return _ordered(renamed(term, {letter: Index(f"%{n}") for n, letter in enumerate(bound_letters(term))}))


def _ordered(term: Term) -> Term:
    if not isinstance(term, Apply):
        return term.with_children(tuple(map(_ordered, term.children))) if term.children else term
    parts = [_ordered(part) for part in term.args]
    if term.op in ("add", "mul", "delta"):
        parts.sort(key=text)
    return Apply(term.op, tuple(parts), term.params)


def with_letters(symbol: Symbol, letters: tuple[Index, ...]) -> Term:
    """A name, or its entry at the letters that it has."""
    return Entry(symbol, letters) if letters else symbol


def written_out(term: Term, lets: Sequence[Let], leaf: Term) -> Term:
    """``term`` with the names written out, and their derivatives as they were worked out."""
    known = {let.symbol: let for let in lets}

    def change(part: Term) -> Term | None:
        if isinstance(part, Partial) and part.wrt == (leaf,):
            found = _known(part.of, known)
            return None if found is None else _read(found, found.working.value, part.of)
        found = _known(part, known)
        if found is None:
            return None
        if isinstance(part, Symbol) and isinstance(found.name, Entry):
            if found.whole is None:
                raise LookupError(f"{part.name} cannot be written out as one expression")
            return found.whole
        return _read(found, found.term, part)

    return rewrite(term, change)


def _known(part: Term, known: Mapping[Symbol, Let]) -> Let | None:
    base = part.base if isinstance(part, Entry) else part
    return known.get(base) if isinstance(base, Symbol) else None


def _read(let: Let, value: Term, part: Term) -> Term:
    """``value``, which has the letters of the name, at the letters of ``part``."""
    if not isinstance(part, Entry) or not isinstance(let.name, Entry):
        return value
    table = {a: b for a, b in zip(let.name.indices, part.indices, strict=True) if a != b}
    return at_letters(value, table) if table else value
