"""Implicit differentiation: how dy/dx follows from an equation F(x, y) = 0."""

from __future__ import annotations

from dataclasses import replace

from chainrule.derivation.data import Derivation, Equation, Factor
from chainrule.document import Block, Equations, Factors, Heading, Inline, Math, Paragraph, Row, Words
from chainrule.report.statements import shapes
from chainrule.report.view import View
from chainrule.report.working import worked_blocks
from chainrule.terms import ONE, ZERO, Apply, Number, Partial, Symbol, Term


def equation_blocks(derivation: Derivation, view: View) -> list[Block]:
    """For each name that an equation defines: both sides differentiated, and solved."""
    blocks: list[Block] = []
    parts = [(factor, factor.equation) for factor in derivation.factors]
    for statement in derivation.statements:
        own = [(f, e) for f, e in parts if f.of == statement.name and e is not None]
        if not own:
            continue
        name, sign = Math(Symbol(statement.name)), Symbol(_free(derivation))
        blocks.append(Heading((Words("Implicit differentiation of "), name)))
        start: Inline = (
            name,
            Words(" moves so that "),
            Math(_equal(sign, statement.term)),
            Words(" stays 0:"),
        )
        blocks.append(Paragraph(start))
        for factor, equation in own:
            rows = _rows(derivation, factor, equation, sign)
            if view.detail == "rules" and equation.working is not None:
                label = replace(equation.working.label, of=sign)
                blocks += worked_blocks(replace(equation.working, label=label))
                # The lines have shown what the first row says of every equation.
                rows = rows[1:]
            blocks.append(Equations(tuple(rows)))
    return blocks


def _free(derivation: Derivation) -> str:
    """A letter for the left side that the program does not use."""
    taken = set(shapes(derivation))
    return next((word for word in ("F", "G", "H", "R", "E") if word not in taken), "equation")


def _equal(sign: Symbol, term: Term) -> Term:
    return Apply("eq", (sign, term))


def _rows(derivation: Derivation, factor: Factor, equation: Equation, sign: Symbol) -> list[Row]:
    """∂F/∂x + ∂F/∂y dy/dx = 0, the same with what they are, and dy/dx alone."""
    y, x = Symbol(factor.of), Symbol(factor.wrt)
    total = isinstance(factor.label, Partial) and factor.label.total
    slope = Partial(y, (x,), total)
    known = shapes(derivation)
    matrix = len(known[factor.of]) == 1 and factor.matrix is not None
    by_x, by_y = Partial(sign, (x,)), Partial(sign, (y,))
    rows = [Row((Math(_sum(by_x, by_y, slope, matrix)),), (Math(ZERO),))]
    if equation.own is not None and equation.other is not None:
        both = _sum(equation.other, equation.own, slope, matrix)
        rows.append(Row((Math(both),), (Math(ZERO),), (Words("collected"),) if not known[factor.of] else ()))
    if known[factor.of]:
        inverse = Apply("neg", (Apply("inv", (by_y,)),))
        return [*rows, Row((Math(slope),), (Factors((inverse, by_x)),))]
    return [*rows, Row((Math(factor.label),), (Math(factor.entry),), _solved(equation.own))]


def _solved(own: Term | None) -> Inline:
    """What one divides by, and that it must not be 0."""
    if own is None or isinstance(own, Number):
        return (Words("solved"),)
    return (Words("solved, where "), Math(Apply("ne", (own, ZERO))))


def _sum(other: Term, own: Term, slope: Term, matrix: bool) -> Term:
    """Other + own · slope, without factors 1 and addends 0."""
    op = "matmul" if matrix else "mul"
    if op == "mul" and isinstance(own, Apply) and own.op == "mul":
        product: Term = Apply("mul", (*own.args, slope))
    else:
        product = slope if own == ONE else Apply(op, (own, slope))
    if isinstance(other, Number) and other.value == 0:
        return product
    return Apply("add", (other, product))
