"""Shapes: tuples of lengths, each a whole number or the name of a symbolic length."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chainrule.terms import ONE, Apply, Length, Term, integer

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
        out = [1] * (len(shape) - len(out)) + out
        for back in range(1, len(shape) + 1):
            ours, theirs = out[-back], shape[-back]
            if ours == 1:
                out[-back] = theirs
            elif theirs not in (1, ours):
                raise ShapeClash(ours, theirs, -back)
    return tuple(out)


def length_term(dim: Dim) -> Term:
    """A length as a number in expressions."""
    return integer(dim) if isinstance(dim, int) else Length(dim)


def size_term(dims: Iterable[Dim]) -> Term:
    """The product of lengths as a term: how many entries run over these axes."""
    whole, names = 1, []
    for dim in dims:
        if isinstance(dim, int):
            whole *= dim
        else:
            names.append(Length(dim))
    factors: list[Term] = [integer(whole), *names] if whole != 1 or not names else list(names)
    return factors[0] if len(factors) == 1 else (Apply("mul", tuple(factors)) if factors else ONE)


def bind(shape: Shape, lengths: Mapping[str, int]) -> Shape:
    """``shape`` with the symbolic lengths that ``lengths`` knows replaced."""
    return tuple(lengths.get(dim, dim) if isinstance(dim, str) else dim for dim in shape)


def show(shape: Shape) -> str:
    """A shape as the language writes it: ``[m, 3]``."""
    return "[" + ", ".join(str(dim) for dim in shape) + "]"


def entries(shape: Iterable[int]) -> int:
    """The number of entries of a concrete shape."""
    count = 1
    for dim in shape:
        count *= dim
    return count
