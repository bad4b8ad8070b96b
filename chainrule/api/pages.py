"""Pages of rules and operations, and the table of them, as Python sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chainrule import budget
from chainrule.api import arguments
from chainrule.diagnostics import fail
from chainrule.document import Look
from chainrule.formats import named
from chainrule.pages.data import Contents, Page


@dataclass(frozen=True, slots=True, repr=False)
class Explanation:
    """The page of a rule or an operation, or the table of all of them; ``data`` has it as plain data."""

    data: Page | Contents

    @property
    def verified(self) -> bool | None:
        """Whether the worked example passed every independent check; None where there is none."""
        example = self.data.example if isinstance(self.data, Page) else None
        return None if example is None else example.verified

    def render(
        self,
        format: str = "text",  # noqa: A002  what every caller would call it
        *,
        width: int = 100,
        ascii: bool = False,  # noqa: A002
        color: bool = False,
        standalone: bool = False,
        symbols: Mapping[str, str] | None = None,
    ) -> str:
        """The page in a format: ``text``, ``terminal``, ``latex`` or ``json``.

        Raises:
            ChainRuleError: ``usage`` or ``unsupported``, for what there is not.
        """
        look = Look(width, ascii, color, standalone, arguments.symbols(symbols))
        return "".join(named(format).write_page(self.data, look))

    def to_json(self) -> str:
        """The JSON object of the schema ``explain``, as text."""
        return self.render("json")

    def __str__(self) -> str:
        return self.render("text").rstrip("\n")

    def __repr__(self) -> str:
        name = self.data.name if isinstance(self.data, Page) else "all rules and operations"
        return f"<Explanation: {name}>"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(str(self))}</pre>"


def explain(name: str | None = None, *, example: bool = True, timeout: float | None = None) -> Explanation:
    """The page of a rule or an operation: law, derivative, why, and an example that is derived now.

    name: of a rule (``"chain"``, ``"product rule"``) or an operation in any spelling (``"softmax"``,
    ``"torch.sigmoid"``, ``"ln"``); where both have a name, the operation has brackets: ``"sum()"``.
    Without a name, the table of all pages. example: whether to derive the worked example. timeout: seconds.

    Raises:
        ChainRuleError: ``name``, where nothing is called so; with the nearest name.
    """
    from chainrule.pages import build

    if name is None:
        return Explanation(build.contents())
    if not isinstance(name, str):
        fail("usage", f"a name is a text, not {type(name).__name__}")
    with budget.limited(timeout, None):
        return Explanation(build.page(name, example))
