"""Written terms that are right on paper and fail in floats, found by the patterns of the table in ops."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from typing import Any

from chainrule.derivation.data import Advice
from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_program
from chainrule.language.pipeline import Statement
from chainrule.notation.text import text
from chainrule.ops import TABLE
from chainrule.ops.stability import UNSTABLE, Unstable
from chainrule.ops.table import Composite, Structured
from chainrule.source import Source
from chainrule.terms import Apply, Params, Symbol, Term, contains, rewrite, walk

_COMMUTE = frozenset({"add", "mul"})
_MOST = 12
_WORDS = re.compile(r"(\w+)\(")


@dataclass(frozen=True, slots=True)
class _Pattern:
    row: Unstable
    written: Term
    stable: Term
    free: frozenset[Term]


@dataclass(slots=True)
class _Match:
    """What free variables stand for, and the axes that the pattern's operations were found with."""

    bound: dict[Term, Term]
    params: list[Params]


def advice(statements: Sequence[Statement]) -> tuple[Advice, ...]:
    """For each statement the terms that have a stable spelling, looking through the names of others."""
    # What an equation defines is not what stands in the equation.
    pairs = ((Symbol(statement.name), statement.term) for statement in statements)
    defined: dict[Term, Term] = {name: term for name, term in pairs if not contains(term, name)}
    used = {part.op for term in defined.values() for part in walk(term) if isinstance(part, Apply)}
    patterns = [_read(row) for row in UNSTABLE if used.issuperset(_WORDS.findall(row.pattern))]
    found: list[Advice] = []
    if not patterns:
        return ()
    for statement in statements:
        if Symbol(statement.name) not in defined:
            continue
        met = list(_matches(statement.term, patterns, defined))
        table = {part: _spelled(pattern, match) for part, pattern, match in met}
        spelling = f"{statement.name} = {text(rewrite(statement.term, table.get))}"
        for k, (part, pattern, _) in enumerate(met):
            why = pattern.row.why
            shown = _through(part, pattern, defined)
            told = f"{shown} may fail in floats: {why}; stable is "
            told += spelling if part == statement.term else text(table[part])
            if k == len(met) - 1 and part != statement.term:
                told += f", as in {spelling}"
            sentence = f"{statement.name}: {told}"
            found.append(Advice(statement.name, part, table[part], spelling, why, sentence))
    return tuple(found[:_MOST])


def _through(part: Term, pattern: _Pattern, defined: Mapping[Term, Term]) -> str:
    """A part as it stands there, with what its names stand for where only that tells why."""
    if any(leaf in defined for leaf in walk(part)) and not _plainly(part, pattern):
        names = [leaf for leaf in dict.fromkeys(walk(part)) if leaf in defined]
        told = " and ".join(f"{text(name)} = {text(defined[name])}" for name in names)
        return f"{text(part)} with {told}"
    return text(part)


def _plainly(part: Term, pattern: _Pattern) -> bool:
    return next(_matched(pattern.written, part, pattern, {}, _Match({}, [])), None) is not None


def _matches(
    term: Term, patterns: Sequence[_Pattern], defined: Mapping[Term, Term]
) -> Iterator[tuple[Term, _Pattern, _Match]]:
    """The parts of a term that match, outermost first; what is inside one is looked at no more."""
    if not isinstance(term, Apply):
        return
    for pattern in patterns:
        match = next(_matched(pattern.written, term, pattern, defined, _Match({}, [])), None)
        if match is not None and len(set(match.params)) <= 1:
            yield term, pattern, match
            return
    for child in term.children:
        yield from _matches(child, patterns, defined)


@cache
def _read(row: Unstable) -> _Pattern:
    program = f"{row.given}; written = {row.pattern}; stable = {row.stable}"
    pipeline = elaborate(parse_program(Source(program, "op table")))
    written, stable = (statement.term for statement in pipeline.statements)
    return _Pattern(row, written, stable, frozenset(Symbol(part.name) for part in pipeline.inputs))


# --- matching --------------------------------------------------------------------------------------------


def _matched(
    pattern: Term, term: Term, whole: _Pattern, defined: Mapping[Term, Term], match: _Match
) -> Iterator[_Match]:
    """The ways in which a term is an instance of a pattern, going on from ``match``."""
    if pattern in whole.free:
        known = match.bound.get(pattern)
        if known is None:
            yield _Match({**match.bound, pattern: term}, match.params)
        elif known == term or _written_out(known, defined) == _written_out(term, defined):
            yield match
        return
    term = _written_out(term, defined)
    if not isinstance(pattern, Apply) or not isinstance(term, Apply):
        if pattern == term:
            yield match
        return
    if (
        pattern.op != term.op
        or len(pattern.args) != len(term.args)
        or not set(pattern.params) <= set(term.params)
    ):
        return
    if _has_params(term.op):
        match = _Match(match.bound, [*match.params, term.params])
    elif pattern.params != term.params:
        return
    orders: Any = permutations(term.args) if term.op in _COMMUTE else [term.args]
    for order in orders:
        yield from _all_matched(pattern.args, order, whole, defined, match)


def _all_matched(
    patterns: Sequence[Term],
    terms: Sequence[Term],
    whole: _Pattern,
    defined: Mapping[Term, Term],
    match: _Match,
) -> Iterator[_Match]:
    if not patterns:
        yield match
        return
    for found in _matched(patterns[0], terms[0], whole, defined, match):
        yield from _all_matched(patterns[1:], terms[1:], whole, defined, found)


def _written_out(term: Term, defined: Mapping[Term, Term]) -> Term:
    """What a name stands for, through names for names."""
    while term in defined:
        term = defined[term]
    return term


def _has_params(op: str) -> bool:
    """Whether an operation has an axis, a reduction or the like, which the stable spelling takes over."""
    declared = TABLE.get(op)
    return isinstance(declared, (Structured, Composite)) and bool(declared.signature.defaults)


def _spelled(pattern: _Pattern, match: _Match) -> Term:
    """The stable term of a match, with the axes of what was written."""
    params = match.params[0] if match.params else ()

    def change(part: Term) -> Term | None:
        if part in pattern.free:
            return match.bound[part]
        if isinstance(part, Apply) and _has_params(part.op):
            known = TABLE[part.op].signature.parameters
            taken = tuple(pair for pair in params if pair[0] in known)
            return Apply(part.op, tuple(rewrite(child, change) for child in part.args), taken)
        return None

    return rewrite(pattern.stable, change)
