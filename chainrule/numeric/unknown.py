"""A concrete stand-in for an abstract function: a random polynomial with exact derivatives of every order."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from math import perm, prod
from random import Random
from typing import Any

DEGREE = 4
_LARGEST = 5


class Unknown:
    """A polynomial in ``arity`` arguments with small whole coefficients, none of them zero.

    Called with the arguments and with how often to differentiate in each. It only adds and multiplies
    whole numbers and what it is given, so it works in every arithmetic, on NumPy arrays too.
    """

    __slots__ = ("arity", "coefficients")

    def __init__(self, name: str, arity: int = 1, seed: int = 0) -> None:
        random = Random(f"{name}/{arity}/{seed}")  # noqa: S311  no secret
        choices = [k for k in range(-_LARGEST, _LARGEST + 1) if k]
        powers = [p for p in product(range(DEGREE + 1), repeat=arity) if sum(p) <= DEGREE]
        self.arity = arity
        self.coefficients: Mapping[tuple[int, ...], int] = {p: random.choice(choices) for p in powers}

    def __call__(self, arguments: tuple[Any, ...], orders: tuple[int, ...]) -> Any:
        powers = [_powers(x) for x in arguments]
        total: Any = arguments[0] * 0
        for exponents, coefficient in self.coefficients.items():
            term: Any = coefficient * prod(perm(e, order) for e, order in zip(exponents, orders, strict=True))
            if term:
                for column, exponent, order in zip(powers, exponents, orders, strict=True):
                    if exponent > order:
                        term = term * column[exponent - order]
                total = total + term
        return total


def _powers(x: Any) -> list[Any]:
    """1, x, x², … up to the degree."""
    out: list[Any] = [1]
    for _ in range(DEGREE):
        out.append(out[-1] * x)
    return out
