"""Documents built by hand, with terms in the spelling of index notation."""

from __future__ import annotations

from fractions import Fraction

from chainrule.document import (
    Code,
    Columns,
    Curve,
    Diagram,
    Document,
    Equality,
    Equations,
    Factors,
    Figure,
    Grid,
    Heading,
    Math,
    Nabla,
    Paragraph,
    Path,
    Picture,
    Plot,
    Relation,
    Row,
    Space,
    Table,
    Value,
    Values,
    Verdict,
    Way,
    Words,
)
from chainrule.terms import (
    ONE,
    TWO,
    Apply,
    Entry,
    Index,
    Length,
    Number,
    Partial,
    Summation,
    Symbol,
    Term,
    apply,
    integer,
    number,
)

FIRST, SECOND = Index("i"), Index("j")


def entry(name: str, *letters: Index) -> Term:
    return Entry(Symbol(name), letters) if letters else Symbol(name)


def partial(of: Term, wrt: Term) -> Partial:
    return Partial(of, (wrt,))


def product(*factors: Term) -> Term:
    return Apply("mul", factors)


def fraction(top: int, bottom: int) -> Number:
    return number(Fraction(top, bottom))


def grid(shape: tuple[int, ...], texts: list[str]) -> Grid:
    return Grid(shape, tuple(tuple(range(length)) for length in shape), tuple(Figure(text) for text in texts))


def example() -> Document:
    """The running example: y = x + 2; z = 3y²; out = mean(z)."""
    x, y, z, out = (Symbol(name) for name in ("x", "y", "z", "out"))
    xs, ys, zs = (entry(name, FIRST, SECOND) for name in ("x", "y", "z"))
    slope = product(integer(6), ys)
    statements = Equations(
        (
            Row(
                (Math(y),),
                (Math(apply("add", x, TWO)),),
                (Math(x), Words(", "), Math(y), Words(", "), Math(z), Relation("∈"), Space((2, 2))),
            ),
            Row((Math(z),), (Math(product(integer(3), apply("pow", y, TWO))),)),
            Row((Math(out),), (Math(apply("mean", z)),), (Words("scalar"),)),
        )
    )
    at = (Words("at "), Math(x), Relation("="), Words("ones(2, 2)"))
    table = Table(
        ((Words("factor"),), (Words("because"),), at),
        (
            (
                Equality((Math(partial(out, zs)),), (Math(fraction(1, 4)),)),
                (Words("mean of 4 entries"),),
                (Math(fraction(1, 4)),),
            ),
            (
                Equality((Math(partial(zs, ys)),), (Math(slope),)),
                (Words("constant multiple, power rule"),),
                (Figure("18"),),
            ),
            (Equality((Math(partial(ys, xs)),), (Math(ONE),)), (Words("sum rule"),), (Figure("1"),)),
        ),
    )
    chain = (partial(out, zs), partial(zs, ys), partial(ys, xs))
    gradient = Equations(
        (
            Row((Math(partial(out, xs)),), (Factors(chain),)),
            Row((), (Factors((fraction(1, 4), slope, ONE)),)),
            Row((), (Math(product(fraction(3, 2), ys)),)),
            Row((), (Math(product(fraction(3, 2), apply("add", xs, TWO))),)),
        )
    )
    nine_halves = Grid((2, 2), ((0, 1), (0, 1)), (Math(fraction(9, 2)),) * 4)
    return Document(
        "The gradient of out with respect to x",
        (
            statements,
            Picture((Path(("x", "y", "z", "out")),)),
            table,
            gradient,
            Values((Value((Math(partial(out, x)),), (nine_halves,)), Value((Math(out),), (Figure("27"),)))),
            Verdict(
                True,
                (
                    Words(
                        "every factor and the product agree with an independent check (largest difference "
                    ),
                    Figure("2e-11"),
                    Words(")"),
                ),
            ),
        ),
        {"x": 2, "y": 2, "z": 2},
    )


def every_block() -> Document:
    """One of everything, with text that a careless format would take for its own markup."""
    x, w, r, loss = (Symbol(name) for name in ("X", "w", "r", "loss_total"))
    n = Length("n")
    matrix = apply("matmul", apply("transpose", x), r)
    closed = product(apply("div", TWO, n), matrix)
    total = Summation(
        (FIRST,), (n,), product(apply("div", TWO, n), entry("r", FIRST), entry("X", FIRST, SECOND))
    )
    long_sum = Apply(
        "add", tuple(product(integer(k), entry("w", SECOND), entry("X", FIRST, SECOND)) for k in range(2, 22))
    )
    label = partial(Symbol("z"), Symbol("x"))
    return Document(
        "A & B <i> $x$ [bold]red[/bold]",
        (
            Heading((Words("50% of [bold]A & B_c[/bold] #1 {x} ~ ^ \\ <b>"),)),
            Paragraph(
                (Words("Plain prose with a long enough text to be broken over several lines somewhere."),)
            ),
            Paragraph((Words("a note: "), Math(total)), "note"),
            Paragraph((Words("a warning"),), "warning"),
            Paragraph((Words("z is not differentiable at x = 0: subgradients [0, 1]"),), "trouble"),
            Equations(
                (
                    Row((Nabla(loss, w),), (Math(closed), Relation("="), Math(closed))),
                    Row((Math(partial(loss, w)),), (Math(long_sum),), (Words("a remark"),)),
                )
            ),
            Picture(
                (
                    Path(("x", "y", "z"), (Factors((label, label)),), (Factors((integer(2), Symbol("x"))),)),
                    Path(("x", "z"), (Math(label),), (Math(Symbol("y")),)),
                )
            ),
            Picture((Path(tuple(f"a{k}" for k in range(100))),)),
            Equations((Row((Math(label),), (Math(integer(3)),), (Words("a constant & its factor"),)),), 1),
            Values((Value((Math(w),), (grid((5, 40), [f"{k / 8}" for k in range(200)]),)),)),
            Values((Value((Math(r),), (grid((2, 2, 3), [str(k) for k in range(12)]),)),)),
            Diagram((Way((x, r, loss), (w, label)), Way((x, w, loss), (long_sum, ONE)))),
            Diagram((Way((x, r), (w,)), Way((w, r), (ONE,)), Way((loss, r), (ONE,)))),
            Plot(
                (
                    Curve((Math(x),), (((-1.0, 0.0), (0.0, 2.0), (1.0, 1.0)),), -1.0, 1.0, 0.0, 2.0),
                    Curve((Math(label),), (((2.0, -3.0),), ((2.5, 4.0), (3.0, 4.0))), 2.0, 3.0, -3.0, 4.0),
                )
            ),
            Columns(tuple((Code(f"name_{k}"),) for k in range(30))),
            Paragraph((Words("typed as "), Code('f("a,b->c", x_1 & y) # 50%')), apart=True),
            Verdict(False, (Words("an independent check disagrees"),)),
            Verdict(None, (Words("nothing was decided"),)),
        ),
        {"X": 2, "w": 1, "r": 1},
    )
