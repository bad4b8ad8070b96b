"""The lines of one local factor: the statement entry by entry, worked out by named rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chainrule.calculus.closed_form import closed_form
from chainrule.calculus.conditions import with_conditions
from chainrule.calculus.deltas import eliminate
from chainrule.calculus.index_form import index_form, readable
from chainrule.calculus.inlining import NoForm
from chainrule.calculus.lines import Let, Line, Working
from chainrule.calculus.reverse import reverse
from chainrule.calculus.rewriting import bare
from chainrule.calculus.working import Resolved, Work
from chainrule.derivation.facts import facts
from chainrule.derivation.study import Study
from chainrule.graph import Operation, operand_ids
from chainrule.indices import fresh, summed
from chainrule.language.pipeline import Statement
from chainrule.notation.text import text
from chainrule.ops import TABLE
from chainrule.ops.rulebook import RULES
from chainrule.ops.table import Structured
from chainrule.shapes import Dim
from chainrule.terms import (
    ZERO,
    Apply,
    Entry,
    Index,
    Length,
    Number,
    Partial,
    Summation,
    Symbol,
    Term,
    rewrite,
    walk,
)

MOST_NESTED = 12


def worked(
    study: Study, statement: Statement, wrt: str, label: Partial, entry: Term, rules: tuple[str, ...]
) -> Working:
    """The lines from ∂(statement)/∂(wrt), with the letters of ``label``, to the factor's ``entry``.

    Where some part has no index form or no rule of its own, there is one line by all the ``rules``.
    """
    if statement.residual is not None:
        why = f"both sides of the equation of {statement.name} are differentiated, and solved for this"
        return Working(label, label.of, (Line(entry, rules, why),))
    scalar = not any(study.shape(name) for name in (statement.name, *statement.depends_on))
    subject = Subject(
        statement.node,
        study.around(statement, itself=False),
        statement.term if scalar else None,
        label.of,
    )
    try:
        return _Worked(study, subject, wrt, label, entry).working()
    except (NoForm, LookupError):
        return Working(label, label.of, (Line(entry, rules, "by the rules of all its parts at once"),))


def along(study: Study, statement: Statement, wrt: str) -> Working | None:
    """The lines of d/d(wrt) of an equation's left side, while the name that it defines moves with wrt."""
    leaf, mover = Symbol(wrt), Symbol(statement.name)
    label = Partial(statement.term, (leaf,), statement.depends_on == (wrt,))
    taken = {*study.nodes, *study.pipeline.lengths}
    work = Work(leaf, study.convention, {}, taken, _whole_only, total=label.total)
    try:
        working = work.along(statement.term, label, mover)
    except LookupError:
        return None
    return with_conditions(working, facts(study), (mover,))


def _whole_only(work: Work, base: Apply, indices: tuple[Term, ...], depth: int) -> Resolved:
    raise LookupError(f"{base.op} is no operation on numbers")


def worked_higher(study: Study, node: int, label: Partial, entry: Term) -> Working | None:
    """The lines of one more derivative of the derivative that ``node`` computes, written out in inputs.

    ``label`` has the letters of all derivatives; None where some part has no form or no rule.
    """
    last = label.wrt[-1]
    base = last.base if isinstance(last, Entry) else last
    assert isinstance(base, Symbol)
    lower = Partial(label.of, label.wrt[:-1], label.total)
    subject = Subject(node, study.inputs_only, None, lower)
    try:
        return _Worked(study, subject, base.name, label, entry).working()
    except (NoForm, LookupError):
        return None


@dataclass(frozen=True, slots=True)
class Subject:
    """What is differentiated: the node, its atoms, how it is written (None: its index form), its name."""

    node: int
    atoms: Mapping[int, Term]
    written: Term | None
    named: Term

    @property
    def letters(self) -> tuple[Term, ...]:
        """The letters of the name, or of the entries that a derivative is with respect to."""
        parts = (self.named.of, *self.named.wrt) if isinstance(self.named, Partial) else (self.named,)
        return tuple(k for part in parts if isinstance(part, Entry) for k in part.indices)


class _Worked:
    """One subject and one name it reads; it knows which node each operation on whole tensors is."""

    def __init__(self, study: Study, subject: Subject, wrt: str, label: Partial, entry: Term) -> None:
        self.study, self.subject, self.wrt = study, subject, wrt
        self.label, self.entry = label, entry
        self.graph = study.pipeline.graph
        self.atoms: dict[int, Term] = dict(subject.atoms)
        self.nodes: dict[Term, tuple[int, tuple[int, ...]]] = {}
        self.whole: Term | None = None
        self.lengths: dict[str, Dim] = {}
        self.used: set[str] = {*study.nodes, *study.pipeline.lengths}

    def working(self) -> Working:
        """All lines."""
        leaf = self.label.wrt[-1]
        letters = self.subject.letters
        into = leaf.indices if isinstance(leaf, Entry) else ()
        self.used |= {k.name for k in (*letters, *into) if isinstance(k, Index)}
        for side, shape in (
            (letters, self.graph.shape(self.subject.node)),
            (into, self.study.shape(self.wrt)),
        ):
            for letter, dim in zip(side, shape, strict=True):
                if isinstance(letter, Index):
                    self.lengths[letter.name] = dim
        written = self._entry(self.subject.node, letters)
        self.whole = written.base if isinstance(written, Entry) else written
        named = self.subject.named
        work = Work(
            leaf,
            self.study.convention,
            self.lengths,
            self.used,
            self._resolved,
            (written, named) if any(part == named for part in walk(self.entry)) else None,
            self.label.total,
            self.study.shortened,
        )
        # A factor that is too long to be written out is its own name, and no line leads there.
        wanted = None if isinstance(self.entry, Partial) else self.entry
        return work.working(written, self.label, wanted)

    def _entry(self, node: int, letters: tuple[Term, ...], atoms: Mapping[int, Term] | None = None) -> Term:
        """The entry of a node at ``letters``; letters of its sums are new ones."""
        known = self.atoms if atoms is None else atoms
        if node == self.subject.node and self.subject.written is not None:
            return self.subject.written
        self._learn(node, known)
        # What a person wrote stays as it is; a derivative was written by no one.
        derived = node == self.subject.node and isinstance(self.subject.named, Partial)
        form = index_form(self.graph, node, known, tidy=derived)
        return self._placed(form.term, form.free, letters)

    def _measure(self, letters: Sequence[Term], lengths: Sequence[Dim]) -> None:
        pairs = zip(letters, lengths, strict=True)
        self.lengths.update({k.name: dim for k, dim in pairs if isinstance(k, Index)})

    def _placed(self, term: Term, free: tuple[Index, ...], letters: tuple[Term, ...]) -> Term:
        """``term`` with its free letters called ``letters``, and letters of its own for its sums."""
        return self._relettered(term, dict(zip(free, letters, strict=True)), {})

    def _relettered(
        self, term: Term, table: Mapping[Term, Term], shared: dict[tuple[Index, Dim], Index]
    ) -> Term:
        """``term`` with new letters for its sums; those beside each other share one for the same length."""

        def change(part: Term) -> Term | None:
            if not isinstance(part, Summation):
                return table.get(part)
            letters = []
            for key in zip(part.indices, map(dim_of, part.lengths), strict=True):
                if key not in shared:
                    shared[key] = self._letter(*key)
                letters.append(shared[key])
            inner: dict[Term, Term] = {**table, **dict(zip(part.indices, letters, strict=True))}
            return Summation(tuple(letters), part.lengths, self._relettered(part.body, inner, shared))

        return rewrite(term, change)

    def _letter(self, wish: Index, dim: Dim) -> Index:
        """A letter for a sum: the one wished for, unless something else has it."""
        if wish.name in self.used:
            return self._new(dim)
        self.used.add(wish.name)
        self.lengths[wish.name] = dim
        return wish

    def _new(self, dim: Dim) -> Index:
        """A letter that nothing has."""
        letter = next(fresh(self.used))
        self.used.add(letter.name)
        self.lengths[letter.name] = dim
        return letter

    # --- operations on whole tensors ---------------------------------------------------------------------

    def _learn(self, node: int, atoms: Mapping[int, Term]) -> None:
        """Which node computes each operation that occurs in the index form of ``node``."""
        stack = [node]
        seen = set(stack)
        while stack:
            number = stack.pop()
            found = self.graph[number]
            if isinstance(found, Operation) and number not in atoms:
                form = index_form(self.graph, number, atoms)
                base = form.term.base if isinstance(form.term, Entry) else form.term
                # An entry of a slice, say, is written as one of what is sliced.
                if isinstance(base, Apply) and base.op == found.op:
                    self.nodes.setdefault(base, (number, ()))
                gone = _folded(found)
                if gone:
                    short = readable(base, tuple(ZERO if k in gone else i for k, i in enumerate(form.free)))
                    self.nodes.setdefault(short.base if isinstance(short, Entry) else short, (number, gone))
            for operand in operand_ids(found):
                if operand not in seen and operand not in atoms:
                    seen.add(operand)
                    stack.append(operand)

    def _resolved(self, work: Work, base: Apply, indices: tuple[Term, ...], depth: int) -> Resolved:
        """The derivative of an entry of ``base``: its own rule, and names for what it is taken of."""
        if base not in self.nodes:
            raise LookupError(f"no node computes {base.op}")
        number, gone = self.nodes[base]
        left = iter(indices)
        indices = tuple(ZERO if k in gone else next(left) for k in range(len(self.graph.shape(number))))
        node = self.graph[number]
        assert isinstance(node, Operation)
        declared = TABLE.get(base.op)
        rule = (declared.rule if isinstance(declared, Structured) else None) or base.op
        why = declared.why if declared is not None else RULES["transposition"].why
        source = self.study.nodes[self.wrt]
        moving = [k for k in dict.fromkeys(node.operands) if k == source or self._reads(k, source)]
        terms: list[Term] = []
        lets: list[Let] = []
        for operand in moving:
            if operand == source:
                into = work.leaf.indices if isinstance(work.leaf, Entry) else ()
                terms.append(self._local(number, operand, indices, into, self._known(base)))
                continue
            let = self._let(work, operand, depth)
            lets.append(let)
            letters = let.name.indices if isinstance(let.name, Entry) else ()
            slope = self._local(number, operand, indices, letters, {**self._known(base), operand: let.symbol})
            body = Apply("mul", (slope, work.pending(let.name)))
            over = [k for k in letters if isinstance(k, Index)]
            total = summed(body, over, self.graph.shape(operand))
            terms.append(bare(eliminate(total, self.lengths)))
        return Resolved(terms[0] if len(terms) == 1 else Apply("add", tuple(terms)), rule, why, tuple(lets))

    def _known(self, base: Term) -> dict[int, Term]:
        """The statement under its name, where it is the operation itself: softmax is written through p."""
        name = self.subject.named.base if isinstance(self.subject.named, Entry) else self.subject.named
        return {self.subject.node: name} if base == self.whole and isinstance(name, Symbol) else {}

    def _reads(self, node: int, source: int) -> bool:
        """Whether ``source`` is read on the way to ``node``, within the statement."""
        stack, seen = [node], {node}
        while stack:
            number = stack.pop()
            if number == source:
                return True
            if number in self.atoms:
                continue
            for operand in operand_ids(self.graph[number]):
                if operand not in seen:
                    seen.add(operand)
                    stack.append(operand)
        return False

    def _let(self, work: Work, operand: int, depth: int) -> Let:
        """A name for an argument, at letters of its own, and how it is differentiated."""
        if depth > MOST_NESTED:
            raise LookupError("names within names without end")
        shape = self.graph.shape(operand)
        letters = tuple(map(self._new, shape))
        symbol = work.name()
        term = self._entry(operand, letters)
        name: Term = Entry(symbol, letters) if letters else symbol
        working = work.working(term, work.pending(name), depth=depth + 1)
        return Let(name, term, working, shape, closed_form(self.graph, operand, self.atoms))

    def _local(
        self,
        number: int,
        operand: int,
        indices: tuple[Term, ...],
        into: tuple[Term, ...],
        named: Mapping[int, Term],
    ) -> Term:
        """The slope of one entry of an operation in one entry of an operand."""
        found = reverse(self.graph, number, [operand], local=True, convention=self.study.convention)
        if operand not in found:
            raise LookupError("the operation does not move with its argument")
        form = index_form(self.graph, found[operand], {**self.atoms, **named}, tidy=True)
        return eliminate(self._placed(form.term, form.free, (*indices, *into)), self.lengths)


def dim_of(length: Term) -> Dim:
    """The length that a sum runs over: a number, or a name (a computed one by its text)."""
    if isinstance(length, Number):
        return int(length.value)
    return length.name if isinstance(length, Length) else text(length)


def _folded(node: Operation) -> tuple[int, ...]:
    """The axes that a fold has left with length 1."""
    declared = TABLE.get(node.op)
    if not isinstance(declared, Structured) or declared.shape != "fold":
        return ()
    axes = dict(node.params).get("axis") or ()
    return tuple(k % len(node.shape) for k in axes)
