"""Terms as SymPy expressions, described without SymPy: a tree of constructors, and its text.

The text is what ``sympy.srepr`` writes, ``Add(Symbol('x', real=True), Integer(2))``, but of the term as it
was written: SymPy simplifies only when the constructors are called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from chainrule.notation.numerals import digits
from chainrule.notation.printer import is_named
from chainrule.ops import TABLE
from chainrule.ops.table import Pointwise
from chainrule.terms import (
    Apply,
    Axis,
    Constant,
    Entry,
    Index,
    Length,
    Number,
    Partial,
    Slot,
    Summation,
    Symbol,
    Term,
)

Laws = Callable[[str], Term]
"""The law of a pointwise operation, by its name, as a kernel: slot k is parameter k."""

Assumptions = Mapping[str, Iterable[str]]
"""The assumption words of each variable; a variable that is missing is real."""

_CLASSES = {
    "add": "Add",
    "mul": "Mul",
    "pow": "Pow",
    "lt": "StrictLessThan",
    "le": "LessThan",
    "gt": "StrictGreaterThan",
    "ge": "GreaterThan",
    "eq": "Equality",
    "ne": "Unequality",
    "delta": "KroneckerDelta",
}

# What an assumption word says of each entry, in SymPy's words.
_FACTS = {
    "positive": ("positive",),
    "nonnegative": ("nonnegative",),
    "integer": ("integer",),
    "probability": ("nonnegative",),
    "onehot": ("integer", "nonnegative"),
}


@dataclass(frozen=True, slots=True)
class Construction:
    """A call of a SymPy constructor; a bare name where ``arguments`` is None.

    head: the constructor's name, or an undefined function. arguments: constructions, texts and integers.
    facts: the assumptions that are passed as true.
    """

    head: str | Construction
    arguments: tuple[Construction | str | int, ...] | None = None
    facts: tuple[str, ...] = ()


_TRUE = Construction("true")


def srepr(term: Term, assumptions: Assumptions | None = None, laws: Laws | None = None) -> str:
    """``term`` in the notation of ``sympy.srepr``.

    Operations that SymPy does not know are written out by their ``laws``, and are undefined functions
    where there is none.
    """
    return spell(construction(term, assumptions, laws))


def construction(
    term: Term, assumptions: Assumptions | None = None, laws: Laws | None = None
) -> Construction:
    """How SymPy would construct ``term``."""
    return _Translator(assumptions or {}, laws).translate(term)


def spell(part: Construction | str | int) -> str:
    """A construction as text."""
    if isinstance(part, str):
        return repr(part)
    if isinstance(part, int):
        return digits(part)
    head = part.head if isinstance(part.head, str) else spell(part.head)
    if part.arguments is None:
        return head
    return f"{head}({', '.join([*map(spell, part.arguments), *(f'{fact}=True' for fact in part.facts)])})"


def _call(head: str, *arguments: Construction | str | int) -> Construction:
    return Construction(head, arguments)


def _integer(value: int) -> Construction:
    return _call("Integer", value)


def _rational(value: Fraction) -> Construction:
    if value.denominator == 1:
        return _integer(value.numerator)
    return _call("Rational", value.numerator, value.denominator)


def _running(name: str) -> Construction:
    return Construction("Symbol", (name,), ("integer",))


def _length(name: str) -> Construction:
    return Construction("Symbol", (name,), ("integer", "positive"))


def _undefined(name: str, arguments: Iterable[Construction]) -> Construction:
    return Construction(_call("Function", name), tuple(arguments))


class _Translator:
    """Translates the parts of one term; ``slots`` are the arguments of the law that is being written out."""

    def __init__(
        self, assumptions: Assumptions, laws: Laws | None, slots: tuple[Construction, ...] = ()
    ) -> None:
        self._assumptions = assumptions
        self._laws = laws
        self._slots = slots

    def translate(self, term: Term) -> Construction:
        match term:
            case Number(value=value):
                return _rational(value)
            case Constant(name=name):
                return Construction({"e": "E"}.get(name, name))
            case Symbol(name=name):
                return self._variable(name)
            case Length(name=name):
                return _length(name)
            case Index(name=name):
                return _running(name)
            case Axis(position=position):
                return _running(f"axis_{position}")
            case Slot(position=position):
                return self._slots[position] if self._slots else self._variable(f"slot_{position}")
            case Entry():
                return self._entry(term)
            case Summation():
                return self._summation(term)
            case Partial():
                return self._partial(term)
            case Apply():
                return self._apply(term)
        raise TypeError(type(term).__name__)

    def _all(self, terms: Iterable[Term]) -> tuple[Construction, ...]:
        return tuple(map(self.translate, terms))

    def _variable(self, name: str) -> Construction:
        words = self._assumptions.get(name, ())
        facts = sorted({fact for word in words for fact in _FACTS.get(word, ())})
        return Construction("Symbol", (name,), tuple(facts) or ("real",))

    # --- index notation -----------------------------------------------------------------------------------

    def _entry(self, term: Entry) -> Construction:
        if not term.indices:
            return self.translate(term.base)
        if not isinstance(term.base, Symbol):
            return _undefined("entry", self._all(term.children))
        return self._indexed(term.base.name, term.indices)

    def _indexed(self, name: str, indices: Iterable[Term]) -> Construction:
        base = self._variable(name)
        places = self._all(indices)
        return _call("Indexed", _call("IndexedBase", base), *places) if places else base

    def _summation(self, term: Summation) -> Construction:
        ranges = []
        for index, length in zip(term.indices, term.lengths, strict=True):
            if isinstance(length, Number):
                last = _rational(length.value - 1)
            else:
                last = _call("Add", self.translate(length), _integer(-1))
            ranges.append(_call("Tuple", _running(index.name), _integer(0), last))
        return _call("Sum", self.translate(term.body), *ranges)

    def _partial(self, term: Partial) -> Construction:
        """A derivative by its name, as a symbol of its own; of a compound expression, a Derivative."""
        if not is_named(term.of):
            return _call("Derivative", *self._all(term.children))
        order = str(len(term.wrt)) if len(term.wrt) > 1 else ""
        below = " ".join(f"d{_base_name(variable)}" for variable in term.wrt)
        indices = [index for part in term.children for index in _indices(part)]
        return self._indexed(f"d{order}{_base_name(term.of)}/{below}", indices)

    # --- operations ---------------------------------------------------------------------------------------

    def _apply(self, term: Apply) -> Construction:
        match term.op:
            case "neg":
                return _call("Mul", _integer(-1), self.translate(term.args[0]))
            case "div":
                top, bottom = self._all(term.args)
                return _call("Mul", top, _call("Pow", bottom, _integer(-1)))
            case "sqrt":
                return _call("Pow", self.translate(term.args[0]), _call("Rational", 1, 2))
            case "where":
                return self._cases(term)
            case "call":
                return self._abstract(term)
        arguments = self._all(term.args)
        if term.op in _CLASSES:
            return _call(_CLASSES[term.op], *arguments)
        op = TABLE.get(term.op)
        if isinstance(op, Pointwise):
            return self._pointwise(op, arguments)
        return _undefined(term.op, (*arguments, *(_keyword(*pair) for pair in term.params)))

    def _pointwise(self, op: Pointwise, arguments: tuple[Construction, ...]) -> Construction:
        if op.sympy is not None or op.law is None:
            return _call(op.sympy or op.name, *arguments)
        if self._laws is None:
            return _undefined(op.name, arguments)
        return _Translator(self._assumptions, self._laws, arguments).translate(self._laws(op.name))

    def _cases(self, term: Apply) -> Construction:
        pieces = []
        rest: Term = term
        while isinstance(rest, Apply) and rest.op == "where":
            condition, value, rest = rest.args
            pieces.append(_call("Tuple", self.translate(value), self.translate(condition)))
        return _call("Piecewise", *pieces, _call("Tuple", self.translate(rest), _TRUE))

    def _abstract(self, term: Apply) -> Construction:
        name, orders = term.param("function"), term.param("orders", ())
        arguments = self._all(term.args)
        places = [place for place, order in enumerate(orders) if order]
        if not places:
            return _undefined(name, arguments)
        direct = all(_is_variable(term.args[k]) and arguments.count(arguments[k]) == 1 for k in places)
        inside = list(arguments)
        if not direct:
            for k in places:
                inside[k] = self._variable(f"_xi_{k + 1}")
        counts = [_call("Tuple", inside[k], _integer(orders[k])) for k in places]
        derivative = _call("Derivative", _undefined(name, inside), *counts)
        if direct:
            return derivative
        variables = _call("Tuple", *(inside[k] for k in places))
        return _call("Subs", derivative, variables, _call("Tuple", *(arguments[k] for k in places)))


def _is_variable(term: Term) -> bool:
    """Whether SymPy differentiates with respect to ``term`` as it stands."""
    if isinstance(term, Apply):
        return term.op == "call" and not any(term.param("orders", ()))
    return isinstance(term, (Symbol, Entry))


def _base_name(term: Term) -> str:
    while isinstance(term, Entry):
        term = term.base
    return term.name if isinstance(term, Symbol) else "?"


def _indices(term: Term) -> tuple[Term, ...]:
    return (*_indices(term.base), *term.indices) if isinstance(term, Entry) else ()


def _keyword(name: str, value: Any) -> Construction:
    return _call("Tuple", _call("Symbol", name), _literal(value))


def _literal(value: Any) -> Construction:
    if isinstance(value, bool):
        return Construction("true" if value else "false")
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, Fraction):
        return _rational(value)
    if isinstance(value, tuple):
        return _call("Tuple", *map(_literal, value))
    return _call("Symbol", str(value))
