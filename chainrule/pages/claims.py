"""The texts of the op table as formulas to read: laws, slopes, what goes back, edges.

A formula about tensors is read for the smallest operands that show it: vectors along an axis, matrices, with
axes and kept lengths left out. What cannot be read so is told in the language of the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from chainrule.algebra import tidy
from chainrule.graph import Graph, Input
from chainrule.language.arguments import default
from chainrule.language.calls import call
from chainrule.language.elaborate import condition, kernel, parsed
from chainrule.language.reader import Reader
from chainrule.notation.ranks import Ranks
from chainrule.ops.readings import TEXTBOOK
from chainrule.ops.table import BY_LAW, UNSUPPORTED, Kink, Pointwise, Structured
from chainrule.pages.conditions import any_of
from chainrule.pages.data import Claim, Condition, Corner, Equation
from chainrule.shapes import Shape
from chainrule.source import Source
from chainrule.terms import (
    ONE,
    ZERO,
    Apply,
    Number,
    Partial,
    Symbol,
    Term,
    rewrite,
    slot,
    substitute,
)

VALUE, COTANGENT, OUTPUT = Symbol("y"), Symbol("g"), Symbol("out")

_DIGITS = 40
"""Longer numbers are cut."""

_LETTERS: Mapping[str, str] = {"i": "m", "j": "n"}
_TALL: Mapping[str, int] = {"i": 3, "j": 2, "&": 2}

_REMARKS: Mapping[str, str] = {
    BY_LAW: "nothing shorter is claimed: the law is written out and differentiated",
    UNSUPPORTED: "there is a derivative, and chainrule does not know it yet",
}


# --- functions of numbers -----------------------------------------------------------------------------


def over_names(text: str, op: Pointwise) -> Term:
    """A formula over numbers, in the names of the signature and ``y``."""
    names = (*op.signature.parameters, "y")
    return substitute(kernel(text, names), _symbols(names))


def slope_of(text: str, op: Pointwise) -> Term:
    """A slope at a kink; of a number with many digits the first few."""
    return rewrite(over_names(text, op), _short)


def _short(term: Term) -> Term | None:
    if not isinstance(term, Number) or len(str(term.value)) <= _DIGITS:
        return None
    return Number(Fraction(f"{float(term.value):.6g}"), decimal=True)


def _symbols(names: tuple[str, ...]) -> dict[Term, Term]:
    return {slot(k): Symbol(name) for k, name in enumerate(names)}


def pointwise_laws(op: Pointwise) -> tuple[Equation, ...]:
    """The value, as the books have it or as chainrule computes it; of a primitive just its name."""
    text = TEXTBOOK.get(op.name, op.law)
    called = Apply(op.name, tuple(map(Symbol, op.signature.parameters)))
    return (Equation(VALUE, called if text is None else slope_of(text, op)),)


def slopes(op: Pointwise) -> tuple[Claim, ...]:
    """∂y/∂(each parameter)."""
    found = []
    parameters = op.signature.parameters
    for parameter, text in zip(parameters, op.derivatives, strict=True):
        left = Partial(VALUE, (Symbol(parameter),), total=len(parameters) == 1)
        if text is None:
            found.append(Claim(parameter, left, remark="it only chooses, so nothing is differentiated by it"))
        else:
            found.append(Claim(parameter, left, slope_of(text, op)))
    return tuple(found)


def where_true(text: str | None, op: Pointwise) -> Condition:
    """A condition of the op table as comparisons: any of the tuples, in which all hold."""
    if text is None:
        return ()
    names = (*op.signature.parameters, "y")
    return any_of(substitute(condition(text, names), _symbols(names)))


def corners(op: Pointwise) -> tuple[Corner, ...]:
    """Where a function of numbers bends."""
    return tuple(_corner(kink, op) for kink in op.kinks)


def _corner(kink: Kink, op: Pointwise) -> Corner:
    names = (*op.signature.parameters, "y")
    left, right = (slope_of(text, op) for text in kink.between)
    torch, jax = (text if text == "undefined" else slope_of(text, op) for text in (kink.torch, kink.jax))
    return Corner(names[kink.operand], where_true(kink.at, op), (left, right), torch, jax)


# --- operations on tensors ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Setting:
    """Operands for which the formulas of one operation are read."""

    operands: Mapping[str, Shape]
    value: Shape
    literals: Mapping[str, Any]

    @property
    def ranks(self) -> dict[str, int]:
        """The number of axes of every name in a formula."""
        every = {**self.operands, "y": self.value, "g": self.value}
        return {name: len(shape) for name, shape in every.items()}


def setting(op: Structured) -> Setting | None:
    """The smallest operands of an operation; None where its formulas need more than shapes."""
    tensors = op.signature.parameters[: len(op.pullbacks)]
    options = op.signature.parameters[len(tensors) :]
    literals = {name: default(op.signature, name) for name in options if op.signature.default(name)}
    if "->" in op.shape:
        inside, _, outside = op.shape.replace("...", "").partition("->")
        known: Mapping[str, Any] = _TALL if "&" in outside else _LETTERS if "j" in inside else {"i": "n"}
        shapes = [tuple(known[letter] for letter in letters) for letters in inside.split(",")]
        value: Shape = tuple(known[letter] for letter in outside)
        return Setting(dict(zip(tensors, shapes, strict=True)), value, literals)
    if op.shape not in ("fold", "same") or op.name == "roll":
        return None
    literals |= {name: value for name, value in (("axis", (0,)), ("keepdims", True)) if name in options}
    value = () if op.shape == "fold" else ("n",)
    return Setting(dict.fromkeys(tensors, ("n",)), value, literals)


def read(text: str, where: Setting) -> Term:
    """A formula over tensors, without the axes that go without saying."""
    graph = Graph()
    shapes = {**where.operands, "y": where.value, "g": where.value}
    nodes = {name: graph.add(Input(name, shape)) for name, shape in shapes.items()}
    reader = Reader(graph, Source(text, "op table"), nodes, {"m": None, "n": None}, call, where.literals)
    reader.internal = True
    _, term, _ = reader.statement(parsed(text))
    ranks = Ranks(where.ranks)
    return rewrite(tidy(rewrite(term, lambda part: _bare(part, ranks))), _into_cases)


def _bare(term: Term, ranks: Ranks) -> Term | None:
    """A call along the only axis without saying so; a number without new axes."""
    if not isinstance(term, Apply) or not term.params:
        return None
    args = tuple(rewrite(part, lambda inner: _bare(inner, ranks)) for part in term.args)
    if term.op == "expand_dims":
        return Apply(term.op, args, term.params) if ranks.is_tensor(term.args[0]) else args[0]
    if ranks.of(term.args[0]) > 1:
        return Apply(term.op, args, term.params)
    kept = tuple(pair for pair in term.params if pair[0] not in ("axis", "keepdims"))
    return Apply(term.op, args, kept)


def _into_cases(term: Term) -> Term | None:
    """A product with a choice as the choice between two products."""
    if not isinstance(term, Apply) or term.op != "mul":
        return None
    for place, factor in enumerate(term.args):
        if isinstance(factor, Apply) and factor.op == "where":
            test, *branches = factor.args
            before, after = term.args[:place], term.args[place + 1 :]
            return Apply("where", (test, *(_product((*before, part, *after)) for part in branches)))
    return None


def _product(factors: tuple[Term, ...]) -> Term:
    """Factors side by side, as they are, but for zeros and ones."""
    if ZERO in factors:
        return ZERO
    telling = tuple(factor for factor in factors if factor != ONE)
    return Apply("mul", telling) if len(telling) > 1 else telling[0] if telling else ONE


def generic(op: Structured, where: Setting | None) -> str:
    """For which operands the formulas are written, in words."""
    if where is None or not (op.law or any(op.pullbacks)):
        return ""
    kinds = {len(shape) for shape in where.operands.values()}
    options = [
        f"{name} = {value}"
        for name, value in where.literals.items()
        if name not in ("axis", "keepdims", "ord") and value is not None and value is not False
    ]
    said = "for a vector x along the axis" if kinds == {1} else "for matrices"
    return " and ".join([said, *options])


def structured_laws(op: Structured, where: Setting | None) -> tuple[Equation, ...]:
    """The value for the smallest operands; of a primitive just its name."""
    text = TEXTBOOK.get(op.name, op.law)
    if where is None:
        return ()
    called = Apply(op.name, tuple(map(Symbol, where.operands)))
    return (Equation(VALUE, called if text is None else read(text, where)),)


def pullbacks(op: Structured, where: Setting | None) -> tuple[Claim, ...]:
    """∂out/∂(each operand), as the op table claims it; nothing for operands without a claim."""
    found = []
    for parameter, text in zip(op.signature.parameters, op.pullbacks, strict=False):
        left = Partial(OUTPUT, (Symbol(parameter),))
        if text is None:
            continue
        if text in _REMARKS:
            found.append(Claim(parameter, left, remark=_REMARKS[text]))
        elif where is None:
            found.append(Claim(parameter, left, text=text))
        else:
            found.append(Claim(parameter, left, read(text, where)))
    return tuple(found)


def tensor_domain(op: Structured, where: Setting | None) -> Condition:
    """Where an operation on tensors has a value."""
    if op.domain is None or where is None:
        return ()
    return any_of(read(f"where({op.domain}, 1, 0)", where).children[0])


def tensor_corners(op: Structured, where: Setting | None) -> tuple[Corner, ...]:
    """Where an operation on tensors bends; ties among entries are told in words, by an empty condition."""
    found = []
    for kink in op.kinks:
        parameter = op.signature.parameters[kink.operand]
        ties = kink.at == "ties"
        if where is None:
            continue
        left, right = (read(text, where) for text in kink.between)
        at: Condition = () if ties else any_of(read(f"where({kink.at}, 1, 0)", where).children[0])
        torch, jax = (
            text if ties or text == "undefined" else read(text, where) for text in (kink.torch, kink.jax)
        )
        found.append(Corner(parameter, at, (left, right), torch, jax))
    return tuple(found)
