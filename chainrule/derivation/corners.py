"""What a kink means for the gradient at hand: its number by every convention, the slopes on either side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from math import inf, isfinite
from typing import Any, NamedTuple

from chainrule.calculus.reverse import reverse
from chainrule.calculus.rules import CONVENTIONS
from chainrule.derivation.data import Corner, Gradient
from chainrule.derivation.gradients import symmetrised
from chainrule.derivation.numbers import numbers
from chainrule.derivation.study import Study
from chainrule.diagnostics import ChainRuleError
from chainrule.graph import Indexed
from chainrule.laws import LAWS
from chainrule.numeric.arithmetic import order
from chainrule.numeric.entries import Inexact, Undefined
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.precise import Precise
from chainrule.numeric.sides import DIGITS, limit, slope
from chainrule.numeric.tensors import Tensor
from chainrule.shapes import bind, entries

MOST = 12
_MANY_STATEMENTS = 60
_MUCH_WORK = 2_000
_SAME = 1e-9
_LIBRARIES = tuple(name for name in CONVENTIONS if name != "error")

Point = Mapping[int, Tensor]
Numbers = Sequence[float | None]


class At(NamedTuple):
    """The given values by node, and the lengths that they fix."""

    values: Point
    lengths: Mapping[str, int]


def with_corners(
    study: Study, parts: Sequence[Gradient], values: Point, lengths: Mapping[str, int]
) -> tuple[Gradient, ...]:
    """First-order gradients with their corners, and null where the convention in use has no number there."""
    first = [part for part in parts if part.order == 1 and part.value is not None]
    few = len(study.pipeline.statements) <= _MANY_STATEMENTS
    if not few and study.convention == "torch":
        return tuple(parts)
    found = _by_convention(study, first, values, lengths, CONVENTIONS if few else (study.convention,))
    measured = _work(study, lengths) <= _MUCH_WORK
    done: dict[tuple[str, ...], Gradient] = {}
    left = MOST
    for part in first:
        by = found.get(part.wrt[0])
        if by is not None:
            corners = _corners(study, part, by, At(values, lengths), measured) if few else iter(())
            made = tuple(islice(corners, left))
            left -= len(made)
            done[part.wrt] = replace(_nulled(part, by[study.convention]), corners=made)
    return tuple(done.get(part.wrt, part) for part in parts)


def _work(study: Study, lengths: Mapping[str, int]) -> int:
    """How many kernels one evaluation of the output takes."""
    graph = study.pipeline.graph
    nodes = (graph[number] for number in order(graph, [study.nodes[study.output]]))
    dims = (node.lengths if isinstance(node, Indexed) else node.shape for node in nodes)
    return sum(entries([d if isinstance(d, int) else 1 for d in bind(shape, lengths)]) for shape in dims)


# --- the gradient by every convention --------------------------------------------------------------------


def _by_convention(
    study: Study,
    parts: Sequence[Gradient],
    values: Point,
    lengths: Mapping[str, int],
    conventions: Sequence[str],
) -> dict[str, dict[str, Numbers]]:
    """For each name the entries of the Jacobian by each convention, and with every slope at its ends."""
    graph = study.pipeline.graph
    output = study.nodes[study.output]
    sources = {part.wrt[0]: study.nodes[part.wrt[0]] for part in parts}
    sided = [f"{name}-{side}" for name in conventions for side in ("left", "right")]
    nodes: dict[str, dict[str, int]] = {name: {} for name in sources}
    for convention in (*conventions, "left", "right", *sided):
        swept = reverse(
            graph,
            output,
            set(sources.values()),
            barrier=lambda number, by=convention: f"{by} adjoint of {number}",  # type: ignore[misc]
            convention=convention,
        )
        for name, source in sources.items():
            if source in swept:
                node = swept[source]
                nodes[name][convention] = symmetrised(study, node) if study.symmetric(name) else node
    wanted = sorted({node for known in nodes.values() for node in known.values()})
    found = numbers(graph, wanted, values, lengths, exact=False, symbolic=False)
    out: dict[str, dict[str, Numbers]] = {}
    for name, known in nodes.items():
        by: dict[str, Numbers] = {}
        for convention, node in known.items():
            quantity = found.quantity(node)
            if quantity is not None:
                by[convention] = quantity.floats
        if len(by) == len(conventions) * 3 + 2:
            # Where a convention leaves a slope undefined, its ends disagree.
            for convention in conventions:
                sides = by[f"{convention}-left"], by[f"{convention}-right"]
                rows = zip(by[convention], *sides, strict=True)
                by[convention] = [value if a == b else None for value, a, b in rows]
            out[name] = by
    return out


def _nulled(part: Gradient, numbers: Numbers) -> Gradient:
    """The gradient with null wherever ``numbers``, which lie as its Jacobian does, have none."""
    assert part.value is not None
    if None not in numbers or len(part.value.floats) != len(numbers):
        return part
    places = laid_out_places(part)
    floats = list(part.value.floats)
    for place, number in zip(places, numbers, strict=True):
        if number is None:
            floats[place] = None
    return replace(part, value=replace(part.value, floats=tuple(floats), exact=None))


def laid_out_places(part: Gradient) -> Sequence[int]:
    """For each entry of a gradient's Jacobian its place in the value, which a layout may have turned."""
    assert part.value is not None
    count = len(part.value.floats)
    if part.node == part.jacobian or len(part.value.shape) != 2 or 1 in part.value.shape:
        return range(count)
    rows, columns = part.value.shape
    return [j * columns + i for i in range(columns) for j in range(rows)]


# --- entries ---------------------------------------------------------------------------------------------


def _corners(
    study: Study, part: Gradient, by: Mapping[str, Numbers], at: At, measured: bool
) -> Iterator[Corner]:
    """The entries on which conventions, or the ends of the subgradients, disagree."""
    output = study.pipeline.graph.shape(study.nodes[study.output])
    shape = [
        dim if isinstance(dim, int) else at.lengths[dim] for dim in study.pipeline.graph.shape(part.jacobian)
    ]
    for place in range(len(by["left"])):
        ends = by["left"][place], by["right"][place]
        libraries = [by[name][place] for name in _LIBRARIES]
        if ends[0] == ends[1] and len(set(libraries)) == 1:
            continue
        entry = _indices(place, shape)
        of, into = entry[: len(output)], entry[len(output) :]
        sides: tuple[float | None, float | None] = (None, None)
        if measured and not study.symmetric(part.wrt[0]):
            moved = moving(study, part.wrt[0], of, into, at.values, at.lengths)
            sides = slope(moved, -1), slope(moved, 1)
        others = [(name, by[name][place]) for name in _LIBRARIES if name != study.convention]
        used = by[study.convention][place]
        made = Corner(entry, used, tuple(others), ends, *sides, "")
        yield replace(made, sentence=_sentence(study, part.wrt[0], made, of, into))


def _indices(place: int, shape: Sequence[int]) -> tuple[int, ...]:
    out: list[int] = []
    for length in reversed(shape):
        place, k = divmod(place, length)
        out.append(k)
    return tuple(out[::-1])


def moving(
    study: Study,
    name: str,
    of: tuple[int, ...],
    into: tuple[int, ...],
    values: Point,
    lengths: Mapping[str, int],
) -> Callable[[Fraction], Any]:
    """The output's entry ``of`` by how far ``name``'s entry ``into`` is moved, with many digits."""
    graph, source, output = study.pipeline.graph, study.nodes[name], study.nodes[study.output]
    arithmetic = Precise(DIGITS, LAWS)
    known: dict[int, Tensor] = dict(values)

    def run(step: Fraction) -> Any:
        try:
            if source not in known:
                known[source] = evaluate(graph, [source], values, lengths, arithmetic)[source]
            moved = _shifted(known[source], into, step, arithmetic)
            tensor = evaluate(graph, [output], {**known, source: moved}, lengths, arithmetic)[output]
        except (Inexact, OverflowError, ChainRuleError):
            return Undefined("domain")
        return arithmetic.loaded(tensor.at(*of))

    return run


def _shifted(tensor: Tensor, into: tuple[int, ...], step: Fraction, arithmetic: Precise) -> Tensor:
    entries = [arithmetic.loaded(entry) for entry in tensor.entries]
    place = 0
    for k, length in zip(into, tensor.shape, strict=True):
        place = place * length + k
    if not isinstance(entries[place], Undefined):
        entries[place] = entries[place] + arithmetic.number(step)
    return Tensor(entries, tensor.shape)


# --- sentences -------------------------------------------------------------------------------------------


def _sentence(study: Study, name: str, corner: Corner, of: tuple[int, ...], into: tuple[int, ...]) -> str:
    out = placed(study.output, of)
    label = f"d{out}/d{placed(name, into)}"
    if corner.used is None:
        parts = [f"{label} has no number by the {study.convention} convention"]
    else:
        parts = [f"{label} = {spelled(corner.used)} by the {study.convention} convention"]
    parts += _of_others(corner)
    smooth = _smooth(corner)
    known = {corner.used, *(value for _, value in corner.others)}
    ends = [end for end in corner.ends if end is not None]
    left, right = corner.left, corner.right
    if smooth is not None:
        moved = placed(name, into)
        parts.append(
            f"{out} itself is smooth in {moved}, and its derivative is {spelled(smooth)}: kinks cancel"
        )
    elif len(ends) == 2 and not known & {*ends}:
        low, high = (left, right) if _are(ends, left, right) else sorted(ends)
        sides = f", the slopes of {out} from the left and from the right" if _are(ends, left, right) else ""
        told = f"{spelled(low or 0.0)} and {spelled(high or 0.0)}"
        parts.append(f"the ends of the subgradients would give {told}{sides}")
    else:
        for end in ends:
            if end not in known:
                side = {left: " from the left", right: " from the right"}.get(end)
                slope_there = "" if side is None else f", the slope of {out}{side}"
                parts.append(f"the other end of the subgradients would give {spelled(end)}{slope_there}")
    return "; ".join(parts)


def _smooth(corner: Corner) -> float | None:
    """The derivative where both sides agree on one that the convention misses."""
    left, right = corner.left, corner.right
    if left is None or right is None or not isfinite(left) or abs(left - right) > _SAME * max(1, abs(left)):
        return None
    return None if corner.used is not None and abs(left - corner.used) <= _SAME * max(1, abs(left)) else left


def _are(ends: Sequence[float], left: float | None, right: float | None) -> bool:
    """Whether the ends of the subgradients are the one-sided slopes."""
    if left is None or right is None:
        return False
    pairs = zip(sorted(ends), sorted((left, right)), strict=True)
    return all(abs(a - b) <= _SAME * max(1, abs(a)) for a, b in pairs)


def _of_others(corner: Corner) -> list[str]:
    same = [name for name, value in corner.others if value == corner.used and value is not None]
    parts = [f"{' and '.join(same)} would give the same"] if same else []
    for name, value in corner.others:
        if name not in same:
            parts.append(f"{name} would give {'no number' if value is None else spelled(value)}")
    return parts


def approached(study: Study, name: str, whose: tuple[tuple[int, ...], tuple[int, ...]], at: At) -> str:
    """What the output does on either side of a point at which its derivative, or it itself, is undefined."""
    if _work(study, at.lengths) > _MUCH_WORK:
        return ""
    of, into = whose
    out, moved = placed(study.output, of), moving(study, name, of, into, at.values, at.lengths)
    defined = not isinstance(moved(Fraction(0)), Undefined)
    left, right = ((slope if defined else limit)(moved, sign) for sign in (-1, 1))
    if left is None and right is None:
        return ""
    if left == right and left is not None and isfinite(left):
        if defined:
            told = f"; yet {out} has the derivative {spelled(left)} there"
            return f"{told}: the formula fails, the function does not"
        how = "from both sides" if _moves_alone(study, at) else f"as {placed(name, into)} alone moves"
        return f"; {how} {out} tends to {spelled(left)}"
    alone = "" if defined or _moves_alone(study, at) else f"as {placed(name, into)} alone moves "
    words = f"the slope of {out} is " if defined else f"{alone}{out} tends to "
    sides = [(value, side) for value, side in ((left, "left"), (right, "right")) if value is not None]
    return f"; {words}" + " and ".join(f"{spelled(value)} from the {side}" for value, side in sides)


def _moves_alone(study: Study, at: At) -> bool:
    """Whether there is only one number to move: among several, another way may lead to another limit."""
    shapes = (bind(study.shape(name), at.lengths) for name in study.wrt if not study.constant(name))
    return sum(entries(dim for dim in shape if isinstance(dim, int)) for shape in shapes) <= 1


def placed(name: str, entry: tuple[int, ...]) -> str:
    """An entry as programs write it: y[0, 1]."""
    return name + (f"[{', '.join(map(str, entry))}]" if entry else "")


def spelled(value: float) -> str:
    """A number as people write it, with six digits."""
    if value in (inf, -inf):
        return "infinity" if value > 0 else "-infinity"
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else f"{value:.6g}"
