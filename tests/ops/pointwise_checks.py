"""What the table claims about a pointwise operation, each claim against something that never saw it.

A check takes the declaration, so that the mutation campaign can hand in a spoiled one, and asserts.
"""

from __future__ import annotations

import ast
import math
from fractions import Fraction
from typing import Any

from chainrule.calculus.rules import derive
from chainrule.language.elaborate import kernel
from chainrule.laws import LAWS
from chainrule.numeric.arithmetic import Context
from chainrule.numeric.entries import Undefined as UndefinedEntry
from chainrule.numeric.precise import Precise
from chainrule.ops.table import Kink, Pointwise
from chainrule.terms import slot
from tests.ops.formulas import EXACT, FLOATS, PRECISE, SYMBOLIC, Undefined, mp
from tests.ops.known_values import KNOWN
from tests.ops.points import (
    Point,
    claimed,
    close,
    grid,
    holds,
    inside,
    moved,
    samples,
    value,
)

_STEP = mp.mpf(10) ** -18
_NEAR = mp.mpf(10) ** -20
_EXACT = 1e-24
_CLOSE = 1e-9
# A step of 1e-20 moves a cube root by 2e-7, at a slope of 1e13; no jump is as small.
_JUMP = 1e-4
_STEEP = 1e13
_FLOAT = 1e-12


def differentiable(op: Pointwise) -> list[tuple[int, str]]:
    """The operands with a derivative, and its text."""
    return [(k, text) for k, text in enumerate(op.derivatives) if text is not None]


# --- derivatives ----------------------------------------------------------------------------------------


def slopes(op: Pointwise) -> None:
    """Each derivative is the difference quotient of the law, at every sample."""
    for point in samples(op):
        for operand, text in differentiable(op):
            difference = value(op, moved(point, operand, _STEP)) - value(op, moved(point, operand, -_STEP))
            assert close(claimed(op, text, point), difference / (2 * _STEP), _EXACT), (op.name, text, point)


def curvature(op: Pointwise) -> None:
    """The slope of each claimed derivative is the second difference of the law."""
    h = _STEP * 1000
    for point in samples(op):
        for j, text in differentiable(op):
            for k, _ in differentiable(op):
                ahead, behind = moved(point, k, h), moved(point, k, -h)
                slope = (claimed(op, text, ahead) - claimed(op, text, behind)) / (2 * h)
                assert close(slope, _second_difference(op, point, j, k, h), 1e-20), (op.name, text, k, point)


def _second_difference(op: Pointwise, point: Point, j: int, k: int, h: Any) -> Any:
    corners = [(a, b) for a in (1, -1) for b in (1, -1)]
    total = sum(a * b * value(op, moved(moved(point, j, a * h), k, b * h)) for a, b in corners)
    return total / (4 * h * h)


def second_derivatives(op: Pointwise) -> None:
    """The claimed derivatives, differentiated by the rules of calculus, are second differences of the law."""
    if op.name == "where":
        return
    names = op.signature.parameters
    arithmetic = Precise(digits=50, laws=LAWS)
    term = kernel(f"{op.name}({', '.join(names)})", names)
    for point in samples(op):
        for j, _ in differentiable(op):
            for k, _ in differentiable(op):
                second = derive(derive(term, slot(j)).after, slot(k)).after
                found = arithmetic.kernel(second, Context())([arithmetic.context.mpf(x) for x in point], ())
                if isinstance(found, UndefinedEntry):
                    raise AssertionError((op.name, j, k, point, found))
                wanted = _second_difference(op, point, j, k, mp.mpf(10) ** -15)
                assert close(mp.mpf(found), wanted, 1e-20), (op.name, j, k, point)


def higher_derivatives(op: Pointwise) -> None:
    """Where a claim has a branch for a single point, its derivatives are right there, too."""
    if op.name != "sinc":
        return
    arithmetic = Precise(digits=50, laws=LAWS)
    term = kernel("sinc(x)", ("x",))
    # Around 0 the law is sin(pi*x)/(pi*x), whose series is known.
    series = mp.taylor(mp.sincpi, 0, 5)
    for order, coefficient in enumerate(series[1:], 1):
        term = derive(term, slot(0)).after
        found = arithmetic.kernel(term, Context())([arithmetic.context.mpf(0)], ())
        assert close(mp.mpf(found), coefficient * mp.factorial(order), 1e-20), (order, found)


def against_sympy(op: Pointwise) -> None:
    """Each derivative is what SymPy makes of its own function of that name."""
    import sympy

    name = op.sympy or (op.name if op.law is None else None)
    if name is None or op.name == "where":
        return
    symbols = sympy.symbols([f"u{k}" for k in range(len(op.derivatives))], real=True)
    function = getattr(sympy, name)(*symbols)
    for sample, point in zip(op.samples, samples(op), strict=True):
        places = dict(zip(symbols, map(sympy.Rational, sample), strict=True))
        assert close(value(op, point), mp.mpf(str(sympy.N(function.subs(places), 50))), 1e-30), (
            op.name,
            sample,
        )
        # SymPy does not differentiate its step functions.
        for operand, text in differentiable(op) if op.name not in ("floor", "ceil") else ():
            slope = sympy.N(function.diff(symbols[operand]).subs(places).doit(), 50)
            assert close(claimed(op, text, point), mp.mpf(str(slope)), 1e-30), (op.name, text, sample)


# --- values ---------------------------------------------------------------------------------------------


def law_is_primitive(op: Pointwise) -> None:
    """The law computes what mpmath's function of that name computes."""
    if op.law is None or op.mpmath is None:
        return
    for point in samples(op):
        assert close(value(op, point), getattr(mp, op.mpmath)(*point), 1e-40), (op.name, point)


def numpy_kernel(op: Pointwise) -> None:
    """NumPy's function of that name computes the same in floats, at jumps and kinks too."""
    import numpy as np

    name = op.numpy or (op.name if op.law is None else None)
    if name is None:
        return
    place, _, attribute = name.rpartition(":")
    function = getattr({"math": math, "mpmath": mp, "": np}[place], attribute)
    binary = [point for point in grid(op) if all(isinstance(x, bool) or float(x) == x for x in point)]
    for point in samples(op) + [point for point in binary if inside(op, point, _NEAR)]:
        with np.errstate(all="ignore"):
            found = function(*(x if isinstance(x, bool) else float(x) for x in point))
        assert close(value(op, point), float(found), _FLOAT), (op.name, point)


def known_values(op: Pointwise) -> None:
    """The law has the values that are known by other means; one at least, where no library has it."""
    equations = [text for text in KNOWN if text.startswith(f"{op.name}(")]
    named = op.numpy or op.mpmath or op.sympy
    assert equations or named or op.law is None, f"{op.name} has no known value"
    for equation in equations:
        call, right = equation.split(" == ")
        arguments = ast.parse(call, mode="eval").body.args
        point = tuple(PRECISE.formula(ast.unparse(argument)) for argument in arguments)
        assert close(value(op, point), PRECISE.formula(right), 1e-40), equation


def stable_law(op: Pointwise) -> None:
    """The law holds in floats, too, where arguments are large or tiny: nothing overflows or is lost."""
    if op.law is None or len(op.signature.parameters) - len(op.signature.defaults) != 1:
        return
    options = FLOATS.defaults(op.signature, 1)
    for x in (-1000.0, -40.0, -1e-9, 1e-9, 40.0, 1000.0):
        point = (mp.mpf(x), *map(mp.mpf, PRECISE.defaults(op.signature, 1)))
        if holds(op, op.domain, point, otherwise=True):
            wanted = value(op, point)
            found = FLOATS.value(op, (x, *options))
            if math.isinf(float(wanted)):
                assert float(wanted) == found, (op.name, x)
            else:
                assert abs(found - wanted) <= 1e-15 * max(1, abs(x)) + _FLOAT * abs(wanted), (
                    op.name,
                    x,
                    found,
                )


def rationality(op: Pointwise) -> None:
    """Fractions give fractions exactly where the table says so."""
    try:
        points = [tuple(EXACT.formula(text) for text in sample) for sample in op.samples]
        found = all(isinstance(EXACT.value(op, point), Fraction) for point in points)
    except (Undefined, NameError):
        found = False
    assert found == op.rational, op.name


# --- domain, kinks, jumps -------------------------------------------------------------------------------


def domain(op: Pointwise) -> None:
    """The value is real where the domain says so, and nowhere else."""
    for point in samples(op):
        assert holds(op, op.domain, point, otherwise=True), (op.name, point)
    for point in (*grid(op), *_odd_options(op)):
        try:
            value(op, point)
            found = True
        except Undefined:
            found = False
        assert found == holds(op, op.domain, point, otherwise=True), (op.name, point)


def _odd_options(op: Pointwise) -> list[Point]:
    """The samples, and 0 as the first argument, with 0, 1 and -1 in the place of each option."""
    return [
        (*point[:k], mp.mpf(odd), *point[k + 1 :])
        for sample in samples(op)
        for point in (sample, (mp.mpf(0), *sample[1:]))
        for k, name in enumerate(op.signature.parameters)
        if op.signature.default(name) is not None
        for odd in (0, 1, -1)
    ]


def poles(op: Pointwise) -> None:
    """SymPy's function has a value at multiples of pi/2 where the domain, taken exactly, says so."""
    import sympy

    name = op.sympy or (op.name if op.law is None else None)
    if name is None or len(op.signature.parameters) != 1:
        return
    for quarters in (1, 2, 3):
        x = quarters * sympy.pi / 2
        found = getattr(sympy, name)(x)
        inside_there = op.domain is None or bool(SYMBOLIC.formula(op.domain, {"x": x, "y": found}))
        if found.is_finite is False or found.is_real:
            assert bool(found.is_finite) == inside_there, (op.name, x)


def kinks_and_jumps(op: Pointwise) -> None:
    """Looked at from both sides, every point is smooth, or a kink or jump that is declared, and no less.

    At a kink the slopes are those declared; at a smooth point they are the claimed derivative.
    """
    met: set[Kink] = set()
    jumped = False
    for point in grid(op):
        if not inside(op, point, _NEAR):
            continue
        here = False
        for operand, text in differentiable(op):
            jump, kink = _look(op, point, operand, text)
            here |= jump
            met |= {kink} - {None}
        declared = holds(op, op.jumps, point, otherwise=False)
        assert here == declared, (op.name, point, "jumps" if here else "does not jump")
        jumped |= here
    assert met == set(op.kinks), (op.name, set(op.kinks) - met)
    assert jumped == (op.jumps is not None), (op.name, op.jumps)


def _look(op: Pointwise, point: Point, operand: int, text: str) -> tuple[bool, Kink | None]:
    """Whether the operation jumps at a point along one operand, and the kink that is met."""
    here = value(op, point)
    behind, ahead = (value(op, moved(point, operand, step)) for step in (-_NEAR, _NEAR))
    left, right = (here - behind) / _NEAR, (ahead - here) / _NEAR
    if max(abs(ahead - here), abs(here - behind)) > _JUMP:
        # The slope is that of the piece to which the point belongs, if it belongs to one.
        for change, slope in ((here - behind, left), (ahead - here, right)):
            claim = _claim(op, text, point)
            if abs(change) <= _JUMP and claim is not None:
                assert close(claim, slope, _CLOSE), (op.name, point, operand, slope)
        return True, None
    kinks = [k for k in op.kinks if k.operand == operand and holds(op, k.at, point, otherwise=False)]
    place = (op.name, point, operand)
    if max(abs(left), abs(right)) > _STEEP:
        assert _claim(op, text, point) is None, (*place, "infinitely steep")
    elif close(left, right, _CLOSE):
        assert not kinks, (*place, "is no kink")
        claim = _claim(op, text, point)
        assert claim is not None, (*place, "is smooth")
        assert close(claim, right, _CLOSE), (*place, claim, right)
    else:
        assert len(kinks) == 1, (*place, "is a kink", left, right)
        (kink,) = kinks
        declared = [claimed(op, slope, point) for slope in kink.between]
        assert close(declared[0], left, _CLOSE), (*place, left)
        assert close(declared[1], right, _CLOSE), (*place, right)
        convention = None if kink.torch == "undefined" else claimed(op, kink.torch, point)
        assert _claim(op, text, point) == convention, (*place, convention)
        return False, kink
    return False, None


def _claim(op: Pointwise, text: str, point: Point) -> Any:
    try:
        return claimed(op, text, point)
    except Undefined:
        return None


# --- the language reads the same ------------------------------------------------------------------------


def language(op: Pointwise) -> None:
    """Our parser and arithmetic make of every formula what Python and mpmath make of it."""
    names = (*op.signature.parameters, "y")
    arithmetic = Precise(digits=50, laws=LAWS)
    slopes_there = [s for k in op.kinks for s in (*k.between, k.torch, k.jax) if s != "undefined"]
    conditions = [c for c in (op.domain, op.jumps, *(k.at for k in op.kinks)) if c is not None]
    texts = [op.law, *op.derivatives, *slopes_there, *(f"where({c}, 1, 0)" for c in conditions)]
    for text in dict.fromkeys(t for t in texts if t is not None and op.name != "where"):
        term = kernel(text, names)
        for point in samples(op):
            entries = [arithmetic.context.mpf(x) for x in (*point, value(op, point))]
            found = arithmetic.kernel(term, Context())(entries, ())
            assert close(mp.mpf(found), claimed(op, text, point), 1e-40), (op.name, text, point)


CHECKS = (
    slopes,
    curvature,
    second_derivatives,
    higher_derivatives,
    against_sympy,
    law_is_primitive,
    known_values,
    numpy_kernel,
    stable_law,
    rationality,
    domain,
    poles,
    kinks_and_jumps,
    language,
)
