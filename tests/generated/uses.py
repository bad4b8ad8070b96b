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
from chainrule.laws import LAWS
from chainrule.numeric.evaluate import evaluate
from chainrule.numeric.floats import Floats
from chainrule.numeric.tensors import Tensor
from chainrule.ops.table import UNSUPPORTED, Declaration
from chainrule.source import Source
from tests.generated import in_torch
from tests.generated.choosing import UNSPELLED, single_use
from tests.generated.programs import Program

_SEEDS, _NOISE, _CLOSE, _MOVED = 24, 1e-7, 1e-8, 1e-3


def _ramp(*shape: int) -> Any:
    """Entries that differ."""
    return (np.arange(np.prod(shape)) * 7 % 41 / 8 - 2).reshape(shape)


# Where a bound is met exactly, and where an option that keeps from dividing by zero counts.
_AT_EDGES: Mapping[str, tuple[tuple[str, dict[str, Any]], ...]] = {
    "hinge": (("hinge(x, t)", {"x": [1, 0.5], "t": [1, 1]}),),
    "hinge_embedding": (("hinge_embedding(x, t)", {"x": [1, 0.5], "t": [-1, -1]}),),
    "margin_ranking": (("margin_ranking(a, b, t)", {"a": [1, 2], "b": [1, 3], "t": [1, 1]}),),
    "triplet_margin": (
        ("triplet_margin(a, p, n, margin=5)", {"a": [0, 0], "p": [3, 4], "n": [6, 8]}),
        (
            "triplet_margin(a, p, n, swap=True, eps=0.1)",
            {"a": _ramp(2, 3), "p": _ramp(2, 3) * 0.5 + 1, "n": [[1, 2, 0], [0, -1, 3]]},
        ),
        (
            'triplet_margin(a, p, n, margin=9, p=1, swap=True, reduction="none")',
            {"a": [[0, 1], [2, 2]], "p": [[5, 1], [2, 3]], "n": [[4, 3], [9, 7]]},
        ),
    ),
    "cosine_embedding": (("cosine_embedding(a, b, t)", {"a": [1, 0], "b": [0, 1], "t": -1}),),
    "unit_vectors": (("unit_vectors(x, axis=0, eps=5)", {"x": [3, 4]}),),
    "normalize": (("normalize(x, dim=0)", {"x": [9e-13, 12e-13]}),),
    "cosine_similarity": (("cosine_similarity(a, b, dim=0)", {"a": [9e-9, 12e-9], "b": [1, 3]}),),
    "poisson_nll": (
        ("poisson_nll(x, t, log_input=False)", {"x": [1e-8, 0.5], "t": [2, 3]}),
        ("poisson_nll(x, t, log_input=False, eps=0.5)", {"x": [1, 0.5], "t": [2, 3]}),
        ('poisson_nll(x, t, full=True, reduction="sum")', {"x": [1, 0.5, 2], "t": [4, 1, 0.5]}),
        ("poisson_nll(x, t, full=True)", {"x": [1, 0.5], "t": [1.5, 3]}),
        ('poisson_nll(x, t, reduction="none")', {"x": [1, 0.5], "t": [2, 3]}),
    ),
    "attention": (
        (
            "attention(q, k, v, scale=0.5)",
            {
                "q": [[[1, 2, 3]], [[3, 1, 2]]],
                "k": [[[2, 1, 4]] * 2, [[1, 3, 2]] * 2],
                "v": [[[1], [2]], [[3], [5]]],
            },
        ),
    ),
    "sort": (("sort(x)", {"x": [[[1, 3], [0, 2]], [[7, 5], [4, 6]]]}),),
    "conv1d": (("conv1d(x, w, groups=2)", {"x": _ramp(2, 4, 3), "w": _ramp(2, 2, 2)}),),
    "conv2d": (("conv2d(x, w, groups=2)", {"x": _ramp(2, 4, 3, 4), "w": _ramp(2, 2, 2, 3)}),),
    "conv3d": (
        ("conv3d(x, w, groups=2)", {"x": _ramp(1, 2, 2, 3, 3), "w": _ramp(2, 1, 1, 2, 2)}),
        (
            "conv3d(x, w, b, stride=(1, 2, 3), padding=(2, 0, 1), dilation=(2, 1, 1))",
            {"x": _ramp(2, 1, 3, 4, 2), "w": _ramp(3, 1, 2, 2, 1), "b": [1, -1, 2]},
        ),
        ("conv3d(x, w, padding=(1, 2, 0))", {"x": _ramp(1, 1, 1, 2, 3), "w": _ramp(1, 1, 2, 3, 2)}),
        ("conv3d(x, w, dilation=(1, 2, 3))", {"x": _ramp(1, 1, 2, 3, 4), "w": _ramp(1, 1, 2, 2, 2)}),
    ),
    "conv_transpose1d": (
        (
            "conv_transpose1d(x, w, b, stride=3, padding=1, output_padding=2, groups=2, dilation=2)",
            {"x": _ramp(2, 4, 3), "w": _ramp(4, 3, 2), "b": [1, 2, -1, 3, 0, 5]},
        ),
        ("conv_transpose1d(x, w)", {"x": _ramp(4, 3), "w": _ramp(4, 3, 2)}),
    ),
    "conv_transpose2d": (
        (
            "conv_transpose2d(x, w, b, (3, 2), (1, 0), (2, 1), 2, (1, 2))",
            {"x": _ramp(2, 4, 2, 3), "w": _ramp(4, 3, 3, 2), "b": [1, 2, -1, 3, 0, 5]},
        ),
        ("conv_transpose2d(x, w, padding=(0, 1))", {"x": _ramp(4, 2, 3), "w": _ramp(4, 3, 2, 3)}),
    ),
    "avg_pool1d": (
        ("avg_pool1d(x, 3, 2, padding=1, ceil_mode=True)", {"x": _ramp(2, 6)}),
        ("avg_pool1d(x, 3, 2, padding=1, ceil_mode=True, count_include_pad=False)", {"x": _ramp(2, 6)}),
        ("avg_pool1d(x, 2)", {"x": _ramp(2, 1, 5)}),
        ("avg_pool1d(x, 3, 2, 1, True, False)", {"x": _ramp(2, 1, 6)}),
    ),
    "avg_pool2d": (
        ("avg_pool2d(x, (3, 2), (2, 1), padding=(1, 0), ceil_mode=True)", {"x": _ramp(2, 6, 3)}),
        (
            "avg_pool2d(x, (2, 3), (1, 2), padding=(0, 1), ceil_mode=True, count_include_pad=False)",
            {"x": _ramp(2, 3, 6)},
        ),
        ("avg_pool2d(x, 2, divisor_override=3)", {"x": _ramp(2, 4, 5)}),
        ("avg_pool2d(x, (2, 1))", {"x": _ramp(1, 5, 3)}),
    ),
    "avg_pool3d": (
        (
            "avg_pool3d(x, (3, 2, 1), (2, 1, 3), padding=(1, 0, 0), ceil_mode=True)",
            {"x": _ramp(1, 6, 3, 4)},
        ),
        (
            "avg_pool3d(x, (1, 2, 3), (1, 1, 2), padding=(0, 1, 1), ceil_mode=True, count_include_pad=False)",
            {"x": _ramp(1, 2, 3, 6)},
        ),
        ("avg_pool3d(x, (2, 3, 1), (1, 2, 1), count_include_pad=False)", {"x": _ramp(2, 3, 5, 2)}),
        ("avg_pool3d(x, 2, divisor_override=3)", {"x": _ramp(1, 2, 3, 4)}),
        ("avg_pool3d(x, (1, 2, 2))", {"x": _ramp(1, 3, 2, 5)}),
        (
            "avg_pool3d(x, (1, 2, 2), (1, 1, 1), (0, 1, 0), count_include_pad=False)",
            {"x": _ramp(1, 1, 2, 3, 4)},
        ),
    ),
    "max_pool1d": (
        ("max_pool1d(x, 3, 2, padding=1, ceil_mode=True)", {"x": _ramp(2, 6)}),
        ("max_pool1d(x, 2, 1, dilation=2)", {"x": _ramp(2, 1, 5)}),
        ("max_pool1d(x, 3, 2, padding=1)", {"x": _ramp(2, 1, 6)}),
    ),
    "max_pool2d": (
        ("max_pool2d(x, (3, 2), (2, 1), padding=(1, 0), ceil_mode=True)", {"x": _ramp(2, 6, 3)}),
        ("max_pool2d(x, (2, 3), (1, 2), padding=(0, 1), ceil_mode=True)", {"x": _ramp(2, 3, 6)}),
        ("max_pool2d(x, 2, 1, dilation=(1, 2))", {"x": _ramp(2, 3, 5)}),
        ("max_pool2d(x, 2, 1, dilation=(2, 1))", {"x": _ramp(2, 5, 3)}),
    ),
    "adaptive_avg_pool1d": (("adaptive_avg_pool1d(x, 3)", {"x": _ramp(1, 3, 6)}),),
    "adaptive_max_pool1d": (("adaptive_max_pool1d(x, 3)", {"x": _ramp(1, 3, 6)}),),
    "adaptive_avg_pool2d": (("adaptive_avg_pool2d(x, (3, 2))", {"x": _ramp(1, 2, 3, 4)}),),
    "adaptive_max_pool2d": (("adaptive_max_pool2d(x, (3, 2))", {"x": _ramp(1, 2, 3, 4)}),),
    "gaussian_nll": (
        ('gaussian_nll(x, t, v, full=True, reduction="sum")', {"x": [1, 2], "t": [0, 3], "v": [0.5, 2]}),
        ('gaussian_nll(x, t, v, eps=0.1, reduction="none")', {"x": [1, 2], "t": [0, 3], "v": [0.2, 2]}),
        ("gaussian_nll(x, t, v, eps=0.5)", {"x": [1, 2], "t": [0, 3], "v constant": [0.2, 2]}),
    ),
    "cross_entropy": (
        (
            "cross_entropy(x, [2, 0, 1], weight=w, ignore_index=0, label_smoothing=0.1)",
            {"x": _ramp(3, 3), "w constant": [1, 2, 0.5]},
        ),
        (
            'cross_entropy(x, [2, 0], weight=w, reduction="none")',
            {"x": _ramp(2, 3), "w constant": [1, 2, 0.5]},
        ),
        ('cross_entropy(x, [[2, 0], [1, 1]], reduction="sum")', {"x": _ramp(2, 3, 2)}),
    ),
    "nll": (
        ("nll(x, [2, 0, 1], weight=w, ignore_index=0)", {"x": _ramp(3, 3), "w constant": [1, 2, 0.5]}),
        ('nll(x, [2, 0], weight=w, reduction="none")', {"x": _ramp(2, 3), "w constant": [1, 2, 0.5]}),
        ('nll(x, [[2, 0], [1, 1]], reduction="sum")', {"x": _ramp(2, 3, 2)}),
    ),
    "smooth_l1": (("smooth_l1(x, t, beta=0)", {"x": [1, -2], "t": [3, 1]}),),
    "pad": (("pad(x, (1, 2))", {"x": [3, 4]}),),
}


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
    found = [use for program in programs.values() if (use := _asked(program)) is not None]
    edges = (_edge(call, values) for call, values in _AT_EDGES.get(name, ()))
    return (*found, *edges)


def _edge(call: str, values: Mapping[str, Any]) -> Use:
    """A use at chosen values, on a kink perhaps, where torch's convention is the one to follow."""
    arrays = {name.split()[0]: np.array(value, dtype=float) for name, value in values.items()}
    words = {name.split()[0]: name.partition(" ")[2] for name in values}
    heads = tuple(f"{name} : {list(array.shape)} {words[name]}".strip() for name, array in arrays.items())
    moving = [name for name in arrays if not words[name]]
    statements = (("used", call), ("out", "used**2 + used"))
    program = Program(heads, statements, {}, arrays, {})
    return Use(program, *in_torch.gradients(program.text, "out", moving, arrays, {}))


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


# Equal entries, and the Jacobian of each row: the places of equal entries share evenly.
_TIED = {"sort": [[2, 1, 2], [2, 2, 1]], "cummax": [[2, 1, 2], [2, 2, 1]], "cummin": [[1, 2, 1], [1, 1, 2]]}
_RUNNING = [[[1, 0, 0], [1, 0, 0], [0.5, 0, 0.5]], [[1, 0, 0], [0.5, 0.5, 0], [0.5, 0.5, 0]]]
_SHARES = {
    "sort": [[[0, 1, 0], [0.5, 0, 0.5], [0.5, 0, 0.5]], [[0, 0, 1], [0.5, 0.5, 0], [0.5, 0.5, 0]]],
    "cummax": _RUNNING,
    "cummin": _RUNNING,
}


def shares_at_ties(op: Declaration) -> None:
    """Equal entries share the slope evenly, row by row."""
    if op.name not in _TIED:
        return
    options, at = Options(verify=False), Source(f"x = {_TIED[op.name]}")
    (gradient,) = derive(Source(f"x : [2, 3]; out = {op.name}(x)"), options, at=[at]).gradients
    assert gradient.value is not None
    found = np.array(gradient.value.floats).reshape(2, 3, 2, 3)
    for row, shares in enumerate(_SHARES[op.name]):
        assert np.array_equal(found[row, :, row], shares), op.name
        assert not found[row, :, 1 - row].any(), op.name


def samples_are_proved(op: Any) -> None:
    """The program's own verification passes on every sample."""
    pullbacks = getattr(op, "pullbacks", ())
    known = [
        name for name, text in zip(op.signature.parameters, pullbacks, strict=False) if text != UNSUPPORTED
    ]
    if pullbacks and not known:
        return
    wrt = tuple(known) if UNSUPPORTED in pullbacks else ()
    for program in op.samples:
        assert derive(Source(program), Options(detail="summary", wrt=wrt)).verified is not False, program
