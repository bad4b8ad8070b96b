"""What the table claims about folds and moves: pullbacks against differences, and against broadcasting.

A check takes the declaration, so that the mutation campaign can hand in a spoiled one, and asserts.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.ops.table import Structured
from tests.ops.arrays import ARRAYS, Call, called, forward, random_array
from tests.ops.formulas import mp

_STEP = mp.mpf(10) ** -18
_EXACT = 1e-22
_FLOAT = 1e-12


def uses(op: Structured) -> list[Call]:
    """The uses of an operation in its samples; ``place``, which no program can call, has its own."""
    if op.name != "place":
        return [called(op, program) for program in op.samples]
    return [
        Call(random_array((2,), 5), {"items": ((0, 3, 2), 1), "shape": (4, 3)}),
        Call(random_array((3, 2), 6), {"items": ((None, None, -1),), "shape": (3, 2)}),
    ]


def pulled(op: Structured, use: Call, cotangent: Any) -> Any:
    """The claimed cotangent of the operand."""
    (text,) = op.pullbacks[:1]
    assert text is not None
    output = forward(op, use.operand, **use.words)
    words = {word: value for word, value in use.words.items() if not callable(ARRAYS.names.get(word))}
    return ARRAYS.formula(
        text, {op.signature.parameters[0]: use.operand, **words, "y": output, "g": cotangent}
    )


def _pairing(a: Any, b: Any) -> Any:
    """The inner product of two arrays of one shape."""
    assert np.shape(a) == np.shape(b)
    return np.sum(np.asarray(a, object) * np.asarray(b, object))


def pullbacks(op: Structured) -> None:
    """⟨g, DF(x)[v]⟩ = ⟨pullback(g), v⟩ for random g and v, with DF by differences."""
    for seed, use in enumerate(uses(op) if op.pullbacks[0] is not None else []):
        x = use.operand
        v = random_array(x.shape, 10 * seed)
        ahead, behind = (forward(op, x + step * v, **use.words) for step in (_STEP, -_STEP))
        moved = (ahead - behind) / (2 * _STEP)
        g = random_array(np.shape(moved), 10 * seed + 5)
        wanted, found = _pairing(g, moved), _pairing(pulled(op, use, g), v)
        assert abs(wanted - found) <= _EXACT * max(1, abs(wanted)), (op.name, use.words, wanted, found)


def leading_axes(op: Structured) -> None:
    """A cotangent with further leading axes is pulled back for each of them alone."""
    for seed, use in enumerate(uses(op) if op.pullbacks[0] is not None else []):
        output = np.shape(forward(op, use.operand, **use.words))
        stack = random_array((5, 2, *output), seed)
        found = pulled(op, use, stack)
        assert np.shape(found) == (5, 2, *use.operand.shape), (op.name, np.shape(found))
        for place in np.ndindex(5, 2):
            difference = np.abs(found[place] - pulled(op, use, stack[place]))
            assert np.max(difference) <= _EXACT, (op.name, use.words, place)


def numpy_agrees(op: Structured) -> None:
    """The law or step computes what NumPy's function of that name computes."""
    function = {
        "logsumexp": _logsumexp,
        "norm": lambda x, axis: np.sqrt(np.sum(x * x, axis=axis, keepdims=True)),
        **{name: _numpy_fold(name) for name in ("sum", "mean", "prod", "max", "min", "var", "std")},
    }.get(op.name)
    for use in uses(op) if function is not None else []:
        wanted = function(use.operand.astype(float), **use.words)
        found = np.asarray(forward(op, use.operand, **use.words)).astype(float)
        assert found.shape == wanted.shape, op.name
        assert np.allclose(found, wanted, rtol=_FLOAT, atol=0), (op.name, use.words)


def _numpy_fold(name: str) -> Any:
    def run(x: Any, axis: Any, correction: int | None = None) -> Any:
        words = {} if correction is None else {"ddof": correction}
        return getattr(np, name)(x, axis=axis, keepdims=True, **words)

    return run


def _logsumexp(x: Any, axis: Any) -> Any:
    return np.log(np.sum(np.exp(x), axis=axis, keepdims=True))


def ties(op: Structured) -> None:
    """Among equal entries a maximum shares its cotangent evenly."""
    if not any(kink.at == "ties" for kink in op.kinks):
        return
    x = np.array([[mp.mpf(entry) for entry in row] for row in ([2, 1, 2, 2], [3, 3, 3, 3])], dtype=object)
    x = -x if op.name == "min" else x
    use = Call(x, {"axis": (-1,)})
    g = random_array((2, 1), 3)
    share = np.array([[1 / mp.mpf(3), 0, 1 / mp.mpf(3), 1 / mp.mpf(3)], [mp.mpf(1) / 4] * 4], dtype=object)
    assert np.max(np.abs(pulled(op, use, g) - g * share)) <= _EXACT


def smooth_edges(op: Structured) -> None:
    """Where a fold of zeros has a corner, the pullback is the convention's, and slopes are those declared."""
    for kink in op.kinks:
        if kink.at != "y == 0":
            continue
        use = Call(np.full((3,), mp.mpf(0), dtype=object), {"axis": (-1,)})
        g = random_array((1,), 4)
        assert np.all(pulled(op, use, g) == g * mp.mpf(kink.torch)), op.name
        unit = np.array([mp.mpf(0), _STEP, mp.mpf(0)], dtype=object)
        found = [sign * forward(op, sign * unit, **use.words)[0] / _STEP for sign in (-1, 1)]
        assert found == [mp.mpf(slope) for slope in kink.between], (op.name, found)


CHECKS = (pullbacks, leading_axes, numpy_agrees, ties, smooth_edges)
