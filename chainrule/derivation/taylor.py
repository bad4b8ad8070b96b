"""The Taylor polynomial of the output about the given point, or about a symbolic one.

Coefficients of scalars come from one evaluation on truncated power series (calculus/jets.py), exactly where
the numbers are exact; those of tensors from repeated differentiation. remainder.py judges both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations_with_replacement, count
from math import comb, factorial, prod
from typing import Any

from chainrule import budget
from chainrule.algebra import mul, tidy
from chainrule.calculus.closed_form import closed_form
from chainrule.calculus.reverse import reverse
from chainrule.claim import Claim
from chainrule.derivation.data import Check, Expansion, ExpansionTerm, Options, Quantity, Trouble
from chainrule.derivation.factors import letters_for
from chainrule.derivation.gradients import gradient_label
from chainrule.derivation.numbers import numbers, spellings
from chainrule.derivation.polynomial import coefficient, polynomial
from chainrule.derivation.remainder import digits_for, remainder
from chainrule.derivation.study import Study
from chainrule.diagnostics import fail
from chainrule.graph import Operand
from chainrule.laws import LAWS
from chainrule.notation.text import text
from chainrule.numeric.entries import Inexact, Undefined
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.tensors import Tensor
from chainrule.proof import Prover
from chainrule.shapes import bind, entries
from chainrule.terms import ZERO, Number, Partial, Symbol, Term, number, slot

MOST_TERMS = 400
MOST_ENTRIES = 200_000
SYMBOLIC_ORDERS = 8
_SHOWN_FORMULAS = 4
_FORMULA = 44
_MOST_SYMBOLIC = 12

Point = Mapping[int, Tensor]

Found = tuple[int, Mapping[tuple[str, ...], tuple[Quantity, Quantity]], dict[tuple[str, ...], list[Any]]]
"""The order that exists, coefficients with their derivatives, and coefficients as the arithmetic has them."""


def expansion(
    study: Study,
    asked: Options,
    point: Point | None,
    lengths: Mapping[str, int],
    troubles: Sequence[Trouble],
    prover: Prover | None,
) -> Expansion:
    """The Taylor polynomial up to ``asked.taylor``; about the values of ``point`` or, without, symbolically.

    Raises:
        ChainRuleError: ``budget``, where it would have too many terms or entries.
    """
    order = asked.taylor
    assert order is not None
    work = _Work(study, order)
    if point is None:
        return work.symbolic(prover)
    biting = next((t for t in troubles if t.kind in ("kink", "jump")), None)
    if biting is not None:
        return work.refused(
            f"there is none at this point, for {study.output} is not smooth there: {biting.sentence}"
        )
    return work.at(point, lengths, asked, troubles)


@dataclass
class _Work:
    """One expansion in the making."""

    study: Study
    order: int

    def __post_init__(self) -> None:
        self.graph = self.study.pipeline.graph
        self.wrt = self.study.wrt
        self.met = False
        self.roots = tuple(part.node for part in self.study.pipeline.roots)
        self.scalars = not any(self.study.shape(name) for name in self.wrt)
        terms = comb(len(self.wrt) + self.order, self.order)
        if terms > MOST_TERMS:
            fail(
                "budget",
                f"a Taylor polynomial of order {self.order} in {len(self.wrt)} variables has {terms} terms",
                notes=[f"at most {MOST_TERMS} are written"],
                suggestion="a lower --taylor, or fewer names in --wrt",
            )
        self._nodes: dict[tuple[str, ...], int] = {(): self.study.nodes[self.study.output]}

    # --- derivatives as nodes ---------------------------------------------------------------------------

    def choices(self, order: int) -> Iterator[tuple[str, ...]]:
        """The names to differentiate by, with repetition, for every order up to ``order``."""
        for k in range(order + 1):
            yield from combinations_with_replacement(self.wrt, k)

    def node(self, wrt: tuple[str, ...]) -> int:
        """The node of a derivative, unturned: the output's axes, then those of each name."""
        if wrt not in self._nodes:
            budget.check(len(self.graph))
            lower, source = self.node(wrt[:-1]), self.study.nodes[wrt[-1]]
            found = reverse(self.graph, lower, [source], convention=self.study.convention).get(source)
            if found is None:
                found = self.graph.constant(ZERO, self.graph.shape(lower) + self.study.shape(wrt[-1]))
            self._nodes[wrt] = found
        return self._nodes[wrt]

    def scaled(self, wrt: tuple[str, ...]) -> int:
        """The node of a coefficient: the derivative over the factorials."""
        node = self.node(wrt)
        shape = self.graph.shape(node)
        kernel_ = mul(number(Fraction(1, _factorials(wrt))), slot(0))
        axes = tuple(range(len(shape)))
        return self.graph.derived(kernel_, (Operand(node, axes),), shape, len(shape))

    def label(self, wrt: tuple[str, ...]) -> Partial | None:
        """∂²out/∂x∂y with letters, for the derivative by ``wrt``."""
        if not wrt:
            return None
        return gradient_label(self.study, wrt, letters_for(self.study, self.study.output, *wrt))

    def formula(self, wrt: tuple[str, ...], atoms: Mapping[int, Term] | None = None) -> Term | None:
        """The derivative as a term in inputs, where that is short."""
        if self.scalars and atoms is None and len(wrt) > _SHOWN_FORMULAS:
            return None
        found = closed_form(self.graph, self.node(wrt), atoms or self.study.inputs_only, through=not wrt)
        return (
            found
            if found is not None and len(text(found)) <= (_FORMULA if self.scalars else 2 * _FORMULA)
            else None
        )

    def refused(self, reason: str) -> Expansion:
        """No polynomial, and why."""
        about = dict.fromkeys(self.wrt)
        return Expansion(self.study.output, self.wrt, self.order, -1, about, (), None, reason, None)

    # --- about a symbol ---------------------------------------------------------------------------------

    def symbolic(self, prover: Prover | None) -> Expansion:
        """About a point that has a name: f(a) + f′(a)(x − a) and so on."""
        if self.order > SYMBOLIC_ORDERS:
            fail(
                "budget",
                f"without values, Taylor polynomials go up to order {SYMBOLIC_ORDERS}, not {self.order}",
                suggestion=f"a point: --at '{self.wrt[0]} = 0'",
            )
        symbols = self._symbols() if self.scalars else {}
        moved = {self.study.nodes[name]: symbol for name, symbol in symbols.items()}
        atoms = {**self.study.inputs_only, **moved}
        terms = []
        for wrt in self.choices(self.order):
            formula = self.formula(wrt, atoms) if self.scalars else None
            coefficient = (
                None if formula is None else tidy(mul(number(Fraction(1, _factorials(wrt))), formula))
            )
            label = self.label(wrt)
            terms.append(
                ExpansionTerm(wrt, _factorials(wrt), label, self.formula(wrt), coefficient, None, None)
            )
        check = None if prover is None else self._proved(prover)
        known = all(term.coefficient is not None for term in terms)
        whole = None
        if symbols and not self.study.shape(self.study.output) and known:
            whole = polynomial(terms, symbols, [term.coefficient or ZERO for term in terms])
        about = {name: symbols.get(name) for name in self.wrt}
        out = self.study.output
        return Expansion(out, self.wrt, self.order, self.order, about, tuple(terms), whole, None, check)

    def _symbols(self) -> dict[str, Term]:
        """A name for the point: a, or x_0 and y_0."""
        taken = {*self.study.nodes, *self.study.pipeline.lengths, *self.study.pipeline.functions}
        if len(self.wrt) == 1:
            names = ("a", "c", f"{self.wrt[0]}_0", *(f"a_{k}" for k in range(1, len(taken) + 2)))
            return {self.wrt[0]: Symbol(next(name for name in names if name not in taken))}
        out: dict[str, Term] = {}
        for name in self.wrt:
            options = (f"{name.replace('_', '')}_{k}" for k in count())
            chosen = next(option for option in options if option not in taken)
            taken.add(chosen)
            out[name] = Symbol(chosen)
        return out

    def _proved(self, prover: Prover) -> Check:
        """Each derivative against the one below it."""
        inputs = [part.node for part in self.study.pipeline.inputs]
        verdicts = []
        for wrt in self.choices(self.order):
            if wrt:
                source = self.study.nodes[wrt[-1]]
                given = tuple(dict.fromkeys([*inputs, source]))
                verdicts.append(prover.check(Claim(self.node(wrt[:-1]), ((source, self.node(wrt)),), given)))
        if not verdicts:
            return Check(True, "nothing to differentiate", 0.0)
        worst = min(verdicts, key=lambda v: (v.ok is not False, v.ok is not None, -(v.max_error or 0.0)))
        return Check(worst.ok, worst.method, worst.max_error)

    # --- about values -----------------------------------------------------------------------------------

    def at(
        self, point: Point, lengths: Mapping[str, int], asked: Options, troubles: Sequence[Trouble]
    ) -> Expansion:
        """About the given point, with numbers."""
        point = self._with_intermediates(point, lengths)
        found = self._by_jets(point, lengths, asked) if self.scalars and not self.roots else None
        if found is None:
            found = self._by_nodes(point, lengths, asked)
        reached, values, raw = found
        if reached < 0:
            told = next((t.sentence for t in troubles), f"{self.study.output} is not defined there")
            return self.refused(f"there is none at this point: {told}")
        reason = None
        if reached < self.order:
            times = {1: "first", 2: "second", 3: "third"}.get(reached + 1, f"{reached + 1}th")
            reason = (
                f"it ends at order {reached}, because the {times} derivative does not exist at this point."
            )
        if self.met:
            agreed = self._agreed(reached, raw, point, lengths)
            if agreed < 0:
                return self.refused(f"there is none at this point: {self.study.output} jumps there")
            if agreed < reached:
                reached = agreed
                further = "cases meet here that are not known to agree further"
                reason = f"it ends at order {reached}, because {further}."
        terms = [
            ExpansionTerm(
                wrt,
                _factorials(wrt),
                self.label(wrt),
                self.formula(wrt),
                None,
                *values[wrt],
            )
            for wrt in self.choices(reached)
        ]
        about: dict[str, Term | None] = {
            name: None if self.study.shape(name) else _as_term(point[self.study.nodes[name]].entries[0])
            for name in self.wrt
        }
        whole = None
        if self.scalars and not self.study.shape(self.study.output):
            centre = {name: at for name, at in about.items() if at is not None}
            whole = polynomial(terms, centre, [coefficient(t.value) for t in terms if t.value is not None])
        check = None
        if asked.verify:
            kept = {wrt: own for wrt, own in raw.items() if len(wrt) <= reached}
            check = remainder(self.study, reached, kept, point, lengths)
        out = self.study.output
        return Expansion(out, self.wrt, self.order, reached, about, tuple(terms), whole, reason, check)

    def _agreed(
        self, reached: int, raw: dict[tuple[str, ...], list[Any]], point: Point, lengths: Mapping[str, int]
    ) -> int:
        """Up to which order the polynomial of the case at the point is right on both sides of it, or -1."""
        for order in range(reached, -1, -1):
            kept = {wrt: found for wrt, found in raw.items() if len(wrt) <= order}
            if remainder(self.study, order, kept, point, lengths).ok is not False:
                return order
        return -1

    def _with_intermediates(self, point: Point, lengths: Mapping[str, int]) -> Point:
        """The point, with the values of names that are computed and are differentiated by all the same."""
        from chainrule.numeric.precise import Precise

        computed = [self.study.nodes[name] for name in self.wrt if name in self.study.statements]
        if not computed:
            return point
        return {**point, **evaluate(self.graph, computed, point, lengths, Precise(50, LAWS))}

    def _by_jets(self, point: Point, lengths: Mapping[str, int], asked: Options) -> Found | None:
        """Coefficients of scalars from one evaluation on power series; None where a function has none."""
        for base in self._bases(asked):
            for order in range(self.order, -1, -1):
                budget.check()
                try:
                    tensor = self._evaluated(base, order, point, lengths)
                except (Inexact, OverflowError):
                    break
                if any(isinstance(entry, Undefined) for entry in tensor.entries):
                    continue
                raw = {wrt: self._coefficients(base, tensor, wrt) for wrt in self.choices(order)}
                exact = base.rounding == 0
                return order, {wrt: _pair(c, wrt, tensor.shape, exact) for wrt, c in raw.items()}, raw
            else:
                return -1, {}, {}
        return None

    def _bases(self, asked: Options) -> Iterator[Any]:
        from chainrule.numeric.exact import Exact

        if asked.exact:
            yield Exact(LAWS)
            if self.order <= _MOST_SYMBOLIC:
                from chainrule.numeric.symbolic import Symbolic

                yield Symbolic(LAWS)
        from chainrule.numeric.precise import Precise

        yield Precise(digits_for(self.order), LAWS)

    def _evaluated(self, base: Any, order: int, point: Point, lengths: Mapping[str, int]) -> Tensor:
        from chainrule.calculus.jets import Jets

        jets = Jets(base, len(self.wrt), order)
        moved = dict(point)
        for place, name in enumerate(self.wrt):
            entry = base.loaded(point[self.study.nodes[name]].entries[0])
            moved[self.study.nodes[name]] = Tensor([jets.jet(entry, place)], ())
        out = self.study.nodes[self.study.output]
        found = evaluate(self.graph, [out], moved, lengths, jets)[out]
        self.met = jets.met
        return found

    def _coefficients(self, base: Any, tensor: Tensor, wrt: tuple[str, ...]) -> list[Any]:
        powers = tuple(wrt.count(name) for name in self.wrt)
        zero = base.number(0)
        return [entry.terms.get(powers, zero) for entry in tensor.entries]

    def _by_nodes(self, point: Point, lengths: Mapping[str, int], asked: Options) -> Found:
        """Coefficients from repeated differentiation."""
        from chainrule.numeric.precise import Precise

        self._check_size(lengths)
        wanted = {wrt: self.scaled(wrt) for wrt in self.choices(self.order)}
        found = numbers(
            self.graph,
            [*wanted.values(), *map(self.node, wanted)],
            point,
            lengths,
            exact=asked.exact,
            symbolic=asked.exact and not asked.float,
        )
        reached = self.order
        for wrt, node in wanted.items():
            value = found.quantity(node)
            if value is None or any(entry is None for entry in value.floats):
                reached = min(reached, len(wrt) - 1)
        kept = {wrt: node for wrt, node in wanted.items() if len(wrt) <= reached}
        raw: dict[tuple[str, ...], list[Any]] = {}
        if asked.verify and kept:
            precise = evaluate(
                self.graph, list(kept.values()), point, lengths, Precise(digits_for(reached), LAWS)
            )
            raw = {wrt: list(precise[node].entries) for wrt, node in kept.items()}
        values = {}
        for wrt, node in kept.items():
            scaled, plain = found.quantity(node), found.quantity(self.node(wrt))
            if scaled is not None and plain is not None:
                values[wrt] = scaled, plain
        return reached, values, raw

    def _check_size(self, lengths: Mapping[str, int]) -> None:
        sizes = [entries(int(d) for d in bind(self.study.shape(n), lengths)) for n in self.wrt]
        out = entries(int(d) for d in bind(self.study.shape(self.study.output), lengths))
        most = max(sizes, default=1)
        if out * most**self.order > MOST_ENTRIES:
            fits = max(k for k in range(self.order) if out * most**k <= MOST_ENTRIES or k == 0)
            fail(
                "budget",
                f"the derivative of order {self.order} has {out * most**self.order} entries",
                notes=[f"a Taylor polynomial may have {MOST_ENTRIES} in one term"],
                suggestion=f"--taylor {fits}",
            )


def _factorials(wrt: Sequence[str]) -> int:
    """α!: of x, x, y it is 2!·1!."""
    return prod(factorial(wrt.count(name)) for name in dict.fromkeys(wrt))


# --- numbers and terms ------------------------------------------------------------------------------------


def _pair(
    coefficients: Sequence[Any], wrt: tuple[str, ...], shape: tuple[int, ...], exact: bool
) -> tuple[Quantity, Quantity]:
    """A coefficient, and the derivative that it is made of."""
    derivative = [c * _factorials(wrt) for c in coefficients]
    return _quantity(coefficients, shape, exact), _quantity(derivative, shape, exact)


def _quantity(coefficients: Sequence[Any], shape: tuple[int, ...], exact: bool) -> Quantity:
    floats = tuple(float(c) for c in coefficients)
    return Quantity(shape, floats, spellings(coefficients) if exact else None)


def _as_term(entry: Any) -> Term:
    """An entry of a point as a term."""
    if isinstance(entry, Term):
        return entry
    if isinstance(entry, (int, Fraction)):
        return number(entry)
    return Number(Fraction(repr(float(entry))), decimal=True)
