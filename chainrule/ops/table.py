"""How an operation is declared: a law, and claims about it that the test suite checks one by one.

Every formula is inert text in chainrule's own language. In it ``x`` (or the names of the signature)
are the operands, ``y`` the output, ``g`` the cotangent ∂out/∂y. Nothing here runs or parses a formula:
the language reads them when first asked, so importing the table costs next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Signature:
    """``name(x, alpha=1)`` taken apart: parameters in order, and the text of their defaults."""

    name: str
    parameters: tuple[str, ...]
    defaults: tuple[tuple[str, str], ...] = ()

    @staticmethod
    def of(text: str) -> Signature:
        """The signature that ``text`` spells."""
        name, _, rest = text.partition("(")
        pairs = [part.strip().partition("=") for part in rest.rstrip(")").split(",") if part.strip()]
        return Signature(
            name.strip(),
            tuple(left for left, _, _ in pairs),
            tuple((left, right) for left, eq, right in pairs if eq),
        )

    def default(self, parameter: str) -> str | None:
        """The text of a parameter's default, or None where it must be given."""
        return dict(self.defaults).get(parameter)


UNDEFINED = "undefined"
"""In the place of a slope: the library has no number there."""

TIES = "ties"
"""In the place of a condition: entries that are folded together share the largest (or smallest) value."""


@dataclass(frozen=True, slots=True)
class Kink:
    """Where an operation is continuous but has no derivative.

    ``at`` is a condition on the operands (of an operation: on its output, or TIES); ``between`` the slopes
    from the left and from the right (their interval is the subdifferential); ``torch`` and ``jax`` the slope
    each library takes there, or UNDEFINED. ``note`` says what else one may meet, as a part of a sentence.
    """

    at: str
    between: tuple[str, str]
    torch: str
    jax: str
    operand: int = 0
    note: str = ""

    def choice(self, convention: str) -> str:
        """The slope that ``torch`` or ``jax`` takes; ``error`` takes none."""
        return {"torch": self.torch, "jax": self.jax}.get(convention, UNDEFINED)

    def replaced(self, convention: str) -> str | None:
        """The slope in the place of the claim by a convention; None where the claim says it already.

        ``left`` and ``right`` are the slopes on either side. After ``jax-`` or ``error-`` they are so only
        for what that convention leaves undefined.
        """
        base, _, side = convention.rpartition("-")
        if side in ("left", "right") and (not base or self.choice(base) == UNDEFINED):
            return self.between[side == "right"]
        taken = self.choice(base or convention)
        return None if taken in (self.torch, UNDEFINED) else taken


@dataclass(frozen=True, slots=True)
class Pointwise:
    """A function of numbers, applied entry by entry to broadcast operands.

    signature: name and parameters; options are parameters with defaults.
    derivatives: for each parameter the text of ∂y/∂parameter, in the parameters and ``y``; None where
        it is never differentiated.
    why: the derivative's reason in one plain sentence (no final stop).
    law: what it computes, in the language; None for a primitive.
    numpy, mpmath, sympy: the function that computes it in those libraries. Left out, it is the
        signature's name for a primitive, and nothing (the law is to be used) for all others.
        ``math:erf`` is Python's ``math.erf`` entry by entry, ``mpmath:erfinv`` likewise mpmath's.
    rational: whether it maps rational numbers to rational numbers.
    aliases: other spellings (NumPy's, torch's).
    latex: how its name is typeset, upright where left out. With ``{0}``, ``{1}`` in it, it is a form of
        its own, in which each of them is to be replaced by an argument.
    rule: the name of the rule in a derivation where it is not the function's own.
    domain: the condition under which the value is real, as text; None for all reals.
    jumps: the condition where the function itself jumps, so that no derivative exists; None if nowhere.
    samples: argument tuples, off kinks and inside the domain, for the generated tests.
    """

    signature: Signature
    derivatives: tuple[str | None, ...]
    why: str
    law: str | None = None
    numpy: str | None = None
    mpmath: str | None = None
    sympy: str | None = None
    rational: bool = False
    aliases: tuple[str, ...] = ()
    latex: str | None = None
    rule: str | None = None
    domain: str | None = None
    jumps: str | None = None
    kinks: tuple[Kink, ...] = ()
    samples: tuple[tuple[str, ...], ...] = ()

    @property
    def name(self) -> str:
        return self.signature.name


@dataclass(frozen=True, slots=True)
class Contraction:
    """A sum of products, as an einsum pattern for each combination of operand ranks.

    ``patterns`` is tried in order: the first whose letters fit the operands' ranks is taken;
    ``...`` stands for leading axes that broadcast. ``samples`` and ``errors`` are programs.
    """

    signature: Signature
    patterns: tuple[str, ...]
    why: str
    aliases: tuple[str, ...] = ()
    latex: str | None = None
    samples: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.signature.name


BY_LAW = "by law"
"""In the place of a pullback: the law is written out and differentiated."""

UNSUPPORTED = "not supported yet"
"""In the place of a pullback: there is a derivative, and chainrule does not know it yet."""


@dataclass(frozen=True, slots=True)
class Structured:
    """An operation with structure of its own: a fold, a move, a decomposition, a network layer.

    pullbacks: for each operand the text of its cotangent, in the operands, ``y``, ``g`` and the params.
        It must hold when ``g`` has extra leading axes (so axes in it count from the last). None where the
        operand is not differentiated, BY_LAW where nothing shorter than the law is claimed.
    shape: ``fold`` (axes in ``axis`` become length 1; the builder drops them without keepdims), ``same``
        (the shape of the first operand), or the name of a rule of its own.
    law: what it computes, as a program over the operands; its last value is the output. A ``fold``
        may instead give ``step``, the binary function it folds with. Neither: a primitive that the
        evaluator knows by name.
    samples: programs that use it once, in their last statement, on data off its kinks.
    errors: programs that must be refused with a diagnostic.
    """

    signature: Signature
    pullbacks: tuple[str | None, ...]
    why: str
    shape: str = "same"
    law: str | None = None
    step: str | None = None
    numpy: str | None = None
    aliases: tuple[str, ...] = ()
    latex: str | None = None
    rule: str | None = None
    domain: str | None = None
    kinks: tuple[Kink, ...] = ()
    samples: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.signature.name


@dataclass(frozen=True, slots=True)
class Composite:
    """A name for a short program that is written out where it is used, with nothing claimed of its own.

    ``tensors`` is how many of the parameters are expressions; the others are literals, which the program
    may use as numbers and as keyword values. A default of an expression is an expression.
    """

    signature: Signature
    program: str
    why: str
    tensors: int
    aliases: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.signature.name


def function(
    signature: str, *claims: str | None, samples: str = "-3/4; 1/3", aliases: str = "", **more: Any
) -> Pointwise:
    """A line of the table: a signature, the derivative in each parameter, and last the reason why.

    ``samples`` are separated by semicolons and their arguments by commas, ``aliases`` by blanks.
    """
    *derivatives, why = claims
    assert why is not None, signature
    points = tuple(tuple(x.strip() for x in point.split(",")) for point in samples.split(";"))
    names = tuple(aliases.split())
    return Pointwise(Signature.of(signature), tuple(derivatives), why, aliases=names, samples=points, **more)


Declaration = Pointwise | Contraction | Structured | Composite
Family = Literal["pointwise", "folds", "contractions", "moves", "linalg", "composites"]
