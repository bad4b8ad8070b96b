"""The case distinction of a norm's gradient: where(‖u‖ = 0, 0, u/‖u‖).

‖u‖ times the unit vector along u is u, at u = 0 too, so that it goes; elsewhere a textbook writes u/‖u‖ and
says that u is not 0.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from itertools import permutations

from chainrule.algebra import Monomial, power
from chainrule.calculus.inlining import NoForm
from chainrule.calculus.layout import Layout, letters
from chainrule.calculus.scalars import is_below
from chainrule.terms import ONE, ZERO, Apply, Entry, Index, Number, Term, rewrite


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


def away_from_zero(term: Term, norms: Collection[Term]) -> tuple[Term, frozenset[Term]]:
    """``term`` with u_i/‖u‖ for its case distinctions, and the norms that are then taken not to be 0.

    norms: the names of tensors that are norms.
    """
    met: set[Term] = set()

    def change(part: Term) -> Term | None:
        found = _cases(part, norms)
        if found is None or not is_below(Monomial.of(found[1]).powers.get(found[0], ONE)):
            return None
        met.add(_plain(found[0]))
        return rewrite(found[1], change)

    return rewrite(term, change), frozenset(met)


def _plain(length: Term) -> Term:
    """A norm as one tells it, without axes of length 1."""
    base = length.base if isinstance(length, Entry) else length
    if isinstance(base, Apply):
        return Apply(base.op, base.args, tuple(pair for pair in base.params if pair[0] != "keepdims"))
    return base


@lru_cache(maxsize=1 << 14)
def has_guard(term: Term) -> bool:
    """Whether a case distinction of a norm's gradient occurs in ``term``."""
    return _guarded(term) is not None or any(map(has_guard, term.children))


def _guarded(part: Term) -> tuple[Term, Term] | None:
    """The norm and the numerator of where(norm == 0, 0, numerator/norm)."""
    found = _cases(part, ())
    if found is None:
        return None
    length, elsewhere = found
    if isinstance(elsewhere, Apply) and elsewhere.op == "div" and elsewhere.args[1] == length:
        return length, elsewhere.args[0]
    return None


def _cases(part: Term, norms: Collection[Term]) -> tuple[Term, Term] | None:
    """The norm of where(norm == 0, 0, …), and what there is elsewhere."""
    if not isinstance(part, Apply) or part.op != "where":
        return None
    test, at_zero, elsewhere = part.args
    if not isinstance(test, Apply) or test.op != "eq" or at_zero != ZERO or test.args[1] != ZERO:
        return None
    length = test.args[0]
    base = length.base if isinstance(length, Entry) else length
    if base not in norms and not (isinstance(base, Apply) and base.op == "norm"):
        return None
    return length, elsewhere


def _exponent(part: Term, base: Term) -> int:
    """The whole exponent that ``base`` has in a factor; 0 for another factor."""
    if part == base:
        return 1
    if isinstance(part, Apply) and part.op == "pow" and part.args[0] == base:
        exponent = part.args[1]
        if isinstance(exponent, Number) and exponent.value.denominator == 1:
            return int(exponent.value)
    return 0


def _is_entry_of(entry: Term, length: Term, layout: Layout, close: Callable[[Term], Term]) -> bool:
    """Whether ``entry`` is one of the tensor whose norm ``length`` is, so that both vanish together."""
    base = length.base if isinstance(length, Entry) else length
    assert isinstance(base, Apply)
    tensor = base.args[0]
    if isinstance(entry, Entry) and entry.base == tensor:
        return True
    free: list[Index] = sorted(letters(entry), key=lambda letter: letter.name)
    try:
        closed = close(entry)
        return any(layout.array(closed, order) == tensor for order in permutations(free))
    except NoForm:
        return False
