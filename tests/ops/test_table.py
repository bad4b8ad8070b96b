"""The op table as a page to read: names, sentences, samples and error inputs are in order."""

from __future__ import annotations

import re
from collections import Counter
from inspect import signature

import pytest

from chainrule.diagnostics import ChainRuleError
from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_program
from chainrule.ops import SPELLINGS, TABLE
from chainrule.ops.table import Contraction, Declaration, Pointwise, Structured
from chainrule.source import Source

ENTRIES = list(TABLE.values())
POINTWISE = [op for op in ENTRIES if isinstance(op, Pointwise)]
PROGRAMS = [(op, text) for op in ENTRIES if not isinstance(op, Pointwise) for text in op.errors]

# Words of the language; a variable of this name is hidden by no operation.
RESERVED = {"pi", "e", "inf", "True", "False", "None"}


def read(program: str) -> None:
    elaborate(parse_program(Source(program, "program")))


def test_no_two_operations_share_a_spelling() -> None:
    spellings = Counter(name for op in ENTRIES for name in (op.name, *op.aliases))
    assert [name for name, count in spellings.items() if count > 1] == []
    assert set(spellings) == set(SPELLINGS)
    assert not RESERVED & set(spellings)


@pytest.mark.parametrize("op", ENTRIES, ids=lambda op: op.name)
def test_spellings_are_names(op: Declaration) -> None:
    for name in (op.name, *op.aliases, *op.signature.parameters):
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name), name


@pytest.mark.parametrize("op", ENTRIES, ids=lambda op: op.name)
def test_the_reason_is_one_plain_sentence_without_a_stop(op: Declaration) -> None:
    assert re.fullmatch(r"[a-zA-Z][^.!?]*(\d\.\d[^.!?]*)*[^.!?;:, ]", op.why), op.why
    assert op.why[0].islower() or op.why.split()[0].isupper()
    assert op.why.isprintable()
    assert "  " not in op.why
    assert len(op.why) <= 100, len(op.why)


@pytest.mark.parametrize("op", POINTWISE, ids=lambda op: op.name)
def test_every_parameter_has_a_derivative_and_every_sample_all_arguments(op: Pointwise) -> None:
    assert len(op.derivatives) == len(op.signature.parameters)
    assert len(op.samples) >= 2
    assert all(len(sample) == len(op.signature.parameters) for sample in op.samples)
    assert all(kink.operand < len(op.derivatives) for kink in op.kinks)
    assert "y" not in op.signature.parameters, "y is the output"


@pytest.mark.parametrize("op", [op for op in ENTRIES if isinstance(op, Structured)], ids=lambda op: op.name)
def test_every_fold_and_move_can_be_computed(op: Structured) -> None:
    assert op.law is None or op.step is None
    assert len(op.pullbacks) <= len(op.signature.parameters)
    if op.shape != "move":
        assert (op.shape == "fold") == ("keepdims" in op.signature.parameters)


@pytest.mark.parametrize(("op", "program"), PROGRAMS, ids=[text for _, text in PROGRAMS])
def test_error_inputs_are_refused_with_a_diagnostic(op: Declaration, program: str) -> None:
    with pytest.raises(ChainRuleError) as caught:
        read(program)
    diagnostic = caught.value.diagnostic
    assert diagnostic.code in {"arguments", "shape", "type", "name", "syntax"}
    assert diagnostic.labels, diagnostic


@pytest.mark.parametrize("op", POINTWISE, ids=lambda op: op.name)
def test_a_wrong_number_of_arguments_is_refused(op: Pointwise) -> None:
    # One-sided clips are calls of clip with a bound left out.
    most = {"clip_min": 3, "clip_max": 3}.get(op.name, len(op.signature.parameters))
    names = [f"u{k}" for k in range(most + 1)]
    if op.name == "where":
        names[0] = "u > 0"
    for given in ([], names):
        with pytest.raises(ChainRuleError) as caught:
            read(f"x : [2, 3]; out = x + {op.name}({', '.join(given)})")
        assert caught.value.diagnostic.code == "arguments"


@pytest.mark.parametrize("op", [op for op in POINTWISE if op.name != "where"], ids=lambda op: op.name)
def test_a_condition_is_no_number(op: Pointwise) -> None:
    required = [name for name in op.signature.parameters if op.signature.default(name) is None]
    names = ["u > 0", *required[1:]]
    with pytest.raises(ChainRuleError) as caught:
        read(f"out = {op.name}({', '.join(names)})")
    assert caught.value.diagnostic.code in {"type", "syntax"}


@pytest.mark.parametrize("op", POINTWISE, ids=lambda op: op.name)
def test_every_spelling_and_default_is_accepted(op: Pointwise) -> None:
    required = [name for name in op.signature.parameters if op.signature.default(name) is None]
    arguments = ["u > 0", "v", "w"] if op.name == "where" else [f"u{k}" for k in range(len(required))]
    for name in (op.name, *op.aliases):
        read(f"out = {name}({', '.join(arguments)})")


@pytest.mark.parametrize("family", [Pointwise, Structured, Contraction])
def test_declarations_are_data(family: type) -> None:
    """Everything in the table is text and plain values; nothing runs when it is imported."""
    for op in (op for op in ENTRIES if isinstance(op, family)):
        for field in signature(family).parameters:
            assert not callable(getattr(op, field)), (op.name, field)
