"""What pages say of operations is true: textbook laws equal what is computed, formulas what is derived."""

from __future__ import annotations

import re

import numpy as np
import pytest

import chainrule as cr
from chainrule.language.scope import CONSTRUCTORS
from chainrule.notation.text import text
from chainrule.ops import SPELLINGS, TABLE
from chainrule.ops.readings import EXAMPLES, SENTENCES, TEXTBOOK, WORDS
from chainrule.ops.rulebook import RULES
from chainrule.ops.table import Composite, Pointwise, Structured
from chainrule.pages import claims
from chainrule.pages.derived import derived, sample_of
from chainrule.pages.examples import is_derived
from chainrule.terms import Entry

ENTRIES = list(TABLE.values())


# --- textbook laws ------------------------------------------------------------------------------------


def both(name: str) -> str:
    """A program with an operation and its law in the books, at the same data."""
    op = TABLE[name]
    if isinstance(op, Pointwise):
        given = dict(zip(op.signature.parameters, op.samples[-1], strict=True))
        data = "; ".join(f"{parameter} = {number}" for parameter, number in given.items())
        call = ", ".join(given)
    else:
        data = "x = [1/2, -1, 3/4]" if name not in ("bce", "kl_div") else "x = [1/2, 1/4, 3/4]"
        call = "x"
    if isinstance(op, Composite):
        data += "; t = [1/5, 1/2, 3/10]; weight = 2; pos_weight = 1"
        call = "x, t, weight" if name.startswith("bce") else "x, t"
        call += ', reduction="none"'
    return f"{data}; ours = {name}({call}); theirs = {TEXTBOOK[name]}"


@pytest.mark.parametrize("name", TEXTBOOK)
def test_the_law_of_the_books_is_the_law(name: str) -> None:
    derivation = cr.derive(both(name), verify=False)
    ours, theirs = (np.asarray(derivation.statement(each).value) for each in ("ours", "theirs"))
    assert ours.shape == theirs.shape
    assert ours == pytest.approx(theirs, rel=1e-12)


# --- words --------------------------------------------------------------------------------------------


def test_what_is_said_is_said_of_operations() -> None:
    assert {*SENTENCES, *TEXTBOOK, *EXAMPLES} <= set(TABLE)
    assert not set(WORDS) & (set(SPELLINGS) - {"place"})


def texts_of(op: Composite | Structured) -> str:
    return op.program if isinstance(op, Composite) else " ".join([op.law or "", *filter(None, op.pullbacks)])


def test_words_that_programs_do_not_know_are_explained() -> None:
    known = {*SPELLINGS, *RULES, *WORDS, *CONSTRUCTORS}
    for op in ENTRIES:
        if isinstance(op, Composite | Structured):
            assert set(re.findall(r"([a-z_][a-z_0-9]*)\(", texts_of(op))) <= known, op.name


def test_every_operation_says_what_it_computes() -> None:
    told = {op.name for op in ENTRIES if getattr(op, "law", None) or getattr(op, "program", None)}
    assert set(TABLE) - told - set(SENTENCES) == set()


def test_sentences_end_with_a_stop() -> None:
    for said in SENTENCES.values():
        assert said.endswith(".")
        assert said.isprintable()
        assert len(said) <= 110


# --- formulas -----------------------------------------------------------------------------------------


def data_for(shape: tuple[object, ...], lengths: dict[str, int], seed: int) -> str:
    sizes = ", ".join(str(lengths.get(str(dim), dim)) for dim in shape)
    return f"rand({sizes}, seed={seed})" if shape else f"{3 + seed}/7"


STRUCTURED = [op for op in ENTRIES if isinstance(op, Structured) and claims.setting(op) is not None]
SYMMETRIC = {"cholesky", "eigvalsh", "eigh_vectors", "lyapunov"}


def program_for(op: Structured, where: claims.Setting) -> str:
    """Data for the operands and the cotangent ``g``, and the call that is ``y``."""
    lengths = {"n": 3, "m": 2} if "j" in op.shape else {"n": 3}
    g = f"g : [{', '.join(map(str, where.value))}] constant; g = {data_for(where.value, lengths, 9)}"
    operands = list(enumerate(where.operands.items(), 1))
    if "ii" in op.shape:
        # Positive definite, or near the identity, so that every one of them is defined.
        data = [f"{name}_0 : [n, n]; {name}_0 = rand(3, 3, seed={k})" for k, (name, _) in operands]
        squared = "@{0}_0.T" if op.name in SYMMETRIC else ""
        data += [f"{name} = {name}_0{squared.format(name)} + eye(n)" for _, (name, _) in operands]
    else:
        data = [
            f"{name} : [{', '.join(map(str, shape))}]; {name} = {data_for(shape, lengths, k)}"
            for k, (name, shape) in operands
        ]
    return "; ".join([*data, g, f"y = {op.name}({', '.join(where.operands)})"])


@pytest.mark.parametrize("op", STRUCTURED, ids=lambda op: op.name)
def test_what_a_page_says_goes_back_is_what_goes_back(op: Structured) -> None:
    where = claims.setting(op)
    assert where is not None
    out = "sum(g*y)" if where.value else "g*y"
    for claim in claims.pullbacks(op, where):
        formula = "" if claim.right is None else text(claim.right)
        if not formula or any(f"{word}(" in formula for word in WORDS):
            continue
        program = f"{program_for(op, where)}; back = {formula}; out = {out}"
        derivation = cr.derive(program, wrt=claim.parameter, verify=False)
        wanted = np.asarray(derivation.gradient(claim.parameter).value)
        assert np.asarray(derivation.statement("back").value) == pytest.approx(wanted, rel=1e-9, abs=1e-12)


DERIVED = [op for op in ENTRIES if not isinstance(op, Pointwise) and is_derived(op)]
LENGTHS = {"m": 5, "n": 3, "k": 4, "l": 5}


@pytest.mark.parametrize("op", DERIVED, ids=lambda op: op.name)
def test_what_a_page_derives_is_what_goes_back(op: Composite) -> None:
    found = derived(op)
    assert found is not None
    formulas = {
        claim.parameter: text(claim.right)
        for claim in found.claims
        if claim.right is not None and not isinstance(claim.left.wrt[0], Entry)
    }
    # Words of the op table, and lengths as text, are no words of programs.
    formulas = {name: said for name, said in formulas.items() if "num_classes=" not in said}
    assert all(claim.right is not None or claim.remark for claim in found.claims)
    pipeline = sample_of(op)
    assert pipeline is not None
    data = []
    for seed, part in enumerate(pipeline.inputs, 1):
        if "probability" in part.assumptions:
            lengths = [str(LENGTHS.get(str(dim), dim)) for dim in part.shape]
            data.append(f"{part.name} = full([{', '.join(lengths)}], 1/{lengths[-1]})")
        else:
            data.append(f"{part.name} = {data_for(part.shape, LENGTHS, seed)}")
    total = "sum(sin({}))" if pipeline.graph.shape(pipeline.statements[-1].node) else "sin({})"
    # What comes back to y from the sum of sin(y) is cos(y).
    value, written = found.value, re.sub(r"(\w+) = \[\[.*?\]\]; ", r"\1 : [n]; ", pipeline.source.text)
    backs = [f"back_{name} = {said}" for name, said in formulas.items()]
    program = [written, f"{found.cotangent} = cos({value})", *backs, f"end = {total.format(value)}"]
    derivation = cr.derive("; ".join(program), wrt=list(formulas) or None, at="; ".join(data), verify=False)
    for name in formulas:
        wanted = np.asarray(derivation.gradient(name).value)
        shown = np.asarray(derivation.statement(f"back_{name}").value)
        assert shown == pytest.approx(wanted, rel=1e-9, abs=1e-12)
