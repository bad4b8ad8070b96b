"""Bounded algebra on written terms that keeps their order: what a tidy person does without thinking.

``tidy`` collects numbers in front, adds exponents of equal bases, cancels, collects equal addends and
drops ones and zeros. It never expands a bracket that someone wrote and never reorders: 3*(x + 2) stays.
Everything that is derived passes through here; what needs real algebra asks SymPy elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm, log10

from chainrule.terms import (
    COMPARISONS,
    ONE,
    ZERO,
    Apply,
    Constant,
    Entry,
    Length,
    Number,
    Partial,
    Summation,
    Term,
    apply,
    number,
)

MAX_DIGITS = 4000
_HALF = Number(Fraction(1, 2))

# f(argument) = value, exactly: the points that derivatives of elementary functions produce.
_EXACT: dict[tuple[str, Term], Term] = {
    ("exp", ZERO): ONE,
    ("log", ONE): ZERO,
    ("log", Constant("e")): ONE,
    ("sin", ZERO): ZERO,
    ("cos", ZERO): ONE,
    ("tan", ZERO): ZERO,
    ("tanh", ZERO): ZERO,
    ("sqrt", ZERO): ZERO,
    ("sqrt", ONE): ONE,
}


# Operations that make 0 of 0 in their last operand, whatever the others are.
_LINEAR = frozenset({"transpose", "trace", "sum", "mean", "diag", "lyapunov"})


# --- constructors that tidy as they build -----------------------------------------------------------


def add(*terms: Term) -> Term:
    """The tidy sum; 0 of nothing."""
    if not terms:
        return ZERO
    return tidy(Apply("add", terms)) if len(terms) != 1 else tidy(terms[0])


def mul(*terms: Term) -> Term:
    """The tidy product."""
    return tidy(Apply("mul", terms)) if len(terms) != 1 else tidy(terms[0])


def neg(term: Term) -> Term:
    """The tidy negative."""
    return tidy(Apply("neg", (term,)))


def div(numerator: Term, denominator: Term) -> Term:
    """The tidy quotient."""
    return tidy(Apply("div", (numerator, denominator)))


def power(base: Term, exponent: Term | int) -> Term:
    """The tidy power."""
    return tidy(Apply("pow", (base, exponent if isinstance(exponent, Term) else number(exponent))))


def tidy(term: Term) -> Term:
    """``term`` with its numbers, equal factors and equal addends collected, in the written order."""
    return _tidy(term) if term.children else term


@lru_cache(maxsize=1 << 14)
def _tidy(term: Term) -> Term:
    old = term.children
    new = tuple(_tidy(child) if child.children else child for child in old)
    if not isinstance(term, Apply):
        if isinstance(term, Summation) and new[0] == ZERO:
            return ZERO
        return term if new == old else term.with_children(new)
    if term.op in ("mul", "div", "neg", "pow", "sqrt"):
        return Monomial.of(Apply(term.op, new, term.params)).term()
    if term.op == "add":
        return _sum(new)
    if (term.op in _LINEAR and new[-1] == ZERO) or (term.op == "matmul" and ZERO in new):
        return ZERO
    if term.op == "where":
        condition, yes, no = new
        if yes == no:
            return yes
        decided = _decide(condition)
        if decided is not None:
            return yes if decided else no
    if term.op in ("floor", "ceil"):
        return Apply(term.op, (_with_bar(new[0]),))
    if len(new) == 1 and (term.op, new[0]) in _EXACT:
        return _EXACT[term.op, new[0]]
    return term if new == old else term.with_children(new)


def _with_bar(term: Term) -> Term:
    """k/2 for 1/2*k, as one writes it between the brackets of a floor."""
    match term:
        case Apply(op="mul", args=(Number(value=share), *rest)) if share.numerator == 1 and rest:
            below: Term = Number(Fraction(share.denominator))
        case Apply(op="mul", args=(Apply(op="div", args=(over, length)), *rest)) if over == ONE and rest:
            below = length
        case _:
            return term
    return Apply("div", (rest[0] if len(rest) == 1 else Apply("mul", tuple(rest)), below))


def _decide(condition: Term) -> bool | None:
    """The truth of a comparison of two numbers, or None."""
    if isinstance(condition, Apply) and condition.op in COMPARISONS:
        left, right = condition.args
        if isinstance(left, Number) and isinstance(right, Number):
            a, b = left.value, right.value
            return {"lt": a < b, "le": a <= b, "gt": a > b, "ge": a >= b, "eq": a == b, "ne": a != b}[
                condition.op
            ]
    return None


# --- products -----------------------------------------------------------------------------------------


@dataclass(slots=True)
class Monomial:
    """A rational coefficient times powers of bases, in the order in which they were met."""

    coefficient: Fraction = Fraction(1)
    decimal: bool = False
    powers: dict[Term, Term] = field(default_factory=dict)

    @staticmethod
    def of(term: Term) -> Monomial:
        """The monomial of a term whose parts are tidy."""
        out = Monomial()
        out.include(term, Fraction(1))
        return out

    def include(self, term: Term, exponent: Fraction) -> None:
        """Multiply by ``term`` to the power ``exponent``; products are taken apart, sums are not."""
        if isinstance(term, Number):
            self._number(term, exponent)
        elif isinstance(term, Apply) and term.op == "neg" and exponent.denominator == 1:
            if exponent.numerator % 2:
                self.coefficient = -self.coefficient
            self.include(term.args[0], exponent)
        elif isinstance(term, Apply) and term.op == "mul" and exponent.denominator == 1:
            for factor in term.args:
                self.include(factor, exponent)
        elif isinstance(term, Apply) and term.op == "div" and exponent.denominator == 1:
            self.include(term.args[0], exponent)
            self.include(term.args[1], -exponent)
        elif isinstance(term, Apply) and term.op == "pow":
            self.raise_to(term.args[0], term.args[1], exponent)
        elif isinstance(term, Apply) and term.op == "sqrt":
            self.raise_to(term.args[0], _HALF, exponent)
        else:
            self.put(term, Number(exponent))

    def _number(self, term: Number, exponent: Fraction) -> None:
        if exponent.denominator != 1 or not _affordable(term.value, exponent):
            self.put(term, Number(exponent))
        elif term.value == 0 and exponent < 0:
            self.put(ZERO, Number(exponent))
        else:
            self.coefficient *= term.value ** int(exponent)
            self.decimal |= term.decimal

    def raise_to(self, base: Term, inner: Term, outer: Fraction) -> None:
        """Multiply by (base**inner)**outer."""
        if isinstance(inner, Number):
            if outer.denominator == 1 and inner.value.denominator == 1:
                self.include(base, inner.value * outer)
            elif outer.denominator == 1:
                self.put(base, Number(inner.value * outer))
            else:
                # (x**2)**(1/2) is |x|, not x: only whole outer powers multiply.
                self.put(Apply("pow", (base, inner)), Number(outer))
        elif outer.denominator == 1:
            self.put(base, tidy(apply("mul", Number(outer), inner)) if outer != 1 else inner)
        else:
            self.put(Apply("pow", (base, inner)), Number(outer))

    def put(self, base: Term, exponent: Term) -> None:
        """Multiply by ``base`` to the power ``exponent``, as one base."""
        old = self.powers.get(base)
        total = exponent if old is None else _added(old, exponent)
        if _is_indicator(base) and isinstance(total, Number) and total.value > 1:
            # 0 and 1 are their own powers.
            total = ONE
        if total == ZERO:
            self.powers.pop(base, None)
        elif (
            isinstance(base, Number)
            and isinstance(total, Number)
            and total.value.denominator == 1
            and not (base.value == 0 and total.value < 0)
            and _affordable(base.value, total.value)
        ):
            self.powers.pop(base, None)
            self.coefficient *= base.value ** int(total.value)
        else:
            self.powers[base] = total

    def term(self) -> Term:
        """The monomial written out: coefficient, then factors in order, over what is divided by."""
        if self.coefficient == 0:
            return ZERO
        ties = [base for base in self.powers if isinstance(base, Apply) and base.op == "delta"]
        if ties:
            # A delta stands apart: where it is 0 the rest does not count, not even if it is 1/0.
            rest = {base: exponent for base, exponent in self.powers.items() if base not in ties}
            inner = Monomial(abs(self.coefficient), self.decimal, rest).term()
            body = _times([*_parts(inner), *ties])
            return Apply("neg", (body,)) if self.coefficient < 0 else body
        self._pull_content()
        above = [(b, e) for b, e in self.powers.items() if not _negative(e) and not isinstance(b, Length)]
        below = [(b, e) for b, e in self.powers.items() if _negative(e) and not isinstance(b, Length)]
        lengths: list[tuple[Term, Term]] = [(b, e) for b, e in self.powers.items() if isinstance(b, Length)]
        size = abs(self.coefficient)
        if below and not (self.decimal and _is_decimal(size)):
            top = _number_factor(Fraction(size.numerator), False) + _factors(lengths, above)
            bottom = _number_factor(Fraction(size.denominator), False) + _factors(
                _inverted(lengths), _inverted(below)
            )
            body = Apply("div", (_times(top), _times(bottom)))
        else:
            front = self._front(size, lengths)
            body_top = _times(front + _factors([], above))
            body = Apply("div", (body_top, _times(_factors([], _inverted(below))))) if below else body_top
        if self.coefficient < 0:
            return Number(-body.value, body.decimal) if isinstance(body, Number) else Apply("neg", (body,))
        return body

    def _front(self, size: Fraction, lengths: list[tuple[Term, Term]]) -> list[Term]:
        """Numbers and symbolic lengths, as the one coefficient that stands first: 2/n."""
        over = _factors([], _inverted([(b, e) for b, e in lengths if _negative(e)]))
        top = _factors([(b, e) for b, e in lengths if not _negative(e)], [])
        if not over:
            return _number_factor(size, self.decimal) + top
        if self.decimal and _is_decimal(size):
            return [Apply("div", (_times(_number_factor(size, True) + top), _times(over)))]
        top = _number_factor(Fraction(size.numerator), False) + top
        over = _number_factor(Fraction(size.denominator), False) + over
        return [Apply("div", (_times(top), _times(over)))]

    def _pull_content(self) -> None:
        """Move the common number of a bracketed sum to the front where it cancels: 1/2*(2*x + 4) is x + 2."""
        if self.coefficient.denominator == 1:
            return
        for base, exponent in list(self.powers.items()):
            if not (isinstance(base, Apply) and base.op == "add" and isinstance(exponent, Number)):
                continue
            content, reduced = split_content(base)
            if gcd(content.numerator, self.coefficient.denominator) == 1:
                continue
            if exponent.value.denominator == 1 and reduced not in self.powers:
                outside = self.coefficient * content ** int(exponent.value)
                if _height(outside) >= _height(self.coefficient):
                    continue  # nothing cancels: (2*x + 4)*y and 3/4*s - t stay
                self.powers = {reduced if b == base else b: e for b, e in self.powers.items()}
                self.coefficient = outside


def _is_indicator(term: Term) -> bool:
    """Whether a term is 1 where a condition holds and 0 elsewhere."""
    return isinstance(term, Apply) and term.op == "where" and term.args[1:] in ((ONE, ZERO), (ZERO, ONE))


def _height(value: Fraction) -> int:
    return abs(value.numerator) * value.denominator


def _affordable(base: Fraction, exponent: Fraction) -> bool:
    """Whether base**exponent stays within the digits that we are willing to write."""
    size = max(abs(base.numerator), base.denominator)
    return size <= 1 or abs(exponent) * log10(size) <= MAX_DIGITS


def _added(a: Term, b: Term) -> Term:
    if isinstance(a, Number) and isinstance(b, Number):
        return number(a.value + b.value)
    return tidy(Apply("add", (a, b)))


def _negative(exponent: Term) -> bool:
    if isinstance(exponent, Number):
        return exponent.value < 0
    return isinstance(exponent, Apply) and exponent.op == "neg"


def _inverted(powers: Iterable[tuple[Term, Term]]) -> list[tuple[Term, Term]]:
    return [(base, neg(exponent)) for base, exponent in powers]


def _factors(*groups: Iterable[tuple[Term, Term]]) -> list[Term]:
    """base**exponent for each pair that does not stand below the bar."""
    return [_raised(base, exp) for group in groups for base, exp in group if not _negative(exp)]


def _raised(base: Term, exponent: Term) -> Term:
    if exponent == ONE:
        return base
    if exponent == _HALF:
        return Apply("sqrt", (base,))
    return Apply("pow", (base, exponent))


def _number_factor(value: Fraction, decimal: bool) -> list[Term]:
    return [] if value == 1 else [number(value, decimal and _is_decimal(value))]


def _is_decimal(value: Fraction) -> bool:
    """Whether ``value`` has a finite and short decimal expansion."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1 and value.denominator <= 10**40


def _parts(term: Term) -> tuple[Term, ...]:
    """The factors of a product; none of 1."""
    if term == ONE:
        return ()
    return term.args if isinstance(term, Apply) and term.op == "mul" else (term,)


def _times(factors: list[Term]) -> Term:
    if not factors:
        return ONE
    return factors[0] if len(factors) == 1 else Apply("mul", tuple(factors))


# --- sums ---------------------------------------------------------------------------------------------


def addends(term: Term) -> list[Term]:
    """The addends of a sum, signs inside, nested sums taken apart; a term that is no sum is one addend."""
    if isinstance(term, Apply) and term.op == "add":
        return [part for child in term.args for part in addends(child)]
    if isinstance(term, Apply) and term.op == "neg":
        inner = term.args[0]
        if isinstance(inner, Apply) and inner.op in ("add", "neg"):
            return [neg(part) for part in addends(inner)]
    return [term]


def _sum(parts: tuple[Term, ...]) -> Term:
    collected: dict[frozenset[tuple[Term, Term]], Monomial] = {}
    for part in parts:
        for addend in addends(part):
            monomial = Monomial.of(addend)
            key = frozenset(monomial.powers.items())
            if key in collected:
                collected[key].coefficient += monomial.coefficient
                collected[key].decimal |= monomial.decimal
            else:
                collected[key] = monomial
    terms = [m.term() for m in collected.values() if m.coefficient != 0]
    if not terms:
        return ZERO
    return terms[0] if len(terms) == 1 else Apply("add", (terms[0], *map(_subtracted, terms[1:])))


def _subtracted(term: Term) -> Term:
    """A later addend as one writes it: minus 2, not plus -2."""
    if isinstance(term, Number) and term.value < 0:
        return Apply("neg", (Number(-term.value, term.decimal),))
    return term


def split_content(term: Term) -> tuple[Fraction, Term]:
    """The greatest rational that divides every addend of a sum, and the sum divided by it."""
    monomials = [Monomial.of(part) for part in addends(term)]
    content = Fraction(
        gcd(*(m.coefficient.numerator for m in monomials)),
        lcm(*(m.coefficient.denominator for m in monomials)),
    )
    if content in (0, 1) or any(m.decimal for m in monomials):
        return Fraction(1), term
    for m in monomials:
        m.coefficient /= content
    return content, _sum(tuple(m.term() for m in monomials))


# --- expansion: one of the candidates for a closed form --------------------------------------------------


def expand(term: Term, limit: int = 64) -> Term | None:
    """``term`` with products of sums multiplied out, or None where that passes ``limit`` addends."""
    parts = _expanded(tidy(term), limit)
    return None if parts is None else _sum(tuple(m.term() for m in parts))


def _expanded(term: Term, limit: int) -> list[Monomial] | None:
    if isinstance(term, Apply) and term.op in ("add", "neg"):
        out: list[Monomial] = []
        for part in term.args:
            parts = _expanded(part, limit)
            if parts is None or len(out) + len(parts) > limit:
                return None
            out += parts
        for m in out if term.op == "neg" else ():
            m.coefficient = -m.coefficient
        return out
    whole = Monomial.of(term)
    sums: list[list[Monomial]] = []
    for base, exponent in list(whole.powers.items()):
        times = exponent.value if isinstance(exponent, Number) else Fraction(0)
        if not (isinstance(base, Apply) and base.op == "add" and times.denominator == 1 and times > 0):
            continue
        inner = _expanded(base, limit)
        if inner is None or len(inner) ** min(int(times), 12) > limit:
            return None
        del whole.powers[base]
        sums += [inner] * int(times)
    out = [whole]
    for group in sums:
        out = [_joined(a, b) for a in out for b in group]
        if len(out) > limit:
            return None
    return out


def _joined(a: Monomial, b: Monomial) -> Monomial:
    out = Monomial(a.coefficient * b.coefficient, a.decimal or b.decimal, dict(a.powers))
    for base, exponent in b.powers.items():
        if isinstance(exponent, Number):
            out.raise_to(base, exponent, Fraction(1))
        else:
            out.put(base, exponent)
    return out


def is_scalar_coefficient(term: Term) -> bool:
    """Whether ``term`` is built of numbers, constants and symbolic lengths alone."""
    if isinstance(term, (Number, Constant, Length)):
        return True
    if isinstance(term, (Entry, Summation, Partial)) or not term.children:
        return False
    return all(is_scalar_coefficient(child) for child in term.children)
