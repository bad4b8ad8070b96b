"""What stands between the brackets of a call, for every notation: arguments, keywords, subscripts."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from chainrule.notation.numerals import decimal, digits, spelled
from chainrule.ops import TABLE
from chainrule.ops.table import Signature
from chainrule.terms import Apply, Number, Term

_NO_SIGNATURE = Signature("", ())

# Keywords whose values are lengths: their words are names of lengths, not quoted ones.
_LENGTHS = frozenset({"shape", "dims", "num_classes"})


def arguments(term: Apply) -> tuple[list[Term], list[tuple[str, Term]], list[tuple[str, str]]]:
    """The operands by place, the operands by keyword, and the literal keywords with their text.

    What equals its default in the op table is left out.
    """
    op = TABLE.get(term.op)
    signature = op.signature if op is not None else _NO_SIGNATURE
    defaults = dict(signature.defaults)
    names = signature.parameters if len(signature.parameters) >= len(term.args) else ()
    names = names if term.op not in LISTED else ()
    by_place: list[Term] = []
    by_keyword: list[tuple[str, Term]] = []
    for position, argument in enumerate(term.args):
        name = names[position] if position < len(names) else ""
        if position and term.op in SOURCED:
            by_keyword.append(("src", argument))
        elif name not in defaults:
            by_place.append(argument)
        elif not (isinstance(argument, Number) and spelled(argument) == defaults[name]):
            by_keyword.append((name, argument))
    bare = term.op in BARE
    literals = [("" if bare else name, literal(name, value)) for name, value in term.params]
    return by_place, by_keyword, [pair for pair in literals if defaults.get(pair[0]) != pair[1]]


def literal(name: str, value: Any) -> str:
    """The text of a keyword's literal value; an axis that stands alone needs no brackets."""
    if isinstance(value, tuple):
        parts = [literal(name, part) for part in value]
        if name == "axis" and len(parts) == 1:
            return parts[0]
        return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"
    if isinstance(value, str) and name not in _LENGTHS:
        shown = "".join(sign if sign.isprintable() else "?" for sign in value)
        return f"'{shown}'" if '"' in shown else f'"{shown}"'
    if isinstance(value, Fraction):
        return decimal(value) or f"{digits(value.numerator)}/{digits(value.denominator)}"
    if isinstance(value, int) and not isinstance(value, bool):
        return digits(value)
    return str(value)


SOURCED = frozenset({"index_add", "index_copy", "index_fill", "scatter", "scatter_add"})
"""Operations whose second operand stands behind their literals: ``scatter(x, src=s, axis=0, index=…)``."""

BARE = frozenset({"one_hot"})
"""Operations whose literals are written by place, in the order of their names: ``one_hot((2, 0), 3)``."""

LISTED = frozenset({"block_diag", "concatenate", "stack"})
"""Operations whose operands are written as one list."""


def listed(op: str, operands: list[str]) -> list[str]:
    """The written operands by place; in brackets where an operation takes a list of them."""
    return [f"[{', '.join(operands)}]"] if op in LISTED else operands


def listing(term: Apply) -> str:
    """Numbers of classes as they are written out: ``[2, 0, 1]``."""
    return _nested(term.param("items"))


def _nested(items: Any) -> str:
    return f"[{', '.join(map(_nested, items))}]" if isinstance(items, tuple) else str(items)


def lengths(term: Apply) -> str:
    """The lengths of a tensor made of nothing: ``2, n`` of ``ones(2, n)``."""
    return ", ".join(str(dim) for dim in term.param("shape", ()))


def subscripts(term: Apply) -> list[str]:
    """What stands in the subscript of ``take`` and of ``expand_dims``: ``0``, ``:``, ``1:3``, ``None``."""
    if term.op == "expand_dims":
        axes = term.param("axis")
        places = axes if isinstance(axes, tuple) else (axes,)
        return ["None" if axis in places else ":" for axis in range(max(places) + 1)]
    shown = [_item(item) for item in term.param("items")]
    while len(shown) > 1 and shown[-1] == ":":
        shown.pop()
    return shown


def _item(item: Any) -> str:
    if not isinstance(item, tuple):
        return str(item)
    if len(item) == 1:
        return str(list(item[0]))
    start, stop, step = ("" if bound is None else str(bound) for bound in item)
    return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"
