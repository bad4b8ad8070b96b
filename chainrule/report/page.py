"""The page of a rule or an operation as a document: law, derivative, reason, edges, picture, example."""

from __future__ import annotations

from dataclasses import replace

from chainrule.document import (
    Block,
    Code,
    Curve,
    Diagram,
    Document,
    Equations,
    Heading,
    Inline,
    Math,
    Paragraph,
    Piece,
    Plot,
    Relation,
    Row,
    Table,
    Way,
    Words,
)
from chainrule.pages.data import Claim, Condition, Contents, Corner, Page
from chainrule.report import document as derivation_document
from chainrule.report.contents import contents_document
from chainrule.report.view import View
from chainrule.terms import Partial, Symbol, Term

_FEW = 2
"""More corners than these go into a table."""

_MANY = "The mean of the losses of all entries or rows; their sum, or each, where reduction says so."


def document_of(page: Page | Contents) -> Document:
    """The document of a page, or of the table of contents."""
    return contents_document(page) if isinstance(page, Contents) else page_document(page)


def page_document(page: Page) -> Document:
    """The document of a page."""
    blocks: list[Block] = [Heading(_title(page))]
    blocks += _about(page)
    blocks += _program(page)
    blocks += _laws(page)
    blocks += _derivatives(page)
    blocks += _reason(page)
    blocks += _edges(page)
    blocks += _pictures(page)
    ranks = dict(page.ranks)
    if page.example is not None:
        shown = derivation_document(page.example, View(detail=page.example.options.detail))
        ranks = {**shown.ranks, **ranks}
        blocks += [Heading((Words("Worked example"),)), Paragraph((Code(_try(page)),)), *shown.blocks]
    blocks += _see_also(page)
    chapter = page.family or page.name
    return Document(chapter[:1].upper() + chapter[1:], tuple(blocks), ranks)


def _title(page: Page) -> Inline:
    if page.kind == "rule":
        return (Words(page.title),)
    return (Code(page.call or page.name),)


def _about(page: Page) -> list[Block]:
    """What an operation computes, and what else it is called; a rule's other names."""
    if page.kind == "refused":
        return [Paragraph((Words(f"{page.sentence} {_sentence(page.why)}"),))]
    names = _listed([(Code(name),) for name in page.spellings])
    also: Inline = (Words("Also written "), *names, Words(".")) if names else ()
    if page.kind == "rule":
        return []
    if page.sentence and also:
        return [Paragraph((Words(f"{page.sentence} "), *also))]
    said: Inline = (Words(page.sentence),) if page.sentence else also
    return [Paragraph(said)] if said else []


def _laws(page: Page) -> list[Block]:
    blocks: list[Block] = []
    if page.laws:
        blocks.append(Equations(tuple(Row((Math(law.left),), (Math(law.right),)) for law in page.laws)))
    if page.when:
        blocks.append(Paragraph((Words(f"Here {page.when}."),)))
    return blocks


def _program(page: Page) -> list[Block]:
    """What a composite is short for, and which einsum a contraction is."""
    if page.entrywise:
        return [Paragraph((Words(_MANY),))]
    if page.program:
        return [Paragraph((Words("It is short for "), Code(page.program)))]
    if page.patterns:
        shown = _listed([(Code(pattern),) for pattern in page.patterns])
        return [Paragraph((Words("By the number of axes it is einsum with "), *shown, Words(".")))]
    return []


# --- derivatives --------------------------------------------------------------------------------------


def _derivatives(page: Page) -> list[Block]:
    if not page.claims:
        return []
    blocks: list[Block] = []
    if page.back:
        blocks.append(
            Paragraph(
                (
                    Words("On the way back, with "),
                    Math(Symbol(page.cotangent)),
                    Relation("="),
                    Math(Partial(Symbol("out"), (Symbol(page.value),))),
                    Words(f", {page.generic}:" if page.generic else ":"),
                ),
                apart=True,
            )
        )
    elif page.kind == "operation" and page.generic:
        blocks.append(Paragraph((Words(f"The formulas are {page.generic}."),)))
    rows = tuple(Row((Math(claim.left),), (Math(claim.right),)) for claim in page.claims if claim.right)
    if rows:
        blocks.append(Equations(rows))
    blocks += [Paragraph(_unread(claim)) for claim in page.claims if claim.right is None]
    if page.words:
        blocks.append(Paragraph(_meanings(page)))
    return blocks


def _unread(claim: Claim) -> Inline:
    """A pullback that is told in the language of the op table, or in words."""
    if claim.text:
        return (Math(claim.left), Relation("="), Code(claim.text))
    return (Math(claim.left), Words(f": {claim.remark}."))


def _meanings(page: Page) -> Inline:
    pieces: list[Piece] = [Words("Here ")]
    for place, (word, meaning) in enumerate(page.words):
        pieces += [Words("; " if place else ""), Code(word), Words(f" is {meaning}")]
    return (*pieces, Words("."))


def _reason(page: Page) -> list[Block]:
    if page.kind == "refused":
        return []
    return [Paragraph((Words("Why: " + page.why + "."),), apart=True)]


# --- edges --------------------------------------------------------------------------------------------


def _edges(page: Page) -> list[Block]:
    """Where there is no value, where there is no derivative, and what is taken at corners."""
    blocks: list[Block] = []
    if page.domain:
        blocks.append(Paragraph((Words("It has a value where "), *_any(page.domain), Words("."))))
    if page.jumps:
        content = (Words("It jumps where "), *_any(page.jumps), Words(": there is no derivative there."))
        blocks.append(Paragraph(content))
    several = len({corner.parameter for corner in page.corners}) > 1
    alike: dict[Corner, list[str]] = {}
    for corner in page.corners:
        alike.setdefault(replace(corner, parameter=""), []).append(corner.parameter)
    if len(alike) > _FEW:
        return [*blocks, Paragraph((Words("It bends in these places:"),)), _corner_table(page.corners)]
    blocks += [Paragraph(_corner(corner, names if several else [])) for corner, names in alike.items()]
    return blocks


def _corner_table(corners: tuple[Corner, ...]) -> Block:
    head = ("where", "in", "left", "right", "torch", "jax")
    rows: list[tuple[Inline, ...]] = []
    for corner in corners:
        left, right = corner.slopes
        rows.append(
            (
                _any(corner.at),
                (Math(Symbol(corner.parameter)),),
                (Math(left),),
                (Math(right),),
                _taken(corner.torch),
                _taken(corner.jax),
            )
        )
    return Table(tuple((Words(title),) for title in head), tuple(rows))


def _any(condition: Condition) -> Inline:
    """``a > 0, or a = 0 and b ≥ 0``."""
    pieces: list[Piece] = []
    long = any(len(tests) > 1 for tests in condition)
    for place, tests in enumerate(condition):
        if place:
            pieces.append(Words(", or " if long else " or "))
        for number, test in enumerate(tests):
            pieces += [Words(" and "), Math(test)] if number else [Math(test)]
    return tuple(pieces)


def _corner(corner: Corner, parameters: list[str]) -> Inline:
    """A corner as a sentence; ``parameters`` are those that it concerns, where there is a choice."""
    at = _any(corner.at) if corner.at else (Words("entries tie"),)
    where: Inline = (Words("Where "), *at, Words(" it bends"))
    for place, name in enumerate(parameters):
        where = (*where, Words(" and " if place else " in "), Math(Symbol(name)))
    left, right = corner.slopes
    sides = (Words(": slope "), Math(left), Words(" on the left and "), Math(right), Words(" on the right; "))
    torch, jax = _taken(corner.torch), _taken(corner.jax)
    if corner.torch == corner.jax:
        return (*where, *sides, Words("torch and jax take "), *torch, Words("."))
    return (*where, *sides, Words("torch takes "), *torch, Words(", jax "), *jax, Words("."))


def _taken(slope: Term | str) -> Inline:
    return (Words("NaN" if slope == "undefined" else slope),) if isinstance(slope, str) else (Math(slope),)


# --- pictures and the rest ----------------------------------------------------------------------------


def _pictures(page: Page) -> list[Block]:
    blocks: list[Block] = []
    if page.ways:
        ways = tuple(Way(way.nodes, way.slopes) for way in page.ways)
        blocks.append(Diagram(ways))
        blocks.append(Paragraph((Words(_caption(page)),)))
    if page.curves:
        curves = tuple(
            Curve((Math(curve.label),), curve.lines, curve.left, curve.right, curve.low, curve.high)
            for curve in page.curves
        )
        blocks.append(Plot(curves))
    return blocks


def _caption(page: Page) -> str:
    if len(page.ways) == 1:
        return "Along a path the slopes multiply."
    if len({way.nodes[-1] for way in page.ways}) > 1:
        return "On the way back each copy sends what it got, and at the fork it adds."
    if len({way.nodes[0] for way in page.ways}) > 1:
        return "On the way back each gets what the total got, times its own slope."
    return "Along a path the slopes multiply; where paths meet they add."


def _try(page: Page) -> str:
    """The command that derives the example."""
    assert page.example is not None
    more = " --detail rules" if page.example.options.detail == "rules" else ""
    return f"chainrule derive '{page.example.pipeline.source.text}'{more}"


def _see_also(page: Page) -> list[Block]:
    if not page.also:
        return []
    shown = _listed([(Code(name),) for name in page.also])
    return [Heading((Words("See also"),)), Paragraph(shown)]


def _listed(items: list[Inline]) -> Inline:
    pieces: list[Piece] = []
    for place, item in enumerate(items):
        pieces += [Words(", "), *item] if place else item
    return tuple(pieces)


def _sentence(text: str) -> str:
    """``text`` as a sentence of its own."""
    return text[:1].upper() + text[1:] + "."
