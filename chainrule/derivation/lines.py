"""The lines of a gradient: the chain of factors, the factors multiplied, the result.

Factors are composed from the output down to the input. Each is renamed so that it shares its letters
with the one before; a letter that is neither the output's nor the input's is summed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from chainrule.algebra import expand, is_scalar_coefficient, neg, tidy
from chainrule.calculus.candidates import simplest
from chainrule.calculus.conditions import rows_summed
from chainrule.calculus.index_form import index_form, split_deltas
from chainrule.calculus.inlining import NoForm
from chainrule.calculus.lines import same
from chainrule.calculus.rewriting import algebra_rule, bare, picked
from chainrule.derivation.data import Factor, Line
from chainrule.derivation.study import Study
from chainrule.derivation.worked import dim_of
from chainrule.graph import delta
from chainrule.indices import all_letters, bound_letters, fresh, renamed, summed
from chainrule.notation.text import text
from chainrule.ops.rulebook import RULES
from chainrule.shapes import Dim
from chainrule.terms import ZERO, Apply, Entry, Index, Partial, Summation, Symbol, Term, walk

MAX_PATHS = 6
MAX_CHAIN = 24
MAX_LINE = 400


@dataclass(frozen=True, slots=True)
class _Composed:
    """One path: its labels and factors as products under one sum, and the input's letters."""

    labels: Term
    factors: Term
    out: tuple[Index, ...]
    letters: tuple[Index, ...]


def chain_lines(
    study: Study,
    wrt: tuple[str, ...],
    label: Partial,
    index: Term,
    paths: tuple[tuple[str, ...], ...],
    count: int,
    factors: Mapping[tuple[str, str], Factor],
) -> tuple[Term | None, Partial, Term, tuple[Line, ...]]:
    """The chain, the label and index form in the chain's letters, and the lines from chain to result."""
    composed = _all_paths(study, paths, factors) if 0 < count <= MAX_PATHS else None
    if not composed or any(_meets(path.letters, composed[0].out) != _agrees(label) for path in composed):
        return None, label, index, (Line(index, _unchained(wrt, index)),)
    label, index = _in_letters(study, label, index, composed[0])
    aligned = [_aligned(path, composed[0].letters) for path in composed]
    chain = _added([path.labels for path in aligned])
    product = _added([path.factors for path in aligned])
    lines = [Line(product, "each factor as derived above" if len(paths[0]) > 2 else "the one factor")]
    shorter = _shortened(study, index)
    if same(product, shorter):
        index = product
    else:
        if any((path[k], path[k - 1]) in study.settled for path in paths for k in range(1, len(path))):
            index = shorter
        spread = list(_picked_out(study, wrt[0], label, product))
        lines += spread
        done = study.shortened(spread[-1].term) if spread else product
        if not spread or not same(simplified(done), shorter):
            lines += _simplification(product, index, len(paths[0]) > 2)
        if shorter != index:
            index = shorter
            rows = tuple(rows_summed(lines[-1].term, study.unit_rows))
            lines.append(Line(index, RULES["sums to one"].why, rows))
    final = _in_inputs(study, wrt[0], label)
    if final is not None and not same(final, index):
        lines.append(Line(final, "with the names written out"))
    return chain, label, index, tuple(lines)


def _unchained(wrt: tuple[str, ...], index: Term) -> str:
    """Why a derivative is what it is where no chain of factors is multiplied."""
    if index == ZERO and len(wrt) == 1:
        return "nothing on the way changes with it"
    if len(wrt) > 1:
        return "the derivative of one order less, differentiated once more"
    return "by the adjoints of the names on the way"


def _simplification(product: Term, index: Term, several: bool) -> Iterator[Line]:
    """From the product of the factors (where there are ``several``) to the result."""
    multiplied = tidy(product)
    if _names(product) > _names(index) and not same(multiplied, product):
        yield Line(multiplied, "multiplied")
        if not same(multiplied, index):
            yield Line(index, "through the names")
        return
    (rule,), why = algebra_rule(product, index)
    if rule in ("cancel", "factor", "collect", "expand", "common denominator"):
        yield Line(index, f"multiplied; {why}" if several else why)
    else:
        yield Line(index, "multiplied and simplified" if several else "simplified")


def _picked_out(study: Study, name: str, label: Partial, product: Term) -> Iterator[Line]:
    """The product multiplied out, and what its deltas pick out of the sum."""
    whole = product if isinstance(product, Summation) else None
    body = expand(whole.body) if study.detailed and whole is not None and _deltas(product) else None
    if whole is None or body is None:
        return
    entry = label.wrt[0]
    sides = ((label.of, study.shape(study.output)), (entry, study.shape(name)))
    lengths = {
        letter.name: dim
        for part, shape in sides
        for letter, dim in zip(part.indices if isinstance(part, Entry) else (), shape, strict=True)
        if isinstance(letter, Index)
    }
    sums = [part for part in walk(product) if isinstance(part, Summation)]
    lengths |= {k.name: dim_of(n) for part in sums for k, n in zip(part.indices, part.lengths, strict=True)}
    spread = whole.with_children((body,))
    found = tidy(bare(picked(spread, lengths, partly=True)))
    if not _deltas(found):
        yield Line(spread, "multiplied out")
        yield Line(found, RULES["picking out"].why)


def _deltas(term: Term) -> bool:
    return any(isinstance(part, Apply) and part.op == "delta" for part in walk(term))


def _names(term: Term) -> set[Term]:
    return {part for part in walk(term) if isinstance(part, Symbol)}


def _all_paths(
    study: Study, paths: tuple[tuple[str, ...], ...], factors: Mapping[tuple[str, str], Factor]
) -> list[_Composed]:
    if sum(map(len, paths)) > MAX_CHAIN * 2 or max(map(len, paths)) > MAX_CHAIN:
        return []
    out = []
    for path in paths:
        edges = [(path[k], path[k - 1]) for k in range(len(path) - 1, 0, -1)]
        if any(edge not in factors for edge in edges):
            continue
        out.append(_composed(study, path, [factors[edge] for edge in edges]))
    return out


def _composed(study: Study, path: tuple[str, ...], chain: list[Factor]) -> _Composed:
    """The factors of one path, from the output down (or, as accumulated, from the input up)."""
    letters = _unused(study, ())
    out = tuple(next(letters) for _ in study.shape(study.output))
    current = out
    inner: dict[Index, Dim] = {}
    labels: list[Term] = []
    entries: list[Term] = []
    for place, factor in enumerate(chain):
        table = dict(zip(factor.of_indices, current, strict=True))
        for letter in factor.wrt_indices:
            if letter not in table:
                table[letter] = next(letters)
        for letter in bound_letters(factor.entry):
            table[letter] = next(letters)
        following = tuple(table[letter] for letter in factor.wrt_indices)
        if place < len(chain) - 1:
            dims = study.shape(factor.wrt)
            inner.update((k, dim) for k, dim in zip(following, dims, strict=True))
        labels.append(renamed(factor.label, table))
        entries.append(renamed(factor.entry, table))
        current = following
    current, ties = _told_apart(current, out, letters)
    if ties:
        labels[-1] = _with_letters(labels[-1], current)
        entries += ties
    if study.forward:
        labels, entries = labels[::-1], entries[::-1]
    kept = {*out, *current}
    over = [letter for letter in inner if letter not in kept]
    lengths = [inner[letter] for letter in over]
    return _Composed(
        summed(_product(labels), over, lengths), summed(_product(entries), over, lengths), out, current
    )


def _unused(study: Study, letters: Iterable[Index]) -> Iterator[Index]:
    """Letters that are neither among these nor the name of anything in the program."""
    return fresh({*study.nodes, *study.pipeline.lengths, *(letter.name for letter in letters)})


def _told_apart(
    current: tuple[Index, ...], out: tuple[Index, ...], letters: Iterator[Index]
) -> tuple[tuple[Index, ...], list[Term]]:
    """The input's letters, each but once, and deltas for those that were the same: tr A moves A[i,i]."""
    distinct: list[Index] = []
    ties: list[Term] = []
    for letter in current:
        if letter in distinct and letter not in out:
            distinct.append(next(letters))
            ties.append(delta(letter, distinct[-1]))
        else:
            distinct.append(letter)
    return tuple(distinct), ties


def _with_letters(label: Term, letters: tuple[Index, ...]) -> Term:
    """A label whose input has other letters."""
    assert isinstance(label, Partial)
    entry = label.wrt[0]
    assert isinstance(entry, Entry)
    return Partial(label.of, (Entry(entry.base, letters),), label.total)


def _meets(letters: tuple[Index, ...], others: tuple[Index, ...]) -> bool:
    return any(letter in others for letter in letters)


def _agrees(label: Partial) -> bool:
    """Whether the input's letters in a label are the output's: a diagonal derivative."""
    of = label.of.indices if isinstance(label.of, Entry) else ()
    into = [k for part in label.wrt if isinstance(part, Entry) for k in part.indices]
    return any(letter in of for letter in into)


def _product(parts: list[Term]) -> Term:
    return parts[0] if len(parts) == 1 else Apply("mul", tuple(parts))


def _added(parts: list[Term]) -> Term:
    return parts[0] if len(parts) == 1 else Apply("add", tuple(parts))


def _aligned(path: _Composed, letters: tuple[Index, ...]) -> _Composed:
    """The path with its input's letters called ``letters``; letters in the way take the places left free."""
    table = dict(zip(path.letters, letters, strict=True))
    free = (letter for letter in path.letters if letter not in letters)
    table.update(zip((letter for letter in letters if letter not in path.letters), free, strict=True))
    return _Composed(renamed(path.labels, table), renamed(path.factors, table), path.out, letters)


def _in_letters(study: Study, label: Partial, index: Term, first: _Composed) -> tuple[Partial, Term]:
    """Label and index form with the input's letters as in the first path, sums after the others."""
    entry = label.wrt[0]
    own = entry.indices if isinstance(entry, Entry) else ()
    table: dict[Index, Index] = {}
    for old, new in zip(own, first.letters, strict=True):
        assert isinstance(old, Index)
        table[old] = new
    free = set(table.values()) | all_letters([label.of])
    letters = _unused(study, free)
    for letter in bound_letters(index):
        table[letter] = next(letters)
    moved = renamed(label, table)
    assert isinstance(moved, Partial)
    return moved, renamed(index, table)


def simplified(term: Term) -> Term:
    """An entry in its cheapest form; under a Σ it is the summand, with what stood in front."""
    term = _moved_in(term)
    if isinstance(term, Summation):
        return term.with_children((simplified(term.body),))
    return simplest(tidy(term))


def _shortened(study: Study, term: Term) -> Term:
    """``term`` with the rows that sum to one summed, and what is left in its cheapest form."""
    found = study.shortened(term)
    return term if found == term else simplified(found)


def _moved_in(term: Term) -> Term:
    """−1/n Σ a as Σ −1/n a."""
    if isinstance(term, Apply) and term.op == "neg":
        inner = _moved_in(term.args[0])
        if isinstance(inner, Summation):
            return Summation(inner.indices, inner.lengths, neg(inner.body))
        return term
    if isinstance(term, Apply) and term.op == "mul" and isinstance(term.args[-1], Summation):
        front, whole = term.args[:-1], term.args[-1]
        if all(map(is_scalar_coefficient, front)):
            return Summation(whole.indices, whole.lengths, Apply("mul", (*front, whole.body)))
    return term


def _in_inputs(study: Study, name: str, label: Partial) -> Term | None:
    """The gradient's entry in terms of inputs alone, where that stays short."""
    node = study.adjoints.get(study.nodes[name])
    if node is None or study.symmetric(name):
        return None
    try:
        form = index_form(study.pipeline.graph, node, study.inputs_only, tidy=True)
    except NoForm:
        return None
    entry, free = form.term, form.free
    if _agrees(label):
        found = split_deltas(form, len(study.shape(study.output)))
        if found is None:
            return None
        entry, free = found.slope, (*found.of, *found.wrt)
    letters = [k for part in (label.of, *label.wrt) if isinstance(part, Entry) for k in part.indices]
    table: dict[Index, Index] = {}
    for old, new in zip(free, letters, strict=True):
        assert isinstance(new, Index)
        table[old] = new
    others = _unused(study, table.values())
    for letter in bound_letters(entry):
        table[letter] = next(others)
    term = renamed(_shortened(study, simplified(study.away_from_kinks(entry))), table)
    return term if len(text(term)) <= MAX_LINE // 4 else None
