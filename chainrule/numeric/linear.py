"""Linear algebra over the entries of any arithmetic: the reference meaning of the matrix operations.

A matrix is a list of rows. Elimination serves every arithmetic, fractions and dual numbers too; what goes
on until nothing changes (eigenvalues, singular values, the exponential) needs floats or many digits. What a
matrix without an inverse would give is undefined.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from chainrule.numeric.entries import INDEFINITE, RANK, SINGULAR, NotRational, Undefined

Rows = list[list[Any]]


class Numbers(Protocol):
    """What linear algebra asks of an arithmetic. ``rounding`` is its relative error, 0 where it is exact."""

    @property
    def rounding(self) -> Any:
        """The relative error of one operation."""

    def number(self, value: Any) -> Any:
        """The entry of a rational number."""

    def loaded(self, entry: Any) -> Any:
        """An entry of this arithmetic from a neutral one."""

    def kept(self, entry: Any) -> Any:
        """An entry that goes into a tensor."""

    def divide(self, a: Any, b: Any) -> Any:
        """a/b, or an undefined entry."""

    def comparison(self, op: str) -> Callable[[Any, Any], Any]:
        """A comparison: True, False, or an undefined entry."""

    def function(self, op: str) -> Callable[..., Any] | None:
        """A pointwise function that the arithmetic knows itself."""


class Matrices:
    """The matrix operations over one arithmetic."""

    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers
        self.zero, self.one = numbers.number(0), numbers.number(1)
        self._greater = numbers.comparison("gt")

    # --- entries -----------------------------------------------------------------------------------------

    def greater(self, a: Any, b: Any) -> bool:
        """Whether a > b; no where either is undefined."""
        return self._greater(a, b) is True

    def magnitude(self, a: Any) -> Any:
        """The absolute value."""
        return -a if self.greater(self.zero, a) else a

    def root(self, a: Any) -> Any:
        """The square root.

        Raises:
            NotRational: it is no fraction, or the arithmetic has no roots.
        """
        function = self.numbers.function("sqrt")
        if function is None:
            raise NotRational("sqrt")
        return function(a)

    def require_rounding(self) -> None:
        """Give up where an iteration would never end: in exact arithmetics.

        Raises:
            NotRational: the arithmetic is exact.
        """
        if not self.numbers.rounding:
            raise NotRational

    def negligible(self, a: Any, beside: Any, size: int) -> bool:
        """Whether ``a`` is nothing but rounding beside a number that went into it."""
        return not self.greater(self.magnitude(a), size * self.numbers.rounding * beside)

    # --- products ------------------------------------------------------------------------------------------

    def total(self, entries: Sequence[Any]) -> Any:
        """Σ of the entries."""
        out = self.zero
        for entry in entries:
            out = self.numbers.kept(out + entry)
        return out

    def product(self, a: Rows, b: Rows) -> Rows:
        """A b."""
        columns = turned(b)
        return [[self.total([x * y for x, y in zip(row, c, strict=True)]) for c in columns] for row in a]

    def scaled(self, factor: Any, a: Rows) -> Rows:
        """Each entry times a number."""
        return [[self.numbers.kept(factor * entry) for entry in row] for row in a]

    def sum(self, a: Rows, b: Rows) -> Rows:
        """A + b."""
        return [[x + y for x, y in zip(left, right, strict=True)] for left, right in zip(a, b, strict=True)]

    def identity(self, size: int) -> Rows:
        """The identity matrix."""
        return [[self.one if i == j else self.zero for j in range(size)] for i in range(size)]

    def symmetrised(self, a: Rows) -> Rows:
        """(A + Aᵀ)/2."""
        two = self.numbers.number(2)
        return [[self.numbers.divide(entry, two) for entry in row] for row in self.sum(a, turned(a))]

    # --- elimination ---------------------------------------------------------------------------------------

    def eliminated(self, a: Rows, b: Rows) -> tuple[Any, Rows | None]:
        """Det A, and the X with A X = B, by Gauss and Jordan; no X where A is singular.

        What is 0 but for rounding counts as 0.
        """
        size = len(a)
        rows = [[*left, *right] for left, right in zip(a, b, strict=True)]
        largest = [self._largest([row[k] for row in a]) for k in range(size)]
        det, singular = self.one, False
        for k in range(size):
            best = k
            for i in range(k + 1, size):
                if self.greater(self.magnitude(rows[i][k]), self.magnitude(rows[best][k])):
                    best = i
            if best != k:
                rows[k], rows[best] = rows[best], rows[k]
                det = -det
            pivot = rows[k][k]
            det = self.numbers.kept(det * pivot)
            singular = singular or self.negligible(pivot, largest[k], size)
            if not self.greater(self.magnitude(pivot), self.zero):
                return self._det_without_division(a), None
            rows[k] = [self.numbers.kept(self.numbers.divide(entry, pivot)) for entry in rows[k]]
            for i in range(size):
                if i != k:
                    factor = -rows[i][k]
                    pairs = zip(rows[i], rows[k], strict=True)
                    rows[i] = [self.numbers.kept(x + factor * y) for x, y in pairs]
        if singular:
            return self.zero, None
        return det, [row[size:] for row in rows]

    def _det_without_division(self, a: Rows) -> Any:
        """Det A by Faddeev and LeVerrier: of a singular matrix of dual numbers, it still has the slope."""
        if not self.numbers.rounding:
            power, coefficient = self.identity(len(a)), self.one
            for k in range(1, len(a) + 1):
                step = self.product(a, power)
                trace = self.total([step[i][i] for i in range(len(a))])
                coefficient = self.numbers.divide(-trace, self.numbers.number(k))
                power = self.sum(step, self.scaled(coefficient, self.identity(len(a))))
            return -coefficient if len(a) % 2 else coefficient
        return self.zero

    def _largest(self, entries: Sequence[Any]) -> Any:
        out = self.zero
        for entry in entries:
            size = self.magnitude(entry)
            out = size if self.greater(size, out) else out
        return out

    def det(self, a: Rows) -> Any:
        """The determinant."""
        return self.eliminated(a, [[] for _ in a])[0]

    def inv(self, a: Rows) -> Rows:
        """The inverse, undefined for a singular matrix."""
        _, found = self.eliminated(a, self.identity(len(a)))
        return filled_with(SINGULAR, len(a), len(a)) if found is None else found

    def cofactors(self, a: Rows) -> Rows:
        """(det A)(A⁻¹)ᵀ, which is polynomial in A: of a singular matrix, the signed minors."""
        det, found = self.eliminated(a, self.identity(len(a)))
        if found is not None:
            return self.scaled(det, turned(found))
        return [[self._signed_minor(a, i, j) for j in range(len(a))] for i in range(len(a))]

    def _signed_minor(self, a: Rows, i: int, j: int) -> Any:
        minor = self.det([[*row[:j], *row[j + 1 :]] for row in (*a[:i], *a[i + 1 :])])
        return -minor if (i + j) % 2 else minor

    def pinv(self, a: Rows) -> Rows:
        """(AᵀA)⁻¹Aᵀ or Aᵀ(AAᵀ)⁻¹, undefined where the rank is not full."""
        b = turned(a)
        tall = len(a) >= len(b)
        inner = self.inv(self.product(b, a) if tall else self.product(a, b))
        if isinstance(inner[0][0], Undefined):
            return filled_with(RANK, len(b), len(a))
        return self.product(inner, b) if tall else self.product(b, inner)

    def cholesky(self, a: Rows) -> Rows:
        """The lower triangular L with L Lᵀ = (A + Aᵀ)/2, undefined unless that is positive definite."""
        a, size = self.symmetrised(a), len(a)
        out = [[self.zero] * size for _ in a]
        for j in range(size):
            rest = a[j][j] + -self.total([out[j][k] * out[j][k] for k in range(j)])
            if not self.greater(rest, self.zero):
                return filled_with(INDEFINITE, size, size)
            out[j][j] = self.root(rest)
            for i in range(j + 1, size):
                below = a[i][j] + -self.total([out[i][k] * out[j][k] for k in range(j)])
                out[i][j] = self.numbers.kept(self.numbers.divide(below, out[j][j]))
        return out


def turned(a: Rows) -> Rows:
    """The transpose."""
    return [list(column) for column in zip(*a, strict=True)]


def filled_with(entry: Any, rows: int, columns: int) -> Rows:
    """The matrix whose every entry is ``entry``."""
    return [[entry] * columns for _ in range(rows)]
