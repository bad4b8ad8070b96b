"""What is never negative, and what stays between 0 and 1: read off a term and what its names stand for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from chainrule.algebra import Monomial, addends, neg
from chainrule.calculus.scalars import is_negative, is_whole
from chainrule.terms import ONE, Apply, Constant, Entry, Length, Number, Summation, Symbol, Term

_DEEPEST = 8
_SHARES = frozenset({"sigmoid", "softmax", "normal_cdf", "hardsigmoid"})
_WITHIN_ONE = frozenset({"sin", "cos", "tanh", "erf", "sign", "softsign"})
_POSITIVE = frozenset({"exp", "cosh", "sqrt", "abs", "relu", "softplus", "square", "sech", *_SHARES})
_KEEPING = frozenset({"sum", "mean", "max", "min", "transpose", "reshape", "prod", "maximum", "minimum"})


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds of entries; ``words`` are the assumptions about inputs, ``definitions`` what other names are."""

    words: Mapping[str, Collection[str]] = field(default_factory=dict)
    definitions: Mapping[str, Term] = field(default_factory=dict)

    def nonnegative(self, term: Term, depth: int = 0) -> bool:
        """Whether every entry of ``term`` is at least 0, whatever the inputs are."""
        if depth > _DEEPEST:
            return False
        match term:
            case Number(value=value):
                return value >= 0
            case Constant():
                return True
            case Length(name=name):
                # A constant input is a coefficient too, and may have either sign.
                return name not in self.words or self._said(name, "positive", "nonnegative")
            case Symbol(name=name):
                return self._said(name, "positive", "nonnegative", "probability", "onehot") or (
                    name in self.definitions and self.nonnegative(self.definitions[name], depth + 1)
                )
            case Entry(base=inner) | Summation(body=inner):
                return self.nonnegative(inner, depth + 1)
            case Apply(op="where", args=(_, *branches)):
                return all(self.nonnegative(part, depth + 1) for part in branches)
            case Apply(op=op, args=args) if op in _KEEPING:
                return all(self.nonnegative(part, depth + 1) for part in args)
            case Apply(op="add"):
                return self._sum(addends(term), depth)
            case Apply(op="mul" | "div" | "pow" | "neg"):
                return self._product(term, depth)
            case Apply(op=op):
                return op in _POSITIVE
        return False

    def share(self, term: Term, depth: int = 0) -> bool:
        """Whether every entry of ``term`` lies between 0 and 1."""
        if depth > _DEEPEST:
            return False
        match term:
            case Number(value=value):
                return 0 <= value <= 1
            case Symbol(name=name):
                return self._said(name, "probability", "onehot") or (
                    name in self.definitions and self.share(self.definitions[name], depth + 1)
                )
            case Entry(base=inner):
                return self.share(inner, depth + 1)
            case Apply(op="pow", args=(base, exponent)) if is_whole(exponent) and self._value(exponent) > 0:
                even = self._value(exponent) % 2 == 0
                return self.share(base, depth + 1) or (even and self._within_one(base, depth + 1))
            case Apply(op="mul", args=args):
                return all(self.share(part, depth + 1) for part in args)
            case Apply(op=op):
                return op in _SHARES
        return False

    def _within_one(self, term: Term, depth: int) -> bool:
        if isinstance(term, Entry):
            return self._within_one(term.base, depth)
        if isinstance(term, Symbol) and term.name in self.definitions and depth <= _DEEPEST:
            return self._within_one(self.definitions[term.name], depth + 1)
        return isinstance(term, Apply) and term.op in _WITHIN_ONE

    def _said(self, name: str, *words: str) -> bool:
        return any(word in self.words.get(name, ()) for word in words)

    def _sum(self, parts: list[Term], depth: int) -> bool:
        """Whether a sum is of such terms, or 1 minus a share."""
        if all(self.nonnegative(part, depth + 1) for part in parts):
            return True
        if len(parts) != 2 or ONE not in parts:
            return False
        other = parts[1] if parts[0] == ONE else parts[0]
        return is_negative(other) and self.share(neg(other), depth + 1)

    def _product(self, term: Term, depth: int) -> bool:
        """Whether a product has a coefficient and powers that are not negative."""
        whole = Monomial.of(term)
        if whole.coefficient < 0:
            return False
        for base, exponent in whole.powers.items():
            even = is_whole(exponent) and self._value(exponent) % 2 == 0
            if not even and not self.nonnegative(base, depth + 1):
                return False
        return True

    @staticmethod
    def _value(exponent: Term) -> int:
        assert isinstance(exponent, Number)
        return int(exponent.value)
