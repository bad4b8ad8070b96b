"""The structure of a program's Jacobians and Hessians: what is asked of calculus, and what is constant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from chainrule.calculus.bounds import Bounds
from chainrule.calculus.exponentials import as_softmax
from chainrule.calculus.guards import away_from_zero
from chainrule.calculus.structure import Sentence, Structure, structure_of
from chainrule.calculus.symmetry import Subject
from chainrule.derivation.study import Study
from chainrule.graph import Input, Operation
from chainrule.numeric.arithmetic import reached
from chainrule.shapes import Dim
from chainrule.terms import ZERO, Apply, Entry, Index, Partial, Symbol, Term, rewrite, walk


def structure(study: Study, wrt: Sequence[str], node: int, label: Partial, index: Term) -> Structure | None:
    """What is special about ∂output/∂wrt, whose entry ``label`` is ``index``; None for gradients of numbers.

    The rows are the output's axes or, of a scalar's Hessian, the first variable's; the columns the last's.
    """
    graph = study.pipeline.graph
    sides = [part for part in (label.of, *label.wrt) if study.shape(_name(part))]
    if len(sides) < 2 and (len(wrt) < 2 or not graph.shape(node)):
        return None
    constant = _is_constant(study, wrt, node, index)
    if len(sides) < 2:
        return _plain(study, wrt, index, constant)
    twice = len(wrt) > 1 and len(set(wrt)) == 1 and not study.shape(study.output)
    if index == label or len(sides) > 2:
        found = _of_many(sides, index, twice) if index != label else _unread(twice)
    else:
        rows, columns = (_letters(side) for side in sides)
        lengths: dict[Index, Dim] = {}
        for side in sides:
            lengths.update(zip(_letters(side), study.shape(_name(side)), strict=True))
        index, _ = away_from_zero(index, _norms(study))
        subject = Subject(
            index,
            rows,
            columns,
            lengths,
            len(wrt) > 1,
            twice,
            _bounds(study),
            partial(_is_share, study),
            _mirrored(study),
        )
        found = structure_of(subject)
    if index == ZERO:
        return _plain(study, wrt, index, constant)
    return _with_constant(found, wrt, constant)


def _name(side: Term) -> str:
    base = side.base if isinstance(side, Entry) else side
    assert isinstance(base, Symbol)
    return base.name


def _letters(side: Term) -> tuple[Index, ...]:
    return tuple(k for k in side.indices if isinstance(k, Index)) if isinstance(side, Entry) else ()


def _is_constant(study: Study, wrt: Sequence[str], node: int, index: Term) -> bool:
    """Whether the derivative is the same wherever ``wrt`` is."""
    sources = {study.nodes[name] for name in wrt}
    if not sources & set(reached(study.pipeline.graph, [node], ())):
        return True
    moving = set(wrt)
    for statement in study.pipeline.statements:
        if moving.intersection(statement.depends_on):
            moving.add(statement.name)
    parts = list(walk(index))
    opaque = any(isinstance(part, Partial) for part in parts)
    return not opaque and not any(isinstance(part, Symbol) and part.name in moving for part in parts)


def _plain(study: Study, wrt: Sequence[str], index: Term, constant: bool) -> Structure | None:
    """A derivative that is zero, with the reason, or merely constant."""
    if index != ZERO:
        return _with_constant(None, wrt, constant)
    last, of = Symbol(wrt[-1]), Symbol(study.output)
    lower: Term = Partial(of, tuple(map(Symbol, wrt[:-1]))) if len(wrt) > 1 else of
    reason: Sentence = (lower, " does not depend on ", last)
    if len(set(wrt)) > 1:
        reason = (*reason, ", so the Hessian over both is block diagonal here")
    return Structure(("zero", "constant"), "0", "zero", reason)


def _with_constant(found: Structure | None, wrt: Sequence[str], constant: bool) -> Structure | None:
    if not constant:
        return found
    said = f"constant (it does not depend on {' and '.join(dict.fromkeys(wrt))})"
    if found is None:
        return Structure(("constant",), None, said, ())
    return replace(found, words=(*found.words, "constant"), headline=f"{found.headline}, and {said}")


def _unread(twice: bool) -> Structure | None:
    """What is known without an index form."""
    return Structure(("symmetric",), None, "symmetric", ()) if twice else None


def _of_many(sides: Sequence[Term], index: Term, twice: bool) -> Structure | None:
    """A derivative of a higher order: symmetric in its variable, diagonal where every letter is tied."""
    first, *others = map(_letters, sides)
    # Place by place, the letters of all sides are to agree.
    columns = (
        list(zip(first, *others, strict=True)) if len({len(side) for side in (first, *others)}) == 1 else []
    )
    if columns and all(_ties_all(index, letters) for letters in columns):
        reason: Sentence = ("only entries whose indices are all equal can differ from zero",)
        return Structure(("diagonal", "symmetric") if twice else ("diagonal",), None, "diagonal", reason)
    if twice:
        return Structure(("symmetric",), None, "symmetric in all its indices", ())
    return None


def _ties_all(index: Term, letters: Sequence[Index]) -> bool:
    """Whether deltas that multiply the whole entry make all letters agree."""
    factors = list(index.args) if isinstance(index, Apply) and index.op in ("mul", "neg") else [index]
    factors = [part for f in factors for part in (f.args if isinstance(f, Apply) and f.op == "mul" else (f,))]
    group = {letters[0]}
    for _ in letters:
        for part in factors:
            if isinstance(part, Apply) and part.op == "delta" and group & set(part.args):
                group |= {k for k in part.args if isinstance(k, Index)}
    return group >= set(letters)


# --- what is known of names -------------------------------------------------------------------------------


def _bounds(study: Study) -> Bounds:
    words = {part.name: part.assumptions for part in study.pipeline.inputs}
    return Bounds(words, {s.name: s.term for s in study.pipeline.statements if s.residual is None})


def _norms(study: Study) -> frozenset[Term]:
    """The names of norms."""
    terms = ((part.name, part.term) for part in study.pipeline.statements)
    return frozenset(Symbol(name) for name, term in terms if isinstance(term, Apply) and term.op == "norm")


def _mirrored(study: Study) -> frozenset[Term]:
    return frozenset(Symbol(part.name) for part in study.pipeline.inputs if "symmetric" in part.assumptions)


def _is_share(study: Study, factor: Term) -> bool:
    """Whether ``factor`` is an entry of shares: nothing negative, and a last axis that sums to one."""
    if isinstance(factor, Entry):
        return _unit_rows(study, factor.base)
    # exp(x[i] - out) with out = logsumexp(x)
    terms: dict[Term, Term] = {Symbol(part.name): part.term for part in study.pipeline.statements}
    written = as_softmax(rewrite(factor, terms.get))
    return isinstance(written, Entry) and _unit_rows(study, written.base)


def _unit_rows(study: Study, base: Term) -> bool:
    """Whether ``base`` holds shares: nothing negative, and a last axis that sums to one."""
    if isinstance(base, Apply):
        return base.op == "softmax" and base.param("axis", -1) in (-1, (-1,))
    if not isinstance(base, Symbol) or base.name not in study.nodes:
        return False
    node = study.pipeline.graph[study.nodes[base.name]]
    if isinstance(node, Operation):
        return node.op == "softmax" and dict(node.params).get("axis", -1) in (-1, (-1,))
    return isinstance(node, Input) and bool(node.assumptions & {"probability", "onehot"})
