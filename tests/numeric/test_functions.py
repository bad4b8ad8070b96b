"""Every pointwise function of the op table, at its samples, in every arithmetic that has it."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from chainrule.numeric.arithmetic import Context
from chainrule.numeric.array_kernels import Kernels
from chainrule.numeric.arrays import Arrays
from chainrule.numeric.closures import compiled
from chainrule.numeric.floats import Floats
from chainrule.numeric.precise import Precise
from chainrule.numeric.symbolic import Symbolic
from chainrule.ops import TABLE
from chainrule.ops.table import Pointwise
from chainrule.terms import Apply, slot
from tests.numeric.programs import LAWS

FUNCTIONS = [op for op in TABLE.values() if isinstance(op, Pointwise) and op.name != "where" and op.samples]


@pytest.mark.parametrize("op", FUNCTIONS, ids=lambda op: op.name)
def test_a_function_is_one_in_every_arithmetic(op: Pointwise) -> None:
    floats, precise, symbolic = Floats(LAWS), Precise(30, LAWS), Symbolic(LAWS)
    term = Apply(op.name, tuple(slot(k) for k in range(len(op.signature.parameters))))
    kernels = Kernels(LAWS)
    for sample in op.samples:
        points = [float(Fraction(text)) for text in sample]
        reference = float(precise.kernel(term, Context())([precise.loaded(x) for x in points], ()))
        assert math.isfinite(reference), sample
        assert floats.kernel(term, Context())(points, ()) == pytest.approx(reference, rel=1e-12), sample
        exact = symbolic.kernel(term, Context())([symbolic.number(Fraction(t)) for t in sample], ())
        assert float(exact) == pytest.approx(reference, rel=1e-12), sample
        columns = [np.full(3, x) for x in points]
        found = kernels.compiled(term, Context()).run(columns, (), None)
        np.testing.assert_allclose(found, np.full(3, reference), rtol=1e-12, err_msg=str(sample))
        if op.law is not None:
            law = compiled(LAWS.kernel(op.name), precise, Context())([precise.loaded(x) for x in points], ())
            assert float(law) == pytest.approx(reference, rel=1e-12), sample


OUTSIDE = [
    ("loggamma", -0.5), ("gamma", -2.0), ("digamma", 0.0), ("erfinv", 1.0), ("erfinv", 2.0), ("asin", 1.5),
    ("atanh", 1.0), ("acosh", 0.5), ("log1p", -1.0), ("log2", 0.0), ("log10", -1.0), ("reciprocal", 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("name", "at"), OUTSIDE)
def test_outside_of_its_domain_a_function_has_no_value(name: str, at: float) -> None:
    term = Apply(name, (slot(0),))
    assert math.isnan(Floats(LAWS).kernel(term, Context())([at], ()))
    arrays = Arrays(LAWS)
    with arrays.session():
        found = arrays.kernels.compiled(term, Context()).run(
            [np.array([at, 0.5 if name != "acosh" else 2.0])], (), None
        )
    assert np.isnan(found).tolist() == [True, False]
