"""Local factors: for every edge u → s of the dependency graph, ∂s/∂u in index form and in matrix form."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from chainrule import budget
from chainrule.algebra import tidy
from chainrule.calculus.assumptions import Assumption, assumptions_of
from chainrule.calculus.closed_form import closed_form, find_closed_form
from chainrule.calculus.conditions import with_conditions, with_conditions_in_differentials
from chainrule.calculus.differentials import TELLING, differential, with_diagonals
from chainrule.calculus.index_form import index_form, split_deltas
from chainrule.calculus.inlining import NoForm
from chainrule.calculus.lines import Line, Working
from chainrule.calculus.listing import is_listed, is_small
from chainrule.calculus.numbered import goes_by_list, goes_by_number
from chainrule.calculus.reverse import reverse
from chainrule.calculus.rules import Step, derive
from chainrule.calculus.trigonometry import pythagorean
from chainrule.derivation.data import COTANGENT, Equation, Factor, StatementPart
from chainrule.derivation.facts import facts
from chainrule.derivation.reasons import reason
from chainrule.derivation.side_by_side import listed_working
from chainrule.derivation.study import Study
from chainrule.derivation.worked import along, worked
from chainrule.graph import Indexed, Input
from chainrule.indices import fresh
from chainrule.language.pipeline import Statement
from chainrule.notation.ranks import Ranks
from chainrule.shapes import Shape
from chainrule.terms import (
    ONE,
    ZERO,
    Apply,
    Entry,
    Index,
    Length,
    Partial,
    Summation,
    Symbol,
    Term,
    contains,
    slot,
    substitute,
    walk,
)


def statement_part(study: Study, statement: Statement) -> StatementPart:
    """A statement as written and entry by entry."""
    budget.check()
    shape = study.shape(statement.name)
    if statement.residual is not None:
        letters, left = _residual(study, statement, statement.residual)
        own, reads = statement.term, statement.depends_on
        return StatementPart(statement.name, shape, statement.node, own, letters, left, reads, None, True)
    if _is_scalar_line(study, statement):
        indices: tuple[Index, ...] = ()
        entry = statement.term
    else:
        indices, entry = _written_out(study, statement)
    return StatementPart(
        statement.name, shape, statement.node, statement.term, indices, entry, statement.depends_on, None
    )


def _written_out(study: Study, statement: Statement) -> tuple[tuple[Index, ...], Term]:
    """Letters and the statement's entry at them; where that is too long, an entry of what was written."""
    try:
        form = index_form(study.pipeline.graph, statement.node, study.around(statement, itself=False))
    except NoForm:
        letters = letters_for(study, statement.name)
        return letters, Entry(statement.term, letters) if letters else statement.term
    return form.free, form.term


def _residual(study: Study, statement: Statement, residual: int) -> tuple[tuple[Index, ...], Term]:
    """Letters and the entry of what an equation makes 0."""
    if not study.shape(statement.name) and all(not study.shape(name) for name in statement.depends_on):
        return (), statement.term
    try:
        form = index_form(study.pipeline.graph, residual, study.around(statement), through=True)
    except NoForm:
        letters = letters_for(study, statement.name)
        return letters, Entry(statement.term, letters) if letters else statement.term
    return form.free, form.term


def _equation(study: Study, statement: Statement, residual: int, source: int) -> Equation:
    """What differentiating both sides of F(x, y) = 0 gives."""
    graph, atoms = study.pipeline.graph, study.around(statement)
    wanted = [statement.node, source]
    found = reverse(graph, residual, wanted, local=True, convention=study.convention)
    sides = [found.get(node) for node in wanted]
    own, other = (
        ZERO if node is None else scalar_term(study, node) or _closed(study, node, atoms) for node in sides
    )
    return Equation(statement.term, own, other, _both_sides(study, statement, study.names[source]))


def _both_sides(study: Study, statement: Statement, wrt: str) -> Working | None:
    """An equation of numbers differentiated line by line, where that is asked for."""
    numbers = not any(study.shape(name) for name in (statement.name, *statement.depends_on))
    return along(study, statement, wrt) if study.detailed and numbers else None


def letters_for(study: Study, *names: str) -> tuple[Index, ...]:
    """Different letters for the axes of the tensors called ``names``."""
    count = sum(len(study.shape(name)) for name in names)
    return tuple(islice(fresh({*study.nodes, *study.pipeline.lengths}), count))


def _is_scalar_line(study: Study, statement: Statement) -> bool:
    """Whether a statement and all that it reads are scalars: then its entry is what was written."""
    return study.shape(statement.name) == () and all(study.shape(name) == () for name in statement.depends_on)


def factor(study: Study, statement: Statement, wrt: str) -> Factor | None:
    """∂statement/∂wrt inside the one statement; None where only a jump or a condition depends on it."""
    graph = study.pipeline.graph
    source = study.nodes[wrt]
    found = reverse(graph, statement.node, [source], local=True, convention=study.convention)
    if source not in found:
        return None
    node = found[source]
    of_letters, wrt_letters, entry, diagonal = _entry(study, statement, wrt, node)
    added = pythagorean(entry)
    short = study.shortened(added)
    if short != added:
        study.settled.add((statement.name, wrt))
    # Along a parameter, what is held constant is a coefficient: x = a*sin(t) has dx/dt.
    along = not any(map(study.shape, study.wrt))
    varying = [name for name in statement.depends_on if name == wrt or not (along and study.constant(name))]
    total = varying == [wrt] and not study.shape(statement.name) and not study.shape(wrt)
    label = Partial(_named(statement.name, of_letters), (_named(wrt, wrt_letters),), total)
    step = _step(study, statement, wrt, entry)
    shapes = {name: study.shape(name) for name in statement.depends_on}
    slopes = None
    if diagonal and _meet_in_order(of_letters, wrt_letters, study.shape(statement.name), study.shape(wrt)):
        slopes = _slopes(study, statement, source)
    matrix, acts_by = _matrix(study, statement, wrt, node, slopes, short)
    listed = _listed(study, statement, node, short)
    differential_lines, read_off = _differential(study, statement, wrt, node, matrix)
    residual = statement.residual
    assumes = _assumed(study, statement, wrt, entry, residual is not None)
    working = _worked(study, statement, wrt, label, entry, listed, step.rules()) if study.detailed else None
    equation = None if residual is None else _equation(study, statement, residual, source)
    return Factor(
        of=statement.name,
        wrt=wrt,
        node=node if slopes is None else slopes,
        jacobian=node,
        of_indices=of_letters,
        wrt_indices=wrt_letters,
        label=label,
        entry=short,
        diagonal=diagonal,
        rules=step.rules(),
        reason="; ".join([reason(step, shapes), *repeated(study, statement, wrt)]),
        working=None if working is None else with_conditions(working, facts(study, assumes)),
        matrix=matrix,
        acts_by=acts_by,
        value=None,
        check=None,
        equation=equation,
        assumes=assumes,
        listed=listed,
        differential=differential_lines,
        read_off=read_off,
    )


def _differential(
    study: Study, statement: Statement, wrt: str, node: int, matrix: Term | None
) -> tuple[tuple[Line, ...], Term | None]:
    """The lines in differentials for what is made of matrices, and the derivative that they end in."""
    of_matrices = any(isinstance(part, Apply) and part.op in TELLING for part in walk(statement.term))
    ranks = len(study.shape(statement.name)), len(study.shape(wrt))
    if not study.detailed or not of_matrices or ranks not in ((0, 1), (0, 2), (1, 1)):
        return (), None
    if ranks[0]:
        around = study.around(statement)
        matrix = closed_form(study.pipeline.graph, node, around)
        names = Ranks({name: len(study.shape(name)) for name in study.nodes})
        matrix = None if matrix is None else with_diagonals(matrix, names.of)
    lines = () if matrix is None else differential(statement.term, Symbol(wrt), matrix, ranks)
    said = with_conditions_in_differentials(lines, facts(study), Symbol(wrt))
    return said, matrix if said else None


def _assumed(
    study: Study, statement: Statement, wrt: str, entry: Term, implicit: bool
) -> tuple[Assumption, ...]:
    """What the statement takes for granted where it reads ``wrt``, and of the lengths that it divides by."""
    known = facts(study).known
    if implicit:
        # That the equation can be solved for its name shows in what is divided by.
        return assumptions_of(entry, known, study.defined)
    own = assumptions_of(statement.term, known, study.defined, Symbol(wrt))
    found = dict.fromkeys(own)
    for assumed in assumptions_of(entry, known):
        leaf = assumed.args[0] if isinstance(assumed, Apply) else None
        if isinstance(leaf, Length) and Symbol(leaf.name) not in study.words:
            found[assumed] = None
    return tuple(found)


def _meet_in_order(of: tuple[Index, ...], wrt: tuple[Index, ...], of_shape: Shape, wrt_shape: Shape) -> bool:
    """Whether entries depend on the entries at their own place alone, so that slopes have that shape too."""
    return of_shape == wrt_shape and all(
        a == b or dim == 1 for a, b, dim in zip(of, wrt, of_shape, strict=True)
    )


def _step(study: Study, statement: Statement, wrt: str, entry: Term) -> Step:
    """The rules of a factor: on the (cached) kernel where it is one, else on the written term."""
    graph = study.pipeline.graph
    node, source = graph[statement.node], study.nodes[wrt]
    if statement.residual is not None:
        return Step("implicit differentiation", Symbol(statement.name), entry, "")
    if isinstance(node, Indexed) and node.elementwise:
        reads = [position for position, operand in enumerate(node.operands) if operand.node == source]
        if len(reads) == 1 and all(operand.node in study.names for operand in node.operands):
            return derive(node.kernel, slot(reads[0]), study.convention)
    return derive(statement.term, Symbol(wrt), study.convention)


def repeated(study: Study, statement: Statement, wrt: str) -> list[str]:
    """What a statement does to a name that it broadcasts: along which axes it is repeated."""
    node, source = study.pipeline.graph[statement.node], study.nodes[wrt]
    if not isinstance(node, Indexed) or not node.elementwise or not node.shape:
        return []
    reads = [operand.axes for operand in node.operands if operand.node == source]
    if len(reads) != 1:
        return []
    missing = [k for k in range(node.rank) if k not in reads[0]]
    if not missing:
        return []
    if len(missing) == node.rank:
        return [f"{wrt} is repeated in every entry"]
    which = "axis" if len(missing) == 1 else "axes"
    return [f"{wrt} is repeated along {which} {' and '.join(map(str, missing))}"]


def _named(name: str, letters: tuple[Index, ...]) -> Term:
    return Entry(Symbol(name), letters) if letters else Symbol(name)


def _entry(
    study: Study, statement: Statement, wrt: str, node: int
) -> tuple[tuple[Index, ...], tuple[Index, ...], Term, bool]:
    """Letters of both sides, the factor's entry, and whether all other entries are zero.

    Where the entry would be too long, it is its own name.
    """
    scalar = scalar_term(study, node)
    if scalar is not None and study.shape(statement.name) == ():
        return (), (), scalar, False
    rank = len(study.shape(statement.name))
    try:
        form = index_form(study.pipeline.graph, node, study.around(statement), tidy=True)
    except NoForm:
        letters = letters_for(study, statement.name, wrt)
        of, into = letters[:rank], letters[rank:]
        return of, into, Partial(_named(statement.name, of), (_named(wrt, into),)), False
    found = split_deltas(form, rank)
    if found is None:
        return form.free[:rank], form.free[rank:], form.term, False
    return found.of, found.wrt, tidy(found.slope), True


def scalar_term(study: Study, node: int, atoms: Mapping[int, Term] | None = None) -> Term | None:
    """The expression of a scalar node that reads named scalars only; None for any other."""
    found = study.pipeline.graph[node]
    known = study.atoms if atoms is None else atoms
    if node in study.atoms:
        return None if study.pipeline.graph.shape(node) else study.atoms[node]
    if not isinstance(found, Indexed) or found.lengths:
        return None
    table: dict[Term, Term] = {}
    for position, operand in enumerate(found.operands):
        name = known.get(operand.node)
        if name is None or operand.axes:
            return None
        table[slot(position)] = name
    term = substitute(found.kernel, table)
    # A constant number is a coefficient: it moves to the front.
    return tidy(term) if any(isinstance(name, Length) for name in table.values()) else term


# --- matrix form ------------------------------------------------------------------------------------------


def _matrix(
    study: Study, statement: Statement, wrt: str, node: int, slopes: int | None, entry: Term
) -> tuple[Term | None, str | None]:
    """The matrix form of a factor, and how it meets the cotangent of the statement."""
    of_shape, wrt_shape = study.shape(statement.name), study.shape(wrt)
    if not of_shape:
        plain = not wrt_shape and not any(isinstance(part, (Entry, Summation)) for part in walk(entry))
        scalar = entry if plain else _closed(study, node, study.around(statement))
        return scalar, "product with the scalar cotangent" if scalar is not None else None
    if slopes is not None:
        return _closed(study, slopes, study.around(statement)), "elementwise product"
    return _applied(study, statement, study.nodes[wrt], of_shape)


def _closed(study: Study, node: int, atoms: Mapping[int, Term]) -> Term | None:
    """The closed form of a node, what it relies on kept for the notes."""
    found = find_closed_form(study.pipeline.graph, node, atoms)
    return None if found is None else study.told(found).term


def _worked(
    study: Study,
    statement: Statement,
    wrt: str,
    label: Partial,
    entry: Term,
    listed: Term | None,
    rules: tuple[str, ...],
) -> Working | None:
    """The lines of a factor: of all its entries side by side where they are listed, else of any one."""
    if statement.residual is None:
        found = None if listed is None else listed_working(study, statement, wrt, label.total, listed)
        return found or worked(study, statement, wrt, label, entry, rules)
    return None


def _listed(study: Study, statement: Statement, node: int, entry: Term) -> Term | None:
    """The derivative as a list of its entries, where the formula of one tells them by their numbers."""
    by_number = goes_by_number(entry) or goes_by_list(entry)
    if not by_number or not is_small(study.pipeline.graph.shape(node)):
        return None
    found = _closed(study, node, study.around(statement, itself=False))
    return found if is_listed(found) else None


def _slopes(study: Study, statement: Statement, source: int) -> int:
    """The tensor of slopes of a factor whose other entries are zero."""
    graph = study.pipeline.graph
    ones = graph.constant(ONE, study.shape(statement.name))
    found = reverse(graph, statement.node, [source], seed=ones, local=True, convention=study.convention)
    return found[source]


def _applied(
    study: Study, statement: Statement, source: int, of_shape: Shape
) -> tuple[Term | None, str | None]:
    """The factor as what it does to a cotangent: a matrix from one side where it is one."""
    graph = study.pipeline.graph
    name = next(n for n in (COTANGENT, "G", "g_bar", "cotangent") if n not in study.nodes)
    cotangent = graph.add(Input(name, of_shape, frozenset(["cotangent"])))
    pulled = reverse(graph, statement.node, [source], seed=cotangent, local=True, convention=study.convention)
    symbol = Symbol(name)
    form = _closed(study, pulled[source], {**study.around(statement), cotangent: symbol})
    if isinstance(form, Apply) and form.op == "matmul":
        left, right = form.args
        if right == symbol and not contains(left, symbol):
            return left, "matrix product from the left"
        if left == symbol and not contains(right, symbol):
            return right, "matrix product from the right"
    return (form, f"applied to the cotangent {name}") if form is not None else (None, None)
