"""Random moves, contractions and scans: whatever chooses, places, repeats, renames and adds up entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chainrule.shapes import Dim, Shape, over, times
from tests.generated.fitting import built, called, new, numbered, of_rank, other_dim, shaped, square
from tests.generated.growing import Expr, Grower, Misfit

Growth = Callable[[Grower, int], Expr]


def _listed(shape: Shape) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _axis(self: Grower, found: Expr) -> int:
    rank = len(found.shape)
    if not rank:
        raise Misfit
    return self.random.randrange(-rank, rank)


def _along(self: Grower, axis: int) -> str:
    """An axis by keyword, or as the next argument."""
    return self.random.choice((f"axis={axis}", f"dim={axis}", str(axis)))


# --- shapes -------------------------------------------------------------------------------------------------


def _reshape(self: Grower, depth: int) -> Expr:
    inner = of_rank(self, depth, 1, 2, 3)
    size = times(inner.shape)
    options: list[Shape] = [(-1,), (size,), inner.shape[::-1], (1, *inner.shape), (*inner.shape, -1)]
    options += [(k, over(size, k) or -1) for k in (2, 3) if over(size, k) is not None]
    shape = self.random.choice(options)
    if self.random.random() < 0.3:
        return built(
            self, f"{{0}}.{self.random.choice(('reshape', 'view'))}{_listed(shape)}", inner, tight=True
        )
    return called(self, "reshape", [inner], _listed(shape))


def _flatten(self: Grower, depth: int) -> Expr:
    inner = of_rank(self, depth, 1, 2, 3)
    if len(inner.shape) == 3 and self.random.random() < 0.6:
        return built(
            self, f"flatten({{0}}, {self.random.choice(('1', '0, 1', 'start_dim=-2', 'end_dim=1'))})", inner
        )
    return called(self, "flatten", [inner], method=True)


def _broadcast_to(self: Grower, depth: int) -> Expr:
    inner = of_rank(self, depth, 0, 1, 2)
    shape: tuple[Dim, ...] = (other_dim(self, *inner.shape), *inner.shape)
    if self.random.random() < 0.3:
        text = ", ".join(map(str, shape[:1] + (-1,) * len(inner.shape)))
        return built(self, f"{{0}}.expand({text})", inner, tight=True)
    return called(self, "broadcast_to", [inner], _listed(shape))


def _expand_as(self: Grower, depth: int) -> Expr:
    inner = of_rank(self, depth, 0, 1)
    other = shaped(self, (other_dim(self, *inner.shape), *inner.shape))
    return called(self, "expand_as", [inner, other], method=True)


def _squeeze(self: Grower, depth: int) -> Expr:
    inner = of_rank(self, depth, 1, 2, 3)
    axis = _axis(self, inner)
    words = self.random.choice(([], [_along(self, axis)]))
    folded = built(
        self, f"{self.random.choice(('sum', 'mean', 'max'))}({{0}}, axis={axis}, keepdims=True)", inner
    )
    return called(self, "squeeze", [folded], *words)


def _expand_dims(self: Grower, depth: int) -> Expr:
    inner = of_rank(self, depth, 0, 1, 2)
    return called(self, "expand_dims", [inner], str(self.random.randint(-1, len(inner.shape))), method=True)


def _swapaxes(self: Grower, depth: int) -> Expr:
    inner = of_rank(self, depth, 2, 3)
    return called(self, "swapaxes", [inner], str(_axis(self, inner)), str(_axis(self, inner)), method=True)


def _permute(self: Grower, depth: int) -> Expr:
    inner = of_rank(self, depth, 2, 3)
    order = self.random.sample(range(len(inner.shape)), len(inner.shape))
    return called(self, "permute", [inner], _listed(tuple(order)), method=True)


def _moveaxis(self: Grower, depth: int) -> Expr:
    inner = of_rank(self, depth, 2, 3)
    if self.random.random() < 0.3:
        return called(self, "moveaxis", [inner], "(0, 1)", self.random.choice(("(1, 0)", "(-1, 0)")))
    return called(self, "moveaxis", [inner], str(_axis(self, inner)), str(_axis(self, inner)), method=True)


# --- joining and splitting ----------------------------------------------------------------------------------


def _concatenate(self: Grower, depth: int) -> Expr:
    first = of_rank(self, depth, 1, 2)
    axis = self.random.randrange(len(first.shape))
    shape = list(first.shape)
    if isinstance(shape[axis], int):
        shape[axis] = other_dim(self, *first.shape)
    second = shaped(self, tuple(shape), min(depth, 1))
    name = self.random.choice(("concatenate", "cat", "concat"))
    inside = self.random.choice(("[{0}, {1}]", "({1}, {0})", "[{0}, {1}, {0}]"))
    return built(self, f"{name}({inside}, {_along(self, axis)})", first, second)


def _stack(self: Grower, depth: int) -> Expr:
    first = of_rank(self, depth, 0, 1, 2)
    second = shaped(self, first.shape, min(depth, 1))
    axis = self.random.randint(-1, len(first.shape))
    return built(self, f"stack([{{0}}, {{1}}], {_along(self, axis)})", first, second)


def _beside(name: str, axis: int) -> Growth:
    def grow(self: Grower, depth: int) -> Expr:
        first = of_rank(self, depth, 1, 2)
        shape = list(first.shape)
        if isinstance(shape[min(axis, len(shape) - 1)], int) and (len(shape) == 2 or name == "hstack"):
            shape[min(axis, len(shape) - 1)] = other_dim(self, *first.shape)
        second = shaped(self, tuple(shape), min(depth, 1))
        spelling = self.random.choice(("vstack", "row_stack")) if name == "vstack" else name
        return built(self, f"{spelling}([{{0}}, {{1}}])", first, second)

    return grow


def _split(self: Grower, depth: int) -> Expr:
    inner = of_rank(self, depth, 1, 2, 3)
    axis = _axis(self, inner)
    length = inner.value.shape[axis]
    if not isinstance(inner.shape[axis], int) or length < 2:
        raise Misfit
    divisors = [k for k in range(1, length + 1) if length % k == 0]
    at = self.random.choice((str(self.random.choice(divisors)), f"({self.random.randint(1, length - 1)},)"))
    return built(self, f"split({{0}}, {at}, {_along(self, axis)})[{self.random.choice((0, -1))}]", inner)


def _chunk(self: Grower, depth: int) -> Expr:
    inner = of_rank(self, depth, 1, 2, 3)
    axis = _axis(self, inner)
    return built(self, f"chunk({{0}}, 2, {_along(self, axis)})[{self.random.choice((0, 1, -1))}]", inner)


# --- picking, turning round, repeating ------------------------------------------------------------------------


def _picks(self: Grower, found: Expr, axis: int) -> str:
    length = found.value.shape[axis]
    if not isinstance(found.shape[axis], int):
        length = min(length, 2)
    picked = [self.random.randrange(-length, length) for _ in range(self.random.randint(1, 4))]
    return f"[{', '.join(map(str, picked))}]"


def _take(self: Grower, depth: int) -> Expr:
    inner = of_rank(self, depth, 1, 2, 3)
    rank = len(inner.shape)
    axis = self.random.randrange(rank)
    items = [self.random.choice((":", "::-1", "0", "-1", ":", "1:", "::2")) for _ in range(rank)]
    items[axis] = _picks(self, inner, axis)
    length = inner.shape[axis]
    if isinstance(length, int) and self.random.random() < 0.3:
        mask = [self.random.random() < 0.6 for _ in range(length - 1)]
        items[axis] = f"[{', '.join(map(str, (*mask, True)))}]"
    before = self.random.choice(("", "..., ")) if axis == rank - 1 else ""
    kept = items if not before else items[axis:]
    return built(self, f"{{0}}[{before}{', '.join(kept)}]", inner, tight=True)


def _index_select(self: Grower, depth: int) -> Expr:
    inner = of_rank(self, depth, 1, 2, 3)
    axis = _axis(self, inner)
    if self.random.random() < 0.4:
        return built(self, f"take({{0}}, {_picks(self, inner, axis)}, {axis})", inner)
    return called(self, "index_select", [inner], str(axis), _picks(self, inner, axis), method=True)


def _flip(self: Grower, depth: int) -> Expr:
    inner = of_rank(self, depth, 1, 2, 3)
    words = self.random.choice(([], [str(_axis(self, inner))], [_along(self, _axis(self, inner))]))
    return called(self, "flip", [inner], *words, method=True)


def _roll(self: Grower, depth: int) -> Expr:
    inner = of_rank(self, depth, 1, 2, 3)
    shift = self.random.choice((1, -1, 2, -2, 3))
    if len(inner.shape) > 1 and self.random.random() < 0.2:
        return built(self, f"roll({{0}}, ({shift}, 1), (0, 1))", inner)
    words = self.random.choice(([], [_along(self, _axis(self, inner))]))
    return called(self, "roll", [inner], str(shift), *words, method=True)


def _tile(self: Grower, depth: int) -> Expr:
    inner = of_rank(self, depth, 1, 2)
    repeats = self.random.choice(("2", "(2, 1)", "(1, 2)", "(2, 2)", "3"))
    return called(self, "tile", [inner], repeats)


def _repeat(self: Grower, depth: int) -> Expr:
    inner = of_rank(self, depth, 1, 2)
    words = self.random.choice(([], [_along(self, _axis(self, inner))]))
    return called(self, "repeat_interleave", [inner], self.random.choice(("2", "3")), *words)


def _pad(self: Grower, depth: int) -> Expr:
    inner = of_rank(self, depth, 1, 2)
    pairs = [f"({self.random.randint(0, 2)}, {self.random.randint(0, 2)})" for _ in inner.shape]
    widths = self.random.choice(("1", f"({', '.join(pairs)},)"))
    return called(self, "pad", [inner], widths)


def _triangle(name: str) -> Growth:
    def grow(self: Grower, depth: int) -> Expr:
        words = self.random.choice(([], [str(self.random.choice((1, -1)))], ["diagonal=1"]))
        return called(self, name, [of_rank(self, depth, 2, 3)], *words, method=True)

    return grow


def _diag(self: Grower, depth: int) -> Expr:
    if self.random.random() < 0.4:
        words = self.random.choice(([], ["1"], ["-1"], ["diagonal=2"]))
        return called(self, "diag", [of_rank(self, depth, 1)], *words)
    inner = numbered(self, depth, 2)
    return called(self, "diag", [inner], *self.random.choice(([], ["1"], ["k=-1"])))


# --- products -------------------------------------------------------------------------------------------------


def _kron(self: Grower, depth: int) -> Expr:
    first = of_rank(self, depth, 1, 2)
    second = new(self, (2,) if len(first.shape) == 1 else (1, 2))
    return called(self, "kron", self.random.sample([first, second], 2))


def _tensordot(self: Grower, depth: int) -> Expr:
    first = of_rank(self, depth, 2, 3)
    k = self.random.choice((1, 2))
    if self.random.random() < 0.5:
        second = shaped(self, (*first.shape[-k:], 2))
        return called(self, "tensordot", [first, second], *([str(k)] if k == 1 else []))
    second = shaped(self, (2, first.shape[0]))
    return called(self, "tensordot", [first, second], "axes=((0,), (1,))")


def _rows(name: str) -> Growth:
    """A product of two tensors of one shape."""

    def grow(self: Grower, depth: int) -> Expr:
        first = of_rank(self, depth, 1, 2) if name != "dot" else of_rank(self, depth, 1)
        return called(self, name, [first, shaped(self, first.shape, min(depth, 1))])

    return grow


def _inner(self: Grower, depth: int) -> Expr:
    first = of_rank(self, depth, 1, 2)
    shape = self.random.choice(((first.shape[-1],), (other_dim(self, *first.shape), first.shape[-1])))
    return called(self, "inner", [first, shaped(self, shape)])


def _dot(self: Grower, depth: int) -> Expr:
    first = of_rank(self, depth, 1, 2)
    shape = self.random.choice(((first.shape[-1],), (first.shape[-1], other_dim(self, *first.shape))))
    return called(self, "dot", [first, shaped(self, shape)])


def _matmul(self: Grower, depth: int) -> Expr:
    first = of_rank(self, depth, 1, 2, 3)
    column, batch = (first.shape[-1],), other_dim(self, *first.shape)
    shapes: list[Shape] = [column, (*column, batch)]
    if len(first.shape) == 3:
        shapes += [(first.shape[0], *column, batch), (first.shape[0], *column, batch)]
    elif len(first.shape) == 2:
        shapes.append((batch, *column, 2))
    shape = self.random.choice(shapes)
    second = shaped(self, shape)
    if self.random.random() < 0.4:
        return built(self, "{0} @ {1}", first, second, level=1)
    return called(self, "matmul", [first, second])


def _outer(self: Grower, depth: int) -> Expr:
    return called(self, "outer", [of_rank(self, depth, 1), of_rank(self, 0, 1)])


def _of_square(name: str) -> Growth:
    def grow(self: Grower, depth: int) -> Expr:
        inner = square(self, depth)
        if name == "trace" and self.random.random() < 0.3:
            inner = shaped(self, (2, 2, 3))
        return called(self, name, [inner], method=True)

    return grow


def _transpose(self: Grower, depth: int) -> Expr:
    inner = of_rank(self, depth, 1, 2, 3)
    if len(inner.shape) > 1 and self.random.random() < 0.3:
        return built(self, "{0}.mT", inner, tight=True)
    return called(self, "transpose", [inner])


def _cross(self: Grower, depth: int) -> Expr:
    shape = self.random.choice(((3,), (2, 3)))
    return called(self, "cross", [shaped(self, shape, depth), shaped(self, shape)])


def _bilinear(self: Grower, depth: int) -> Expr:
    first = of_rank(self, depth, 1, 2)
    other = other_dim(self, *first.shape)
    second = shaped(self, (*first.shape[:-1], other))
    return called(self, "bilinear", [first, second, shaped(self, (2, first.shape[-1], other))])


def _added(name: str) -> Growth:
    def grow(self: Grower, depth: int) -> Expr:
        if name == "addr":
            a, b = of_rank(self, depth, 1), of_rank(self, 0, 1)
            shape: Shape = (*a.shape, *b.shape)
        else:
            a = numbered(self, depth, 3) if name == "addbmm" else of_rank(self, depth, 2)
            columns = other_dim(self, *a.shape)
            b = shaped(self, (*a.shape[:-2], a.shape[-1], columns))
            shape = (a.shape[-2], columns)
        words = self.random.choice(([], ["beta=2", "alpha=1/2"], ["alpha=3"]))
        return built(self, f"{name}({', '.join(('{0}', '{1}', '{2}', *words))})", shaped(self, shape), a, b)

    return grow


# --- scans and orders -------------------------------------------------------------------------------------------


def _scan(name: str) -> Growth:
    def grow(self: Grower, depth: int) -> Expr:
        inner = of_rank(self, depth, 1, 2, 3)
        words = self.random.choice(
            ([], [_along(self, _axis(self, inner))], [_along(self, _axis(self, inner))])
        )
        return called(self, name, [inner], *words, method=True)

    return grow


def _order(name: str) -> Growth:
    def grow(self: Grower, depth: int) -> Expr:
        inner = of_rank(self, depth, 1, 2, 3)
        words = [] if self.random.random() < 0.4 else [f"axis={_axis(self, inner)}"]
        words += ["keepdims=True"] if self.random.random() < 0.3 else []
        words += ["upper=True"] if name == "middle" and self.random.random() < 0.5 else []
        return called(self, name, [inner], *words)

    return grow


def _norm(self: Grower, depth: int) -> Expr:
    inner = of_rank(self, depth, 1, 2)
    axis = _axis(self, inner)
    if len(inner.shape) == 2 and self.random.random() < 0.4:
        order = self.random.choice(('"fro"', '"nuc"', "2", "1", "inf", "-inf", "-1"))
        return built(self, f"norm({{0}}, {order})", inner)
    order = self.random.choice(("1", "2", "3", "inf", "-inf", "p=1", "ord=4"))
    words = self.random.choice(([], ["keepdims=True"]))
    return built(self, f"norm({', '.join(('{0}', order, f'axis={axis}', *words))})", inner)


def _prod_others(self: Grower, depth: int) -> Expr:
    inner = of_rank(self, depth, 1, 2)
    words = self.random.choice(([], [f"axis={_axis(self, inner)}"]))
    return called(self, "prod_others", [inner], *words)


MOVING: Mapping[str, Growth] = {
    "take": _take,
    "reshape": _reshape,
    "flatten": _flatten,
    "broadcast_to": _broadcast_to,
    "expand_as": _expand_as,
    "squeeze": _squeeze,
    "expand_dims": _expand_dims,
    "swapaxes": _swapaxes,
    "permute": _permute,
    "moveaxis": _moveaxis,
    "concatenate": _concatenate,
    "stack": _stack,
    "hstack": _beside("hstack", 1),
    "vstack": _beside("vstack", 0),
    "split": _split,
    "chunk": _chunk,
    "index_select": _index_select,
    "flip": _flip,
    "fliplr": lambda self, depth: called(self, "fliplr", [of_rank(self, depth, 2, 3)], method=True),
    "flipud": lambda self, depth: called(self, "flipud", [of_rank(self, depth, 1, 2)], method=True),
    "roll": _roll,
    "tile": _tile,
    "repeat_interleave": _repeat,
    "pad": _pad,
    "tril": _triangle("tril"),
    "triu": _triangle("triu"),
    "diag": _diag,
    "kron": _kron,
    "tensordot": _tensordot,
    "vdot": _rows("vdot"),
    "vecdot": _rows("vecdot"),
    "cross": _cross,
    "bilinear": _bilinear,
    "addmm": _added("addmm"),
    "addbmm": _added("addbmm"),
    "addr": _added("addr"),
    "matmul": _matmul,
    "dot": _dot,
    "inner": _inner,
    "outer": _outer,
    "trace": _of_square("trace"),
    "diagonal": _of_square("diagonal"),
    "transpose": _transpose,
    "cumsum": _scan("cumsum"),
    "cumprod": _scan("cumprod"),
    "logcumsumexp": _scan("logcumsumexp"),
    "middle": _order("middle"),
    "median": _order("median"),
    "norm": _norm,
    "prod_others": _prod_others,
}
"""What grows a use of each operation, by its name in the op table."""
