"""A page as data: laws, derivatives, edges, pictures, a derivation. Reports and formats print it.

Formulas are written terms over names. ``y`` is the value of an operation and ``g`` = ∂out/∂y what comes back
to it on the way from the output.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from chainrule.derivation.data import Derivation
from chainrule.terms import Term

Point = tuple[float, float]
Line = tuple[Point, ...]
Condition = tuple[tuple[Term, ...], ...]
"""Comparisons: any of the tuples, in which all hold. Empty where there is nothing to say."""

Kind = Literal["rule", "operation", "refused"]


@dataclass(frozen=True, slots=True)
class Equation:
    """``left = right``."""

    left: Term
    right: Term


@dataclass(frozen=True, slots=True)
class Claim:
    """What an operation does to one parameter on the way back.

    left: ∂y/∂parameter, or ∂out/∂parameter where the cotangent ``g`` is part of the formula. right: the
    formula; None where there is none to read, and then ``text`` has it in the language of the op table, or
    ``remark`` says what happens instead.
    """

    parameter: str
    left: Term
    right: Term | None = None
    text: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Corner:
    """Where a function bends: the condition, the slopes on both sides, and what the libraries take there."""

    parameter: str
    at: Condition
    slopes: tuple[Term, Term]
    torch: Term | str
    jax: Term | str


@dataclass(frozen=True, slots=True)
class Curve:
    """A function drawn: unbroken lines within the window ``low`` .. ``high`` of its values."""

    label: Term
    lines: tuple[Line, ...]
    left: float
    right: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Way:
    """A path of a local picture: nodes, and the slopes of the arrows between them."""

    nodes: tuple[Term, ...]
    slopes: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Everything about one rule or operation.

    family: the chapter that it stands in. title: of a rule. spellings: what else it is called. call: how it
    is written, ``softmax(x, axis=-1)``; None for a rule. sentence: what it computes, in words. laws: its
    equations; ``entrywise`` where they are those of one loss, of which there are many. program: what a
    composite is short for. back: whether formulas speak of what comes back to the ``value``, which is called
    ``cotangent``. generic: for which operands formulas are written. patterns: einsum patterns by the number
    of axes. words: what words of formulas mean that programs do not know. when: under which condition a rule
    holds. also: what to read next.
    """

    kind: Kind
    name: str
    family: str
    why: str
    title: str = ""
    spellings: tuple[str, ...] = ()
    call: str | None = None
    sentence: str = ""
    laws: tuple[Equation, ...] = ()
    program: str = ""
    claims: tuple[Claim, ...] = ()
    back: bool = False
    generic: str = ""
    value: str = "y"
    cotangent: str = "g"
    patterns: tuple[str, ...] = ()
    words: tuple[tuple[str, str], ...] = ()
    entrywise: bool = False
    when: str = ""
    domain: Condition = ()
    jumps: Condition = ()
    corners: tuple[Corner, ...] = ()
    ways: tuple[Way, ...] = ()
    curves: tuple[Curve, ...] = ()
    ranks: Mapping[str, int] = field(default_factory=dict)
    example: Derivation | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chapter:
    """A family of rules or operations."""

    title: str
    entries: tuple[Page, ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """All pages by chapter: rules first, then operations."""

    rules: tuple[Chapter, ...]
    operations: tuple[Chapter, ...]
