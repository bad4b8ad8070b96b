"""Names that an equation defines: ``implicit y : x**2 + y**2 - 1``."""

from __future__ import annotations

from collections.abc import Iterator

from chainrule.diagnostics import ChainRuleError, fail
from chainrule.graph import Graph, Root
from chainrule.language import syntax
from chainrule.language.reader import Reader
from chainrule.language.scope import names_in
from chainrule.shapes import Shape, show
from chainrule.terms import Term


def equation(
    reader: Reader, nodes: dict[str, int], definition: syntax.Definition, shape: Shape | None
) -> tuple[int, int, Term, tuple[int, ...]]:
    """The root that a statement defines, the node and the term of its residual, and what is read for it.

    shape: of the root, where it is known; else it is the first that gives as many equations as unknowns, a
    number before a vector.

    Raises:
        ChainRuleError: the residual is wrong, does not hold the name, or has another shape than it.
    """
    name = definition.name.name
    words = [word.name for word in names_in(definition.value)]
    if name not in words:
        fail(
            "name",
            f"the equation of {name} does not contain {name}",
            reader.label(definition.value.span, "this is to be 0"),
            notes=[f"implicit {name} : F defines {name} as what makes F zero"],
            suggestion=f"implicit {name} : x**2 + {name}**2 - 1",
        )
    operands = tuple(dict.fromkeys(nodes[word] for word in words if word in nodes))
    trouble: ChainRuleError | None = None
    graph = reader.graph
    for tried in [shape] if shape is not None else _shapes(graph, operands):
        root = graph.add(Root(name, operands, tried))
        nodes[name] = root
        try:
            residual, term, read = reader.statement(definition.value)
        except ChainRuleError as error:
            trouble = trouble or error
            continue
        if graph.shape(residual) == tried:
            if residual == root or getattr(graph[residual], "name", None) is not None:
                residual = graph.named(residual, f"equation of {name}")
            graph.residuals[root] = residual
            return root, residual, term, tuple(k for k in read if k != root)
    if trouble is not None:
        raise trouble
    found = graph.shape(residual)
    fail(
        "shape",
        f"{name} has shape {show(tried)}, and its equation {show(found)}",
        reader.label(definition.value.span, show(found)),
        notes=["there must be as many equations as unknowns"],
        suggestion=f"{name} : {show(found)}",
    )


def _shapes(graph: Graph, operands: tuple[int, ...]) -> Iterator[Shape]:
    """The shapes that a root without a declared one may have: a number, then what its operands suggest."""
    own = [graph.shape(number) for number in operands]
    rows = [shape[-1:] for shape in own if len(shape) > 1]
    yield from dict.fromkeys([(), *sorted([*own, *rows], key=len)])
