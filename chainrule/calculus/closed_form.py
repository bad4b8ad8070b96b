"""The form of a node that a textbook would print: a short expression over whole tensors.

A node is written out in index notation down to the atoms, its sums of products are contracted, the rest
is written in its cheapest form and laid out along the node's axes. Every step is an identity.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from chainrule.algebra import tidy
from chainrule.calculus.candidates import Equal, forms
from chainrule.calculus.chains import Chains
from chainrule.calculus.contraction import Contraction
from chainrule.calculus.cost import cost, width
from chainrule.calculus.deltas import eliminate
from chainrule.calculus.exponentials import as_softmax
from chainrule.calculus.guards import away_from_zero
from chainrule.calculus.inlining import AsTensor, Inlined, Limits, NoForm, free_letters, inline
from chainrule.calculus.inverses import as_pseudoinverse, canonical
from chainrule.calculus.layout import Layout, letters
from chainrule.calculus.listing import is_small, listing
from chainrule.calculus.naming import Naming, entry
from chainrule.calculus.normalized import with_softmax
from chainrule.calculus.numbered import goes_by_list, goes_by_number, through_units
from chainrule.calculus.products import has_sum
from chainrule.calculus.relations import Relation, shortened
from chainrule.calculus.summing import Names
from chainrule.calculus.written import pattern, sums
from chainrule.graph import Graph, Input
from chainrule.shapes import Shape
from chainrule.terms import Apply, Entry, Index, Summation, Symbol, Term, node_count, rewrite, walk

LIMITS = Limits()
LARGEST_LISTED = 300


@dataclass(frozen=True, slots=True)
class ClosedForm:
    """A tensor-level term.

    ``relied_on`` are the tensors whose rows were taken to sum to one, ``away_from`` the norms that were taken
    not to be 0; where one is 0, what is divided by it is 0.
    """

    term: Term
    relied_on: frozenset[Term]
    away_from: frozenset[Term]


def closed_form(
    graph: Graph,
    node: int,
    atoms: Mapping[int, Term] | Naming,
    limits: Limits = LIMITS,
    equal: Equal | None = None,
    through: bool = False,
) -> Term | None:
    """The shortest tensor expression for ``node`` over the ``atoms``, with exactly the node's shape.

    atoms: the term that names each node which is not to be written out; a Naming, when many nodes are
        asked for. equal: a judge of scalar terms that can veto a simplification. through: write out the
        node itself even where it is an atom.

    None where there is no such expression, or none within the limits.
    """
    found = find_closed_form(graph, node, atoms, limits, equal, through)
    return None if found is None else found.term


def find_closed_form(
    graph: Graph,
    node: int,
    atoms: Mapping[int, Term] | Naming,
    limits: Limits = LIMITS,
    equal: Equal | None = None,
    through: bool = False,
) -> ClosedForm | None:
    """Like :func:`closed_form`, with what the form relies on."""
    naming = atoms if isinstance(atoms, Naming) else Naming(graph, atoms)
    maker = _Maker(naming, limits, equal)
    ranked: list[Term] = []
    with suppress(NoForm):
        ranked = maker.candidates(inline(naming, node, maker.tensor, limits, through), node)
    if is_small(graph.shape(node)) and (not ranked or goes_by_list(ranked[0])):
        with suppress(NoForm):
            listed = maker.listed(node, through)
            if listed is not None and (not ranked or cost(listed) < cost(ranked[0])):
                ranked = [listed]
    ranked = [form for form in ranked if not _has_indices(form)]
    if not ranked or width(ranked[0]) > limits.width:
        return None
    return ClosedForm(ranked[0], frozenset(maker.relied_on), frozenset(maker.away_from))


def candidates(
    graph: Graph,
    node: int,
    atoms: Mapping[int, Term] | Naming,
    limits: Limits = LIMITS,
    through: bool = False,
) -> list[Term]:
    """The tensor expressions that were found for ``node``, the cheapest first; all have its shape."""
    naming = atoms if isinstance(atoms, Naming) else Naming(graph, atoms)
    maker = _Maker(naming, limits, None)
    try:
        return maker.candidates(inline(naming, node, maker.tensor, limits, through), node)
    except NoForm:
        return []


def tensors(naming: Naming, limits: Limits = LIMITS) -> AsTensor:
    """What makes tensors of inlined forms, for the operands of operations."""
    return _Maker(naming, limits, None).tensor


class _Maker:
    """Closed forms of inlined nodes of one graph."""

    def __init__(self, naming: Naming, limits: Limits, equal: Equal | None) -> None:
        self.limits = limits
        self.equal = equal
        self.relied_on: set[Term] = set()
        self.away_from: set[Term] = set()
        self.naming = naming
        self._scaled: dict[Term, tuple[Term, Term]] = {}
        self._unit_rows, self._symmetric = naming.unit_rows, naming.symmetric

    def _chains(self) -> Chains:
        return Chains(self._symmetric, self.naming.square, self.naming.scalars, self._scaled)

    def tensor(self, form: Inlined) -> Term:
        """The tensor of a node that an operation reads."""
        if has_sum(form.term):
            return self.candidates(form)[0]
        # What cancels (u - u + 2) has no letters left, and needs ones(n) to keep its shape.
        collected = tidy(form.term)
        term = form.term if letters(collected) == letters(form.term) else collected
        return Layout(form.lengths, self._chains()).array(term, form.free)

    def candidates(self, form: Inlined, below: int = 0) -> list[Term]:
        """Tensors of the form, the cheapest first; named products under the number ``below`` may be used.

        Raises:
            NoForm: there is none.
        """
        layout = Layout(form.lengths, self._chains())
        relations, named = self._composed(form, below)
        whole = tidy(self._canonical(through_units(form.term, form.lengths)))
        written = {pattern(tidy(self._canonical(part))): turned for part, turned in form.written.items()}
        if written:
            met = ((part, written.get(pattern(part))) for part in sums(whole))
            layout.kept.update((part, turned) for part, turned in met if turned is not None)
        work = Contraction(layout, self._unit_rows, self.equal, relations, named, written)
        whole = with_softmax(whole, layout, work.close)
        closed = work.close(whole)
        bare, norms = away_from_zero(whole, self.naming.norms)
        if norms and not self.naming.distinguishes and away_from_zero(closed, self.naming.norms)[1]:
            closed = work.close(bare)
            self.away_from |= norms
        if len(form.free) > 2 and _has_diagonal(closed):
            raise NoForm("deltas between more than two axes")
        found: dict[Term, None] = {}
        trouble: NoForm | None = None
        several = forms(closed)
        several += [form for form in map(self._with_pseudoinverses, several) if form not in several]
        for term in dict.fromkeys((*several, *(shortened(form, relations) for form in several))):
            if self.equal is not None and term != closed and not self.equal(term, closed):
                continue
            try:
                found.setdefault(layout.array(term, form.free))
            except NoForm as error:
                trouble = error
        if trouble is not None and not found:
            raise trouble
        self.relied_on |= work.summing.relied_on
        later_first = list(found)[::-1]  # of forms that cost the same, the later are factored
        return sorted(later_first, key=cost)

    def listed(self, node: int, through: bool) -> Term | None:
        """The list of a small tensor's entries, where its formula tells them by their numbers; or None.

        Raises:
            NoForm: some entry has none.
        """
        form = inline(self.naming, node, self.tensor, self.limits, through, by_entry=True)
        term = eliminate(form.term, form.lengths)
        if node_count(term) > LARGEST_LISTED or not (goes_by_number(term) or goes_by_list(term)):
            return None

        def number(entry: Term) -> Term:
            return self.candidates(replace(form, free=(), term=entry))[0]

        return listing(term, form.free, form.lengths, number, self._shapes())

    def _shapes(self) -> dict[str, Shape]:
        """The shapes of names; many cotangents may have the same one, of which the atom is meant."""
        graph, atoms = self.naming.graph, self.naming.atoms
        inputs = (node for node in graph.nodes if isinstance(node, Input))
        found = {node.name: node.shape for node in inputs if "cotangent" not in node.assumptions}
        named = ((atom.name, graph.shape(k)) for k, atom in atoms.items() if isinstance(atom, Symbol))
        found.update(named)
        return found

    def _with_pseudoinverses(self, term: Term) -> Term:
        """``term`` with X⁺ for a whole (XᵀX)⁻¹Xᵀ."""
        chains = self._chains()

        def change(part: Term) -> Term | None:
            if not isinstance(part, Entry) or len(part.indices) != 2:
                return None
            found = as_pseudoinverse(chains.items(part.base), chains)
            return part if found is None else Entry(found, part.indices)

        return rewrite(term, change)

    def _composed(self, form: Inlined, below: int) -> tuple[list[Relation], Names]:
        """What definitions of atoms say: relations between factors, and tensors that have a name."""
        relations: list[Relation] = []
        named: dict[Term, tuple[Term, tuple[int, ...]]] = {}
        for number in self.naming.composed(form.read, below):
            definition = self._definition(number)
            if definition is None:
                continue
            free = free_letters(len(self.naming.graph.shape(number)))
            atom = self.naming.atoms[number]
            relation = Relation.of(entry(atom, free), definition, free)
            if relation is not None:
                relations.append(relation)
            elif isinstance(definition, Entry) and set(definition.indices) == set(free):
                order = tuple(free.index(i) for i in definition.indices if isinstance(i, Index))
                named[definition.base] = atom, order
        return relations, named

    def _definition(self, number: int) -> Term | None:
        """The entry of atom ``number`` through the atoms that it reads, contracted."""
        known = self.naming.known
        if number not in known:
            known[number] = None
            try:
                form = inline(self.naming, number, self.tensor, self.limits, through=True)
                work = Contraction(Layout(form.lengths, self._chains()), self._unit_rows)
                known[number] = work.close(tidy(self._canonical(form.term)))
            except NoForm:
                pass
        return known[number]

    def _canonical(self, term: Term) -> Term:
        """``term`` with indices of symmetric tensors in one order, inverses turned, softmax recognised."""
        chains = self._chains()

        def change(part: Term) -> Term | None:
            if not isinstance(part, Entry) or len(part.indices) != 2:
                return as_softmax(part)
            part = canonical(part) or part
            if chains.is_symmetric(part.base):
                return Entry(part.base, tuple(sorted(part.indices, key=_letter)))
            return part

        return rewrite(term, change)


def _letter(index: Term) -> str:
    return index.name if isinstance(index, Index) else ""


def _has_indices(form: Term) -> bool:
    return any(isinstance(part, (Index, Summation)) for part in walk(form))


def _has_diagonal(term: Term) -> bool:
    return any(isinstance(part, Apply) and part.op in ("diag", "eye") for part in walk(term))
