"""The table of contents as a document: every rule with its law, every operation by family."""

from __future__ import annotations

from chainrule.document import (
    Block,
    Code,
    Columns,
    Document,
    Heading,
    Inline,
    Math,
    Paragraph,
    Relation,
    Table,
    Words,
)
from chainrule.pages.data import Chapter, Contents

_TITLE = "Rules and operations"
_WELCOME = "prints the page of a rule or an operation: its law, its derivative and why, a worked example."
_CLOSING = (
    "Other spellings (ln, arcsin, torch.sigmoid, CrossEntropyLoss) lead to the same pages. Where a rule and"
    " an operation share a name, the operation is the one with brackets: "
)


def contents_document(contents: Contents) -> Document:
    """The document of the table of contents."""
    blocks: list[Block] = [Paragraph((Code("chainrule explain NAME"), Words(f" {_WELCOME}")))]
    for chapter in contents.rules:
        blocks += [Heading((Words(_title(chapter)),)), _rules(chapter)]
    for chapter in contents.operations:
        items: tuple[Inline, ...] = tuple((Code(page.name),) for page in chapter.entries)
        blocks += [Heading((Words(_title(chapter)),)), Columns(items)]
    blocks.append(Paragraph((Words(_CLOSING), Code("chainrule explain 'sum()'"), Words("."))))
    return Document(_TITLE, tuple(blocks), _ranks(contents))


def _title(chapter: Chapter) -> str:
    return chapter.title[:1].upper() + chapter.title[1:]


def _rules(chapter: Chapter) -> Block:
    rows = []
    for page in chapter.entries:
        law = page.laws[0]
        # Not aligned at their equals signs: left sides differ too much in width.
        rows.append(((Code(page.name),), (Math(law.left), Relation("="), Math(law.right))))
    return Table(((Words("rule"),), (Words("law"),)), tuple(rows))


def _ranks(contents: Contents) -> dict[str, int]:
    """The axes of the letters in the laws; each means the same in all of them."""
    every = [page.ranks for chapter in contents.rules for page in chapter.entries]
    return {name: rank for ranks in every for name, rank in ranks.items()}
