from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

import chainrule as cr
from chainrule.cli.help import EXAMPLE, EXAMPLE_AT, MORE, WELCOME
from chainrule.schema import SCHEMAS, load
from tests.cli.running import chainrule

HEAVY = ("sympy", "numpy", "rich", "mpmath", "chainrule.calculus", "chainrule.derivation", "chainrule.report")


def test_help_begins_with_the_example_and_its_real_answer() -> None:
    done = chainrule("--help")
    assert done.returncode == 0
    assert done.stdout.index(EXAMPLE) < done.stdout.index("Usage")
    answer = cr.derive(EXAMPLE, at=EXAMPLE_AT).render("text")
    shown = [line[2:] for line in WELCOME.splitlines() if line.startswith("  ") and "$" not in line]
    assert shown
    assert all(line in answer for line in shown)


def test_without_a_command_help_is_shown() -> None:
    assert chainrule().stdout == chainrule("--help").stdout


@pytest.mark.parametrize("command", re.findall(r"chainrule derive '([^']*)'", MORE))
def test_the_programs_in_the_help_run(command: str) -> None:
    assert cr.derive(command).verified is not False


def test_the_version_is_that_of_the_package() -> None:
    pyproject = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{cr.__version__}"' in pyproject
    assert chainrule("--version").stdout == f"chainrule {cr.__version__}\n"


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_printed(name: str) -> None:
    assert json.loads(chainrule("schema", name).stdout) == load(name)
    jsonschema.Draft202012Validator.check_schema(load(name))


def test_without_a_name_all_schemas_are_printed() -> None:
    assert json.loads(chainrule("schema").stdout) == {name: load(name) for name in SCHEMAS}


def test_an_unknown_schema_is_refused_with_a_suggestion() -> None:
    done = chainrule("schema", "derivve")
    assert done.returncode == 2
    assert "try: derive" in done.stderr


def test_an_unknown_command_is_refused() -> None:
    done = chainrule("derrive", "y = x")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error[usage]: no such command 'derrive'")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["derive", "--help"],
        ["--version"],
        ["schema"],
        ["schema", "derive"],
        ["derive", "--nonsense"],
        ["derive", "y = x", "--order", "9"],
        ["derive", "y = x", "--format", "nonsense"],
        ["nonsense"],
    ],
    ids=" ".join,
)
def test_what_needs_no_algebra_imports_none(arguments: list[str]) -> None:
    code = (
        "import sys\n"
        "from chainrule.cli import run\n"
        f"run({arguments!r})\n"
        f"sys.stderr.write('LOADED ' + ' '.join(name for name in {HEAVY!r} if name in sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False)
    assert done.stderr.rpartition("LOADED ")[2] == ""


def test_completion_imports_no_algebra() -> None:
    done = chainrule(
        env={"_CHAINRULE_COMPLETE": "bash_complete", "COMP_WORDS": "chainrule derive --no", "COMP_CWORD": "2"}
    )
    assert "--notation" in done.stdout


def test_importing_chainrule_is_cheap() -> None:
    code = "import sys; import chainrule; print([m for m in sys.modules if m.startswith('chainrule.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "[]"


def test_text_needs_neither_sympy_nor_rich_nor_numpy() -> None:
    code = (
        "import sys\n"
        "from chainrule.cli import run\n"
        "run(['derive', 'y = x + 2; z = 3*y**2; out = mean(z)', '--at', 'x = ones(2, 2)'])\n"
        "sys.stderr.write(' '.join(name for name in ('sympy', 'numpy', 'rich') if name in sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False)
    assert done.stderr == ""
