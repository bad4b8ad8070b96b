"""Shapes: tuples of lengths, each a whole number or symbolic.

A symbolic length is a name (``n``), or after flattening and joining a sum of products of names in its one
spelling (``m*n``, ``m + n``, ``2*n``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import product

from chainrule.terms import Apply, Length, Term, integer

Dim = int | str
Shape = tuple[Dim, ...]


class ShapeClash(Exception):
    """Two lengths that must agree and do not: ``left`` and ``right``, ``axis`` counted from the last (-1)."""

    def __init__(self, left: Dim, right: Dim, axis: int) -> None:
        super().__init__(f"{left} and {right} differ at axis {axis}")
        self.left, self.right, self.axis = left, right, axis


def broadcast(shapes: Iterable[Shape]) -> Shape:
    """The shape to which ``shapes`` broadcast, by NumPy's rules.

    Raises:
        ShapeClash: two lengths differ and neither is 1.
    """
    out: list[Dim] = []
    for shape in shapes:
        out = [*([1] * (len(shape) - len(out))), *out]
        for back in range(1, len(shape) + 1):
            ours, theirs = out[-back], shape[-back]
            if ours == 1:
                out[-back] = theirs
            elif theirs not in (1, ours):
                raise ShapeClash(ours, theirs, -back)
    return tuple(out)


# --- lengths made of others: m*n after flattening, m + n after joining --------------------------------


def _polynomial(dim: Dim) -> Counter[tuple[str, ...]]:
    """A length as whole coefficients of products of names; a plain number belongs to no names."""
    if isinstance(dim, int):
        return Counter({(): dim})
    out: Counter[tuple[str, ...]] = Counter()
    for addend in dim.split(" + "):
        factors = addend.split("*")
        first = factors[0].isdigit()
        out[tuple(sorted(factors[1:] if first else factors))] += int(factors[0]) if first else 1
    return out


def _spelled(polynomial: Counter[tuple[str, ...]]) -> Dim:
    """The length of a polynomial, in its one spelling."""
    if set(polynomial) <= {()}:
        return polynomial[()]
    ordered = sorted(polynomial, key=lambda names: (-len(names), names))
    addends = []
    for names in ordered:
        count = polynomial[names]
        addends.append("*".join([str(count)] * (count != 1 or not names) + list(names)))
    return " + ".join(addends)


def times(dims: Iterable[Dim]) -> Dim:
    """The product of lengths, as a length."""
    out = _polynomial(1)
    for dim in dims:
        factor = _polynomial(dim)
        product: Counter[tuple[str, ...]] = Counter()
        for a, m in out.items():
            for b, n in factor.items():
                product[tuple(sorted(a + b))] += m * n
        out = product
    return _spelled(out)


def plus(dims: Iterable[Dim]) -> Dim:
    """The sum of lengths, as a length."""
    out: Counter[tuple[str, ...]] = Counter()
    for dim in dims:
        out.update(_polynomial(dim))
    return _spelled(+out)


def minus(a: Dim, b: Dim) -> Dim | None:
    """The length a - b; None where nobody can tell whether that is a length."""
    left, right = _polynomial(a), _polynomial(b)
    out = Counter({names: left[names] - right[names] for names in {*left, *right}})
    return None if min(out.values()) < 0 else _spelled(+out)


def over(a: Dim, b: Dim) -> Dim | None:
    """The length a/b where b is a single product that divides every addend of a; else None."""
    divisor = _polynomial(b)
    if len(divisor) != 1:
        return None
    ((below, count),) = divisor.items()
    out: Counter[tuple[str, ...]] = Counter()
    for names, times_ in _polynomial(a).items():
        left = Counter(names)
        left.subtract(below)
        if times_ % count or min(left.values(), default=0) < 0:
            return None
        out[tuple(sorted(left.elements()))] += times_ // count
    return _spelled(out)


def names_in(dim: Dim) -> tuple[str, ...]:
    """The symbolic lengths that a length is made of."""
    if isinstance(dim, int):
        return ()
    return tuple(dict.fromkeys(name for names in _polynomial(dim) for name in names))


def length_term(dim: Dim) -> Term:
    """A length as a number in expressions."""
    if isinstance(dim, int):
        return integer(dim)
    if dim.isidentifier():
        return Length(dim)
    addends = []
    for addend in dim.split(" + "):
        factors = [integer(int(part)) if part.isdigit() else Length(part) for part in addend.split("*")]
        addends.append(factors[0] if len(factors) == 1 else Apply("mul", tuple(factors)))
    return addends[0] if len(addends) == 1 else Apply("add", tuple(addends))


def size_term(dims: Iterable[Dim]) -> Term:
    """The product of lengths as a term: how many entries run over these axes."""
    whole, factors = 1, []
    for dim in dims:
        if isinstance(dim, int):
            whole *= dim
        else:
            factors.append(length_term(dim))
    parts = [integer(whole), *factors] if whole != 1 or not factors else factors
    return parts[0] if len(parts) == 1 else Apply("mul", tuple(parts))


def bind(shape: Shape, lengths: Mapping[str, int]) -> Shape:
    """``shape`` with the symbolic lengths that ``lengths`` knows replaced."""
    return tuple(dim if isinstance(dim, int) else _bound(dim, lengths) for dim in shape)


def _bound(dim: str, lengths: Mapping[str, int]) -> Dim:
    if dim in lengths:
        return lengths[dim]
    if dim.isidentifier():
        return dim
    return plus(
        times([count, *(lengths.get(name, name) for name in names)])
        for names, count in _polynomial(dim).items()
    )


def solved(known: Mapping[str, int]) -> dict[str, int]:
    """Lengths for the names that occur only in sums and products of known length, the first that fit."""
    names = list(dict.fromkeys(name for dim in known for name in names_in(dim) if name not in known))
    plain = {dim: length for dim, length in known.items() if dim.isidentifier()}
    most = max(known.values(), default=0)
    for choice in product((*range(2, most + 1), 1), repeat=len(names)):
        found = dict(zip(names, choice, strict=True))
        lengths = {**plain, **found}
        if all(_bound(dim, lengths) == length for dim, length in known.items() if dim not in plain):
            return found
    return {}


def show(shape: Shape) -> str:
    """A shape as the language writes it: ``[m, 3]``."""
    return "[" + ", ".join(str(dim) for dim in shape) + "]"


def entries(shape: Iterable[int]) -> int:
    """The number of entries of a concrete shape."""
    count = 1
    for dim in shape:
        count *= dim
    return count
