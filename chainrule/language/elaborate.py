"""From a syntax tree to a graph; and from the op table's texts to kernels and nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from chainrule import budget
from chainrule.diagnostics import fail
from chainrule.graph import Graph, Input, Operation
from chainrule.language import syntax
from chainrule.language.calls import call
from chainrule.language.equations import equation
from chainrule.language.parser import parse_expression
from chainrule.language.pipeline import Pipeline, Statement, Variable
from chainrule.language.reader import Reader
from chainrule.language.scope import Scope, resolve
from chainrule.ops import TABLE
from chainrule.ops.table import BY_LAW, TIES, UNSUPPORTED, Structured
from chainrule.shapes import Shape
from chainrule.source import Source
from chainrule.terms import Symbol, Term, slot, substitute


def elaborate(
    program: syntax.Program,
    shapes: Mapping[str, Shape] | None = None,
    words: Mapping[str, Sequence[str]] | None = None,
    values: Mapping[str, Shape] | None = None,
) -> Pipeline:
    """The meaning of a program.

    shapes and words: shapes and assumptions of inputs said outside the program. values: the shapes of
    inputs whose value is given (data statements included).

    Raises:
        ChainRuleError: with labels into the program.
    """
    scope = resolve(program, shapes or {}, values or {})
    graph = Graph()
    inputs = [_variable(scope, graph, name, (words or {}).get(name, ())) for name in scope.inputs]
    nodes = {variable.name: variable.node for variable in inputs}
    names = {variable.node: variable.name for variable in inputs}
    lengths: dict[str, Any] = dict.fromkeys(scope.lengths)
    reader = Reader(graph, program.source, nodes, lengths, call)
    reader.functions, reader.abstract_names = scope.functions, scope.abstract
    statements = []
    for name, definition in scope.definitions.items():
        budget.check(len(graph))
        residual = None
        if definition.implicit:
            number, residual, term, read = equation(reader, nodes, definition, scope.shapes.get(name))
        else:
            number, term, read = reader.statement(definition.value)
            number = graph.named(number, name)
        reads = tuple(names[k] for k in read if k in names)
        statements.append(Statement(name, number, term, reads, definition.span, residual))
        nodes[name] = number
        names[number] = name
    graph.written = len(graph)
    output = statements[-1].name if statements else inputs[-1].name
    functions = {name: reader.abstract.get(name, 1) for name in scope.abstract}
    return Pipeline(
        program.source,
        graph,
        tuple(inputs),
        tuple(statements),
        output,
        tuple(scope.lengths),
        functions,
        tuple(scope.notes),
    )


def _variable(scope: Scope, graph: Graph, name: str, words: Sequence[str]) -> Variable:
    shape = scope.shapes[name]
    assumptions = tuple(dict.fromkeys((*scope.words.get(name, ()), *words)))
    number = graph.add(Input(name, shape, frozenset(assumptions)))
    data = scope.data[name].value if name in scope.data else None
    return Variable(name, number, shape, assumptions, scope.shaped[name], data)


def expression(
    pipeline: Pipeline, tree: syntax.Node, source: Source, more: Mapping[str, int]
) -> tuple[int, Term]:
    """The node and the written term of an expression in the names of a program, and in ``more`` names.

    Raises:
        ChainRuleError: with labels into ``source``.
    """
    nodes = {**pipeline.nodes, **more}
    reader = Reader(pipeline.graph, source, nodes, dict.fromkeys(pipeline.lengths), call)
    number, term, _ = reader.statement(tree)
    return number, term


# --- the op table's texts -------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def parsed(text: str) -> syntax.Node:
    """The syntax tree of a formula of the op table."""
    return parse_expression(Source(text, "op table"))


@lru_cache(maxsize=1024)
def kernel(text: str, parameters: tuple[str, ...]) -> Term:
    """A formula over numbers as a kernel: parameter number k becomes slot k."""
    graph = Graph()
    nodes = {name: graph.add(Input(name, ())) for name in parameters}
    reader = Reader(graph, Source(text, "op table"), nodes, {}, call)
    reader.internal = True
    term = reader.read(parsed(text)).term
    return substitute(term, {Symbol(name): slot(k) for k, name in enumerate(parameters)})


@lru_cache(maxsize=1024)
def condition(text: str, parameters: tuple[str, ...]) -> Term:
    """A condition of the op table (``x == 0``) over slots, like :func:`kernel`."""
    return kernel(f"where({text}, 1, 0)", parameters).children[0]


def formula(graph: Graph, text: str, nodes: Mapping[str, int], literals: Mapping[str, Any]) -> int:
    """The node of a formula of the op table over given nodes and literal params."""
    lengths: dict[str, Any] = {}
    reader = Reader(graph, Source(text, "op table"), nodes, lengths, call, literals)
    reader.internal = True
    number, _, _ = reader.statement(parsed(text))
    return number


def law(graph: Graph, number: int) -> int:
    """The node that computes Operation ``number`` by the law that the op table declares for it.

    Raises:
        LookupError: the operation is a primitive.
    """
    node = graph[number]
    op = TABLE[node.op] if isinstance(node, Operation) else None
    if not isinstance(node, Operation) or not isinstance(op, Structured) or op.law is None:
        raise LookupError(f"node {number} has no law")
    operands = dict(zip(op.signature.parameters, node.operands, strict=False))
    return formula(graph, op.law, operands, dict(node.params))


def goes_by_law(graph: Graph, number: int, position: int) -> bool:
    """Whether nothing is claimed of an Operation's derivative, so that its law is to be differentiated."""
    node = graph[number]
    op = TABLE[node.op] if isinstance(node, Operation) else None
    return isinstance(op, Structured) and op.pullbacks[position] == BY_LAW


_TIED = "where({0} == y, sum(where({0} == y, 1, 0), axis=axis, keepdims=True), 0) > 1"


def pullback(
    graph: Graph, number: int, position: int, cotangent: int, convention: str = "torch"
) -> int | None:
    """The claimed cotangent of an Operation's operand; None where it is zero or goes by the law.

    ``cotangent`` may have extra leading axes, which the result then has too. ``convention`` says what the
    slope is at a kink.

    Raises:
        ChainRuleError: ``unsupported``, where the op table says that the rule is missing.
    """
    node = graph[number]
    assert isinstance(node, Operation)
    op = TABLE[node.op]
    assert isinstance(op, Structured)
    text = op.pullbacks[position]
    if text is None or text == BY_LAW:
        return None
    if text == UNSUPPORTED:
        fail(
            "unsupported",
            f"the derivative of {op.name} by {op.signature.parameters[position]} is not supported yet",
        )
    for kink in op.kinks:
        slope = kink.replaced(convention)
        if slope is not None and kink.operand == position and (kink.at != TIES or op.shape == "fold"):
            at = _TIED.format(op.signature.parameters[position]) if kink.at == TIES else kink.at
            text = f"where({at}, g*({slope}), {text})"
    names = dict(zip(op.signature.parameters, node.operands, strict=False))
    return formula(graph, text, {**names, "y": number, "g": cotangent}, dict(node.params))
