"""Entries that add up to 1: those of a row of probabilities, of a one-hot row, of a softmax."""

from __future__ import annotations

from collections.abc import Mapping

from chainrule.algebra import Monomial, tidy
from chainrule.shapes import Dim, length_term
from chainrule.terms import ONE, Apply, Entry, Summation, Term, contains, rewrite


def unit_sums(term: Term, rows: Mapping[Term, Dim]) -> tuple[Term, frozenset[Term]]:
    """``term`` with c·Σ_j p_j written c for p in ``rows`` (or a softmax), and the rows that it took.

    ``rows`` has the length of each; a sum over a part of a row stays.
    """
    used: set[Term] = set()

    def change(part: Term) -> Term | None:
        if not isinstance(part, Summation) or len(part.indices) != 1:
            return None
        (letter,) = part.indices
        whole = Monomial.of(tidy(part.body))
        moving = [base for base in whole.powers if contains(base, letter)]
        if len(moving) != 1 or whole.powers[moving[0]] != ONE or not isinstance(moving[0], Entry):
            return None
        entry = moving[0]
        if entry.indices[-1] != letter or letter in entry.indices[:-1]:
            return None
        if not sums_to_one(entry.base) or not _whole_row(part, entry.base):
            if entry.base not in rows or part.lengths != (length_term(rows[entry.base]),):
                return None
            used.add(entry.base)
        del whole.powers[entry]
        return whole.term()

    found = rewrite(term, change)
    return (term if found == term else tidy(found)), frozenset(used)


def _whole_row(part: Summation, base: Term) -> bool:
    """Whether a sum runs over all classes of a one-hot row; parts of a softmax are never read by index."""
    assert isinstance(base, Apply)
    return base.op != "one_hot" or part.lengths == (length_term(base.param("num_classes")),)


def sums_to_one(base: Term) -> bool:
    """Whether the entries along the last axis sum to one, whatever the operands are."""
    if not isinstance(base, Apply):
        return False
    return base.op == "one_hot" or (base.op == "softmax" and base.param("axis", -1) in (-1, (-1,)))
