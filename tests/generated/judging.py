"""One program before its judges: the symbolic gradient, 50-digit differences, and autograd of torch."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np

from chainrule.derivation.data import Derivation, Options
from chainrule.derivation.derive import derive
from chainrule.diagnostics import ChainRuleError
from chainrule.graph import Operation
from chainrule.language import syntax
from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_expression, parse_program
from chainrule.language.scope import parts
from chainrule.laws import LAWS
from chainrule.notation.text import text
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.floats import Floats
from chainrule.numeric.precise import Precise
from chainrule.numeric.tensors import Tensor
from chainrule.ops import SPELLINGS
from chainrule.shapes import bind
from chainrule.source import Source
from tests.generated import in_torch
from tests.generated.cases import numbers
from tests.generated.programs import Program

CLOSE = 1e-7
REFUTED = "its own verification refutes"
_DIGITS, _STEP = 50, 18
_NOISE, _MOVED = 1e-7, 1e-3
_MARKS = {
    syntax.MatrixProduct: "matmul",
    syntax.Power: "pow",
    syntax.Bars: "abs",
    syntax.Subscript: "take",
}


@dataclass
class Outcome:
    """What became of a program: ``failures`` say what disagrees, ``rejected`` why it could not be judged."""

    program: Program
    failures: list[str] = field(default_factory=list)
    rejected: str | None = None
    judges: Counter[str] = field(default_factory=Counter)
    spelled: Counter[str] = field(default_factory=Counter)
    in_gradients: Counter[str] = field(default_factory=Counter)


def judged(program: Program, with_torch: bool = True, verify: bool = False) -> Outcome:
    """The outcome of a program; ``verify`` asks its own verification too, which takes most of the time."""
    found = Outcome(program, spelled=spelled(program.text))
    try:
        options = Options(exact=False, verify=verify)
        derivation = derive(Source(program.text), options, at=[Source(program.at)])
    except ChainRuleError as error:
        found.failures.append(f"refused: {error.diagnostic.message}")
        return found
    except Exception as error:  # noqa: BLE001  a crash is a finding, and the campaign goes on
        found.failures.append(f"crashed: {type(error).__name__}: {str(error)[:200]}")
        return found
    graph = derivation.pipeline.graph
    found.in_gradients = Counter({node.op for node in graph.nodes if isinstance(node, Operation)})
    if derivation.troubles:
        found.rejected = f"on a {derivation.troubles[0].kind}"
        return found
    for part in (*derivation.factors, *derivation.gradients):
        if part.check is not None and part.check.ok is False:
            found.failures.append(f"{REFUTED} {text(part.label)}")
    if with_torch:
        try:
            _ask_torch(found, derivation)
        except LookupError:
            # What torch does not have is left to the other judges.
            found.judges["left out: torch has no such operation"] += 1
        except (RuntimeError, TypeError, ValueError) as error:
            found.failures.append(f"torch cannot run it: {type(error).__name__}: {str(error)[:200]}")
    if found.rejected is None:
        _ask_differences(found, derivation)
        _read_back(found, derivation)
    return found


# --- torch ------------------------------------------------------------------------------------------------


def _ask_torch(found: Outcome, derivation: Derivation) -> None:
    program = found.program
    of = derivation.output
    wrt = [gradient.wrt[0] for gradient in derivation.gradients]
    try:
        value, slopes = in_torch.gradients(program.text, of, wrt, program.values, program.lengths)
        moved = [
            in_torch.gradients(program.text, of, wrt, program.values, program.lengths, noise=noise)
            for noise in (_NOISE, -_NOISE)
        ]
    except in_torch.ill_conditioned():
        found.rejected = "torch finds a matrix ill-conditioned"
        return
    still = all(_close(near, value, _MOVED) for near, _ in moved)
    if not still or any(not _close(other[k], slopes[k], _MOVED) for _, other in moved for k in wrt):
        found.rejected = "near a kink, a tie or a pole"
        return
    found.judges["torch"] += 1
    for part in derivation.statements:
        if part.name == of:
            _compare(found, f"value of {of}", numbers(part.value), value)
    for gradient in derivation.gradients:
        name = gradient.wrt[0]
        what = f"d{of}/d{name} and torch"
        _compare(found, what, numbers(gradient.value), slopes[name])
        form = gradient.closed_form
        if form is not None and "==" not in text(form):
            _ask_closed_form(found, text(form), slopes[name])


def _ask_closed_form(found: Outcome, form: str, expected: Any) -> None:
    """What a closed form says is an expression of the language, so torch can run it too."""
    program = found.program
    try:
        # Gradients of indexing are made of words that programs do not have.
        parse_expression(Source(form))
        longer = program.extended(read_back=form)
        values = {name: in_torch.tensor(value) for name, value in program.values.items()}
        value = in_torch.run(longer.text, values, program.lengths)["read_back"].numpy()
    except (ChainRuleError, in_torch.Unknown, LookupError):
        found.judges["closed form not in torch"] += 1
        return
    found.judges["closed form"] += 1
    _compare(found, f"closed form {form}", value, expected)


def _close(a: Any, b: Any, tolerance: float) -> bool:
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or not (np.all(np.isfinite(a)) and np.all(np.isfinite(b))):
        return False
    scale = max(1.0, float(np.max(np.abs(b), initial=0)))
    return float(np.max(np.abs(a - b), initial=0)) <= tolerance * scale


def _compare(found: Outcome, what: str, ours: Any, theirs: Any) -> None:
    if not _close(ours, theirs, CLOSE):
        found.failures.append(
            f"{what}: {np.asarray(ours).tolist()} is not {np.asarray(theirs).tolist()}"[:600]
        )


# --- differences ------------------------------------------------------------------------------------------


def _ask_differences(found: Outcome, derivation: Derivation) -> None:
    """The slope along a random direction, from two values with 50 digits."""
    program, pipeline = found.program, derivation.pipeline
    out = pipeline.nodes[derivation.output]
    precise = Precise(_DIGITS, LAWS)
    random = Random(program.text)  # noqa: S311  no secret
    moving = {gradient.wrt[0]: gradient for gradient in derivation.gradients}
    base = {name: [precise.number(entry) for entry in program.fractions(name)] for name in program.values}
    ways = {name: [random.choice((-3, -2, -1, 1, 2, 3)) for _ in base[name]] for name in moving}
    step = precise.number(1) / 10**_STEP
    sides = []
    for sign in (1, -1):
        point = {}
        for name, entries in base.items():
            moved = [
                x + sign * step * v for x, v in zip(entries, ways.get(name, [0] * len(entries)), strict=True)
            ]
            if name in pipeline.nodes:
                point[pipeline.nodes[name]] = Tensor(moved, np.shape(program.values[name]))
        sides.append(evaluate(pipeline.graph, [out], point, program.lengths, precise)[out].entries)
    try:
        slopes = [float((a - b) / (2 * step)) for a, b in zip(*sides, strict=True)]
    except TypeError:
        found.rejected = "a value that 50 digits do not have"
        return
    total = np.zeros(np.shape(slopes))
    size = np.zeros(np.shape(slopes))
    for name, gradient in moving.items():
        rows = numbers(gradient.value).reshape(len(slopes), -1)
        total = total + rows @ np.array(ways[name], dtype=float)
        size = np.maximum(size, np.max(np.abs(rows), axis=1, initial=0))
    found.judges["differences"] += 1
    if not np.all(np.abs(total - slopes) <= CLOSE * np.maximum(1, size)):
        if _holds_with_more_digits(program):
            found.rejected = "floats lose too many digits"
            return
        found.failures.append(f"50-digit differences: {total.tolist()} is not {slopes}"[:600])


def _holds_with_more_digits(program: Program) -> bool:
    """Whether the gradients agree with differences where both are computed with 50 digits."""
    again = derive(Source(program.text), Options(exact=False), at=[Source(program.at)])
    return all(part.check is not None and part.check.ok is True for part in again.gradients)


# --- closed forms -------------------------------------------------------------------------------------------


def _read_back(found: Outcome, derivation: Derivation) -> None:
    """A closed form is an expression of the language, of the gradient's shape and value."""
    program = found.program
    for gradient in derivation.gradients:
        if gradient.closed_form is None:
            continue
        form = text(gradient.closed_form)
        if "==" in form:
            # Which entry is the largest is decided by equality, which floats written otherwise may miss.
            found.judges["left out: a closed form that tests for equality"] += 1
            continue
        try:
            pipeline = elaborate(parse_program(Source(program.extended(read_back=form).text)))
        except ChainRuleError as error:
            found.failures.append(f"closed form {form} does not read back: {error.diagnostic.message}"[:600])
            continue
        nodes = pipeline.nodes
        if "read_back" not in (statement.name for statement in pipeline.statements):
            continue  # a plain number is data
        point = {
            nodes[name]: Tensor(array.ravel().tolist(), array.shape)
            for name, array in program.values.items()
            if name in nodes
        }
        value = evaluate(pipeline.graph, [nodes["read_back"]], point, program.lengths, Floats(LAWS))
        entries = value[nodes["read_back"]].entries
        ours = np.array([float(x) if isinstance(x, (int, float)) else np.nan for x in entries])
        found.judges["closed form read back"] += 1
        shape = tuple(int(dim) for dim in bind(gradient.shape, program.lengths))
        _compare(
            found,
            f"closed form {form} read back",
            ours.reshape(value[nodes["read_back"]].shape),
            numbers(gradient.value).reshape(shape),
        )


# --- what a program uses ------------------------------------------------------------------------------------


def spelled(program: str) -> Counter[str]:
    """How often a program spells each operation, by their names in the op table."""
    out: Counter[str] = Counter()
    stack: list[syntax.Node] = []
    for statement in parse_program(Source(program)).statements:
        stack += [] if isinstance(statement, syntax.Declaration) else [statement.value]
    while stack:
        node = stack.pop()
        stack.extend(parts(node))
        match node:
            case syntax.Call(function=name) | syntax.Method(name=name):
                plain = {"T": "transpose", "mT": "transpose"}.get(name.name, name.name)
                given = len(node.arguments) + len(node.keywords) + isinstance(node, syntax.Method)
                if plain == "clip" and given == 2:
                    out["clip_max" if any(w.name.name == "max" for w in node.keywords) else "clip_min"] += 1
                elif plain in SPELLINGS:
                    out[SPELLINGS[plain]] += 1
            case _:
                if type(node) in _MARKS:
                    out[_MARKS[type(node)]] += 1
    return out
