"""Matrix products as chains: lists of matrices read from left to right, a vector at either end.

A chain that ends in a vector is kept as matrix times vector, so that its free index is the left one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from chainrule.algebra import is_scalar_coefficient, neg
from chainrule.calculus.cost import cost
from chainrule.calculus.scalars import is_negative
from chainrule.calculus.signs import turned
from chainrule.terms import ONE, Apply, Number, Term

# How many of an operation's arguments (from the first) pass a sign through.
_LINEAR = {
    "matmul": 2, "mul": 99, "outer": 2, "kron": 2, "sum": 1, "diag": 1, "trace": 1, "transpose": 1, "div": 1,
}  # fmt: skip


class Chains:
    """Builds and takes apart matrix products.

    symmetric: tensors that are their own transpose. square: matrices with as many rows as columns. scalars:
    what has no axes. scaled: matrices with their columns scaled by a vector, and the two. ``kept``
    gathers sums that are to stay as they are. Batched products are told to :meth:`batched` and stay
    whole.
    """

    def __init__(
        self,
        symmetric: Collection[Term] = (),
        square: Collection[Term] = (),
        scalars: Collection[Term] = (),
        scaled: dict[Term, tuple[Term, Term]] | None = None,
    ) -> None:
        self.symmetric = frozenset(symmetric)
        self.square = frozenset(square)
        self.scalars = frozenset(scalars)
        self.kept: set[Term] = set()
        self.scaled = {} if scaled is None else scaled
        self._whole: set[Term] = set()
        self._opposites: dict[Term, Term] = {}

    def batched(self, left: Term, right: Term) -> Term:
        """A product over leading axes, which no one takes apart."""
        product = Apply("matmul", (left, right))
        self._whole.add(product)
        return product

    def opposite(self, term: Term, transposed: Term) -> None:
        """Remember how the transpose of ``term`` is best written."""
        self._opposites[term] = transposed
        self._opposites[transposed] = term

    def items(self, term: Term) -> list[Term]:
        """The factors of a matrix product, or the term alone."""
        if isinstance(term, Apply) and term.op == "matmul" and term not in self._whole:
            return self.items(term.args[0]) + self.items(term.args[1])
        return [term]

    def is_symmetric(self, term: Term) -> bool:
        """Whether a matrix is its own transpose by the way it is made: Xᵀ S X, A + Aᵀ, an inverse of one."""
        if term in self.symmetric:
            return True
        if not isinstance(term, Apply) or term in self._whole:
            return False
        if term.op in ("inv", "neg", "transpose") and not term.params:
            return self.is_symmetric(term.args[0])
        if term.op == "kron":
            return all(map(self.is_symmetric, term.args))
        if term.op == "add":
            return Counter(map(self.transposed, term.args)) == Counter(term.args)
        if term.op == "diag":
            return True
        if term.op == "mul":
            return all(
                is_scalar_coefficient(arg) or arg in self.scalars or self.is_symmetric(arg)
                for arg in term.args
            )
        if term.op == "matmul":
            items = self.items(term)
            return self._is_mirrored(items)
        return term.op == "eye" and len(term.param("shape")) == 1

    def _is_mirrored(self, items: Sequence[Term]) -> bool:
        """Whether a product reads the same backwards, the factor in its middle too; A*x is A diag(x)."""
        if len(items) == 2 and items[0] in self.scaled:
            matrix, vector = self.scaled[items[0]]
            items = [matrix, Apply("diag", (vector,)), items[1]]
        half, odd = divmod(len(items), 2)
        pairs = zip(items[:half], items[::-1], strict=False)
        return (not odd or self.is_symmetric(items[half])) and all(a == self.transposed(b) for a, b in pairs)

    def is_square(self, term: Term) -> bool:
        """Whether a matrix is known to have as many rows as columns."""
        if term in self.square or term in self.symmetric:
            return True
        if not isinstance(term, Apply) or term in self._whole:
            return False
        if term.op in ("inv", "eigh_vectors"):
            return True
        if term.op in ("neg", "transpose", "add", "matmul") and not term.params:
            return all(map(self.is_square, term.args))
        return term.op == "eye" and len(term.param("shape")) == 1

    def transposed(self, term: Term) -> Term:
        """The transpose of a matrix."""
        if self.is_symmetric(term):
            return term
        if term in self._opposites:
            return self._opposites[term]
        if isinstance(term, Apply):
            if term.op == "transpose" and not term.params:
                return term.args[0]
            if term.op == "matmul" and term not in self._whole:
                return product(self.reversed(self.items(term)))
            if term.op == "outer":
                return Apply("outer", (term.args[1], term.args[0]))
            if term.op == "diag" or (term.op == "eye" and len(term.param("shape")) == 1):
                return term
        return Apply("transpose", (term,))

    def reversed(self, items: Sequence[Term], vectors: Sequence[Term] = ()) -> list[Term]:
        """The chain read from right to left; items of ``vectors`` are no matrices."""
        return [item if item in vectors else self.transposed(item) for item in items[::-1]]

    def read(self, term: Term, rank: int, inwards: bool) -> list[Term]:
        """The items of a vector's or a matrix's chain; a vector's from its free index inwards or outwards."""
        items = self.items(term)
        if rank == 1 and not inwards:
            return [items[-1], *(self.transposed(item) for item in items[-2::-1])]
        return items

    def scalar(self, items: Sequence[Term]) -> Term:
        """A product that begins and ends with a vector, in its cheaper direction."""
        first, last = items[0], items[-1]
        turned = [last, *(self.transposed(item) for item in items[-2:0:-1]), first]
        return min((product(items), product(turned)), key=cost)

    def trace(self, items: Sequence[Term]) -> Term:
        """The trace of a product, in its cheapest rotation and direction; an inverse leads where it can."""
        options: list[Term] = []
        for ring in (list(items), self.reversed(items)):
            options += [product(ring[k:] + ring[:k]) for k in range(len(ring))]
        return Apply("trace", (min(options, key=lambda term: (cost(term), not self._led_by_inverse(term))),))

    def _led_by_inverse(self, term: Term) -> bool:
        first = self.items(term)[0]
        return isinstance(first, Apply) and first.op == "inv"


def product(items: Sequence[Term]) -> Term:
    """The matrix product of the items, from left to right."""
    out = items[0]
    for item in items[1:]:
        out = Apply("matmul", (out, item))
    return out


def scaled(coefficients: Sequence[Term], term: Term) -> Term:
    """``term`` times scalars, which are written first: 2/n*X.T@r."""
    if not coefficients:
        return term
    if isinstance(term, Apply) and term.op == "outer":
        quotients = [part for part in coefficients if _is_quotient(part)]
        if len(quotients) == 1 and isinstance(quotients[0], Apply):
            above, below = quotients[0].args
            rest = [above, *(part for part in coefficients if part not in quotients)]
            return Apply("div", (scaled([part for part in rest if part != ONE], term), below))
    if isinstance(term, Apply) and term.op in ("div", "neg"):
        return term.with_children((scaled(coefficients, term.args[0]), *term.args[1:]))
    if isinstance(term, Apply) and term.op == "matmul" and all(map(is_scalar_coefficient, coefficients)):
        left, right = term.args
        if isinstance(left, Apply) and left.op != "matmul":
            return Apply("matmul", (Apply("mul", (*coefficients, left)), right))
        return Apply("matmul", (scaled(coefficients, left), right))
    if term == ONE:
        return coefficients[0] if len(coefficients) == 1 else Apply("mul", tuple(coefficients))
    factors = term.args if isinstance(term, Apply) and term.op == "mul" else (term,)
    return Apply("mul", (*coefficients, *factors))


def _is_quotient(coefficient: Term) -> bool:
    """Whether something is divided by that is more than numbers and lengths."""
    return (
        isinstance(coefficient, Apply)
        and coefficient.op == "div"
        and not is_scalar_coefficient(coefficient.args[1])
    )


def negated(term: Term, kept: Collection[Term] = ()) -> Term:
    """Minus ``term``: with a difference in it turned, or the sign at the first factor: (b - a)@x, -A@x.

    The sums ``kept`` stay as they are.
    """
    flipped = _turned(term, kept)
    if flipped is not None:
        return flipped
    if isinstance(term, Apply) and term.op == "matmul":
        return Apply("matmul", (negated(term.args[0], kept), term.args[1]))
    return Apply("neg", (term,))


def _turned(term: Term, kept: Collection[Term]) -> Term | None:
    """Minus ``term`` by turning one difference in it, or None where it has none."""
    if not isinstance(term, Apply) or term in kept:
        return None
    if term.op == "add":
        opposite = turned(neg(term))
        is_plain = not isinstance(term.args[0], Number) and any(map(is_negative, term.args))
        return opposite if is_plain and isinstance(opposite, Apply) and opposite.op == "add" else None
    if term.op in _LINEAR:
        for k, arg in enumerate(term.args[: _LINEAR[term.op]]):
            flipped = _turned(arg, kept)
            if flipped is not None:
                return term.with_children((*term.args[:k], flipped, *term.args[k + 1 :]))
    return None
