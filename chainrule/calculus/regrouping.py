"""Products whose axes are joined or taken apart, as a reshape does it.

Factors that share no such axis are reshaped each alone. Where two take turns along every joined axis, as in
X_ij Y_kl at (p i + k, q j + l), they make a Kronecker product, which falls into the two where it is taken
apart again. A delta follows its axes: it becomes one for each part, or has a computed place.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from chainrule.algebra import Monomial, addends, expand, mul, tidy
from chainrule.calculus.addends import letters
from chainrule.calculus.deltas import is_delta
from chainrule.calculus.picking import regrouped, row_major
from chainrule.graph import delta
from chainrule.indices import bound_letters, renamed
from chainrule.shapes import Dim, Shape, length_term, times
from chainrule.terms import ONE, ZERO, Apply, Entry, Index, Number, Summation, Term, rewrite, walk

EXPANSION_LIMIT = 24

Order = tuple[Index, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """Axes that become others: their letters before and after, and the lengths after."""

    before: Order
    after: Order
    shape: Shape

    @property
    def moved(self) -> bool:
        """Whether more than the name of an axis changes."""
        return len(self.before) != 1 or len(self.after) != 1


@dataclass(frozen=True, slots=True)
class Made:
    """What a tensor in another shape is made of.

    ``axes`` has letters of the entry ``term``, their lengths, and how many axes of the tensor they became.
    """

    term: Term
    axes: tuple[tuple[Order, Shape, int], ...]


@dataclass(frozen=True, slots=True)
class _Group:
    """Factors that belong together, the letters that they alone are summed over, and all their letters."""

    factors: tuple[Term, ...]
    bound: Order
    letters: frozenset[Index]


class Regrouping:
    """Terms over the axes of ``segments``; axes of length 1 need not be among them.

    lengths: those of all letters before. fresh: makes a letter of a length. tensor: the tensor of a term, its
    axes in the order of letters. made: what tensors are known to be made of; new ones are added.
    """

    def __init__(
        self,
        segments: Sequence[Segment],
        lengths: Mapping[str, Dim],
        fresh: Callable[[Dim], Index],
        tensor: Callable[[Term, Order], Term],
        made: dict[Term, Made],
    ) -> None:
        self.lengths = lengths
        self.fresh = fresh
        self.tensor = tensor
        self.made = made
        self._segments = {k: segment for segment in segments for k in segment.before}
        self._moved = {k: segment for k, segment in self._segments.items() if segment.moved}

    def of(self, term: Term) -> Term | None:
        """``term`` at the letters after; None where that is but a reshape of all of it."""
        whole = tidy(rewrite(tidy(term), self._apart))
        found = self._sum(whole)
        if found is None:
            spread = expand(whole, EXPANSION_LIMIT)
            found = self._sum(spread) if spread is not None and spread != whole else None
        return found

    def whole(self, term: Term) -> Term:
        """``term`` at the letters after, as the entry of one tensor in another shape."""
        return self._reshaped(term, [s for s in self._in_order() if s.moved or s.before[0] in letters(term)])

    def _in_order(self) -> list[Segment]:
        return list(dict.fromkeys(self._segments.values()))

    def _reshaped(self, term: Term, axes: Sequence[Segment]) -> Term:
        array = self._array(term, tuple(k for segment in axes for k in segment.before))
        shape = tuple(dim for segment in axes for dim in segment.shape)
        base = Apply("reshape", (array,), (("shape", shape),))
        self.note(base, term, axes)
        return Entry(base, tuple(k for segment in axes for k in segment.after))

    def note(self, base: Term, term: Term, axes: Sequence[Segment]) -> None:
        """Remember what ``base``, whose axes are those after, is made of."""
        self._note(base, term, [(segment.before, len(segment.after)) for segment in axes])

    def _note(self, base: Term, term: Term, axes: Sequence[tuple[Order, int]]) -> None:
        known = tuple((own, tuple(self.lengths[k.name] for k in own), count) for own, count in axes)
        self.made[base] = Made(self._without_short(term, tuple(k for own, _ in axes for k in own)), known)

    def _without_short(self, term: Term, order: Order) -> Term:
        table: dict[Term, Term] = {k: ZERO for k in self._short(letters(term)) if k not in order}
        return rewrite(term, table.get) if table else term

    def _array(self, term: Term, order: Order) -> Term:
        return self.tensor(self._without_short(term, order), order)

    def _short(self, found: Iterable[Index]) -> list[Index]:
        """The letters of axes of length 1."""
        return [k for k in found if k not in self._segments and self.lengths.get(k.name) == 1]

    # --- axes taken apart --------------------------------------------------------------------------------

    def _apart(self, part: Term) -> Term | None:
        """A delta with axes that change, or an entry of a tensor that is made of something else."""
        if isinstance(part, Apply) and part.op == "mul":
            kept = {j: i for factor in part.args for j, i in self._kept(factor).items()}
            if not kept:
                return None
            parts = (f if is_delta(f) else rewrite(f, kept.get) for f in part.args)
            return mul(*(rewrite(f, self._apart) for f in parts))
        if is_delta(part):
            return self._tie(*part.children)
        if isinstance(part, Entry) and part.base in self.made and self._moved.keys() & set(part.indices):
            return self._undone(self.made[part.base], part.indices)
        return None

    def _undone(self, made: Made, indices: tuple[Term, ...]) -> Term | None:
        """The entry of what a tensor is made of, if the axes become again what they were."""
        table: dict[Term, Term] = {}
        for own, shape, count in made.axes:
            after, indices = self._after(indices[:count]), indices[count:]
            after = [(k, dim) for k, dim in after or () if dim != 1]
            if [dim for _, dim in after] != [dim for dim in shape if dim != 1]:
                return None
            new = iter(after)
            table.update((k, ZERO if dim == 1 else next(new)[0]) for k, dim in zip(own, shape, strict=True))
        # The letters of its sums are others each time that it is read.
        inner = {k: self.fresh(self.lengths[k.name]) for k in bound_letters(made.term)}
        return rewrite(renamed(made.term, inner), table.get)

    def _kept(self, factor: Term) -> dict[Term, Term]:
        """For δ_ij where j alone is taken apart, that i may stand for j: δ_ij x_j is δ_ij x_i."""
        if not is_delta(factor):
            return {}
        i, j = factor.children
        ours, theirs = self._place(i), self._place(j)
        if ours is None or theirs is None or ours.moved == theirs.moved:
            return {}
        return {i: j} if ours.moved else {j: i}

    def _place(self, letter: Term) -> Segment | None:
        """What a letter becomes, if it stands for one whole axis."""
        found = self._segments.get(letter) if isinstance(letter, Index) else None
        return found if found is not None and len(found.before) == 1 else None

    def _tie(self, a: Term, b: Term) -> Term | None:
        """A delta between places in the axes after: one for each part that both sides have."""
        if any(isinstance(side, Index) and side not in self._segments for side in (a, b)):
            return None
        ours, theirs = (self._after(joined_letters(side, self.lengths)) for side in (a, b))
        if not ours or not theirs:
            return None
        groups = regrouped(tuple(dim for _, dim in ours), tuple(dim for _, dim in theirs))
        if groups is None or not any(self._moved.get(k) for side in (a, b) for k in letters(side)):
            return None
        sides = ((row_major([ours[k] for k in i]), row_major([theirs[k] for k in j])) for i, j in groups)
        return mul(ONE, *(delta(*sorted(pair, key=_is_computed)) for pair in sides))

    def _after(self, left: tuple[Term, ...]) -> list[tuple[Index, Dim]] | None:
        """The letters after, with their lengths, of axes one behind the other; letters of sums stay."""
        out: list[tuple[Index, Dim]] = []
        while left:
            first = left[0]
            if not isinstance(first, Index):
                return None
            own = self._segments.get(first) or Segment((first,), (first,), (self.lengths[first.name],))
            if left[: len(own.before)] != own.before:
                return None
            out += zip(own.after, own.shape, strict=True)
            left = left[len(own.before) :]
        return out

    # --- factors in groups -------------------------------------------------------------------------------

    def _sum(self, term: Term) -> Term | None:
        parts = addends(term)
        found = [self._product(part, alone=len(parts) == 1) for part in parts]
        known = [part for part in found if part is not None]
        return tidy(Apply("add", tuple(known))) if len(known) == len(found) else None

    def _product(self, term: Term, alone: bool) -> Term | None:
        factors: list[Term] = []
        bound: list[Index] = []
        _collect(term, factors, bound)
        ties = {k: frozenset(segment.before) for k, segment in self._moved.items()}
        ties |= {k: frozenset((k,)) for k in bound}
        groups = _groups([factor for factor in factors if letters(factor)], bound, ties)
        out = [factor for factor in factors if not letters(factor)]
        out += [length_term(self.lengths[k.name]) for k in bound if not any(k in g.letters for g in groups)]
        for group in groups:
            if not group.letters & self._moved.keys():
                out.append(self._renamed(group))
                continue
            axes = [segment for segment in self._in_order() if group.letters & set(segment.before)]
            entry = self._kronecker(group, axes, alone)
            if entry is None:
                if len(groups) == 1:
                    return None
                entry = self._reshaped(self._summed(group), axes)
            out.append(entry)
        return mul(ONE, *out)

    def _renamed(self, group: _Group) -> Term:
        table: dict[Term, Term] = {k: s.after[0] for k, s in self._segments.items() if not s.moved}
        table.update((k, ZERO) for k in self._short(group.letters))
        return rewrite(self._summed(group), table.get)

    def _summed(self, group: _Group) -> Term:
        body = mul(ONE, *group.factors)
        sizes = tuple(length_term(self.lengths[k.name]) for k in group.bound)
        return Summation(group.bound, sizes, body) if group.bound else body

    # --- Kronecker products ------------------------------------------------------------------------------

    def _kronecker(self, group: _Group, axes: Sequence[Segment], alone: bool) -> Term | None:
        """The entry of the Kronecker product that a group is; with a factor of ones only where ``alone``."""
        if len(axes) > 2 or any(len(segment.after) > 1 for segment in axes):
            return None
        # Of three letters, (a ⊗ b) ⊗ c; or a ⊗ (b ⊗ c), where b and c lack the same axis.
        for cut in (-1, 1):
            sides = [(s.before[:cut], s.before[cut:]) if s.moved else (s.before, s.before) for s in axes]
            factors = self._shared_out(group, axes, sides)
            if factors is not None and (alone or all(factors)):
                break
        else:
            return None
        halves = [self._half(mul(ONE, *factors[k]), axes, [pair[k] for pair in sides]) for k in (0, 1)]
        (left, _), (right, _) = halves
        base = Apply("kron", tuple(self._array(*half) for half in halves))
        self._note(base, mul(left, right), [(pair, 1) for pair in zip(*(k for _, k in halves), strict=True)])
        return Entry(base, tuple(k for segment in axes for k in segment.after))

    def _shared_out(
        self, group: _Group, axes: Sequence[Segment], sides: Sequence[tuple[Order, Order]]
    ) -> tuple[list[Term], list[Term]] | None:
        """The factors that have letters of the first half and those that have letters of the second."""
        own = [{k for s, pair in zip(axes, sides, strict=True) if s.moved for k in pair[n]} for n in (0, 1)]
        factors: tuple[list[Term], list[Term]] = [], []
        ties = {k: frozenset((k,)) for k in group.letters if self.lengths.get(k.name) != 1}
        for part in _groups(group.factors, group.bound, ties):
            touched = [n for n in (0, 1) if part.letters & own[n]]
            if len(touched) != 1:
                return None
            factors[touched[0]].append(self._summed(part))
        return factors

    def _half(self, term: Term, axes: Sequence[Segment], own: Sequence[Order]) -> tuple[Term, Order]:
        """A factor with as many axes as the product has, and their letters; what it lacks has length 1."""
        carried = letters(term)
        short = self._short(sorted(carried, key=str))
        segments: list[Segment] = []
        for segment, wanted in zip(axes, own, strict=True):
            lacks = not segment.moved and wanted[0] not in carried
            before = (short.pop(0) if short else self.fresh(1),) if lacks else wanted
            dim = times(self.lengths[k.name] for k in before)
            after = before if len(before) == 1 else (self.fresh(dim),)
            segments.append(Segment(before, after, (dim,)))
        if any(segment.moved for segment in segments):
            work = Regrouping(segments, self.lengths, self.fresh, self.tensor, self.made)
            term = work.of(term) or work.whole(term)
        return term, tuple(segment.after[0] for segment in segments)


def _collect(term: Term, factors: list[Term], bound: list[Index]) -> None:
    """The factors of a product, those of sums in it with their letters."""
    whole = Monomial.of(term)
    if whole.coefficient != 1:
        factors.append(Number(whole.coefficient, whole.decimal))
    for base, exponent in whole.powers.items():
        if isinstance(base, Summation) and exponent == ONE:
            bound += base.indices
            _collect(tidy(base.body), factors, bound)
        else:
            factors.append(tidy(Apply("pow", (base, exponent))))


def _groups(
    factors: Sequence[Term], bound: Collection[Index], ties: Mapping[Index, frozenset[Index]]
) -> list[_Group]:
    """The factors in groups, which are tied by the letters that each letter is tied to."""
    found: list[tuple[frozenset[Index], list[int]]] = []
    for place, factor in enumerate(factors):
        reach = frozenset[Index]().union(*(ties.get(k, frozenset()) for k in letters(factor)))
        places = [place]
        for other in [pair for pair in found if pair[0] & reach]:
            found.remove(other)
            reach |= other[0]
            places += other[1]
        found.append((reach, sorted(places)))
    out = []
    for _, places in sorted(found, key=lambda pair: pair[1]):
        own = tuple(factors[place] for place in places)
        carried = frozenset[Index]().union(*map(letters, own))
        out.append(_Group(own, tuple(k for k in bound if k in carried), carried))
    return out


def joined_letters(place: Term, lengths: Mapping[str, Dim]) -> Order:
    """The letters k and l of a place n*k + l in the order of entries; none for any other term."""
    found = tuple(part for part in walk(place) if isinstance(part, Index))
    known = found and all(k.name in lengths for k in found)
    return found if known and row_major([(k, lengths[k.name]) for k in found]) == place else ()


def _is_computed(place: Term) -> bool:
    return not isinstance(place, Index)
