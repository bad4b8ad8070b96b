"""Numbers for people: exact where that is short, else floats of a few digits; long tensors cut short."""

from __future__ import annotations

from fractions import Fraction

from chainrule.derivation.data import Quantity
from chainrule.document import Figure, Grid, Inline, Math, Relation, Words, outer
from chainrule.language.elaborate import kernel
from chainrule.report.view import View
from chainrule.terms import number

_SHORT = 12
_MOST_ALONG_AN_AXIS = 16
_MOST_IN_A_CELL = 6
_UNDEFINED = Words("undefined")

Cell = Math | Figure | Words


def quantity(value: Quantity, view: View) -> Inline:
    """The value of a tensor or number: exact, and as a float where the exact one is not obvious."""
    if value.shape:
        return (grid(value, view),)
    exact, decimal = _exact(value, 0), _decimal(value, 0, view)
    if decimal is None:
        return (_UNDEFINED,)
    if not _shows_exact(value, view) or exact is None:
        return (decimal,)
    if not view.float or _is_plain(value):
        return (exact,)
    sign = Relation("=") if _terminates(value, view) else Relation("≈")
    return (exact, sign, decimal)


def grid(value: Quantity, view: View) -> Grid:
    """The entries of a tensor; of a long one the first and last along each axis."""
    shown = tuple(outer(range(length), _MOST_ALONG_AN_AXIS) for length in value.shape)
    flat = [0]
    for length, positions in zip(value.shape, shown, strict=True):
        flat = [start * length + k for start in flat for k in positions]
    exactly = _shows_exact(value, view)
    return Grid(value.shape, shown, tuple(_cell(value, place, exactly, view) for place in flat))


def brief(value: Quantity, view: View) -> Inline:
    """A value for the cell of a table: one number where all entries agree, a range where they are many."""
    if not value.shape:
        return quantity(value, View(exact=view.exact, float=not view.exact, digits=view.digits))
    entries = set(value.floats)
    if len(entries) == 1:
        return (_cell(value, 0, _shows_exact(value, view), view),)
    if len(value.floats) <= _MOST_IN_A_CELL:
        return (grid(value, view),)
    known = [entry for entry in entries if entry is not None]
    if not known:
        return (_UNDEFINED,)
    low, high = (Figure(decimal(entry, view.digits)) for entry in (min(known), max(known)))
    missing = (Words(", some undefined"),) if None in entries else ()
    return (Words("from "), low, Words(" to "), high, *missing)


def decimal(value: float, digits: int) -> str:
    """A float in ``digits`` significant digits, without idle zeros: 0.5, 2e-11."""
    text = f"{value:.{digits}g}"
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if e else ("0" if text == "-0" else text)


def rounded(value: float) -> str:
    """A small error in one digit: 2e-11."""
    return decimal(value, 1)


def _cell(value: Quantity, place: int, exactly: bool, view: View) -> Cell:
    found = _decimal(value, place, view)
    if found is None:
        return _UNDEFINED
    return (_exact(value, place) if exactly else None) or found


def _decimal(value: Quantity, place: int, view: View) -> Figure | None:
    entry = value.floats[place]
    return None if entry is None else Figure(decimal(entry, view.digits))


def _exact(value: Quantity, place: int) -> Cell | None:
    """An exact entry: a fraction, or a term where there are roots or π in it."""
    if value.exact is None:
        return None
    text = value.exact[place]
    try:
        return Math(number(Fraction(text)))
    except ValueError:
        return Math(kernel(text, ()))


def _shows_exact(value: Quantity, view: View) -> bool:
    if not view.exact or value.exact is None:
        return False
    return not view.float or max(map(len, value.exact)) <= _SHORT


def _is_plain(value: Quantity) -> bool:
    """Whether the exact number is a short whole number, so that a float says nothing new."""
    text = (value.exact or ("",))[0]
    return text.lstrip("-").isdigit()


def _terminates(value: Quantity, view: View) -> bool:
    """Whether the float as shown is the exact number."""
    entry, text = value.floats[0], (value.exact or ("",))[0]
    if entry is None:
        return False
    try:
        return Fraction(text) == Fraction(decimal(entry, view.digits))
    except ValueError:
        return False
