"""Every rule and every operation has a page that builds, prints within its width, and fits the schema."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

import chainrule as cr
from chainrule.calculus.rules import derive
from chainrule.document import Look
from chainrule.formats import named
from chainrule.ops import FAMILIES, TABLE
from chainrule.ops.rule import Rule
from chainrule.ops.rulebook import RULES
from chainrule.ops.table import Composite, Pointwise, Structured
from chainrule.pages.build import contents, page
from chainrule.pages.data import Page
from chainrule.pages.finding import REFUSED, found
from chainrule.schema import load
from chainrule.terms import Symbol
from tests.cli.running import chainrule
from tests.formats.test_latex import compiled
from tests.pages.expected import EXPECTED, GOLDENS, output
from tests.pages.test_rulebook import names_of

EVERY = [*(f"{name} rule" for name in RULES), *(f"{name}()" for name in TABLE), *REFUSED]
SCHEMA = jsonschema.Draft202012Validator(load("explain"))

# A page of each kind: rules with all sorts of pictures, operations of all families, refusals.
SAMPLE = [
    "constant", "product", "chain rule", "several paths", "broadcasting", "summation", "matrix product",
    "picking out", "relu", "hypot", "leaky_relu", "clip", "polygamma", "max", "softmax", "inv", "matmul",
    "cross_entropy", "embedding", "cumprod", "lyapunov", "expm_second", "argmax", "einsum", "zeros",
]  # fmt: skip


@pytest.fixture(scope="module")
def pages() -> dict[str, Page]:
    """Every page without its example, by what one asks for."""
    return {name: page(name, example=False) for name in EVERY}


# --- without examples ---------------------------------------------------------------------------------


def test_every_page_builds_and_prints_within_its_width(pages: dict[str, Page]) -> None:
    text = named("text")
    for name, built in pages.items():
        assert built.why
        assert built.laws or built.kind == "refused" or built.program or built.sentence
        shown = "".join(text.write_page(built, Look(width=80)))
        assert max(map(len, shown.splitlines())) <= 80, name
        assert "".join(text.write_page(built, Look(width=50, ascii=True))).isascii()


def test_every_page_fits_the_schema(pages: dict[str, Page]) -> None:
    for built in pages.values():
        without_points = replace(built, curves=tuple(replace(curve, lines=()) for curve in built.curves))
        SCHEMA.validate(json.loads("".join(named("json").write_page(without_points, Look()))))
    SCHEMA.validate(json.loads("".join(named("json").write_page(contents(), Look()))))


def test_see_also_leads_to_other_pages(pages: dict[str, Page]) -> None:
    for name, built in pages.items():
        others = [found(other) for other in built.also]
        assert found(name) not in others
        assert not any(isinstance(other, str) for other in others)


def test_pages_say_what_the_table_says(pages: dict[str, Page]) -> None:
    for op in TABLE.values():
        built = pages[f"{op.name}()"]
        assert built.why == op.why
        assert built.call is not None
        assert built.call.startswith(f"{op.name}(")
        if isinstance(op, Pointwise):
            assert len(built.claims) == len(op.derivatives)
            assert len(built.corners) == len(op.kinks)
            assert bool(built.domain) == (op.domain is not None)
            assert bool(built.jumps) == (op.jumps is not None)
        if isinstance(op, Composite):
            assert built.program == op.program
        if isinstance(op, Structured):
            remarks = " ".join(claim.remark for claim in built.claims)
            assert ("does not know it yet" in remarks) == ("not supported yet" in op.pullbacks)


def test_contents_list_every_rule_and_operation() -> None:
    listed = contents()
    assert [entry.name for chapter in listed.rules for entry in chapter.entries] == list(RULES)
    assert [entry.name for chapter in listed.operations for entry in chapter.entries] == list(TABLE)
    assert [chapter.title for chapter in listed.operations] == list(FAMILIES)
    shown = cr.explain().render(width=80)
    assert max(map(len, shown.splitlines())) <= 80
    assert shown.index("The rules of calculus") < shown.index("Functions of numbers")


# --- names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("product", "product"), ("product rule", "product"), ("The Product Rule", "product"),
        ("product()", "prod"), ("prod", "prod"), ("sum", "sum"), ("sum()", "sum"), ("chain-rule", "chain"),
        ("constant_multiple", "constant multiple"), ("*", "product"), ("@", "matrix product"),
        ("matmul", "matmul"), ("ln", "log"), ("arcsin", "asin"), ("torch.sigmoid", "sigmoid"),
        ("torch.nn.functional.log_softmax", "log_softmax"), ("nn.ReLU", "relu"), ("np.sum(x)", "sum"),
        ("LayerNorm", "layer_norm"), ("nn.CrossEntropyLoss", "cross_entropy"), ("MSELoss()", "mse"),
        ("x.T", "transpose"), ("softmax(x, axis=0)", "softmax"), ("inverse", "inverse"), ("inverse()", "inv"),
        ('einsum("ij,j->i", a, b)', "einsum"),
    ],
)  # fmt: skip
def test_many_spellings_lead_to_a_page(asked: str, name: str) -> None:
    entry = found(asked)
    assert not isinstance(entry, str)
    assert entry.name == name
    brackets = name in TABLE and ("(" in asked or name not in RULES)
    assert isinstance(entry, Rule) != brackets


@pytest.mark.parametrize(
    ("asked", "suggestion"),
    [("chian", "chain"), ("sofmax", "softmax"), ("prodct rule", "product"), ("torch.sigmiod", "sigmoid")],
)
def test_near_misses_get_a_suggestion(asked: str, suggestion: str) -> None:
    with pytest.raises(cr.ChainRuleError) as caught:
        cr.explain(asked)
    assert caught.value.diagnostic.suggestion == f"chainrule explain {suggestion}"


def test_an_unknown_name_is_refused() -> None:
    done = chainrule("explain", "chian", "rule")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "there is no rule and no operation called chian rule" in done.stderr
    assert "= try: chainrule explain chain\n" in done.stderr


def test_parts_of_names_are_told() -> None:
    with pytest.raises(cr.ChainRuleError) as caught:
        cr.explain("pool")
    assert "max_pool2d" in caught.value.diagnostic.notes[0]


# --- examples -----------------------------------------------------------------------------------------


def is_verified(name: str) -> bool:
    """Whether the example of a page is there and proved; what cannot be derived at all has none."""
    shown = page(name)
    if shown.example is None:
        return all("does not know it yet" in claim.remark for claim in shown.claims)
    return shown.example.verified is True


@pytest.mark.parametrize("name", random.Random(3).sample(EVERY[: -len(REFUSED)], 15))  # noqa: S311  not a secret
def test_worked_examples_are_verified(name: str) -> None:
    assert is_verified(name)


@pytest.mark.campaign
@pytest.mark.parametrize("name", EVERY[: -len(REFUSED)])
def test_every_worked_example_is_verified(name: str) -> None:
    assert is_verified(name)


# Rules that the derivation as a whole follows, and no single step of it.
WHOLE = {"several paths", "implicit differentiation"}


@pytest.mark.parametrize(
    "rule",
    [rule for rule in RULES.values() if rule.group == "calculus" and rule.name not in WHOLE],
    ids=lambda rule: rule.name,
)
def test_the_example_of_a_rule_of_calculus_uses_it(rule: Rule) -> None:
    statements = cr.parse(rule.example).statements
    steps = [derive(part.term, Symbol(name)) for part in statements for name in part.depends_on]
    assert rule.name in {name for step in steps for name in names_of(step)}


@pytest.mark.parametrize("name", SAMPLE)
def test_whole_pages_fit_the_schemas(name: str) -> None:
    shown = cr.explain(name)
    data = json.loads(shown.to_json())
    SCHEMA.validate(data)
    if data["example"] is not None:
        jsonschema.Draft202012Validator(load("derive")).validate(data["example"])
        assert shown.verified is True
    assert str(shown) in shown.render("terminal")


# --- looks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GOLDENS)
def test_pages_are_as_approved(name: str) -> None:
    assert output(name) == (EXPECTED / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [None, "chain", "relu", "matmul", "softmax", "tan"])
def test_pages_compile_without_an_overfull_line(name: str | None, tmp_path: Path) -> None:
    said = compiled(cr.explain(name).render("latex", standalone=True), tmp_path)
    assert "Overfull" not in said


def test_a_page_is_written_to_a_file(tmp_path: Path) -> None:
    target = tmp_path / "chain.tex"
    done = chainrule("explain", "chain", "rule", "-o", str(target))
    assert done.returncode == 0
    assert done.stdout == ""
    assert "\\xrightarrow" in target.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "arguments", [["explain"], ["explain", "chain"], ["explain", "relu", "--format", "json"]]
)
def test_pages_need_neither_sympy_nor_numpy_nor_rich(arguments: list[str]) -> None:
    code = (
        "import sys\n"
        "from chainrule.cli import run\n"
        f"run({arguments!r})\n"
        "sys.stderr.write(' '.join(name for name in ('sympy', 'numpy', 'rich') if name in sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False)
    assert done.stderr == ""
