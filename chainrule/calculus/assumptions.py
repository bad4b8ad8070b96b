"""What a formula and its derivative take for granted: x > 0 for a logarithm, x != 0 for a quotient."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType

from chainrule.language.elaborate import condition, kernel
from chainrule.notation.text import text
from chainrule.ops import TABLE
from chainrule.ops.table import Pointwise
from chainrule.terms import (
    COMPARISONS,
    ONE,
    ZERO,
    Apply,
    Constant,
    Entry,
    Length,
    Number,
    Summation,
    Symbol,
    Term,
    slot,
    substitute,
    walk,
)

Assumption = Term | str
"""A comparison such as x > 0; a sentence where there is none."""

_OF_DETERMINANTS = MappingProxyType({"inv": "ne", "solve": "ne", "slogdet": "ne", "logdet": "gt"})
_IN_WORDS = MappingProxyType(
    {
        "cholesky": "{0} is symmetric positive definite",
        "pinv": "{0} has full rank",
        "eigh_vectors": "the eigenvalues of {0} differ",
        "asech": "0 < {0} < 1",
        "gamma": "{0} is no whole number below 1",
        "digamma": "{0} is no whole number below 1",
        "polygamma": "{1} is no whole number below 1",
        **dict.fromkeys(("floor", "ceil"), "{0} is no whole number"),
        **dict.fromkeys(("trunc", "frac"), "{0} is no whole number other than 0"),
        "round": "{0} is not halfway between whole numbers",
        "remainder": "{0} over {1} is no whole number",
        "fmod": "{0} over {1} is no whole number other than 0",
    }
)

# Inside a domain there is a derivative; at its edge there need not be one.
_OPENED = MappingProxyType({"ge": "gt", "le": "lt"})
_POSITIVE = frozenset({"exp", "exp2", "sigmoid", "softmax", "softplus", "cosh", "sech", "logaddexp"})
_NOT_NEGATIVE = frozenset({"abs", "sqrt", "norm", "square", "relu", "hypot", "var", "std"})
_CASES = frozenset({"where", "floor", "ceil", "trunc", "round"})
_BELOW_ONE = frozenset({"sigmoid", "softmax", "tanh", "erf"})
_FOLDS = frozenset({"sum", "mean", "prod", "max", "min", "transpose", "take"})
_DEEPEST = 40

Known = Mapping[Term, Collection[str]]
Defined = Mapping[Term, Term]


def assumptions_of(
    term: Term, known: Known | None = None, defined: Defined | None = None, moving: Term | None = None
) -> tuple[Assumption, ...]:
    """Under which conditions a term has a value and a derivative, in the order in which it is written.

    known: the assumption words of names; what they imply is not repeated. defined: what names stand for, so
    that log(p) needs nothing where p = exp(x). moving: leave out parts in which this name does not occur.
    """
    signs = Signs(known or {}, defined or {})
    found: dict[Assumption, None] = {}
    for part in _unguarded(term):
        if isinstance(part, Apply) and (moving is None or any(leaf == moving for leaf in walk(part))):
            for assumed in needs_of(part):
                if isinstance(assumed, str) or not signs.imply(assumed):
                    found[assumed] = None
    above = {assumed.args for assumed in found if isinstance(assumed, Apply) and assumed.op == "gt"}
    return tuple(a for a in found if not (isinstance(a, Apply) and a.op == "ne" and a.args in above))


def _unguarded(term: Term) -> Iterator[Term]:
    """The parts of a term, parents first; what stands in the branches of a ``where`` is guarded by it."""
    yield term
    children = term.children[:1] if isinstance(term, Apply) and term.op == "where" else term.children
    for child in children:
        yield from _unguarded(child)


def spelled(assumption: Assumption) -> str:
    """An assumption as it is told: ``x > 0``."""
    return assumption if isinstance(assumption, str) else text(assumption)


# --- what operations ask for -----------------------------------------------------------------------------


def needs_of(part: Apply) -> Iterator[Assumption]:
    """What one operation needs of its arguments to have a value and a derivative there."""
    if part.op == "div":
        yield from _divided(part.args[1])
    elif part.op == "pow":
        yield from _raised(*part.args)
    elif part.op in _OF_DETERMINANTS:
        yield Apply(_OF_DETERMINANTS[part.op], (Apply("det", part.args[:1]), ZERO))
    else:
        if part.op == "xlogy":
            yield from _above(part.args[1])
        if part.op in _IN_WORDS:
            yield _IN_WORDS[part.op].format(*map(text, part.args))
        declared = TABLE.get(part.op)
        if isinstance(declared, Pointwise):
            yield from _of_function(declared, part)


def _of_function(op: Pointwise, part: Apply) -> Iterator[Assumption]:
    """That a function of numbers has a value there, that it does not jump, and that its slope is a number."""
    names = (*op.signature.parameters, "y")
    table: dict[Term, Term] = {slot(k): argument for k, argument in enumerate((*part.args, part))}
    asked = None if op.domain is None else condition(op.domain, names)
    jumps = None if op.jumps is None else condition(op.jumps, names)
    if isinstance(asked, Apply) and not _has_cases(asked):
        op_name, (left, right) = _OPENED.get(asked.op, asked.op), (substitute(a, table) for a in asked.args)
        yield from _above(left) if (op_name, right) == ("gt", ZERO) else (Apply(op_name, (left, right)),)
    if isinstance(jumps, Apply) and jumps.op == "eq" and not _has_cases(jumps):
        yield Apply("ne", tuple(substitute(argument, table) for argument in jumps.args))
    if op.domain is None:
        for slope in op.derivatives:
            for inner in _unguarded(kernel(slope, names)) if slope is not None else ():
                if isinstance(inner, Apply) and inner.op == "div":
                    yield from _divided(substitute(inner.args[1], table))


def _has_cases(term: Term) -> bool:
    return any(isinstance(inner, Apply) and inner.op in _CASES for inner in walk(term))


def _divided(divisor: Term) -> Iterator[Assumption]:
    """That no factor of a divisor is 0, nor the base of a power; a length is at least 1."""
    if isinstance(divisor, Apply) and divisor.op in ("mul", "neg"):
        for part in divisor.args:
            yield from _divided(part)
    elif isinstance(divisor, Apply) and (_is_whole_power(divisor) or divisor.op in ("abs", "cbrt")):
        yield from _divided(divisor.args[0])
    elif isinstance(divisor, Apply) and divisor.op == "sqrt":
        yield from _above(divisor.args[0])
    elif isinstance(divisor, Length):
        yield Apply("ge", (divisor, ONE))
    elif not isinstance(divisor, (Number, Constant)):
        yield Apply("ne", (divisor, ZERO))


def _above(term: Term) -> Iterator[Assumption]:
    """That something is positive; of an even power, an absolute value or a root that says more plainly."""
    if isinstance(term, Apply) and (term.op == "abs" or (_is_whole_power(term) and _is_even(term.args[1]))):
        yield from _divided(term.args[0])
    elif isinstance(term, Apply) and term.op == "sqrt":
        yield from _above(term.args[0])
    else:
        yield Apply("gt", (term, ZERO))


def _is_whole_power(term: Apply) -> bool:
    exponent = term.args[-1]
    return term.op == "pow" and isinstance(exponent, Number) and exponent.value.denominator == 1


def _is_even(exponent: Term) -> bool:
    return isinstance(exponent, Number) and exponent.value % 2 == 0


def _raised(base: Term, exponent: Term) -> Iterator[Assumption]:
    """A whole power needs nothing, a whole negative one a base that is not 0, any other a positive base."""
    minus = isinstance(exponent, Apply) and exponent.op == "neg"
    size = exponent.args[0] if isinstance(exponent, Apply) and minus else exponent
    if isinstance(size, Number) and size.value.denominator == 1:
        if minus != (size.value < 0):
            yield Apply("ne", (base, ZERO))
    elif not isinstance(base, (Number, Constant)):
        yield from _above(base)


# --- what is known ---------------------------------------------------------------------------------------


class Signs:
    """What names, their definitions, the operations and what has been ``said`` already tell about signs."""

    def __init__(self, known: Known, defined: Defined, said: Collection[Assumption] = ()) -> None:
        self.known, self.defined = known, defined
        about = [told for told in said if isinstance(told, Apply) and told.args[1:] == (ZERO,)]
        self._positive: dict[Term, bool] = {told.args[0]: True for told in about if told.op == "gt"}
        self._not_zero = {told.args[0] for told in about if told.op == "ne"}
        self._at_least_zero: dict[Term, bool] = {}

    def imply(self, assumed: Term) -> bool:
        """Whether a comparison holds anyway."""
        if not isinstance(assumed, Apply) or assumed.op not in COMPARISONS:
            return False
        left, right = assumed.args
        if not any(isinstance(leaf, (Symbol, Entry, Length)) for leaf in walk(assumed)):
            return True
        if right != ZERO:
            below = isinstance(right, Number) and right.value < 0
            return assumed.op == "gt" and below and self.at_least_zero(left)
        return self.positive(left) if assumed.op == "gt" else assumed.op == "ne" and self._is_not_zero(left)

    def _is_not_zero(self, term: Term) -> bool:
        """Whether a term is certainly other than 0: as a factor, a divisor, a base or a root is."""
        if term in self._not_zero or self.positive(term):
            return True
        if not isinstance(term, Apply):
            return isinstance(term, Number) and term != ZERO
        if term.op in ("mul", "div", "neg"):
            return all(map(self._is_not_zero, term.args))
        return term.op == "pow" and self._is_not_zero(term.args[0])

    def positive(self, term: Term, depth: int = 0) -> bool:
        """Whether a term is certainly above 0."""
        if term not in self._positive:
            self._positive[term] = False
            self._positive[term] = self._is_positive(term, depth)
        return self._positive[term]

    def _is_positive(self, term: Term, depth: int) -> bool:
        if depth > _DEEPEST:
            return False
        deeper = depth + 1
        if isinstance(term, Number):
            return term.value > 0
        if isinstance(term, (Constant, Length)):
            return True
        if isinstance(term, Symbol):
            if "positive" in self.known.get(term, ()):
                return True
            return term in self.defined and self.positive(self.defined[term], deeper)
        if isinstance(term, (Entry, Summation)):
            return self.positive(term.base if isinstance(term, Entry) else term.body, deeper)
        if not isinstance(term, Apply):
            return False
        if term.op == "add":
            signs = [self.positive(part, deeper) for part in term.args]
            rest = [self.at_least_zero(part, deeper) for part in term.args]
            return (any(signs) and all(rest)) or self._below_one(term, deeper)
        if term.op in ("mul", "div"):
            return all(self.positive(part, deeper) for part in term.args)
        if term.op in ("pow", "sqrt") or term.op in _FOLDS:
            return self.positive(term.args[0], deeper)
        return term.op in _POSITIVE

    def _below_one(self, term: Apply, depth: int) -> bool:
        """Whether a sum is 1 - p with p below 1."""
        if len(term.args) != 2 or term.args[0] != ONE:
            return False
        second = term.args[1]
        part: Term | None = second.args[0] if isinstance(second, Apply) and second.op == "neg" else None
        while part is not None and (isinstance(part, Entry) or part in self.defined):
            part = part.base if isinstance(part, Entry) else self.defined[part]
        return isinstance(part, Apply) and part.op in _BELOW_ONE

    def at_least_zero(self, term: Term, depth: int = 0) -> bool:
        """Whether a term is certainly not below 0."""
        if term not in self._at_least_zero:
            self._at_least_zero[term] = False
            self._at_least_zero[term] = self._is_at_least_zero(term, depth)
        return self._at_least_zero[term]

    def _is_at_least_zero(self, term: Term, depth: int) -> bool:
        if depth > _DEEPEST:
            return False
        if self.positive(term, depth + 1) or term == ZERO:
            return True
        if isinstance(term, Symbol):
            words = set(self.known.get(term, ()))
            if words & {"nonnegative", "probability", "onehot"}:
                return True
            return term in self.defined and self.at_least_zero(self.defined[term], depth + 1)
        if isinstance(term, (Entry, Summation)):
            return self.at_least_zero(term.base if isinstance(term, Entry) else term.body, depth + 1)
        if not isinstance(term, Apply):
            return False
        if term.op == "pow":
            return _is_even(term.args[1])
        if term.op in ("add", "mul", "div") or term.op in _FOLDS:
            return all(self.at_least_zero(part, depth + 1) for part in term.args)
        return term.op in _NOT_NEGATIVE
