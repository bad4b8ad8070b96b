"""Random programs over matrices, vectors and scalars whose shapes fit."""

from __future__ import annotations

from random import Random

Shape = tuple[str, ...]

DECLARED: dict[str, Shape] = {
    "A": ("m", "n"), "C": ("m", "n"), "B": ("n", "k"), "S": ("n", "n"), "x": ("n",), "y": ("m",), "z": ("k",),
    "s": (), "q": (), "r": ("1", "n"), "u": ("m", "1"),
}  # fmt: skip

_FUNCTIONS = (
    "sin({})", "exp({}/5)", "tanh({})", "({})**2", "1/(2 + ({})**2)", "sigmoid({})", "2*({})",
    "-({})", "({})/3",
)  # fmt: skip


def random_program(random: Random) -> str:
    """A program with a scalar output and up to two named intermediates."""
    known = dict(DECLARED)
    declarations = [f"{name} : [{', '.join(shape)}]" for name, shape in DECLARED.items()]
    statements = []
    for name in ("g", "h")[: random.randint(0, 2)]:
        shape = random.choice([("m", "n"), ("n",), ("m",), ()])
        statements.append(f"{name} = {_expression(random, known, shape, 2)}")
        known[name] = shape
    statements.append(f"out = {_expression(random, known, (), random.randint(1, 3))}")
    return "; ".join(declarations + statements)


def _expression(random: Random, known: dict[str, Shape], shape: Shape, depth: int) -> str:
    if depth <= 0 or random.random() < 0.15:
        return _leaf(random, known, shape)

    def inner(*wanted: str) -> str:
        return f"({_expression(random, known, wanted, depth - 1)})"

    other, last = random.choice("mnk"), random.choice("mnk")
    common = [
        lambda: f"{inner(*shape)} {random.choice('+-*')} {inner(*shape)}",
        lambda: f"{inner(*shape)} {random.choice('+*')} {inner(*random.choice([(), shape[-1:]]))}",
        lambda: random.choice(_FUNCTIONS).format(inner(*shape)),
    ]
    special = {
        0: [
            lambda: f"sum({inner(other)})",
            lambda: f"mean({inner(*random.choice([('m', 'n'), ('n', 'k')]))})",
            lambda: f"{inner(other)}@{inner(other)}",
            lambda: f"trace({inner(other, other)})",
            lambda: f"{inner(other)}@{inner(other, last)}@{inner(last)}",
        ],
        1: [
            lambda: f"{inner(*shape, other)}@{inner(other)}",
            lambda: f"{inner(other)}@{inner(other, *shape)}",
            lambda: f"sum({inner(other, *shape)}, axis=0)",
            lambda: f"sum({inner(*shape, other)}, axis=1)",
            lambda: f"diagonal({inner(*shape, *shape)})",
        ],
        2: [
            lambda: f"{inner(shape[0], other)}@{inner(other, shape[1])}",
            lambda: f"{inner(*shape[::-1])}.T",
            lambda: f"outer({inner(shape[0])}, {inner(shape[1])})",
        ],
    }
    return random.choice(common + special[len(shape)])()


def _leaf(random: Random, known: dict[str, Shape], shape: Shape) -> str:
    fitting = [name for name, other in known.items() if other == shape]
    if fitting:
        return random.choice(fitting)
    turned = [name for name, other in known.items() if other == shape[::-1]]
    if turned:
        return random.choice(turned) + ".T"
    return f"outer({_leaf(random, known, shape[:1])}, {_leaf(random, known, shape[1:])})"
