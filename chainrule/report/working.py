"""The lines of each factor, rule by rule, and what the rules that were used say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from chainrule.calculus.working import Line, Working
from chainrule.derivation.data import Factor
from chainrule.derivation.reasons import label
from chainrule.document import Block, Equations, Inline, Math, Paragraph, Piece, Relation, Row, Words
from chainrule.notation.text import text
from chainrule.terms import Partial, Symbol, Term

_SHORT = 24


def working_blocks(factors: Iterable[Factor]) -> Iterator[Block]:
    """Every factor's lines under its name, those of named parts set in."""
    for part in factors:
        if part.working is not None:
            total = isinstance(part.label, Partial) and part.label.total
            title = Math(Partial(Symbol(part.of), (Symbol(part.wrt),), total))
            yield Paragraph((title, Words(", rule by rule:")))
            yield from _working(part.working, (), 0)


def _working(working: Working, before: Sequence[Row], depth: int) -> Iterator[Block]:
    """The lines of one derivative; where a name is brought in, its own lines come in between."""
    rows = list(before)
    left: Inline = (Math(working.label),)
    for line in working.lines:
        rows.append(Row(left, (Math(line.term),), remark(line)))
        left = ()
        if line.lets:
            yield Equations(tuple(rows), depth)
            for let in line.lets:
                named = Row((Words("let "), Math(let.name)), (Math(let.term),))
                yield from _working(let.working, (named,), depth + 1)
            rows, left = [], (Math(working.label),)
    if rows:
        yield Equations(tuple(rows), depth)


def remark(line: Line) -> Inline:
    """The rules of a line, and what the chain rule takes for u."""
    pieces: list[Piece] = []
    for rule in line.rules:
        pieces.append(Words((", " if pieces else "") + label(rule)))
        if rule == "chain" and line.inside is not None and len(text(line.inside)) <= _SHORT:
            pieces += [Words(" with "), Math(_U), Relation("="), Math(line.inside)]
    return tuple(pieces)


_U: Term = Symbol("u")
