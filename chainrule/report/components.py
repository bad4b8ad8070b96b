"""Component notation: a gradient entry by entry, its sums written out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from chainrule.algebra import tidy
from chainrule.calculus.components import component
from chainrule.derivation.data import Derivation, Gradient
from chainrule.document import Block, Equations, Math, Paragraph, Row, Words
from chainrule.report.statements import shapes
from chainrule.shapes import Dim, bind, entries
from chainrule.terms import (
    Entry,
    Index,
    Partial,
    Term,
    integer,
    rewrite,
)

_MOST_ENTRIES = 12
_TOO_LONG = "Written out by components this is too long to read."
_NEEDS_NUMBERS = "Component notation needs lengths that are numbers: give shapes or values."


def component_rows(derivation: Derivation, part: Gradient, asked: bool) -> list[Block]:
    """Each entry of the gradient as an equation of its own, counted from 0 as in the program.

    Where that cannot be said the reader is told so, if it was ``asked`` for by name.
    """
    dims = _letters(derivation, part)
    if not dims:
        return []
    if not all(isinstance(dim, int) for dim in dims.values()):
        return [Paragraph((Words(_NEEDS_NUMBERS),), "note")] if asked else []
    sizes = [int(dim) for dim in dims.values()]
    rows = []
    term = part.lines[-1].term if part.lines else part.index
    for place in _places(sizes):
        table: dict[Term, Term] = dict(zip(dims, map(integer, place), strict=True))
        found = component(term, table, derivation.lengths)
        if found is None:
            return [Paragraph((Words(_TOO_LONG),), "note")] if asked else []
        rows.append(Row((Math(rewrite(part.label, table.get)),), (Math(tidy(found)),)))
    out: list[Block] = [Paragraph((Words("Entry by entry, counted from 0:"),)), Equations(tuple(rows))]
    if entries(sizes) > len(rows):
        out.append(Paragraph((Words(f"and {entries(sizes) - len(rows)} more by the same pattern."),)))
    return out


def _letters(derivation: Derivation, part: Gradient) -> dict[Index, Dim]:
    """The index letters of a gradient's label, each once, with the lengths that they run over."""
    if not isinstance(part.label, Partial):
        return {}
    known = shapes(derivation)
    names = (part.of, *part.wrt)
    found: dict[Index, Dim] = {}
    for name, side in zip(names, (part.label.of, *part.label.wrt), strict=True):
        shape = bind(known[name], derivation.lengths)
        found.update(zip(_indices(side), shape, strict=False))
    return found


def _places(sizes: Sequence[int]) -> list[tuple[int, ...]]:
    places = product(*map(range, sizes))
    return [place for place, _ in zip(places, range(_MOST_ENTRIES), strict=False)]


def _indices(side: Term) -> tuple[Index, ...]:
    if not isinstance(side, Entry):
        return ()
    return tuple(index for index in side.indices if isinstance(index, Index))
