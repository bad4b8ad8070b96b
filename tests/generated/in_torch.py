"""An interpreter of the language's syntax tree in torch: the same program, by torch's own functions.

It knows no law and no derivative of the op table. What torch does not have is put together from what it has.
With ``noise`` every value on the way is moved a little: where that changes a gradient much, the program stands
near a kink, a tie or a pole, and two right answers may differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from chainrule.language import syntax
from chainrule.language.parser import parse_program
from chainrule.ops import SPELLINGS, TABLE
from chainrule.shapes import bind
from chainrule.source import Source
from tests.generated import oracle
from tests.generated.torch_functions import Functions
from tests.tools import need_module

Tensor = Any

# Where torch, and the language, have a literal before the last tensor: its place, and its name.
_EARLY = {
    "layer_norm": (1, "normalized_shape"),
    "rms_norm": (1, "normalized_shape"),
    "group_norm": (1, "num_groups"),
    "embedding": (0, "indices"),
}
_LITERALS = (syntax.Number, syntax.ListLiteral, syntax.TupleLiteral)
_PACKED = ("reshape", "broadcast_to", "tile", "permute")
_SYNONYMS = {
    "dim": "axis", "keepdim": "keepdims", "ddof": "correction", "p": "ord", "k": "diagonal", "dims": "axis",
    "target": "t", "other": "b",
}  # fmt: skip


class InTorch(oracle.Interpreter):
    """Runs expressions with names bound to tensors of torch."""

    def __init__(self, values: Mapping[str, Tensor], lengths: Mapping[str, int], noise: float = 0) -> None:
        super().__init__(values, lengths)
        self.torch: Any = library()
        self.call = Functions(self.torch)
        self.noise = noise

    def run(self, node: syntax.Node) -> Tensor:
        found = self._run(node)
        if self.noise and found.is_floating_point() and not isinstance(node, (syntax.Number, syntax.Name)):
            moved = self.torch.rand(found.shape, dtype=found.dtype) - 0.5
            found = found + self.noise * moved * (1 + found.detach().abs())
        return found

    def _run(self, node: syntax.Node) -> Tensor:
        torch, run = self.torch, self.run
        match node:
            case syntax.Number():
                return torch.tensor(float(node.value), dtype=torch.float64)
            case syntax.Name():
                return torch.as_tensor(self._name(node.name), dtype=torch.float64)
            case syntax.Sum():
                return sum(sign * run(term) for sign, term in zip(node.signs, node.terms, strict=True))
            case syntax.Product():
                first, *rest = map(run, node.factors)
                for factor in rest:
                    first = first * factor
                return first
            case syntax.Quotient():
                return run(node.numerator) / run(node.denominator)
            case syntax.MatrixProduct():
                return torch.matmul(run(node.left), run(node.right))
            case syntax.Power():
                return run(node.base) ** run(node.exponent)
            case syntax.Negation():
                return -run(node.operand)
            case syntax.Bars():
                return torch.abs(run(node.operand))
            case syntax.Comparison(operator="=="):
                # The same sum in another order is the same number.
                return torch.isclose(run(node.left), run(node.right), rtol=1e-11, atol=1e-13)
            case syntax.Comparison():
                return getattr(torch, oracle.RELATIONS[node.operator])(run(node.left), run(node.right))
            case syntax.Subscript():
                return self._subscript(node)
            case syntax.Method(called=False):
                base = run(node.base)
                turned = tuple(reversed(range(base.ndim)))
                return base.permute(turned) if node.name.name == "T" else base.transpose(-1, -2)
            case syntax.Method():
                return self._spelled(node.name.name, (node.base, *node.arguments), node.keywords, True)
            case syntax.Call():
                return self._spelled(node.function.name, node.arguments, node.keywords, False)
        raise oracle.Unknown(type(node).__name__)

    def _subscript(self, node: syntax.Subscript) -> Tensor:
        torch, base = self.torch, node.base
        item = node.items[0]
        if isinstance(base, (syntax.Call, syntax.Method)) and isinstance(item, syntax.Index):
            name = base.function.name if isinstance(base, syntax.Call) else base.name.name
            if name in ("split", "chunk", "unbind", "unstack"):
                return self._part(base, name, item.value)
        found, axis = self.run(base), 0
        taken = sum(not isinstance(i, (syntax.Dots, syntax.Nothing)) for i in node.items)
        for one in node.items:
            match one:
                case syntax.Nothing():
                    found = found.unsqueeze(axis)
                case syntax.Dots():
                    axis = found.ndim - taken
                    continue
                case syntax.Index():
                    taken -= 1
                    found = found.select(axis, one.value)
                    continue
                case syntax.Slice():
                    taken -= 1
                    places = range(found.shape[axis])[self._slice(one)]
                    found = found.index_select(axis, torch.tensor(list(places), dtype=torch.long))
                case syntax.ListLiteral():
                    taken -= 1
                    picked = torch.tensor(self.literal(one))
                    if picked.dtype != torch.bool:
                        picked = picked % found.shape[axis]
                    found = found.index_select(
                        axis, torch.nonzero(picked)[:, 0] if picked.dtype == torch.bool else picked
                    )
            axis += 1
        return found

    def _slice(self, one: syntax.Slice) -> slice:
        return slice(*(self._whole(bound) for bound in (one.start, one.stop)), one.step)

    def _whole(self, bound: Any) -> Any:
        return bind((bound,), self.lengths)[0] if isinstance(bound, str) else bound

    def _part(self, node: syntax.Call | syntax.Method, name: str, index: int) -> Tensor:
        parts = [node.base, *node.arguments] if isinstance(node, syntax.Method) else [*node.arguments]
        bound = self._matched(name, tuple(parts), node.keywords)
        x, axis = self.run(bound["x"]), self.literal(bound["axis"])
        if "parts" not in bound:
            return self.torch.unbind(x, axis)[index]
        at = self.literal(bound["parts"])
        return (self.torch.chunk if name == "chunk" else self.torch.tensor_split)(x, at, dim=axis)[index]

    # --- calls --------------------------------------------------------------------------------------

    def _matched(
        self, name: str, arguments: Sequence[syntax.Node], keywords: Sequence[syntax.Keyword]
    ) -> dict[str, syntax.Node]:
        """Every parameter of an operation with its argument, defaults included."""
        op = TABLE[SPELLINGS[name]]
        if op.name in _EARLY:
            place, word = _EARLY[op.name]
            if place < len(arguments) and isinstance(arguments[place], _LITERALS):
                span = arguments[place].span
                keywords = (*keywords, syntax.Keyword(syntax.Name(word, span), arguments[place], span))
                arguments = (*arguments[:place], *arguments[place + 1 :])
        if name.startswith("take_along"):
            words = dict(zip(("index", "axis"), arguments[1:], strict=False))
            keywords = (
                *keywords,
                *(syntax.Keyword(syntax.Name(w, n.span), n, n.span) for w, n in words.items()),
            )
            arguments = arguments[:1]
        if op.name in _PACKED and len(arguments) > 2:
            arguments = (arguments[0], syntax.TupleLiteral(tuple(arguments[1:]), arguments[1].span))
        names = {word.name.name: word for word in keywords}
        own = {
            syntax.Keyword(
                syntax.Name(name if name in op.signature.parameters else _SYNONYMS[name], word.span),
                word.value,
                word.span,
            )
            for name, word in names.items()
        }
        return oracle.bound(op, arguments, tuple(own))

    def _spelled(
        self, name: str, arguments: Sequence[syntax.Node], keywords: Sequence[syntax.Keyword], method: bool
    ) -> Tensor:
        torch = self.torch
        if name == "einsum":
            first, *rest = arguments
            assert isinstance(first, syntax.Text)
            return torch.einsum(first.value, *map(self.run, rest))
        if name in oracle.CONSTRUCTORS:
            return torch.as_tensor(self._tensor_of(name, list(arguments)), dtype=torch.float64)
        if SPELLINGS[name] == "transpose":
            words = {word.name.name: self.literal(word.value) for word in keywords}
            x = self.run(arguments[0])
            return x.permute(words.get("axes", tuple(reversed(range(x.ndim)))))
        if name == "take":
            words = dict(zip(("x", "index", "axis"), arguments, strict=False))
            axis = self.literal(words["axis"]) if "axis" in words else None
            return self.call["index_select"](self.run(words["x"]), axis, self.literal(words["index"]))
        listed = isinstance(arguments[0], (syntax.ListLiteral, syntax.TupleLiteral))
        if "tensors" in TABLE[SPELLINGS[name]].signature.parameters and not listed:
            arguments = (syntax.TupleLiteral(tuple(arguments), arguments[0].span),)
        op = oracle.variant(TABLE[SPELLINGS[name]], arguments, keywords)
        bound = self._matched(op.name if op.name.startswith("clip_") else name, arguments, keywords)
        function = self.call[op.name]
        read = {word: self._argument(op.name, word, node) for word, node in bound.items()}
        return function(**read)

    def _argument(self, name: str, word: str, node: syntax.Node) -> Any:
        """A tensor, a list of tensors, or a literal."""
        if word == "tensors":
            assert isinstance(node, (syntax.ListLiteral, syntax.TupleLiteral))
            return [self.run(part) for part in node.items]
        if word in self.call.literals(name):
            found = self._order(node) if word == "ord" else self.literal(node)
            return self._concrete(found)
        if isinstance(node, syntax.Nothing):
            return None
        if isinstance(node, syntax.ListLiteral):
            return self.torch.tensor(self.literal(node))
        return self.run(node)

    def _concrete(self, found: Any) -> Any:
        if isinstance(found, tuple):
            return tuple(map(self._concrete, found))
        return self.lengths.get(found, found) if isinstance(found, str) else found

    def _order(self, node: syntax.Node) -> Any:
        if isinstance(node, syntax.Negation):
            return -self._order(node.operand)
        if isinstance(node, syntax.Name) and node.name == "inf":
            return float("inf")
        return self.literal(node)

    def literal(self, node: syntax.Node) -> Any:
        """The value of a keyword; lengths may be added and multiplied."""
        match node:
            case syntax.Quotient():
                return self.literal(node.numerator) / self.literal(node.denominator)
            case syntax.Product() | syntax.Sum():
                value = self.run(node)
                return round(value.item())
        return super().literal(node)

    def _tensor_of(self, name: str, arguments: list[syntax.Node]) -> Tensor:
        fill = [self.run(arguments.pop())] if name == "full" else []
        written = [self._concrete(self.literal(part)) for part in arguments]
        shape = written[0] if len(written) == 1 and isinstance(written[0], tuple) else tuple(written)
        if name == "full":
            return fill[0].expand(shape)
        return self.torch.eye(*shape) if name == "eye" else getattr(self.torch, name)(shape)


@cache
def library() -> Any:
    """torch with one thread: on a busy machine, threads that wait for each other cost more than they gain."""
    torch: Any = need_module("torch")
    torch.set_num_threads(1)
    return torch


def run(
    text: str, values: Mapping[str, Tensor], lengths: Mapping[str, int], noise: float = 0
) -> dict[str, Tensor]:
    """Every name of a program with its tensor."""
    interpreter = InTorch(values, lengths, noise)
    for statement in parse_program(Source(text)).statements:
        if isinstance(statement, syntax.Declaration):
            continue
        name = "out" if isinstance(statement, syntax.Bare) else statement.name.name
        if name not in interpreter.values:
            interpreter.values[name] = interpreter.run(statement.value)
    return interpreter.values


def gradients(
    text: str,
    of: str,
    wrt: Sequence[str],
    values: Mapping[str, Any],
    lengths: Mapping[str, int],
    noise: float = 0,
) -> tuple[Any, dict[str, Any]]:
    """The value of ``of``, and its derivative by each name in ``wrt``: its own shape, then theirs."""
    torch = library()
    torch.manual_seed(1)
    moving = {
        name: torch.tensor(value, dtype=torch.float64, requires_grad=name in wrt)
        for name, value in values.items()
    }
    out = run(text, moving, lengths, noise)[of]
    leaves = [moving[name] for name in wrt]
    rows = []
    for entry in out.reshape(-1):
        if entry.requires_grad:
            rows.append(
                torch.autograd.grad(
                    entry, leaves, retain_graph=True, allow_unused=True, materialize_grads=True
                )
            )
        else:
            rows.append(tuple(torch.zeros_like(leaf) for leaf in leaves))
    found = {
        name: torch.stack([row[k] for row in rows]).reshape((*out.shape, *moving[name].shape)).numpy()
        for k, name in enumerate(wrt)
    }
    return out.detach().numpy(), found


def tensor(value: Any) -> Tensor:
    """A constant."""
    return library().tensor(value, dtype=library().float64)


Unknown = oracle.Unknown


def ill_conditioned() -> type[Exception]:
    """What torch raises where a matrix is singular, or a decomposition does not converge."""
    return library().linalg.LinAlgError  # type: ignore[no-any-return]
