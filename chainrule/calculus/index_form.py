"""A node in index notation: its entry at the letters i, j, …, with every Σ written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count, islice

from chainrule import algebra
from chainrule.calculus.closed_form import tensors
from chainrule.calculus.deltas import eliminate, factors, is_delta, product_of
from chainrule.calculus.exponentials import as_softmax
from chainrule.calculus.inlining import Limits, inline
from chainrule.calculus.layout import squeezed
from chainrule.calculus.naming import Naming
from chainrule.graph import Graph
from chainrule.shapes import Dim, Shape, names_in
from chainrule.terms import (
    ONE,
    Apply,
    Entry,
    Index,
    Number,
    Summation,
    Symbol,
    Term,
    rewrite,
    walk,
)

LETTERS = "ijklpqrsuvabcdefgh"
LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class IndexForm:
    """The entry ``term`` of a tensor of ``shape`` at the letters ``free``, one for each of its axes."""

    free: tuple[Index, ...]
    term: Term
    shape: Shape


@dataclass(frozen=True, slots=True)
class Diagonal:
    """A derivative that vanishes unless indices agree.

    ``ties`` are pairs of an output's and an input's letter; where each pair agrees, the entry is
    ``slope``, in which the input's letters go by the output's names. ``of`` and ``wrt`` are the letters
    of the label ∂z[of]/∂y[wrt]. ``complete`` tells whether the output's letters give all of the input's
    (but for axes of length 1).
    """

    of: tuple[Index, ...]
    wrt: tuple[Index, ...]
    ties: tuple[tuple[Index, Index], ...]
    slope: Term
    complete: bool


def alphabet(taken: Collection[str] = ()) -> Iterator[str]:
    """Index letters in the order of use, without end: i, j, k, …, i1, j1, …; without names in ``taken``."""
    numbered = (f"{letter}{n}" for n in count(1) for letter in LETTERS)
    return (letter for letter in chain(LETTERS, numbered) if letter not in taken)


def index_form(
    graph: Graph,
    node: int,
    atoms: Mapping[int, Term] | Naming,
    letters: Sequence[str] | None = None,
    tidy: bool = False,
    through: bool = False,
    limits: Limits = LIMITS,
) -> IndexForm:
    """The entry of ``node`` with everything that is no atom written out.

    atoms: the terms that name nodes. letters: the letters to use, free ones first; by default i, j, k, …
    without names that atoms and lengths have. tidy: collect numbers and equal factors; otherwise the term
    is as the program has it. through: write out the node itself even where it is an atom.

    Raises:
        NoForm: the term would pass the limits.
    """
    naming = atoms if isinstance(atoms, Naming) else Naming(graph, atoms)
    found = inline(naming, node, tensors(naming, limits), limits, through, by_entry=True)
    term = eliminate(_pulled_out(eliminate(found.term, found.lengths)), found.lengths)
    if tidy:
        term = rewrite(algebra.tidy(term), as_softmax)
        term = _deltas_last(algebra.tidy(_pulled_out(term)))
    names = list(letters or ())
    if len(names) < len(found.lengths):
        taken = {*names, *_names(naming), *(name for dim in found.lengths.values() for name in names_in(dim))}
        names += islice(alphabet(taken), len(found.lengths) - len(names))
    supply = tuple(Index(name) for name in names)
    free = supply[: len(found.free)]
    table: dict[Term, Term] = dict(zip(found.free, free, strict=True))
    term = _lettered(term, table, supply)
    return IndexForm(free, term, graph.shape(node))


def _names(naming: Naming) -> set[str]:
    """The names of variables among the atoms, adjoints of variables included."""
    parts = (part for atom in naming.atoms.values() for part in walk(atom))
    return {part.name for part in parts if isinstance(part, Symbol)}


def _lettered(term: Term, table: dict[Term, Term], supply: tuple[Index, ...]) -> Term:
    """``term`` with readable letters: those of a sum are the first that no enclosing sum uses."""

    def change(part: Term) -> Term | None:
        if isinstance(part, Index):
            return table.get(part, part)
        if isinstance(part, Summation):
            unused = iter([letter for letter in supply if letter not in table.values()])
            letters = tuple(next(unused) for _ in part.indices)
            inner: dict[Term, Term] = dict(zip(part.indices, letters, strict=True))
            return Summation(letters, part.lengths, _lettered(part.body, {**table, **inner}, supply))
        if isinstance(part, Entry):
            return readable(part.base, tuple(rewrite(index, change) for index in part.indices))
        return None

    return rewrite(term, change)


def readable(base: Term, indices: tuple[Term, ...]) -> Term:
    """An entry; a fold that kept an axis of length 1 is read without it, and a scalar has no brackets."""
    gone = tuple(k for k, index in enumerate(indices) if isinstance(index, Number))
    if gone and isinstance(base, Apply) and base.param("keepdims"):
        shorter = squeezed(base, gone, len(indices))
        if not shorter.param("keepdims") and shorter.op == base.op:
            base, indices = shorter, tuple(i for i in indices if not isinstance(i, Number))
    return Entry(base, indices) if indices else base


def _pulled_out(term: Term) -> Term:
    """``term`` with the 1/n of a mean before its Σ."""
    if not term.children:
        return term
    term = term.with_children(tuple(map(_pulled_out, term.children)))
    if isinstance(term, Summation) and isinstance(term.body, Apply) and term.body.op == "mul":
        first, *rest = term.body.args
        if _is_share(first):
            return Apply("mul", (first, term.with_children((product_of(rest),))))
    return term


def _is_share(term: Term) -> bool:
    if isinstance(term, Apply) and term.op == "div":
        return term.args[0] == ONE and algebra.is_scalar_coefficient(term)
    return isinstance(term, Number) and term.value.numerator == 1 and term.value != 1


def _deltas_last(term: Term) -> Term:
    """``term`` with deltas behind the other factors, which then go by the first letter of each delta."""
    if isinstance(term, Apply) and term.op in ("add", "neg", "div"):
        return term.with_children(tuple(map(_deltas_last, term.args)))
    parts = factors(term)
    ties = [part for part in parts if is_delta(part)]
    if not ties:
        return term
    rest = product_of([part for part in parts if not is_delta(part)])
    for part in ties:
        kept, gone = sorted(part.children, key=lambda i: (not isinstance(i, Index), str(i)))
        if isinstance(kept, Index) and isinstance(gone, Index):
            rest = rewrite(rest, _renaming({gone: kept}))
    return product_of([part for part in (*factors(rest), *ties) if part != ONE])


def split_deltas(form: IndexForm, out_rank: int) -> Diagonal | None:
    """A derivative as deltas between letters of the output and of the input, times a slope.

    The first ``out_rank`` letters of ``form`` are the output's. None where the term is not one product
    with such a delta (or a sum of such products with the same deltas). Deltas between axes of different
    lengths stay: y = x[:2] has no entry for every letter of x.
    """
    of, wrt = form.free[:out_rank], form.free[out_rank:]
    lengths = tuple(zip(form.free, form.shape, strict=True))
    found = _split(form.term, dict(lengths[:out_rank]), dict(lengths[out_rank:]))
    if found is None:
        return None
    ties, slope = found
    table = {theirs: ours for ours, theirs in ties}
    free = {letter for letter, dim in zip(wrt, form.shape[out_rank:], strict=True) if dim != 1}
    return Diagonal(
        of, tuple(table.get(i, i) for i in wrt), ties, rewrite(slope, _renaming(table)), free <= set(table)
    )


def _renaming(table: Mapping[Index, Index]) -> Callable[[Term], Term | None]:
    return lambda part: table.get(part) if isinstance(part, Index) else None


Ties = tuple[tuple[Index, Index], ...]
Lengths = Mapping[Index, Dim]


def _split(term: Term, of: Lengths, wrt: Lengths) -> tuple[Ties, Term] | None:
    if isinstance(term, Apply) and term.op in ("neg", "div"):
        first, *rest = term.args
        inner = _split(first, of, wrt)
        return None if inner is None else (inner[0], term.with_children((inner[1], *rest)))
    if isinstance(term, Apply) and term.op == "add":
        split = [_split(part, of, wrt) for part in term.args]
        found = [part for part in split if part is not None]
        if len(found) < len(split) or any(set(part[0]) != set(found[0][0]) for part in found):
            return None
        return found[0][0], term.with_children(tuple(slope for _, slope in found))
    ties: list[tuple[Index, Index]] = []
    parts = factors(term)
    while True:
        known = {theirs: ours for ours, theirs in ties}
        pair = next(((part, tie) for part in parts if (tie := _tie(part, of, wrt, known))), None)
        if pair is None:
            return (tuple(ties), product_of(parts)) if ties else None
        parts.remove(pair[0])
        ties.append(pair[1])


def _tie(part: Term, of: Lengths, wrt: Lengths, known: Mapping[Index, Index]) -> tuple[Index, Index] | None:
    """The output's and the input's letter that a delta ties; ``known`` are ties found before."""
    if not is_delta(part):
        return None
    for a, b in (part.children, part.children[::-1]):
        if isinstance(a, Index) and isinstance(b, Index) and b in wrt and b not in known:
            ours = known.get(a, a)
            if ours in of and of[ours] == wrt[b]:
                return ours, b
    return None
