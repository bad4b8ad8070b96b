"""Entries back into arrays: the tensor whose entry at the letters of an order is a given scalar term.

Elementwise parts are written with NumPy's broadcasting, by which the last axes meet; a tensor that lies
otherwise is transposed or gets axes of length 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from chainrule.algebra import Monomial, neg
from chainrule.calculus.chains import Chains, negated, product, scaled
from chainrule.calculus.cost import cost
from chainrule.calculus.inlining import NoForm
from chainrule.shapes import Dim
from chainrule.terms import (
    ATOM,
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
    integer,
    precedence,
    walk,
)

Order = tuple[Index, ...]
COLUMN = 25


@lru_cache(maxsize=1 << 14)
def letters(term: Term) -> frozenset[Index]:
    """The free letters of a term of index notation."""
    if isinstance(term, Index):
        return frozenset((term,))
    if isinstance(term, Entry):
        return frozenset(index for index in term.indices if isinstance(index, Index))
    found: frozenset[Index] = frozenset()
    for child in term.children:
        found |= letters(child)
    return found - frozenset(term.indices) if isinstance(term, Summation) else found


def power_letters(base: Term, exponent: Term) -> frozenset[Index]:
    """The free letters of a power, whose exponent may run along axes too: 2**a[i]."""
    return letters(base) | letters(exponent)


class Layout:
    """Places scalar terms into arrays; ``lengths`` knows the length of every letter.

    ``kept`` gathers sums that the program has, and whether each begins with a transpose: in products they
    stay as they are.
    """

    def __init__(self, lengths: Mapping[str, Dim], chains: Chains) -> None:
        self.lengths = dict(lengths)
        self.chains = chains
        self.kept: dict[Term, bool] = {}
        self._known: dict[tuple[Term, Order, bool], Term] = {}

    def fresh(self, dim: Dim) -> Index:
        """A new letter of a length."""
        letter = Index(f"t{len(self.lengths)}")
        self.lengths[letter.name] = dim
        return letter

    def shape(self, order: Order) -> tuple[Dim, ...]:
        """The lengths of the letters of an order."""
        return tuple(self.lengths[letter.name] for letter in order)

    def array(self, term: Term, order: Order, turnable: bool = False) -> Term:
        """The cheapest tensor whose axes are exactly ``order`` and whose entry is ``term``.

        turnable: it may as well be the transpose of something, as in a matrix product.

        Raises:
            NoForm: a letter stands where no tensor operation puts it.
        """
        found = self._known.get((term, order, turnable))
        if found is None:
            found = self._known[term, order, turnable] = self._array(term, order, turnable)
            if term in self.kept:
                self.chains.kept.add(found)
        return found

    def _array(self, term: Term, order: Order, turnable: bool) -> Term:
        missing = [letter for letter in order if letter not in letters(term)]
        if missing:
            return self._filled(term, order, missing)
        if isinstance(term, Apply) and term.op == "neg":
            return negated(self.array(term.args[0], order, turnable), self.chains.kept)
        direct = self.lift(term, order)
        if len(order) != 2 or isinstance(term, Entry):
            return direct
        turned = self.lift(term, order[::-1])
        ours = self._better(direct, turned, turnable)
        self.chains.opposite(ours, self._better(turned, direct, turnable))
        return ours

    def _better(self, direct: Term, turned: Term, turnable: bool) -> Term:
        """A tensor as it lies, or the transpose of the other; not just to save writing a column as one."""
        transposed = self.chains.transposed(turned)
        as_good = turnable and not _is_bracketed_transpose(transposed)
        handicap = 0 if as_good else COLUMN * max(_columns(direct) - _columns(turned), 0)
        inside = any(map(_is_bracketed_transpose, walk(direct)))
        return direct if cost(direct) + inside <= cost(transposed) + handicap else transposed

    # --- axes that nothing runs along --------------------------------------------------------------------

    def _filled(self, term: Term, order: Order, missing: list[Index]) -> Term:
        """The tensor of a term that does not depend on the letters ``missing``."""
        if term == ZERO:
            return self._constant(term, order)
        short = [letter for letter in missing if self.lengths[letter.name] == 1]
        if short and len(short) < len(order):
            kept = tuple(letter for letter in order if letter not in short)
            places = tuple(k for k, letter in enumerate(order) if letter in short)
            coefficients, rest = split_scalars(term)
            whole = _at_places(rest, short)
            spread = _with_axes(self.array(rest, kept), places) if whole is None else self.array(whole, order)
            return self._signed(coefficients, spread)
        if len(missing) == len(order):
            return self._constant(term, order)
        coefficients, rest = split_scalars(term)
        if len(order) == 2:
            ones = Apply("ones", (), (("shape", self.shape((missing[0],))),))
            vector = self.array(rest, tuple(letter for letter in order if letter not in missing))
            pair = (ones, vector) if missing[0] == order[0] else (vector, ones)
            return self._signed(coefficients, Apply("outer", pair))
        ones = Apply("ones", (), (("shape", self.shape(order)),))
        return self._signed(coefficients, times([self.lift(rest, order), ones]))

    def _constant(self, term: Term, order: Order) -> Term:
        shape = (("shape", self.shape(order)),)
        ones = Apply("ones", (), shape)
        if isinstance(term, Number):
            if term.value in (0, 1):
                return ones if term.value == 1 else Apply("zeros", (), shape)
            return Apply("full", (term,), shape)
        coefficients, rest = split_scalars(term)
        return self._signed([*coefficients, rest], ones)

    def _signed(self, coefficients: list[Term], term: Term) -> Term:
        """``term`` times lifted scalars; a minus among them goes to the front."""
        lifted = [self.lift(part, ()) for part in coefficients if part != ONE]
        minus = [part for part in lifted if part == integer(-1)]
        body = scaled([part for part in lifted if part != integer(-1)], term)
        return negated(body, self.chains.kept) if len(minus) % 2 else body

    # --- elementwise terms -------------------------------------------------------------------------------

    def lift(self, term: Term, order: Order) -> Term:
        """A tensor that broadcasts to ``order`` and whose entry there is ``term``."""
        if isinstance(term, Entry):
            return self._entry(term.base, term.indices, order)
        if isinstance(term, (Index, Summation)) or (isinstance(term, Apply) and term.op == "delta"):
            raise NoForm("a running index is no tensor")
        if not isinstance(term, Apply):
            return term
        if term.op == "mul":
            return self._product(list(term.args), order)
        if term.op == "div":
            vectors = self._of_vectors(term, order) if len(order) == 2 else None
            if vectors is not None:
                return vectors
            over = _coefficient_first(term)
            if over is not None:
                return self._product(over, order)
        if term in self.kept and len(order) == 2 and _own_order(term, self.kept[term]) == order[::-1]:
            return self.chains.transposed(self.lift(term, order[::-1]))
        args = [self.lift(arg, order) for arg in term.args]
        if term.op == "add" and len(order) == 2:
            for k in range(len(args) - 1):
                if args[k] == Apply("transpose", (args[k + 1],)):
                    args[k], args[k + 1] = args[k + 1], args[k]
        return Apply(term.op, tuple(args), term.params)

    def _product(self, args: list[Term], order: Order) -> Term:
        if len(order) == 2:
            vectors = self._of_vectors(Apply("mul", tuple(args)), order)
            if vectors is not None:
                return vectors
        scalars = [self.lift(arg, ()) for arg in args if not letters(arg)]
        if not order:
            products = [part for part in scalars if _is_matmul(part)]
            return scaled([part for part in scalars if not _is_matmul(part)], times(products))
        whole = times([self.lift(arg, order) for arg in args if letters(arg)])
        if len(order) == 2:
            self._note_scaled(whole, args, order)
        return scaled(scalars, whole)

    def _note_scaled(self, whole: Term, args: list[Term], order: Order) -> None:
        """Remember a matrix whose columns are scaled by a vector."""
        matrix = [self.lift(arg, order) for arg in args if len(letters(arg)) == 2]
        vector = [self.lift(arg, order[1:]) for arg in args if letters(arg) == {order[1]}]
        if matrix and vector and len(matrix) + len(vector) == sum(bool(letters(arg)) for arg in args):
            self.chains.scaled[whole] = times(matrix), times(vector)

    def _of_vectors(self, term: Term, order: Order) -> Term | None:
        """A product or quotient in which something runs along the rows alone: outer products, scaled rows."""
        scalars, rest = split_scalars(term)
        groups: dict[frozenset[Index], Monomial] = {}
        for base, exponent in Monomial.of(rest).powers.items():
            groups.setdefault(power_letters(base, exponent), Monomial()).powers[base] = exponent
        row, column = (groups.pop(frozenset((letter,)), None) for letter in order)
        if row is None or not (column or groups):
            return None
        front = [self.lift(part, ()) for part in scalars]
        others = times([self.lift(group.term(), order) for group in groups.values()])
        if column is not None:
            ends = (self.lift(row.term(), order[:1]), self.lift(column.term(), order[1:]))
            return scaled(front, times([Apply("outer", ends), others]))
        above, below = _fraction(row)
        spread, divisor = (self._column(part, order) for part in (above, below))
        whole = times([part for part in (spread, others) if part is not None])
        if divisor is not None:
            return scaled(front, Apply("div", (whole, divisor)))
        if spread is None or not any(_adds_axes(part) for part in walk(spread)):
            return scaled(front, whole)
        matrix = product([Apply("diag", (self.lift(above, order[:1]),)), *self.chains.items(others)])
        return scaled(front, min((whole, matrix), key=cost))

    def _column(self, term: Term, order: Order) -> Term | None:
        """A vector along the rows as a matrix with one column; None for the number 1."""
        if term == ONE:
            return None
        return min((self.lift(term, order), _with_axes(self.lift(term, order[:1]), (1,))), key=cost)

    def _entry(self, base: Term, indices: tuple[Term, ...], order: Order) -> Term:
        if any(isinstance(i, Index) and i not in order for i in indices):
            raise NoForm("a letter that is not free")
        if len(indices) == 2 and indices[0] == indices[1] and isinstance(indices[0], Index):
            return self._entry(Apply("diagonal", (base,)), indices[:1], order)
        free = [i for i in indices if isinstance(i, Index)]
        if indices and not free and isinstance(base, Apply) and base.param("keepdims"):
            base, indices = squeezed(base, tuple(range(len(indices))), len(indices)), ()
        if len(set(free)) < len(free):
            raise NoForm("a diagonal of a tensor with more axes")
        if _aligned(indices, order):
            return base
        if len(indices) == 2 and _aligned(indices[::-1], order):
            return self.chains.transposed(base)
        if len(free) < len(indices):
            gone = tuple(k for k, i in enumerate(indices) if not isinstance(i, Index))
            if any(indices[k] != ZERO for k in gone):
                raise NoForm("an entry that is not the only one along its axis")
            return self._entry(squeezed(base, gone, len(indices)), tuple(free), order)
        turned = tuple(sorted(free, key=order.index))
        if turned != tuple(free):
            if len(free) == 2:
                base = self.chains.transposed(base)
            else:
                base = Apply("transpose", (base,), (("axes", tuple(free.index(i) for i in turned)),))
        first = order.index(turned[0])
        places = tuple(k for k, letter in enumerate(order[first:]) if letter not in turned)
        return _with_axes(base, places) if places else base


def _at_places(term: Term, short: list[Index]) -> Entry | None:
    """The entry of one tensor with ``short`` letters along just its axes of length 1, which stood at 0."""
    if not isinstance(term, Entry) or sum(isinstance(i, Number) for i in term.indices) != len(short):
        return None
    rest = iter(short)
    return Entry(term.base, tuple(next(rest) if isinstance(i, Number) else i for i in term.indices))


def _is_bracketed_transpose(term: Term) -> bool:
    return isinstance(term, Apply) and term.op == "transpose" and precedence(term.args[0]) < ATOM


def _own_order(total: Term, begins_with_transpose: bool) -> Order | None:
    """The letters of a sum in the order in which it was written, by its first matrix."""
    for part in walk(total):
        if isinstance(part, Entry) and len(part.indices) == len(letters(part)) == 2:
            order = tuple(index for index in part.indices if isinstance(index, Index))
            return order[::-1] if begins_with_transpose else order
    return None


def _fraction(whole: Monomial) -> tuple[Term, Term]:
    """What stands above and below the bar."""
    above, below = Monomial(), Monomial()
    for base, exponent in whole.powers.items():
        negative = isinstance(exponent, Number) and exponent.value < 0
        (below if negative else above).powers[base] = neg(exponent) if negative else exponent
    return above.term(), below.term()


def _columns(term: Term) -> int:
    """How many tensors are given axes of length 1."""
    return sum(_adds_axes(part) or _keeps_axes(part) for part in walk(term))


def _adds_axes(part: Term) -> bool:
    return isinstance(part, Apply) and part.op == "expand_dims"


def _keeps_axes(part: Term) -> bool:
    return isinstance(part, Apply) and bool(part.param("keepdims"))


def _aligned(indices: tuple[Term, ...], order: Order) -> bool:
    """Whether a tensor read at ``indices`` broadcasts along ``order`` as it lies."""
    if len(indices) > len(order):
        return False
    last = order[len(order) - len(indices) :]
    return all(i == letter or isinstance(i, Number) for i, letter in zip(indices, last, strict=True))


def squeezed(base: Term, axes: tuple[int, ...], rank: int) -> Apply:
    """``base`` without its ``axes``, which have length 1; a fold that kept them just drops them."""
    if isinstance(base, Apply) and base.param("keepdims"):
        folded = base.param("axis", tuple(range(rank)))
        if {k % rank for k in folded} == set(axes):
            return Apply(base.op, base.args, tuple(p for p in base.params if p[0] != "keepdims"))
    return Apply("sum", (base,), (("axis", axes),))


def _with_axes(term: Term, places: tuple[int, ...]) -> Term:
    """``term`` with axes of length 1 at ``places``; a sum keeps those that it sums over."""
    if isinstance(term, Apply) and term.op == "sum" and term.param("axis") == places:
        return Apply("sum", term.args, (("axis", places), ("keepdims", True)))
    return Apply("expand_dims", (term,), (("axis", places),))


def _coefficient_first(term: Apply) -> list[Term] | None:
    """The factors of 3*(a - b)*y/n, where n is a plain name, with 3/n first; None for other quotients."""
    top, bottom = term.args
    if not all(isinstance(part, (Symbol, Number, Length)) for part in _factors(bottom)):
        return None
    first, *rest = _factors(top)
    if not isinstance(first, Number) or not any(letters(part) or _is_sum(part) for part in rest):
        return None
    return [Apply("div", (first, bottom)), *rest]


def _is_sum(term: Term) -> bool:
    return isinstance(term, Apply) and term.op == "add"


def _is_matmul(term: Term) -> bool:
    return isinstance(term, Apply) and term.op == "matmul"


def times(parts: list[Term]) -> Term:
    """The elementwise product of tensors, a matrix product first, so that it needs no brackets."""
    flat: list[Term] = []
    for part in parts:
        if part == ONE:
            continue
        flat += part.args if isinstance(part, Apply) and part.op == "mul" else (part,)
    if not flat:
        return ONE
    flat.sort(key=lambda part: not _is_matmul(part))
    return flat[0] if len(flat) == 1 else Apply("mul", tuple(flat))


def split_scalars(term: Term) -> tuple[list[Term], Term]:
    """The factors of a product that have no letters, numbers first, and the product of the others."""
    whole = Monomial.of(term)
    scalars, rest = Monomial(whole.coefficient, whole.decimal), Monomial()
    for base, exponent in whole.powers.items():
        (rest if power_letters(base, exponent) else scalars).powers[base] = exponent
    front = scalars.term()
    if isinstance(front, Apply) and front.op == "neg":
        return [integer(-1), *_factors(front.args[0])], rest.term()
    return ([] if front == ONE else _factors(front)), rest.term()


def _factors(term: Term) -> list[Term]:
    return list(term.args) if isinstance(term, Apply) and term.op == "mul" else [term]
