"""Shapes: tuples of lengths, each a whole number or symbolic.

A symbolic length is a name (``n``), or after flattening and joining a sum of products of names in its one
spelling (``m*n``, ``m + n``, ``2*n``); slices may take a number away or divide it (``n - 1``, ``ceil(n/2)``).
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


# --- lengths made of others: m*n after flattening, m + n after joining, n - 1 and ceil(n/2) after slicing --


def _split(text: str, sign: str) -> list[str]:
    """``text`` between the signs that stand in no bracket."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if not depth and text.startswith(sign, place):
            parts.append(text[start:place])
            start = place + len(sign)
    return [*parts, text[start:]]


def _polynomial(dim: Dim) -> Counter[tuple[str, ...]]:
    """A length as whole coefficients of products of names; a plain number belongs to no names.

    Rounded quotients such as ``ceil(n/2)`` count as names.
    """
    if isinstance(dim, int):
        return Counter({(): dim})
    out: Counter[tuple[str, ...]] = Counter()
    for positive in _split(dim, " + "):
        for place, addend in enumerate(_split(positive, " - ")):
            factors = _split(addend, "*")
            first = factors[0].isdigit()
            count = int(factors[0]) if first else 1
            out[tuple(sorted(factors[1:] if first else factors))] += -count if place else count
    return out


def _spelled(polynomial: Counter[tuple[str, ...]]) -> Dim:
    """The length of a polynomial, in its one spelling."""
    if set(polynomial) <= {()}:
        return polynomial[()]
    ordered = sorted(polynomial, key=lambda names: (polynomial[names] < 0, -len(names), names))
    text = ""
    for names in ordered:
        count = polynomial[names]
        sign = "" if not text else " - " if count < 0 else " + "
        text += sign + "*".join([str(abs(count))] * (abs(count) != 1 or not names) + list(names))
    return text


def _quotient(name: str) -> tuple[Dim, int] | None:
    """What ``ceil(n/2)`` divides, and by what; None for a plain name."""
    if not name.startswith("ceil("):
        return None
    above, _, below = name[5:-1].rpartition("/")
    return above[1:-1] if above.startswith("(") else above, int(below)


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
    return _spelled(_without_zeros(out))


def _without_zeros(polynomial: Counter[tuple[str, ...]]) -> Counter[tuple[str, ...]]:
    return Counter({names: count for names, count in polynomial.items() if count})


def minus(a: Dim, b: Dim) -> Dim | None:
    """The length a - b; None where nobody can tell whether that is a length.

    A whole number may be taken away from a symbolic length: n - 1 is the length of a slice that fits.
    """
    left, right = _polynomial(a), _polynomial(b)
    out = Counter({names: left[names] - right[names] for names in {*left, *right}})
    symbolic = [count for names, count in out.items() if names and count]
    fits = min(symbolic) > 0 if symbolic else out[()] >= 0
    return _spelled(_without_zeros(out)) if fits else None


def rounded_up(dim: Dim, step: int) -> Dim:
    """How many steps cover a length: dim/step, rounded up."""
    if isinstance(dim, int):
        return -(-dim // step)
    whole = over(dim, step)
    if whole is not None:
        return whole
    plain = len(_polynomial(dim)) == 1 and "*" not in dim
    return f"ceil({dim}/{step})" if plain else f"ceil(({dim})/{step})"


def taken_away(dim: Dim) -> int:
    """The largest whole number that is taken away in a length: 1 in n - 1."""
    polynomial = _polynomial(dim)
    inner = [_quotient(name) for names in polynomial for name in names]
    return max([0, -polynomial[()], *(taken_away(part[0]) for part in inner if part is not None)])


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
    out: dict[str, None] = {}
    for name in (name for names in _polynomial(dim) for name in names):
        quotient = _quotient(name)
        out.update(dict.fromkeys((name,) if quotient is None else names_in(quotient[0])))
    return tuple(out)


def length_term(dim: Dim) -> Term:
    """A length as a number in expressions."""
    if isinstance(dim, int):
        return integer(dim)
    if dim.isidentifier():
        return Length(dim)
    addends = []
    for names, count in sorted(
        _polynomial(dim).items(), key=lambda pair: (pair[1] < 0, -len(pair[0]), pair[0])
    ):
        factors = [_name_term(name) for name in names]
        if count != 1 or not factors:
            factors.insert(0, integer(abs(count) if factors else count))
        product = factors[0] if len(factors) == 1 else Apply("mul", tuple(factors))
        addends.append(Apply("neg", (product,)) if count < 0 and names else product)
    return addends[0] if len(addends) == 1 else Apply("add", tuple(addends))


def _name_term(name: str) -> Term:
    quotient = _quotient(name)
    if quotient is None:
        return Length(name)
    return Apply("ceil", (Apply("div", (length_term(quotient[0]), integer(quotient[1]))),))


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
        times([count, *(_bound_name(name, lengths) for name in names)])
        for names, count in _polynomial(dim).items()
    )


def _bound_name(name: str, lengths: Mapping[str, int]) -> Dim:
    quotient = _quotient(name)
    if quotient is None:
        return lengths.get(name, name)
    (above,) = bind((quotient[0],), lengths)
    return rounded_up(above, quotient[1])


def solved(known: Mapping[str, int]) -> dict[str, int]:
    """Lengths for the names that occur only in sums and products of known length, the first that fit."""
    names = list(dict.fromkeys(name for dim in known for name in names_in(dim) if name not in known))
    plain = {dim: length for dim, length in known.items() if dim.isidentifier()}
    most = max((_furthest(dim, length) for dim, length in known.items()), default=0)
    for choice in product((*range(2, most + 1), 1), repeat=len(names)):
        found = dict(zip(names, choice, strict=True))
        lengths = {**plain, **found}
        if all(_bound(dim, lengths) == length for dim, length in known.items() if dim not in plain):
            return found
    return {}


def _furthest(dim: str, length: int) -> int:
    """The greatest length that a name in ``dim`` can have, where ``dim`` is ``length``."""
    polynomial = _polynomial(dim)
    below = [quotient[1] for names in polynomial for name in names if (quotient := _quotient(name))]
    return (length + taken_away(dim)) * max(below, default=1) + (taken_away(dim) if below else 0)


def show(shape: Shape) -> str:
    """A shape as the language writes it: ``[m, 3]``."""
    return "[" + ", ".join(str(dim) for dim in shape) + "]"


def entries(shape: Iterable[int]) -> int:
    """The number of entries of a concrete shape."""
    count = 1
    for dim in shape:
        count *= dim
    return count
