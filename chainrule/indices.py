"""Index letters: which ones a term has, and renaming them without mixing any up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from chainrule.shapes import Dim, length_term
from chainrule.terms import Index, Summation, Term, rewrite, walk

ALPHABET = ("i", "j", "k", "l", "p", "q", "r", "s", "u", "v")


def fresh(taken: Iterable[str]) -> Iterator[Index]:
    """Letters that are not taken, in the usual order, without end."""
    used = set(taken)
    for letter in ALPHABET:
        if letter not in used:
            yield Index(letter)
    number = 1
    while True:
        for letter in ALPHABET:
            if f"{letter}_{number}" not in used:
                yield Index(f"{letter}_{number}")
        number += 1


def renamed(term: Term, table: Mapping[Index, Index]) -> Term:
    """``term`` with letters replaced, those of sums included."""
    if not table or all(old == new for old, new in table.items()):
        return term

    def change(part: Term) -> Term | None:
        if isinstance(part, Index):
            return table.get(part)
        if isinstance(part, Summation) and any(letter in table for letter in part.indices):
            letters = tuple(table.get(letter, letter) for letter in part.indices)
            return Summation(letters, part.lengths, rewrite(part.body, change))
        return None

    return rewrite(term, change)


def bound_letters(term: Term) -> tuple[Index, ...]:
    """The letters that sums inside ``term`` run over, in order of occurrence."""
    found: dict[Index, None] = {}
    for part in walk(term):
        if isinstance(part, Summation):
            found.update(dict.fromkeys(part.indices))
    return tuple(found)


def all_letters(terms: Iterable[Term]) -> set[Index]:
    """Every letter that occurs."""
    found: set[Index] = set()
    for term in terms:
        for part in walk(term):
            if isinstance(part, Index):
                found.add(part)
            elif isinstance(part, Summation):
                found.update(part.indices)
    return found


def summed(body: Term, letters: Sequence[Index], lengths: Sequence[Dim]) -> Term:
    """Σ over ``letters`` of ``body``; the body itself where there are none."""
    if not letters:
        return body
    return Summation(tuple(letters), tuple(length_term(dim) for dim in lengths), body)


def free_letters(term: Term) -> tuple[Index, ...]:
    """The index letters of a term that no sum inside it runs over, in order of occurrence."""
    found: dict[Index, None] = {}

    def visit(part: Term, bound: frozenset[Index]) -> None:
        if isinstance(part, Index):
            if part not in bound:
                found[part] = None
            return
        inner = bound | set(part.indices) if isinstance(part, Summation) else bound
        for child in part.children:
            visit(child, inner)

    visit(term, frozenset())
    return tuple(found)


def at_letters(term: Term, table: Mapping[Term, Term]) -> Term:
    """``term`` with free letters replaced; letters of sums inside that are in the way get a number."""
    incoming = {letter for value in table.values() for letter in walk(value) if isinstance(letter, Index)}

    def change(part: Term) -> Term | None:
        if isinstance(part, Index):
            return table.get(part)
        if isinstance(part, Summation):
            clash: dict[Term, Term] = {k: Index(f"{k.name}1") for k in part.indices if k in incoming}
            inner = {k: v for k, v in table.items() if k not in part.indices}
            letters = tuple(_other(k, clash) for k in part.indices)
            return Summation(letters, part.lengths, at_letters(part.body, {**inner, **clash}))
        return None

    return rewrite(term, change)


def _other(letter: Index, clash: Mapping[Term, Term]) -> Index:
    found = clash.get(letter, letter)
    assert isinstance(found, Index)
    return found
