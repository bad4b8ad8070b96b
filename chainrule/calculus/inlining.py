"""A node of the graph as one term of index notation: what is named stays an atom, the rest is written out.

Every letter of the result is its own: free letters are ``%0``, ``%1``, …, letters of sums ``s0``, ``s1``, …;
who prints the term gives them readable names.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from chainrule.algebra import Monomial, mul, tidy
from chainrule.calculus.addends import letters as letters_in
from chainrule.calculus.naming import Naming, entry
from chainrule.calculus.numbered import at_numbers, picked_by_number
from chainrule.calculus.picking import (
    as_unit_vector,
    backwards,
    lists_only,
    numbered_axes,
    overlapped,
    padding,
    placed,
    regrouped,
    reshaped_entry,
    side_by_side,
    summed_up,
    taken,
    window_entry,
)
from chainrule.calculus.regrouping import Made, Regrouping, Segment
from chainrule.calculus.written import read_from
from chainrule.graph import Indexed, Node, Operation, operand_ids
from chainrule.language.subscripts import ALL
from chainrule.ops import TABLE
from chainrule.ops.table import Structured
from chainrule.shapes import Dim, Shape, length_term
from chainrule.terms import (
    ONE,
    ZERO,
    Apply,
    Axis,
    Entry,
    Index,
    Number,
    Slot,
    Summation,
    Symbol,
    Term,
    integer,
    rewrite,
)

BY_PLACE = frozenset({"cumsum", "take", "place", "windows", "overlap_add", "reshape"})
"""The operations that move entries, or add them up as they are: index notation tells where they come from."""


class NoForm(Exception):
    """The node has no form of the kind that was asked for, or none within the limits."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a form may cost: nodes written out, size and depth of the term, width of the text."""

    nodes: int = 400
    size: int = 3000
    depth: int = 120
    width: int = 600


@dataclass(frozen=True, slots=True)
class Inlined:
    """The entry of a node at the letters ``free``.

    ``lengths`` has the length of every letter, ``read`` the numbers of the atoms that were met, ``written``
    the sums in it that the program has (their letters may have other names), and whether each begins with
    a transpose.
    """

    free: tuple[Index, ...]
    term: Term
    lengths: Mapping[str, Dim]
    read: Collection[int] = ()
    written: Mapping[Term, bool] = field(default_factory=dict)


AsTensor = Callable[[Inlined], Term]


class _Inliner:
    """Writes out the nodes below one node, earlier ones first."""

    def __init__(self, naming: Naming, as_tensor: AsTensor, limits: Limits, by_entry: bool) -> None:
        self.graph, self.atoms = naming.graph, naming.atoms
        self.naming = naming
        self.as_tensor = as_tensor
        self.limits = limits
        self.by_entry = by_entry
        self.lengths: dict[str, Dim] = {}
        self.forms: dict[int, Term] = {}
        self._sizes: dict[int, tuple[int, int]] = {}
        self._used: set[int] = set()
        self._read_atoms: set[int] = set()
        self._written: dict[Term, bool] = {}
        self._made: dict[Term, Made] = {}
        self._count = 0

    def run(self, target: int, through: bool) -> Inlined:
        for number in self._needed(target, through):
            node = self.graph[number]
            for place, dim in enumerate(node.shape):
                self.lengths[f"%{place}"] = dim
            if (alias := self.naming.aliases.get(number)) is not None and alias[0] != target:
                form = self._alias(*alias)
            elif isinstance(node, Indexed):
                self._measure(number, node.kernel, operand_ids(node))
                form = self._indexed(number, node)
            elif isinstance(node, Operation):
                form = self._operation(node)
                self._measure(number, form, ())
            else:
                form = entry(Symbol(node.name), free_letters(len(node.shape)))
            self.forms[number] = form
        shape = self.graph.shape(target)
        self.lengths.update({f"%{place}": dim for place, dim in enumerate(shape)})
        free = free_letters(len(shape))
        if target not in self.forms:
            return Inlined(free, entry(self.atoms[target], free), self.lengths, {target})
        return Inlined(free, self.forms[target], self.lengths, self._read_atoms, self._written)

    def _needed(self, target: int, through: bool) -> list[int]:
        """The nodes that are no atoms, from ``target`` down to atoms, in order of definition."""
        if target in self.atoms and not through:
            return []
        seen = {target}
        stack = [target]
        while stack:
            number = stack.pop()
            if self.naming.aliases.get(number, (target,))[0] != target:
                continue
            for operand in operand_ids(self.graph[number]):
                if operand not in seen and operand not in self.atoms:
                    seen.add(operand)
                    stack.append(operand)
            if len(seen) > self.limits.nodes:
                raise NoForm("too many nodes to write out")
        return sorted(seen)

    def _measure(self, number: int, kernel: Term, reads: Sequence[int]) -> None:
        """Give up where the term of a node would be too large, before it is written."""
        size, depth, level = 0, 0, [kernel]
        below = [self._sizes.get(read, (1, 1)) for read in reads]
        while level:
            depth += 1
            size += sum(below[p.position][0] if isinstance(p, Slot) else 1 for p in level)
            level = [child for part in level for child in part.children]
        depth += 1 + max((deep for _, deep in below), default=0)
        if size > self.limits.size or depth > self.limits.depth:
            raise NoForm("too large to write out")
        self._sizes[number] = size, depth

    def _fresh(self, dim: Dim) -> Index:
        letter = Index(f"s{self._count}")
        self._count += 1
        self.lengths[letter.name] = dim
        return letter

    def _indexed(self, number: int, node: Indexed) -> Term:
        bound = tuple(self._fresh(dim) for dim in node.bound)
        letters: list[Term] = [*free_letters(node.rank), *bound]

        def change(part: Term) -> Term | None:
            if isinstance(part, Slot):
                operand = node.operands[part.position]
                places = tuple(ZERO if k is None else letters[k] for k in operand.axes)
                return self._read(operand.node, places)
            if isinstance(part, Axis):
                return letters[part.position]
            return self.naming.recognised(part, node.operands, letters, number)

        body = rewrite(node.kernel, change)
        for part, key in read_from(node.kernel, node.operands):
            begins_with_transpose = self.naming.written(key)
            if begins_with_transpose is not None:
                self._written[rewrite(part, change)] = begins_with_transpose
        return Summation(bound, tuple(map(length_term, node.bound)), body) if bound else body

    def _alias(self, number: int, axes: tuple[int | None, ...]) -> Term:
        """The entry of a node that a named one repeats without its axes of length 1."""
        self._read_atoms.add(number)
        letters = free_letters(len(axes))
        placed = {k: letter for k, letter in zip(axes, letters, strict=True) if k is not None}
        return entry(self.atoms[number], tuple(placed[k] for k in sorted(placed)))

    def _operation(self, node: Operation) -> Term:
        if self.by_entry and node.op in BY_PLACE:
            picked = self._picked(node)
            if picked is not None:
                return picked
        if node.op == "reshape" and (apart := self._regrouped(node)) is not None:
            return apart
        if node.op == "take" and (inside := self._picked_inside(node)) is not None:
            return inside
        if node.op == "place":
            return self._placed(node)
        if node.op == "overlap_add" and (repeated := self._repeated(node)) is not None:
            return repeated
        if node.op == "cofactors":
            return self._cofactors(node)
        first = self.graph.shape(node.operands[0]) if node.operands else ()
        written = Apply(node.op, tuple(map(self._tensor, node.operands)), _written_params(node, first))
        return Entry(as_unit_vector(written), free_letters(len(node.shape)))

    def _tensor(self, number: int) -> Term:
        return self.atoms[number] if number in self.atoms else self.as_tensor(self._whole(number))

    def _cofactors(self, node: Operation) -> Term:
        """As textbooks write them: the determinant, by name if it has one, times the transposed inverse."""
        *batch, i, j = free_letters(len(node.shape))
        matrix = self._tensor(node.operands[0])
        named = (term for number, term in self.atoms.items() if _is_det(self.graph[number], node.operands))
        determinant = next(named, Apply("det", (matrix,)))
        return Apply(
            "mul", (entry(determinant, tuple(batch)), Entry(Apply("inv", (matrix,)), (*batch, j, i)))
        )

    def _whole(self, number: int) -> Inlined:
        """What an operation reads, in a form that is a tensor: with subscripts instead of picked entries."""
        if self.by_entry:
            found = _Inliner(self.naming, self.as_tensor, self.limits, by_entry=False).run(
                number, through=False
            )
            self._read_atoms.update(found.read)
            return found
        shape = self.graph.shape(number)
        self.lengths.update({f"%{place}": dim for place, dim in enumerate(shape)})
        free = free_letters(len(shape))
        if number in self.atoms:
            return Inlined(free, entry(self.atoms[number], free), self.lengths)
        return Inlined(free, self.forms[number], self.lengths, written=self._written)

    def _picked(self, node: Operation) -> Term | None:
        (number,) = node.operands
        letters = free_letters(len(node.shape))

        def operand(indices: tuple[Term, ...]) -> Term:
            return self._read(number, indices)

        shape = self.graph.shape(number)
        if node.op == "cumsum":
            return summed_up(node, operand, letters, self._fresh)
        turned = None if number in self.atoms else backwards(self.graph, node)
        if turned is not None and turned[1] not in self.atoms:
            total, _, start = turned
            return summed_up(total, lambda k: self._read(start, k), letters, self._fresh, later=True)
        if node.op == "place":
            return placed(node, operand, shape, letters, self._fresh)
        if node.op == "windows":
            return window_entry(node, operand, letters)
        if node.op == "overlap_add":
            return overlapped(node, operand, shape, letters, self._fresh)
        if node.op == "reshape":
            return reshaped_entry(node, operand, shape, letters)
        read = self.graph[number]
        if number not in self.atoms and isinstance(read, Operation) and read.op in ("one_hot", "softmax"):
            return None  # a part of a row, told as a tensor, is not taken for a row that sums to one
        return taken(node, operand, shape, letters)

    def _regrouped(self, node: Operation) -> Term | None:
        """A reshape factor by factor, and joined factors as a Kronecker product."""
        (number,) = node.operands
        if self.by_entry:
            return None
        form, old = self._whole(number), self.graph.shape(number)
        constant = tidy(form.term)
        if not letters_in(constant):
            return constant
        groups = regrouped(old, node.shape)
        if groups is None:
            return None
        short = ([k for k, dim in enumerate(shape) if dim == 1] for shape in (old, node.shape))
        groups += [([k], [place]) for k, place in zip(*short, strict=False)]
        groups.sort(key=itemgetter(1))
        new = tuple(Index(f"+{place}") for place in range(len(node.shape)))
        segments = [
            Segment(
                tuple(form.free[k] for k in olds),
                tuple(new[k] for k in news),
                tuple(node.shape[k] for k in news),
            )
            for olds, news in groups
        ]

        def tensor(term: Term, order: tuple[Index, ...]) -> Term:
            return self.as_tensor(Inlined(order, term, self.lengths, form.read, self._written))

        work = Regrouping(segments, self.lengths, self._fresh, tensor, self._made)
        found = work.of(form.term)
        if found is None:
            base = Apply("reshape", (self._tensor(number),), (("shape", node.shape),))
            if sum(len(segment.after) for segment in segments) == len(new):
                work.note(base, form.term, segments)
            return Entry(base, free_letters(len(new)))
        names: dict[Term, Term] = dict(zip(new, free_letters(len(new)), strict=True))
        return rewrite(found, names.get)

    def _picked_inside(self, node: Operation) -> Term | None:
        """An entry, row or column of what is written out: (A x)[0] is A[0] x; None for other picks."""
        (number,) = node.operands
        shape, items = self.graph.shape(number), dict(node.params)["items"]
        if number in self.atoms or not all(
            item == ALL or (isinstance(item, int) and item >= 0) for item in items
        ):
            return None
        letters = iter(free_letters(len(node.shape)))
        full = (*(ALL,) * (len(shape) - len(items)), *items)
        places = tuple(integer(item) if isinstance(item, int) else next(letters) for item in full)
        return picked_by_number(at_numbers(self._read(number, places)))

    def _placed(self, node: Operation) -> Term:
        """Entries in their places, as one writes it: padded with zeros, or times a matrix of 0 and 1."""
        number, letters = node.operands[0], free_letters(len(node.shape))
        widths = padding(node)
        if widths is not None:
            return self._of_tensor(
                number, lambda whole: Apply("pad", (whole,), (("widths", widths),)), letters
            )
        numbers = numbered_axes(node)
        if numbers is not None:
            kept = tuple(letter for axis, letter in enumerate(letters) if axis not in numbers)
            units = (Entry(unit, (letters[axis],)) for axis, unit in numbers.items())
            return mul(self._read(number, kept), *units)
        picked = self._picked(node) if lists_only(node) else None
        if picked is None:
            raise NoForm("no expression puts entries in their places")
        return picked

    def _repeated(self, node: Operation) -> Term | None:
        """Windows side by side with equal entries: each entry several times."""
        (number,) = node.operands
        if number in self.atoms or not side_by_side(node, self.graph.shape(number)):
            return None
        whole = self._whole(number)
        used = letters_in(whole.term)
        params = dict(node.params)
        axis = params["axis"] % len(node.shape)
        kept = tuple(k for k in whole.free if k in used)
        if whole.free[-1] in used or whole.free[axis] not in used:
            return None
        words = (("axis", kept.index(whole.free[axis])), ("repeats", params["size"]))
        form = Inlined(kept, whole.term, whole.lengths, whole.read)
        return self._scaled(form, lambda inner: Apply("repeat_interleave", (inner,), words), kept)

    def _of_tensor(self, number: int, wrap: Callable[[Term], Term], out: tuple[Index, ...]) -> Term:
        """The entry of a linear operation on a node, with a coefficient of it in front."""
        if number in self.atoms:
            self._read_atoms.add(number)
            return Entry(wrap(self.atoms[number]), out)
        return self._scaled(self._whole(number), wrap, out)

    def _scaled(self, form: Inlined, wrap: Callable[[Term], Term], out: tuple[Index, ...]) -> Term:
        whole = Monomial.of(tidy(form.term))
        coefficient = Number(whole.coefficient, whole.decimal)
        rest = Monomial(powers=whole.powers).term()
        if coefficient == ONE or letters_in(rest) != letters_in(form.term):
            return Entry(wrap(self.as_tensor(form)), out)
        inner = wrap(self.as_tensor(Inlined(form.free, rest, form.lengths, form.read)))
        return mul(coefficient, Entry(inner, out))

    def _read(self, number: int, indices: tuple[Term, ...]) -> Term:
        """The entry of node ``number`` at ``indices``, with letters of sums of its own."""
        if number in self.atoms:
            self._read_atoms.add(number)
            return entry(self.atoms[number], indices)
        table: dict[Term, Term] = dict(zip(free_letters(len(indices)), indices, strict=True))
        fresh = number in self._used
        self._used.add(number)
        return self._relettered(self.forms[number], table, fresh)

    def _relettered(self, form: Term, table: dict[Term, Term], fresh: bool) -> Term:
        def change(part: Term) -> Term | None:
            if isinstance(part, Index):
                return table.get(part, part)
            if isinstance(part, Summation):
                if fresh:
                    for letter in part.indices:
                        table[letter] = self._fresh(self.lengths[letter.name])
                renamed = tuple(table.get(letter, letter) for letter in part.indices)
                letters = tuple(letter for letter in renamed if isinstance(letter, Index))
                return Summation(letters, part.lengths, rewrite(part.body, change))
            return None

        return rewrite(form, change)


def _is_det(node: Node, operands: tuple[int, ...]) -> bool:
    return isinstance(node, Operation) and node.op == "det" and node.operands == operands


def free_letters(rank: int) -> tuple[Index, ...]:
    """The letters of the axes of what is being written out."""
    return tuple(Index(f"%{place}") for place in range(rank))


def _written_params(node: Operation, operand: Shape) -> tuple[tuple[str, object], ...]:
    """An operation's params as one writes them: defaults left out, folds with keepdims as they are."""
    params = dict(node.params)
    if node.op == "take":
        items = (ALL,) * (len(operand) - len(params["items"])) + params["items"]
        return (("items", items[: 1 + max(k for k, item in enumerate(items) if item != ALL)]),)
    op = TABLE.get(node.op)
    if isinstance(op, Structured):
        if op.shape == "fold":
            params["keepdims"] = True
            folded = params.pop("axis", None) or ()
            if len(folded) < len(operand):
                params["axis"] = tuple(k % len(operand) for k in folded)
        for name, default in op.signature.defaults:
            if name in params and str(params[name]) == default:
                del params[name]
    return tuple(sorted((name, value) for name, value in params.items() if value is not None))


def inline(
    naming: Naming,
    number: int,
    as_tensor: AsTensor,
    limits: Limits,
    through: bool = False,
    by_entry: bool = False,
) -> Inlined:
    """The entry of node ``number`` with everything that is no atom written out.

    as_tensor: makes the tensor of a form, for the operands of operations. through: write out the node
    itself even where it is an atom, as its definition. by_entry: entries that are picked or put in place
    are told by their indices, not as tensors.

    Raises:
        NoForm: too many nodes, or too large a term.
    """
    return _Inliner(naming, as_tensor, limits, by_entry).run(number, through)
