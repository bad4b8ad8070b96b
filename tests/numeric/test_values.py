"""Values that people write, keep in files, or pass: what they mean, and how they are refused."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from chainrule.diagnostics import ChainRuleError
from chainrule.language import syntax
from chainrule.language.parser import parse_program
from chainrule.numeric import passed
from chainrule.numeric.floats import Floats
from chainrule.numeric.tensors import Tensor
from chainrule.numeric.values import from_python, value_of
from chainrule.source import Source
from chainrule.terms import Term

F = Fraction


def read(text: str, **options: Any) -> Tensor:
    program = parse_program(Source(f"x = {text}", "--at"))
    (statement,) = program.statements
    assert isinstance(statement, syntax.Definition)
    return value_of(statement.value, program.source, **options)


WRITTEN = [
    ("3", [3], ()),
    ("-2.5e-3", [F(-1, 400)], ()),
    ("1/3", [F(1, 3)], ()),
    ("2**-2", [F(1, 4)], ()),
    ("sqrt(9/4)", [F(3, 2)], ()),
    ("[1, 0.1, -1/3]", [1, F(1, 10), F(-1, 3)], (3,)),
    ("[[1, 2, 3], [4, 5, 6]]", [1, 2, 3, 4, 5, 6], (2, 3)),
    ("[[[1], [2]]]", [1, 2], (1, 2, 1)),
    ("zeros(2, 3)", [0] * 6, (2, 3)),
    ("ones([4])", [1] * 4, (4,)),
    ("full([2, 1], 1/7)", [F(1, 7)] * 2, (2, 1)),
    ("full((3,), 2)", [2] * 3, (3,)),
    ("eye(2)", [1, 0, 0, 1], (2, 2)),
    ("eye(2, 3)", [1, 0, 0, 0, 1, 0], (2, 3)),
    ("arange(3)", [0, 1, 2], (3,)),
    ("arange(1, 2, 1/4)", [1, F(5, 4), F(3, 2), F(7, 4)], (4,)),
    ("arange(3, 0, -2)", [3, 1], (2,)),
    ("linspace(0, 1, 5)", [0, F(1, 4), F(1, 2), F(3, 4), 1], (5,)),
    ("linspace(2, 3, num=2)", [2, 3], (2,)),
    ("ones(n, 2)", [1] * 6, (3, 2)),
]


@pytest.mark.parametrize(("text", "entries", "shape"), WRITTEN)
def test_what_is_written_is_exact(text: str, entries: list[Any], shape: tuple[int, ...]) -> None:
    assert read(text, lengths={"n": 3}) == Tensor(entries, shape)


@pytest.mark.parametrize(
    ("text", "value"),
    [("pi/4", math.pi / 4), ("sqrt(2)", math.sqrt(2)), ("-e**2", -(math.e**2)), ("exp(1/2)", math.exp(0.5))],
)
def test_what_is_not_rational_stays_a_term(text: str, value: float) -> None:
    for tensor in (read(text), read(f"[{text}]")):
        assert isinstance(tensor.entries[0], Term)
        assert Floats().load(tensor).entries == [pytest.approx(value)]


def test_random_values_are_pythons_and_repeatable() -> None:
    random = Random(7)  # noqa: S311  no secret
    assert read("rand(2, 3, seed=7)") == Tensor([random.random() for _ in range(6)], (2, 3))
    assert read("randn(2)") == read("randn(2, seed=0)")
    assert read("randn(3, seed=1)") != read("randn(3, seed=2)")


REFUSED = [
    ("[[1, 2], [3]]", "value", "[3]"),
    ("[1, [2]]", "value", "[2]"),
    ("[]", "value", "[]"),
    ("inf", "value", "inf"),
    ("[1, y]", "value", "y"),
    ("1/0", "value", "1/0"),
    ("log(0)", "value", "log(0)"),
    ("sqrt(-2)", "value", "sqrt(-2)"),
    ("9**9**9**9", "budget", "9**9**9**9"),
    ("10**400", "value", "10**400"),
    ("zeros(1000, 100000)", "budget", "zeros(1000, 100000)"),
    ("eye(100000)", "budget", "eye(100000)"),
    ("arange(10**9)", "budget", "arange(10**9)"),
    ("zeros(0)", "arguments", "0"),
    ("zeros(1/2)", "arguments", "1/2"),
    ("ones(m)", "value", "m"),
    ("linspace(0, 1)", "arguments", "linspace(0, 1)"),
    ("arange(1, 2, 0)", "arguments", "arange(1, 2, 0)"),
    ("rand(2, sede=1)", "arguments", "sede=1"),
    ("full([2])", "arguments", "full([2])"),
    ("relu(3)", "value", "relu(3)"),
    ("@nowhere.npy", "value", "@nowhere.npy"),
    ("@pickle.pkl", "value", "@pickle.pkl"),
]


@pytest.mark.parametrize(("text", "code", "part"), REFUSED)
def test_what_is_wrong_is_pointed_at(text: str, code: str, part: str) -> None:
    with pytest.raises(ChainRuleError) as error:
        read(text)
    found = error.value.diagnostic
    assert found.code == code
    assert found.labels[0].source.slice(found.labels[0].span) == part
    assert found.labels[0].source.name == "--at"


# --- files --------------------------------------------------------------------------------------------------


def test_json_is_exact(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[[0.1, 2], [-3e-1, 4]]")
    assert read("@x.json", directory=tmp_path) == Tensor([F(1, 10), 2, F(-3, 10), 4], (2, 2))


def test_csv_with_and_without_a_header(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("height,width\n1,2.5\n3,4\n5,6\n")
    (tmp_path / "b.csv").write_text("1\n2\n\n")
    assert read("@a.csv", directory=tmp_path) == Tensor([1, F(5, 2), 3, 4, 5, 6], (3, 2))
    assert read("@b.csv", directory=tmp_path) == Tensor([1, 2], (2,))


def test_numpy_files(tmp_path: Path) -> None:
    np.save(tmp_path / "f.npy", np.array([[0.5, 1.5, 2.0]]))
    np.save(tmp_path / "i.npy", np.array([1, 2]))
    np.savez(tmp_path / "two.npz", w=np.eye(2), x=np.arange(3.0))
    floats = read("@f.npy", directory=tmp_path)
    assert (list(floats.entries), floats.shape) == ([0.5, 1.5, 2.0], (1, 3))
    assert read("@i.npy", directory=tmp_path) == Tensor([1, 2], (2,))
    assert read("@two.npz", directory=tmp_path, name="x").shape == (3,)
    with pytest.raises(ChainRuleError, match="several arrays"):
        read("@two.npz", directory=tmp_path, name="y")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", "[1, NaN]"),
        ("a.json", "[1, Infinity]"),
        ("a.json", "[1, 1e999999999]"),
        ("a.json", "[1, 1e999]"),
        ("a.json", '{"a": 1}'),
        ("a.json", '["1"]'),
        ("a.json", "[[1, 2], [3]]"),
        ("a.json", "[1,"),
        ("a.json", "[" * 100_000),
        ("a.csv", "1,2\n3\n"),
        ("a.csv", "1,x\n"),
        ("a.csv", ""),
        ("a.csv", "1,nan\n"),
        ("a.npy", "no array"),
        ("a.npz", "no archive"),
    ],
)
def test_files_that_are_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ChainRuleError) as error:
        read(f"@{name}", directory=tmp_path)
    assert error.value.diagnostic.code == "value"


def test_pickled_and_odd_arrays_are_refused(tmp_path: Path) -> None:
    for array in (
        np.array([{}], dtype=object),
        np.array([1j]),
        np.array(["a"]),
        np.array([math.nan]),
        np.array([]),
    ):
        np.save(tmp_path / "a.npy", array)
        with pytest.raises(ChainRuleError):
            read("@a.npy", directory=tmp_path)


def test_large_files_are_refused_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passed, "MAX_ENTRIES", 4)
    np.save(tmp_path / "a.npy", np.zeros(5))
    (tmp_path / "a.csv").write_text("1,2,3,4,5\n1,2,3,4,5")
    (tmp_path / "a.json").write_text(json.dumps([0] * 5))
    for name in ("a.npy", "a.csv", "a.json"):
        with pytest.raises(ChainRuleError) as error:
            read(f"@{name}", directory=tmp_path)
        assert error.value.diagnostic.code == "budget"


# --- values from Python -------------------------------------------------------------------------------------


def test_python_objects() -> None:
    assert from_python(3) == Tensor([3], ())
    assert from_python(F(1, 3)) == Tensor([F(1, 3)], ())
    assert from_python([[1, 0.5], (2, True)]) == Tensor([1, 0.5, 2, 1], (2, 2))
    assert from_python(np.arange(6).reshape(2, 3)) == Tensor(list(range(6)), (2, 3))
    assert list(from_python(np.array([0.5], dtype=np.float32)).entries) == [0.5]
    assert from_python(np.float64(0.5)) == Tensor([0.5], ())
    assert from_python(np.int64(2)) == Tensor([2], ())


@pytest.mark.parametrize(
    "value", ["1", None, [], [1, [2]], [[1], 2], [[1, 2], [3]], math.nan, [math.inf], 1j, {"a": 1}]
)
def test_python_objects_that_are_no_values(value: object) -> None:
    with pytest.raises(ChainRuleError) as error:
        from_python(value)
    assert error.value.diagnostic.code == "value"
