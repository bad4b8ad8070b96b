"""Products with deltas, as choices: where a delta is 0 the other factors do not count, not even 1/0."""

from __future__ import annotations

from chainrule.terms import ONE, ZERO, Apply, Term


def masked(term: Apply) -> Term:
    """A product with its deltas turned into conditions; any other product as it is."""
    ties = [part for part in term.args if isinstance(part, Apply) and part.op == "delta"]
    if not ties:
        return term
    rest = tuple(part for part in term.args if part not in ties)
    out: Term = rest[0] if len(rest) == 1 else Apply("mul", rest) if rest else ONE
    for tie in ties:
        out = Apply("where", (Apply("eq", tie.args), out, ZERO))
    return out
