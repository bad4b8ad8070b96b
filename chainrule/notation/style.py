"""What a printer is told besides the term."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chainrule.notation.names import Name, take_apart
from chainrule.shapes import Shape


@dataclass(frozen=True, slots=True, eq=False)
class Style:
    """The choices of one document. A style is itself alone, so that printers are kept by style.

    ranks: the rank of every variable (0 where it is missing); it decides between a plain product and ⊙.
    symbols: how names are written in LaTeX where that was asked for; validated by whoever asks.
    ascii: plain letters and signs in terminals. shapes: of variables, where they are known: a sum over a part
    of an axis says how far it runs.
    """

    ranks: Mapping[str, int] = field(default_factory=dict)
    symbols: Mapping[str, str] = field(default_factory=dict)
    ascii: bool = False
    shapes: Mapping[str, Shape] = field(default_factory=dict)

    def take_apart(self, name: str) -> Name:
        """The parts of a name; x1 stays one word where the program has an x_1 too."""
        parts = take_apart(name)
        twin = "_".join((parts.base, *parts.subscripts))
        is_taken = not parts.accent and twin != name and twin in self.ranks
        return Name(name) if is_taken else parts
