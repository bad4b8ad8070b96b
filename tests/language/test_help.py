"""What a complaint says to write instead, and that it says nothing that is beside the point."""

from __future__ import annotations

import pytest

import chainrule as cr
from chainrule.diagnostics import ChainRuleError

# A program, what is to be told, and what has no business there.
HELP = [
    ("f = x[0]**2 + x[1]", "a tensor is declared before it is used: x : [n]", "stack"),
    ("y = [x[0], x[1]**2]", "in a program, stack([a, b]) puts side by side", "maximum"),
    ("x : [2]; f = max(x[0], x[1])", "is maximum(a, b)", "minimum"),
    ("x : [2]; f = min(x[0], x[1])", "is minimum(a, b)", "maximum"),
    ("x : [2, 3]; k : []; y = sum(x, k)", "axis must be written out", "maximum"),
    ("X : [2, 2]; y = kron(X, [[1, 2], [3, 4]])", "give it a name in a statement of its own", "stack"),
    ("t : scalar; y = t", "declared as t : []", "try:"),
    ("x : positve; y = x", "try: positive", "declared as"),
]


@pytest.mark.parametrize(("program", "told", "beside"), HELP, ids=[program for program, _, _ in HELP])
def test_a_complaint_says_what_to_write_instead(program: str, told: str, beside: str) -> None:
    with pytest.raises(ChainRuleError) as caught:
        cr.derive(program)
    shown = caught.value.diagnostic.show()
    assert told in shown
    assert beside not in shown
