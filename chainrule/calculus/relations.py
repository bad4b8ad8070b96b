"""What a named product says about its factors: from p = e/s follows p*s/e = 1, by which terms get shorter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from chainrule.algebra import Monomial, mul, power, tidy
from chainrule.calculus.cost import cost
from chainrule.terms import ZERO, Apply, Entry, Index, Number, Term, number, rewrite, walk


@dataclass(frozen=True, slots=True)
class Relation:
    """A product that is 1 for all ``letters``: factors with their exponents, and a coefficient."""

    letters: tuple[Index, ...]
    factors: tuple[tuple[Term, Fraction], ...]
    coefficient: Fraction

    @staticmethod
    def of(name: Term, definition: Term, letters: tuple[Index, ...]) -> Relation | None:
        """name/definition = 1, where the definition is a product of at least two things."""
        whole = Monomial.of(definition)
        factors = [(name, Fraction(1))]
        for base, exponent in whole.powers.items():
            if not isinstance(exponent, Number):
                return None
            factors.append((base, -exponent.value))
        several = len(factors) > 2 or (whole.coefficient != 1 and _is_composed(factors[-1][0]))
        if not several or not whole.coefficient or whole.decimal:
            return None
        return Relation(letters, tuple(factors), 1 / whole.coefficient)

    def bindings(self, bases: Sequence[Term]) -> Iterator[Mapping[Term, Term]]:
        """The places at which the product may help with a term that has these ``bases``."""
        if not self.letters:
            yield {}
            return
        seen: list[dict[Term, Term]] = []
        for factor, _ in self.factors:
            if {part for part in walk(factor) if isinstance(part, Index)} < set(self.letters):
                continue
            for base in bases:
                table: dict[Term, Term] = {}
                if _matches(factor, base, self.letters, table) and table not in seen:
                    seen.append(table)
                    yield table

    def raised(self, exponent: int, table: Mapping[Term, Term]) -> Term:
        """The product to a power, at the place that ``table`` gives."""
        parts = [power(rewrite(base, table.get), number(e * exponent)) for base, e in self.factors]
        return mul(number(self.coefficient**exponent), *parts)


def _is_composed(term: Term) -> bool:
    return isinstance(term, Entry) and isinstance(term.base, Apply)


def _matches(pattern: Term, term: Term, letters: tuple[Index, ...], table: dict[Term, Term]) -> bool:
    if isinstance(pattern, Index) and pattern in letters:
        return isinstance(term, Index) and table.setdefault(pattern, term) == term
    if isinstance(pattern, Entry):
        return (
            isinstance(term, Entry)
            and pattern.base == term.base
            and len(pattern.indices) == len(term.indices)
            and _all_match(pattern.indices, term.indices, letters, table)
        )
    if isinstance(pattern, Apply):
        return (
            isinstance(term, Apply)
            and (pattern.op, pattern.params, len(pattern.args)) == (term.op, term.params, len(term.args))
            and _all_match(pattern.args, term.args, letters, table)
        )
    return pattern == term


def _all_match(
    patterns: Sequence[Term], terms: Sequence[Term], letters: tuple[Index, ...], table: dict[Term, Term]
) -> bool:
    return all(_matches(a, b, letters, table) for a, b in zip(patterns, terms, strict=True))


def shortened(term: Term, relations: Sequence[Relation]) -> Term:
    """``term`` with the relations used where they make a product cheaper, in it or among its addends."""
    if not relations:
        return term
    if isinstance(term, Apply) and term.op == "add":
        return tidy(term.with_children(tuple(shortened(part, relations) for part in term.args)))
    while True:
        bases = list(Monomial.of(term).powers)
        options = [
            option
            for relation in relations
            for table in relation.bindings(bases)
            for exponent in (1, -1)
            if _is_safe(option := mul(term, relation.raised(exponent, table)), term)
        ]
        best = min(options, key=cost, default=term)
        if cost(best) >= cost(term):
            return term
        term = best


def _is_safe(new: Term, old: Term) -> bool:
    """Whether nothing is divided by that was not divided by before, so that no place is lost."""
    before = Monomial.of(old).powers
    return all(
        _value(exponent) >= min(_value(before.get(base, ZERO)), Fraction(0))
        for base, exponent in Monomial.of(new).powers.items()
        if _value(exponent) < 0
    )


def _value(exponent: Term) -> Fraction:
    return exponent.value if isinstance(exponent, Number) else Fraction(0)
