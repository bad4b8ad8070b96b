"""How a name is taken apart: x_hat is an accented x, w_1 a w with a subscript, loss_total one word."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

GREEK = {
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ",
    "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π",
    "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
}  # fmt: skip
"""Greek names with their letters."""

ACCENTS = ("hat", "bar", "tilde", "dot")

_NUMBERED = re.compile(r"([A-Za-z]|" + "|".join(GREEK) + r")([0-9]+)\Z")

# The letters of index notation, in the order in which they are taken.
_LETTERS = "ijklmnpqrstuvabc"


@dataclass(frozen=True, slots=True)
class Name:
    """A name taken apart.

    ``base`` is a letter, a Greek name or a whole word; ``accent`` one of ACCENTS or empty; ``subscripts``
    are numbers, letters or words.
    """

    base: str
    accent: str = ""
    subscripts: tuple[str, ...] = ()

    @property
    def is_letter(self) -> bool:
        """Whether the base is one letter, Latin or Greek."""
        return len(self.base) == 1 or self.base in GREEK


@lru_cache(maxsize=4096)
def take_apart(name: str) -> Name:
    """The parts of a name.

    A letter takes any subscripts, a longer word only numbers: ``x_max`` has one, ``loss_total`` has none.
    """
    base, *rest = name.split("_")
    numbered = _NUMBERED.match(base)
    if numbered:
        base, number = numbered.groups()
        rest.insert(0, number)
    accents = [part for part in rest if part in ACCENTS]
    subscripts = tuple(part for part in rest if part not in ACCENTS)
    found = Name(base, accents[0] if accents else "", subscripts)
    legible = base and all(rest) and len(accents) <= 1
    if legible and (found.is_letter or all(part.isdigit() for part in subscripts)):
        return found
    return Name(name)


def index_letters(taken: Collection[str] = ()) -> Iterator[str]:
    """Names for indices without end, i first, none of those that are ``taken``."""
    for letter in _LETTERS:
        if letter not in taken:
            yield letter
    for number in count(1):
        for letter in "ijkl":
            if f"{letter}{number}" not in taken:
                yield f"{letter}{number}"
