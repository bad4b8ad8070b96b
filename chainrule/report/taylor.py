"""The Taylor polynomial: its coefficients order by order, then the polynomial, and what it leaves out."""

from __future__ import annotations

from fractions import Fraction

from chainrule.algebra import power
from chainrule.derivation.data import Derivation, Expansion, ExpansionTerm, Quantity
from chainrule.derivation.polynomial import coefficient, difference, polynomial
from chainrule.document import (
    Block,
    Cell,
    Equality,
    Equations,
    Heading,
    Inline,
    Math,
    Paragraph,
    Piece,
    Relation,
    Row,
    Table,
    Value,
    Values,
    Words,
)
from chainrule.report.numbers import brief, quantity
from chainrule.report.statements import shapes
from chainrule.report.view import View
from chainrule.shapes import length_term
from chainrule.terms import Apply, Entry, Index, Partial, Summation, Symbol, Term, number

_SHORT = 16


def taylor_blocks(derivation: Derivation, view: View) -> list[Block]:
    """The polynomial with its coefficients, or why there is none."""
    part = derivation.taylor
    if part is None:
        return []
    of = Math(Symbol(part.of))
    blocks: list[Block] = [Heading((Words("The Taylor polynomial of "), of, *_about(part)))]
    if part.reached < 0:
        return [*blocks, Paragraph((Words(_sentence(part.undefined)),), "trouble")]
    scalars = None not in part.about.values()
    if scalars:
        blocks.append(_table(part, view))
    if part.polynomial is not None:
        blocks.append(Equations((Row((_name(part),), (Math(_shown(part, view)),)),)))
    elif not scalars:
        blocks += _tensors(derivation, part, view)
    if part.undefined:
        blocks.append(Paragraph((Words(_sentence(part.undefined)),), "trouble"))
    blocks.append(Paragraph(_remainder(part)))
    return blocks


def _sentence(text: str | None) -> str:
    return text[:1].upper() + text[1:] if text else ""


def _about(part: Expansion) -> Inline:
    """Its order and the point."""
    out: list[Piece] = [Words(f" to order {part.order}")]
    said = [(name, at) for name, at in part.about.items() if at is not None]
    for place, (name, at) in enumerate(said):
        out += [Words(", " if place else " about "), Math(Symbol(name)), Relation("="), Math(at)]
    return tuple(out)


def _name(part: Expansion) -> Math:
    return Math(Symbol(f"T_{part.reached}"))


def _table(part: Expansion, view: View) -> Table:
    """A row for each derivative: its formula, its value at the point, and the coefficient."""
    with_values = any(term.value is not None for term in part.terms)
    several = len(part.wrt) > 1
    over: Inline = (Words("over the factorials" if several else "over k!"),)
    head: tuple[Inline, ...] = ((Words("k"),), (Words("derivative"),))
    head += ((Words("at the point"),), over) if with_values else (((Words("at the point, "), *over)),)
    rows: list[tuple[Cell, ...]] = []
    for term in part.terms:
        label = Math(Symbol(part.of) if term.label is None else term.label)
        formula: Cell = (label,)
        if term.derivative is not None and term.derivative != label.term:
            formula = Equality((label,), (Math(term.derivative),))
        first: Cell = (Words(str(len(term.wrt))),)
        if term.value is not None and term.derivative_value is not None:
            rows.append((first, formula, _number(term.derivative_value, view), _number(term.value, view)))
        else:
            at: Inline = (Math(term.coefficient),) if term.coefficient is not None else (Words("long"),)
            rows.append((first, formula, at))
    return Table(head, tuple(rows))


def _number(value: Quantity, view: View) -> Inline:
    """A number exactly where that is short; the entries of a tensor."""
    return brief(value, view) if value.shape else (Math(coefficient(value, _digits(value, view))),)


def _shown(part: Expansion, view: View) -> Term:
    """The polynomial with exact coefficients where they are short, else in as many digits as asked for."""
    values = [term.value for term in part.terms]
    centre = {name: at for name, at in part.about.items() if at is not None}
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        assert part.polynomial is not None
        return part.polynomial
    return polynomial(part.terms, centre, [coefficient(value, _digits(value, view)) for value in known])


def _digits(value: Quantity, view: View) -> int | None:
    exactly = view.exact and value.exact is not None and (not view.float or len(value.exact[0]) <= _SHORT)
    return None if exactly else view.digits


# --- tensors ----------------------------------------------------------------------------------------------


def _tensors(derivation: Derivation, part: Expansion, view: View) -> list[Block]:
    """Out + Σ ∂out/∂x[i] h[i] + …, and the derivatives at the point."""
    steps = _steps(derivation, part)
    terms = tuple(_product(derivation, part, term, steps) for term in part.terms)
    whole = terms[0] if len(terms) == 1 else Apply("add", terms)
    blocks: list[Block] = [Equations((Row((_name(part),), (Math(whole),)),))]
    told: list[Piece] = []
    for name, step in steps.items():
        told += [Words(" and "), Math(Symbol(step))] if told else [Math(Symbol(step))]
        told += [Words(" (of "), Math(Symbol(name)), Words(")")] if len(steps) > 1 else []
    away = " is the step" if len(steps) == 1 else " are the steps"
    blocks.append(Paragraph((*told, Words(f"{away} away from the point, where the derivatives are taken:"))))
    items = []
    for term in part.terms:
        label = Symbol(part.of) if term.label is None else _title(term)
        if term.derivative_value is not None:
            items.append(Value((Math(label),), quantity(term.derivative_value, view)))
        elif term.derivative is not None:
            items.append(Value((Math(label),), (Math(term.derivative),)))
    return [*blocks, *(Values((item,)) for item in items)]


def _steps(derivation: Derivation, part: Expansion) -> dict[str, str]:
    """The names of the steps: h, v and so on, as far as the program does not use them."""
    taken = set(shapes(derivation))
    free = [name for name in ("h", "v", "u", "s", "r", "q") if name not in taken]
    free += [f"step_{name}" for name in part.wrt]
    return dict(zip(part.wrt, free, strict=False))


def _title(term: ExpansionTerm) -> Term:
    assert term.label is not None
    return Partial(_bare(term.label.of), tuple(map(_bare, term.label.wrt)), term.label.total)


def _bare(side: Term) -> Term:
    return side.base if isinstance(side, Entry) else side


def _product(derivation: Derivation, part: Expansion, term: ExpansionTerm, steps: dict[str, str]) -> Term:
    """One term in index notation: 1/2 Σ ∂²out/∂x[i]∂x[j] h[i] h[j]."""
    if term.label is None:
        first = next((t.label for t in part.terms if t.label is not None), None)
        return first.of if first is not None else Symbol(part.of)
    front: list[Term] = [] if term.factorial == 1 else [number(Fraction(1, term.factorial))]
    factors: list[Term] = [term.label]
    letters: list[Index] = []
    lengths: list[Term] = []
    known = shapes(derivation)
    for name in dict.fromkeys(term.wrt):
        sides = [side for k, side in zip(term.wrt, term.label.wrt, strict=True) if k == name]
        if not known[name]:
            factors.append(power(Symbol(steps[name]), len(sides)))
        for side in sides if known[name] else ():
            own = tuple(k for k in side.indices if isinstance(k, Index)) if isinstance(side, Entry) else ()
            factors.append(Entry(Symbol(steps[name]), own))
            letters += own
            lengths += [length_term(dim) for dim in known[name]]
    if not letters:
        return Apply("mul", (*front, *factors))
    whole = Summation(tuple(letters), tuple(lengths), Apply("mul", tuple(factors)))
    return Apply("mul", (*front, whole)) if front else whole


# --- what it leaves out -------------------------------------------------------------------------------------


def _remainder(part: Expansion) -> Inline:
    """How good the polynomial is near the point."""
    # One derivative too few leaves Peano's form of the remainder.
    ended = part.reached < part.order
    exponent = part.reached if ended else part.reached + 1
    centre = part.about[part.wrt[0]]
    size: Piece = Words(f"the distance to the power {exponent}")
    if len(part.wrt) == 1 and centre is not None:
        size = Math(power(difference(part.wrt[0], centre), exponent))
    bound = Words(f" differ by {'less than any' if ended else 'no more than a'} multiple of ")
    return (Math(Symbol(part.of)), Words(" and "), _name(part), bound, size, Words(" near the point."))
