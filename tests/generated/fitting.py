"""Operands that fit: expressions of a rank or a shape, new inputs where there are none, and calls of them."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np

from chainrule.diagnostics import ChainRuleError
from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_program
from chainrule.laws import LAWS
from chainrule.numeric.entries import Inexact
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.floats import Floats
from chainrule.numeric.tensors import Tensor
from chainrule.ops import TABLE
from chainrule.ops.table import Declaration, Pointwise
from chainrule.shapes import Dim, Shape, bind
from chainrule.source import Source
from tests.generated.growing import ATOM, SUM, Expr, Grower, Misfit

REFUSED: Counter[str] = Counter()
"""What the language refused of what was tried, to be read by whoever extends the generator."""

_NAMES = ("b", "c", "p", "u_1", "k", "A", "B", "C", "G", "U", "V", "X", "Y", "mu", "beta", "w", "l", "j")
_MOST, _LEAST = 30, 0.05


class Inputs:
    """Declarations and exact values, in which no two entries have the same magnitude."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.pool = [Fraction(k, 32) for k in range(8, 75) if k not in (16, 32, 48, 64)]
        random.shuffle(self.pool)
        self.declarations: list[str] = []
        self.exact: dict[str, str] = {}
        self.known: list[Expr] = []
        self._more = [Fraction(k, 64) for k in range(17, 150, 2)]

    def declare(
        self, name: str, shape: Shape, concrete: tuple[int, ...], positive: bool, word: str | None = None
    ) -> Expr:
        """A new input; ``word`` is what its declaration adds."""
        entries = [
            self.pool.pop() * (1 if positive or self.random.random() < 0.6 else -1)
            for _ in range(int(np.prod(concrete)))
        ]
        if word is None:
            word = " positive" if positive and self.random.random() < 0.5 else ""
        dims = ", ".join(map(str, shape))
        self.declarations.append(f"{name} : [{dims}]{word}")
        self.exact[name] = _nested(np.array([str(e) for e in entries], dtype=object).reshape(concrete))
        found = Expr(name, ATOM, shape, np.array([float(e) for e in entries]).reshape(concrete))
        self.known.append(found)
        return found

    def fresh(self, grower: Grower, shape: Shape, positive: bool = False, constant: bool = False) -> Expr:
        """An input of any shape, as long as there are few entries in all."""
        concrete = tuple(int(dim) for dim in bind(shape, grower.lengths))
        names = [name for name in _NAMES if name not in self.exact]
        if len(self.pool) < int(np.prod(concrete)) and self._more:
            self.random.shuffle(self._more)
            self.pool, self._more = self.pool + self._more, []
        plain = all(isinstance(dim, int) or dim.isidentifier() for dim in shape)
        if not plain or not names or int(np.prod(concrete)) > min(_MOST, len(self.pool)):
            raise Misfit
        word = " constant" if constant else " positive" if positive else ""
        found = self.declare(names[0], shape, concrete, positive, word)
        if not constant:
            grower.names.append(found)
        return found


def _nested(array: Any) -> str:
    if np.ndim(array) == 0:
        return str(array)
    return "[" + ", ".join(map(_nested, array)) + "]"


# --- operands ---------------------------------------------------------------------------------------------


def of_rank(self: Grower, depth: int, *ranks: int) -> Expr:
    """An expression with one of these numbers of axes."""
    for _ in range(4):
        found = self.grow(depth)
        if len(found.shape) in ranks:
            return found
    fitting = [name for name in self.names if len(name.shape) in ranks]
    if fitting and self.random.random() < 0.7:
        return self.random.choice(fitting)
    dims = [dim for name in self.names for dim in name.shape] or [2, 3]
    return new(self, tuple(self.random.choice(dims) for _ in range(self.random.choice(ranks))))


def numbered(self: Grower, depth: int, *ranks: int) -> Expr:
    """An expression with one of these numbers of axes, none of symbolic length."""
    found = of_rank(self, depth, *ranks)
    if all(isinstance(dim, int) for dim in found.shape):
        return found
    return new(self, tuple(self.random.sample((2, 3, 4, 5), len(found.shape))))


def shaped(self: Grower, shape: Shape, depth: int = 0, **kind: bool) -> Expr:
    """An expression of this very shape; a new input if none is at hand."""
    for _ in range(2 if not kind else 0):
        found = self.grow(depth)
        if found.shape == shape:
            return found
    fitting = [name for name in self.names if name.shape == shape]
    if fitting and not kind and self.random.random() < 0.5:
        return self.random.choice(fitting)
    return new(self, shape, **kind)


def new(self: Grower, shape: Shape, **kind: bool) -> Expr:
    """A new input."""
    if self.fresh is None:
        raise Misfit
    return self.fresh(self, shape, **kind)


def square(self: Grower, depth: int, definite: bool = False, batch: bool = False) -> Expr:
    """A square matrix far from singular; or a symmetric one with positive eigenvalues; perhaps several."""
    if definite or self.random.random() < 0.3:
        several = batch and self.random.random() < 0.3
        inner = shaped(self, (2, 2, 3), depth) if several else of_rank(self, depth, 2)
        if several:
            return built(self, "{0}@{0}.mT + eye(2)", inner, level=SUM)
        turned = self.random.random() < 0.5
        product = "{0}@{0}.T" if turned else "{0}.T@{0}"
        plus = f" + {self.random.choice((1, 2))}*eye({inner.shape[0 if turned else 1]})"
        return built(self, product + plus, inner, level=SUM)
    dims = [dim for name in self.names for dim in name.shape if dim in (2, 3) or isinstance(dim, str)] or [
        2,
        3,
    ]
    dim = self.random.choice(dims)
    shape: Shape = (2, dim, dim) if batch and self.random.random() < 0.3 else (dim, dim)
    inner = shaped(self, shape, depth)
    return built(self, f"{{0}} + {self.random.choice((2, 3, 4))}*eye({dim})", inner, level=SUM)


def regular(found: Expr, gaps: bool = True) -> Expr:
    """The matrix, if it has full rank and singular values far from 0 (and, with ``gaps``, from each other)."""
    values = np.linalg.svd(found.value, compute_uv=False)
    steps = -np.diff(values, axis=-1) if gaps else values
    if np.min(values) < _LEAST or np.min(steps, initial=1) < _LEAST:
        raise Misfit
    return found


def other_dim(self: Grower, *dims: Dim) -> int:
    """A small length that differs from these."""
    return self.random.choice(
        [k for k in (2, 3, 4, 5) if k not in dims and k not in bind(dims, self.lengths)]
    )


# --- calls ------------------------------------------------------------------------------------------------


def called(self: Grower, name: str, operands: Sequence[Expr], *words: str, method: bool = False) -> Expr:
    """A call of an operation by one of its names; ``method``: perhaps as one."""
    op = TABLE[name]
    spelling = self.random.choice((name, name, *op.aliases))
    slots = [f"{{{k}}}" for k in range(len(operands))]
    if method and self.random.random() < 0.25:
        inside = ", ".join((*slots[1:], *words))
        return built(self, f"{slots[0]}.{spelling}({inside})", *operands, tight=True)
    return built(self, f"{spelling}({', '.join((*slots, *words))})", *operands)


def as_sampled(op: Declaration, self: Grower, depth: int) -> Expr:
    """A use like one of the op table's samples: of tensors of the same shapes, with the same words."""
    assert not isinstance(op, Pointwise)
    *heads, last = (part.strip() for part in self.random.choice(op.samples).split(";"))
    pattern = last.partition(" = ")[2].replace("{", "{{").replace("}", "}}")
    sizes = dict(zip(("k", "m", "n", "c", "o"), self.random.sample((2, 3, 4, 5, 6), 5), strict=True))
    operands: list[Expr] = []
    for head in heads:
        name, sign, said = (part.strip() for part in re.split("( : | = )", head, maxsplit=1))
        if sign == "=":
            shape: Shape = np.shape(ast.literal_eval(re.sub(r"(\d+)/(\d+)", r"\1", said)))
            words = ""
        else:
            dims, _, words = said.strip("[").partition("]")
            shape = tuple(sizes.get(dim.strip()) or int(dim) for dim in dims.split(",") if dim.strip())
        if words.strip() not in ("", "constant", "positive"):
            raise Misfit
        kind = {words.strip(): True} if words.strip() else {}
        found = new(self, shape, **kind) if kind or operands else shaped(self, shape, depth)
        pattern = re.sub(rf"(?<![.\w]){name}(?!\w|=[^=])", f"{{{len(operands)}}}", pattern)
        operands.append(found)
    return built(self, pattern, *operands, level=SUM, tight=True)


def built(self: Grower, pattern: str, *operands: Expr, level: int = ATOM, tight: bool | None = None) -> Expr:
    """A pattern with operands in it; its shape and value are what the language gives when asked."""
    tight = level != ATOM if tight is None else tight
    parts = [operand.at(ATOM) if tight else operand.text for operand in operands]
    names = [f"o{k}" for k in range(len(operands))]
    values = {name: np.asarray(operand.value) for name, operand in zip(names, operands, strict=True)}
    shapes = {name: operand.shape for name, operand in zip(names, operands, strict=True)}
    try:
        shape, value = run(pattern.format(*names), shapes, values, self.lengths)
    except ChainRuleError as error:
        REFUSED[f"{pattern.partition('(')[0]}: {error.diagnostic.message}"] += 1
        raise Misfit from error
    except (Inexact, OverflowError) as error:
        raise Misfit from error
    return Expr(pattern.format(*parts), level, shape, value)


def run(text: str, shapes: dict[str, Shape], values: dict[str, Any], lengths: Any) -> tuple[Shape, Any]:
    """The shape of an expression over declared names, and its value by forward evaluation."""
    known = "".join(f"known_{name} : [{name}]; " for name in lengths)
    used = {name: shape for name, shape in shapes.items() if re.search(rf"\b{name}\b", text)}
    pipeline = elaborate(parse_program(Source(f"{known}out = {text}")), used)
    graph, nodes = pipeline.graph, pipeline.nodes
    tensors = {nodes[k]: Tensor(v.ravel().tolist(), v.shape) for k, v in values.items() if k in nodes}
    found = evaluate(graph, [nodes["out"]], tensors, lengths, Floats(LAWS))[nodes["out"]]
    entries = [float(x) if isinstance(x, (int, float)) else np.nan for x in found.entries]
    return graph.shape(nodes["out"]), np.array(entries).reshape(found.shape)
