"""Which nodes are atoms, what they are called, and where the definition of one can be read in a formula."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from chainrule.algebra import tidy
from chainrule.calculus.written import written
from chainrule.graph import Graph, Indexed, Input, Node, Operand, Operation
from chainrule.terms import ZERO, Apply, Axis, Entry, Slot, Term, walk

UNIT_ROWS = frozenset({"probability", "onehot"})
_ARITHMETIC = frozenset({"add", "neg", "mul", "div", "pow", "delta"})
MAX_COMPOSED = 12


class Naming:
    """The atoms of closed and index forms; to be reused for many nodes of one graph.

    ``atoms`` maps the numbers of nodes to the terms that name them. Assumptions about inputs among them
    give ``unit_rows``, the tensors whose last axis sums to one, and ``symmetric`` matrices; ``square`` ones
    show by their shape, ``norms`` by their operation. ``aliases`` are nodes without a name that an atom
    repeats: its number, and which of its axes is each of theirs. ``known`` has definitions of atoms, in
    closed form, as they are asked for.
    """

    def __init__(self, graph: Graph, atoms: Mapping[int, Term]) -> None:
        self.graph = graph
        self.atoms = atoms
        self.known: dict[int, Term | None] = {}
        self.aliases: dict[int, tuple[int, tuple[int | None, ...]]] = {}
        self._functions: dict[str, list[tuple[int, Term]]] = {}
        self._composed: dict[int, list[int]] = {}
        unit_rows: set[Term] = set()
        symmetric: set[Term] = set()
        square: set[Term] = set()
        norms: set[Term] = set()
        scalars: set[Term] = set()
        for number, term in atoms.items():
            node = graph[number]
            if len(node.shape) == 2 and node.shape[0] == node.shape[1]:
                square.add(term)
            if not node.shape:
                scalars.add(term)
            if self._is_norm(node):
                norms.add(term)
            if isinstance(node, Input) and node.assumptions:
                if node.assumptions & UNIT_ROWS and node.shape:
                    unit_rows.add(term)
                if "symmetric" in node.assumptions and len(node.shape) == 2:
                    symmetric.add(term)
            elif isinstance(node, Indexed):
                self._learn(number, node)
        self.unit_rows, self.symmetric = frozenset(unit_rows), frozenset(symmetric)
        self.square, self.norms, self.scalars = frozenset(square), frozenset(norms), frozenset(scalars)

    def _learn(self, number: int, node: Indexed) -> None:
        kernel = node.kernel
        if isinstance(kernel, Slot) and node.elementwise:
            (operand,) = node.operands
            if operand.node not in self.atoms and len(set(operand.axes) - {None}) == node.rank:
                self.aliases[operand.node] = number, operand.axes
        elif isinstance(kernel, Apply) and kernel.op not in _ARITHMETIC and node.elementwise:
            kernels = dict.fromkeys((kernel, tidy(kernel)))
            self._functions.setdefault(kernel.op, []).extend((number, form) for form in kernels)
        elif isinstance(kernel, Slot) or (isinstance(kernel, Apply) and kernel.op in ("mul", "div")):
            first = next((o.node for o in node.operands if o.node in self.atoms), None)
            if first is not None:
                self._composed.setdefault(first, []).append(number)

    def _is_norm(self, node: Node) -> bool:
        if isinstance(node, Indexed) and node.elementwise and isinstance(node.kernel, Slot):
            node = self.graph[node.operands[0].node]
        return isinstance(node, Operation) and node.op == "norm"

    @cached_property
    def distinguishes(self) -> bool:
        """Whether the program itself distinguishes cases."""
        return any(
            isinstance(part, Apply) and part.op == "where"
            for node in self.graph.nodes[: self.graph.written]
            if isinstance(node, Indexed)
            for part in walk(node.kernel)
        )

    def written(self, total: Term) -> bool | None:
        """Whether a sum of the program, told by the nodes that it reads, begins with a transpose.

        None where the program has no such sum.
        """
        return self._sums.get(total)

    @cached_property
    def _sums(self) -> Mapping[Term, bool]:
        return written(self.graph)

    def recognised(
        self, part: Term, operands: Sequence[Operand], letters: Sequence[Term], below: int
    ) -> Term | None:
        """The entry of the atom that computes ``part`` of a kernel over ``operands``, if there is one.

        Only atoms with a number under ``below`` count, so that none is written through itself.
        """
        if not isinstance(part, Apply) or part.op not in self._functions:
            return None
        for number, kernel in self._functions[part.op]:
            node = self.graph[number]
            if number >= below or not isinstance(node, Indexed):
                continue
            places: dict[int, int | None] = {}
            if _same(kernel, node.operands, part, operands, places) and len(places) == node.rank:
                at = tuple(ZERO if k is None else letters[k] for _, k in sorted(places.items()))
                return entry(self.atoms[number], at)
        return None

    def composed(self, read: Iterable[int], below: int) -> list[int]:
        """Atoms that are defined as a product, a quotient or a sum with one of the atoms ``read`` in it."""
        found = [number for atom in sorted(read) for number in self._composed.get(atom, ()) if number < below]
        return found[:MAX_COMPOSED]


def entry(base: Term, indices: tuple[Term, ...]) -> Term:
    """One entry of a tensor; a named scalar is its own entry."""
    return base if not indices and not isinstance(base, Apply) else Entry(base, indices)


def _same(
    a: Term, reads_a: Sequence[Operand], b: Term, reads_b: Sequence[Operand], places: dict[int, int | None]
) -> bool:
    """Whether kernel ``a`` is kernel ``b`` with its running index k called places[k]."""
    if isinstance(a, Slot) and isinstance(b, Slot):
        ours, theirs = reads_a[a.position], reads_b[b.position]
        return ours.node == theirs.node and all(
            (x is None and y is None) or (x is not None and places.setdefault(x, y) == y)
            for x, y in zip(ours.axes, theirs.axes, strict=True)
        )
    if isinstance(a, Axis) and isinstance(b, Axis):
        return places.setdefault(a.position, b.position) == b.position
    if isinstance(a, Apply) and isinstance(b, Apply):
        return (a.op, a.params, len(a.args)) == (b.op, b.params, len(b.args)) and all(
            _same(x, reads_a, y, reads_b, places) for x, y in zip(a.args, b.args, strict=True)
        )
    return a == b
