"""Scalar algebra by SymPy, as one more candidate: for what needs a real factorization."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from chainrule.algebra import tidy
from chainrule.terms import Apply, Number, Term, node_count, number

MAX_NODES, MAX_ATOMS, MAX_EXPONENT = 80, 6, 6


class _Frozen:
    """Unknowns of SymPy for everything that is no sum, product, quotient or whole power."""

    def __init__(self, library: Any) -> None:
        self.library = library
        self.atoms: dict[Term, Any] = {}

    def sympy(self, term: Term) -> Any:
        if isinstance(term, Number):
            return self.library.Rational(term.value.numerator, term.value.denominator)
        if isinstance(term, Apply):
            if term.op == "add":
                return self.library.Add(*map(self.sympy, term.args))
            if term.op == "mul":
                return self.library.Mul(*map(self.sympy, term.args))
            if term.op == "neg":
                return -self.sympy(term.args[0])
            if term.op == "div":
                return self.sympy(term.args[0]) / self.sympy(term.args[1])
            exponent = _small_whole(term.args[1]) if term.op == "pow" else None
            if exponent is not None:
                return self.sympy(term.args[0]) ** exponent
        return self.atoms.setdefault(term, self.library.Dummy())

    def term(self, expression: Any) -> Term:
        """Back again, with addends and factors in the order in which the unknowns were met."""
        if expression.is_Rational:
            return number(Fraction(int(expression.p), int(expression.q)))
        if expression.is_Pow:
            return Apply("pow", (self.term(expression.base), self.term(expression.exp)))
        if expression.is_Add or expression.is_Mul:
            parts = sorted(expression.args, key=self._degree) if expression.is_Add else expression.args
            parts = sorted(parts, key=self._place)
            return Apply("add" if expression.is_Add else "mul", tuple(map(self.term, parts)))
        return next(atom for atom, symbol in self.atoms.items() if symbol == expression)

    def _place(self, expression: Any) -> tuple[bool, list[int]]:
        order = {symbol: place for place, symbol in enumerate(self.atoms.values())}
        return not expression.is_Rational, sorted(order[symbol] for symbol in expression.free_symbols)

    def _degree(self, expression: Any) -> int:
        return -int(self.library.total_degree(expression)) if expression.free_symbols else 0


def _small_whole(term: Term) -> int | None:
    if isinstance(term, Number) and term.value.denominator == 1 and abs(term.value) <= MAX_EXPONENT:
        return int(term.value)
    return None


def factored(term: Term) -> Term | None:
    """``term`` over one denominator and factored; None where it is too large to be tried."""
    if node_count(term) > MAX_NODES:
        return None
    import sympy

    frozen = _Frozen(sympy)
    expression = frozen.sympy(term)
    if len(frozen.atoms) > MAX_ATOMS:
        return None
    try:
        return tidy(frozen.term(sympy.factor(sympy.together(expression))))
    except (sympy.PolynomialError, StopIteration):
        return None
