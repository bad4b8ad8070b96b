"""Products of the derivative with a vector: along a direction, or pulled back from weights of the output."""

from __future__ import annotations

from collections.abc import Iterable

from chainrule.derivation.data import Derivation, Product, Seed
from chainrule.document import (
    Block,
    Equations,
    Heading,
    Inline,
    Math,
    Paragraph,
    Piece,
    Relation,
    Row,
    Space,
    Value,
    Values,
    Words,
)
from chainrule.report.numbers import quantity
from chainrule.report.view import View
from chainrule.terms import Entry, Symbol, walk


def product_blocks(derivation: Derivation, view: View) -> list[Block]:
    """Every product that was asked for, under a heading of its own."""
    blocks: list[Block] = []
    for part in derivation.products:
        blocks.append(Heading(_product_title(derivation, part)))
        blocks.append(Equations(tuple(_rows(part, view))))
        blocks.append(Paragraph(_shape(derivation, part)))
        if part.value is not None:
            items = [Value((Math(part.symbol),), quantity(part.value, view))]
            if part is derivation.products[0] and derivation.value is not None:
                items.append(Value((Math(Symbol(derivation.output)),), quantity(derivation.value, view)))
            blocks.append(Values(tuple(items)))
        blocks += [Paragraph((Words(trouble.sentence),), "trouble") for trouble in part.undefined]
    return blocks


def _product_title(derivation: Derivation, part: Product) -> Inline:
    if part.kind == "cotangent":
        return (Words("Pulled back to "), Math(Symbol(part.wrt[0])))
    words = "The directional derivative" if not part.shape else "The Jacobian times the direction"
    return (Words(words),)


def _rows(part: Product, view: View) -> list[Row]:
    """The product entry by entry, then in matrix form."""
    rows: list[Row] = []
    lines = part.lines[-1:] if view.detail == "summary" else part.lines
    forms = [form for form in (part.closed_form_named, part.closed_form) if form is not None]
    by_entries = any(isinstance(inner, Entry) for line in part.lines for inner in walk(line.term))
    if view.notation != "matrix" or not (view.detail == "summary" and forms and by_entries):
        for place, line in enumerate(lines):
            remark: Inline = (Words(line.why),) if view.detail == "rules" else ()
            rows.append(Row((Math(part.label),) if place == 0 else (), (Math(line.term),), remark))
    if view.notation in ("matrix", "all") and forms and (by_entries or not rows):
        right: list[Piece] = [Math(forms[0])]
        if forms[-1] != forms[0]:
            right += [Relation("="), Math(forms[-1])]
        rows.append(Row((Math(part.symbol),), tuple(right)))
    return rows or [Row((Math(part.label),), (Math(part.index),))]


def _shape(derivation: Derivation, part: Product) -> Inline:
    """The shape of a product, and what it is a product of."""
    of = part.of if part.kind == "tangent" else part.wrt[0]
    out: list[Piece] = [Math(part.symbol)]
    if part.shape:
        out += [Relation("∈"), Space(part.shape), Words(", the shape of "), Math(Symbol(of))]
    else:
        out += [Words(" is a number, as "), Math(Symbol(of)), Words(" is")]
    first = part is derivation.products[0]
    return (*out, *(_open(part.seeds) if first else ()), Words("."))


def _open(seeds: Iterable[Seed]) -> list[Piece]:
    """Which directions stand for any."""
    free = [seed for seed in seeds if seed.term is None and seed.value is None]
    if not free:
        return []
    out: list[Piece] = [Words("; ")]
    for place, seed in enumerate(free):
        out += [Words(" and " if place == len(free) - 1 else ", ")] if place else []
        out.append(Math(seed.symbol))
    if len(free) == 1:
        return [*out, Words(" stands for any " + ("tensor" if free[0].shape else "number"))]
    return [*out, Words(" stand for any tensors")]
