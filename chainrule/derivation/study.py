"""A pipeline under study: which nodes are named, which names matter for the output, what is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from chainrule.calculus.closed_form import ClosedForm
from chainrule.calculus.guards import away_from_zero
from chainrule.calculus.naming import UNIT_ROWS, Naming
from chainrule.calculus.paths import Paths
from chainrule.calculus.unit_rows import unit_sums
from chainrule.diagnostics import fail, nearest
from chainrule.graph import Input
from chainrule.language.pipeline import Pipeline, Statement
from chainrule.notation.text import text
from chainrule.shapes import Dim, Shape
from chainrule.terms import Length, Partial, Symbol, Term, contains


@dataclass
class Study:
    """What the makers of statements, factors and gradients share.

    ``forward`` tells that gradients are accumulated from the inputs on: ``ahead`` has then, for each adjoint
    of what is differentiated, the node that this makes, and ``pushed`` are the nodes of ∂y/∂x for the names y
    on the way, with these names; what is ``too_large`` for that is pulled back. ``relied_on`` gathers the
    inputs whose rows some closed form took to sum to one, ``away_from`` the norms that one took not to be 0.
    ``settled`` are the factors (of, wrt) in which such a row has been added up.
    """

    pipeline: Pipeline
    output: str
    wrt: tuple[str, ...]
    convention: str
    detailed: bool = False
    forward: bool = False
    adjoints: dict[int, int] = field(default_factory=dict)
    ahead: dict[int, int] = field(default_factory=dict)
    pushed: dict[int, Term] = field(default_factory=dict)
    too_large: list[str] = field(default_factory=list)
    relied_on: dict[Term, None] = field(default_factory=dict)
    settled: set[tuple[str, str]] = field(default_factory=set)
    away_from: dict[Term, None] = field(default_factory=dict)

    @cached_property
    def nodes(self) -> Mapping[str, int]:
        """The node of every name."""
        return self.pipeline.nodes

    @cached_property
    def names(self) -> Mapping[int, str]:
        """The name of every named node."""
        return {node: name for name, node in self.nodes.items()}

    @cached_property
    def atoms(self) -> Mapping[int, Term]:
        """Every input and statement as an atom of formulas."""
        return {**self.inputs_only, **{part.node: Symbol(part.name) for part in self.pipeline.statements}}

    def around(self, statement: Statement, itself: bool = True) -> Mapping[int, Term]:
        """The atoms of one statement: what it reads and, unless it is to be written out, its own name."""
        names = (*statement.depends_on, statement.name) if itself else statement.depends_on
        return {self.nodes[name]: self.atoms[self.nodes[name]] for name in names}

    @cached_property
    def with_adjoints(self) -> Mapping[int, Term]:
        """The names and, once the sweep is done, their adjoints as atoms: ∂out/∂y."""
        output = Symbol(self.output)
        own = {
            adjoint: Partial(output, (Symbol(self.names[node]),))
            for node, adjoint in self.adjoints.items()
            if self.names[node] in self.statements and self.names[node] != self.output
        }
        return {**(self.pushed if self.forward else own), **self.atoms}

    @cached_property
    def inputs_only(self) -> Mapping[int, Term]:
        """The inputs as atoms, and names that an equation defines; other statements are written out.

        A constant number is a coefficient: 3/n.
        """
        return {
            part.node: Length(part.name)
            if "constant" in part.assumptions and not part.shape
            else Symbol(part.name)
            for part in self.pipeline.inputs
        } | {part.node: Symbol(part.name) for part in self.pipeline.roots}

    def told(self, form: ClosedForm) -> ClosedForm:
        """A closed form, with what it relies on kept for the notes."""
        self.relied_on.update(dict.fromkeys(sorted(form.relied_on, key=text)))
        self.away_from.update(dict.fromkeys(sorted(form.away_from, key=text)))
        return form

    @cached_property
    def statements(self) -> Mapping[str, Statement]:
        """The statements by name."""
        return {statement.name: statement for statement in self.pipeline.statements}

    @cached_property
    def paths(self) -> Paths:
        """The ways to the output."""
        return Paths.to(self.output, {s.name: s.depends_on for s in self.pipeline.statements})

    @cached_property
    def moving(self) -> frozenset[str]:
        """The names on a path from something that is differentiated to the output."""
        moved = set(self.wrt)
        for statement in self.pipeline.statements:
            if any(name in moved for name in statement.depends_on):
                moved.add(statement.name)
        return frozenset(name for name in moved if self.paths.count(name))

    @cached_property
    def words(self) -> Mapping[Term, tuple[str, ...]]:
        """The assumption words of every input."""
        return {Symbol(part.name): tuple(part.assumptions) for part in self.pipeline.inputs}

    @cached_property
    def defined(self) -> Mapping[Term, Term]:
        """What the names of statements stand for; one that an equation defines stands for itself."""
        pairs = ((Symbol(part.name), part.term) for part in self.pipeline.statements)
        return {name: term for name, term in pairs if not contains(term, name)}

    def shape(self, name: str) -> Shape:
        """The shape of a name's tensor."""
        return self.pipeline.graph.shape(self.nodes[name])

    @cached_property
    def unit_rows(self) -> Mapping[Term, Dim]:
        """The inputs that are declared to sum to one along their last axis, with its length."""
        return {
            Symbol(part.name): part.shape[-1]
            for part in self.pipeline.inputs
            if part.shape and UNIT_ROWS.intersection(part.assumptions)
        }

    def shortened(self, term: Term) -> Term:
        """``term`` with the sums of rows that sum to one done, which the notes then say."""
        found, used = unit_sums(term, self.unit_rows)
        self.relied_on.update(dict.fromkeys(sorted(used, key=text)))
        return found

    @cached_property
    def _naming(self) -> Naming:
        return Naming(self.pipeline.graph, self.atoms)

    def away_from_kinks(self, term: Term) -> Term:
        """``term`` with x/norm(x) for its case distinctions at 0, which the notes then say."""
        if self._naming.distinguishes:
            return term
        found, norms = away_from_zero(term, self._naming.norms)
        self.away_from.update(dict.fromkeys(sorted(norms, key=text)))
        return found

    def constant(self, name: str) -> bool:
        """Whether ``name`` is an input that is held constant."""
        node = self.pipeline.graph[self.nodes[name]]
        return isinstance(node, Input) and "constant" in node.assumptions

    def symmetric(self, name: str) -> bool:
        """Whether ``name`` is an input that was declared symmetric."""
        node = self.pipeline.graph[self.nodes[name]]
        return isinstance(node, Input) and "symmetric" in node.assumptions


def study(
    pipeline: Pipeline,
    of: str | None,
    wrt: Sequence[str],
    convention: str,
    detailed: bool = False,
    forward: bool = False,
) -> Study:
    """The study of one output.

    Raises:
        ChainRuleError: ``name``, when ``of`` or ``wrt`` names nothing; ``usage``, when nothing is left
            to differentiate.
    """
    known = list(pipeline.nodes)
    output = pipeline.output if of is None else of
    for name in (output, *wrt):
        if name not in known:
            fail(
                "name",
                f"the program has no variable {name}",
                notes=["its variables: " + ", ".join(known[:40])],
                suggestion=nearest(name, known),
            )
    chosen = tuple(dict.fromkeys(wrt)) or _default_wrt(pipeline)
    if not chosen:
        fail(
            "usage",
            "there is nothing to differentiate with respect to",
            notes=["the program has no input that may vary"],
            suggestion="use a name that is not defined, as x in y = x + 2",
        )
    return Study(pipeline, output, chosen, convention, detailed, forward)


def _default_wrt(pipeline: Pipeline) -> tuple[str, ...]:
    """Every input that is not constant and has no data statement; if all have one, all of them."""
    vary = [part for part in pipeline.inputs if "constant" not in part.assumptions]
    free = [part for part in vary if part.data is None]
    return tuple(part.name for part in (free or vary))
