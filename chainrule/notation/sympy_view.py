"""Terms as SymPy objects, built by SymPy's own constructors."""

from __future__ import annotations

from typing import Any

from chainrule.notation.sympy_text import Assumptions, Construction, Laws, construction
from chainrule.terms import Term


def to_sympy(term: Term, assumptions: Assumptions | None = None, laws: Laws | None = None) -> Any:
    """``term`` as a SymPy expression; SymPy rewrites while it builds.

    The same names and functions as :func:`chainrule.notation.sympy_text.srepr`.
    """
    return _Builder().build(construction(term, assumptions, laws))


class _Builder:
    """Calls the constructors, each shared part once."""

    def __init__(self) -> None:
        import sympy

        self._sympy = sympy
        self._built: dict[int, Any] = {}

    def build(self, part: Construction | str | int) -> Any:
        if not isinstance(part, Construction):
            return part
        found = self._built.get(id(part))
        if found is None:
            found = self._built[id(part)] = self._construct(part)
        return found

    def _construct(self, part: Construction) -> Any:
        head = getattr(self._sympy, part.head) if isinstance(part.head, str) else self.build(part.head)
        if part.arguments is None:
            return head
        return head(*map(self.build, part.arguments), **dict.fromkeys(part.facts, True))
