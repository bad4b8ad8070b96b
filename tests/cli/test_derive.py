from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest

import chainrule as cr
from chainrule.report.view import DETAILS, NOTATIONS
from chainrule.schema import load
from tests.cli.running import chainrule

PROGRAM = "y = x + 2; z = 3*y**2; out = mean(z)"


def test_a_program_is_an_argument() -> None:
    done = chainrule("derive", PROGRAM, "--at", "x = ones(2, 2)")
    assert done.returncode == 0
    assert done.stdout == cr.derive(PROGRAM, at="x = ones(2, 2)").render("text")
    assert done.stderr == ""


@pytest.mark.parametrize("arguments", [["-"], [], ["-f", "-"]], ids=["dash", "nothing", "file dash"])
def test_a_program_comes_through_a_pipe(arguments: list[str]) -> None:
    done = chainrule("derive", *arguments, text="y = x**2\r\n")
    assert done.returncode == 0
    assert "dy/dx = 2x" in done.stdout


def test_a_program_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "it.chain"
    path.write_bytes(b"\xef\xbb\xbfy = x**2\n")
    done = chainrule("derive", "-f", str(path))
    assert "dy/dx = 2x" in done.stdout
    path.write_text("y = x +\n", encoding="utf-8")
    refused = chainrule("derive", "-f", str(path), "--format", "json")
    assert json.loads(refused.stderr)["error"]["labels"][0]["source"] == str(path)


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["y = x", "-f", "it.chain"], "usage", "two programs"),
        (["-f", "missing.chain"], "usage", "cannot read missing.chain"),
        (["-f", "model.py"], "unsupported", "Python"),
        (["-f", "model.ipynb"], "unsupported", "notebooks"),
        (["-f", "model.tex"], "unsupported", "LaTeX"),
        (["y = x +"], "syntax", "nothing after it"),
        (["y = x", "--of", "q"], "name", "no variable q"),
        (["y = x", "--wrt", "q"], "name", "no variable q"),
        (["y = x", "--wrt", "2"], "usage", "2 is none"),
        (["y = x", "--shape", "x"], "usage", "name=lengths"),
        (["y = x", "--shape", "x=0"], "usage", "not positive"),
        (["y = x", "--shape", "q=2"], "name", "no input q"),
        (["y = x", "--assume", "x=positiv"], "usage", "no assumption"),
        (["y = x", "--assume", "q=positive"], "name", "no input q"),
        (["y = x", "--at", "x = [1, [2]]"], "value", ""),
        (["y = x", "--at", "q = 1"], "name", "no variable q"),
        (["y = x", "--only", "dq/dx"], "usage", "dq/dx"),
        (["y = x", "--format", "jsno"], "unsupported", "no format"),
        (["y = x", "--format", "html"], "unsupported", "not supported yet"),
        (["y = x", "-o", "out.html"], "unsupported", "not supported yet"),
        (["y = x", "--symbol", r"y=\input{x}"], "usage", "input"),
        (["y = x", "--symbol", "y={"], "usage", "braces"),
        (["y = x", "--order", "9"], "usage", "--order"),
        (["y = x", "--detail", "more"], "usage", "--detail"),
        (["y = x", "--nonsense"], "usage", "no option --nonsense"),
        (["y = x", "extra"], "usage", "extra"),
        (["-x"], "usage", "no option -x"),
    ],
)
def test_what_is_wrong_is_said_on_standard_error_alone(
    arguments: list[str], code: str, word: str, tmp_path: Path
) -> None:
    done = chainrule("derive", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"error[{code}]: ")
    assert word in done.stderr
    if "--format" in arguments or "-o" in arguments:
        return
    as_json = chainrule("derive", "--format=json", *arguments, cwd=tmp_path)
    assert as_json.returncode == 2
    assert as_json.stdout == ""
    error = json.loads(as_json.stderr)
    jsonschema.Draft202012Validator(load("error")).validate(error)
    assert error["error"]["code"] == code


def test_no_program_at_all_is_refused() -> None:
    done = chainrule("derive", text="")
    assert done.returncode == 2
    assert "the program is empty" in done.stderr


def test_a_file_name_that_is_taken_for_a_program_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "model.chain").write_text("y = x", encoding="utf-8")
    done = chainrule("derive", "model.chain", cwd=tmp_path)
    assert done.returncode == 2
    assert "try: -f model.chain" in done.stderr


def test_text_that_is_not_utf8_is_refused() -> None:
    done = chainrule("derive", "-", text=b"y = x \xff")
    assert done.returncode == 2
    assert "0xff" in done.stderr


def test_options_reach_the_derivation() -> None:
    done = chainrule(
        "derive", "r = X@w - b; loss = mean(r**2)", "--shape", "X=n,d", "--shape", "w=d", "--shape", "b=",
        "--wrt", "w,b", "--layout", "gradient", "--assume", "b=positive", "--format", "json",
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert [gradient["wrt"] for gradient in found["gradients"]] == [["w"], ["b"]]
    assert [part["shape"] for part in found["inputs"] if part["name"] == "X"] == [["n", "d"]]
    assert "positive" in next(part for part in found["inputs"] if part["name"] == "b")["assumptions"]


def test_shapes_are_said_in_two_spellings() -> None:
    for shape in ("x=2x3", "x=2,3"):
        done = chainrule("derive", "y = sum(x)", "--shape", shape, "--format", "json")
        assert json.loads(done.stdout)["inputs"][0]["shape"] == [2, 3]


def test_json_is_one_object_that_fits_the_schema() -> None:
    done = chainrule("derive", PROGRAM, "--at", "x = ones(2, 2)", "--format", "json")
    jsonschema.Draft202012Validator(load("derive")).validate(json.loads(done.stdout))


def test_an_undefined_derivative_is_an_answer() -> None:
    done = chainrule("derive", "y = 1/x", "--at", "x = 0", "--format", "json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["gradients"][0]["value"] is None


def test_symbols_print_in_latex() -> None:
    done = chainrule("derive", "loss = x**2", "--format", "latex", "--symbol", r"loss=\mathcal{L}")
    assert r"\mathcal{L}" in done.stdout


def test_the_choices_are_those_of_the_report() -> None:
    text = chainrule("derive", "--help").stdout
    assert f"[{'|'.join(DETAILS)}]" in text
    assert f"[{'|'.join(NOTATIONS)}]" in text


def test_a_failed_verification_is_status_1_and_still_printed(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    from dataclasses import replace

    from chainrule.cli import run
    from chainrule.derivation import derive as module
    from chainrule.derivation.data import Check

    honest = module.derive

    def lying(*arguments: object, **options: object) -> object:
        found = honest(*arguments, **options)
        wrong = Check(False, "a test", 1.0)
        return replace(found, gradients=tuple(replace(part, check=wrong) for part in found.gradients))

    monkeypatch.setattr(module, "derive", lying)
    assert run(["derive", "y = x**2"]) == 1
    shown = capsysbinary.readouterr().out.decode()
    assert "dy/dx = 2x" in shown
    assert "an independent check disagrees with dy/dx" in shown


@pytest.mark.parametrize("arguments", [["--timeout", "0.000001"], ["--max-nodes", "1"]])
def test_a_budget_that_runs_out_is_status_3(arguments: list[str]) -> None:
    done = chainrule("derive", "y = sin(x)*x", *arguments)
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.startswith("error[budget]: ")


def test_memory_can_be_capped() -> None:
    done = chainrule("derive", "y = sum(x**2)", "--at", "x = ones(3000, 3000)", "--max-memory", "120")
    assert done.returncode == 3
    assert done.stderr.startswith("error[budget]: ")


def test_no_timeout_is_zero() -> None:
    assert chainrule("derive", "y = x", "--timeout", "0").returncode == 0


# --- looks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "env", "coloured"),
    [
        ([], {}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
        (["--format", "text"], {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colours(arguments: list[str], env: dict[str, str], coloured: bool) -> None:
    done = chainrule("derive", "y = x**2", *arguments, env=env)
    assert ("\x1b[" in done.stdout) is coloured
    assert "dy/dx = 2x" in re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_stream_without_the_signs_gets_ascii(encoding: str) -> None:
    done = chainrule("derive", "y = x**2", env={"PYTHONIOENCODING": encoding})
    assert done.returncode == 0
    assert "y = x^2" in done.stdout
    assert done.stdout.isascii()
    assert "x -> y -> z -> out" in chainrule("--help", env={"PYTHONIOENCODING": encoding}).stdout


def test_ascii_and_pretty_can_be_asked_for() -> None:
    assert chainrule("derive", "y = x**2", "--ascii").stdout.isascii()
    pretty = chainrule("derive", "y = x**2", "--pretty", env={"PYTHONIOENCODING": "utf-8"})
    assert "x²" in pretty.stdout


def test_json_and_latex_are_utf8_whatever_the_stream_says() -> None:
    done = chainrule("derive", "y = x # é", "--format", "json", env={"PYTHONIOENCODING": "ascii"})
    assert json.loads(done.stdout)["program"]["text"] == "y = x # é"


def test_the_width_is_an_option_or_that_of_the_surroundings() -> None:
    for arguments, env in ((["--width", "40"], {}), ([], {"COLUMNS": "40"})):
        done = chainrule("derive", PROGRAM, *arguments, env=env)
        assert max(map(len, done.stdout.splitlines())) <= 40


def test_a_hint_brings_its_rules_along_and_is_for_readers() -> None:
    done = chainrule("derive", "y = x*sin(x)", "--hint", "1", "--no-verify")
    assert done.returncode == 0
    assert "product rule" in done.stdout
    assert "Try next: sin on d/dx sin(x)" in done.stdout
    refused = chainrule("derive", "y = x*sin(x)", "--hint", "1", "--format", "json")
    assert refused.returncode == 2
    assert json.loads(refused.stderr)["error"]["code"] == "usage"


def test_products_and_modes_are_options() -> None:
    pair = ["--tangent", "x = [1, 2]; t_0 = v", "--tangent", "b", "--cotangent", "g", "--mode", "both"]
    done = chainrule("derive", "y = t_0*x + b", *pair, "--format", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    jsonschema.Draft202012Validator(load("derive")).validate(found)
    assert found["directional"]["closed_form"]["text"] == "x*v + t_0*x_dot + b_dot"
    assert [part["wrt"] for part in found["vjp"]] == [["t_0"], ["x"], ["b"]]
    refused = chainrule("derive", "y = x**2", "--tangent", "q = 1", "--format", "json")
    assert refused.returncode == 2
    assert json.loads(refused.stderr)["error"]["labels"][0]["source"] == "--tangent"
