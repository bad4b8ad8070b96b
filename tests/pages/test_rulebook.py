"""The rulebook: its laws are true, its programs run, and no derivation speaks of a rule that is not in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pytest

import chainrule as cr
from chainrule.calculus.lines import Working
from chainrule.calculus.rules import Step, derive
from chainrule.diagnostics import ChainRuleError
from chainrule.ops import SPELLINGS, TABLE
from chainrule.ops.rule import Rule
from chainrule.ops.rulebook import RULES
from chainrule.ops.table import Composite, Pointwise, Structured
from chainrule.pages.data import Page
from chainrule.pages.finding import found
from chainrule.pages.laws import equations, ways
from chainrule.terms import Apply, Symbol, apply, integer, number
from tests.pages.laws import World
from tests.samples.outputs import SAMPLES

EVERY = list(RULES.values())

# --- the laws ---------------------------------------------------------------------------------------

_RANDOM = np.random.default_rng(7)
_A, _DA, _B, _DB, _T = (_RANDOM.normal(size=(3, 3)) for _ in range(5))

NUMBERS = World(
    {"x": 0.7, "c": 1.7, "a": 1.3, "b": -0.6, "n": 3.0},
    {
        "u": lambda x: np.sin(x) + 2,
        "v": lambda x: x**2 + 1,
        "f": lambda w: np.exp(w / 3) + w**2,
        "g": lambda x: np.sin(x) + 2,
        "z": lambda u, v: u**2 * v + np.cos(v),
        "out": lambda u, v: u**2 * v + np.cos(v),
        "y": lambda x: np.sqrt(2 - x**2),
        "F": lambda x, y: x**2 + y**2 - 2,
    },
)
MATRICES = World(
    {"x": np.array(0.7)},
    {
        "A": lambda x: 3 * np.eye(3) + x * _A + x**2 * _DA,
        "B": lambda x: _B + np.sin(x) * _DB,
        "Y": lambda A, B: A @ B,  # noqa: N803  names of the laws
        "out": lambda Y: np.sum(np.sin(Y) * _T),  # noqa: N803
    },
)
TRANSPOSED = World(
    MATRICES.values,
    {**MATRICES.functions, "Y": lambda A: A.T},  # noqa: N803
)
ENTRIES = World({"x": _RANDOM.normal(size=3), "a": _RANDOM.normal(size=3)}, {})
REDUCED = World(
    {"x": _RANDOM.normal(size=(3, 3))},
    {"y": lambda x: x.sum(axis=0), "out": lambda y: np.sum(np.sin(y) * _T[0])},
)
REPEATED = World(
    {"x": _RANDOM.normal(size=(3, 3)), "b": _RANDOM.normal(size=3)},
    {"y": lambda x, b: x + b, "out": lambda y: np.sum(np.sin(y) * _T)},
)
PRODUCTS = World(
    {"A": _A, "B": _B},
    {"Y": lambda A, B: A @ B, "out": lambda Y: np.sum(np.sin(Y) * _T)},  # noqa: N803
)
FIXED = World(
    {"x": 0.7, "A": _A, "B": _B, "r": _T[0], "s": _T[1]},
    {"X": lambda x: _DA + np.sin(x) * _DB},
)
FAMILY = World({"x": 0.7}, {"u": lambda x: np.array([np.sin(x), x**2, np.exp(x)])})

WORLDS = {
    "matrix product": MATRICES,
    "transposition": TRANSPOSED,
    "constant matrices": FIXED,
    "turning the trace": FIXED,
    "transposing a number": FIXED,
    "sum of products": FIXED,
    "diagonal matrix": FIXED,
    "log determinant": MATRICES,
    "linearity of trace": MATRICES,
    "inverse": MATRICES,
    "determinant": MATRICES,
    "linearity of the sum": FAMILY,
    "einsum": PRODUCTS,
    "linear sum": ENTRIES,
    "summation": ENTRIES,
    "indexing": ENTRIES,
    "picking out": ENTRIES,
    "rename": ENTRIES,
    "sums to one": World({"p": np.array([0.2, 0.5, 0.3])}, {}),
    "regroup": REDUCED,
    "reduction": REDUCED,
    "broadcasting": REPEATED,
}


@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: rule.name)
@pytest.mark.parametrize(
    "letters", [{"i": 0, "j": 2, "k": 1}, {"i": 1, "j": 0, "k": 1}], ids=["apart", "equal"]
)
def test_both_sides_of_a_law_agree(rule: Rule, letters: dict[str, int]) -> None:
    world = WORLDS.get(rule.name, NUMBERS)
    for law in equations(rule):
        left, right = (
            np.asarray(world.evaluate(side, letters, {}), dtype=float) for side in (law.left, law.right)
        )
        assert left.shape == right.shape
        assert left == pytest.approx(right, rel=1e-6, abs=1e-8)


def test_a_wrong_law_is_seen() -> None:
    [law] = equations(RULES["product"])
    wrong = equations(RULES["quotient"])[0]
    sides = (NUMBERS.evaluate(law.left, {}, {}), NUMBERS.evaluate(wrong.right, {}, {}))
    assert sides[0] != pytest.approx(sides[1], rel=1e-3)


@pytest.mark.parametrize(
    "rule", [rule for rule in EVERY if rule.paths and rule.group == "calculus"], ids=lambda rule: rule.name
)
def test_the_slopes_of_a_picture_multiply_and_add_to_the_law(rule: Rule) -> None:
    total = sum(
        np.prod([float(NUMBERS.evaluate(slope, {}, {})) for slope in way.slopes]) for way in ways(rule)
    )
    right = float(NUMBERS.evaluate(equations(rule)[-1].right, {}, {}))
    assert total == pytest.approx(right, rel=1e-6)


# --- its words --------------------------------------------------------------------------------------


def test_rules_are_told_apart_by_name() -> None:
    names = [name.lower() for rule in EVERY for name in (rule.name, *rule.aliases)]
    assert len(names) == len(set(names))
    assert len({rule.title for rule in EVERY}) == len(EVERY)


@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: rule.name)
def test_reasons_are_sentences_and_names_lead_somewhere(rule: Rule) -> None:
    assert rule.why[0].islower() or rule.why.split()[0] in ("A", "F(x,")
    assert not rule.why.endswith(".")
    assert len(rule.why) <= 100
    assert rule.name not in rule.also
    for name in rule.also:
        assert found(name) is not rule


# --- every rule that is named has a page --------------------------------------------------------------


def names_of(step: Step) -> Iterator[str]:
    yield step.rule
    for inner in step.steps:
        yield from names_of(inner)


def of_the_table() -> Iterator[Step]:
    """Every operation by every parameter, with nothing and with something inside."""
    for op in TABLE.values():
        names = op.signature.parameters
        if isinstance(op, Structured | Composite):
            names = names[: len(op.pullbacks) if isinstance(op, Structured) else op.tensors]
        plain = Apply(op.name, tuple(map(Symbol, names)))
        nested = Apply(op.name, tuple(apply("mul", integer(2), part) for part in plain.args))
        slopes = op.derivatives if isinstance(op, Pointwise) else [""] * len(names)
        for name, slope in zip(names, slopes, strict=True):
            if slope is not None:
                yield derive(plain, Symbol(name))
                yield derive(nested, Symbol(name))


def of_arithmetic() -> Iterator[Step]:
    x = Symbol("x")
    two = number(2)
    for op in ("add", "mul", "div", "pow"):
        for args in ((x, x), (x, two), (two, x), (apply("sin", x), apply("exp", x))):
            yield derive(Apply(op, args), x)
    yield derive(apply("add", x, apply("neg", x)), x)
    yield derive(two, x)
    yield derive(apply("hypot", x, apply("mul", two, x)), x)
    yield derive(Apply("call", (x,), (("function", "f"), ("orders", (0,)))), x)
    yield derive(apply("transpose", x), x)
    yield derive(Apply("einsum", (x,), (("pattern", "ii->"),)), x)


def of_lines(working: Working | None) -> Iterator[str]:
    """The rules that the lines of a derivation name, those of named parts included."""
    for line in () if working is None else working.lines:
        yield from line.rules
        for let in line.lets:
            yield from of_lines(let.working)


def of_programs(programs: Iterable[str]) -> Iterator[str]:
    """The rules that derivations name: in their table and line by line."""
    for program in programs:
        for factor in cr.derive(program, detail="rules", verify=False).data.factors:
            yield from factor.rules
            yield from of_lines(factor.working)


def test_every_rule_that_a_step_names_has_a_page() -> None:
    steps = [*of_the_table(), *of_arithmetic()]
    names = {name for step in steps for name in names_of(step)}
    assert {"chain", "product", "summation", "matrix product", "several arguments", "inv"} <= names
    assert names - {*RULES, *SPELLINGS} == set()


def test_every_rule_that_a_derivation_names_has_a_page() -> None:
    samples = [sample.read_text(encoding="utf-8") for sample in SAMPLES]
    names = set(of_programs([*samples, *(rule.example for rule in EVERY)]))
    assert {"multiply", "collect", "cancel", "picking out", "linear sum", "substitute back"} <= names
    assert {"Pythagoras", "sums to one", "regroup"} <= names
    assert names - {*RULES, *SPELLINGS} == set()


def test_a_rule_without_a_page_is_seen() -> None:
    with pytest.raises(ChainRuleError) as caught:
        found("a rule that nobody has")
    assert caught.value.diagnostic.code == "name"
    assert isinstance(cr.explain("chain", example=False).data, Page)


SHOWN = [rule for rule in EVERY if rule.group == "algebra" and rule.name not in ("substitute back", "rename")]


@pytest.mark.parametrize("rule", SHOWN, ids=lambda rule: rule.name)
def test_the_example_of_a_rule_of_algebra_uses_it(rule: Rule) -> None:
    """By its name in the lines of a factor, or by what it does in those of the gradient."""
    made = cr.derive(rule.example, detail="rules", verify=False).data
    lines = [line for part in made.factors if part.working for line in part.working.lines]
    reasons = {line.why for part in made.gradients for line in part.lines}
    by_name = any(rule.name in line.rules for line in lines)
    assert by_name or reasons & {rule.why, *rule.aliases}
