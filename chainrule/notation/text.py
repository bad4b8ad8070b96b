"""Terms in the pipeline language.

What the language can say reads back to the same meaning, in as few brackets as that takes; index
notation and derivatives are for people, in the same spelling: ``sum_i r[i]*X[i,j]``, ``dz[i,j]/dy[i,j]``.
"""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.algebra import is_scalar_coefficient
from chainrule.notation import calls
from chainrule.notation.numerals import is_fraction, spelled
from chainrule.notation.printer import Piece, Printer, is_named, is_prefix
from chainrule.terms import (
    ATOM,
    POWER,
    PRODUCT,
    SIGN,
    Apply,
    Entry,
    Number,
    Partial,
    Summation,
    Term,
)


def text(term: Term) -> str:
    """``term`` in the pipeline language: ``3/2*(x + 2)``, ``2/n*X.T@(X@w - t)``, ``6*y[i,j]``."""
    return _PRINTER.write(term)


def chain(factors: Sequence[Term]) -> str:
    """The factors of a chain before they are multiplied: ``1/4 * 6*y[i,j] * 1``."""
    return _PRINTER.chain(factors)


class TextPrinter(Printer):
    """The notation of the language."""

    def __init__(self) -> None:
        super().__init__()
        self.forms.update(
            transpose=self._transpose,
            take=self._subscript,
            expand_dims=self._subscript,
            delta=self._delta,
            einsum=self._einsum,
            listing=lambda term: Piece(calls.listing(term), ATOM),
            full=self._full,
            **dict.fromkeys(("zeros", "ones", "eye"), self._constructor),
        )

    # --- leaves ---------------------------------------------------------------------------------------

    def number(self, term: Number) -> Piece:
        level = PRODUCT if is_fraction(term) else SIGN if term.value < 0 else ATOM
        return Piece(spelled(term), level)

    def name(self, name: str) -> Piece:
        return Piece(name, ATOM)

    def constant(self, name: str) -> Piece:
        return Piece(name, ATOM)

    def entry(self, term: Entry) -> Piece:
        indices = ",".join(self.write(index) for index in term.indices)
        base = self.write(term.base, ATOM)
        return Piece(f"{base}[{indices}]" if indices else base, ATOM)

    # --- operators ----------------------------------------------------------------------------------------

    def product(self, term: Apply) -> Piece:
        last = len(term.args) - 1
        parts = []
        for position, factor in enumerate(term.args):
            if position == 0 and last and _may_lead(factor):
                parts.append(self.write(factor, PRODUCT))
            elif position == last and _ends_product(term.args):
                parts.append(self.inner(factor, PRODUCT))
            elif position == 0:
                parts.append(self.write(factor, SIGN))
            else:
                parts.append(self.inner(factor, SIGN))
        return Piece("*".join(parts), PRODUCT)

    def quotient(self, term: Apply) -> Piece:
        top, bottom = term.args
        bracketed = is_prefix(top) or isinstance(top, (Number, Partial))
        above = self.write(top, SIGN if bracketed else PRODUCT)
        return Piece(f"{above}/{self.inner(bottom, SIGN)}", PRODUCT)

    def matrix_product(self, term: Apply) -> Piece:
        left, right = term.args
        flat = isinstance(left, Apply) and (left.op == "matmul" or _has_coefficient(left))
        return Piece(f"{self.write(left, PRODUCT if flat else SIGN)}@{self.inner(right, SIGN)}", PRODUCT)

    def power(self, term: Apply) -> Piece:
        base, exponent = term.args
        return Piece(f"{self.write(base, ATOM)}**{self._exponent(exponent)}", POWER)

    def _exponent(self, term: Term) -> str:
        signed = isinstance(term, Number) or (isinstance(term, Apply) and term.op == "neg")
        piece = self.piece(term)
        if signed and piece.level == SIGN and not piece.text.startswith("-("):
            inner = ATOM if isinstance(term, Number) else self.piece(term.children[0]).level
            if inner == ATOM:
                return piece.text
        return self.fit(piece, POWER)

    # --- calls --------------------------------------------------------------------------------------------

    def operation(self, term: Apply) -> Piece:
        by_place, by_keyword, literals = calls.arguments(term)
        parts = calls.listed(term.op, [self.write(argument) for argument in by_place])
        parts += [f"{name}={self.write(argument)}" for name, argument in by_keyword]
        parts += [f"{name}={value}" if name else value for name, value in literals]
        return Piece(f"{term.op}({', '.join(parts)})", ATOM)

    def abstract_call(self, term: Apply) -> Piece:
        arguments = ", ".join(self.write(argument) for argument in term.args)
        orders = term.param("orders", ())
        name = term.param("function")
        if len(orders) <= 1:
            order = sum(orders)
            primes = "'" * order if order <= 3 else f"^({order})"
            return Piece(f"{name}{primes}({arguments})", ATOM)
        signs = "".join(f"d{place} " * order for place, order in enumerate(orders, 1))
        return Piece(f"{signs}{name}({arguments})", SIGN if signs else ATOM)

    def _transpose(self, term: Apply) -> Piece:
        if term.params:
            return self.operation(term)
        return Piece(f"{self._postfixed(term.args[0])}.T", ATOM)

    def _subscript(self, term: Apply) -> Piece:
        return Piece(f"{self._postfixed(term.args[0])}[{', '.join(calls.subscripts(term))}]", ATOM)

    def _postfixed(self, base: Term) -> str:
        # 2.T would be read as the number 2. before a name.
        written = self.write(base, ATOM)
        return f"({written})" if isinstance(base, Number) and written[0] != "(" else written

    def _delta(self, term: Apply) -> Piece:
        return Piece(f"delta({','.join(self.write(index) for index in term.args)})", ATOM)

    def _einsum(self, term: Apply) -> Piece:
        pattern = calls.literal("pattern", term.param("pattern"))
        return Piece(f"einsum({', '.join([pattern, *map(self.write, term.args)])})", ATOM)

    def _constructor(self, term: Apply) -> Piece:
        return Piece(f"{term.op}({calls.lengths(term)})", ATOM)

    def _full(self, term: Apply) -> Piece:
        return Piece(f"full([{calls.lengths(term)}], {self.write(term.args[0])})", ATOM)

    # --- for people ---------------------------------------------------------------------------------------

    def summation(self, term: Summation) -> Piece:
        names = [index.name for index in term.indices]
        short = "".join(names) if all(len(name) == 1 for name in names) else "{" + ",".join(names) + "}"
        return Piece(f"sum_{short} {self.inner(term.body, PRODUCT)}", PRODUCT)

    def partial(self, term: Partial) -> Piece:
        order = "" if len(term.wrt) == 1 else f"{len(term.wrt)}"
        below = " ".join(f"d{self.write(variable, ATOM)}" for variable in term.wrt)
        if len(term.wrt) > 1:
            below = f"({below})"
        if is_named(term.of):
            return Piece(f"d{order}{self.write(term.of, ATOM)}/{below}", PRODUCT)
        return Piece(f"d{order}/{below} {self.write(term.of, ATOM)}", PRODUCT)

    def chain(self, factors: Sequence[Term]) -> str:
        last = len(factors) - 1
        parts = []
        for position, factor in enumerate(factors):
            level = SIGN if is_prefix(factor) and position < last else PRODUCT
            parts.append(self.inner(factor, level) if position else self.write(factor, level))
        return " * ".join(parts)


def _may_lead(factor: Term) -> bool:
    """Whether a factor of product strength needs no brackets when it comes first: 3/2*x, 2/n*x, -x/2*y."""
    if isinstance(factor, Apply) and factor.op == "neg":
        return _may_lead(factor.args[0])
    return isinstance(factor, Number) or (isinstance(factor, Apply) and factor.op == "div")


def _ends_product(factors: Sequence[Term]) -> bool:
    """Whether the last factor of a product may go without brackets though it is of product strength.

    (2/n)*(A@B) and (2/n*A)@B are the same when only plain coefficients stand before the matrix product.
    """
    final = factors[-1]
    if isinstance(final, Apply) and final.op == "matmul":
        return all(is_scalar_coefficient(factor) for factor in factors[:-1]) and not _is_scaled(final)
    return is_prefix(final)


def _is_scaled(term: Apply) -> bool:
    """Whether the leftmost operand of a chain of matrix products is a product itself."""
    left = term.args[0]
    while isinstance(left, Apply) and left.op == "matmul":
        left = left.args[0]
    return isinstance(left, Apply) and left.op in ("mul", "div", "neg")


def _has_coefficient(term: Apply) -> bool:
    """Whether a product is a matrix with plain coefficients before it: 2/n*X.T."""
    if term.op == "neg":
        return isinstance(term.args[0], Apply) and _has_coefficient(term.args[0])
    return term.op == "mul" and all(is_scalar_coefficient(factor) for factor in term.args[:-1])


_PRINTER = TextPrinter()
