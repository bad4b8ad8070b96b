"""Kronecker's deltas used up: a sum with one in it is an entry, Σ_j δ_ij a_j = a_i."""

from __future__ import annotations

from collections.abc import Mapping
from math import floor, prod

from chainrule import algebra
from chainrule.calculus.ranges import runs_within
from chainrule.graph import delta
from chainrule.shapes import Dim, length_term
from chainrule.terms import (
    ONE,
    ZERO,
    Apply,
    Entry,
    Index,
    Length,
    Number,
    Summation,
    Term,
    integer,
    number,
    rewrite,
    walk,
)


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
    if isinstance(term, Entry) and any(isinstance(index, Apply) for index in term.indices):
        places = (algebra.tidy(k) if isinstance(k, Apply) else k for k in term.indices)
        term = Entry(term.base, tuple(places))
    if isinstance(term, Entry) and isinstance(term.base, Apply) and term.base.op == "one_hot":
        return _class_of_row(term, term.base)
    if isinstance(term, Summation) and isinstance(term.body, Apply) and term.body.op == "neg":
        return algebra.neg(eliminate(term.with_children(term.body.args), lengths))
    if isinstance(term, Summation) and _is_row_of_one_hot(term):
        return ONE
    if isinstance(term, Summation):
        term = _without_short(term)
    while isinstance(term, Summation):
        shorter = _without_one(term, lengths)
        if shorter is None:
            break
        term = shorter
    return _counted(term) if isinstance(term, Summation) else term


def _without_shift(tie: Apply) -> Term:
    """A delta whose indices are moved alike, without the shift: δ_{i+1,j+1} = δ_ij; of numbers, 1 or 0."""
    ours, theirs = tie.args
    if isinstance(ours, Number) and isinstance(theirs, Number):
        return ONE if ours == theirs else ZERO
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
    """⌊(n i + j)/n⌋ = i, and n i + j modulo n is j, where j runs up to n; of numbers, the number."""
    if all(isinstance(part, Number) for part in (term.args[0].children or term.args[:1])):
        return _of_numbers(term)
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


def _of_numbers(term: Apply) -> Term:
    match term:
        case Apply(op="remainder", args=(Number(value=a), Number(value=b))) if b:
            return number(a % b)
        case Apply(op="floor", args=(Number(value=a),)):
            return integer(floor(a))
        case Apply(op="floor", args=(Apply(op="div", args=(Number(value=a), Number(value=b))),)) if b:
            return integer(floor(a / b))
    return term


def _class_of_row(term: Entry, classes: Apply) -> Term:
    """An entry of a known row of a one-hot matrix: one_hot([0, 2], 3)_{1,i} is δ_{i,2}."""
    *rows, last = term.indices
    place = classes.param("indices")
    if not rows or not all(isinstance(row, Number) for row in rows):
        return term
    for row in rows:
        assert isinstance(row, Number)
        place = place[int(row.value)]
    return _without_shift(Apply("delta", (last, integer(place))))


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


def _without_short(term: Summation) -> Term:
    """A sum without the letters that run over one place."""
    table: dict[Term, Term] = {k: ZERO for k, n in zip(term.indices, term.lengths, strict=True) if n == ONE}
    if not table:
        return term
    left = [(k, n) for k, n in zip(term.indices, term.lengths, strict=True) if k not in table]
    body = rewrite(term.body, table.get)
    return Summation(tuple(k for k, _ in left), tuple(n for _, n in left), body) if left else body


def _counted(term: Summation) -> Term:
    """A sum without the letters that nothing in it has: Σ_j a_i is n a_i."""
    used = {part for part in walk(term.body) if isinstance(part, Index)}
    pairs = list(zip(term.indices, term.lengths, strict=True))
    left = [pair for pair in pairs if pair[0] in used]
    if len(left) == len(pairs):
        return term
    inner = Summation(tuple(k for k, _ in left), tuple(n for _, n in left), term.body) if left else term.body
    return algebra.mul(*(n for k, n in pairs if k not in used), inner)


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
        if not is_delta(part):
            continue
        for gone, kept in (part.children, part.children[::-1]):
            if gone not in term.indices or not runs_within(kept, gone, lengths):
                continue
            rest = [other for other in parts if other is not part]
            body = rewrite(product_of(rest), {gone: kept}.get)
            body = Apply("neg", (body,)) if sign < 0 else body
            left = [k for k, letter in enumerate(term.indices) if letter != gone]
            if not left:
                return body
            return Summation(tuple(term.indices[k] for k in left), tuple(term.lengths[k] for k in left), body)
    return None


def is_delta(part: Term) -> bool:
    """Whether a term is δ of two places."""
    return isinstance(part, Apply) and part.op == "delta"


def factors(term: Term) -> list[Term]:
    """The factors of a product, products inside it taken apart."""
    if isinstance(term, Apply) and term.op == "mul":
        return [part for child in term.args for part in factors(child)]
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


def product_of(parts: list[Term]) -> Term:
    """The product of factors as they stand; 1 where there are none."""
    if not parts:
        return ONE
    return parts[0] if len(parts) == 1 else Apply("mul", tuple(parts))
