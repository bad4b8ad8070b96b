"""The written term: one small tree for everything that is derived, printed and evaluated.

A term is kept exactly as it was written; nothing here rewrites. Sums and products are flat
(``a - b + c`` is ``add(a, neg(b), c)``), a quotient stays a quotient, and brackets that a person
wrote stay as nesting. The same tree serves four uses, told apart by its leaves:

- tensor expressions over :class:`Symbol` (``X.T@r``), with the op table's names as operations;
- kernels over :class:`Slot`, :class:`Length` and :class:`Axis`: what one node of the graph computes;
- index notation over :class:`Entry`, :class:`Index` and :class:`Summation` (``Σ_i r[i]*X[i,j]``);
- labels of factors, as :class:`Partial` (``∂z[i,j]/∂y[i,j]``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

Params = tuple[tuple[str, Any], ...]


class Term:
    """Base of all terms. Equality and hash are structural; the hash is computed once."""

    __slots__ = ("_hash",)
    _hash: int

    @property
    def children(self) -> tuple[Term, ...]:
        """The terms directly below this one."""
        return ()

    def with_children(self, children: tuple[Term, ...]) -> Term:
        """This term with other children, in the order of :attr:`children`."""
        return self

    def _key(self) -> tuple[Any, ...]:
        raise NotImplementedError

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            value = hash((type(self).__name__, *self._key()))
            object.__setattr__(self, "_hash", value)
            return value

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Term) or type(self) is not type(other) or hash(self) != hash(other):
            return False
        return self._key() == other._key()


@dataclass(frozen=True, slots=True, eq=False)
class Number(Term):
    """An exact rational; ``decimal`` when the program spelled it with a point."""

    value: Fraction
    decimal: bool = False

    def _key(self) -> tuple[Any, ...]:
        return (self.value, self.decimal)


@dataclass(frozen=True, slots=True, eq=False)
class Constant(Term):
    """A mathematical constant: ``pi`` or ``e``."""

    name: str

    def _key(self) -> tuple[Any, ...]:
        return (self.name,)


@dataclass(frozen=True, slots=True, eq=False)
class Symbol(Term):
    """A named tensor or scalar of the program."""

    name: str

    def _key(self) -> tuple[Any, ...]:
        return (self.name,)


@dataclass(frozen=True, slots=True, eq=False)
class Length(Term):
    """A symbolic length used as a number: the n of ``2/n``."""

    name: str

    def _key(self) -> tuple[Any, ...]:
        return (self.name,)


@dataclass(frozen=True, slots=True, eq=False)
class Slot(Term):
    """The entry of a kernel's operand number ``position``."""

    position: int

    def _key(self) -> tuple[Any, ...]:
        return (self.position,)


@dataclass(frozen=True, slots=True, eq=False)
class Axis(Term):
    """The value (from 0) of a kernel's running index number ``position``."""

    position: int

    def _key(self) -> tuple[Any, ...]:
        return (self.position,)


@dataclass(frozen=True, slots=True, eq=False)
class Index(Term):
    """An index letter of index notation: i, j, k."""

    name: str

    def _key(self) -> tuple[Any, ...]:
        return (self.name,)


@dataclass(frozen=True, slots=True, eq=False)
class Entry(Term):
    """One entry of a tensor: ``base[i, j]``. Indices are terms over :class:`Index` and numbers."""

    base: Term
    indices: tuple[Term, ...]

    @property
    def children(self) -> tuple[Term, ...]:
        return (self.base, *self.indices)

    def with_children(self, children: tuple[Term, ...]) -> Term:
        return Entry(children[0], children[1:])

    def _key(self) -> tuple[Any, ...]:
        return (self.base, self.indices)


@dataclass(frozen=True, slots=True, eq=False)
class Apply(Term):
    """An operation applied to arguments: ``add``, ``mul``, ``sin``, ``matmul``, ``mean`` with its axis.

    ``params`` are literal keyword values, sorted by name. An abstract function is ``call`` with the
    params ``function`` (its name) and ``orders`` (how often it is differentiated in each argument).
    """

    op: str
    args: tuple[Term, ...]
    params: Params = ()

    @property
    def children(self) -> tuple[Term, ...]:
        return self.args

    def with_children(self, children: tuple[Term, ...]) -> Term:
        return Apply(self.op, children, self.params)

    def param(self, name: str, default: Any = None) -> Any:
        """The literal value of the keyword ``name``."""
        return dict(self.params).get(name, default)

    def _key(self) -> tuple[Any, ...]:
        return (self.op, self.args, self.params)


@dataclass(frozen=True, slots=True, eq=False)
class Summation(Term):
    """Σ over ``indices``, each running over the length at the same place of ``lengths``."""

    indices: tuple[Index, ...]
    lengths: tuple[Term, ...]
    body: Term

    @property
    def children(self) -> tuple[Term, ...]:
        return (self.body,)

    def with_children(self, children: tuple[Term, ...]) -> Term:
        return Summation(self.indices, self.lengths, children[0])

    def _key(self) -> tuple[Any, ...]:
        return (self.indices, self.lengths, self.body)


@dataclass(frozen=True, slots=True, eq=False)
class Partial(Term):
    """The name of a derivative: ∂of/∂wrt, of higher order when ``wrt`` has several terms.

    ``total`` derivatives print with an upright d (dw/du of scalars of one variable).
    """

    of: Term
    wrt: tuple[Term, ...]
    total: bool = False

    @property
    def children(self) -> tuple[Term, ...]:
        return (self.of, *self.wrt)

    def with_children(self, children: tuple[Term, ...]) -> Term:
        return Partial(children[0], children[1:], self.total)

    def _key(self) -> tuple[Any, ...]:
        return (self.of, self.wrt, self.total)


# --- how tightly each form binds; a child that binds less tightly is bracketed --------------------

COMPARISONS: Mapping[str, str] = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}

COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(1, 7)

_PRECEDENCE: Mapping[str, int] = {
    **dict.fromkeys(COMPARISONS, COMPARISON),
    "add": SUM,
    "neg": SIGN,
    "mul": PRODUCT,
    "div": PRODUCT,
    "matmul": PRODUCT,
    "pow": POWER,
}


def precedence(term: Term) -> int:
    """How tightly the written form of ``term`` binds, from COMPARISON to ATOM."""
    if isinstance(term, Apply):
        if term.op == "neg":
            return SUM if precedence(term.args[0]) <= SUM else min(SIGN, precedence(term.args[0]))
        return _PRECEDENCE.get(term.op, ATOM)
    if isinstance(term, Number):
        if term.value < 0:
            return SIGN if term.value.denominator == 1 else PRODUCT
        return ATOM if term.value.denominator == 1 or term.decimal else PRODUCT
    if isinstance(term, Summation):
        return PRODUCT
    if isinstance(term, Partial):
        return PRODUCT
    return ATOM


# --- short ways to write terms in code: raw, nothing is simplified ---------------------------------


@cache
def integer(value: int) -> Number:
    """The number ``value``."""
    return Number(Fraction(value))


def number(value: Fraction | int, decimal: bool = False) -> Number:
    """The number ``value``, exact."""
    return Number(Fraction(value), decimal)


@cache
def slot(position: int) -> Slot:
    """The placeholder of a kernel's operand ``position``."""
    return Slot(position)


@cache
def axis(position: int) -> Axis:
    """The running index ``position`` of a kernel."""
    return Axis(position)


ZERO, ONE, TWO = integer(0), integer(1), integer(2)
PI, E = Constant("pi"), Constant("e")


def apply(op: str, *args: Term, **params: Any) -> Apply:
    """``op(*args, **params)`` as a term."""
    return Apply(op, args, tuple(sorted(params.items())))


# --- walking ----------------------------------------------------------------------------------------


def walk(term: Term) -> Iterator[Term]:
    """``term`` and everything below it, parents first, left to right."""
    stack = [term]
    while stack:
        top = stack.pop()
        yield top
        stack.extend(reversed(top.children))


def contains(term: Term, leaf: Term) -> bool:
    """Whether ``leaf`` occurs in ``term``."""
    return any(part == leaf for part in walk(term))


def rewrite(term: Term, change: Callable[[Term], Term | None]) -> Term:
    """``term`` with every part replaced by ``change(part)`` where that is not None, from the top down."""
    found = change(term)
    if found is not None:
        return found
    old = term.children
    if not old:
        return term
    new = tuple(rewrite(child, change) for child in old)
    return term if all(a is b for a, b in zip(old, new, strict=True)) else term.with_children(new)


def substitute(term: Term, table: Mapping[Term, Term]) -> Term:
    """``term`` with every occurrence of a key of ``table`` replaced by its value, at once."""
    return rewrite(term, table.get) if table else term


def node_count(term: Term) -> int:
    """How many nodes the tree has."""
    return sum(1 for _ in walk(term))


def slots(term: Term) -> frozenset[int]:
    """The operand positions that occur in a kernel."""
    return frozenset(part.position for part in walk(term) if isinstance(part, Slot))
