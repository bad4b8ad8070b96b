"""Random terms: every kind, mixed without regard to shapes, as printers must cope with all of them."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from chainrule.terms import (
    COMPARISONS,
    PI,
    Apply,
    Entry,
    Index,
    Length,
    Number,
    Partial,
    Summation,
    Symbol,
    Term,
)

NAMES = ("x", "y", "X", "u", "theta", "w_1", "x_hat", "loss_total", "x_max", "a_b_c", "lambda")
RANKS = {"X": 2, "u": 1, "w_1": 1}
_OF_ONE = ("exp", "sqrt", "abs", "sigmoid", "transpose", "inv", "norm", "trace")
_OF_TWO = ("matmul", "outer", "dot", "maximum", "leaky_relu")

_whole = st.integers(-3, 12).map(lambda value: Number(Fraction(value)))
_fractions = st.fractions(-3, 3, max_denominator=9).map(Number)
_decimals = st.sampled_from(("0.1", "2.0", "-0.5", "1e-8", "2.5e20")).map(
    lambda text: Number(Fraction(text), decimal=True)
)
_symbols = st.sampled_from(NAMES).map(Symbol)
_indices = st.sampled_from("ijk").map(Index)
_entries = st.builds(Entry, _symbols, st.lists(_indices, min_size=1, max_size=2).map(tuple))
_variables = st.lists(_symbols | _entries, min_size=1, max_size=2).map(tuple)
numbers = _whole | _fractions | _decimals
leaves = numbers | _symbols | _entries | st.sampled_from((PI, Length("n")))


Strategy = st.SearchStrategy[Term]


def _applied(op: str, count: int, below: Strategy, **params: object) -> Strategy:
    pairs = tuple(sorted(params.items()))
    return st.tuples(*[below] * count).map(lambda arguments: Apply(op, arguments, pairs))


def _arithmetic(below: Strategy) -> Strategy:
    several = st.lists(below, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        several.map(lambda parts: Apply("add", parts)),
        several.map(lambda parts: Apply("mul", parts)),
        _applied("neg", 1, below),
        _applied("div", 2, below),
        st.tuples(below, st.integers(-2, 3).map(lambda value: Number(Fraction(value)))).map(
            lambda pair: Apply("pow", pair)
        ),
    )


def _conditional(below: Strategy) -> Strategy:
    condition = st.builds(
        lambda op, *sides: Apply(op, sides), st.sampled_from(sorted(COMPARISONS)), below, below
    )
    return st.tuples(condition, below, below).map(lambda parts: Apply("where", parts))


def _everything(below: Strategy) -> Strategy:
    return st.one_of(
        _arithmetic(below),
        _applied("pow", 2, below),
        _conditional(below),
        *(_applied(op, 1, below) for op in _OF_ONE),
        *(_applied(op, 2, below) for op in _OF_TWO),
        _applied("mean", 1, below, axis=(0,), keepdims=True),
        _applied("take", 1, below, items=(0, (None, -1, 2))),
        _applied("full", 1, below, shape=(2, "n")),
        _applied("einsum", 2, below, pattern="ij,jk->ik"),
        _applied("call", 1, below, function="f", orders=(1,)),
        _applied("call", 2, below, function="g", orders=(1, 2)),
        st.builds(lambda index, body: Summation((index,), (Length("n"),), body), _indices, below),
        st.builds(Partial, below, _variables, st.booleans()),
        st.tuples(_indices, _indices).map(lambda pair: Apply("delta", pair)),
    )


arithmetic = st.recursive(numbers | st.sampled_from("xyz").map(Symbol), _arithmetic, max_leaves=12)
"""Numbers and x, y, z under the four operations and powers."""

terms = st.recursive(leaves, _everything, max_leaves=12)
"""Terms of every kind."""
