"""What a reader wants to see of a derivation."""

from __future__ import annotations

from dataclasses import dataclass

DETAILS = ("summary", "factors", "rules")
NOTATIONS = ("index", "matrix", "component", "all")


@dataclass(frozen=True, slots=True)
class View:
    """How much is shown, and in which notation.

    detail: ``summary`` (results), ``factors``, or ``rules`` (each factor's rules line by line).
    notation: ``matrix`` shows a matrix form where there is one, beside the index form.
    exact, float: which numbers; both where that is short. digits: of a float.
    partial: only some factors and gradients were asked for, so nothing else is shown.
    hint: only so many lines of the factors' workings, and what to try next; None for everything.
    """

    detail: str = "factors"
    notation: str = "matrix"
    exact: bool = True
    float: bool = True
    digits: int = 6
    partial: bool = False
    hint: int | None = None
