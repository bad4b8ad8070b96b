"""Branches: where two of them meet, and slopes of those not taken, which libraries multiply by 0 into NaN."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple

from chainrule.calculus.rules import derive
from chainrule.derivation.corners import spelled
from chainrule.derivation.data import Trouble
from chainrule.derivation.study import Study
from chainrule.derivation.troubles import MANY, Point, at_entry, in_names, moving_nodes, statement_of
from chainrule.graph import Indexed
from chainrule.laws import LAWS
from chainrule.notation.text import text
from chainrule.numeric.arithmetic import Context, order
from chainrule.numeric.entries import Undefined
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.floats import Floats
from chainrule.numeric.kinks import rows
from chainrule.shapes import bind, entries
from chainrule.terms import ONE, ZERO, Apply, Slot, Symbol, Term, slots, substitute, walk

_MOST = 4
_CLOSE = 1e-12
_ORDERED = frozenset({"lt", "le", "gt", "ge"})


def of_branches(study: Study, values: Point, lengths: Mapping[str, int]) -> list[Trouble]:
    """Where the values stand on the border of two branches, and slopes that libraries take for NaN.

    These are slopes of branches that are not taken, and of factors beside 0, that are no finite numbers.
    """
    graph = study.pipeline.graph
    nodes = order(graph, [study.nodes[study.output]])
    moving = moving_nodes(study, nodes)
    looked_at: dict[int, Indexed] = {}
    for number in nodes:
        node = graph[number]
        if number in moving and isinstance(node, Indexed) and _may_tell(node.kernel):
            looked_at[number] = node
    shapes = (bind(node.lengths, lengths) for node in looked_at.values())
    size = sum(entries([d if isinstance(d, int) else 1 for d in dims]) for dims in shapes)
    if not looked_at or size > MANY:
        return []
    reads = {operand.node for node in looked_at.values() for operand in node.operands}
    tensors = evaluate(graph, sorted(reads), values, lengths, Floats(LAWS))
    found: dict[str, Trouble] = {}
    for number, node in looked_at.items():
        slots_moving = {k for k, operand in enumerate(node.operands) if operand.node in moving}
        look = _Look(slots_moving, Context(lengths))
        for entry, s, a in rows(node, tensors, look.context):
            for border in look.borders(node.kernel, s, a):
                told = _told_border(study, number, entry, border)
                found.setdefault(told.sentence, told)
            for part, test in look.unused(node.kernel, s, a):
                told = _told(study, number, entry, part, test, look.safe(part))
                found.setdefault(told.sentence, told)
            if len(found) >= _MOST:
                return list(found.values())
    return list(found.values())


class _Border(NamedTuple):
    """A ``where`` whose two sides meet at an entry: the slopes of both by one slot, or a jump (None)."""

    part: Apply
    slot: Term
    slopes: tuple[float, float] | None


def _may_tell(kernel: Term) -> bool:
    return any(isinstance(part, Apply) and (part.op == "where" or _has_zero(part)) for part in walk(kernel))


def _has_zero(part: Apply) -> bool:
    return part.op == "mul" and ZERO in part.args


class _Look:
    """Looks for parts of one kernel that do not count, and for the slopes that they have."""

    def __init__(self, moving: set[int], context: Context) -> None:
        self.moving, self.context, self.floats = moving, context, Floats(LAWS)

    def unused(self, term: Term, s: Sequence[Any], a: tuple[int, ...]) -> Iterator[tuple[Term, Term | None]]:
        """The parts, each with a ``where`` that is 0 where it would count (None: a factor 0 excludes it)."""
        if not isinstance(term, Apply):
            return
        if term.op == "where":
            test, yes, no = term.args
            truth = self._value(test, s, a) is True
            if self._wild(no if truth else yes, s, a):
                yield (
                    (no if truth else yes),
                    Apply("where", (test, ONE, ZERO) if truth else (test, ZERO, ONE)),
                )
            yield from self.unused(yes if truth else no, s, a)
            return
        for part in term.args:
            if _has_zero(term) and self._wild(part, s, a):
                yield part, None
            else:
                yield from self.unused(part, s, a)

    def borders(self, term: Term, s: Sequence[Any], a: tuple[int, ...]) -> Iterator[_Border]:
        """The choices between branches that differ in value or slope, where the two sides are equal."""
        if not isinstance(term, Apply):
            return
        if term.op != "where":
            for part in term.args:
                yield from self.borders(part, s, a)
            return
        test, yes, no = term.args
        truth = self._value(test, s, a) is True
        yield from self.borders(yes if truth else no, s, a)
        if not isinstance(test, Apply) or test.op not in _ORDERED or not slots(test) & self.moving:
            return
        left, right = (self._value(side, s, a) for side in test.args)
        if isinstance(left, Undefined) or left != right:
            return
        values = [self._value(branch, s, a) for branch in (yes, no)]
        if not all(map(_is_finite, values)):
            return
        for position in sorted(slots(term) & self.moving):
            if not _near(*values):
                yield _Border(term, Slot(position), None)
                return
            above, below = (self._slope(branch, position, s, a) for branch in (yes, no))
            if above is not None and below is not None and not _near(above, below):
                yield _Border(term, Slot(position), (above, below) if truth else (below, above))

    def _slope(self, part: Term, position: int, s: Sequence[Any], a: tuple[int, ...]) -> float | None:
        try:
            found = self._value(derive(part, Slot(position)).after, s, a)
        except LookupError:
            return None
        return float(found) if _is_finite(found) else None

    def _wild(self, part: Term, s: Sequence[Any], a: tuple[int, ...]) -> bool:
        """Whether a slope of a part is no finite number."""
        for position in sorted(slots(part) & self.moving):
            try:
                found = self._value(derive(part, Slot(position)).after, s, a)
            except LookupError:
                continue
            if isinstance(found, Undefined) or not isfinite(found):
                return True
        return False

    def _value(self, term: Term, s: Sequence[Any], a: tuple[int, ...]) -> Any:
        return self.floats.kernel(term, self.context)(s, a)

    def safe(self, part: Term) -> bool:
        """Whether a part of one argument has a finite slope where that is 1."""
        used = slots(part)
        return len(used) == 1 and not self._wild(part, [1.0] * (max(used) + 1), ())


def _is_finite(value: Any) -> bool:
    return not isinstance(value, Undefined) and isfinite(value)


def _near(a: Any, b: Any) -> bool:
    return bool(abs(a - b) <= _CLOSE * max(1, abs(a), abs(b)))


def _told_border(study: Study, number: int, entry: tuple[int, ...], border: _Border) -> Trouble:
    name = statement_of(study, number)
    place = at_entry(study, number, name, entry)
    shown, moved = in_names(study, number, border.part), in_names(study, number, border.slot)
    if border.slopes is None:
        why = f"{text(shown)} jumps {place}, where its branches meet: it has no derivative there"
        return Trouble("jump", name, entry, shown, f"{why}; the slope of the branch that is taken is used")
    taken, other = map(spelled, border.slopes)
    why = f"{text(shown)} has a kink {place}, where its branches meet: not differentiable there"
    why += f"; torch and jax take the slope of the branch that is taken, {taken} by {text(moved)}"
    return Trouble("kink", name, entry, shown, f"{why}, and the other branch has {other}")


def _told(
    study: Study, number: int, entry: tuple[int, ...], part: Term, test: Term | None, safe: bool
) -> Trouble:
    name = statement_of(study, number)
    place = at_entry(study, number, name, entry)
    shown = in_names(study, number, part)
    if test is None:
        why = f"{text(shown)} has no finite slope {place}, and it stands beside a factor 0"
        why += ": chainrule drops it, while torch and jax compute 0 times that slope, which is NaN"
        return Trouble("nan", name, entry, shown, why)
    condition = in_names(study, number, test)
    assert isinstance(condition, Apply)
    why = f"where does not take {text(shown)} {place}, and it has no finite slope there"
    why += ": chainrule leaves it out, while torch and jax compute 0 times that slope, which is NaN"
    arguments = {leaf for leaf in walk(shown) if isinstance(leaf, Symbol)} & set(walk(condition.args[0]))
    if safe and arguments:
        inner: dict[Term, Term] = {
            leaf: Apply("where", tuple(leaf if branch == ZERO else branch for branch in condition.args))
            for leaf in arguments
        }
        why += f"; {text(substitute(shown, inner))} in its place is safe in both"
    return Trouble("nan", name, entry, shown, why)
