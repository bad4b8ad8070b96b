"""Exact numbers in digits."""

from __future__ import annotations

from fractions import Fraction

from chainrule.terms import Number

# Python refuses to spell integers of more than 4300 digits at once.
_CHUNK = 4000
_LIMIT = 10**_CHUNK
_LOWEST, _HIGHEST = -4, 16


def digits(value: int) -> str:
    """The decimal digits of a whole number of any size."""
    if value < 0:
        return "-" + digits(-value)
    parts = []
    while value >= _LIMIT:
        value, low = divmod(value, _LIMIT)
        parts.append(str(low).zfill(_CHUNK))
    return str(value) + "".join(reversed(parts))


def decimal(value: Fraction) -> str | None:
    """The finite decimal expansion of ``value`` (``0.1``, ``2.0``, ``1.5e-8``), or None if it has none."""
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return None
    places = max(twos, fives)
    sign = "-" if value < 0 else ""
    whole = digits(abs(value.numerator) * 10**places // value.denominator)
    exponent = len(whole) - places - 1
    if value and not _LOWEST <= exponent < _HIGHEST:
        significant = whole.rstrip("0")
        point = "." if len(significant) > 1 else ""
        return f"{sign}{significant[0]}{point}{significant[1:]}e{exponent}"
    whole = whole.zfill(places + 1)
    before, after = whole[: len(whole) - places], whole[len(whole) - places :]
    return f"{sign}{before}.{after or '0'}"


def spelled(number: Number) -> str:
    """A number as the language writes it: ``3``, ``-3/2``, ``0.1``."""
    if number.decimal:
        found = decimal(number.value)
        if found is not None:
            return found
    top, bottom = number.value.numerator, number.value.denominator
    return digits(top) if bottom == 1 else f"{digits(top)}/{digits(bottom)}"


def is_fraction(number: Number) -> bool:
    """Whether :func:`spelled` writes a quotient."""
    if number.value.denominator == 1:
        return False
    return not (number.decimal and decimal(number.value) is not None)
