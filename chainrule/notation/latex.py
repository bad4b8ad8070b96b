"""Terms in LaTeX, within what pdfLaTeX, KaTeX and GitHub all render."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from chainrule.notation import calls, signs
from chainrule.notation.names import ACCENTS, GREEK
from chainrule.notation.numerals import is_fraction, spelled
from chainrule.notation.printer import Piece
from chainrule.notation.style import Style
from chainrule.notation.typeset import Factor, Typeset
from chainrule.terms import (
    ATOM,
    POWER,
    PRODUCT,
    SIGN,
    Apply,
    Constant,
    Entry,
    Length,
    Number,
    Summation,
    Symbol,
    Term,
)

_SPECIALS = {
    **{sign: "\\" + sign for sign in "{}$&#%_"},
    "\\": r"\backslash{}",
    "^": r"\wedge{}",
    "~": r"\sim{}",
}
_RELATIONS = {"lt": "<", "le": r"\le", "gt": ">", "ge": r"\ge", "eq": "=", "ne": r"\ne"}
_TALL = re.compile(r"\\(?:frac|sum|prod|begin)(?![a-z])")
_WORDS = re.compile(r"\"[^\"]*\"|'[^']*'|[A-Za-z_][A-Za-z0-9_]*")

_PLAIN = Style()


def latex(term: Term, style: Style = _PLAIN) -> str:
    """``term`` in LaTeX's math mode."""
    return _printer(style).write(term)


def chain(factors: Sequence[Term], style: Style = _PLAIN) -> str:
    r"""The factors of a chain before they are multiplied: ``\frac{1}{4} \cdot 6\,y_{ij} \cdot 1``."""
    return _printer(style).chain(factors)


def escape(text: str) -> str:
    """``text`` for LaTeX's math mode, with everything that would be a command spelled out."""
    return "".join(_SPECIALS.get(sign, sign if " " <= sign <= "~" else "?") for sign in text).replace(
        "->", r"\to "
    )


class LatexPrinter(Typeset):
    """LaTeX's math mode."""

    dot = r" \cdot "
    elementwise = r" \odot "
    kronecker = r" \otimes "
    between_differentials = r"\,"
    relations = _RELATIONS

    def __init__(self, style: Style) -> None:
        super().__init__(style)
        self.forms.update(
            where=self._cases,
            exp=self._exponential,
            einsum=self._einsum,
            zeros=self._constructor,
            ones=self._constructor,
            eye=self._constructor,
            full=self._full,
        )

    # --- leaves ---------------------------------------------------------------------------------------

    def number(self, term: Number) -> Piece:
        text = spelled(term)
        sign = "-" if text[0] == "-" else ""
        if is_fraction(term):
            top, _, bottom = text.removeprefix("-").partition("/")
            return Piece(f"{sign}\\frac{{{top}}}{{{bottom}}}", SIGN)
        mantissa, e, exponent = text.partition("e")
        if e:
            return Piece(f"{mantissa} \\times 10^{{{exponent}}}", PRODUCT)
        return Piece(text, SIGN if sign else ATOM)

    def name(self, name: str) -> Piece:
        override = self.style.symbols.get(name)
        if override is not None:
            # What is asked for may have a superscript or subscript of its own.
            return Piece(f"{{{override}}}" if re.search("[_^]", override) else override, ATOM)
        stem, _, accent = name.rpartition("_")
        if accent in ACCENTS and stem in self.style.symbols:
            return Piece(f"\\{accent}{{{self.style.symbols[stem]}}}", ATOM)
        parts = self.style.take_apart(name)
        text = _word(parts.base)
        if parts.accent:
            text = f"\\{parts.accent}{{{text}}}"
        if parts.subscripts:
            text += "_{" + ",".join(map(_word, parts.subscripts)) + "}"
        return Piece(text, ATOM)

    def constant(self, name: str) -> Piece:
        return Piece(r"\pi" if name == "pi" else name, ATOM)

    def entry(self, term: Entry) -> Piece:
        others = self.others(term)
        if others is not None:
            place, letter = map(self.write, others[:2])
            factor = self.write(others[2], SIGN)
            return Piece(f"\\prod_{{{letter} \\ne {place}}} {factor}", PRODUCT)
        base = self.write(term.base, ATOM)
        if isinstance(term.base, Symbol) and self._has_subscript(term.base.name) and base[0] != "{":
            base = f"{{{base}}}"
        return Piece(base + self.numbered(term), ATOM)

    def _has_subscript(self, name: str) -> bool:
        return name not in self.style.symbols and bool(self.style.take_apart(name).subscripts)

    def subscript(self, indices: Sequence[Term]) -> str:
        texts = [self.write(index) for index in indices]
        short = all(len(text) == 1 for text in texts) and (
            len(texts) == 1 or not any(map(str.isdigit, texts))
        )
        return "_{" + ("" if short else ",").join(texts) + "}" if texts else ""

    def is_open_ended(self, text: str) -> bool:
        return text.endswith(r"\end{cases}")

    def bracket(self, text: str) -> str:
        return f"\\left({text}\\right)" if _TALL.search(text) else f"({text})"

    # --- operators ----------------------------------------------------------------------------------------

    def space(self, left: Factor, right: Factor) -> str:
        return r"\,"

    def quotient(self, term: Apply) -> Piece:
        top, bottom = map(self.write, term.args)
        return Piece(f"\\frac{{{top}}}{{{bottom}}}", SIGN)

    def raised(self, base: str, exponent: Term) -> str:
        if isinstance(exponent, Number) and is_fraction(exponent):
            return f"{base}^{{{spelled(exponent)}}}"
        return f"{base}^{{{self.write(exponent)}}}"

    def turned(self, base: str, inverse: bool) -> str:
        return base + (r"^{-\top}" if inverse else r"^{\top}")

    # --- calls --------------------------------------------------------------------------------------------

    def operation(self, term: Apply) -> Piece:
        by_place, by_keyword, literals = calls.arguments(term)
        form = signs.declared(term.op) or signs.LATEX.get(term.op)
        if form is not None and "{0}" in form and not by_keyword and not literals:
            return signs.fill(form, term, self.write)
        name = form if form is not None and "{0}" not in form else self._operator(term.op)
        parts = calls.listed(term.op, [self.write(argument) for argument in by_place])
        parts += [f"{_word(word)}={self.write(argument)}" for word, argument in by_keyword]
        parts += [
            f"{_upright(word)}={_literal(value)}" if word else _literal(value) for word, value in literals
        ]
        return Piece(name + self.bracket(", ".join(parts)), ATOM)

    def _operator(self, op: str) -> str:
        return signs.FUNCTIONS.get(op) or _upright(signs.SHORT.get(op, op))

    def _exponential(self, term: Apply) -> Piece:
        exponent = term.args[0]
        if not self.ranks.is_tensor(exponent) and _is_short(exponent):
            return Piece(f"e^{{{self.write(exponent)}}}", POWER)
        return self.operation(term)

    def _cases(self, term: Apply) -> Piece:
        rows = []
        rest: Term = term
        while isinstance(rest, Apply) and rest.op == "where":
            condition, value, rest = rest.args
            rows.append(f"{self.write(value)} & \\text{{if }} {self.write(condition)}")
        rows.append(f"{self.write(rest)} & \\text{{otherwise}}")
        return Piece("\\begin{cases} " + r" \\ ".join(rows) + " \\end{cases}", PRODUCT)

    def abstract_call(self, term: Apply) -> Piece:
        arguments = self.bracket(", ".join(self.write(argument) for argument in term.args))
        orders = term.param("orders", ())
        name = self.name(term.param("function")).text
        if len(orders) <= 1:
            order = sum(orders)
            primes = "'" * order if order <= 3 else f"^{{({order})}}"
            return Piece(f"{name}{primes}{arguments}", ATOM)
        before = "".join(f"\\partial_{{{place}}} " * order for place, order in enumerate(orders, 1))
        return Piece(f"{before}{name}{arguments}", SIGN if before else ATOM)

    def delta(self, term: Apply) -> Piece:
        return Piece(r"\delta" + self.subscript(term.args), ATOM)

    def taken(self, term: Apply) -> Piece:
        # In braces, a colon is no relation and a minus no operator: no space around them.
        items = ", ".join(re.sub("([:-])", r"{\1}", _literal(item)) for item in calls.subscripts(term))
        return Piece(f"{self.write(term.args[0], ATOM)}[{items}]", ATOM)

    def array(self, rows: Sequence[Sequence[str]], flat: bool) -> str:
        tall = any(_TALL.search(text) for row in rows for text in row)
        inside = (r" \\[4pt] " if tall else r" \\ ").join(" & ".join(row) for row in rows)
        return f"\\begin{{pmatrix}} {inside} \\end{{pmatrix}}"

    def _einsum(self, term: Apply) -> Piece:
        pattern = _literal(calls.literal("pattern", term.param("pattern")))
        parts = [pattern, *map(self.write, term.args)]
        return Piece(_upright("einsum") + self.bracket(", ".join(parts)), ATOM)

    def _constructor(self, term: Apply) -> Piece:
        sign = {"zeros": r"\mathbf{0}", "ones": r"\mathbf{1}", "eye": "I"}[term.op]
        return Piece(f"{sign}_{{{self._lengths(term)}}}", ATOM)

    def _full(self, term: Apply) -> Piece:
        return Piece(f"{self.write(term.args[0], SIGN)}\\,\\mathbf{{1}}_{{{self._lengths(term)}}}", PRODUCT)

    def _lengths(self, term: Apply) -> str:
        dims = term.param("shape", ())
        return r" \times ".join(self.name(dim).text if isinstance(dim, str) else str(dim) for dim in dims)

    # --- sums and derivatives -----------------------------------------------------------------------------

    def summation(self, term: Summation) -> Piece:
        running = self.running(term)
        ranged = (f"{self.write(k)}" if n is None else f"{self.write(k)}<{self.write(n)}" for k, n in running)
        below = ",".join(ranged)
        return Piece(f"\\sum_{{{below}}} {self.inner(term.body, PRODUCT)}", PRODUCT)

    def differential(self, what: str, total: bool, order: int = 1) -> str:
        sign = r"\mathrm{d}" if total else r"\partial"
        raised = f"{sign}^{{{order}}}" if order > 1 else sign
        return f"{raised} {what}" if what and not total else raised + what

    def over(self, top: str, bottom: str) -> str:
        return f"\\frac{{{top}}}{{{bottom}}}"


def _word(word: str) -> str:
    """A letter in italics, a Greek name as a letter, a longer word upright."""
    if word in GREEK:
        return "\\" + word
    return word if (len(word) == 1 and word.isalpha()) or word.isdigit() else _upright(word)


def _upright(word: str) -> str:
    return f"\\mathrm{{{escape(word)}}}"


def _literal(value: str) -> str:
    """A literal keyword value: words upright, quoted ones as text."""

    def change(match: re.Match[str]) -> str:
        word = match[0]
        return _upright(word[1:-1] if word[0] in "\"'" else word)

    return _WORDS.sub(change, value)


def _is_short(term: Term) -> bool:
    """Whether an exponent reads well as a superscript: x, -x, 2 x."""
    if isinstance(term, Apply) and term.op in ("neg", "mul") and len(term.args) <= 2:
        return all(map(_is_short, term.args))
    return isinstance(term, (Symbol, Number, Constant, Length, Entry))


@lru_cache(maxsize=4)
def _printer(style: Style) -> LatexPrinter:
    return LatexPrinter(style)
