"""The derivation as Python sees it: its parts, every format, and gradients that can be called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from chainrule.api import arguments
from chainrule.api.parts import Factor, Gradient, Input, Product, Statement, Taylor
from chainrule.derivation import data
from chainrule.derivation.data import Advice, Trouble
from chainrule.diagnostics import fail, nearest
from chainrule.document import Look
from chainrule.formats import named
from chainrule.report.view import DETAILS, NOTATIONS, View

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True, repr=False)
class Derivation:
    """Everything that was derived from a program. ``data`` is all of it as plain data."""

    data: data.Derivation

    # --- parts --------------------------------------------------------------------------------------------

    @property
    def program(self) -> str:
        """The text that was derived."""
        return self.data.pipeline.source.text

    @property
    def output(self) -> str:
        """The name of the output."""
        return self.data.output

    @property
    def inputs(self) -> tuple[Input, ...]:
        return tuple(Input(part, self.data) for part in self.data.inputs)

    @property
    def statements(self) -> tuple[Statement, ...]:
        return tuple(Statement(part, self.data) for part in self.data.statements)

    @property
    def factors(self) -> tuple[Factor, ...]:
        return tuple(Factor(part, self.data) for part in self.data.factors)

    @property
    def gradients(self) -> tuple[Gradient, ...]:
        return tuple(Gradient(part, self.data) for part in self.data.gradients)

    @property
    def directional(self) -> Product | None:
        """The derivative along the ``tangent`` that was asked for: J v."""
        parts = (part for part in self.data.products if part.kind == "tangent")
        return next((Product(part, self.data) for part in parts), None)

    @property
    def vjp(self) -> Mapping[str, Product]:
        """For each input the derivative of the output, weighed by the ``cotangent``: Jᵀ c."""
        parts = (part for part in self.data.products if part.kind == "cotangent")
        return {part.wrt[0]: Product(part, self.data) for part in parts}

    @property
    def value(self) -> Any:
        """The output at the given values: a float or nested lists; None without values."""
        return None if self.data.value is None else self.data.value.nested()

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """Kinks, jumps and undefined points that were met at the given values."""
        return self.data.troubles

    @property
    def stability(self) -> tuple[Advice, ...]:
        """Terms that are right on paper and may fail in floats, with spellings that do not."""
        return self.data.stability

    @property
    def notes(self) -> tuple[str, ...]:
        return self.data.notes

    @property
    def warnings(self) -> tuple[str, ...]:
        return self.data.warnings

    @property
    def verified(self) -> bool | None:
        """Whether every independent check passed; None when nothing was checked."""
        return self.data.verified

    def statement(self, name: str) -> Statement:
        """The statement that defines ``name``.

        Raises:
            ChainRuleError: ``name``, when there is none.
        """
        return _found({part.name: part for part in self.statements}, name, f"no statement defines {name}")

    def factor(self, of: str, wrt: str) -> Factor:
        """The local derivative of ``of`` with respect to ``wrt``.

        Raises:
            ChainRuleError: ``name``, when ``of`` does not directly depend on ``wrt``.
        """
        known = {f"d{part.of}/d{part.wrt}": part for part in self.factors}
        return _found(known, f"d{of}/d{wrt}", f"there is no factor d{of}/d{wrt}")

    def gradient(self, *wrt: str) -> Gradient:
        """The derivative of the output with respect to ``wrt``, one name for each order.

        Raises:
            ChainRuleError: ``name``, when it was not derived.
        """
        known = {", ".join(part.wrt): part for part in self.gradients}
        if not wrt and len(known) == 1:
            return next(iter(known.values()))
        asked = ", ".join(wrt)
        return _found(known, asked, f"the derivative with respect to {asked or 'nothing'} was not asked for")

    @property
    def taylor(self) -> Taylor | None:
        """The Taylor polynomial, where it was asked for."""
        return None if self.data.taylor is None else Taylor(self.data.taylor, self.data)

    # --- looks --------------------------------------------------------------------------------------------

    def render(  # noqa: PLR0913  keyword-only, and each of them is an option of the command
        self,
        format: str = "text",  # noqa: A002  what every caller would call it
        *,
        detail: str | None = None,
        hint: int | None = None,
        notation: str = "matrix",
        only: str | Iterable[str] = (),
        digits: int = 6,
        width: int = 100,
        ascii: bool = False,  # noqa: A002
        color: bool = False,
        standalone: bool = False,
        symbols: Mapping[str, str] | None = None,
    ) -> str:
        """The derivation in a format: ``text``, ``terminal``, ``latex`` or ``json``.

        detail: ``summary``, ``factors`` or ``rules``. notation: ``index``, ``matrix``, ``component`` or
        ``all``. only: the derivatives to show, as ``"dz/dy"``. symbols: LaTeX for names. hint: only so
        many lines of the rules, and what to try next; for a derivation made with ``detail="rules"``.

        Raises:
            ChainRuleError: ``usage`` or ``unsupported``, for what there is not.
        """
        from chainrule.report.selection import select

        chosen = [only] if isinstance(only, str) else list(only)
        options = self.data.options
        view = View(
            detail=arguments.choice(detail or options.detail, DETAILS, "detail"),
            notation=arguments.choice(notation, NOTATIONS, "notation"),
            exact=options.exact,
            float=options.float,
            digits=digits,
            partial=bool(chosen),
            hint=hint,
        )
        look = Look(width, ascii, color, standalone, arguments.symbols(symbols))
        return "".join(named(format).write(select(self.data, chosen), view, look))

    def to_json(self) -> str:
        """The JSON object of the contract, as text."""
        return self.render("json")

    def __str__(self) -> str:
        return self.render("text").rstrip("\n")

    def __repr__(self) -> str:
        shown = ", ".join(repr(part)[1:-1] for part in self.gradients[:3])
        more = ", …" if len(self.data.gradients) > 3 else ""
        return f"<Derivation: {shown or self.output}{more}>"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(str(self))}</pre>"

    def _repr_latex_(self) -> str:
        from chainrule.formats.latex import displayed
        from chainrule.report import document

        return displayed(document(self.data, View(detail=self.data.options.detail)))


def _found(known: Mapping[str, Part], name: str, message: str) -> Part:
    if name not in known:
        fail(
            "name",
            message,
            notes=["there are: " + (", ".join(list(known)[:40]) or "none")],
            suggestion=nearest(name, known),
        )
    return known[name]
