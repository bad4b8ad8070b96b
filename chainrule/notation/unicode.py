"""Terms for terminals, on one line: ``(2/n) Xᵀ(X w − t)``, ``∂out/∂z_ij``, ``3y²``; and in plain ASCII."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from chainrule.notation import calls, signs
from chainrule.notation.names import GREEK
from chainrule.notation.numerals import is_fraction, spelled
from chainrule.notation.printer import Piece, is_prefix
from chainrule.notation.style import Style
from chainrule.notation.typeset import Factor, Typeset
from chainrule.terms import (
    ATOM,
    COMPARISONS,
    POWER,
    PRODUCT,
    SIGN,
    Apply,
    Constant,
    Entry,
    Index,
    Length,
    Number,
    Summation,
    Symbol,
    Term,
)

_ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307"}
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_RELATIONS = {"lt": "<", "le": "≤", "gt": ">", "ge": "≥", "eq": "=", "ne": "≠"}
_PRIMES = ("", "′", "″", "‴")

_PLAIN = Style()


def pretty(term: Term, style: Style = _PLAIN) -> str:
    """``term`` on one line for a terminal; in ASCII where the style says so."""
    return _printer(style).write(term)


def chain(factors: Sequence[Term], style: Style = _PLAIN) -> str:
    """The factors of a chain before they are multiplied: ``1/4 · 6 y_ij · 1``."""
    return _printer(style).chain(factors)


class UnicodePrinter(Typeset):
    """One line of mathematics for a terminal."""

    def __init__(self, style: Style) -> None:
        super().__init__(style)
        self.ascii = style.ascii
        self.minus = "-" if style.ascii else "−"
        self.relations: Mapping[str, str] = COMPARISONS if style.ascii else _RELATIONS
        self.dot = " * " if style.ascii else " · "
        self.elementwise = " * " if style.ascii else " ⊙ "
        self.kronecker = " ⊗ "
        self.between_differentials = " " if style.ascii else ""
        if style.ascii:
            self.forms["kron"] = self.operation
        self._signs = signs.ASCII if style.ascii else signs.UNICODE
        self.forms.update(
            einsum=self._einsum,
            full=self._full,
            **dict.fromkeys(("zeros", "ones", "eye"), self._constructor),
        )

    # --- leaves ---------------------------------------------------------------------------------------

    def number(self, term: Number) -> Piece:
        text = spelled(term)
        mantissa, e, exponent = text.partition("e")
        if e and not self.ascii:
            text = f"{mantissa}×10{exponent.translate(_SUPERSCRIPTS)}"
        level = PRODUCT if is_fraction(term) or e else SIGN if term.value < 0 else ATOM
        return Piece(text.replace("-", self.minus), level)

    def name(self, name: str) -> Piece:
        if self.ascii:
            return Piece(name, ATOM)
        parts = self.style.take_apart(name)
        text = GREEK.get(parts.base, parts.base)
        if parts.accent:
            if len(text) > 1:
                return Piece(name, ATOM)
            text += _ACCENTS[parts.accent]
        if len(parts.subscripts) == 1 and parts.subscripts[0].isdigit():
            text += parts.subscripts[0].translate(_SUBSCRIPTS)
        elif parts.subscripts:
            text += "_" + "_".join(parts.subscripts)
        return Piece(text, ATOM)

    def constant(self, name: str) -> Piece:
        return Piece("π" if name == "pi" and not self.ascii else name, ATOM)

    def entry(self, term: Entry) -> Piece:
        others = self.others(term)
        if others is not None:
            place, letter = map(self.write, others[:2])
            factor = self.write(others[2], SIGN)
            sign, differs = ("prod", "!=") if self.ascii else ("Π", "≠")
            return Piece(f"{sign}_{{{letter}{differs}{place}}} {factor}", PRODUCT)
        return Piece(self.write(term.base, ATOM) + self.numbered(term), ATOM)

    def subscript(self, indices: Sequence[Term]) -> str:
        texts = [self._compact(index) for index in indices]
        if not texts:
            return ""
        short = all(len(text) == 1 for text in texts)
        if short and (len(texts) == 1 or not any(map(str.isdigit, texts))):
            return "_" + "".join(texts)
        return "_{" + ",".join(texts) + "}"

    def _compact(self, term: Term) -> str:
        return self.write(term).replace(f" {self.minus} ", self.minus).replace(" + ", "+")

    # --- operators ----------------------------------------------------------------------------------------

    def space(self, left: Factor, right: Factor) -> str:
        if right.text.startswith("("):
            open_end = isinstance(left.term, Number) and is_fraction(left.term)
            return " " if open_end or self._could_be_called(left) else ""
        whole = isinstance(left.term, Number) and left.text.removeprefix(self.minus).isdigit()
        return "" if whole and self._is_letter(right.term) else " "

    def _could_be_called(self, factor: Factor) -> bool:
        """Whether a bracket right behind a factor would look like an argument: a word, a function's call."""
        if isinstance(factor.term, Entry):
            return isinstance(factor.term.base, Apply)
        if isinstance(factor.term, Apply):
            return factor.text.endswith(")") and not factor.text.startswith("(")
        return isinstance(factor.term, (Symbol, Length)) and not self._is_letter(factor.term)

    def _is_letter(self, term: Term) -> bool:
        """Whether ``term`` is a letter, perhaps raised: what may stand right behind a number, as in 3y²."""
        if isinstance(term, Apply) and term.op == "pow":
            term = term.args[0]
        if isinstance(term, Constant):
            return not self.ascii
        if not isinstance(term, (Symbol, Length, Index)):
            return False
        text = self.name(term.name).text
        return (
            self.style.take_apart(term.name).is_letter
            and "_" not in text
            and (len(text) == 1 or not self.ascii)
        )

    def quotient(self, term: Apply) -> Piece:
        top, bottom = term.args
        signed = isinstance(top, Apply) and top.op == "neg"
        size = top.children[0] if signed else top
        if isinstance(size, Apply) and size.op == "mul" and not self.ranks.is_tensor(size):
            level = SIGN if is_prefix(size.args[-1]) else PRODUCT
        else:
            level = SIGN if signed or isinstance(top, Number) else POWER
        return Piece(f"{self.write(top, level)}/{self.inner(bottom, POWER)}", PRODUCT)

    def raised(self, base: str, exponent: Term) -> str:
        whole = isinstance(exponent, Number) and exponent.value.denominator == 1 and not exponent.decimal
        if whole and isinstance(exponent, Number):
            text = spelled(exponent)
            return f"{base}^{text}" if self.ascii else base + text.translate(_SUPERSCRIPTS)
        piece = self.piece(exponent)
        return f"{base}^{piece.text if piece.level == ATOM else '(' + self._compact(exponent) + ')'}"

    def turned(self, base: str, inverse: bool) -> str:
        if self.ascii:
            return base + ("^-T" if inverse else "^T")
        return base + ("⁻ᵀ" if inverse else "ᵀ")

    # --- calls --------------------------------------------------------------------------------------------

    def operation(self, term: Apply) -> Piece:
        by_place, by_keyword, literals = calls.arguments(term)
        form = self._signs.get(term.op)
        if form is not None and not by_keyword and not literals:
            return signs.fill(form, term, self.write)
        parts = calls.listed(term.op, [self.write(argument) for argument in by_place])
        parts += [f"{name}={self.write(argument)}" for name, argument in by_keyword]
        parts += [f"{name}={value}" if name else value for name, value in literals]
        name = None if self.ascii else signs.greek(term.op)
        return Piece(f"{name or signs.SHORT.get(term.op, term.op)}({', '.join(parts)})", ATOM)

    def abstract_call(self, term: Apply) -> Piece:
        arguments = ", ".join(self.write(argument) for argument in term.args)
        orders = term.param("orders", ())
        name = self.name(term.param("function")).text
        if len(orders) <= 1:
            return Piece(f"{name}{self._primes(sum(orders))}({arguments})", ATOM)
        signs_before = "".join(self._partial_sign(place) * order for place, order in enumerate(orders, 1))
        return Piece(f"{signs_before}{name}({arguments})", SIGN if signs_before else ATOM)

    def _primes(self, order: int) -> str:
        if order > 3:
            return f"^({order})"
        return "'" * order if self.ascii else _PRIMES[order]

    def _partial_sign(self, place: int) -> str:
        return f"d{place} " if self.ascii else "∂" + str(place).translate(_SUBSCRIPTS)

    def delta(self, term: Apply) -> Piece:
        return Piece(("delta" if self.ascii else "δ") + self.subscript(term.args), ATOM)

    def taken(self, term: Apply) -> Piece:
        return Piece(f"{self.write(term.args[0], ATOM)}[{', '.join(calls.subscripts(term))}]", ATOM)

    def array(self, rows: Sequence[Sequence[str]], flat: bool) -> str:
        shown = [row[0] if flat else f"[{', '.join(row)}]" for row in rows]
        return f"[{', '.join(shown)}]"

    def _einsum(self, term: Apply) -> Piece:
        pattern = calls.literal("pattern", term.param("pattern"))
        return Piece(f"einsum({', '.join([pattern, *map(self.write, term.args)])})", ATOM)

    def _constructor(self, term: Apply) -> Piece:
        return Piece(f"{term.op}({calls.lengths(term)})", ATOM)

    def _full(self, term: Apply) -> Piece:
        return Piece(f"full([{calls.lengths(term)}], {self.write(term.args[0])})", ATOM)

    # --- sums and derivatives -----------------------------------------------------------------------------

    def summation(self, term: Summation) -> Piece:
        sign = "sum" if self.ascii else "Σ"
        below = self.subscript(term.indices)
        running = self.running(term)
        if any(length is not None for _, length in running):
            shown = [self.write(k) + ("" if n is None else f"<{self._compact(n)}") for k, n in running]
            below = f"_{{{', '.join(shown)}}}"
        return Piece(f"{sign}{below} {self.inner(term.body, PRODUCT)}", PRODUCT)

    def differential(self, what: str, total: bool, order: int = 1) -> str:
        sign = "d" if total or self.ascii else "∂"
        if order == 1:
            return sign + what
        return f"{sign}^{order}{what}" if self.ascii else sign + str(order).translate(_SUPERSCRIPTS) + what

    def over(self, top: str, bottom: str) -> str:
        return f"{top}/({bottom})" if " " in bottom else f"{top}/{bottom}"


@lru_cache(maxsize=4)
def _printer(style: Style) -> UnicodePrinter:
    return UnicodePrinter(style)
