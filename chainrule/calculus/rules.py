"""The named rules of calculus on written terms: each derivative is a tree of steps with reasons.

The same function differentiates a kernel with respect to a slot (which is what the graph's pullbacks
use) and a line of index notation with respect to an entry (which is what a reader sees).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from chainrule.algebra import add, div, mul, neg, power, tidy
from chainrule.graph import delta
from chainrule.language.elaborate import condition, kernel
from chainrule.ops import TABLE
from chainrule.ops.table import Kink, Pointwise, Structured
from chainrule.terms import (
    COMPARISONS,
    ONE,
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
    walk,
)

CONVENTIONS = ("torch", "jax", "error")
"""What the derivative at a kink may be; calculus also knows ``left`` and ``right``, the one-sided slopes."""


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


@lru_cache(maxsize=1 << 14)
def derive(term: Term, leaf: Term, convention: str = "torch") -> Step:
    """The derivative of ``term`` with respect to ``leaf`` (a slot, a symbol or an entry), by named rules."""
    if term == leaf:
        return Step("identity", term, ONE, "the derivative of a variable with respect to itself is 1")
    if isinstance(term, Entry) and isinstance(leaf, Entry) and term.base == leaf.base:
        ties = [delta(a, b) for a, b in zip(term.indices, leaf.indices, strict=True)]
        return Step("identity", term, mul(ONE, *ties), "1 where the indices agree, else 0")
    if not _reaches(term, leaf):
        return Step("constant", term, ZERO, "the derivative of a constant is 0")
    if isinstance(term, Summation):
        inner = derive(term.body, leaf, convention)
        after = term.with_children((inner.after,))
        return Step("linearity of the sum", term, after, "a sum is differentiated term by term", (inner,))
    if not isinstance(term, Apply):
        raise LookupError(f"no rule differentiates {type(term).__name__}")
    rule = _ARITHMETIC.get(term.op)
    if rule is not None:
        return rule(term, leaf, convention)
    return _function(term, leaf, convention)


def _reaches(term: Term, leaf: Term) -> bool:
    if isinstance(leaf, Entry):
        return any(isinstance(part, Entry) and part.base == leaf.base for part in walk(term))
    return contains(term, leaf)


# --- sums and products ------------------------------------------------------------------------------


def _sum(term: Apply, leaf: Term, convention: str) -> Step:
    steps = tuple(derive(part, leaf, convention) for part in term.args)
    after = add(*(step.after for step in steps))
    second = term.args[-1]
    difference = len(term.args) == 2 and isinstance(second, Apply) and second.op == "neg"
    name = "difference" if difference else "sum"
    return Step(name, term, after, f"a {name} is differentiated term by term", steps)


def _negative(term: Apply, leaf: Term, convention: str) -> Step:
    inner = derive(term.args[0], leaf, convention)
    if inner.rule in ("identity", "constant"):
        return Step("constant multiple", term, neg(inner.after), "the sign stays in front")
    return Step("constant multiple", term, neg(inner.after), "the sign stays in front", (inner,))


def _product(term: Apply, leaf: Term, convention: str) -> Step:
    moving = [part for part in term.args if _reaches(part, leaf)]
    if len(moving) < len(term.args):
        still = [part for part in term.args if not _reaches(part, leaf)]
        rest = moving[0] if len(moving) == 1 else Apply("mul", tuple(moving))
        inner = derive(rest, leaf, convention)
        after = mul(*still, inner.after)
        return Step("constant multiple", term, after, "a constant factor stays in front", (inner,))
    steps = tuple(derive(part, leaf, convention) for part in term.args)
    parts = [
        mul(*(steps[k].after if k == n else part for k, part in enumerate(term.args)))
        for n in range(len(term.args))
    ]
    why = "each factor is differentiated in turn while the others stay, and the results add"
    return Step("product", term, add(*parts), why, steps)


def _quotient(term: Apply, leaf: Term, convention: str) -> Step:
    top, bottom = term.args
    if not _reaches(bottom, leaf):
        inner = derive(top, leaf, convention)
        return Step(
            "constant multiple", term, div(inner.after, bottom), "a constant divisor stays below", (inner,)
        )
    below = derive(bottom, leaf, convention)
    if not _reaches(top, leaf):
        after = neg(div(mul(top, below.after), power(bottom, 2)))
        return Step("reciprocal", term, after, "(c/v)' = -c v'/v^2", (below,))
    above = derive(top, leaf, convention)
    numerator = add(mul(above.after, bottom), neg(mul(top, below.after)))
    after = div(numerator, power(bottom, 2))
    return Step("quotient", term, after, "(u/v)' = (u' v - u v')/v^2", (above, below))


def _power(term: Apply, leaf: Term, convention: str) -> Step:
    base, exponent = term.args
    if not _reaches(exponent, leaf):
        lowered = power(base, add(exponent, neg(ONE)))
        outer = mul(exponent, lowered)
        step = Step("power", term, outer, "the exponent comes to the front and goes down by one")
        return _chained(step, derive(base, leaf, convention))
    if not _reaches(base, leaf):
        outer = mul(term, tidy(apply("log", base)))
        why = "an exponential is its own slope, times the logarithm of its base"
        return _chained(Step("exponential", term, outer, why), derive(exponent, leaf, convention))
    down, up = derive(base, leaf, convention), derive(exponent, leaf, convention)
    inner = add(mul(up.after, apply("log", base)), div(mul(exponent, down.after), base))
    return Step("general power", term, mul(term, inner), "(u^v)' = u^v (v' log u + v u'/u)", (down, up))


_ARITHMETIC = {
    "add": _sum,
    "neg": _negative,
    "mul": _product,
    "div": _quotient,
    "pow": _power,
}


# --- functions --------------------------------------------------------------------------------------


def _chained(outer: Step, inner: Step) -> Step:
    """The outer derivative times the inner one; just the outer one where the inside is the variable."""
    if inner.rule == "identity":
        return outer if inner.after == ONE else replace(outer, after=mul(outer.after, inner.after))
    why = "the outer derivative, taken at the inside, times the derivative of the inside"
    return Step("chain", outer.before, mul(outer.after, inner.after), why, (outer, inner))


def _function(term: Apply, leaf: Term, convention: str) -> Step:
    """A function of the op table or an abstract one: one chain for each argument that moves."""
    if term.op != "call" and not isinstance(TABLE.get(term.op), Pointwise):
        return _structured(term, leaf, convention)
    paths = []
    for position, argument in enumerate(term.args):
        if isinstance(argument, Apply) and argument.op in COMPARISONS:
            continue
        if _reaches(argument, leaf):
            slope = derivative_of(term, position, convention)
            if slope is None:
                raise LookupError(f"{term.op} is not differentiated in argument {position}")
            outer = Step(_rule_name(term), term, slope, _reason(term))
            paths.append(_chained(outer, derive(argument, leaf, convention)))
    if term.op == "where" and paths:
        # Branch by branch, so that a branch that is not taken need not have a derivative.
        why = "each branch is differentiated where it holds"
        return Step("piecewise", term, _piecewise(term, leaf, convention), why, tuple(paths))
    if not paths:
        return Step("constant", term, ZERO, "only a condition depends on it: between jumps nothing changes")
    if len(paths) == 1:
        return paths[0]
    after = add(*(step.after for step in paths))
    return Step("several arguments", term, after, "the contributions of the arguments add", tuple(paths))


def _structured(term: Apply, leaf: Term, convention: str) -> Step:
    """An operation on whole tensors: its derivative is named, not written out, and acts on the inside's."""
    declared = TABLE.get(term.op)
    name = (declared.rule if isinstance(declared, Structured) else None) or _TENSOR_RULES.get(
        term.op, term.op
    )
    why = declared.why if declared is not None else "entries change places; nothing else happens to them"
    inside = tuple(derive(argument, leaf, convention) for argument in term.args if _reaches(argument, leaf))
    after = Partial(term, (leaf,))
    telling = tuple(step for step in inside if step.rule != "identity")
    return Step(name, term, after, why, telling)


_TENSOR_RULES = {"sum": "summation", "matmul": "matrix product", "transpose": "transposition"}


def _piecewise(term: Apply, leaf: Term, convention: str) -> Term:
    condition, yes, no = term.args
    branches = (derive(yes, leaf, convention).after, derive(no, leaf, convention).after)
    return tidy(apply("where", condition, *branches))


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
        slope = _slope_at(kink, convention)
        if slope is not None:
            at, there = condition(kink.at, names), kernel(slope, names)
            claim = apply("where", substitute(at, arguments), substitute(there, arguments), claim)
    return tidy(claim)


def _slope_at(kink: Kink, convention: str) -> str | None:
    """The slope that a convention takes at a kink, where it is not what the claim says there anyway."""
    if convention in ("left", "right"):
        return kink.between[convention == "right"]
    if convention == "jax" and kink.jax not in (kink.torch, "undefined"):
        return kink.jax
    return None


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
