"""Operations that textbooks write with a sign of their own rather than by name.

``{0}`` stands for the argument; one at the edge of the form is bracketed unless it is an atom.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from chainrule.notation.names import GREEK
from chainrule.notation.printer import Piece
from chainrule.ops import TABLE
from chainrule.ops.table import Composite
from chainrule.terms import ATOM, COMPARISON, POWER, SIGN, Apply, Term

LATEX: Mapping[str, str] = {
    "sqrt": r"\sqrt{{0}}",
    "abs": r"\lvert {0} \rvert",
    "norm": r"\lVert {0} \rVert",
    "floor": r"\lfloor {0} \rfloor",
    "ceil": r"\lceil {0} \rceil",
    "inv": "{0}^{-1}",
    "pinv": "{0}^{+}",
}

UNICODE: Mapping[str, str] = {
    "sqrt": "√{0}",
    "abs": "|{0}|",
    "norm": "‖{0}‖",
    "square": "{0}²",
    "cbrt": "∛{0}",
    "floor": "⌊{0}⌋",
    "ceil": "⌈{0}⌉",
    "inv": "{0}⁻¹",
    "pinv": "{0}⁺",
}

ASCII: Mapping[str, str] = {"abs": "|{0}|", "inv": "{0}^-1"}

# Names that TeX has as commands, under the op table's names.
FUNCTIONS: Mapping[str, str] = {
    **{name: f"\\{name}" for name in (
        "sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth",
        "arcsin", "arccos", "arctan", "exp", "log", "det", "max", "min",
    )},
    "asin": r"\arcsin", "acos": r"\arccos", "atan": r"\arctan", "gamma": r"\Gamma",
}  # fmt: skip

SHORT: Mapping[str, str] = {"trace": "tr"}
"""Names that are shortened in mathematics."""

_ARGUMENT = re.compile(r"\{(\d)\}")


def declared(op: str) -> str | None:
    """How the op table says that the name of an operation is typeset."""
    entry = TABLE.get(op)
    return None if entry is None or isinstance(entry, Composite) else entry.latex


def greek(op: str) -> str | None:
    """The Greek letter that stands for an operation: σ for sigmoid."""
    latex = declared(op) or FUNCTIONS.get(op, "")
    return GREEK.get(latex[1:]) if latex[:1] == "\\" else None


def fill(form: str, term: Apply, write: Callable[[Term, int], str]) -> Piece:
    """``form`` with the arguments of ``term`` in their places."""
    exposed = False

    def argument(match: re.Match[str]) -> str:
        nonlocal exposed
        if int(match[1]) >= len(term.args):
            return match[0]  # the {2} of {0}^{2} is LaTeX's own
        edge = match.start() == 0 or match.end() == len(form)
        exposed |= edge
        return write(term.args[int(match[1])], ATOM if edge else COMPARISON)

    text = _ARGUMENT.sub(argument, form)
    if r"\frac" in form:
        return Piece(text, SIGN)
    return Piece(text, POWER if exposed or "^" in form else ATOM)
