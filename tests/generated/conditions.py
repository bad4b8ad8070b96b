"""What the lines of a working assume is what its factor assumes, read by an interpreter of both notations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.calculus.assumptions import Assumption, spelled
from chainrule.calculus.conditions import unsaid
from chainrule.calculus.lines import Working
from chainrule.derivation.data import Factor
from chainrule.indices import free_letters
from chainrule.terms import COMPARISONS, Apply, Index, Length, Summation, Term, walk
from tests.generated.cases import Case
from tests.generated.laws import ENTRYWISE
from tests.generated.terms import TooLarge, World, indices


def conditions_are_said(case: Case) -> None:
    """Each condition of a factor stands above its lines or on one of them, and all that lines say is true."""
    for factor in case.derivation.factors:
        assert factor.working is not None
        above = unsaid(factor.assumes, factor.working)
        assert set(above) <= set(factor.assumes)
        lines = list(_said(case.world, factor.working, _sizes(case, factor)))
        told = [(condition, numbers) for condition, numbers in lines if numbers is not None]
        assert len({spelled(condition) for condition, _ in lines}) == len(lines), "a condition is said twice"
        for condition, numbers in told:
            assert _holds(condition, numbers), f"{spelled(condition)} in {case.program.text}"
        for assumed in factor.assumes:
            if assumed not in above and not isinstance(assumed, str):
                what = f"{spelled(assumed)} of ∂{factor.of}/∂{factor.wrt} in {case.program.text}"
                assert _is_among(case.world, assumed, told), what


def above_and_said(case: Case) -> tuple[int, int]:
    """How many conditions stand above the lines of the factors, and how many on them."""
    factors = [factor for factor in case.derivation.factors if factor.working is not None]
    above = sum(len(unsaid(factor.assumes, factor.working)) for factor in factors)
    return above, sum(len(factor.assumes) for factor in factors) - above


def _is_among(world: World, assumed: Term, told: list[tuple[Assumption, Any]]) -> bool:
    """Whether some line speaks of the same numbers; of entries that nothing reads it need not speak."""
    assert isinstance(assumed, Apply)
    wanted = np.ravel(world.value(assumed.args[0]))
    for condition, numbers in told:
        assert isinstance(condition, Apply)
        same = condition.op in (assumed.op, "gt") if assumed.op == "ne" else condition.op == assumed.op
        if same and np.isclose(np.ravel(numbers)[:, None], wanted, rtol=1e-9).any(1).all():
            return True
    return False


def _holds(condition: Assumption, numbers: Any) -> bool:
    assert isinstance(condition, Apply)
    bound = World("", {}, {}, {}).value(condition.args[1])
    return bool(np.all(ENTRYWISE[condition.op](numbers, bound)))


def _said(world: World, working: Working, sizes: dict[str, Any]) -> Iterator[tuple[Assumption, Any]]:
    """The conditions of all lines, each with the numbers that its left side has; None where it has none."""
    for line in working.lines:
        for part in walk(line.term):
            if isinstance(part, Summation):
                sizes = {**sizes, **{k.name: n for k, n in zip(part.indices, part.lengths, strict=True)}}
        for let in line.lets:
            world = world.with_let(let.symbol.name, indices(let.name), let.term, let.shape)
            letters = zip(indices(let.name), let.shape, strict=True)
            sizes = {**sizes, **{k.name: n for k, n in letters if isinstance(k, Index)}}
        for condition in line.assumes:
            yield condition, _numbers(world, condition, sizes)
        for let in line.lets:
            yield from _said(world, let.working, sizes)


def _numbers(world: World, condition: Assumption, sizes: dict[str, Any]) -> Any:
    if isinstance(condition, str):
        return None
    assert isinstance(condition, Apply)
    assert condition.op in COMPARISONS
    letters = [letter.name for letter in free_letters(condition.args[0])]
    lengths = [_length(world, sizes[letter]) for letter in letters]
    try:
        return world.over(letters, lengths).entries(condition.args[0])
    except TooLarge:
        return None


def _length(world: World, length: Any) -> int:
    if isinstance(length, str):
        length = Length(length)
    return length if isinstance(length, int) else int(world.value(length))


def _sizes(case: Case, factor: Factor) -> dict[str, Any]:
    graph = case.derivation.pipeline.graph
    shape = graph.shape(factor.jacobian)
    letters = (*factor.of_indices, *factor.wrt_indices)
    return {k.name: n for k, n in zip(letters, shape, strict=True) if isinstance(k, Index)}
