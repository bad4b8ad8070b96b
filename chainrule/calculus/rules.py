"""The named rules of calculus on written terms: each derivative is a tree of steps with reasons.

The same function differentiates a kernel with respect to a slot (which is what the graph's pullbacks
use) and a line of index notation with respect to an entry (which is what a reader sees).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NoReturn, TypeGuard

from chainrule.algebra import add, mul, neg, power, tidy
from chainrule.diagnostics import fail
from chainrule.graph import delta
from chainrule.language.elaborate import condition, kernel
from chainrule.ops import TABLE
from chainrule.ops.rulebook import RULES
from chainrule.ops.table import Pointwise, Structured
from chainrule.terms import (
    COMPARISONS,
    ONE,
    TWO,
    ZERO,
    Apply,
    Entry,
    Number,
    Partial,
    Summation,
    Term,
    apply,
    contains,
    slot,
    substitute,
)

CONVENTIONS = ("torch", "jax", "error")
"""What the derivative at a kink may be; calculus also knows those of :meth:`Kink.replaced`."""


@dataclass(frozen=True, slots=True)
class Step:
    """One application of a rule: the derivative of ``before`` is ``after``, ``why``; made of ``steps``."""

    rule: str
    before: Term
    after: Term
    why: str
    steps: tuple[Step, ...] = ()

    def rules(self) -> tuple[str, ...]:
        """The names of the rules used, each once, from the outside in; trivial ones only if alone."""
        names: dict[str, None] = {}
        stack = [self]
        while stack:
            step = stack.pop()
            names[step.rule] = None
            stack.extend(reversed(step.steps))
        telling = [name for name in names if name not in ("constant", "identity")]
        return tuple(telling) or (self.rule,)


@dataclass(frozen=True, slots=True)
class Application:
    """One rule, applied once: what is left to differentiate, and what becomes of those derivatives.

    ``combine`` makes the derivative from those of ``parts``, exactly as the rule has it and not tidied.
    A function of something has the ``slope`` of the function at each of its parts, by the rule of that
    name; together with the derivatives of the parts that is the chain rule.
    """

    rule: str
    why: str
    parts: tuple[Term, ...] = ()
    combine: Callable[[Sequence[Term]], Term] = lambda _: ZERO
    slopes: tuple[Term, ...] = ()


@lru_cache(maxsize=1 << 14)
def derive(term: Term, leaf: Term, convention: str = "torch") -> Step:
    """The derivative of ``term`` with respect to ``leaf`` (a slot, a symbol or an entry), by named rules."""
    applied = application(term, leaf, convention)
    steps = tuple(derive(part, leaf, convention) for part in applied.parts)
    if applied.slopes:
        return _chained(term, applied, steps)
    after = tidy(applied.combine([step.after for step in steps]))
    return Step(applied.rule, term, after, applied.why, steps)


def application(term: Term, leaf: Term, convention: str = "torch") -> Application:
    """The rule that the derivative of ``term`` with respect to ``leaf`` begins with.

    Raises:
        LookupError: no rule differentiates it.
    """
    if term == leaf:
        return Application("identity", RULES["identity"].why, (), _one)
    if isinstance(term, Entry) and isinstance(leaf, Entry) and term.base == leaf.base:
        ties = [delta(a, b) for a, b in zip(term.indices, leaf.indices, strict=True)]
        return Application("identity", "1 where the indices agree, else 0", (), lambda _: times(*ties))
    if not reaches(term, leaf):
        return Application("constant", RULES["constant"].why)
    if isinstance(term, Summation):
        why = RULES["linearity of the sum"].why
        return Application("linearity of the sum", why, (term.body,), lambda d: term.with_children(tuple(d)))
    if not isinstance(term, Apply):
        raise LookupError(f"no rule differentiates {type(term).__name__}")
    rule = _ARITHMETIC.get(term.op)
    if rule is not None:
        return rule(term, leaf)
    return _function(term, leaf, convention)


def _one(_: Sequence[Term]) -> Term:
    return ONE


def reaches(term: Term, leaf: Term) -> bool:
    """Whether ``leaf``, or for an entry the tensor that it belongs to, occurs in ``term``."""
    return contains(term, leaf.base if isinstance(leaf, Entry) else leaf)


# --- products and sums as a rule has them: flat, and nothing else -----------------------------------


def times(*parts: Term) -> Term:
    """The product, products within it taken apart; nothing is multiplied out."""
    flat = [inner for part in parts for inner in (part.args if _is(part, "mul") else (part,))]
    return ONE if not flat else flat[0] if len(flat) == 1 else Apply("mul", tuple(flat))


def plus(*parts: Term) -> Term:
    """The sum, sums within it taken apart; nothing is added up."""
    flat = [inner for part in parts for inner in (part.args if _is(part, "add") else (part,))]
    return ZERO if not flat else flat[0] if len(flat) == 1 else Apply("add", tuple(flat))


def _is(term: Term, op: str) -> TypeGuard[Apply]:
    return isinstance(term, Apply) and term.op == op


# --- sums and products ------------------------------------------------------------------------------


def _sum(term: Apply, leaf: Term) -> Application:
    difference = len(term.args) == 2 and _is(term.args[-1], "neg")
    name = "difference" if difference else "sum"
    return Application(name, RULES[name].why, term.args, lambda d: plus(*d))


def _negative(term: Apply, leaf: Term) -> Application:
    return Application("constant multiple", "the sign stays in front", term.args, lambda d: apply("neg", *d))


def _product(term: Apply, leaf: Term) -> Application:
    moving = [part for part in term.args if reaches(part, leaf)]
    if len(moving) < len(term.args):
        still = [part for part in term.args if not reaches(part, leaf)]
        why = RULES["constant multiple"].why
        return Application("constant multiple", why, (times(*moving),), lambda d: times(*still, d[0]))

    def combine(derivatives: Sequence[Term]) -> Term:
        whole = list(term.args)
        return plus(*(times(*whole[:n], d, *whole[n + 1 :]) for n, d in enumerate(derivatives)))

    return Application("product", RULES["product"].why, term.args, combine)


def _quotient(term: Apply, leaf: Term) -> Application:
    top, bottom = term.args
    if not reaches(bottom, leaf):
        why = "a constant divisor stays below"
        return Application("constant multiple", why, (top,), lambda d: apply("div", d[0], bottom))
    squared = apply("pow", bottom, TWO)
    if not reaches(top, leaf) and _is(bottom, "pow") and isinstance(bottom.args[1], Number):
        if top != ONE:
            why = RULES["constant multiple"].why
            below = apply("div", ONE, bottom)
            return Application("constant multiple", why, (below,), lambda d: times(top, d[0]))
        base, exponent = bottom.args
        slope = apply("neg", apply("div", exponent, power(base, add(exponent, ONE))))
        return _applied("power", "a power below the bar is one with a negative exponent", (base,), (slope,))
    if not reaches(top, leaf):
        return Application(
            "reciprocal",
            RULES["reciprocal"].why,
            (bottom,),
            lambda d: apply("neg", apply("div", times(top, d[0]), squared)),
        )
    return Application(
        "quotient",
        RULES["quotient"].why,
        (top, bottom),
        lambda d: apply("div", plus(times(d[0], bottom), apply("neg", times(top, d[1]))), squared),
    )


def _power(term: Apply, leaf: Term) -> Application:
    base, exponent = term.args
    if not reaches(exponent, leaf):
        slope = times(exponent, power(base, add(exponent, neg(ONE))))
        return _applied("power", RULES["power"].why, (base,), (slope,))
    if not reaches(base, leaf):
        slope = times(term, tidy(apply("log", base)))
        return _applied("exponential", RULES["exponential"].why, (exponent,), (slope,))
    return Application(
        "general power",
        RULES["general power"].why,
        (base, exponent),
        lambda d: times(
            term, plus(times(d[1], apply("log", base)), apply("div", times(exponent, d[0]), base))
        ),
    )


_ARITHMETIC: Mapping[str, Callable[[Apply, Term], Application]] = {
    "add": _sum,
    "neg": _negative,
    "mul": _product,
    "div": _quotient,
    "pow": _power,
}


# --- functions --------------------------------------------------------------------------------------


def _applied(rule: str, why: str, parts: tuple[Term, ...], slopes: tuple[Term, ...]) -> Application:
    """A function of ``parts``: each contributes the function's slope there times its own derivative."""
    return Application(
        rule,
        why,
        parts,
        lambda d: plus(*(times(slope, inner) for slope, inner in zip(slopes, d, strict=True))),
        slopes,
    )


def _chained(term: Term, applied: Application, inner: tuple[Step, ...]) -> Step:
    """The chain rule spelled out: the outer step and the inner one, for each argument that moves."""
    why = RULES["chain"].why
    paths = []
    for slope, step in zip(applied.slopes, inner, strict=True):
        outer = Step(applied.rule, term, tidy(slope), applied.why)
        if step.rule == "identity":
            paths.append(outer if step.after == ONE else replace(outer, after=mul(slope, step.after)))
        else:
            paths.append(Step("chain", term, mul(slope, step.after), why, (outer, step)))
    if len(paths) == 1:
        return paths[0]
    after = add(*(step.after for step in paths))
    return Step("several arguments", term, after, RULES["several arguments"].why, tuple(paths))


def _function(term: Apply, leaf: Term, convention: str) -> Application:
    """A function of the op table or an abstract one: one slope for each argument that moves."""
    if term.op != "call" and not isinstance(TABLE.get(term.op), Pointwise):
        return _structured(term, leaf)
    if term.op == "where":
        return _piecewise(term, leaf)
    parts, slopes = [], []
    for position, argument in enumerate(term.args):
        if isinstance(argument, Apply) and argument.op in COMPARISONS:
            continue
        if reaches(argument, leaf):
            slope = derivative_of(term, position, convention)
            if slope is None:
                _refuse(term, position)
            parts.append(argument)
            slopes.append(slope)
    if not parts:
        return Application("constant", _JUMPS)
    return _applied(_rule_name(term), _reason(term), tuple(parts), tuple(slopes))


def _refuse(term: Apply, position: int) -> NoReturn:
    parameter = TABLE[term.op].signature.parameters[position]
    fail(
        "unsupported",
        f"the derivative of {term.op} by its {parameter} is not supported yet",
        notes=["what is held constant need not be differentiated: n : constant, or --wrt for the others"],
    )


_JUMPS = "only a condition depends on it: between jumps nothing changes"


def _structured(term: Apply, leaf: Term) -> Application:
    """An operation on whole tensors: its derivative is named, not written out, and acts on the inside's."""
    declared = TABLE.get(term.op)
    name = (declared.rule if isinstance(declared, Structured) else None) or _TENSOR_RULES.get(
        term.op, term.op
    )
    why = declared.why if declared is not None else RULES["transposition"].why
    inside = tuple(argument for argument in term.args if reaches(argument, leaf))
    return Application(name, why, inside, lambda _: Partial(term, (leaf,)))


_TENSOR_RULES = {"sum": "summation", "matmul": "matrix product", "transpose": "transposition"}


def _piecewise(term: Apply, leaf: Term) -> Application:
    """Branch by branch, so that a branch that is not taken need not have a derivative."""
    condition, yes, no = term.args
    if not reaches(yes, leaf) and not reaches(no, leaf):
        return Application("constant", _JUMPS)
    return Application(
        "piecewise", RULES["piecewise"].why, (yes, no), lambda d: apply("where", condition, *d)
    )


def derivative_of(term: Apply, position: int, convention: str = "torch") -> Term | None:
    """∂f/∂(argument ``position``) of a function applied to its arguments, by the op table's claim."""
    if term.op == "call":
        orders = list(term.param("orders"))
        orders[position] += 1
        return Apply("call", term.args, (("function", term.param("function")), ("orders", tuple(orders))))
    op = TABLE.get(term.op)
    if not isinstance(op, Pointwise):
        raise LookupError(f"{term.op} is no pointwise function")
    text = op.derivatives[position]
    if text is None:
        return None
    names = (*op.signature.parameters, "y")
    arguments: dict[Term, Term] = {slot(k): part for k, part in enumerate((*term.args, term))}
    claim = substitute(kernel(text, names), arguments)
    for kink in op.kinks:
        slope = kink.replaced(convention)
        if slope is not None:
            at, there = condition(kink.at, names), kernel(slope, names)
            claim = apply("where", substitute(at, arguments), substitute(there, arguments), claim)
    return tidy(claim)


def _rule_name(term: Apply) -> str:
    if term.op == "call":
        return "abstract function"
    op = TABLE[term.op]
    return (op.rule if isinstance(op, Pointwise) else None) or term.op


def _reason(term: Apply) -> str:
    if term.op == "call":
        return f"the derivative of an unknown {term.param('function')} is written with a prime"
    return TABLE[term.op].why


def is_zero(term: Term) -> bool:
    """Whether a tidy term is the number 0."""
    return isinstance(term, Number) and term.value == 0
