"""Where calculus bites at the given values: kinks, jumps and undefined entries, told in sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import islice, product

from chainrule.calculus.rules import CONVENTIONS
from chainrule.derivation.corners import At, approached, laid_out_places, placed
from chainrule.derivation.data import Factor, Gradient, Quantity, StatementPart, Trouble
from chainrule.derivation.numbers import Numbers
from chainrule.derivation.study import Study
from chainrule.graph import Graph, Indexed, Input, Operation
from chainrule.language.elaborate import condition
from chainrule.laws import LAWS
from chainrule.notation.text import text
from chainrule.numeric.arithmetic import Context, order
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.exact import Exact
from chainrule.numeric.floats import Floats
from chainrule.numeric.kinks import Met, kinks_met
from chainrule.numeric.tensors import Tensor
from chainrule.numeric.trouble import Trouble as Found
from chainrule.numeric.trouble import find_trouble
from chainrule.ops import TABLE
from chainrule.ops.table import UNDEFINED, Composite, Pointwise, Structured
from chainrule.shapes import bind, entries
from chainrule.terms import Apply, Slot, Symbol, Term, contains, substitute, walk

MOST = 12
MANY = 200_000
_SHORT_INTERVAL = 24

Point = Mapping[int, Tensor]


def kinks(study: Study, values: Point, lengths: Mapping[str, int]) -> list[Trouble]:
    """Every kink and jump that the values sit on, statement by statement, at most MOST of them."""
    graph = study.pipeline.graph
    nodes = order(graph, [study.nodes[study.output]])
    looked_at = [n for n in nodes if n in moving_nodes(study, nodes) and may_bite(graph, n)]
    size = sum(
        entries([d if isinstance(d, int) else 1 for d in bind(graph.shape(n), lengths)]) for n in nodes
    )
    if not looked_at or size > MANY:
        return []
    wanted = set(looked_at) | {k for n in looked_at for k in _operands(graph, n)}
    tensors = evaluate(graph, sorted(wanted), values, lengths, Floats(LAWS))
    tensors |= evaluate(graph, sorted(wanted), values, lengths, Exact(LAWS), partial=True)
    exact = Exact(LAWS)
    found: list[Trouble] = []
    for number in looked_at:
        met = kinks_met(graph, number, tensors, Context(lengths), exact, condition)
        name = statement_of(study, number)
        # Where two arguments meet, each has a kink, and one sentence tells both.
        met = islice(filter(_moves, met), 2 * MOST)
        told = {one.sentence: one for m in met if (one := _told(study, number, name, m))}
        found += islice(told.values(), MOST - len(found))
        if len(found) >= MOST:
            break
    return found


def _moves(met: Met) -> bool:
    """Whether the argument that the kink is about varies: a bound that is a number does not."""
    if met.kink is None or not isinstance(met.part, Apply):
        return True
    return any(isinstance(piece, Slot) for piece in walk(met.part.args[met.kink.operand]))


def may_bite(graph: Graph, number: int) -> bool:
    """Whether a node contains anything with a kink or a jump."""
    node = graph[number]
    if isinstance(node, Operation):
        declared = TABLE.get(node.op)
        return isinstance(declared, Structured) and bool(declared.kinks)
    if not isinstance(node, Indexed):
        return False
    return any(isinstance(part, Apply) and _bites(part.op) for part in walk(node.kernel))


def _bites(op: str) -> bool:
    declared = TABLE.get(op)
    return isinstance(declared, Pointwise) and bool(declared.kinks or declared.jumps)


def _operands(graph: Graph, number: int) -> Iterable[int]:
    node = graph[number]
    if isinstance(node, Indexed):
        return [operand.node for operand in node.operands]
    return node.operands if isinstance(node, Operation) else ()


def moving_nodes(study: Study, nodes: Sequence[int]) -> set[int]:
    """The nodes that depend on something that is differentiated."""
    moving = {study.nodes[name] for name in study.wrt}
    for number in nodes:
        if any(k in moving for k in _operands(study.pipeline.graph, number)):
            moving.add(number)
    return moving


def statement_of(study: Study, number: int) -> str:
    """The statement inside which a node stands: the first named one from it on."""
    if number in study.names:
        return study.names[number]
    return next((s.name for s in study.pipeline.statements if s.node > number), study.output)


def in_names(study: Study, number: int, part: Term) -> Term:
    """A part of a node's kernel with the names of what its slots read, whole tensors at a time."""
    node = study.pipeline.graph[number]
    statement = study.statements[statement_of(study, number)]
    if isinstance(node, Operation):
        return _matching(statement.term, part) or statement.term
    reads = list(_operands(study.pipeline.graph, number))
    table: dict[Term, Term] = {}
    for piece in walk(part):
        if isinstance(piece, Slot):
            known = study.atoms.get(reads[piece.position])
            if known is not None:
                table[piece] = known
    named = substitute(part, table)
    if any(isinstance(piece, Slot) for piece in walk(named)):
        return _matching(statement.term, part) or statement.term
    return named


def _of_derivative(study: Study, found: Found) -> Term:
    """The failing part of a derivative's node; an anonymous intermediate in it goes by its value."""
    reads = list(_operands(study.pipeline.graph, found.node))
    table: dict[Term, Term] = {}
    for piece in walk(found.part):
        if isinstance(piece, Slot):
            table[piece] = study.with_adjoints.get(reads[piece.position], Symbol("value"))
    return substitute(found.part, table)


def _matching(written: Term, part: Term) -> Term | None:
    """The first application of the same operation in what was written, or of a program that uses it."""
    if not isinstance(part, Apply):
        return None
    applied = [p for p in walk(written) if isinstance(p, Apply)]
    return next(
        (p for p in applied if p.op == part.op), next((p for p in applied if _uses(p, part.op)), None)
    )


def _uses(term: Apply, op: str) -> bool:
    declared = TABLE.get(term.op)
    return isinstance(declared, Composite) and f"{op}(" in declared.program


def _told(study: Study, number: int, name: str, met: Met) -> Trouble | None:
    part = in_names(study, number, met.part)
    place = at_entry(study, number, name, met.entry)
    shown = text(part)
    if met.kink is None:
        return Trouble(
            "jump", name, met.entry, part, f"{shown} jumps {place}: it has no derivative there; 0 is used"
        )
    between = _interval(met)
    subgradients = f", subgradients {between}" if len(between) <= _SHORT_INTERVAL else ""
    choice = met.kink.choice(study.convention)
    used = "no derivative is given" if choice == UNDEFINED else f"{_slope(met, choice)} is used"
    told = [f"by the {study.convention} convention {used}", *_of_others(study, met, choice)]
    if met.kink.note and study.convention == "torch":
        told.append(met.kink.note)
    sentence = f"{shown} has a kink {place}: not differentiable there{subgradients}; " + "; ".join(told)
    return Trouble("kink", name, met.entry, part, sentence)


def _of_others(study: Study, met: Met, choice: str) -> Iterator[str]:
    """What the other libraries take, where it is something else."""
    assert met.kink is not None
    for other in CONVENTIONS:
        theirs = met.kink.choice(other)
        if other not in (study.convention, "error") and theirs != choice:
            yield (
                f"{other} has no number"
                if theirs == UNDEFINED
                else f"{other} would use {_slope(met, theirs)}"
            )


def at_entry(study: Study, number: int, name: str, entry: tuple[int, ...]) -> str:
    """``at y[1]``; of an anonymous node inside a statement, ``in y, at its entry [1]``."""
    shape, whole = study.pipeline.graph.shape(number), study.shape(name)
    # A fold keeps its axes with length 1; the statement does not.
    short = tuple(dim for dim in shape if dim != 1) == tuple(dim for dim in whole if dim != 1)
    if short or not entry:
        rank = len(shape) != len(whole)
        return "at " + placed(
            name, tuple(k for k, dim in zip(entry, shape, strict=True) if not (rank and dim == 1))
        )
    return f"in {name}, at its own entry [{', '.join(map(str, entry))}]"


def _slope(met: Met, spelled: str) -> str:
    """A slope of the op table with its options filled in."""
    declared = TABLE[met.part.op]
    for parameter, value in zip(declared.signature.parameters, met.values, strict=False):
        if spelled == parameter:
            return str(value)
    return spelled


def _interval(met: Met) -> str:
    assert met.kink is not None
    left, right = (_slope(met, side) for side in met.kink.between)
    if _is_number(left) and _is_number(right) and Fraction(left) > Fraction(right):
        left, right = right, left
    return f"[{left}, {right}]"


def _is_number(spelled: str) -> bool:
    try:
        Fraction(spelled)
    except ValueError:
        return False
    return True


# --- undefined entries ---------------------------------------------------------------------------------


def without_kinks(study: Study, part: Factor, troubles: Sequence[Trouble]) -> Factor:
    """The factor with null where its statement has a kink, if no number is to be given there."""
    quantity = part.value
    if study.convention != "error" or quantity is None:
        return part
    name = Symbol(part.wrt)
    met = {
        one.entry
        for one in troubles
        if one.kind == "kink" and one.statement == part.of and contains(one.part, name)
    }
    rank = len(study.shape(part.of))
    places = (place[:rank] for place in product(*map(range, quantity.shape)))
    floats = tuple(
        None if place in met else value for place, value in zip(places, quantity.floats, strict=True)
    )
    return part if floats == quantity.floats else replace(part, value=Quantity(quantity.shape, floats))


def masked(
    study: Study,
    part: Gradient,
    output: Quantity | None,
    values: Point,
    lengths: Mapping[str, int],
) -> Gradient:
    """The gradient with null wherever the value that it differentiates, or it itself, is not defined."""
    quantity = part.value
    if quantity is None or output is None:
        return part
    width = len(quantity.floats) // max(1, len(output.floats))
    places = laid_out_places(part)
    straight = [
        None if output.floats[k // width] is None else quantity.floats[p] for k, p in enumerate(places)
    ]
    if None not in straight:
        return part
    floats = list(quantity.floats)
    for place, value in zip(places, straight, strict=True):
        floats[place] = value
    troubles = list(_reasons(study, part, straight, output, values, lengths))
    exact = None if quantity.exact is None or None in floats else quantity.exact
    return replace(
        part, value=replace(quantity, floats=tuple(floats), exact=exact), undefined=tuple(troubles)
    )


def undefined_statements(
    study: Study,
    parts: Sequence[StatementPart],
    found: Numbers,
    values: Point,
    lengths: Mapping[str, int],
) -> list[Trouble]:
    """Statements that have no value somewhere, the first of each chain of causes only."""
    seen: dict[str, Trouble] = {}
    for part in parts:
        quantity = found.quantity(part.node)
        if quantity is None or None not in quantity.floats:
            continue
        place = next(islice(_undefined_places(quantity), 1))
        told = reason(study, part.node, place, values, lengths)
        if told is not None:
            seen.setdefault(told.sentence, told)
        if len(seen) == MOST:
            break
    return list(seen.values())


def _undefined_places(quantity: Quantity) -> Iterator[tuple[int, ...]]:
    places = product(*map(range, quantity.shape))
    return (place for place, value in zip(places, quantity.floats, strict=True) if value is None)


def _reasons(
    study: Study,
    part: Gradient,
    floats: Sequence[float | None],
    output: Quantity,
    values: Point,
    lengths: Mapping[str, int],
) -> Iterator[Trouble]:
    """Why the first few entries are undefined: the value's own trouble, or the derivative's."""
    assert part.value is not None
    shape = bind(study.pipeline.graph.shape(part.jacobian), lengths)
    places = product(*(range(dim) for dim in shape if isinstance(dim, int)))
    undefined = [place for place, value in zip(places, floats, strict=True) if value is None]
    rank = len(output.shape)
    seen: set[str] = set()
    for place in undefined[:MOST]:
        out = place[:rank]
        flat = _flat(out, output.shape)
        of_value = output.floats[flat] is None
        number = study.nodes[part.of] if of_value else part.jacobian
        whose = None if of_value else f"d{part.of}/d{' d'.join(part.wrt)}"
        told = reason(study, number, out if of_value else place, values, lengths, whose)
        if told is not None and told.sentence not in seen:
            seen.add(told.sentence)
            more = ""
            if part.order == 1 and told.kind != "overflow":
                more = approached(study, part.wrt[0], (out, place[rank:]), At(values, lengths))
            yield replace(told, sentence=told.sentence + more)


def _flat(place: tuple[int, ...], shape: tuple[int, ...]) -> int:
    out = 0
    for k, length in zip(place, shape, strict=True):
        out = out * length + k
    return out


_WHY: Mapping[str, Callable[[str], str]] = {
    "pole": lambda part: f"{part} is a division by zero",
    "domain": lambda part: f"{part} is not a real number",
    "zero times infinity": lambda part: f"{part} is 0 times infinity",
    "overflow": lambda part: f"{part} is beyond the range of floating-point numbers",
    "singular": lambda part: f"{part} does not exist, for the matrix is singular",
    "rank": lambda part: f"{part} does not exist, for the rank of the matrix is not full",
    "indefinite": lambda part: f"{part} does not exist, for the matrix is not positive definite",
}
_KINDS = frozenset({"pole", "domain", "overflow"})
_OF_MATRICES = frozenset({"singular", "rank", "indefinite"})


def reason(
    study: Study,
    number: int,
    entry: tuple[int, ...],
    values: Point,
    lengths: Mapping[str, int],
    derivative: str | None = None,
) -> Trouble | None:
    """Why node ``number`` (a statement's, or that of a ``derivative``) has no value at ``entry``."""
    graph = study.pipeline.graph
    found = find_trouble(graph, number, values, lengths, LAWS, entry=entry)
    if found is None:
        return None
    last = max((s.node for s in study.pipeline.statements), default=0)
    inside_program = found.node <= last and not isinstance(graph[found.node], Input)
    name = statement_of(study, found.node) if inside_program else study.output
    part = in_names(study, found.node, found.part) if inside_program else _of_derivative(study, found)
    spelled = _with_values(found.part, found.values)
    if found.kind in _OF_MATRICES or (inside_program and isinstance(graph[found.node], Operation)):
        spelled = text(part)
    why = _WHY[found.kind](spelled)
    whole = found.kind in _OF_MATRICES
    place = placed(name, found.entry if inside_program and not whole else ())
    if derivative is not None and not inside_program:
        place = placed(derivative, () if whole else entry)
    kind = found.kind if found.kind in _KINDS else "undefined"
    return Trouble(kind, name, found.entry, part, f"{place}: {why}")


def _with_values(part: Term, values: Sequence[str]) -> str:
    """An application with its arguments' values: log(-1), 1/0."""
    if not isinstance(part, Apply) or not values:
        return text(part) if not any(isinstance(p, Slot) for p in walk(part)) else "a result"
    if part.op == "div":
        return "/".join(_bracketed(v) for v in values)
    if part.op == "mul":
        return "*".join(_bracketed(v) for v in values)
    if part.op == "pow":
        return "**".join(_bracketed(v) for v in values)
    return f"{part.op}({', '.join(values)})"


def _bracketed(value: str) -> str:
    return f"({value})" if value.startswith("-") else value
