"""What goes back through operations that claim nothing themselves: found by reverse accumulation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from chainrule.calculus.closed_form import closed_form
from chainrule.calculus.index_form import index_form
from chainrule.calculus.inlining import NoForm
from chainrule.calculus.reverse import reverse
from chainrule.diagnostics import ChainRuleError
from chainrule.graph import Input
from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_program
from chainrule.language.pipeline import Pipeline
from chainrule.notation.text import text
from chainrule.ops.table import Composite, Contraction, Structured
from chainrule.pages.data import Claim
from chainrule.source import Source
from chainrule.terms import Apply, Entry, Partial, Symbol, Term

_OUTPUT = Symbol("out")
_MOST = 110
_MOST_OF_AN_ENTRY = 60
"""Characters of a formula that one still reads: over whole tensors, and entry by entry."""

_NO_FORM = "derived where it is used; no formula for it is short enough to be read"
_PICKED = "entries go back to the places that they came from, those picked twice add up, all others get 0"
_LENGTHS = {"2": "m", "3": "n", "4": "k", "5": "l"}


class Derived(NamedTuple):
    """What goes back through one ``call``, operand by operand; with the axes of operands and of all names."""

    call: Term
    value: str
    cotangent: str
    operands: Mapping[str, int]
    ranks: Mapping[str, int]
    claims: tuple[Claim, ...]


def derived(op: Contraction | Structured | Composite) -> Derived | None:
    """The pullbacks of the first sample of an operation, found by reverse accumulation; None without one."""
    pipeline = sample_of(op)
    if pipeline is None:
        return None
    called = pipeline.statements[-1]
    graph = pipeline.graph
    shape = graph.shape(called.node)
    nodes = pipeline.nodes
    name = next(each for each in ("g", "g_y", "g_out") if each not in nodes)
    cotangent = graph.add(Input(name, shape, frozenset(["cotangent"])))
    sources = [part for part in called.depends_on if "constant" not in _assumed(pipeline, part)]
    found = reverse(graph, called.node, [nodes[part] for part in sources], seed=cotangent, local=True)
    atoms: dict[int, Term] = {number: Symbol(part) for part, number in nodes.items()}
    atoms[cotangent] = Symbol(name)
    claims = tuple(
        _claim(pipeline, part, found[nodes[part]], atoms) for part in sources if nodes[part] in found
    )
    axes = {part: len(graph.shape(number)) for part, number in nodes.items()}
    operands = {part: axes[part] for part in called.depends_on}
    ranks = {**axes, name: len(shape)}
    return Derived(called.term, called.name, name, operands, ranks, claims)


def _claim(pipeline: Pipeline, name: str, node: int, atoms: Mapping[int, Term]) -> Claim:
    """∂out/∂name over whole tensors, or entry by entry, as far as one of them is short."""
    left = Partial(_OUTPUT, (Symbol(name),))
    called = pipeline.statements[-1].term
    if isinstance(called, Apply) and called.op == "take":
        return Claim(name, left, remark=_PICKED)
    term = closed_form(pipeline.graph, node, atoms)
    if term is not None and len(text(term)) <= _MOST:
        return Claim(name, left, term)
    try:
        form = index_form(pipeline.graph, node, atoms, tidy=True)
    except NoForm:
        return Claim(name, left, remark=_NO_FORM)
    if len(text(form.term)) > _MOST_OF_AN_ENTRY:
        return Claim(name, left, remark=_NO_FORM)
    base: Term = Symbol(name)
    return Claim(name, Partial(_OUTPUT, (Entry(base, form.free) if form.free else base,)), form.term)


def _assumed(pipeline: Pipeline, name: str) -> tuple[str, ...]:
    return next((part.assumptions for part in pipeline.inputs if part.name == name), ())


def sample_of(op: Contraction | Structured | Composite) -> Pipeline | None:
    """The first sample of an operation; with lengths by name where it can be read so."""
    for program in _programs(op):
        try:
            return elaborate(parse_program(Source(program, op.name)))
        except ChainRuleError:
            continue
    return None


def _programs(op: Contraction | Structured | Composite) -> Iterator[str]:
    for sample in op.samples[:1]:
        renamed = sample if re.search(r"\by\b", sample) else re.sub(r"\bout = ", "y = ", sample)
        # Where entries are picked by their numbers, the lengths matter.
        if "[" not in renamed.rpartition(";")[2]:
            yield re.sub(r": \[[^]]*\]", lambda match: re.sub(r"\d", _letter, match[0]), renamed)
        yield renamed


def _letter(match: re.Match[str]) -> str:
    return _LENGTHS.get(match[0], match[0])
