"""Independent verification: at random points, a derivative beside something that never saw its rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from random import Random
from typing import Any

from chainrule import budget
from chainrule.claim import Claim
from chainrule.graph import Graph, Indexed, Node, Operation, Root, operand_ids
from chainrule.laws import LAWS
from chainrule.measuring import (
    Directions,
    Measured,
    by_few_operations,
    by_many_operations,
    dims_of,
    needed_length,
)
from chainrule.numeric.arithmetic import order
from chainrule.numeric.matrix_operations import NAMES, effort
from chainrule.numeric.tensors import Tensor
from chainrule.numeric.unknown import Unknown
from chainrule.shapes import bind, entries, names_in

_MANY_OPERATIONS = 1_000
_MUCH_WORK = 20_000
_LARGE_TOLERANCE = 1e-5
_RANGES = (
    (Fraction(1, 4), Fraction(2)),
    (Fraction(-2), Fraction(2)),
    (Fraction(1, 10), Fraction(9, 10)),
    (Fraction(11, 10), Fraction(3)),
)
# Small numbers first, of either sign: long programs overflow elsewhere.
_RANGES_FOR_LONG = (_RANGES[2], (Fraction(-9, 10), Fraction(-1, 10)), *_RANGES * 2)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an independent check said; ``ok`` is None where nothing could be evaluated."""

    ok: bool | None
    method: str
    max_error: float | None


UNDECIDED = Verdict(None, "no point was found at which everything is defined", None)


@dataclass(slots=True)
class Prover:
    """Checks claims about one graph; verdicts on claims of the same form are reused.

    functions: the abstract functions and their numbers of arguments. point: values of the inputs to
    check at where they serve, before random points are tried.
    """

    graph: Graph
    functions: Mapping[str, int] = field(default_factory=dict)
    assumptions: Mapping[int, frozenset[str]] = field(default_factory=dict)
    _known: dict[Any, Verdict] = field(default_factory=dict)

    def check(self, claim: Claim) -> Verdict:
        """The verdict on a claim, at random points."""
        budget.check()
        claim = self._with_roots(claim)
        if not self._has_right_shapes(claim):
            return Verdict(False, "the shapes of the derivative and of what it is of", None)
        key = self._form(claim)
        if key in self._known:
            return self._known[key]
        verdict = self._decide(claim)
        self._known[key] = verdict
        return verdict

    def _with_roots(self, claim: Claim) -> Claim:
        """The claim with the roots that it reads and that were not given: they follow what moves."""
        read = order(self.graph, claim.wanted, claim.given) if self.graph.residuals else []
        roots = tuple(number for number in read if isinstance(self.graph[number], Root))
        return replace(claim, given=(*claim.given, *roots), roots=roots) if roots else claim

    def _has_right_shapes(self, claim: Claim) -> bool:
        if claim.tangent is not None:
            pairs = ((claim.of, claim.tangent), *claim.parts)
            return all(self.graph.shape(a) == self.graph.shape(b) for a, b in pairs)
        front = self.graph.shape(claim.of) if claim.cotangent is None else ()
        return all(
            self.graph.shape(jacobian) == front + self.graph.shape(wrt) for wrt, jacobian in claim.parts
        )

    # --- deciding -----------------------------------------------------------------------------------

    def _decide(self, claim: Claim) -> Verdict:
        """The worst outcome at two points of different ranges, by the strictest method that can be used."""
        functions = {name: Unknown(name, arity) for name, arity in self.functions.items()}
        if self._work(claim) > _MUCH_WORK and not claim.roots:
            return self._decide_large(claim, functions)
        long = len(order(self.graph, claim.wanted, claim.given)) > _MANY_OPERATIONS
        tried = by_many_operations if long else by_few_operations
        found: list[Measured] = []
        for point, directions in self._points(claim, _RANGES_FOR_LONG if long else _RANGES * 3):
            outcome = tried(self.graph, claim, point, directions, functions)
            found += [outcome] if outcome is not None else []
            if len(found) == (1 if long else 2):
                break
        if not found:
            return UNDECIDED
        name, tolerance, size = max(found, key=lambda outcome: outcome[2] - outcome[1])
        return Verdict(size <= tolerance, name, size)

    def _points(
        self, claim: Claim, ranges: Sequence[tuple[Fraction, Fraction]]
    ) -> Iterator[tuple[dict[int, Tensor], Directions]]:
        """Random points and directions, from several ranges so that domains are hit."""
        ascending = self._lengths(claim)
        # log det XᵀX is defined only where X has at least as many rows as columns: every order gets its turn.
        descending = dict(zip(ascending, reversed(ascending.values()), strict=True))
        random = Random(20240501)  # noqa: S311 - the same points every time
        for turn, (low, high) in enumerate(ranges):
            lengths = descending if turn % (2 * len(_RANGES)) >= len(_RANGES) else ascending
            point = {}
            steps = 61
            for number in claim.given:
                shape = tuple(int(dim) for dim in bind(self.graph.shape(number), lengths))
                words = self.assumptions.get(number, frozenset())
                steps = _next_prime(max(steps, 2 * entries(shape)))
                point[number] = _sample(random, shape, low, high, steps, words)
            directions = {}
            for number, along in claim.parts:
                if claim.tangent is not None:
                    directions[number] = point[along]
                    continue
                shape = point[number].shape
                steps_along = [Fraction(random.choice((-3, -2, -1, 1, 2, 3))) for _ in range(entries(shape))]
                direction = Tensor(steps_along, shape)
                directions[number] = _symmetric(direction) if number in claim.symmetric else direction
            yield point, directions

    def _decide_large(self, claim: Claim, functions: Mapping[str, Any]) -> Verdict:
        """Large tensors are compared in NumPy's floats, at the first point where everything is defined."""
        from chainrule.large_proof import difference

        # Small numbers first: sums over long axes saturate what is bounded.
        ranges = [(0.02, 0.12), *((float(low), float(high)) for low, high in _RANGES)]
        found = difference(self.graph, claim, ranges, self._lengths(claim), self.assumptions, functions, LAWS)
        if found is None:
            return UNDECIDED
        return Verdict(found <= _LARGE_TOLERANCE, "central differences in a random direction", found)

    def _work(self, claim: Claim) -> int:
        """How often kernels are evaluated for one look at a claim."""
        lengths = self._lengths(claim)
        todo = order(self.graph, claim.wanted, claim.given)
        return sum(self._effort(self.graph[n], lengths) for n in todo)

    def _effort(self, node: Node, lengths: Mapping[str, int]) -> int:
        if isinstance(node, Operation) and node.op in NAMES:
            operand = self.graph.shape(node.operands[0])
            return effort(node.op, [int(dim) for dim in bind(operand, lengths)])
        return entries(int(dim) for dim in bind(dims_of(node), lengths))

    def _lengths(self, claim: Claim) -> dict[str, int]:
        """Small and pairwise different numbers for the symbolic lengths of a claim."""
        names: dict[str, None] = {}
        todo = order(self.graph, claim.wanted, claim.given)
        for number in (*claim.given, *todo):
            names.update((name, None) for dim in dims_of(self.graph[number]) for name in names_in(dim))
        least = max((needed_length(self.graph[number]) for number in (*claim.given, *todo)), default=2)
        return {name: least + k for k, name in enumerate(names)}

    # --- forms --------------------------------------------------------------------------------------

    def _form(self, claim: Claim) -> Any:
        """The claim with nodes numbered by occurrence, so that equal claims about other names are equal."""
        residuals = [self.graph.residuals[root] for root in claim.roots]
        todo = order(self.graph, [*claim.wanted, *residuals], claim.given)
        place: dict[int, int] = {number: k for k, number in enumerate((*claim.given, *todo))}
        heads = tuple((self.graph.shape(number), self.assumptions.get(number)) for number in claim.given)
        body = tuple(_anonymous(self.graph[number], place) for number in todo)
        parts = tuple((place[wrt], place[jacobian], wrt in claim.symmetric) for wrt, jacobian in claim.parts)
        return (
            heads,
            body,
            place[claim.of],
            parts,
            None if claim.cotangent is None else place[claim.cotangent],
            tuple((place[root], place[node]) for root, node in zip(claim.roots, residuals, strict=True)),
            None if claim.tangent is None else place[claim.tangent],
        )


def _anonymous(node: Node, place: Mapping[int, int]) -> Any:
    if isinstance(node, Indexed):
        reads = tuple((place[o.node], o.axes) for o in node.operands)
        return node.kernel, reads, node.lengths, node.rank
    if isinstance(node, Operation):
        return node.op, tuple(place[k] for k in operand_ids(node)), node.params, node.shape
    return node.name, node.shape


# --- points -------------------------------------------------------------------------------------------


def _next_prime(number: int) -> int:
    """The first prime above ``number``."""
    while True:
        number += 1
        if all(number % k for k in range(2, int(number**0.5) + 1)):
            return number


def _sample(
    random: Random, shape: Sequence[Any], low: Fraction, high: Fraction, steps: int, words: frozenset[str]
) -> Tensor:
    """A tensor of small fractions that keeps the assumptions made about an input.

    Entries are low + (high - low)*k/steps with a prime ``steps`` of its own for every input and different
    k, so that no two entries are equal and none sits at a simple fraction: kinks are never hit.
    """
    size = entries(shape)
    if words & {"positive", "nonnegative", "probability"}:
        low, high = max(low, Fraction(1, 10)), max(high, Fraction(1))
    values = [low + (high - low) * Fraction(k, steps) for k in random.sample(range(1, steps), size)]
    if low == -high and values and values[0] > 0:
        # Elsewhere entries are positive: here the first of every input is on the other side of 0.
        values = [-value for value in values]
    last = shape[-1] if shape else 1
    if "onehot" in words:
        hot = [random.randrange(last) for _ in range(size // last)]
        values = [Fraction(int(k % last == hot[k // last])) for k in range(size)]
    elif "probability" in words:
        for start in range(0, size, last):
            total = sum(values[start : start + last])
            values[start : start + last] = [v / total for v in values[start : start + last]]
    elif "integer" in words:
        values = [Fraction(random.randint(1, 5)) for _ in range(size)]
    out = Tensor(values, tuple(shape))
    return _symmetric(out) if "symmetric" in words else out


def _symmetric(tensor: Tensor) -> Tensor:
    n = tensor.shape[-1]
    half = [(a + tensor.entries[(k % n) * n + k // n]) / 2 for k, a in enumerate(tensor.entries)]
    return Tensor(half, tensor.shape)
