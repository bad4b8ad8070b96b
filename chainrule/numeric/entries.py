"""What an entry is when it is no number, and what an arithmetic says when it cannot go on."""

from __future__ import annotations

from typing import Any


class Undefined:
    """The value of an entry that has none; whatever is computed from it is the same object.

    ``reason`` is ``pole``, ``domain``, ``zero times infinity``, ``overflow``; of a matrix ``singular``,
    ``rank`` (not full) or ``indefinite``.
    """

    __slots__ = ("reason",)

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def __repr__(self) -> str:
        return f"Undefined({self.reason!r})"

    def _absorb(self, *_: Any) -> Undefined:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _absorb
    __truediv__ = __rtruediv__ = __pow__ = __rpow__ = __neg__ = _absorb
    __lt__ = __le__ = __gt__ = __ge__ = _absorb


POLE, DOMAIN = Undefined("pole"), Undefined("domain")
SINGULAR, RANK, INDEFINITE = Undefined("singular"), Undefined("rank"), Undefined("indefinite")
OVERFLOW, ZERO_TIMES_INFINITY = Undefined("overflow"), Undefined("zero times infinity")


class Inexact(Exception):
    """The arithmetic cannot hold the result; another one can."""


class NotRational(Inexact):
    """The result is no fraction, as far as this arithmetic can tell."""


class TooBig(Inexact):
    """The result has more digits, or more parts, than anyone would read."""
