"""Independent verification: a derivative is compared with something that never saw its rule.

Rational programs are run on exact dual numbers (which know only + - * / and whole powers), others on
numbers of high precision, long ones on floats, along random directions: D f(x)[v] against ⟨J, v⟩.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from random import Random
from typing import Any

from chainrule import budget
from chainrule.claim import Claim
from chainrule.graph import Graph, Indexed, Node, Operation, Root, operand_ids
from chainrule.language.elaborate import kernel, law
from chainrule.numeric.arithmetic import Laws, order
from chainrule.numeric.entries import Inexact, NotRational, Undefined
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.matrix_operations import NAMES, effort
from chainrule.numeric.roots import followed
from chainrule.numeric.tensors import Tensor
from chainrule.numeric.unknown import Unknown
from chainrule.ops import TABLE
from chainrule.ops.table import Pointwise
from chainrule.shapes import Shape, bind, entries, names_in, solved, taken_away

DIGITS = 50
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


def _law_of(name: str) -> Any:
    op = TABLE[name]
    if not isinstance(op, Pointwise) or op.law is None:
        raise LookupError(f"{name} is a primitive")
    return kernel(op.law, op.signature.parameters)


LAWS = Laws(_law_of, law)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an independent check said; ``ok`` is None where nothing could be evaluated."""

    ok: bool | None
    method: str
    max_error: float | None


UNDECIDED = Verdict(None, "no point was found at which everything is defined", None)


Directions = Mapping[int, Tensor]


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
        tried = _long if long else _short
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
        return entries(int(dim) for dim in bind(_dims(node), lengths))

    def _lengths(self, claim: Claim) -> dict[str, int]:
        """Small and pairwise different numbers for the symbolic lengths of a claim."""
        names: dict[str, None] = {}
        todo = order(self.graph, claim.wanted, claim.given)
        for number in (*claim.given, *todo):
            names.update((name, None) for dim in _dims(self.graph[number]) for name in names_in(dim))
        least = max((_needed(self.graph[number]) for number in (*claim.given, *todo)), default=2)
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


def _needed(node: Node) -> int:
    """The length that an axis must have for the constant indices of a node to exist; at least 2."""
    least = 2 + max(map(taken_away, _dims(node)), default=0)
    if not isinstance(node, Operation) or node.op not in ("take", "place"):
        return least
    bounds = [
        k
        for item in dict(node.params)["items"]
        for k in ((item,) if isinstance(item, int) else item[0] if len(item) == 1 else item)
    ]
    return max([least, *(abs(k) + 1 for k in bounds if isinstance(k, int))])


def _dims(node: Node) -> Shape:
    return node.lengths if isinstance(node, Indexed) else node.shape


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


# --- methods --------------------------------------------------------------------------------------------

Measured = tuple[str, float, float]
"""A method's name, its tolerance, and the largest difference that it found."""

Outcome = Measured | None
"""None where an entry is undefined."""


def _short(
    graph: Graph, claim: Claim, point: dict[int, Tensor], directions: Directions, functions: Mapping[str, Any]
) -> Outcome:
    """Exact dual numbers where the program is rational, else many digits."""
    for method in (_by_duals, _by_precision):
        try:
            return method(graph, claim, point, directions, functions)
        except (Inexact, OverflowError):
            continue
    return None


def _long(
    graph: Graph, claim: Claim, point: dict[int, Tensor], directions: Directions, functions: Mapping[str, Any]
) -> Outcome:
    """Floats, which are fast; many digits have the last word where floats find a difference."""
    try:
        outcome = _by_floats(graph, claim, point, directions, functions)
        if outcome is not None and outcome[2] > outcome[1]:
            outcome = _by_precision(graph, claim, point, directions, functions)
    except (Inexact, OverflowError):
        return None
    return outcome


def _by_duals(
    graph: Graph, claim: Claim, point: dict[int, Tensor], directions: Directions, functions: Mapping[str, Any]
) -> Outcome:
    from chainrule.numeric.dual import Duals, slopes, toward
    from chainrule.numeric.exact import Exact

    if claim.roots:
        raise NotRational("a root")

    lengths = _bound_lengths(graph, point, claim)
    moved = {**point, **{n: toward(point[n], direction) for n, direction in directions.items()}}
    out = evaluate(graph, [claim.of], moved, lengths, Duals(LAWS), functions)[claim.of]
    found = evaluate(graph, claim.wanted, point, lengths, Exact(LAWS), functions)
    differences = _against(_seen(slopes(out).entries, claim, point), claim, found, directions)
    return None if differences is None else ("exact dual numbers", 0.0, float(max(differences, default=0)))


def _by_precision(
    graph: Graph, claim: Claim, point: dict[int, Tensor], directions: Directions, functions: Mapping[str, Any]
) -> Outcome:
    from chainrule.numeric.precise import Precise

    # Next to a pole a step of 1e-15 is too long: three times the digits decide before anything is refuted.
    for digits in (DIGITS, 3 * DIGITS):
        step = Fraction(1, 10 ** (3 * digits // 10))
        arithmetic = Precise(digits, LAWS)
        found = _difference(graph, claim, point, directions, functions, arithmetic, step)
        if found is None:
            return None
        measured = f"central differences with {digits} digits", 1e-12, found
        if found <= measured[1]:
            return measured
    # Where all digits are lost, or eigenvectors have no direction, another step gives another quotient.
    pair = [_quotients(graph, claim, point, directions, functions, arithmetic, step / k) for k in (1, 7)]
    return measured if _settled(*pair) else None


def _settled(one: list[Any] | None, other: list[Any] | None) -> bool:
    """Whether two lists of difference quotients say the same."""
    if one is None or other is None:
        return False
    scale = max([1, *map(abs, one)])
    return all(abs(a - b) <= scale / 10**6 for a, b in zip(one, other, strict=True))


def _by_floats(
    graph: Graph, claim: Claim, point: dict[int, Tensor], directions: Directions, functions: Mapping[str, Any]
) -> Outcome:
    from chainrule.numeric.floats import Floats

    found = _difference(graph, claim, point, directions, functions, Floats(LAWS), Fraction(1, 10**5))
    return None if found is None else ("central differences", 1e-4, found)


def _difference(
    graph: Graph,
    claim: Claim,
    point: dict[int, Tensor],
    directions: Directions,
    functions: Mapping[str, Any],
    arithmetic: Any,
    step: Fraction,
) -> float | None:
    """The largest relative difference between ⟨J, v⟩ and a symmetric difference quotient along v."""
    slopes = _quotients(graph, claim, point, directions, functions, arithmetic, step)
    if slopes is None:
        return None
    lengths = _bound_lengths(graph, point, claim)
    found = evaluate(graph, claim.wanted, point, lengths, arithmetic, functions)
    slopes = _seen(slopes, claim, point)
    differences = _against(slopes, claim, found, directions)
    if differences is None:
        return None
    # Divided before they become floats, beyond whose range many digits reach.
    scale = max([1, *map(abs, slopes)])
    return max((float(d / scale) for d in differences), default=0.0)


def _quotients(
    graph: Graph,
    claim: Claim,
    point: dict[int, Tensor],
    directions: Directions,
    functions: Mapping[str, Any],
    arithmetic: Any,
    step: Fraction,
) -> list[Any] | None:
    """The symmetric difference quotient of each entry; None where one has no value."""
    lengths = _bound_lengths(graph, point, claim)
    sides = []
    for sign in (1, -1):
        moved = {n: _moved(point[n], direction, sign * step) for n, direction in directions.items()}
        there = followed(graph, claim.roots, point, {**point, **moved}, lengths, arithmetic, functions)
        out = evaluate(graph, [claim.of], there, lengths, arithmetic, functions)
        sides.append(out[claim.of])
    slopes = []
    for right, left in zip(sides[0].entries, sides[1].entries, strict=True):
        if not _finite(right) or not _finite(left):
            return None
        slopes.append((right - left) * step.denominator / (2 * step.numerator))
    return slopes


def _moved(base: Tensor, direction: Tensor, step: Fraction) -> Tensor:
    pairs = zip(base.entries, direction.entries, strict=True)
    return Tensor([Fraction(a) + step * b for a, b in pairs], base.shape)


def _seen(slopes: Sequence[Any], claim: Claim, point: Mapping[int, Tensor]) -> list[Any]:
    """The slopes that are compared: all of them, or with a cotangent their one weighted sum."""
    if claim.cotangent is None:
        return list(slopes)
    if not all(map(_finite, slopes)):
        return [slope for slope in slopes if not _finite(slope)][:1]
    total: Any = 0
    for weight, slope in zip(point[claim.cotangent].entries, slopes, strict=True):
        total = total + slope * weight.numerator / weight.denominator
    return [total]


def _against(
    slopes: Sequence[Any], claim: Claim, found: Mapping[int, Tensor], directions: Directions
) -> list[Any] | None:
    """|slope − Σ J v| for each entry of the output; None where something is undefined."""
    out = []
    for row, slope in enumerate(slopes):
        total: Any = 0 if claim.tangent is None else found[claim.tangent].entries[row]
        if not _finite(total):
            return None
        for number, jacobian in claim.parts if claim.tangent is None else ():
            steps = directions[number].entries
            start = row * len(steps)
            for k, step in enumerate(steps):
                entry = found[jacobian].entries[start + k]
                if not _finite(entry):
                    return None
                # An mpf knows nothing of fractions, and all steps but symmetric ones are whole.
                whole = step.denominator == 1
                total = total + (
                    entry * step.numerator if whole else entry * step.numerator / step.denominator
                )
        if not _finite(slope):
            return None
        out.append(abs(slope - total))
    return out


def _finite(entry: Any) -> bool:
    if isinstance(entry, Undefined):
        return False
    if isinstance(entry, (Fraction, int)):
        return True
    return bool(abs(entry) < float("inf"))


def _bound_lengths(graph: Graph, point: Mapping[int, Tensor], claim: Claim) -> dict[str, int]:
    """The symbolic lengths of a claim; one that no value has, as in a vector repeated m times, is free."""
    out: dict[str, int] = {}
    for number, tensor in point.items():
        for dim, length in zip(graph.shape(number), tensor.shape, strict=True):
            out.update({dim: length} if isinstance(dim, str) else {})
    out.update(solved(out))
    todo = order(graph, [claim.of, *claim.wanted], claim.given)
    used = dict.fromkeys(name for k in todo for dim in _dims(graph[k]) for name in names_in(dim))
    least = max(map(_needed, (graph[k] for k in todo)), default=2)
    return {**{name: least + k for k, name in enumerate(used)}, **out}
