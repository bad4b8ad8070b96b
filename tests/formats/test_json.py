from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

import chainrule as cr
from chainrule.schema import SCHEMAS, load

PROGRAMS: list[tuple[str, dict[str, Any]]] = [
    ("y = x + 2; z = 3*y**2; out = mean(z)", {"at": "x = ones(2, 2)", "detail": "rules"}),
    ("X : [n, d]; w : [d]; r = X@w - b; loss = mean(r**2)", {}),
    ("y = sin(x); z = y**2 + x*y", {"at": "x = pi/4"}),
    ("y = abs(x); out = sum(y)", {"at": "x = [-1, 0, 2]"}),
    ("y = log(x)", {"at": "x = -1"}),
    ("y = 1/x", {"at": "x = [0, 2]"}),
    ("f : function; u = x**2; w = f(u)", {"order": 2}),
    ("x", {}),
    ("y = x*2; z = q*3", {"wrt": "x", "verify": False}),
    ("y = x + 2; z = 3*y**2; out = mean(z)", {"at": "x = ones(2, 2)", "mode": "both"}),
    ("X : [m, n]; w : [n]; y = tanh(X@w)", {"tangent": "w = v", "cotangent": "g", "mode": "both"}),
    ("y = 1/x", {"at": "x = [0, 2]", "tangent": "x = -x"}),
    ("X : [m, n]; y = exp(X)", {"mode": "forward"}),
]


def data(program: str, **options: Any) -> Any:
    return json.loads(cr.derive(program, **options).to_json(), parse_constant=pytest.fail)


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schemas_are_schemas(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(load(name))


@pytest.mark.parametrize(("program", "options"), PROGRAMS, ids=[program for program, _ in PROGRAMS])
def test_every_derivation_fits_the_schema(program: str, options: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(load("derive")).validate(data(program, **options))


@pytest.mark.parametrize("program", ["y = x +", "y = x; y = 2", "x : [2, 3]; y = x @ x"])
def test_every_error_fits_the_schema(program: str) -> None:
    with pytest.raises(cr.ChainRuleError) as caught:
        cr.derive(program)
    jsonschema.Draft202012Validator(load("error")).validate(caught.value.diagnostic.to_data())


def test_the_running_example_is_what_the_contract_shows() -> None:
    found = data("y = x + 2; z = 3*y**2; out = mean(z)", at="x = ones(2, 2)", detail="rules")
    assert found["format_version"] == "1.1"
    assert found["program"]["output"] == "out"
    y = found["program"]["statements"][0]
    assert y["name"] == "y"
    assert y["shape"] == [2, 2]
    assert y["depends_on"] == ["x"]
    assert y["expression"] == {
        "text": "x + 2",
        "latex": "x + 2",
        "sympy": "Add(Symbol('x', real=True), Integer(2))",
    }
    assert y["index"]["text"] == "y[i,j] = x[i,j] + 2"
    assert y["value"] == [[3.0, 3.0], [3.0, 3.0]]
    assert y["exact"] == [["3", "3"], ["3", "3"]]
    assert found["inputs"][0]["assumptions"] == ["real"]
    assert found["inputs"][0]["differentiated"] is True
    assert found["value"] == 27.0
    z_by_y = next(part for part in found["factors"] if part["wrt"] == "y")
    assert z_by_y["rules"] == ["constant multiple", "power"]
    assert z_by_y["index"]["text"] == "dz[i,j]/dy[i,j] = 6*y[i,j]"
    assert z_by_y["matrix"] == {"text": "6*y", "latex": r"6\,y", "acts_by": "elementwise product"}
    assert [(step["rule"], step["after"]["text"]) for step in z_by_y["steps"]] == [
        ("constant multiple, power", "3*2*y[i,j]"),
        ("multiply", "6*y[i,j]"),
    ]
    assert z_by_y["value"] == [[18.0, 18.0], [18.0, 18.0]]
    [gradient] = found["gradients"]
    assert gradient["paths"] == [["x", "y", "z", "out"]]
    assert gradient["path_count"] == "1"
    assert gradient["chain"]["text"] == "dout/dz[i,j] * dz[i,j]/dy[i,j] * dy[i,j]/dx[i,j]"
    assert gradient["lines"][0]["text"] == "1/4 * 6*y[i,j] * 1"
    assert gradient["closed_form"]["text"] == "3/2*(x + 2)"
    assert gradient["closed_form_named"]["text"] == "3/2*y"
    assert gradient["value"] == [[4.5, 4.5], [4.5, 4.5]]
    assert gradient["exact"] == [["9/2", "9/2"], ["9/2", "9/2"]]
    assert gradient["undefined"] is None
    assert gradient["check"]["ok"] is True
    assert found["warnings"] == []


def test_steps_are_left_out_below_rules_and_checks_without_verification() -> None:
    found = data("y = x**2", verify=False)
    assert found["factors"][0]["steps"] == []
    assert found["factors"][0]["check"] is None
    assert found["gradients"][0]["check"] is None


def test_without_values_numbers_are_null() -> None:
    found = data("y = x**2")
    assert found["value"] is None
    assert found["gradients"][0]["value"] is None
    assert found["gradients"][0]["exact"] is None


def test_an_undefined_gradient_is_null_with_a_reason() -> None:
    [gradient] = data("y = log(x)", at="x = -1")["gradients"]
    assert gradient["value"] is None
    assert gradient["undefined"]
    assert "log" in gradient["undefined"][0]["sentence"]


def test_an_input_without_a_path_has_none_and_a_zero_gradient() -> None:
    [gradient] = data("y = x*2; z = q*3", wrt="x")["gradients"]
    assert gradient["paths"] == []
    assert gradient["path_count"] == "0"
    assert gradient["closed_form"]["text"] == "0"


def test_paths_beyond_twenty_are_counted() -> None:
    lines = ["u0 = x + 1", "v0 = x + 2"]
    for k in range(1, 100):
        lines += [f"u{k} = u{k - 1}*v{k - 1}", f"v{k} = u{k - 1} + v{k - 1}"]
    [gradient] = data("\n".join(lines), verify=False)["gradients"]
    assert len(gradient["paths"]) == 20
    assert int(gradient["path_count"]) == 2**99
    assert int(gradient["paths_left_out"]) == 2**99 - 20


def test_halves_of_characters_in_a_program_are_replaced() -> None:
    found = data("y = x # \udc80")
    found_text = found["program"]["text"]
    assert found_text.startswith("y = x #")
    found_text.encode("utf-8")


def test_products_and_modes_are_there_only_where_they_were_asked_for() -> None:
    plain = data("y = x**2", at="x = 3")
    assert not {"directional", "vjp", "modes"} & set(plain)
    found = data("y = x**2", at="x = 3", tangent="x = 5", cotangent="7", mode="both")
    assert found["gradients"] == []
    assert found["directional"]["name"] == "y_dot"
    assert found["directional"]["seeds"][0]["value"] == 5.0
    assert found["directional"]["closed_form"]["text"] == "2*x*x_dot"
    assert found["directional"]["value"] == 30.0
    assert [part["value"] for part in found["vjp"]] == [42.0]
    assert found["modes"]["sweeps"] == {"forward": 1, "reverse": 1}
    assert found["modes"]["multiplications"] == 1
    x, y = found["modes"]["rows"]
    assert (x["name"], x["tangent"]["equation"], x["adjoint"]["equation"]["text"]) == (
        "x",
        None,
        "x_bar = 2*x*y_bar",
    )
    assert (y["tangent"]["equation"]["text"], y["tangent"]["value"], y["multiplications"]) == (
        "y_dot = 2*x*x_dot",
        30.0,
        1,
    )
