"""Whether two formulas are the same on paper: a strict comparison, which knows no algebra but spelling.

Two spellings agree when they have the same addends in any order, with scalars anywhere in a product (also
before or inside a bracket), and when they differ in what is only notation: a bᵀ is ``outer(a, b)``, xᵀA is
Aᵀx as a vector, XXX is X³, A diag(x) is ``A*x``, diag(x) y is ``x*y``, (AB)ᵀ is BᵀAᵀ, (A + B)ᵀ is Aᵀ + Bᵀ
and (X⁻¹)ᵀ is (Xᵀ)⁻¹, which tables print either way, and x/y is written with a bar, a power or a root.
Nothing is factored or multiplied out, nothing cancels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_program
from chainrule.source import Source
from chainrule.terms import Apply, Constant, Length, Number, Symbol, Term

Key = Any
_TO_NUMBER = frozenset({"trace", "det", "logdet", "slogdet", "norm", "dot"})
_TO_MATRIX = frozenset({"outer", "eye", "inv", "pinv", "matrix_power", "transpose", "kron"})


@dataclass
class _Product:
    """A number, powers of scalars, and what is left: nothing, one chain of matrices, or something else."""

    number: Fraction = Fraction(1)
    scalars: Counter[Key] = field(default_factory=Counter)
    rest: Key = None

    def key(self) -> Key:
        return tuple(sorted((repr(base), e) for base, e in self.scalars.items() if e)), self.rest


class Spelling:
    """Formulas over names of known ranks."""

    def __init__(self, ranks: Mapping[str, int]) -> None:
        self.ranks = ranks

    def of(self, term: Term, turned: bool = False) -> Key:
        """The addends with their numbers, in one order; of the transpose where ``turned``."""
        total: Counter[Key] = Counter()
        self._add(term, Fraction(1), turned, total)
        return tuple(sorted(((key, n) for key, n in total.items() if n), key=repr))

    def _add(self, term: Term, times: Fraction, turned: bool, total: Counter[Key]) -> None:
        if isinstance(term, Apply) and term.op == "add":
            for arg in term.args:
                self._add(arg, times, turned, total)
        elif isinstance(term, Apply) and term.op == "neg":
            self._add(term.args[0], -times, turned, total)
        elif isinstance(term, Apply) and term.op == "transpose":
            self._add(term.args[0], times, not turned, total)
        else:
            product = self._product(term, turned)
            inner = product.rest
            if isinstance(inner, tuple) and inner[:1] == ("sum",):
                for (scalars, rest), n in inner[1]:
                    own = Counter(dict(scalars))
                    own.update({repr(base): e for base, e in product.scalars.items()})
                    key = tuple(sorted((base, e) for base, e in own.items() if e)), rest
                    total[key] += times * product.number * n
            else:
                total[product.key()] += times * product.number

    # --- products ------------------------------------------------------------------------------------------

    def _product(self, term: Term, turned: bool) -> _Product:
        out = _Product()
        parts: list[tuple[Term, int]] = []
        self._collect(term, Fraction(1), turned, out, parts)
        if len(parts) == 1 and parts[0][1] == 1:
            part = parts[0][0]
            if isinstance(part, Apply) and part.op == "add":
                out.rest = ("sum", self.of(part, turned))
            else:
                out.rest = self._whole(part, turned, out)
        elif parts and (scaled := self._scaled_matrix(parts)) is not None:
            out.rest = self._whole(scaled, turned, out)
        elif parts:
            factors = [(self.of(part, turned), Fraction(exponent)) for part, exponent in parts]
            out.rest = ("times", *sorted(factors, key=repr))
        return out

    def _scaled_matrix(self, parts: list[tuple[Term, Any]]) -> Term | None:
        """A diag(x) for A*x, and diag(x) A for x[:, None]*A; None for other products."""
        matrices = [part for part, _ in parts if self.rank(part) == 2 and not _is_column(part)]
        if len(matrices) != 1 or len(parts) == 1 or (matrices[0], 1) not in parts:
            return None
        rows, columns = [], []
        for part, exponent in parts:
            if part != matrices[0]:
                vector = part.args[0] if isinstance(part, Apply) and _is_column(part) else part
                side = rows if _is_column(part) else columns
                side.append(Apply("pow", (vector, Number(Fraction(exponent)))) if exponent != 1 else vector)
        out = matrices[0]
        for side in (rows, columns):
            if side:
                diagonal = Apply("diag", (side[0] if len(side) == 1 else Apply("mul", tuple(side)),))
                out = Apply("matmul", (diagonal, out) if side is rows else (out, diagonal))
        return out

    def _collect(
        self, term: Term, exponent: Any, turned: bool, out: _Product, parts: list[tuple[Term, Any]]
    ) -> None:
        """Take a product apart: numbers, scalars, and factors that are tensors."""
        op, args = (term.op, term.args) if isinstance(term, Apply) else ("", ())
        if isinstance(term, Number):
            out.number *= term.value**exponent
        elif op == "neg":
            out.number *= (-1) ** exponent
            self._collect(args[0], exponent, turned, out, parts)
        elif op == "mul":
            for arg in args:
                self._collect(arg, exponent, turned, out, parts)
        elif op == "div":
            self._collect(args[0], exponent, turned, out, parts)
            self._collect(args[1], -exponent, turned, out, parts)
        elif op == "sqrt":
            self._collect(args[0], exponent * Fraction(1, 2), turned, out, parts)
        elif op == "pow" and isinstance(args[1], Number):
            self._collect(args[0], exponent * args[1].value, turned, out, parts)
        elif self.rank(term) == 0:
            self._scalar(term, exponent, out)
        else:
            parts.append((term, exponent))

    def _scalar(self, term: Term, exponent: Any, out: _Product) -> None:
        if isinstance(term, Apply) and term.op == "matmul":
            items = tuple(self._items(term, False, out, exponent))
            back = tuple(_turned(item) for item in items[::-1])
            out.scalars["number", min(items, back, key=repr)] += exponent
        elif isinstance(term, Apply) and term.op == "add":
            addends = self.of(term)
            if len(addends) == 1:
                raise AssertionError("a sum of one addend")
            out.scalars["sum", addends] += exponent
        elif isinstance(term, Apply) and term.op == "trace":
            out.scalars[self._trace(term, out)] += exponent
        else:
            out.scalars[self._leaf(term, False)] += exponent

    def _trace(self, term: Apply, out: _Product) -> Key:
        inner = term.args[0]
        if isinstance(inner, Apply) and inner.op == "matmul":
            return "trace", tuple(self._items(inner, False, out, Fraction(1)))
        return "trace", self.of(inner)

    def _whole(self, term: Term, turned: bool, out: _Product) -> Key:
        rank = self.rank(term)
        if rank == 2 or (isinstance(term, Apply) and term.op == "matmul"):
            items = self._merged(self._items(term, turned, out, Fraction(1)))
            if rank == 1 and items[0][0] == "row":
                items = [_turned(item) for item in items[::-1]]
            if len(items) == 1 and items[0][0] == "column":
                return ("times", *items[0][1])
            return "chain", tuple(items)
        return self._leaf(term, turned)

    def _merged(self, items: list[Key]) -> list[Key]:
        """diag(x) y as the vector x*y, at either end of a chain and beside an outer product."""
        out: list[Key] = []
        for item in items:
            pair = (out[-1][0] if out else "", item[0])
            if pair in (("diagonal", "column"), ("row", "diagonal")):
                kind = "column" if "column" in pair else "row"
                out.append((kind, tuple(sorted((*out.pop()[1], *item[1]), key=repr))))
            else:
                out.append(item)
        return out

    def _items(self, term: Term, turned: bool, out: _Product, exponent: Any) -> list[Key]:
        """The factors of a matrix product from left to right; vectors stand upright or lie."""
        found = self._straight(term, out, exponent)
        return [_turned(item) for item in found[::-1]] if turned else found

    def _straight(self, term: Term, out: _Product, exponent: Any) -> list[Key]:
        if isinstance(term, Apply) and term.op == "matmul":
            a, b = term.args
            left, right = (self._straight(arg, out, exponent) for arg in (a, b))
            if self.rank(a) == 1 and left[0][0] == "column":
                left = [_turned(item) for item in left[::-1]]
            return left + right
        if isinstance(term, Apply) and term.op == "transpose":
            return self._items(term.args[0], True, out, exponent)
        if isinstance(term, Apply) and term.op == "outer":
            left, right = (self._straight(arg, out, exponent) for arg in term.args)
            return left + [_turned(item) for item in right[::-1]]
        if isinstance(term, Apply) and term.op == "matrix_power":
            return self._straight(term.args[0], out, exponent) * term.param("n")
        if isinstance(term, Apply) and term.op in ("mul", "div", "neg"):
            parts: list[tuple[Term, Any]] = []
            inner = _Product()
            self._collect(term, Fraction(1), False, inner, parts)
            if len(parts) == 1 and parts[0][1] == 1:
                out.number *= inner.number**exponent
                out.scalars.update({base: e * exponent for base, e in inner.scalars.items()})
                return self._straight(parts[0][0], out, exponent)
            scaled = self._scaled_matrix(parts)
            if scaled is not None:
                return self._straight(scaled, out, exponent)
        if isinstance(term, Apply) and term.op == "diag":
            return [("diagonal", _factors(self.of(term.args[0])))]
        if self.rank(term) == 1:
            return [("column", _factors(self.of(term)))]
        return [("matrix", self._leaf(term, False), self._leaf(term, True))]

    # --- leaves --------------------------------------------------------------------------------------------

    def _leaf(self, term: Term, turned: bool) -> Key:
        if isinstance(term, (Symbol, Length, Constant)):
            return (term.name, "T") if turned and self.rank(term) == 2 else (term.name,)
        if isinstance(term, Number):
            return (term.value,)
        if not isinstance(term, Apply):
            raise TypeError(type(term).__name__)
        if term.op == "pow" and not isinstance(term.args[1], Number):
            return ("power", *map(self.of, term.args))
        if term.op in ("inv", "pinv", "matrix_exp"):
            return term.op, self.of(term.args[0], turned)
        if term.op in ("eye", "diag"):
            turned = False
        if term.op in ("add", "mul", "div", "neg", "pow", "sqrt", "transpose", "matmul", "outer"):
            return ("term", self.of(term, turned))
        params = tuple(sorted((name, repr(value)) for name, value in term.params))
        return (term.op, params, tuple(self.of(arg) for arg in term.args), turned)

    def rank(self, term: Term) -> int:
        """How many axes a term has."""
        if isinstance(term, Symbol):
            return self.ranks.get(term.name, 0)
        if not isinstance(term, Apply):
            return 0
        ranks = [self.rank(arg) for arg in term.args]
        if term.op == "matmul":
            return ranks[0] + ranks[1] - 2
        if term.op in _TO_NUMBER:
            return 0
        if term.op in ("sum", "mean", "max"):
            axes = term.param("axis")
            gone = 1 if isinstance(axes, int) else ranks[0] if axes is None else len(axes)
            return ranks[0] if term.param("keepdims") else ranks[0] - gone
        if term.op in _TO_MATRIX:
            return 2
        if term.op in ("ones", "zeros", "full"):
            return len(term.param("shape"))
        if term.op == "diag":
            return 3 - ranks[0]
        if term.op in ("diagonal", "eigvalsh"):
            return 1
        if term.op == "expand_dims":
            return ranks[0] + len(term.param("axis"))
        return max(ranks, default=0)


def _factors(addends: Key) -> Key:
    """The factors of a vector that is one elementwise product, or the vector alone."""
    if len(addends) == 1:
        ((scalars, rest), times), *_ = addends
        if not scalars and times == 1 and isinstance(rest, tuple) and rest[:1] == ("times",):
            return rest[1:]
    return ((addends, Fraction(1)),)


def _is_column(term: Term) -> bool:
    return isinstance(term, Apply) and term.op == "expand_dims"


def _turned(item: Key) -> Key:
    kind, *inner = item
    if kind == "diagonal":
        return item
    if kind == "matrix":
        return (kind, inner[1], inner[0])
    return ({"column": "row", "row": "column"}[kind], *inner)


def spelled(formula: str, declarations: str) -> Key:
    """The one spelling of a formula in the language, under the declarations of a program."""
    program = elaborate(parse_program(Source(f"{declarations}; formula_ = {formula}", "formula")))
    ranks = {part.name: len(part.shape) for part in program.inputs}
    for statement in program.statements[:-1]:
        ranks[statement.name] = len(program.graph.shape(statement.node))
    return Spelling(ranks).of(program.statements[-1].term)
