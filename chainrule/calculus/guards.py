"""‖u‖ times the unit vector along u is u, at u = 0 too: the case distinction of a norm's gradient goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import permutations

from chainrule.algebra import power
from chainrule.calculus.inlining import NoForm
from chainrule.calculus.layout import Layout, letters
from chainrule.terms import ONE, ZERO, Apply, Entry, Index, Number, Term


def unguarded(parts: Sequence[Term], layout: Layout, close: Callable[[Term], Term]) -> list[Term]:
    """The factors of a product, with ‖u‖ where(‖u‖ = 0, 0, u_i/‖u‖) replaced by u_i wherever it occurs."""
    out = list(parts)
    for k, part in enumerate(parts):
        found = _guarded(part)
        if found is None:
            continue
        length, entry = found
        place = next((j for j, other in enumerate(out) if _exponent(other, length) >= 1), None)
        if place is not None and _is_entry_of(entry, length, layout, close):
            left = _exponent(out[place], length) - 1
            out[place] = power(length, left) if left else ONE
            out[k] = entry
    return [part for part in out if part != ONE] or [ONE]


@lru_cache(maxsize=1 << 14)
def has_guard(term: Term) -> bool:
    """Whether a case distinction of a norm's gradient occurs in ``term``."""
    return _guarded(term) is not None or any(map(has_guard, term.children))


def _guarded(part: Term) -> tuple[Entry, Term] | None:
    """The norm and the numerator of where(norm == 0, 0, numerator/norm)."""
    if not isinstance(part, Apply) or part.op != "where":
        return None
    test, at_zero, elsewhere = part.args
    if not isinstance(test, Apply) or test.op != "eq" or at_zero != ZERO or test.args[1] != ZERO:
        return None
    length = test.args[0]
    if not (isinstance(length, Entry) and isinstance(length.base, Apply) and length.base.op == "norm"):
        return None
    if isinstance(elsewhere, Apply) and elsewhere.op == "div" and elsewhere.args[1] == length:
        return length, elsewhere.args[0]
    return None


def _exponent(part: Term, base: Term) -> int:
    """The whole exponent that ``base`` has in a factor; 0 for another factor."""
    if part == base:
        return 1
    if isinstance(part, Apply) and part.op == "pow" and part.args[0] == base:
        exponent = part.args[1]
        if isinstance(exponent, Number) and exponent.value.denominator == 1:
            return int(exponent.value)
    return 0


def _is_entry_of(entry: Term, length: Entry, layout: Layout, close: Callable[[Term], Term]) -> bool:
    """Whether ``entry`` is one of the tensor whose norm ``length`` is, so that both vanish together."""
    assert isinstance(length.base, Apply)
    tensor = length.base.args[0]
    if isinstance(entry, Entry) and entry.base == tensor:
        return True
    free: list[Index] = sorted(letters(entry), key=lambda letter: letter.name)
    try:
        closed = close(entry)
        return any(layout.array(closed, order) == tensor for order in permutations(free))
    except NoForm:
        return False
