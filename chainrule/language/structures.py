"""Operations on whole tensors whose shape rule is a pattern: ``...ii->...`` for a determinant."""

from __future__ import annotations

from typing import Any

from chainrule.diagnostics import fail
from chainrule.graph import Operation
from chainrule.language import syntax
from chainrule.language.arguments import bind, default, literal
from chainrule.language.contract import Pattern, unify
from chainrule.language.reader import Reader, Value
from chainrule.ops.table import Structured
from chainrule.shapes import Dim, show
from chainrule.source import Span
from chainrule.terms import Apply


def structured(reader: Reader, node: syntax.Call | syntax.Method, name: syntax.Name, op: Structured) -> Value:
    """The value of an operation; its first parameters are tensors (one for each pullback), the rest literals.

    Raises:
        ChainRuleError: ``arguments`` or ``shape``.
    """
    bound = bind(reader, node, name, op.signature)
    tensors = op.signature.parameters[: len(op.pullbacks)]
    operands = [(reader.read_operand(bound[p], p), bound[p].span) for p in tensors if p in bound]
    params: dict[str, Any] = {
        p: literal(reader, bound[p], p) if p in bound else default(op.signature, p)
        for p in op.signature.parameters[len(tensors) :]
    }
    pattern = Pattern.of(op.shape)
    if not pattern.fits([len(value.shape) for value, _ in operands]):
        _fail_ranks(reader, op, pattern, operands)
    unified = unify(reader, pattern, operands, op.name)
    numbers = []
    for letters, (value, _) in zip(unified.spelled, operands, strict=True):
        own = [c for c in letters if not c.isdigit()]
        batch = unified.batch if "..." in op.shape else []
        shape = tuple(unified.lengths[c] for c in (*batch, *own))
        numbers.append(reader.graph.broadcast_to(reader.materialise(value), shape))
    if "&" in pattern.output:
        unified.lengths["&"] = _smaller(reader, node, op, operands[0][0])
    out = tuple(unified.lengths[c] for c in unified.output(pattern.output))
    number = reader.graph.add(Operation(op.name, tuple(numbers), tuple(sorted(params.items())), out))
    shown = {p: v for p, v in params.items() if p in bound and v != default(op.signature, p)}
    return reader.of_node(
        number, Apply(op.name, tuple(v.term for v, _ in operands), tuple(sorted(shown.items())))
    )


def _smaller(reader: Reader, node: syntax.Call | syntax.Method, op: Structured, operand: Value) -> Dim:
    """The length ``&`` of a pattern: the smaller one of the operand's last two.

    Raises:
        ChainRuleError: ``unsupported``, where nobody knows which one is smaller.
    """
    a, b = operand.shape[-2:]
    if a == b or 1 in (a, b):
        return a if a == b else 1
    if isinstance(a, int) and isinstance(b, int):
        return min(a, b)
    fail(
        "unsupported",
        f"{op.name} of a matrix is not supported yet where one cannot tell which length is smaller",
        reader.label(node.span, show(operand.shape)),
        notes=["with both lengths known, or equal, it is; so are nuclear_norm and spectral_norm"],
    )


def _fail_ranks(reader: Reader, op: Structured, pattern: Pattern, operands: list[tuple[Value, Span]]) -> None:
    wanted = [len(letters.replace("...", "")) for letters in pattern.operands]
    kinds = {0: "a number", 1: "a vector", 2: "a matrix"}
    needs = " and ".join(kinds.get(rank, f"a tensor of {rank} axes") for rank in wanted)
    fail(
        "shape",
        f"{op.name} needs {needs}",
        *(reader.label(span, show(value.shape)) for value, span in operands),
    )
