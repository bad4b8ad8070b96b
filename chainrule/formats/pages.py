"""The JSON of a page of ``chainrule explain``, and of the table of contents."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from chainrule.diagnostics import FORMAT_VERSION
from chainrule.notation import text
from chainrule.notation.latex import LatexPrinter
from chainrule.notation.style import Style
from chainrule.pages.data import Chapter, Claim, Condition, Contents, Corner, Equation, Page
from chainrule.terms import Term

Data = dict[str, Any]


def write(page: Page | Contents, example: str | None) -> Iterator[str]:
    """The object as text; ``example`` is the JSON of the worked example, if there is one."""
    data = _contents(page) if isinstance(page, Contents) else _page(page, example)
    yield json.dumps(
        {"format_version": FORMAT_VERSION, **data}, ensure_ascii=False, allow_nan=False, indent=1
    )
    yield "\n"


def _contents(contents: Contents) -> Data:
    return {
        "kind": "contents",
        "rules": [_chapter(chapter) for chapter in contents.rules],
        "operations": [_chapter(chapter) for chapter in contents.operations],
    }


def _chapter(chapter: Chapter) -> Data:
    entries = []
    for page in chapter.entries:
        parts = _Parts(page.ranks)
        entries.append(
            {
                "name": page.name,
                "call": page.call,
                "spellings": list(page.spellings),
                "laws": parts.laws(page.laws),
                "why": page.why,
            }
        )
    return {"title": chapter.title, "entries": entries}


def _page(page: Page, example: str | None) -> Data:
    parts = _Parts(page.ranks)
    derivation = None if example is None else json.loads(example)
    return {
        "kind": page.kind,
        "name": page.name,
        "family": page.family,
        "call": page.call,
        "spellings": list(page.spellings),
        "sentence": page.sentence or None,
        "laws": parts.laws(page.laws),
        "when": page.when or None,
        "program": page.program or None,
        "patterns": list(page.patterns),
        "value": page.value,
        "cotangent": page.cotangent if page.back else None,
        "generic": page.generic or None,
        "derivatives": [parts.claim(claim) for claim in page.claims],
        "words": dict(page.words),
        "why": page.why,
        "domain": parts.condition(page.domain),
        "jumps": parts.condition(page.jumps),
        "kinks": [parts.corner(corner) for corner in page.corners],
        "paths": [{"nodes": parts.every(way.nodes), "slopes": parts.every(way.slopes)} for way in page.ways],
        "curves": [
            {
                "label": parts.spelled(curve.label),
                "lines": [[[_rounded(x), _rounded(y)] for x, y in line] for line in curve.lines],
            }
            for curve in page.curves
        ],
        "example": derivation,
        "see_also": list(page.also),
    }


def _rounded(value: float) -> float:
    """Six digits are enough to draw."""
    return float(f"{value:.6g}")


class _Parts:
    """The formulas of one page as text and LaTeX."""

    def __init__(self, ranks: Mapping[str, int]) -> None:
        self._latex = LatexPrinter(Style(ranks=ranks))

    def spelled(self, term: Term) -> Data:
        return {"text": text.text(term), "latex": self._latex.write(term)}

    def every(self, terms: Iterable[Term]) -> list[Data]:
        return [self.spelled(term) for term in terms]

    def equation(self, left: Term, right: Term) -> Data:
        a, b = self.spelled(left), self.spelled(right)
        return {key: f"{a[key]} = {b[key]}" for key in ("text", "latex")}

    def laws(self, laws: Iterable[Equation]) -> list[Data]:
        return [self.equation(law.left, law.right) for law in laws]

    def claim(self, claim: Claim) -> Data:
        return {
            "parameter": claim.parameter,
            "label": self.spelled(claim.left),
            "formula": None if claim.right is None else self.spelled(claim.right),
            "program": claim.text or None,
            "remark": claim.remark or None,
        }

    def condition(self, condition: Condition) -> list[list[Data]] | None:
        return [self.every(tests) for tests in condition] or None

    def corner(self, corner: Corner) -> Data:
        left, right = corner.slopes
        return {
            "parameter": corner.parameter,
            "at": self.condition(corner.at),
            "left": self.spelled(left),
            "right": self.spelled(right),
            "torch": self._taken(corner.torch),
            "jax": self._taken(corner.jax),
        }

    def _taken(self, slope: Term | str) -> Data:
        return {"text": slope, "latex": None} if isinstance(slope, str) else self.spelled(slope)
