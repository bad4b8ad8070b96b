"""The entries of a small tensor worked out side by side: one line for all of [∂f₀/∂x, ∂f₁/∂x] at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from chainrule.algebra import add
from chainrule.calculus.deltas import eliminate
from chainrule.calculus.index_form import index_form
from chainrule.calculus.inlining import NoForm
from chainrule.calculus.lines import Line, Working, restated
from chainrule.calculus.listing import entries_of, is_listed, places_of, stacked
from chainrule.calculus.numbered import without_lists
from chainrule.calculus.rewriting import bare
from chainrule.calculus.working import Resolved, Work
from chainrule.derivation.study import Study
from chainrule.language.pipeline import Statement
from chainrule.notation.text import text
from chainrule.shapes import Shape, length_term
from chainrule.terms import Apply, Entry, Partial, Symbol, Term, contains, integer, rewrite, substitute

WIDEST = 600


def listed_working(study: Study, statement: Statement, wrt: str, total: bool, listed: Term) -> Working | None:
    """The lines from the partial derivatives of a statement's entries to those that are ``listed``.

    None where an entry reads ``wrt`` otherwise than at numbers, or where the lines would be too long.
    """
    shape = study.shape(statement.name)
    try:
        form = index_form(study.pipeline.graph, statement.node, study.around(statement, itself=False))
        lengths = dict(zip((letter.name for letter in form.free), form.shape, strict=True))
        parts = []
        for place in places_of(shape):
            at: Mapping[Term, Term] = dict(zip(form.free, place, strict=True))
            parts.append(bare(without_lists(eliminate(rewrite(form.term, at.get), lengths))))
        label = Partial(Symbol(statement.name), (Symbol(wrt),), total)
        return _working(study, parts, shape, wrt, label, listed)
    except (NoForm, LookupError):
        return None


def listed_working_higher(
    study: Study, lower: Term | None, label: Partial, listed: Term | None
) -> Working | None:
    """The lines from the entries of a derivative that is ``lower`` by one order to those ``listed``.

    Both are written in inputs. None where either is no list, as for :func:`listed_working`.
    """
    wrt = label.wrt[-1]
    assert isinstance(wrt, Symbol)
    if lower is None or listed is None or not (is_listed(lower) and is_listed(listed)):
        return None
    parts = [_as_entries(study, part) for part in entries_of(lower)]
    shape = study.shape(study.output) + sum((study.shape(name) for name in _names(label.wrt[:-1])), ())
    try:
        return _working(study, parts, shape, wrt.name, label, listed)
    except LookupError:
        return None


def _names(wrt: Sequence[Term]) -> Iterator[str]:
    return (part.name for part in wrt if isinstance(part, Symbol))


def _working(
    study: Study, parts: Sequence[Term], shape: Shape, wrt: str, label: Partial, listed: Term
) -> Working | None:
    """The lines of every part by every entry of ``wrt``, which stands in them as a number for each."""
    leaf_shape = study.shape(wrt)
    leaves: list[Term] = [
        Entry(Symbol(wrt), place) if place else Symbol(wrt) for place in places_of(leaf_shape)
    ]
    plain = {leaf: Symbol(f"%{text(leaf)}") for leaf in leaves} if leaf_shape else {}
    inside = [rewrite(part, plain.get) for part in parts]
    if leaf_shape and any(contains(part, Symbol(wrt)) for part in inside):
        return None
    wanted = [rewrite(_as_entries(study, entry), plain.get) for entry in entries_of(listed)]
    taken = {*study.nodes, *study.pipeline.lengths}
    found = []
    for place, part in enumerate(inside):
        for along, leaf in enumerate(leaves):
            work = Work(
                plain.get(leaf, leaf),
                study.convention,
                {},
                taken,
                _numbers_only,
                total=label.total,
                naming=False,
            )
            goal = wanted[place * len(leaves) + along]
            found.append(work.working(part, Partial(label, (leaf,)), goal))
    back: Mapping[Term, Term] = {symbol: leaf for leaf, symbol in plain.items()}
    lines = list(_merged([restated(one, back) for one in found], (*shape, *leaf_shape)))
    if any(len(text(line.term)) > WIDEST for line in lines):
        return None
    return Working(label, substitute(stacked(inside, shape), back), tuple(lines))


def _numbers_only(work: Work, base: Apply, indices: tuple[Term, ...], depth: int) -> Resolved:
    raise LookupError(f"{base.op} is no operation on numbers")


def _as_entries(study: Study, term: Term) -> Term:
    """``term`` with x[0] as an entry, as index notation has it; x[-1] is the one at n - 1."""

    def change(part: Term) -> Term | None:
        if not isinstance(part, Apply) or part.op != "take" or not isinstance(part.args[0], Symbol):
            return None
        items, shape = part.param("items"), study.shape(part.args[0].name)
        if not all(isinstance(item, int) for item in items):
            return None
        pairs = zip(items, shape, strict=False)
        places = (add(length_term(dim), integer(k)) if k < 0 else integer(k) for k, dim in pairs)
        return Entry(part.args[0], tuple(places))

    return rewrite(term, change)


def _merged(workings: Sequence[Working], shape: Shape) -> Iterator[Line]:
    """Line by line what is reached everywhere; where an entry is done, it stays."""
    for number in range(max(len(one.lines) for one in workings)):
        lines = [one.lines[number] for one in workings if number < len(one.lines)]
        terms = [one.lines[min(number, len(one.lines) - 1)].term for one in workings]
        rules = dict.fromkeys(rule for line in lines for rule in line.rules)
        telling = tuple(rule for rule in rules if rule not in ("constant", "identity"))
        whys = dict.fromkeys(line.why for line in lines if line.why)
        yield replace(
            lines[0],
            term=stacked(terms, shape),
            rules=telling or tuple(rules),
            why=next(iter(whys), "") if len(whys) == 1 else "each at sight" if whys else "",
            inside=lines[0].inside if len(workings) == 1 else None,
        )
