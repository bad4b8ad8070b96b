"""The table of formats: by name and by file ending. A format is loaded when it is first used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING

from chainrule.diagnostics import fail, nearest

if TYPE_CHECKING:
    from chainrule.derivation.data import Derivation
    from chainrule.document import Look
    from chainrule.pages.data import Contents, Page
    from chainrule.report.view import View


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name, the module of this package that writes it, the file endings that ask for it.

    ``structured`` formats write the derivation itself, the others its document.
    """

    name: str
    module: str
    endings: tuple[str, ...] = ()
    structured: bool = False

    def write(self, derivation: Derivation, view: View, look: Look) -> Iterator[str]:
        """The derivation in this format, piece by piece."""
        write = import_module(f"chainrule.formats.{self.module}").write
        if self.structured:
            return write(derivation)  # type: ignore[no-any-return]
        from chainrule.report import document

        return write(document(derivation, view), look)  # type: ignore[no-any-return]

    def write_page(self, page: Page | Contents, look: Look) -> Iterator[str]:
        """The page of a rule or an operation, or the table of all pages, in this format, piece by piece."""
        if self.structured:
            from chainrule.formats import pages
            from chainrule.report.view import View

            example = getattr(page, "example", None)
            return pages.write(page, "".join(self.write(example, View(), look)) if example else None)
        write = import_module(f"chainrule.formats.{self.module}").write
        from chainrule.report.page import document_of

        return write(document_of(page), look)  # type: ignore[no-any-return]


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        found.name: found
        for found in (
            Format("terminal", "terminal.coloured"),
            Format("text", "terminal.plain", (".txt",)),
            Format("latex", "latex", (".tex",)),
            Format("json", "json", (".json",), structured=True),
        )
    }
)


def named(name: str) -> Format:
    """The format ``name``.

    Raises:
        ChainRuleError: ``unsupported``, with the formats that there are.
    """
    found = FORMATS.get(name)
    if found is None:
        fail(
            "unsupported",
            f"the format {name} is not supported yet" if name in _LATER else f"there is no format {name}",
            notes=["formats: " + ", ".join(FORMATS)],
            suggestion=nearest(name, FORMATS),
        )
    return found


def by_ending(path: str) -> Format | None:
    """The format that the ending of a file asks for, or None where the ending says nothing."""
    ending = PurePath(path).suffix.lower()
    for found in FORMATS.values():
        if ending in found.endings:
            return found
    if ending.removeprefix(".") in {*_LATER, "md", "htm", "typ", "mmd", "gv"}:
        known = [one for found in FORMATS.values() for one in found.endings]
        fail(
            "unsupported",
            f"files that end in {ending} are not supported yet",
            notes=["endings that are: " + ", ".join(known), "--format says the format of any file"],
        )
    return None


_LATER = frozenset(("markdown", "html", "typst", "pdf", "svg", "png", "dot", "mermaid"))
