"""exp(u - logsumexp(u)) is softmax(u): the gradient of logsumexp under its name."""

from __future__ import annotations

from collections.abc import Callable

from chainrule.algebra import add
from chainrule.calculus.inlining import NoForm
from chainrule.calculus.layout import Layout, letters
from chainrule.terms import ZERO, Apply, Entry, Index, Term, rewrite


def with_softmax(term: Term, layout: Layout, close: Callable[[Term], Term]) -> Term:
    """``term`` with softmax along the last axis where it is written out by logsumexp."""

    def change(part: Term) -> Term | None:
        if not isinstance(part, Apply) or part.op != "exp":
            return None
        total = part.args[0]
        if not isinstance(total, Apply) or total.op != "add" or not isinstance(total.args[-1], Apply):
            return None
        (last,) = total.args[-1].args if total.args[-1].op == "neg" else (None,)
        return _softmax(add(*total.args[:-1]), last, layout, close) if isinstance(last, Entry) else None

    return rewrite(term, change)


def _softmax(u: Term, total: Entry, layout: Layout, close: Callable[[Term], Term]) -> Term | None:
    """The entry of softmax(U): ``u`` is an entry of U, and ``total`` its logsumexp along the last axis."""
    base, indices = total.base, total.indices
    if not (isinstance(base, Apply) and base.op == "logsumexp" and indices and indices[-1] == ZERO):
        return None
    running = sorted(letters(u) - letters(total), key=lambda letter: letter.name)
    if len(running) != 1 or not all(isinstance(index, Index) for index in indices[:-1]):
        return None
    order = (*(index for index in indices if isinstance(index, Index)), running[0])
    try:
        same = layout.array(close(u), order) == base.args[0]
    except NoForm:
        return None
    return Entry(Apply("softmax", base.args), order) if same else None
