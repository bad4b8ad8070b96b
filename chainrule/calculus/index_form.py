"""A node in index notation: its entry at the letters i, j, …, with every Σ written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count, islice
from math import prod

from chainrule import algebra
from chainrule.calculus.closed_form import tensors
from chainrule.calculus.exponentials import as_softmax
from chainrule.calculus.inlining import Limits, inline
from chainrule.calculus.layout import squeezed
from chainrule.calculus.naming import Naming
from chainrule.calculus.ranges import runs_within
from chainrule.graph import Graph, delta
from chainrule.shapes import Dim, Shape, length_term, names_in
from chainrule.terms import (
    ONE,
    ZERO,
    Apply,
    Entry,
    Index,
    Length,
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


# --- deltas -----------------------------------------------------------------------------------------------


def eliminate(term: Term, lengths: Mapping[str, Dim]) -> Term:
    """``term`` with each delta used up that ties a letter of a sum: Σ_j δ_ij a_j = a_i; inner sums first.

    ``lengths`` has the length of every letter: where i runs further than j, Σ_j δ_ij a_j is 0, so it stays.
    """
    if not term.children:
        return term
    new = tuple(eliminate(child, lengths) for child in term.children)
    term = term if new == term.children else term.with_children(new)
    if isinstance(term, Apply) and term.op == "delta":
        return _without_shift(term)
    if isinstance(term, Apply) and term.op in ("floor", "remainder"):
        return _divided(term, lengths)
    if isinstance(term, Apply) and term.op == "add":
        return _put_together(term)
    if isinstance(term, Summation) and isinstance(term.body, Apply) and term.body.op == "neg":
        return algebra.neg(eliminate(term.with_children(term.body.args), lengths))
    if isinstance(term, Summation) and _is_row_of_one_hot(term):
        return ONE
    while isinstance(term, Summation):
        shorter = _without_one(term, lengths)
        if shorter is None:
            break
        term = shorter
    return term


def _without_shift(tie: Apply) -> Term:
    """A delta whose indices are moved alike, without the shift: δ_{i+1,j+1} = δ_ij."""
    ours, theirs = tie.args
    if isinstance(ours, Index) or isinstance(theirs, Index):
        return ONE if ours == theirs else tie
    apart = algebra.tidy(algebra.add(ours, algebra.neg(theirs)))
    if apart == ZERO:
        return ONE
    match apart:
        case Apply(op="add", args=(Index() as i, Apply(op="neg", args=(Index() as j,)))):
            return delta(i, j)
        case Apply(op="add", args=(Apply(op="neg", args=(Index() as j,)), Index() as i)):
            return delta(i, j)
    return tie


def _divided(term: Apply, lengths: Mapping[str, Dim]) -> Term:
    """⌊(n i + j)/n⌋ = i, and n i + j modulo n is j, where j runs up to n."""
    whole = term if term.op == "remainder" else term.args[0]
    if not isinstance(whole, Apply) or whole.op not in ("remainder", "div"):
        return term
    place, length = whole.args
    addends = list(place.args) if isinstance(place, Apply) and place.op == "add" else [place]
    shares = [algebra.div(addend, length) for addend in addends]
    rest = [a for a, share in zip(addends, shares, strict=True) if not _is_whole(share)]
    if len(rest) > 1 or not all(
        isinstance(a, Index) and length_term(lengths[a.name]) == length for a in rest
    ):
        return term
    if term.op == "remainder":
        return rest[0] if rest else ZERO
    return algebra.add(*(share for share in shares if _is_whole(share)))


def _put_together(term: Apply) -> Term:
    """N ⌊j/n⌋ + (j modulo n) = j."""
    for part in term.args:
        if isinstance(part, Apply) and part.op == "remainder":
            place, length = part.args
            share = algebra.mul(length, Apply("floor", (Apply("div", (place, length)),)))
            if share in term.args:
                rest = [a for a in term.args if a not in (part, share)]
                return algebra.add(place, *rest)
    return term


def _is_whole(term: Term) -> bool:
    """Whether a term is made of whole numbers, lengths and indices without a division."""
    if isinstance(term, Number):
        return term.value.denominator == 1
    if isinstance(term, Apply):
        return term.op in ("mul", "add", "neg") and all(map(_is_whole, term.args))
    return isinstance(term, (Index, Length))


def _is_row_of_one_hot(term: Summation) -> bool:
    """Whether a sum is one over all classes of a row with a single 1."""
    match term.body:
        case Entry(base=Apply(op="one_hot") as base, indices=(*rows, last)):
            whole = term.lengths == (length_term(base.param("num_classes")),)
            return whole and term.indices == (last,) and last not in rows
    return False


def _without_one(term: Summation, lengths: Mapping[str, Dim]) -> Term | None:
    """A sum with one of its letters used up by a delta, or None."""
    sign, parts = _signed_factors(term.body)
    if isinstance(term.body, Apply) and term.body.op == "div":
        top, bottom = term.body.args
        sign, parts = _signed_factors(top)
        parts.append(Apply("div", (ONE, bottom)))
    for part in parts:
        if not _is_delta(part):
            continue
        for gone, kept in (part.children, part.children[::-1]):
            if gone not in term.indices or not runs_within(kept, gone, lengths):
                continue
            rest = [other for other in parts if other is not part]
            body = rewrite(_product(rest), {gone: kept}.get)
            body = Apply("neg", (body,)) if sign < 0 else body
            left = [k for k, letter in enumerate(term.indices) if letter != gone]
            if not left:
                return body
            return Summation(tuple(term.indices[k] for k in left), tuple(term.lengths[k] for k in left), body)
    return None


def _pulled_out(term: Term) -> Term:
    """``term`` with the 1/n of a mean before its Σ."""
    if not term.children:
        return term
    term = term.with_children(tuple(map(_pulled_out, term.children)))
    if isinstance(term, Summation) and isinstance(term.body, Apply) and term.body.op == "mul":
        first, *rest = term.body.args
        if _is_share(first):
            return Apply("mul", (first, term.with_children((_product(rest),))))
    return term


def _is_share(term: Term) -> bool:
    if isinstance(term, Apply) and term.op == "div":
        return term.args[0] == ONE and algebra.is_scalar_coefficient(term)
    return isinstance(term, Number) and term.value.numerator == 1 and term.value != 1


def _deltas_last(term: Term) -> Term:
    """``term`` with deltas behind the other factors, which then go by the first letter of each delta."""
    if isinstance(term, Apply) and term.op in ("add", "neg", "div"):
        return term.with_children(tuple(map(_deltas_last, term.args)))
    parts = _factors(term)
    ties = [part for part in parts if _is_delta(part)]
    if not ties:
        return term
    rest = _product([part for part in parts if not _is_delta(part)])
    for part in ties:
        kept, gone = sorted(part.children, key=lambda i: (not isinstance(i, Index), str(i)))
        if isinstance(kept, Index) and isinstance(gone, Index):
            rest = rewrite(rest, _renaming({gone: kept}))
    return _product([part for part in (*_factors(rest), *ties) if part != ONE])


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
    parts = _factors(term)
    while True:
        known = {theirs: ours for ours, theirs in ties}
        pair = next(((part, tie) for part in parts if (tie := _tie(part, of, wrt, known))), None)
        if pair is None:
            return (tuple(ties), _product(parts)) if ties else None
        parts.remove(pair[0])
        ties.append(pair[1])


def _tie(part: Term, of: Lengths, wrt: Lengths, known: Mapping[Index, Index]) -> tuple[Index, Index] | None:
    """The output's and the input's letter that a delta ties; ``known`` are ties found before."""
    if not _is_delta(part):
        return None
    for a, b in (part.children, part.children[::-1]):
        if isinstance(a, Index) and isinstance(b, Index) and b in wrt and b not in known:
            ours = known.get(a, a)
            if ours in of and of[ours] == wrt[b]:
                return ours, b
    return None


def _is_delta(part: Term) -> bool:
    return isinstance(part, Apply) and part.op == "delta"


def _factors(term: Term) -> list[Term]:
    """The factors of a product, products inside it taken apart."""
    if isinstance(term, Apply) and term.op == "mul":
        return [part for child in term.args for part in _factors(child)]
    return [term]


def _signed_factors(term: Term) -> tuple[int, list[Term]]:
    """The sign of a product, and its factors without signs."""
    if isinstance(term, Apply) and term.op == "neg":
        sign, parts = _signed_factors(term.args[0])
        return -sign, parts
    if isinstance(term, Apply) and term.op == "mul":
        found = [_signed_factors(child) for child in term.args]
        return prod(sign for sign, _ in found), [part for _, parts in found for part in parts]
    return 1, [term]


def _product(parts: list[Term]) -> Term:
    if not parts:
        return ONE
    return parts[0] if len(parts) == 1 else Apply("mul", tuple(parts))
