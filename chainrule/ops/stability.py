"""What is right on paper and fails in floats, and the spelling that does not: patterns as rows of a table.

A row is text in chainrule's own language over free variables. The tests prove each: both spellings are equal
at ``moderate``, and at ``extreme`` the written one overflows, has no value or is wrong by more than a
thousandth, while the stable one is right. Where several rows match, the first counts.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unstable:
    """``pattern`` as written, ``stable`` in its place, ``why`` in one plain sentence.

    given: declarations of the free variables. moderate, extreme: values of them, as for ``--at``.
    """

    pattern: str
    stable: str
    why: str
    moderate: str
    extreme: str
    given: str = "x : [n]"


UNSTABLE: tuple[Unstable, ...] = (
    # --- logarithms of probabilities ---------------------------------------------------------------------
    Unstable(
        "log(softmax(x))",
        "log_softmax(x)",
        "a share below 1e-308 is rounded to 0, and log(0) is no number",
        "x = [1, 2, 1/2]",
        "x = [0, 800]",
    ),
    Unstable(
        "log(sigmoid(x))",
        "logsigmoid(x)",
        "for large negative arguments sigmoid is rounded to 0, and log(0) is no number",
        "x = [1, -2]",
        "x = [-800]",
    ),
    Unstable(
        "log(1 - sigmoid(x))",
        "logsigmoid(-x)",
        "from 37 on sigmoid is rounded to 1, and log(0) is no number",
        "x = [1, -2]",
        "x = [40]",
    ),
    Unstable(
        "bce(sigmoid(x), t)",
        "bce_with_logits(x, t)",
        "from 37 on sigmoid is rounded to 1, and the loss takes log(0)",
        "x = [1, -2]; t = [0, 1]",
        "x = [40, 0]; t = [0, 1]",
        given="x : [n]; t : [n]",
    ),
    Unstable(
        "log(exp(x)/sum(exp(x)))",
        "x - logsumexp(x)",
        "exp overflows from 710 on, and shares below 1e-308 are rounded to 0, where log is no number",
        "x = [1, 2, 1/2]",
        "x = [0, 800]",
    ),
    # --- sums of exponentials ----------------------------------------------------------------------------
    Unstable(
        "log(1 + exp(x))",
        "softplus(x)",
        "exp overflows from 710 on, though the result is nearly the argument",
        "x = [1, -2]",
        "x = [800]",
    ),
    Unstable(
        "log1p(exp(x))",
        "softplus(x)",
        "exp overflows from 710 on, though the result is nearly the argument",
        "x = [1, -2]",
        "x = [800]",
    ),
    Unstable(
        "log(sum(exp(x)))",
        "logsumexp(x)",
        "exp overflows from 710 on, though the result is near the largest entry",
        "x = [1, 2, 1/2]",
        "x = [800, 0]",
    ),
    Unstable(
        "log(exp(x) + exp(y))",
        "logaddexp(x, y)",
        "exp overflows from 710 on, though the result is near the larger argument",
        "x = [1, 2]; y = [2, -1]",
        "x = [800]; y = [0]",
        given="x : [n]; y : [n]",
    ),
    Unstable(
        "exp(x)/sum(exp(x))",
        "exp(x - logsumexp(x))",
        "exp overflows from 710 on, and infinity over infinity is no number; over a last axis it is softmax",
        "x = [1, 2, 1/2]",
        "x = [800, 0]",
    ),
    Unstable(
        "exp(x)/(1 + exp(x))",
        "sigmoid(x)",
        "exp overflows from 710 on, and infinity over infinity is no number",
        "x = [1, -2]",
        "x = [800]",
    ),
    Unstable(
        "(exp(x) - exp(-x))/(exp(x) + exp(-x))",
        "tanh(x)",
        "exp overflows from 710 on, and infinity over infinity is no number",
        "x = [1, -2]",
        "x = [800]",
    ),
    # --- differences of nearly equal numbers -------------------------------------------------------------
    Unstable(
        "log(1 - exp(x))",
        "log(-expm1(x))",
        "near 0 exp is rounded to 1, and log(0) is no number",
        "x = [-1, -2]",
        "x = [-1e-20]",
    ),
    Unstable(
        "exp(x) - 1",
        "expm1(x)",
        "for small arguments nearly all digits of the exponential are those of 1, and they cancel",
        "x = [1, -2]",
        "x = [1e-17]",
    ),
    Unstable(
        "log(1 + x)",
        "log1p(x)",
        "for small arguments nearly all digits of the sum are those of 1",
        "x = [1, 2]",
        "x = [1e-17]",
    ),
    Unstable(
        "1 - cos(x)",
        "2*sin(x/2)**2",
        "for small arguments the cosine is rounded to 1, and nothing is left",
        "x = [1, -2]",
        "x = [1e-9]",
    ),
    Unstable(
        "mean(x**2) - mean(x)**2",
        "var(x)",
        "where the mean is large beside the spread, two large and nearly equal numbers cancel",
        "x = [1, 2, 4]",
        "x = [1000000000, 1000000001]",
    ),
    # --- squares and products out of range ---------------------------------------------------------------
    Unstable(
        "sqrt(x**2 + y**2)",
        "hypot(x, y)",
        "the squares overflow from 1e155 on, and vanish below 1e-162",
        "x = [3, 1]; y = [4, 2]",
        "x = [1e200]; y = [1e200]",
        given="x : [n]; y : [n]",
    ),
    Unstable(
        "log(prod(x))",
        "sum(log(x))",
        "products of many numbers overflow or vanish, though their logarithm is moderate",
        "x = [1, 2, 4]",
        "x = [1e-200, 1e-200]",
    ),
    Unstable(
        "x/norm(x)",
        "x/maximum(norm(x), 1e-12)",
        "at 0 the quotient is 0/0; the bound keeps it a number",
        "x = [3, 4]",
        "x = [0, 0]",
    ),
    # --- matrices ----------------------------------------------------------------------------------------
    Unstable(
        "log(det(A))",
        "logdet(A)",
        "determinants of large matrices overflow or vanish, though their logarithm is moderate",
        "A = [[3, 1], [1, 2]]",
        "A = [[1e-200, 0], [0, 1e-200]]",
        given="A : [n, n]",
    ),
    Unstable(
        "inv(A) @ b",
        "solve(A, b)",
        "the rounding errors of the whole inverse are larger than those of one solution, and it takes longer",
        "A = [[3, 1], [1, 2]]; b = [1, 2]",
        "A = [[3, 7], [3, 7.0000000000001]]; b = [10, 10.0000000000001]",
        given="A : [n, n]; b : [n]",
    ),
)
