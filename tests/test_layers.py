"""Who may import whom: every import in chainrule/ points strictly down the table of the architecture."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import chainrule

# One row a level, lowest first. A place (a module or a package) imports from the rows above its own, and
# across a "<" from those to its left; places with a "|" between them know nothing of each other.
TABLE = [
    "source < diagnostics < budget",
    "terms < shapes < algebra < indices",
    "graph",
    "ops",
    "notation < language",
    "numeric | frontends",
    "calculus",
    "laws < claim < measuring < large_proof < proof < derivation",
    "codegen | tutor | pages",
    "document < report | schema",
    "formats",
    "api",
    "__init__",  # the face of the package: `import chainrule`
    "cli < __main__",
]

# A format prints documents: it knows neither the mathematics nor its neighbours.
CLOSED_TO_FORMATS = ("ops", "calculus")


class Rank(NamedTuple):
    level: int
    chain: int
    position: int

    def may_import(self, other: Rank) -> bool:
        """Whether ``other`` is strictly below: in a lower level, or further left in the same chain."""
        if self.level != other.level:
            return other.level < self.level
        return self.chain == other.chain and other.position < self.position


RANKS = {
    place: Rank(level, number, position)
    for level, row in enumerate(TABLE)
    for number, chain in enumerate(row.split(" | "))
    for position, place in enumerate(chain.split(" < "))
}


class Import(NamedTuple):
    """A module of the package needs another; dotted names without the package's own."""

    importer: str
    line: int
    imported: str
    lazy: bool


class Module(NamedTuple):
    name: str
    path: Path
    tree: ast.Module


def place(name: str) -> str:
    """The row entry that a dotted name belongs to: ``ops.table`` is in ``ops``."""
    return name.partition(".")[0]


def modules(root: Path) -> list[Module]:
    """Every module below the folder ``root``; the outermost ``__init__`` alone goes by that name."""
    found = []
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        if len(parts) > 1 and parts[-1] == "__init__":
            parts = parts[:-1]
        found.append(Module(".".join(parts), path, ast.parse(path.read_text(encoding="utf-8"))))
    return found


def imports(module: Module, package: str, names: set[str]) -> Iterator[Import]:
    """Every import of the package's own modules in one of them, those inside functions included."""
    for node, lazy in _walk(module.tree, lazy=False):
        for target in _targets(node, module, package):
            if target == package or target.startswith(package + "."):
                yield Import(module.name, node.lineno, _nearest(target[len(package) + 1 :], names), lazy)


def _walk(node: ast.AST, *, lazy: bool) -> Iterator[tuple[ast.AST, bool]]:
    """Every node, and whether it is executed only later (in a function) or never (for a type checker)."""
    for child in ast.iter_child_nodes(node):
        yield child, lazy
        later = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        never = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        yield from _walk(child, lazy=lazy or later or never)


def _targets(node: ast.AST, module: Module, package: str) -> list[str]:
    match node:
        case ast.Import(names=aliases):
            return [alias.name for alias in aliases]
        case ast.ImportFrom(module=start, names=aliases, level=level):
            base = ".".join(filter(None, [_climb(module, package, level), start]))
            return [f"{base}.{alias.name}" for alias in aliases]
        case ast.Call(func=ast.Name("import_module") | ast.Attribute(attr="import_module"), args=[name, *_]):
            # A computed name counts as an import of the package that its literal beginning names.
            written = name.values[0] if isinstance(name, ast.JoinedStr) and name.values else name
            text = written.value if isinstance(written, ast.Constant) else f"{package}.<computed>"
            return [str(text).rstrip(".")]
        case _:
            return []


def _climb(module: Module, package: str, level: int) -> str:
    """The package that the dots of a relative import stand for."""
    if level == 0:
        return ""
    parts = [package] if module.name == "__init__" else [package, *module.name.split(".")]
    ups = level - 1 if module.path.name == "__init__.py" else level
    return ".".join(parts[: len(parts) - ups])


def _nearest(name: str, names: set[str]) -> str:
    """The module that a dotted name is found in: what a module defines is not a module."""
    while "." in name and name not in names:
        name = name.rpartition(".")[0]
    exported = name.isidentifier() and name not in names and name not in RANKS
    return "__init__" if exported or not name else name


def violations(root: Path) -> list[str]:
    """One sentence for every import below the package folder ``root`` that breaks the table."""
    found = modules(root)
    names = {module.name for module in found}
    unplaced = sorted({place(name) for name in names} - RANKS.keys())
    known = [module for module in found if place(module.name) in RANKS]
    every = [one for module in known for one in imports(module, root.name, names)]
    complaints = [f"{name} is not in the table of levels" for name in unplaced]
    for one in every:
        reason = _complaint(one)
        if reason:
            complaints.append(f"{one.importer}, line {one.line}, imports {one.imported}: {reason}")
    return complaints + [f"a circle: {' → '.join(circle)}" for circle in circles(every)]


def _complaint(one: Import) -> str | None:
    here, there = place(one.importer), place(one.imported)
    if there not in RANKS:
        return "it is not in the table of levels"
    if here == "__init__" and not one.lazy and RANKS[there].level > 0:
        return "`import chainrule` stays cheap, so this belongs inside a function"
    if here == "formats" and there in CLOSED_TO_FORMATS:
        return "a format prints documents and knows no mathematics"
    if here == there == "formats" and _is_other_format(one):
        return "a format does not know another format"
    if here != there and not RANKS[here].may_import(RANKS[there]):
        return "it is not below"
    return None


def _is_other_format(one: Import) -> bool:
    """Whether a format imports another; the package itself, which lists them, is none."""
    here, there = one.importer.split("."), one.imported.split(".")
    return len(here) > 1 and len(there) > 1 and here[1] != there[1]


def circles(every: list[Import]) -> list[list[str]]:
    """The circles among the imports inside each package: the modules that one meets on the way round."""
    needs: dict[str, set[str]] = {}
    for one in every:
        if place(one.importer) == place(one.imported) and one.importer != one.imported:
            needs.setdefault(one.importer, set()).add(one.imported)
    found: list[list[str]] = []
    finished: set[str] = set()

    def visit(name: str, way: list[str]) -> None:
        if name in way:
            found.append([*way[way.index(name) :], name])
        elif name not in finished:
            for needed in sorted(needs.get(name, ())):
                visit(needed, [*way, name])
            finished.add(name)

    for name in sorted(needs):
        visit(name, [])
    return found


def test_every_import_points_down_the_table() -> None:
    assert violations(Path(chainrule.__file__).parent) == []


def write(root: Path, files: dict[str, str]) -> Path:
    package = root / "chainrule"
    for name, text in files.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return package


LAWFUL = {
    "__init__.py": "from chainrule.source import Span\ndef f():\n    from chainrule.api import derive\n",
    "source.py": "import ast\n",
    "diagnostics.py": "from chainrule.source import Span\n",
    "terms.py": "from chainrule import diagnostics\n",
    "ops/__init__.py": "from chainrule.ops import table\nfrom .folds import FOLDS\n",
    "ops/table.py": "import chainrule.terms as t\n",
    "ops/folds.py": "from .table import Entry\nfrom ..terms import Term\n",
    "report.py": "from chainrule.document import Table\n",
    "document.py": "",
    "formats/__init__.py": "from importlib import import_module\nimport_module(f'chainrule.formats.{n}')\n",
    "formats/latex.py": "from chainrule.document import Table\n",
    "formats/svg/__init__.py": "from chainrule.formats.svg.curves import Curve\n",
    "formats/svg/curves.py": "",
    "api.py": "from chainrule import formats\n",
    "cli/__init__.py": "import chainrule\nfrom chainrule import VERSION\n",
}


def test_a_lawful_tree_passes(tmp_path: Path) -> None:
    assert violations(write(tmp_path, LAWFUL)) == []


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("terms.py", "from chainrule.graph import Graph", "imports graph: it is not below"),
        ("terms.py", "from chainrule.ops.table import Entry", "imports ops.table: it is not below"),
        ("terms.py", "def f():\n    from chainrule import ops", "line 2, imports ops: it is not below"),
        ("terms.py", "import chainrule", "imports __init__: it is not below"),
        ("terms.py", "from .report import page", "imports report: it is not below"),
        (
            "terms.py",
            "import importlib as i\ni.import_module('chainrule.api')",
            "imports api: it is not below",
        ),
        (
            "terms.py",
            "from importlib import import_module as m\nimport_module(n)",
            "<computed>: it is not in the table",
        ),
        (
            "terms.py",
            "if TYPE_CHECKING:\n    from chainrule.api import derive",
            "imports api: it is not below",
        ),
        ("source.py", "from chainrule.diagnostics import fail", "imports diagnostics: it is not below"),
        ("document.py", "import chainrule.report", "imports report: it is not below"),
        ("numeric.py", "from chainrule.frontends import python", "imports frontends.python: it is not below"),
        ("formats/latex.py", "from chainrule.formats.svg import draw", "does not know another format"),
        ("formats/latex.py", "from chainrule.ops import TABLE", "knows no mathematics"),
        (
            "ops/table.py",
            "from chainrule.ops.folds import FOLDS",
            "a circle: ops.folds → ops.table → ops.folds",
        ),
        ("helpers.py", "", "helpers is not in the table of levels"),
        ("__init__.py", "from chainrule.api import derive", "belongs inside a function"),
    ],
)
def test_each_kind_of_violation_is_seen(tmp_path: Path, name: str, text: str, complaint: str) -> None:
    tree = {**LAWFUL, "frontends/__init__.py": "", "frontends/python.py": ""}
    [found] = violations(write(tmp_path, {**tree, name: text}))
    assert complaint in found
