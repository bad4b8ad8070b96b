"""What all notations have in common: brackets by precedence, sums with their signs, and the dispatch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from chainrule.terms import (
    COMPARISON,
    COMPARISONS,
    PRODUCT,
    SIGN,
    SUM,
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


class Piece(NamedTuple):
    """A written term and how tightly what is written binds, from COMPARISON to ATOM."""

    text: str
    level: int


class Printer(ABC):
    """Writes terms. A subclass is one notation; ``forms`` maps operations to the methods that write them."""

    minus = "-"
    relations: Mapping[str, str] = COMPARISONS

    def __init__(self) -> None:
        self.forms: dict[str, Callable[[Apply], Piece]] = {
            "add": self.addition,
            "neg": self.negation,
            "mul": self.product,
            "div": self.quotient,
            "matmul": self.matrix_product,
            "pow": self.power,
            "call": self.abstract_call,
            **dict.fromkeys(COMPARISONS, self.comparison),
        }

    def piece(self, term: Term) -> Piece:
        """``term``, written."""
        match term:
            case Apply():
                return self.forms.get(term.op, self.operation)(term)
            case Number():
                return self.number(term)
            case Symbol() | Length() | Index():
                return self.name(term.name)
            case Constant():
                return self.constant(term.name)
            case Entry():
                return self.entry(term)
            case Summation():
                return self.summation(term)
            case Partial():
                return self.partial(term)
            case Slot():
                return self.name(f"slot_{term.position}")
            case Axis():
                return self.name(f"axis_{term.position}")
        raise TypeError(type(term).__name__)

    def write(self, term: Term, level: int = COMPARISON) -> str:
        """``term`` as text, bracketed where it binds less tightly than ``level``."""
        return self.fit(self.piece(term), level)

    def fit(self, piece: Piece, level: int) -> str:
        """What is written, bracketed where it binds less tightly than ``level``."""
        return piece.text if piece.level >= level else self.bracket(piece.text)

    def inner(self, term: Term, level: int) -> str:
        """As :meth:`write`, for places where a minus may not stand: ``a*(-b)``."""
        piece = self.piece(term)
        signed = piece.text.startswith(self.minus)
        return self.bracket(piece.text) if signed else self.fit(piece, level)

    def bracket(self, text: str) -> str:
        """``text`` in round brackets."""
        return f"({text})"

    def is_open_ended(self, text: str) -> bool:
        """Whether nothing marks where ``text`` ends, so that what follows would seem to belong to it."""
        return False

    # --- the same in every notation -----------------------------------------------------------------------

    def addition(self, term: Apply) -> Piece:
        """A sum; an addend's leading minus takes the place of the plus."""
        out: list[str] = []
        last = len(term.args) - 1
        for position, addend in enumerate(term.args):
            text = self.write(addend, PRODUCT)
            if position < last and self.is_open_ended(text):
                text = self.bracket(text)
            if not out:
                out.append(text)
            elif text.startswith(self.minus):
                out.append(f" {self.minus} {text[len(self.minus) :]}")
            else:
                out.append(f" + {text}")
        return Piece("".join(out), SUM)

    def negation(self, term: Apply) -> Piece:
        """A leading minus."""
        piece = self.piece(term.args[0])
        if piece.level < PRODUCT or piece.text.startswith(self.minus):
            piece = Piece(self.bracket(piece.text), SIGN)
        return Piece(self.minus + piece.text, min(SIGN, piece.level))

    def comparison(self, term: Apply) -> Piece:
        """A condition."""
        left, right = (self.write(side, SUM) for side in term.args)
        return Piece(f"{left} {self.relations[term.op]} {right}", COMPARISON)

    # --- what a notation says ---------------------------------------------------------------------------

    @abstractmethod
    def number(self, term: Number) -> Piece:
        """A number."""

    @abstractmethod
    def name(self, name: str) -> Piece:
        """A variable, a length or an index letter."""

    @abstractmethod
    def constant(self, name: str) -> Piece:
        """``pi`` or ``e``."""

    @abstractmethod
    def entry(self, term: Entry) -> Piece:
        """One entry of a tensor."""

    @abstractmethod
    def summation(self, term: Summation) -> Piece:
        """A sum over indices."""

    @abstractmethod
    def partial(self, term: Partial) -> Piece:
        """The name of a derivative; for a compound expression, the derivative sign before it."""

    @abstractmethod
    def product(self, term: Apply) -> Piece:
        """An elementwise product."""

    @abstractmethod
    def quotient(self, term: Apply) -> Piece:
        """An elementwise quotient."""

    @abstractmethod
    def matrix_product(self, term: Apply) -> Piece:
        """A matrix product."""

    @abstractmethod
    def power(self, term: Apply) -> Piece:
        """An elementwise power."""

    @abstractmethod
    def abstract_call(self, term: Apply) -> Piece:
        """An unknown function or one of its derivatives."""

    @abstractmethod
    def operation(self, term: Apply) -> Piece:
        """Any other operation, by its name in the op table."""

    @abstractmethod
    def chain(self, factors: Sequence[Term]) -> str:
        """The factors of a chain before they are multiplied: ``1/4 · 6 y_ij · 1``."""


def is_prefix(term: Term) -> bool:
    """Whether a term swallows all factors to its right: Σ_i …, d/dx (…), cases."""
    if isinstance(term, Apply):
        return term.op == "where"
    return isinstance(term, Summation) or (isinstance(term, Partial) and not is_named(term.of))


def is_named(term: Term) -> bool:
    """Whether a derivative of ``term`` is written as ∂term/∂x rather than ∂/∂x (term)."""
    return is_named(term.base) if isinstance(term, Entry) else isinstance(term, Symbol)
