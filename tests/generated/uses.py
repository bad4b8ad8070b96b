"""Single uses of an operation with what torch finds: the value, and every gradient.

They judge a declaration of the op table by something that does not read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from chainrule.calculus.reverse import reverse
from chainrule.derivation.data import Options
from chainrule.derivation.derive import derive
from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_program
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.floats import Floats
from chainrule.numeric.tensors import Tensor
from chainrule.ops.table import Declaration
from chainrule.proof import LAWS
from chainrule.source import Source
from tests.generated import in_torch
from tests.generated.choosing import UNSPELLED, single_use
from tests.generated.programs import Program

_SEEDS, _NOISE, _CLOSE, _MOVED = 24, 1e-7, 1e-8, 1e-3


@dataclass(frozen=True)
class Use:
    """A program, and what torch says about it."""

    program: Program
    value: Any
    slopes: Mapping[str, Any]


@cache
def uses(name: str) -> tuple[Use, ...]:
    """Different uses of an operation, away from kinks and poles; none of what no program can call."""
    if name in UNSPELLED:
        return ()
    programs = {program.text: program for program in (single_use(name, seed) for seed in range(_SEEDS))}
    return tuple(use for program in programs.values() if (use := _asked(program)) is not None)


def _asked(program: Program) -> Use | None:
    moving = [
        name for name in program.values if f"{name} : " in program.text and not _is_constant(program, name)
    ]
    try:
        value, slopes = in_torch.gradients(program.text, "out", moving, program.values, program.lengths)
        moved = in_torch.gradients(program.text, "out", moving, program.values, program.lengths, _NOISE)
    except in_torch.ill_conditioned():
        return None
    pairs = [(moved[0], value), *((moved[1][name], slopes[name]) for name in moving)]
    return Use(program, value, slopes) if all(_near(a, b, _MOVED) for a, b in pairs) else None


def _is_constant(program: Program, name: str) -> bool:
    return any(text.startswith(f"{name} :") and text.endswith("constant") for text in program.declarations)


def _near(found: Any, wanted: Any, tolerance: float) -> bool:
    found, wanted = np.asarray(found), np.asarray(wanted)
    if found.shape != wanted.shape or not np.all(np.isfinite(wanted)):
        return False
    scale = max(1.0, float(np.max(np.abs(wanted), initial=0)))
    return bool(np.max(np.abs(found - wanted), initial=0) <= tolerance * scale)


def agrees_with_torch(op: Declaration) -> None:
    """Every use of an operation has torch's value and torch's gradients."""
    for use in uses(op.name):
        value, slopes = _found(use)
        assert _near(value, use.value, _CLOSE), use.program.text
        for name, wanted in use.slopes.items():
            assert _near(slopes[name], wanted, _CLOSE), (use.program.text, name)


def _found(use: Use) -> tuple[Any, dict[str, Any]]:
    program = use.program
    pipeline = elaborate(parse_program(Source(program.text)))
    graph, nodes = pipeline.graph, pipeline.nodes
    out = nodes["out"]
    point = {
        nodes[name]: Tensor(array.ravel().tolist(), array.shape)
        for name, array in program.values.items()
        if name in nodes
    }
    found = reverse(graph, out, [nodes[name] for name in use.slopes])
    numbers = evaluate(graph, [out, *found.values()], point, program.lengths, Floats(LAWS))
    zero = np.zeros(use.value.shape)
    slopes = {
        name: _array(numbers[found[nodes[name]]])
        if nodes[name] in found
        else np.multiply.outer(zero, program.values[name])
        for name in use.slopes
    }
    return _array(numbers[out]), slopes


def _array(tensor: Tensor) -> Any:
    entries = [float(x) if isinstance(x, (int, float)) else np.nan for x in tensor.entries]
    return np.array(entries).reshape(tensor.shape)


def samples_are_proved(op: Any) -> None:
    """The program's own verification passes on every sample."""
    for program in op.samples:
        assert derive(Source(program), Options(detail="summary")).verified is not False, program
