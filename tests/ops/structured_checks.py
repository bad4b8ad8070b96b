"""What the table claims about folds and moves: pullbacks against differences, and against broadcasting.

A check takes the declaration, so that the mutation campaign can hand in a spoiled one, and asserts.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.ops.table import BY_LAW, Structured
from tests.ops.arrays import ARRAYS, Call, called, forward, random_array
from tests.ops.formulas import mp

_STEP = mp.mpf(10) ** -18
_EXACT = 1e-22
_FLOAT = 1e-12
_CLOSE = 1e-12
_PAIRS = {"size": 2, "step": 1, "dilation": 1}


def uses(op: Structured) -> list[Call]:
    """The uses of an operation in its samples; ``place``, which no program can call, has its own."""
    if op.name == "overlap_add":
        return [
            Call(random_array((2, 3, 2), 7), {**_PAIRS, "axis": (-1,), "dilation": 3, "shape": (2, 6)}),
            Call(random_array((2, 3, 2), 8), {**_PAIRS, "axis": (-2,), "step": 2, "shape": (5, 3)}),
        ]
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


def claims(op: Structured) -> bool:
    """Whether a text is claimed for the pullback: not for constants, nor where the law says enough."""
    return op.pullbacks[0] not in (None, BY_LAW)


def _pairing(a: Any, b: Any) -> Any:
    """The inner product of two arrays of one shape."""
    assert np.shape(a) == np.shape(b)
    return np.sum(np.asarray(a, object) * np.asarray(b, object))


def pullbacks(op: Structured) -> None:
    """⟨g, DF(x)[v]⟩ = ⟨pullback(g), v⟩ for random g and v, with DF by differences."""
    for seed, use in enumerate(uses(op) if claims(op) else []):
        x = use.operand
        v = random_array(x.shape, 10 * seed)
        ahead, behind = (forward(op, x + step * v, **use.words) for step in (_STEP, -_STEP))
        moved = (ahead - behind) / (2 * _STEP)
        g = random_array(np.shape(moved), 10 * seed + 5)
        wanted, found = _pairing(g, moved), _pairing(pulled(op, use, g), v)
        assert abs(wanted - found) <= _EXACT * max(1, abs(wanted)), (op.name, use.words, wanted, found)


def by_differences(op: Structured, use: Call, cotangent: Any) -> Any:
    """The cotangent of the operand, entry by entry from differences."""
    out = np.empty(use.operand.shape, dtype=object)
    for place in np.ndindex(out.shape):
        unit = np.full(out.shape, mp.mpf(0), dtype=object)
        unit[place] = _STEP
        ahead, behind = (forward(op, use.operand + step, **use.words) for step in (unit, -unit))
        out[place] = _pairing(cotangent, (ahead - behind) / (2 * _STEP))
    return out


def leading_axes(op: Structured) -> None:
    """A cotangent with further leading axes is pulled back for each of them alone."""
    for seed, use in enumerate(uses(op) if claims(op) else []):
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
        "prod_others": _prod_others,
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


def _prod_others(x: Any, axis: Any) -> Any:
    out = np.empty(x.shape)
    for place in np.ndindex(x.shape):
        without = x.copy()
        without[place] = 1
        row = tuple(slice(None) if k - x.ndim in axis else index for k, index in enumerate(place))
        out[place] = np.prod(without[row])
    return out


def ties(op: Structured) -> None:
    """Among equal entries a maximum shares its cotangent evenly, or the first of them gets it."""
    if op.shape != "fold" or not any(kink.at == "ties" for kink in op.kinks):
        return
    x = np.array([[mp.mpf(entry) for entry in row] for row in ([2, 1, 2, 2], [3, 3, 3, 3])], dtype=object)
    x = -x if op.name == "min" else x
    use = Call(x, {"axis": (-1,)})
    g = random_array((2, 1), 3)
    share = np.array([[1 / mp.mpf(3), 0, 1 / mp.mpf(3), 1 / mp.mpf(3)], [mp.mpf(1) / 4] * 4], dtype=object)
    if op.name == "first_max":
        share = np.array([[1, 0, 0, 0], [1, 0, 0, 0]])
    assert np.max(np.abs(pulled(op, use, g) - g * share)) <= _EXACT


def corners(op: Structured) -> None:
    """At equal entries a fold of one axis is smooth, or has the corner that is declared, and there only."""
    if op.shape != "fold" or not claims(op) or any(kink.at == "ties" for kink in op.kinks):
        return
    for use in uses(op):
        for entries in ((0, 0, 0), (0, 1, 0), (2, 2, 2)):
            row = np.array([mp.mpf(entry) for entry in entries], dtype=object)
            _corner(op, Call(row, {**use.words, "axis": (-1,)}))


def _corner(op: Structured, use: Call) -> None:
    x = use.operand
    y = forward(op, x, **use.words)
    names = {**use.words, "x": x, "y": y}
    unit = np.array([_STEP, mp.mpf(0), mp.mpf(0)], dtype=object)
    left, right = (sign * (forward(op, x + sign * unit, **use.words) - y)[0] / _STEP for sign in (-1, 1))
    kinks = [k for k in op.kinks if np.any(ARRAYS.formula(k.at, names))]
    found = pulled(op, use, np.array([mp.mpf(1)], dtype=object))[0]
    if abs(left - right) < _CLOSE:
        assert not kinks, (op.name, x, "is smooth")
        assert abs(found - right) < _CLOSE, (op.name, x, found, right)
    else:
        assert len(kinks) == 1, (op.name, x, "is a corner", left, right)
        declared = [ARRAYS.formula(slope, names) for slope in kinks[0].between]
        assert abs(declared[0] - left) + abs(declared[1] - right) < _CLOSE, (op.name, left, right)
        assert found == ARRAYS.formula(kinks[0].torch, names), (op.name, found)


CHECKS = (pullbacks, leading_axes, numpy_agrees, ties, corners)
