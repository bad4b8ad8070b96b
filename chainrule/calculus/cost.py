"""How costly a form is to read: the characters of its text, and a surcharge for what readers stumble over."""

from __future__ import annotations

from functools import lru_cache

from chainrule.algebra import is_scalar_coefficient
from chainrule.notation.calls import subscripts
from chainrule.terms import (
    ATOM,
    COMPARISONS,
    POWER,
    PRODUCT,
    SIGN,
    SUM,
    Apply,
    Constant,
    Entry,
    Index,
    Length,
    Number,
    Partial,
    Summation,
    Symbol,
    Term,
    precedence,
    walk,
)

_SURCHARGES = {"transpose": 1, "expand_dims": 3, "diag": 5, "diagonal": 20, "einsum": 100}
BRACKET_TRANSPOSED, COMPOSED_COLUMN, LEADING_MINUS = 2, 5, 2
_SHAPED = frozenset({"ones", "zeros", "eye", "full"})


def cost(term: Term) -> int:
    """The price of a form: its width, and surcharges for transposes, diagonals, einsums, a leading minus."""
    return width(term) + _surcharge(term) + (LEADING_MINUS if _leads_with_minus(term) else 0)


def occurrences(term: Term) -> int:
    """How many leaves the form has that are not numbers: names and lengths, as often as they occur."""
    if isinstance(term, Entry):
        return occurrences(term.base)
    if not term.children:
        return 0 if isinstance(term, Number) else 1
    return sum(occurrences(child) for child in term.children)


@lru_cache(maxsize=1 << 14)
def _surcharge(term: Term) -> int:
    price = 0
    for part in walk(term):
        if isinstance(part, Apply):
            price += _SURCHARGES.get(part.op, 0)
            if part.op == "transpose" and precedence(part.args[0]) < ATOM:
                price += BRACKET_TRANSPOSED
            elif part.op == "expand_dims" and isinstance(part.args[0], Apply):
                price += COMPOSED_COLUMN
    return price


def _leads_with_minus(term: Term) -> bool:
    while isinstance(term, Apply) and term.op == "add":
        term = term.args[0]
    return (isinstance(term, Apply) and term.op == "neg") or (isinstance(term, Number) and term.value < 0)


@lru_cache(maxsize=1 << 14)
def width(term: Term) -> int:
    """The number of characters of the text of ``term``; indices of entries do not count."""
    if isinstance(term, Entry):
        return width(term.base)
    if isinstance(term, Number):
        return len(str(float(term.value) if term.decimal else term.value))
    if isinstance(term, (Symbol, Length, Constant, Index)):
        return len(term.name)
    if isinstance(term, Partial):
        return len("d/d") + width(term.of) + sum(width(part) for part in term.wrt)
    if isinstance(term, Summation):
        return len("sum_i ") + width(term.body)
    if isinstance(term, Apply):
        return _apply_width(term)
    return 1


def _apply_width(term: Apply) -> int:
    op, args = term.op, term.args
    if op == "add":
        signs = sum(_minus(arg) for arg in args[1:])
        return sum(_inside(arg, SUM) for arg in args) + len(" + ") * (len(args) - 1) - signs
    if op == "mul":
        least = [PRODUCT if k == 0 and not _is_matmul(arg) else SIGN for k, arg in enumerate(args)]
        if all(map(is_scalar_coefficient, args[:-1])):
            least[-1] = PRODUCT
        return sum(map(_inside, args, least)) + len(args) - 1
    if op in ("div", "matmul"):
        return _inside(args[0], PRODUCT) + 1 + _inside(args[1], SIGN)
    if op == "neg":
        return 1 + _inside(args[0], PRODUCT)
    if op == "pow":
        return _inside(args[0], ATOM) + 2 + _inside(args[1], SIGN if _is_whole(args[1]) else POWER)
    if op == "transpose" and not term.params:
        return _inside(args[0], ATOM) + len(".T")
    if op in ("take", "expand_dims"):
        return _inside(args[0], ATOM) + len(", ".join(subscripts(term))) + 2
    if op in COMPARISONS:
        return _inside(args[0], SUM) + len(COMPARISONS[op]) + 2 + _inside(args[1], SUM)
    name = str(term.param("function", op)) if op == "call" else "" if op == "stack" else op
    inner = [width(arg) for arg in args]
    for key, value in term.params:
        text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
        inner.append(len(text) if op in _SHAPED else len(text) + len(key) + 1)
    return len(name) + 2 + sum(inner) + 2 * max(len(inner) - 1, 0)


def _is_whole(term: Term) -> bool:
    return isinstance(term, Number) and term.value.denominator == 1


def _is_matmul(term: Term) -> bool:
    bare = _bare(term)
    return isinstance(bare, Apply) and bare.op == "matmul"


def _bare(term: Term) -> Term:
    while isinstance(term, Entry):
        term = term.base
    return term


def _minus(term: Term) -> int:
    """1 where an addend brings its own minus sign, which stands in the place of the plus."""
    negative = isinstance(term, Apply) and term.op == "neg"
    return int(negative or (isinstance(term, Number) and term.value < 0))


def _inside(term: Term, least: int) -> int:
    """The width of ``term`` as an operand that must bind at least as tightly as ``least``."""
    bare = _bare(term)
    return width(bare) + (2 if precedence(bare) < least else 0)
