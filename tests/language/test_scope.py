"""Names that are short for an operation: variables where nothing calls them."""

from __future__ import annotations

import pytest

import chainrule as cr
from chainrule.diagnostics import ChainRuleError


@pytest.mark.parametrize(
    ("program", "inputs"),
    [("x = sin(t); z = x**2", ["t"]), ("y = T*u**2", ["T", "u"]), ("A : [2, 3]; s = sum(t(A)@A)", ["A"])],
)
def test_a_single_letter_is_a_variable_unless_it_is_called(program: str, inputs: list[str]) -> None:
    assert [part.name for part in cr.derive(program, verify=False).data.inputs] == inputs


@pytest.mark.parametrize("program", ["y = x*mean", "y = x*tr", "A : [2, 3]; y = t(A)*t"])
def test_an_operation_without_its_argument_is_refused(program: str) -> None:
    with pytest.raises(ChainRuleError, match="needs an argument here"):
        cr.derive(program)
