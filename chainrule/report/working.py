"""The lines of each factor, rule by rule; all of them, or the first few and what to try next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from chainrule.calculus.conditions import unsaid
from chainrule.calculus.lines import Line, Working
from chainrule.derivation.data import Derivation, Factor, Gradient
from chainrule.derivation.reasons import label
from chainrule.document import (
    Block,
    Emphasis,
    Equations,
    Inline,
    Math,
    Nabla,
    Paragraph,
    Piece,
    Relation,
    Row,
    Table,
    Words,
)
from chainrule.notation.text import text
from chainrule.ops import TABLE
from chainrule.ops.rulebook import RULES
from chainrule.report.statements import enumerated
from chainrule.terms import Entry, Partial, Symbol, Term, walk

_SHORT = 24
NO_FORMULA = "(no short formula; it is computed and checked)"
_U: Term = Symbol("u")


@dataclass(frozen=True, slots=True)
class _Shown:
    """A row with the line that it shows (None for a ``let``), and the factor it belongs to."""

    factor: Factor | None
    depth: int
    row: Row
    line: Line | None
    before: Term | None


def working_blocks(derivation: Derivation) -> Iterator[Block]:
    """Every factor's lines under its name, those of named parts set in."""
    symmetric = {part.name for part in derivation.inputs if "symmetric" in part.assumptions}
    for part in derivation.factors:
        yield from _blocks(derivation, _factor(part))
        yield from _differential(part, part.wrt in symmetric)


def legend(derivation: Derivation) -> Iterator[Block]:
    """What the rules say that the lines name, each once, in the order of their use."""
    parts: list[Factor | Gradient] = [*derivation.factors, *derivation.gradients]
    workings = [part.working for part in parts if part.working is not None]
    names = dict.fromkeys(rule for working in workings for rule in _rules(working))
    lines = (line for part in derivation.factors for line in part.differential)
    names.update(dict.fromkeys(rule for line in lines for rule in line.rules))
    rows = [((Emphasis(label(name)),), (Words(_says(name)),)) for name in names if _says(name)]
    if rows:
        yield Table(((Words("rule"),), (Words("what it says"),)), tuple(rows))


def _rules(working: Working) -> Iterator[str]:
    for line in working.lines:
        yield from line.rules
        for let in line.lets:
            yield from _rules(let.working)


def _says(name: str) -> str:
    if name in RULES:
        return "" if RULES[name].group == "algebra" else RULES[name].why
    return TABLE[name].why if name in TABLE else ""


def worked_blocks(working: Working) -> Iterator[Block]:
    """The lines of one derivative by itself."""
    return _equations(_working(None, working, (), 0))


def hinted_blocks(derivation: Derivation, count: int) -> Iterator[Block]:
    """The first ``count`` lines of the factors' workings, and what to try next."""
    shown = [row for part in derivation.factors for row in _factor(part)]
    ruled = [place for place, row in enumerate(shown) if row.line is not None and row.line.rules]
    if count >= len(ruled):
        yield from _blocks(derivation, shown)
        yield Paragraph(_multiply(derivation))
        return
    following = shown[ruled[count]]
    kept = ruled[count] if count else 0
    yield from _blocks(derivation, shown[:kept])
    assert following.line is not None
    assert following.before is not None
    yield Paragraph(_try(following.line, following.before, following.factor))


def _factor(part: Factor) -> Iterator[_Shown]:
    return _working(part, part.working, (), 0) if part.working is not None else iter(())


def _working(part: Factor | None, working: Working, before: Sequence[_Shown], depth: int) -> Iterator[_Shown]:
    """The lines of one derivative; where a name is brought in, its own lines come in between."""
    yield from before
    left: Inline = (Math(working.label),)
    previous: Term = working.label
    for line in working.lines:
        right: Inline = (Words(NO_FORMULA),) if line.term == working.label else (Math(line.term),)
        yield _Shown(part, depth, Row(left, right, remark(line)), line, previous)
        left, previous = (), line.term
        for let in line.lets:
            named = Row((Words("let "), Math(let.name)), (Math(let.term),))
            yield from _working(part, let.working, [_Shown(part, depth + 1, named, None, None)], depth + 1)
        if line.lets:
            left = (Math(working.label),)


def _blocks(derivation: Derivation, rows: Iterable[_Shown]) -> Iterator[Block]:
    """Each factor's rows under its name, with what is held constant meanwhile."""
    still = {part.name for part in derivation.inputs if "constant" in part.assumptions}
    read = {part.name: part.depends_on for part in derivation.statements}
    for part, of_factor in groupby(rows, key=lambda shown: shown.factor):
        assert part is not None
        total = isinstance(part.label, Partial) and part.label.total
        title = Math(Partial(Symbol(part.of), (Symbol(part.wrt),), total))
        others = [name for name in read[part.of] if name != part.wrt and name not in still]
        held = (Words(" ("), *enumerated(others), Words(" held constant)")) if others else ()
        above = under(unsaid(part.assumes, part.working))
        yield Paragraph((title, Words(", rule by rule"), *held, *above, Words(":")))
        yield from _equations(of_factor)


def _differential(part: Factor, symmetric: bool) -> Iterator[Block]:
    """The same in differentials: from df to the gradient that is read off.

    Of a ``symmetric`` input that is the gradient with its entries taken as independent.
    """
    if not part.differential or part.read_off is None:
        return
    left: Inline = (Math(Symbol(f"d{part.of}")),)
    rows: list[Row] = []
    for line in part.differential:
        rows.append(Row(() if rows else left, (Math(line.term),), remark(line)))
    of, wrt = Symbol(part.of), Symbol(part.wrt)
    read_off: Inline = (Math(Partial(of, (wrt,))) if part.of_indices else Nabla(of, wrt),)
    told = "read off"
    if symmetric and not part.of_indices:
        read_off, told = (Math(independent(part.wrt)),), "read off, the entries taken as independent"
    yield Paragraph((Words("The same in differentials, without indices:"),))
    yield Equations((*rows, Row(read_off, (Math(part.read_off),), (Words(told),))))


def independent(name: str) -> Symbol:
    """What the gradient by a symmetric input is called while its entries are taken as independent."""
    return Symbol("G" if name != "G" else "H")


def under(assumes: Sequence[Term | str], first: str = "; for ") -> Inline:
    """``; for x > 0 and n >= 1``; with a sentence among them ``; where x is no whole number``."""
    out: list[Piece] = []
    if any(isinstance(assumed, str) for assumed in assumes):
        first = first.replace(" for ", " where ")
    for assumed in assumes:
        out += [Words(" and " if out else first)]
        out.append(Words(assumed) if isinstance(assumed, str) else Math(assumed))
    return tuple(out)


def _equations(rows: Iterable[_Shown]) -> Iterator[Block]:
    for depth, block in groupby(rows, key=lambda shown: shown.depth):
        yield Equations(tuple(shown.row for shown in block), depth)


def remark(line: Line) -> Inline:
    """The rules of a line, what the chain rule takes for u, and what the rules need."""
    pieces: list[Piece] = []
    for rule in line.rules:
        name = label(rule) if len(line.rules) == 1 or rule == "chain" else rule
        pieces.append(Words((", " if pieces else "") + name))
        if rule == "chain" and line.inside is not None and len(text(line.inside)) <= _SHORT:
            pieces += [Words(" with "), Math(_U), Relation("="), Math(line.inside)]
    return (*pieces, *under(line.assumes))


# --- hints ----------------------------------------------------------------------------------------------


def _try(line: Line, before: Term, factor: Factor | None) -> Inline:
    """What the next line does, and on what, without doing it."""
    rules = ", then ".join(label(rule) for rule in line.rules)
    kept = set(_open(line.term))
    by = [part for part in _open(before) if factor is not None and _is_by(part, factor.wrt)]
    left = [part for part in by if part not in kept]
    pieces: list[Piece] = [Words(f"Try next: {rules}")]
    if left:
        pieces += [Words(" on "), Math(left[0])]
    if line.lets:
        pieces.append(Words(", with "))
        for place, let in enumerate(line.lets):
            pieces += [Words(" and "), Math(let.name)] if place else [Math(let.name)]
            pieces += [Relation("="), Math(let.term)]
    pieces += under(line.assumes, ", where ")
    pieces.append(Words("." if not line.why or line.why.startswith("each at sight") else f": {line.why}."))
    return tuple(pieces)


def _is_by(part: Partial, name: str) -> bool:
    """Whether a derivative is with respect to an entry of what goes by that name."""
    leaf = part.wrt[0]
    return (leaf.base if isinstance(leaf, Entry) else leaf) == Symbol(name)


def _open(term: Term) -> Iterator[Partial]:
    return (part for part in walk(term) if isinstance(part, Partial) and part.of.children)


def _multiply(derivation: Derivation) -> Inline:
    """What is left when every factor is there."""
    first = derivation.gradients[0] if derivation.gradients else None
    if first is None or first.chain is None or first.chain == first.label:
        return (
            Words("Every factor is worked out: what is left is to simplify and to put the names back in."),
        )
    ways = "along the path" if first.path_count == 1 else "along each path, and add the paths up"
    return (
        Words(f"Every factor is worked out. Try next: multiply them {ways}: "),
        Math(first.label),
        Relation("="),
        Math(first.chain),
    )
