"""What iterations find, in floats and in many digits: eigenvalues, singular values, the exponential."""

from __future__ import annotations

from typing import Any

from chainrule.numeric.entries import RANK
from chainrule.numeric.linear import Matrices, Rows, filled_with, turned

_MOST_SWEEPS = 60


class Spectral(Matrices):
    """The matrix operations that exact arithmetics do not have; there they raise NotRational."""

    # --- rotations -----------------------------------------------------------------------------------------

    def _rotation(self, difference: Any, twice: Any) -> tuple[Any, Any]:
        """Cosine and sine of the angle that makes [[a, b], [b, c]] diagonal, from c - a and 2b."""
        divide = self.numbers.divide
        slope = divide(difference, twice)
        hypotenuse = self.root(slope * slope + self.one)
        tangent = divide(self.one, self.magnitude(slope) + hypotenuse)
        tangent = -tangent if self.greater(self.zero, slope) else tangent
        cosine = divide(self.one, self.root(tangent * tangent + self.one))
        return cosine, tangent * cosine

    def eigh(self, a: Rows) -> tuple[list[Any], Rows]:
        """Eigenvalues of (A + Aᵀ)/2 in increasing order, and unit eigenvectors as columns, by Jacobi."""
        self.require_rounding()
        a, size = self.symmetrised(a), len(a)
        vectors = self.identity(size)  # as rows
        scale = self._largest([entry for row in a for entry in row])
        for _ in range(_MOST_SWEEPS):
            moved = False
            for p in range(size):
                for q in range(p + 1, size):
                    if self.greater(self.magnitude(a[p][q]), self.numbers.rounding * scale / (4 * size)):
                        c, s = self._rotation(a[q][q] - a[p][p], 2 * a[p][q])
                        _rotate(a, p, q, c, s)
                        a = turned(a)
                        _rotate(a, p, q, c, s)
                        _rotate(vectors, p, q, c, s)
                        moved = True
            if not moved:
                break
        order = self._increasing([a[k][k] for k in range(size)])
        return [a[k][k] for k in order], turned([vectors[k] for k in order])

    def _increasing(self, entries: list[Any]) -> list[int]:
        """The places of the entries, the smallest entry's first."""
        return sorted(range(len(entries)), key=entries.__getitem__)

    def svd(self, a: Rows) -> tuple[list[Any], Rows]:
        """Singular values in decreasing order, and right singular vectors as columns, by Hestenes."""
        self.require_rounding()
        if len(a) < len(a[0]):
            values, left = self.svd(turned(a))
            columns = turned(self.product(turned(a), left))
            right = [
                [self.numbers.divide(entry, value) for entry in column]
                for column, value in zip(columns, values, strict=True)
            ]
            return values, turned(right)
        columns, vectors = turned(a), self.identity(len(a[0]))
        for _ in range(_MOST_SWEEPS):
            if not self._made_orthogonal(columns, vectors):
                break
        lengths = [self.root(self._dot(column, column)) for column in columns]
        order = self._increasing(lengths)[::-1]
        return [lengths[k] for k in order], turned([vectors[k] for k in order])

    def _made_orthogonal(self, columns: Rows, vectors: Rows) -> bool:
        """Turn each pair of columns until it is orthogonal; whether there was anything to do."""
        moved = False
        for p in range(len(columns)):
            for q in range(p + 1, len(columns)):
                first, second = (self._dot(columns[k], columns[k]) for k in (p, q))
                between = self._dot(columns[p], columns[q])
                limit = len(vectors) * self.numbers.rounding * self.root(first) * self.root(second)
                if self.greater(self.magnitude(between), limit):
                    c, s = self._rotation(second - first, 2 * between)
                    _rotate(columns, p, q, c, s)
                    _rotate(vectors, p, q, c, s)
                    moved = True
        return moved

    def _dot(self, a: list[Any], b: list[Any]) -> Any:
        return self.total([x * y for x, y in zip(a, b, strict=True)])

    def polar(self, a: Rows) -> Rows:
        """U of A = U H with H positive: X V Σ⁻¹ Vᵀ, undefined where the rank is not full."""
        values, right = self.svd(a)
        if self.negligible(values[-1], values[0], len(values)):
            return filled_with(RANK, len(a), len(a[0]))
        spread = [[self.numbers.divide(x, s) for x, s in zip(row, values, strict=True)] for row in right]
        return self.product(a, self.product(spread, turned(right)))

    def lyapunov(self, h: Rows, c: Rows) -> Rows:
        """The Y in the range of H with H Y + Y H = C, for a symmetric H that is positive there."""
        values, vectors = self.eigh(h)
        inner = self.product(turned(vectors), self.product(c, vectors))
        small = [self.negligible(value, values[-1], 8 * len(h)) for value in values]
        inner = [
            [
                self.zero if small[i] or small[j] else self.numbers.divide(entry, values[i] + values[j])
                for j, entry in enumerate(row)
            ]
            for i, row in enumerate(inner)
        ]
        return self.product(vectors, self.product(inner, turned(vectors)))

    # --- the exponential -----------------------------------------------------------------------------------

    def exp(self, a: Rows) -> Rows:
        """Exp A = (exp A/2ˢ)^(2ˢ), with the small exponential by its series."""
        self.require_rounding()
        size = self._largest([self.total([self.magnitude(entry) for entry in row]) for row in a])
        halvings, scale = 0, self.one
        while self.greater(size * scale, self.numbers.divide(self.one, self.numbers.number(8))):
            scale = self.numbers.divide(scale, self.numbers.number(2))
            halvings += 1
        a = self.scaled(scale, a)
        out = term = self.identity(len(a))
        count = 0
        while self.greater(
            self._largest([entry for row in term for entry in row]), self.numbers.rounding / 4
        ):
            count += 1
            share = self.numbers.divide(self.one, self.numbers.number(count))
            term = self.scaled(share, self.product(term, a))
            out = self.sum(out, term)
        for _ in range(halvings):
            out = self.product(out, out)
        return out

    def exp_along(self, a: Rows, *directions: Rows) -> Rows:
        """The corner of exp [[A, D₁, 0], [0, A, D₂], [0, 0, A]]: a first derivative, or half of a second."""
        size, count = len(a), len(directions) + 1
        whole = filled_with(self.zero, size * count, size * count)
        for k in range(count):
            _put(whole, a, k * size, k * size)
            if k < len(directions):
                _put(whole, directions[k], k * size, (k + 1) * size)
        return [row[-size:] for row in self.exp(whole)[:size]]


def _rotate(rows: Rows, p: int, q: int, c: Any, s: Any) -> None:
    """Turn rows p and q into one another."""
    one, other = rows[p], rows[q]
    rows[p] = [c * x - s * y for x, y in zip(one, other, strict=True)]
    rows[q] = [s * x + c * y for x, y in zip(one, other, strict=True)]


def _put(whole: Rows, part: Rows, top: int, left: int) -> None:
    for k, row in enumerate(part):
        whole[top + k][left : left + len(row)] = row
