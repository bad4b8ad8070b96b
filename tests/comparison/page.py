"""The page that sets the thirty derivations side by side: what it shows of ours is cut from the goldens."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from tests.comparison.cases import CASES, Case
from tests.samples.outputs import ROOT

PAGE = ROOT / "docs" / "comparison.md"
VERDICTS = ("better", "equal", "worse")

_SECTION = re.compile(r"^### (\d+)\. (.+)$", re.MULTILINE)
_COMMAND = re.compile(r"```sh\n(.*?)\n```", re.DOTALL)
_EXCERPT = re.compile(r"(```text\n)(.*?)(\n```)", re.DOTALL)
_VERDICT = re.compile(r"^\*\*(\w+)\.\*\*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Section:
    """What the page has about one derivation."""

    number: int
    title: str
    text: str

    @property
    def command(self) -> tuple[str, ...]:
        """The words of the command it shows, after ``chainrule``."""
        found = _COMMAND.search(self.text)
        assert found is not None, self.title
        first, *words = shlex.split(found[1].replace("\\\n", " "))
        assert first == "chainrule"
        return tuple(words)

    @property
    def excerpt(self) -> str:
        """The lines of ours that it shows."""
        found = _EXCERPT.search(self.text)
        assert found is not None, self.title
        return found[2]

    @property
    def verdict(self) -> str:
        """What it comes to, in one word."""
        found = _VERDICT.search(self.text)
        assert found is not None, self.title
        return found[1].lower()


def sections(page: str) -> Iterator[Section]:
    """The derivations of the page, in order."""
    heads = list(_SECTION.finditer(page))
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        end = len(page) if following is None else following.start()
        yield Section(int(head[1]), head[2], page[head.end() : end])


def refreshed(page: str) -> str:
    """The page with every excerpt cut anew."""
    for section in list(sections(page)):
        case: Case = CASES[section.number - 1]
        anew = _EXCERPT.sub(lambda found, case=case: found[1] + case.excerpt() + found[3], section.text, 1)
        page = page.replace(section.text, anew)
    return page
