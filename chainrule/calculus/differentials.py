"""A gradient of matrices worked out in differentials: df = …dX…, brought to tr(GᵀdX), and read off.

The rules are those of :mod:`chainrule.calculus.rules` for sums, products by numbers and functions, and a
handful for products of matrices, in which the order is kept. Source: Magnus and Neudecker, Matrix
Differential Calculus, chapters 8 and 9.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import reduce

from chainrule.algebra import tidy
from chainrule.calculus.lines import Line, same
from chainrule.calculus.rewriting import bare
from chainrule.calculus.rules import Application, application, times
from chainrule.ops import TABLE
from chainrule.ops.rulebook import RULES
from chainrule.ops.table import Contraction, Structured
from chainrule.terms import ZERO, Apply, Symbol, Term, apply, contains, substitute, walk

MOST_LINES = 12
TELLING = frozenset({"matmul", "trace", "inv", "det", "logdet", "transpose", "dot", "outer"})
"""The operations that differentials are worth the while for."""

_OPEN = "d"


def differential(term: Term, leaf: Symbol, derivative: Term, ranks: tuple[int, int]) -> tuple[Line, ...]:
    """The lines from d(term) to where the derivative is read off.

    ranks: the numbers of axes of ``term`` and ``leaf``. derivative: of a number (ranks 0 and 1 or 2) its
    gradient, of a vector (1 and 1) its Jacobian matrix. Empty where an operation has no rule here.
    """
    moved = Symbol(f"d{leaf.name}")
    current: Term = _open(term)
    lines = [Line(current, (), "")]
    try:
        while len(lines) < MOST_LINES:
            following = _next(current, leaf, moved)
            if following is None:
                break
            current = following.term
            lines.append(following)
    except LookupError:
        return ()
    if any(_is_open(part) for part in walk(current)):
        return ()
    whole = apply("matmul", derivative, moved)
    if ranks == (0, 2):
        whole = apply("trace", apply("matmul", _transposed(derivative), moved))
    if not same(tidy(current), tidy(whole)):
        rules = _last_rules(current, derivative, ranks)
        lines.append(Line(whole, rules, "; ".join(RULES[rule].why for rule in rules)))
    return tuple(lines)


def _last_rules(current: Term, derivative: Term, ranks: tuple[int, int]) -> tuple[str, ...]:
    """What brings the differential into the form in which the derivative is read off."""
    if ranks[0]:
        return ("diagonal matrix",) if _has(derivative, "diag") else ("collect",)
    summed = ("sum of products",) if _has(current, "sum", "mean") else ()
    return (*summed, "turning the trace" if ranks[1] == 2 else "transposing a number")


def _has(term: Term, *ops: str) -> bool:
    return any(isinstance(part, Apply) and part.op in ops for part in walk(term))


def with_diagonals(jacobian: Term, rank: Callable[[Term], int]) -> Term:
    """A Jacobian matrix whose columns are scaled by a vector, M*v, as the product M@diag(v)."""
    if not isinstance(jacobian, Apply) or jacobian.op != "mul":
        return jacobian
    ranked = [(part, rank(part)) for part in jacobian.args]
    numbers = [part for part, axes in ranked if axes == 0]
    vectors = [apply("diag", part) for part, axes in ranked if axes == 1]
    matrices = [part for part, axes in ranked if axes == 2]
    if len(matrices) != 1 or not vectors:
        return jacobian
    return times(*numbers, _product([*matrices, *vectors]))


def _transposed(term: Term) -> Term:
    """The transpose of a matrix, as far inside as it goes: (A B)ᵀ is BᵀAᵀ."""
    match term:
        case Apply(op="transpose", params=()):
            return term.args[0]
        case Apply(op="matmul" | "outer"):
            first, second = term.args
            if term.op == "outer":
                return apply("outer", second, first)
            return apply("matmul", _transposed(second), _transposed(first))
        case Apply(op="add" | "neg"):
            return term.with_children(tuple(map(_transposed, term.args)))
        case Apply(op="div"):
            return term.with_children((_transposed(term.args[0]), term.args[1]))
    return apply("transpose", term)


def _open(term: Term) -> Term:
    return Apply(_OPEN, (term,))


def _is_open(term: Term) -> bool:
    return isinstance(term, Apply) and term.op == _OPEN


def _next(current: Term, leaf: Symbol, moved: Symbol) -> Line | None:
    """The line after ``current``: what is seen at once, or else the first rule wherever it applies."""
    left = dict.fromkeys(part for part in walk(current) if _is_open(part))
    if not left:
        return None
    table: dict[Term, Term] = {}
    rules: dict[str, None] = {}
    why = ""
    seen = {part: _at_sight(part.children[0], leaf, moved) for part in left}
    first = next((part for part, found in seen.items() if found is None), None)
    if first is None:
        table.update({part: found for part, found in seen.items() if found is not None})
        rules["constant matrices"] = None
        why = RULES["constant matrices"].why
    for part in left if first is not None else ():
        if seen[part] is None:
            names, applied = _rule(part.children[0], leaf)
            if not rules or set(names) == set(rules):
                rules.update(dict.fromkeys(names))
                why = applied.why
                table[part] = applied.combine([_soon(piece, leaf, moved) for piece in applied.parts])
    return Line(bare(substitute(current, table)), tuple(rules), why)


def _soon(term: Term, leaf: Symbol, moved: Symbol) -> Term:
    """The differential of a part: done where it is a constant or the variable, else left open."""
    found = _at_sight(term, leaf, moved)
    return _open(term) if found is None else found


def _at_sight(term: Term, leaf: Symbol, moved: Symbol) -> Term | None:
    """The differential of what is constant, the variable, or the variable once in a matrix product."""
    if term == leaf:
        return moved
    if not contains(term, leaf):
        return ZERO
    factors = _chain(term)
    moving = [factor for factor in factors if contains(factor, leaf)]
    if len(factors) > 1 and len(moving) == 1:
        inner = _at_sight(moving[0], leaf, moved)
        return None if inner is None else _product([inner if f is moving[0] else f for f in factors])
    if isinstance(term, Apply) and term.op in _LINEAR and len(term.args) == 1:
        inner = _at_sight(term.args[0], leaf, moved)
        return None if inner is None else Apply(term.op, (inner,), term.params)
    if isinstance(term, Apply) and term.op in ("add", "neg"):
        parts = [_at_sight(part, leaf, moved) for part in term.args]
        known = [part for part in parts if part is not None]
        return bare(Apply(term.op, tuple(known))) if len(known) == len(parts) else None
    return None


# --- rules ----------------------------------------------------------------------------------------------

_LINEAR: Mapping[str, str] = {
    "transpose": "transposition",
    "trace": "linearity of trace",
    "sum": "linearity of the sum",
    "mean": "linearity of the sum",
}


def _rule(term: Term, leaf: Symbol) -> tuple[tuple[str, ...], Application]:
    """The rules that the differential of ``term`` begins with: one, and what passes it on to that.

    Raises:
        LookupError: there is none here.
    """
    factors = _chain(term)
    moving = tuple(factor for factor in factors if contains(factor, leaf))
    if len(moving) > 1:
        why = RULES["matrix product"].why
        return ("matrix product",), Application("matrix product", why, moving, _in_order(factors, leaf))
    if len(factors) > 1:
        names, inner = _rule(moving[0], leaf)
        return names, _within(inner, _in_order(factors, leaf))
    if isinstance(term, Apply) and term.op in _MATRICES:
        rule, combine = _MATRICES[term.op]
        (part,) = term.args
        return (rule,), Application(rule, RULES[rule].why, (part,), lambda d: combine(part, d[0]))
    if isinstance(term, Apply) and term.op in _LINEAR:
        names, inner = _rule(term.args[0], leaf)
        return (_LINEAR[term.op], *names), _within(inner, lambda d: Apply(term.op, tuple(d), term.params))
    if isinstance(term, Apply) and isinstance(TABLE.get(term.op), (Structured, Contraction)):
        raise LookupError(f"no rule for differentials of {term.op}")
    applied = application(term, leaf)
    return (applied.rule,), applied


def _within(inner: Application, outer: Callable[[Sequence[Term]], Term]) -> Application:
    """The rule of a part, inside what only passes it on."""
    return replace(inner, combine=lambda d: outer([inner.combine(d)]))


def _in_order(factors: Sequence[Term], leaf: Symbol) -> Callable[[Sequence[Term]], Term]:
    """The sum of the products in which one factor is its differential; the order is kept."""

    def combine(differentials: Sequence[Term]) -> Term:
        supply = iter(differentials)
        terms = []
        for place, factor in enumerate(factors):
            if contains(factor, leaf):
                terms.append(_product([*factors[:place], next(supply), *factors[place + 1 :]]))
        return terms[0] if len(terms) == 1 else Apply("add", tuple(terms))

    return combine


def _inverse(inner: Term, moved: Term) -> Term:
    inverse = apply("inv", inner)
    return apply("neg", _product([inverse, moved, inverse]))


def _determinant(inner: Term, moved: Term) -> Term:
    return times(apply("det", inner), _log_determinant(inner, moved))


def _log_determinant(inner: Term, moved: Term) -> Term:
    return apply("trace", _product([apply("inv", inner), moved]))


_MATRICES: Mapping[str, tuple[str, Callable[[Term, Term], Term]]] = {
    "inv": ("inverse", _inverse),
    "det": ("determinant", _determinant),
    "logdet": ("log determinant", _log_determinant),
}


def _chain(term: Term) -> tuple[Term, ...]:
    """The factors of a product of matrices, from left to right."""
    if isinstance(term, Apply) and term.op == "matmul" and not term.params:
        return tuple(factor for part in term.args for factor in _chain(part))
    return (term,)


def _product(factors: Sequence[Term]) -> Term:
    return ZERO if ZERO in factors else reduce(lambda a, b: apply("matmul", a, b), factors)
