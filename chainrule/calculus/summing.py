"""Letters summed one by one: what a Σ makes of the groups of factors that it touches.

A letter that touches no group counts; one that touches one group is a sum over an axis, a dot product, a
trace or a diagonal; one that touches two joins two chains of matrices; where three meet, a vector is
absorbed into a matrix. What resists all that becomes one einsum.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from chainrule.algebra import Monomial, mul
from chainrule.calculus.chains import Chains, product
from chainrule.calculus.cost import cost
from chainrule.calculus.inlining import NoForm
from chainrule.calculus.inverses import cancelled
from chainrule.calculus.layout import Layout, Order, letters
from chainrule.calculus.naming import entry
from chainrule.calculus.products import Letters, Product
from chainrule.calculus.unit_rows import sums_to_one
from chainrule.shapes import length_term
from chainrule.terms import ONE, TWO, Apply, Entry, Index, Term, rewrite

Names = Mapping[Term, tuple[Term, tuple[int, ...]]]
"""From a tensor expression to its name, and for each of its axes which one of the named tensor it is."""

FIRST_CHOICES = 4
TURNED = 12


class Summing:
    """Sums products over letters.

    unit_rows: tensors whose last axis sums to one; those that were used gather in ``relied_on``.
    names: tensors that have a name.
    """

    def __init__(self, layout: Layout, unit_rows: Collection[Term], names: Names) -> None:
        self.layout = layout
        self.chains: Chains = layout.chains
        self.unit_rows = frozenset(unit_rows)
        self.names = names
        self.relied_on: set[Term] = set()

    def over(self, whole: Product, bound: list[Index]) -> Product:
        """The cheapest result over a few choices of the letter that is summed first."""
        ranked = _ranked(whole, bound)
        best: Product | None = None
        price = 0
        for first in ranked[:FIRST_CHOICES]:
            try:
                result = self._run(whole.copy(), list(bound), first)
            except NoForm:
                continue
            found = cost(result.term())
            if best is None or found < price:
                best, price = result, found
        return best if best is not None else self._einsum(whole, bound)

    def _run(self, whole: Product, bound: list[Index], letter: Index) -> Product:
        """Sum over ``letter``, then over the one that touches fewest groups; what resists is one einsum."""
        self._contract(whole, bound, letter)
        while bound:
            for following in _ranked(whole, bound):
                tried, left = whole.copy(), list(bound)
                try:
                    self._contract(tried, left, following)
                except NoForm:
                    continue
                whole, bound = tried, left
                break
            else:
                return self._einsum(whole, bound)
        return whole

    def _contract(self, whole: Product, bound: list[Index], letter: Index) -> None:
        """Sum ``whole`` over ``letter``, which leaves ``bound`` (others may leave with it)."""
        touched = whole.touching(letter)
        if len(touched) == 3 and self._weighted(whole, bound, touched, letter):
            return
        if len(touched) > 2:
            self._absorb(whole, bound, touched, letter)
            touched = whole.touching(letter)
        if not touched:
            bound.remove(letter)
            whole.scalar = mul(whole.scalar, length_term(self.layout.lengths[letter.name]))
        elif len(touched) == 1:
            carried = touched[0]
            gone = [k for k in bound if k in carried and len(whole.touching(k)) == 1]
            for k in gone:
                bound.remove(k)
            whole.include(self._named(self._fold(whole.groups.pop(carried), carried, gone)))
        else:
            bound.remove(letter)
            first, second = (whole.groups.pop(carried) for carried in touched)
            whole.include(self._named(self._join(first, second, letter)))

    def _named(self, term: Term) -> Term:
        """The entry of a tensor by its name, if it has one."""
        if not isinstance(term, Entry) or term.base not in self.names:
            return term
        name, order = self.names[term.base]
        return entry(name, tuple(term.indices[order.index(k)] for k in range(len(order))))

    def _weighted(self, whole: Product, bound: list[Index], touched: list[Letters], letter: Index) -> bool:
        """Σ_k X_ki v_k X_kj as X.T@diag(v)@X, the way a Hessian is written; whether it is that."""
        vector = frozenset((letter,))
        carriers = [carried for carried in touched if carried != vector]
        if len(carriers) != 2 or any(len(carried) != 2 for carried in carriers):
            return False
        (row,), (column,) = (carried - vector for carried in carriers)
        first, second = (whole.groups[carried] for carried in carriers)
        turned: dict[Term, Term] = {row: column}
        if {row, column} & set(bound) or rewrite(first, turned.get) != second:
            return False
        weights = Apply("diag", (self.layout.array(whole.groups[vector], (letter,)),))
        items = [*self._chain(first, letter, last=True), weights, *self._chain(second, letter, last=False)]
        for carried in touched:
            whole.groups.pop(carried)
        bound.remove(letter)
        whole.include(self._named(Entry(product(items), (row, column))))
        return True

    def _absorb(self, whole: Product, bound: list[Index], touched: list[Letters], letter: Index) -> None:
        """Multiply a vector along ``letter`` into one of the matrices, so that two groups are left.

        A vector along the other letter of a matrix, if that is not summed over, goes with it: r_i v_j M_ij is
        an outer product times M.
        """
        vector = frozenset((letter,))
        if vector not in touched or len(touched) > 3:
            raise NoForm("an index is shared by three tensors")
        along = whole.groups.pop(vector)
        carriers = [carried for carried in touched if carried != vector]
        for carried in carriers:
            free = carried - vector - set(bound)
            if len(carried) == 2 and free in whole.groups:
                whole.groups[carried] = mul(along, whole.groups.pop(free), whole.groups[carried])
                return
        options = [(mul(whole.groups[carried], along), carried) for carried in carriers]
        term, carried = min(options, key=lambda option: self._price(option[0]))
        whole.groups[carried] = term

    def _price(self, term: Term) -> int:
        return min(cost(self.layout.array(term, order)) for order in self._orders(term))

    # --- one group: sums over axes, dot products, traces -------------------------------------------------

    def _fold(self, term: Term, carried: Letters, gone: list[Index]) -> Term:
        kept = carried - set(gone)
        if isinstance(term, Entry):
            over_last = gone == [term.indices[-1]] and gone[0] not in term.indices[:-1]
            if over_last and sums_to_one(term.base):
                return ONE
            if over_last and term.base in self.unit_rows:
                self.relied_on.add(term.base)
                return ONE
            if not kept and len(term.indices) == 2 and term.indices[0] == term.indices[1]:
                return Entry(self.chains.trace(self.chains.items(term.base)), ())
        options: list[Entry] = []
        for order in self._orders(term):
            places = tuple(k for k, letter in enumerate(order) if letter in gone)
            params = (("axis", places),) if kept else ()
            summed = Apply("sum", (self.layout.array(term, order),), params)
            options.append(Entry(summed, tuple(letter for letter in order if letter in kept)))
        if len(options) == 2 and cost(options[0]) <= cost(options[1]) + TURNED:
            options.pop()
        options += self._paired(term, carried, gone)
        return min(options, key=cost)

    def _paired(self, term: Term, carried: Letters, gone: list[Index]) -> list[Entry]:
        """A product of two tensors that carry the same letters, as a dot product, trace or diagonal."""
        pair = _two_factors(term, carried)
        if pair is None or len(carried) > 2:
            return []
        a, b = pair
        if len(carried) == 1:
            (letter,) = gone
            items = [*self._chain(a, letter, last=True), *self._chain(b, letter, last=False)]
            return [Entry(self.chains.scalar(items), ())]
        row, column = sorted(carried, key=lambda k: (k in gone, k.name))
        items = [*self._matrix(a, (row, column)), *self._matrix(b, (column, row))]
        if len(gone) == 2:
            return [Entry(self.chains.trace(items), ())]
        return [Entry(Apply("diagonal", (product(items),)), (row,))]

    def _orders(self, term: Term) -> list[Order]:
        """The orders of axes in which a group may be laid out; that of its first whole tensor leads."""
        carried = letters(term)
        own = tuple(sorted(carried, key=lambda k: k.name))
        stack = [term]
        while stack:
            part = stack.pop()
            if isinstance(part, Entry):
                order = tuple(i for i in part.indices if isinstance(i, Index))
                if len(order) == len(carried) == len(set(order)):
                    own = order
                    break
            else:
                stack.extend(reversed(part.children))
        return [own, own[::-1]] if len(own) == 2 else [own]

    # --- two groups: products of matrices ----------------------------------------------------------------

    def _matrix(self, term: Term, order: Order) -> list[Term]:
        return self.chains.items(self.layout.array(term, order, turnable=True))

    def _chain(self, term: Term, letter: Index, last: bool) -> list[Term]:
        """The chain of a vector or matrix that begins at ``letter``, or ends there."""
        others = tuple(letters(term) - {letter})
        if others:
            return self._matrix(term, (*others, letter) if last else (letter, *others))
        return self.chains.read(self.layout.array(term, (letter,)), 1, inwards=not last)

    def _join(self, a: Term, b: Term, letter: Index) -> Term:
        left, right = letters(a) - {letter}, letters(b) - {letter}
        if len(left) > 1 or len(right) > 1:
            return self._batched(a, b, letter)
        items = [*self._chain(a, letter, last=True), *self._chain(b, letter, last=False)]
        items = cancelled(items, self.chains)
        if not items:
            (row,), (column,) = left, right
            shape = (("shape", (self.layout.lengths[row.name],)),)
            return Entry(Apply("eye", (), shape), (row, column))
        if not left and not right:
            return Entry(self.chains.scalar(items), ())
        if not left:
            return Entry(product([*self.chains.reversed(items[1:]), items[0]]), tuple(right))
        if not right:
            return Entry(product(items), tuple(left))
        (row,), (column,) = left, right
        forwards, backwards = product(items), product(self.chains.reversed(items))
        if cost(backwards) < cost(forwards):
            return Entry(backwards, (column, row))
        return Entry(forwards, (row, column))

    def _batched(self, a: Term, b: Term, letter: Index) -> Term:
        """Products over leading axes: the last axis of one against a vector, a matrix, or a stack of them."""
        for first, second in ((a, b), (b, a)):
            (order, *_), (other, *_) = self._orders(first), self._orders(second)
            if len(order) < 3 or order[-1] != letter:
                continue
            batch = order[:-2]
            if len(other) == 1:
                return self._stacked(first, order, second, (letter,), order[:-1])
            if len(other) == 2 and not (set(other) & set(order)) - {letter}:
                (column,) = set(other) - {letter}
                return self._stacked(first, order, second, (letter, column), (*order[:-1], column))
            if other[:-2] == batch and other[-2] == letter and other[-1] not in order:
                return self._stacked(first, order, second, other, (*order[:-1], other[-1]))
        raise NoForm("a contraction of tensors with more axes")

    def _stacked(self, a: Term, order: Order, b: Term, other: Order, out: Order) -> Term:
        return Entry(self.chains.batched(self.layout.array(a, order), self.layout.array(b, other)), out)

    # --- the last resort ---------------------------------------------------------------------------------

    def _einsum(self, whole: Product, bound: list[Index]) -> Product:
        """The whole product as one einsum."""
        orders = {carried: self._orders(term)[0] for carried, term in whole.groups.items()}
        names: dict[Index, str] = {}
        free = sorted({k for carried in orders for k in carried if k not in bound}, key=lambda k: k.name)
        for letter in [*free, *(k for order in orders.values() for k in order)]:
            names.setdefault(letter, "ijklmnopqrstuvwxyz"[len(names) % 26])
        pattern = ",".join("".join(names[k] for k in order) for order in orders.values())
        out = Product(whole.scalar, {})
        for letter in bound:
            if letter not in names:
                out.include(length_term(self.layout.lengths[letter.name]))
        if len(names) > 26:
            raise NoForm("too many axes for an einsum")
        arrays = tuple(self.layout.array(whole.groups[carried], order) for carried, order in orders.items())
        text = pattern + "->" + "".join(names[k] for k in free)
        out.include(Entry(Apply("einsum", arrays, (("pattern", text),)), tuple(free)))
        return out


def _ranked(whole: Product, bound: list[Index]) -> list[Index]:
    """The letters to sum over, those that touch fewest groups first, and inner sums before outer ones."""
    inner_first = bound[::-1]
    return sorted(inner_first, key=lambda letter: len(whole.touching(letter)))


def _two_factors(term: Term, carried: Letters) -> tuple[Term, Term] | None:
    """The two factors of a product whose factors carry all the letters, or None."""
    whole = Monomial.of(term)
    if whole.coefficient != 1:
        return None
    found = [base for base, exponent in whole.powers.items() if exponent == ONE]
    found += [base for base, exponent in whole.powers.items() if exponent == TWO] * 2
    count = sum(1 if exponent == ONE else 2 for exponent in whole.powers.values())
    if len(found) != 2 or count != 2 or any(letters(base) != carried for base in found):
        return None
    return found[0], found[1]
