"""Text never becomes running code, and heavy libraries are never imported before they are needed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import chainrule

# Python's own ways to run text; as bare names, so that re.compile stays what it is.
RUNS_PYTHON = {"eval", "exec", "compile", "__import__"}

# SymPy's, and the shell's, under whatever name the library was imported.
RUNS_TEXT = {"sympify", "parse_expr", "lambdify", "popen", "system"}

# Formats in which data can carry code.
CARRIES_CODE = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}

# Each costs more to import than most commands need in all: 35 to 270 ms.
HEAVY = {"sympy", "numpy", "rich", "mpmath", "torch", "jax"}

# Modules that may import a heavy library at their top, each with the reason. Others import these late.
ALLOWED_AT_TOP = {
    "large_proof.py": "NumPy in every line; imported late, when large tensors are verified",
    "numeric/array_kernels.py": "NumPy in every line; imported late, when float arrays are evaluated",
    "numeric/array_linear.py": "the same",
    "numeric/array_moves.py": "the same",
    "numeric/arrays.py": "the same",
    "numeric/blocks.py": "the same",
    "numeric/products.py": "the same",
}


def dangers(tree: ast.Module) -> list[str]:
    """One sentence for each way in which a module could turn text into running code."""
    return [f"line {node.lineno}: {reason}" for node in ast.walk(tree) for reason in _dangers_of(node)]


def _dangers_of(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name) if name in RUNS_PYTHON | RUNS_TEXT:
            yield f"{name} runs text"
        case ast.Attribute(value=ast.Name("builtins"), attr=name) if name in RUNS_PYTHON:
            yield f"builtins.{name} runs text"
        case ast.Attribute(attr=name) if name in RUNS_TEXT and ast.unparse(node) != "platform.system":
            yield f"{name} runs text"
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            yield from _dangers_of_import(node, [alias.name for alias in aliases])
        case ast.Call():
            yield from _dangers_of_call(node)


def _dangers_of_import(node: ast.Import | ast.ImportFrom, names: list[str]) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom):
        yield from (f"{name} runs text" for name in names if name in RUNS_PYTHON | RUNS_TEXT)
        names = [node.module or ""]
    for name in names:
        if name.partition(".")[0] in CARRIES_CODE:
            yield f"what {name} reads can carry code"


def _dangers_of_call(call: ast.Call) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if name == "S" and not all(isinstance(argument, ast.Constant) for argument in call.args):
        yield "S runs text"
    if (
        name == "load"
        and ast.unparse(call.func) in ("np.load", "numpy.load")
        and not _is(given, "allow_pickle", value=False)
    ):
        yield "numpy.load without allow_pickle=False reads pickles"
    if "shell" in given and not _is(given, "shell", value=False):
        yield "a shell runs text"


def _is(given: dict[str | None, ast.expr], keyword: str, *, value: bool) -> bool:
    written = given.get(keyword)
    return isinstance(written, ast.Constant) and written.value is value


def heavy_at_top(tree: ast.Module) -> list[str]:
    """What a module imports with a heavy library behind it when it is itself imported."""
    modules = {f"chainrule/{path}".removesuffix(".py").replace("/", ".") for path in ALLOWED_AT_TOP}
    return [
        name
        for node in _executed_on_import(tree)
        for name in _imported(node)
        if name.partition(".")[0] in HEAVY or name in modules
    ]


def _executed_on_import(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        only_for_types = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and not only_for_types:
            yield child
            yield from _executed_on_import(child)


def _imported(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=aliases):
            return [alias.name for alias in aliases]
        case ast.ImportFrom(module=str(module), names=aliases, level=0):
            return [module, *(f"{module}.{alias.name}" for alias in aliases)]
        case _:
            return []


def trees() -> dict[str, ast.Module]:
    """Every module of the package by its path."""
    root = Path(chainrule.__file__).parent
    return {
        path.relative_to(root).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(root.rglob("*.py"))
    }


def test_no_module_runs_text() -> None:
    assert {name: found for name, tree in trees().items() if (found := dangers(tree))} == {}


def test_heavy_libraries_are_imported_by_the_step_that_needs_them() -> None:
    early = {name: found for name, tree in trees().items() if (found := heavy_at_top(tree))}
    assert {name: found for name, found in early.items() if name not in ALLOWED_AT_TOP} == {}
    assert set(ALLOWED_AT_TOP) <= set(early), "an exception that is no longer needed"


@pytest.mark.parametrize(
    "text",
    [
        "eval('1')",
        "run = exec",
        "compile(text, '', 'exec')",
        "__import__(name)",
        "import builtins; builtins.eval(text)",
        "import sympy; sympy.sympify(text)",
        "from sympy import sympify as read",
        "from sympy.parsing.sympy_parser import parse_expr",
        "def f(sp): return sp.lambdify(x, y)",
        "sympy.S(text)",
        "S(f'{text}')",
        "import pickle",
        "from pickle import loads as read",
        "np.load(path)",
        "numpy.load(path, allow_pickle=True)",
        "subprocess.run(text, shell=True)",
        "os.system(text)",
        "from os import popen",
    ],
)
def test_each_way_to_run_text_is_seen(text: str) -> None:
    assert dangers(ast.parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "re.compile(text)",
        "ast.literal_eval(text)",
        "ast.parse(text)",
        "sympy.S(1) / 2",
        "sympy.S.One",
        "np.load(path, allow_pickle=False)",
        "json.load(file)",
        "platform.system()",
        "subprocess.run(['pdflatex', path], check=True)",
        "'eval(text)'",
        "unit.evaluate(values)",
    ],
)
def test_harmless_neighbours_pass(text: str) -> None:
    assert dangers(ast.parse(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "import sympy",
        "import numpy.linalg as la",
        "from rich.console import Console",
        "try:\n    import torch\nexcept E: ...",
        "class A:\n    import mpmath",
        "if fast:\n    import numpy",
        "from chainrule.numeric import arrays",
        "from chainrule.numeric.arrays import Array",
    ],
)
def test_a_heavy_import_at_the_top_is_seen(text: str) -> None:
    assert heavy_at_top(ast.parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    import sympy",
        "if TYPE_CHECKING:\n    import numpy as np",
        "import json",
        "from .rich import x",
    ],
)
def test_a_late_or_light_import_passes(text: str) -> None:
    assert heavy_at_top(ast.parse(text)) == []
