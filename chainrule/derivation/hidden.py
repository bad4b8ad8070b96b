"""Slopes that do not count and are not finite: libraries multiply them by 0, and 0 times infinity is NaN."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any

from chainrule.calculus.rules import derive
from chainrule.derivation.data import Trouble
from chainrule.derivation.study import Study
from chainrule.derivation.troubles import MANY, Point, at_entry, in_names, moving_nodes, statement_of
from chainrule.graph import Indexed
from chainrule.notation.text import text
from chainrule.numeric.arithmetic import Context, order
from chainrule.numeric.entries import Undefined
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.floats import Floats
from chainrule.numeric.kinks import rows
from chainrule.proof import LAWS
from chainrule.shapes import bind, entries
from chainrule.terms import ONE, ZERO, Apply, Slot, Symbol, Term, slots, substitute, walk

_MOST = 4


def hidden_slopes(study: Study, values: Point, lengths: Mapping[str, int]) -> list[Trouble]:
    """Branches that are not taken, and factors beside 0, whose slope at the values is no finite number."""
    graph = study.pipeline.graph
    nodes = order(graph, [study.nodes[study.output]])
    moving = moving_nodes(study, nodes)
    found: dict[str, Trouble] = {}
    for number in nodes:
        node = graph[number]
        if number not in moving or not isinstance(node, Indexed) or not _may_hide(node.kernel):
            continue
        if entries([d if isinstance(d, int) else 1 for d in bind(node.lengths, lengths)]) > MANY:
            continue
        reads = [operand.node for operand in node.operands]
        tensors = evaluate(graph, reads, values, lengths, Floats(LAWS))
        look = _Look({k for k, read in enumerate(reads) if read in moving}, Context(lengths))
        for entry, s, a in rows(node, tensors, look.context):
            for part, test in look.unused(node.kernel, s, a):
                told = _told(study, number, entry, part, test, look.safe(part))
                found.setdefault(told.sentence, told)
            if len(found) >= _MOST:
                return list(found.values())
    return list(found.values())


def _may_hide(kernel: Term) -> bool:
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
