"""What terminals and LaTeX share: products by juxtaposition, ⊙ between tensors, transposes, derivatives."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from chainrule.notation import calls
from chainrule.notation.printer import Piece, Printer, is_named, is_prefix
from chainrule.notation.ranks import Ranks
from chainrule.notation.style import Style
from chainrule.ops import TABLE
from chainrule.ops.table import Pointwise
from chainrule.shapes import length_term
from chainrule.terms import (
    ATOM,
    ONE,
    POWER,
    PRODUCT,
    SIGN,
    ZERO,
    Apply,
    Entry,
    Index,
    Number,
    Partial,
    Summation,
    Symbol,
    Term,
    integer,
    walk,
)

# What is written as a chain of matrices, outermost products last.
_MATRIX_LIKE = ("matmul", "outer", "dot", "inner")


# Letters that index notation does not use by itself.
_NEVER_INDICES = ("t", "z", "y", "w")


_ENTRYWISE = frozenset({"add", "mul", "div", "neg", "pow"})


def _is_pointwise(op: str) -> bool:
    return isinstance(TABLE.get(op), Pointwise)


class Factor(NamedTuple):
    """A factor and how it is written."""

    term: Term
    text: str


class Typeset(Printer):
    """Mathematics as in a textbook."""

    dot: str
    elementwise: str
    kronecker: str
    between_differentials: str

    def __init__(self, style: Style) -> None:
        super().__init__()
        self.style = style
        self.ranks = Ranks(style.ranks)
        self.forms.update(
            transpose=self.transposed,
            delta=self.delta,
            take=self._picked,
            expand_dims=self.taken,
            listing=lambda term: Piece(calls.listing(term), ATOM),
            outer=self._outer,
            kron=self._kronecker,
            dot=self._inner_product,
            inner=self._inner_product,
            stack=self._stacked,
        )

    # --- what a notation says ---------------------------------------------------------------------------

    @abstractmethod
    def space(self, left: Factor, right: Factor) -> str:
        """What stands between two factors that are written side by side."""

    @abstractmethod
    def raised(self, base: str, exponent: Term) -> str:
        """``base`` with an exponent."""

    @abstractmethod
    def turned(self, base: str, inverse: bool) -> str:
        """The transpose of ``base``, or of its inverse."""

    @abstractmethod
    def subscript(self, indices: Sequence[Term]) -> str:
        """Indices as a subscript."""

    @abstractmethod
    def differential(self, what: str, total: bool, order: int = 1) -> str:
        """∂what, or ∂²what; with an upright d where the derivative is ``total``."""

    @abstractmethod
    def over(self, top: str, bottom: str) -> str:
        """A derivative's name as a quotient."""

    @abstractmethod
    def delta(self, term: Apply) -> Piece:
        """Kronecker's delta."""

    @abstractmethod
    def taken(self, term: Apply) -> Piece:
        """Entries picked by constants."""

    @abstractmethod
    def array(self, rows: Sequence[Sequence[str]], flat: bool) -> str:
        """Numbers in rows, as a matrix; where ``flat``, each row has one and the whole is a vector."""

    # --- products -----------------------------------------------------------------------------------------

    def product(self, term: Apply) -> Piece:
        last = len(term.args) - 1
        factors = []
        for position, factor in enumerate(term.args):
            if position == 0 and isinstance(factor, Number):
                text = self.write(factor)
            elif position == last and position and self._closes(term.args):
                text = self.inner(factor, PRODUCT)
            else:
                text = self.inner(factor, SIGN) if position else self.write(factor, SIGN)
            factors.append(Factor(factor, text))
        return Piece(self._side_by_side(factors), PRODUCT)

    def _closes(self, factors: Sequence[Term]) -> bool:
        """Whether the last factor of a product may go without brackets: A x, Σ_i …, cases."""
        final = factors[-1]
        if isinstance(final, Apply) and final.op in _MATRIX_LIKE:
            return not any(map(self.ranks.is_tensor, factors[:-1]))
        return is_prefix(final)

    def _side_by_side(self, factors: Sequence[Factor]) -> str:
        out = [factors[0].text] if factors else []
        tensor_seen = bool(factors) and self.ranks.is_tensor(factors[0].term)
        for left, right in pairwise(factors):
            if tensor_seen and self.ranks.is_tensor(right.term):
                sign = self.elementwise
            elif (
                right.text[0].isdigit()
                or isinstance(right.term, Number)
                or _touches_derivative(left, right)
                or left.term in (ZERO, ONE)
            ):
                sign = self.dot
            else:
                sign = self.space(left, right)
            tensor_seen = tensor_seen or self.ranks.is_tensor(right.term)
            out += [sign, right.text]
        return "".join(out)

    def matrix_product(self, term: Apply) -> Piece:
        left, right = term.args
        if self.ranks.of(left) == 1 and self.ranks.of(right) == 1:
            return self._inner_product(term)
        first = Factor(left, self.write(left, PRODUCT if self._is_chain(left) else SIGN))
        return self._chained(first, right)

    def _chained(self, left: Factor, right: Term) -> Piece:
        factor = Factor(right, self.inner(right, SIGN))
        return Piece(left.text + self.space(left, factor) + factor.text, PRODUCT)

    def _is_chain(self, term: Term) -> bool:
        """Whether a matrix product goes on from ``term`` without brackets: A B, 2 A."""
        if not isinstance(term, Apply):
            return False
        if term.op == "neg":
            return self._is_chain(term.args[0])
        if term.op == "mul":
            return not any(map(self.ranks.is_tensor, term.args[:-1]))
        return term.op in ("matmul", "outer")

    def _inner_product(self, term: Apply) -> Piece:
        left, right = term.args
        if self.ranks.of(left) != 1 or self.ranks.of(right) != 1:
            return self.operation(term)
        return self._chained(Factor(left, self._row(left)), right)

    def _outer(self, term: Apply) -> Piece:
        left, right = term.args
        if self.ranks.of(left) != 1 or self.ranks.of(right) != 1:
            return self.operation(term)
        first = Factor(left, self.write(left, SIGN))
        row = Factor(right, self.turned(self.write(right, ATOM), inverse=False))
        return Piece(first.text + self.space(first, row) + row.text, PRODUCT)

    def _kronecker(self, term: Apply) -> Piece:
        """A ⊗ B; in products and as a factor of another one it needs its brackets."""
        return Piece(self.kronecker.join(self.inner(part, POWER) for part in term.args), PRODUCT)

    def _row(self, vector: Term) -> str:
        """A vector written as a row: xᵀ, and xᵀ A for x@A."""
        if isinstance(vector, Apply) and vector.op == "matmul" and self.ranks.of(vector.args[0]) == 1:
            left, right = vector.args
            return self._chained(Factor(left, self._row(left)), right).text
        return self.turned(self.write(vector, ATOM), inverse=False)

    def transposed(self, term: Apply) -> Piece:
        """A transpose; any other order of axes is named."""
        operand = term.args[0]
        if term.params:
            return self.operation(term)
        inverse = isinstance(operand, Apply) and operand.op == "inv" and len(operand.args) == 1
        base = operand.children[0] if inverse else operand
        return Piece(self.turned(self.write(base, ATOM), inverse), POWER)

    def _picked(self, term: Apply) -> Piece:
        """An entry picked by a number for each axis, x_0, as in index notation; else as in the program."""
        base, items = term.args[0], term.param("items")
        numbered = all(isinstance(item, int) and item >= 0 for item in items)
        places = tuple(integer(item) for item in items) if numbered else ()
        if places and self.ranks.of(base) == len(places):
            if isinstance(base, Symbol):
                return self.entry(Entry(base, places))
            if isinstance(base, Partial) and len(base.wrt) == 1 and not self.ranks.is_tensor(base.of):
                return self.partial(Partial(base.of, (Entry(base.wrt[0], places),), base.total))
        return self.taken(term)

    def numbered(self, term: Entry) -> str:
        """Indices in brackets, where x_0 would be the name of something else; else as a subscript."""
        if isinstance(term.base, Symbol) and all(isinstance(index, Number) for index in term.indices):
            places = [self.write(index) for index in term.indices]
            if "_".join((term.base.name, *places)) in self.style.ranks:
                return f"[{', '.join(places)}]"
        return self.subscript(term.indices)

    def running(self, term: Summation) -> list[tuple[Term, Term | None]]:
        """The letters of a sum, each with its length unless it runs along an axis of that length."""
        if not self.style.shapes:
            return [(letter, None) for letter in term.indices]
        parts = [part for part in walk(term.body) if isinstance(part, Entry)]
        # How long other axes are is not known here: they are taken to be read as a whole.
        whole = {index for part in parts if not isinstance(part.base, Symbol) for index in part.indices}
        shapes = [
            (part, self.style.shapes.get(part.base.name)) for part in parts if isinstance(part.base, Symbol)
        ]
        axes = [pair for part, shape in shapes if shape for pair in zip(part.indices, shape, strict=False)]
        out: list[tuple[Term, Term | None]] = []
        for letter, length in zip(term.indices, term.lengths, strict=True):
            along = [length_term(dim) == length for index, dim in axes if index == letter]
            said = all(along) if along else letter in whole
            out.append((letter, None if said else length))
        return out

    def others(self, term: Entry) -> tuple[Term, Term, Term] | None:
        """Of an entry of ``prod_others``, Π_{t≠i} x_t: the place i, the letter t and x_t; else None."""
        base = term.base
        if not isinstance(base, Apply) or base.op != "prod_others":
            return None
        axis, rank = base.param("axis"), len(term.indices)
        axes = axis if isinstance(axis, tuple) else (axis,) if isinstance(axis, int) else tuple(range(rank))
        if self.ranks.of(base.args[0]) != rank or len(axes) != 1:
            return None
        place = axes[0] % rank
        letter = next((Index(name) for name in _NEVER_INDICES if name not in self.style.ranks), None)
        if letter is None:
            return None
        indices = (*term.indices[:place], letter, *term.indices[place + 1 :])
        factor = self._entry_at(base.args[0], indices)
        return None if factor is None else (term.indices[place], letter, factor)

    def _entry_at(self, term: Term, indices: tuple[Term, ...]) -> Term | None:
        """The entry of a formula of numbers and of tensors with as many axes; None for any other."""
        if not self.ranks.is_tensor(term):
            return term
        if isinstance(term, Symbol):
            return Entry(term, indices) if self.ranks.of(term) == len(indices) else None
        if not isinstance(term, Apply) or not (term.op in _ENTRYWISE or _is_pointwise(term.op)):
            return None
        parts = [self._entry_at(part, indices) for part in term.args]
        known = [part for part in parts if part is not None]
        return term.with_children(tuple(known)) if len(known) == len(parts) else None

    def _stacked(self, term: Apply) -> Piece:
        """Numbers as a vector, rows of them as a matrix; other tensors by the operation's name."""
        rows = [self._vector(part) for part in term.args]
        if term.params or not rows:
            return self.operation(term)
        if not any(map(self.ranks.is_tensor, term.args)):
            return Piece(self.array([[self.write(part)] for part in term.args], flat=True), ATOM)
        if all(rows) and len(set(map(len, rows))) == 1:
            return Piece(self.array([list(map(self.write, row)) for row in rows], flat=False), ATOM)
        return self.operation(term)

    def _vector(self, term: Term) -> tuple[Term, ...]:
        """The numbers that a term stacks; none where it does anything else."""
        numbers = isinstance(term, Apply) and term.op == "stack" and not term.params
        return term.children if numbers and not any(map(self.ranks.is_tensor, term.children)) else ()

    # --- powers and calls ---------------------------------------------------------------------------------

    def power(self, term: Apply) -> Piece:
        base, exponent = term.args
        return Piece(self.raised(self.write(base, ATOM), exponent), POWER)

    def chain(self, factors: Sequence[Term]) -> str:
        last = len(factors) - 1
        parts = []
        for position, factor in enumerate(factors):
            level = SIGN if is_prefix(factor) and position < last else PRODUCT
            parts.append(self.inner(factor, level) if position else self.write(factor, level))
        return self.dot.join(parts)

    # --- derivatives --------------------------------------------------------------------------------------

    def partial(self, term: Partial) -> Piece:
        counted = Counter(term.wrt)
        below = []
        for variable, times in counted.items():
            text = self.write(variable, ATOM)
            below.append(
                self.differential(self.raised(text, integer(times)) if times > 1 else text, term.total)
            )
        bottom = self.between_differentials.join(below)
        order = len(term.wrt)
        if is_named(term.of):
            top = self.differential(self.write(term.of, ATOM), term.total, order)
            return Piece(self.over(top, bottom), SIGN)
        sign = self.over(self.differential("", term.total, order), bottom)
        return Piece(f"{sign} {self.write(term.of, ATOM)}", PRODUCT)


def _touches_derivative(left: Factor, right: Factor) -> bool:
    """Whether ∂y/∂x stands at either side; it needs a dot to be told from its neighbour."""
    return isinstance(left.term, Partial) or isinstance(right.term, Partial)
