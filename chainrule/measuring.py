"""A claim at one point: how far a derivative is from what dual numbers or difference quotients say.

Rational programs are run on exact dual numbers (which know only + - * / and whole powers), others on
numbers of high precision, long ones on floats, along given directions: D f(x)[v] against ⟨J, v⟩.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from chainrule.claim import Claim
from chainrule.graph import Graph, Indexed, Node, Operation
from chainrule.laws import LAWS
from chainrule.numeric.arithmetic import order
from chainrule.numeric.entries import Inexact, NotRational, Undefined
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.roots import followed
from chainrule.numeric.tensors import Tensor
from chainrule.shapes import Shape, names_in, solved, taken_away

DIGITS = 50

Directions = Mapping[int, Tensor]

Measured = tuple[str, float, float]
"""A method's name, its tolerance, and the largest difference that it found."""

Outcome = Measured | None
"""None where an entry is undefined."""


def by_few_operations(
    graph: Graph, claim: Claim, point: dict[int, Tensor], directions: Directions, functions: Mapping[str, Any]
) -> Outcome:
    """Exact dual numbers where the program is rational, else many digits."""
    for method in (_by_duals, _by_precision):
        try:
            return method(graph, claim, point, directions, functions)
        except (Inexact, OverflowError):
            continue
    return None


def by_many_operations(
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
    used = dict.fromkeys(name for k in todo for dim in dims_of(graph[k]) for name in names_in(dim))
    least = max(map(needed_length, (graph[k] for k in todo)), default=2)
    return {**{name: least + k for k, name in enumerate(used)}, **out}


def needed_length(node: Node) -> int:
    """The length that an axis must have for the constant indices of a node to exist; at least 2."""
    least = 2 + max(map(taken_away, dims_of(node)), default=0)
    if not isinstance(node, Operation) or node.op not in ("take", "place"):
        return least
    bounds = [
        k
        for item in dict(node.params)["items"]
        for k in ((item,) if isinstance(item, int) else item[0] if len(item) == 1 else item)
    ]
    return max([least, *(abs(k) + 1 for k in bounds if isinstance(k, int))])


def dims_of(node: Node) -> Shape:
    """The lengths of a node's axes, those of its sums too."""
    return node.lengths if isinstance(node, Indexed) else node.shape
