"""Sums of products contracted: index notation with Σ becomes index notation over larger tensors without."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from chainrule.algebra import Monomial, addends, mul, neg, tidy
from chainrule.calculus.candidates import Equal, simplest
from chainrule.calculus.chains import Chains
from chainrule.calculus.cost import cost
from chainrule.calculus.deltas import is_delta
from chainrule.calculus.exponentials import as_softmax
from chainrule.calculus.factoring import ONE_SIDED, sum_of_chains
from chainrule.calculus.guards import has_guard, unguarded
from chainrule.calculus.inlining import NoForm
from chainrule.calculus.layout import Layout, Order, letters, power_letters
from chainrule.calculus.products import Product, has_delta, has_sum, powers, without_deltas
from chainrule.calculus.regrouping import Regrouping, Segment, joined_letters
from chainrule.calculus.relations import Relation, shortened
from chainrule.calculus.scalars import is_sum
from chainrule.calculus.signs import turned
from chainrule.calculus.summing import Names, Summing
from chainrule.calculus.written import pattern
from chainrule.shapes import length_term
from chainrule.terms import ONE, Apply, Entry, Index, Summation, Term, number, rewrite

MAX_SPREAD = 3


def _matrix(term: Term) -> Term | None:
    """The matrix of which a term is an entry, times scalars; None for any other term."""
    bases = [base for base in Monomial.of(term).powers if letters(base)]
    return bases[0].base if len(bases) == 1 and isinstance(bases[0], Entry) else None


def _agreed(part: Term) -> Term | None:
    """1 for a delta of one letter with itself."""
    return ONE if is_delta(part) and part.children[0] == part.children[1] else None


class Contraction:
    """Contracts terms of index notation.

    unit_rows: tensors whose last axis sums to one. equal: a judge that can veto a simplification.
    relations: what named products say about their factors. names: tensors that have a name. written:
    patterns of sums that the program has, and whether each begins with a transpose.
    """

    def __init__(
        self,
        layout: Layout,
        unit_rows: Collection[Term] = (),
        equal: Equal | None = None,
        relations: Sequence[Relation] = (),
        names: Names | None = None,
        written: Mapping[Term, bool] | None = None,
    ) -> None:
        self.layout = layout
        self.chains: Chains = layout.chains
        self.summing = Summing(layout, unit_rows, names or {})
        self.equal = equal
        self.relations = relations
        self.written = written or {}
        self._known: dict[Term, Term] = {}
        self._directions: set[Term] = set()
        self._spreading = 0

    def close(self, term: Term) -> Term:
        """``term`` without Σ: every contraction is an entry of a tensor made of the tensors in it.

        Raises:
            NoForm: there is no such tensor.
        """
        if not has_sum(term) and not has_guard(term):
            return term
        found = self._known.get(term)
        if found is None:
            found = self._known[term] = self._closed(term)
        return found

    def _closed(self, term: Term) -> Term:
        if isinstance(term, Summation) or (
            isinstance(term, Apply) and term.op in ("mul", "div", "neg", "pow", "sqrt", "delta")
        ):
            return self._product(term)
        if isinstance(term, Apply) and term.op == "add":
            parts = [self.close(part) for part in addends(term)]
            total = tidy(sum_of_chains(parts, self.chains, self.equal))
            turned = self.written.get(pattern(term)) if self.written else None
            if turned is not None:
                self.layout.kept[total] = turned
            return total
        closed = term.with_children(tuple(self.close(child) for child in term.children))
        return as_softmax(closed) or closed

    # --- one product -------------------------------------------------------------------------------------

    def _product(self, term: Term) -> Term:
        parts: list[Term] = []
        bound: list[Index] = []
        self._collect(term, parts, bound)
        parts, bound, ties = without_deltas(parts, bound)
        parts = unguarded([self._settled(part) for part in parts], self.layout, self.close)
        spread = next((part for part in parts if is_sum(part) and has_delta(part)), None)
        if spread is not None:
            return self._distributed(parts, spread, bound, ties)
        if any(map(is_delta, parts)):
            return self._regrouped(parts, bound, ties)
        result = self._multiplied(parts, bound, ties)
        loose = next(filter(self._is_loose, parts), None) if bound and self._spreading < MAX_SPREAD else None
        if loose is None:
            return result
        self._spreading += 1
        try:
            apart = simplest(self._distributed(parts, loose, bound, ties), self.equal)
        except NoForm:
            return result
        finally:
            self._spreading -= 1
        # Between two other factors a sum stays together; at one end of a product of matrices it seldom does.
        at_an_end = len(letters(result)) == 2 and not letters(loose) <= set(bound)
        return apart if cost(apart) < cost(result) * (ONE_SIDED if at_an_end else 1) else result

    def _settled(self, part: Term) -> Term:
        """A power of a sum that had deltas, closed once they are used up.

        Raises:
            NoForm: a delta is left below a bar or under a root.
        """
        if is_sum(part) or is_delta(part) or not has_sum(part):
            return part
        found = tidy(rewrite(part, _agreed))
        if has_delta(found):
            raise NoForm("a delta within a power")
        return self.close(found)

    def _regrouped(self, parts: list[Term], bound: list[Index], ties: list[tuple[Index, Index]]) -> Term:
        """A product with deltas at computed places: for δ(i, n*k + l) the axes k and l are joined as i."""
        layout = self.layout
        rest = [part for part in parts if not is_delta(part)]
        segments: list[Segment] = []
        joined: list[Index] = []
        for tie in filter(is_delta, parts):
            i, place = tie.children
            letters_before = joined_letters(place, layout.lengths)
            if not isinstance(i, Index) or not letters_before:
                raise NoForm("an index is compared with a number")
            before = list(letters_before)
            for at, letter in enumerate(before):
                if letter not in bound or letter in joined:
                    before[at] = layout.fresh(layout.lengths[letter.name])
                    rest.append(Apply("delta", (before[at], letter)))
            joined += before
            segments.append(Segment(tuple(before), (i,), layout.shape((i,))))
        after = {segment.after[0] for segment in segments}
        free = letters(mul(*rest)) - set(bound) - set(joined)
        segments += [Segment((k,), (k,), layout.shape((k,))) for k in sorted(free | after, key=str)]
        inner = [k for k in bound if k not in after and k not in joined]
        term = self._over(inner, mul(*rest))

        def tensor(part: Term, order: Order) -> Term:
            return layout.array(self.close(part), order)

        work = Regrouping(segments, layout.lengths, layout.fresh, tensor, {})
        found = work.of(term) or work.whole(term)
        found = mul(found, *(Apply("delta", tie) for tie in ties))
        return self.close(self._over([k for k in bound if k in after], found))

    def _over(self, bound: Sequence[Index], body: Term) -> Term:
        sizes = tuple(length_term(self.layout.lengths[letter.name]) for letter in bound)
        return tidy(Summation(tuple(bound), sizes, body)) if bound else body

    def _is_loose(self, part: Term) -> bool:
        """Whether a factor is a sum of matrices, products among them, that the program does not have."""
        if not is_sum(part) or part in self.layout.kept or len(letters(part)) != 2:
            return False
        matrices = [_matrix(addend) if len(letters(addend)) == 2 else None for addend in addends(part)]
        return None not in matrices and any(
            len(self.chains.items(matrix)) > 1 for matrix in matrices if matrix is not None
        )

    def _multiplied(self, parts: list[Term], bound: list[Index], ties: list[tuple[Index, Index]]) -> Term:
        whole = Product(ONE, {})
        for part in powers(shortened(mul(*parts), self.relations)) if self.relations else parts:
            whole.include(part)
        whole = self._simplified(whole)
        result = self.summing.over(whole, bound) if bound else whole
        return self._tied(result, ties) if ties else shortened(result.term(), self.relations)

    def _collect(self, term: Term, parts: list[Term], bound: list[Index]) -> None:
        """The factors of a product, Σ around products taken apart, other Σ closed on their own."""
        whole = Monomial.of(tidy(term))
        parts.append(number(whole.coefficient, whole.decimal))
        for base, exponent in whole.powers.items():
            if isinstance(base, Summation) and exponent == ONE:
                if is_sum(base.body):
                    parts.append(self._sum_of_sum(base))
                else:
                    bound += base.indices
                    self._collect(base.body, parts, bound)
            elif is_delta(base):
                parts.append(base)
            elif has_sum(base) and not (is_sum(base) and has_delta(base)):
                parts.append(tidy(Apply("pow", (self.close(base), self.close(exponent)))))
            else:
                parts.append(tidy(Apply("pow", (base, self.close(exponent)))))

    def _sum_of_sum(self, term: Summation) -> Term:
        """Σ over a sum: contracted as one, or each addend alone; what is cheaper."""
        options = []
        try:
            whole = Product(ONE, {})
            whole.include(simplest(self.close(term.body), self.equal))
            options.append(self.summing.over(self._simplified(whole), list(term.indices)).term())
        except NoForm:
            pass
        split = [term.with_children((part,)) for part in addends(term.body)]
        try:
            options.append(self.close(tidy(Apply("add", tuple(split)))))
        except NoForm:
            if not options:
                raise
        return min(options, key=cost)

    def _distributed(
        self, parts: list[Term], spread: Term, bound: list[Index], ties: list[tuple[Index, Index]]
    ) -> Term:
        rest = [part for part in parts if part is not spread]
        rest += [Apply("delta", tie) for tie in ties]
        sizes = tuple(length_term(self.layout.lengths[letter.name]) for letter in bound)
        out = []
        for addend in addends(spread):
            body = mul(*rest, addend)
            out.append(Summation(tuple(bound), sizes, body) if bound else body)
        return self.close(tidy(Apply("add", tuple(out))))

    def _simplified(self, whole: Product) -> Product:
        """Each group written in its simplest form, with what has no letters moved to the scalars."""
        out = Product(whole.scalar, {})
        for term in whole.groups.values():
            form = Monomial.of(simplest(term, self.equal))
            front, rest = Monomial(form.coefficient, form.decimal), Monomial()
            for base, exponent in form.powers.items():
                (rest if power_letters(base, exponent) else front).powers[base] = exponent
            out.include(front.term())
            out.include(rest.term())
        for carried, term in out.groups.items():
            opposite = self._opposite(term)
            if opposite is not None:
                out.groups[carried] = opposite
                out.scalar = neg(out.scalar)
        return out

    def _opposite(self, term: Term) -> Term | None:
        """Where b - a was met before, it for a - b, so that both are one tensor; else None."""
        if not is_sum(term):
            return None
        opposite = turned(neg(term))
        if opposite in self._directions:
            return opposite
        self._directions.add(term)
        return None

    def _tied(self, whole: Product, ties: list[tuple[Index, Index]]) -> Term:
        """A delta between two free letters: a diagonal matrix."""
        (row, column), *more = ties
        if more or set().union(*whole.groups) - {row}:
            raise NoForm("deltas between more than two axes")
        entry = whole.groups.get(frozenset((row,)))
        if entry is None:
            shape = (("shape", (self.layout.lengths[row.name],)),)
            matrix = Apply("eye", (), shape)
        else:
            matrix = Apply("diag", (self.layout.array(entry, (row,)),))
        return mul(whole.scalar, Entry(matrix, (row, column)))
