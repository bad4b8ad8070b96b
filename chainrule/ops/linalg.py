"""Linear algebra: operations on the last two axes, with the matrix rules of the textbooks.

``x`` is the operand, ``y`` the result, ``g`` its cotangent. What is defined for symmetric matrices
(``eigvalsh``, ``cholesky``) is taken of the symmetric part (A + Aᵀ)/2, so that every entry of a matrix has a
derivative, the one that torch gives. A singular matrix has no inverse: its entries are undefined.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from chainrule.ops.table import BY_LAW, UNSUPPORTED, Composite, Signature, Structured


def _matrix(
    signature: str, shape: str, *pullbacks: str, why: str, samples: str, aliases: str = "", **more: Any
) -> Structured:
    """An entry; ``samples`` and ``errors`` are programs with blanks lines between them."""
    errors = tuple(more.pop("errors", ("x : [3]; out = {0}(x)", "x : [2, 2]; out = {0}(x, 1, 2, 3, 4)")))
    return Structured(
        Signature.of(signature),
        pullbacks,
        why,
        shape=shape,
        aliases=tuple(aliases.split()),
        samples=tuple(sample.strip() for sample in samples.split("|")),
        errors=tuple(error.replace("{0}", signature.partition("(")[0]) for error in errors),
        **more,
    )


_NOT_SQUARE = ("x : [2, 3]; out = {0}(x)", "x : [3]; out = {0}(x)", "x : [2, 2]; out = {0}(x, x, x, x)")

# Data for samples: a matrix far from singular, and one with more rows than columns.
_X = "x = [[3, 1/2, -1], [1/4, -2, 1], [1, 1/3, 5/2]]"
_S = "x = [[4, 1/2, -1], [3/4, 3, 1], [1/5, -1/3, 5]]"
_TALL = "x = [[3, 1/2], [1/4, -2], [1, 1/3]]"

# With M = Vᵀg over the gaps between eigenvalues: how eigenvectors turn into one another.
_TURNING = "reciprocal_gaps(eigvalsh(x))*(y.mT @ g)"
_RIGHT_TURNING = "(reciprocal_gaps(svdvals(x)**2)*(y.mT @ g)) @ y.mT"
_LEADING = "eigh_vectors(x.mT @ x)[..., -1]"
_OUTSIDE = "(g/svdvals(x)[..., None, :]**2 - y @ (y.mT @ (g/svdvals(x)[..., None, :]**2))) @ y.mT"

LINALG: tuple[Structured | Composite, ...] = (
    # --- inverses and determinants ---------------------------------------------------------------------
    _matrix(
        "inv(x)",
        "...ii->...ii",
        "-(y.mT @ g @ y.mT)",
        aliases="inverse",
        why="moving X by dX moves its inverse by -(inverse of X) dX (inverse of X)",
        domain="det(x) != 0",
        samples=f"{_X}; out = inv(x) | x : [3, 3]; out = inverse(x)",
        errors=_NOT_SQUARE,
    ),
    _matrix(
        "det(x)",
        "...ii->...",
        "g[..., None, None]*cofactors(x)",
        aliases="determinant",
        why="the cofactors: the determinant times the transposed inverse",
        samples=f"{_X}; out = det(x)",
        errors=_NOT_SQUARE,
    ),
    # Entries are computed as signed minors where x has no inverse, and written det(x)*inv(x).T everywhere.
    _matrix(
        "cofactors(x)",
        "...ii->...ii",
        BY_LAW,
        law="det(x)[..., None, None]*inv(x).mT",
        why="the signed minors: the determinant times the transposed inverse",
        samples=f"{_X}; out = cofactors(x)",
        errors=_NOT_SQUARE,
    ),
    _matrix(
        "logdet(x)",
        "...ii->...",
        "g[..., None, None]*inv(x).mT",
        law="log(det(x))",
        why="the transposed inverse, for the determinant cancels",
        domain="det(x) > 0",
        samples=f"{_S}; out = logdet(x)",
        errors=_NOT_SQUARE,
    ),
    _matrix(
        "slogdet(x)",
        "...ii->...",
        "g[..., None, None]*inv(x).mT",
        law="log(abs(det(x)))",
        aliases="logabsdet",
        why="the transposed inverse, whatever the sign of the determinant",
        domain="det(x) != 0",
        samples=f"{_X}; out = slogdet(x)",
        errors=_NOT_SQUARE,
    ),
    _matrix(
        "pinv(x)",
        "...ij->...ji",
        "g.mT @ y @ y.mT - y.mT @ g @ y.mT - x @ (y @ g.mT @ y @ y.mT)"
        " + y.mT @ y @ g.mT - (y.mT @ y @ g.mT @ y) @ x",
        aliases="pseudoinverse pinverse",
        why="the rule of Golub and Pereyra, for matrices of full rank",
        samples=f"{_TALL}; out = pinv(x) | x = [[1/2, -1, 2], [3, 1/4, 1]]; out = pinv(x)",
    ),
    Composite(
        Signature.of("solve(a, b)"),
        "inv(a) @ b",
        "the inverse of a times b",
        2,
        aliases=("linsolve",),
        samples=("A : [3, 3]; b : [3]; out = solve(A, b)", "A : [3, 3]; B : [3, 2]; out = solve(A, B)"),
        errors=("A : [2, 3]; b : [3]; out = solve(A, b)", "A : [3, 3]; b : [2]; out = solve(A, b)"),
    ),
    _matrix(
        "matrix_power(x, n)",
        "...ii->...ii",
        BY_LAW,
        aliases="mpow",
        why="a product of n equal factors: each is differentiated in turn, and the results add",
        samples=f"{_X}; out = matrix_power(x, 3) | {_X}; out = matrix_power(x, n=-2)",
        errors=(
            "x : [2, 3]; out = matrix_power(x, 1)",
            "x : [3]; out = matrix_power(x, 2)",
            "x : [2, 2]; out = matrix_power(x, 1/2)",
            "x : [2, 2]; out = matrix_power(x)",
        ),
    ),
    # --- symmetric matrices -----------------------------------------------------------------------------
    _matrix(
        "cholesky(x)",
        "...ii->...ii",
        "inv(y).mT @ lower_mirrored(y.mT @ g) @ inv(y)/2",
        why="the factor moves by its own lower triangle of the change seen from both sides",
        samples=f"{_S}; out = cholesky(x)",
        errors=_NOT_SQUARE,
    ),
    _matrix(
        "eigvalsh(x)",
        "...ii->...i",
        "(eigh_vectors(x)*g[..., None, :]) @ eigh_vectors(x).mT",
        why="an eigenvalue moves by the change seen along its unit eigenvector",
        samples=f"{_S}; out = eigvalsh(x)",
        errors=_NOT_SQUARE,
    ),
    _matrix(
        "eigh_vectors(x)",
        "...ii->...ii",
        f"y @ ({_TURNING} + ({_TURNING}).mT) @ y.mT/2",
        why="eigenvectors turn into one another, the more the closer their eigenvalues",
        samples=f"{_S}; out = eigh_vectors(x)",
        errors=_NOT_SQUARE,
    ),
    # --- singular values ----------------------------------------------------------------------------------
    _matrix(
        "svdvals(x)",
        "...ij->...&",
        "x @ (svd_right(x)*(g/y)[..., None, :]) @ svd_right(x).mT",
        why="a singular value moves by the change seen between its two singular vectors",
        samples=f"{_TALL}; out = svdvals(x) | x = [[1/2, -1, 2], [3, 1/4, 1]]; out = svdvals(x)",
    ),
    _matrix(
        "svd_right(x)",
        "...ij->...j&",
        f"x @ (y @ ({_RIGHT_TURNING}) + (y @ ({_RIGHT_TURNING})).mT) + x @ ({_OUTSIDE}).mT",
        why="they are eigenvectors of XᵀX, which turn into one another",
        samples=f"{_TALL}; out = svd_right(x) | x = [[1/2, -1, 2], [3, 1/4, 1]]; out = svd_right(x)",
    ),
    _matrix(
        "nuclear_norm(x)",
        "...ij->...",
        "g[..., None, None]*polar(x)",
        aliases="nuc_norm",
        latex=r"\lVert {0} \rVert_{*}",
        why="the sum of the singular values grows along the nearest matrix with orthonormal columns",
        samples=f"{_TALL}; out = nuclear_norm(x) | x = [[1/2, -1, 2], [3, 1/4, 1]]; out = nuclear_norm(x)",
    ),
    _matrix(
        "polar(x)",
        "...ij->...ij",
        "y @ lyapunov(y.mT @ x, y.mT @ g - g.mT @ y)"
        " + g @ pinv(x) @ y - x @ (pinv(x) @ g @ pinv(x) @ y)"
        " + y @ pinv(x) @ g - y @ (pinv(x) @ g @ pinv(x) @ x)",
        why="the orthonormal factor U of X = U H moves at right angles to itself",
        samples=f"{_TALL}; out = polar(x) | x = [[1/2, -1, 2], [3, 1/4, 1]]; out = polar(x)",
    ),
    _matrix(
        "lyapunov(h, c)",
        "...ii,...ii->...ii",
        UNSUPPORTED,
        "lyapunov(h, g)",
        why="the solution of H Y + Y H = C is linear in C",
        samples="h = [[4, 1/2], [1/2, 3]]; c = [[1, 2], [3, -1]]; out = lyapunov(h, c)",
        errors=("h : [2, 3]; c : [2, 2]; out = lyapunov(h, c)", "h : [2, 2]; out = lyapunov(h)"),
    ),
    _matrix(
        "spectral_norm(x)",
        "...ij->...",
        f"(g/y)[..., None, None]*(x @ ({_LEADING}[..., :, None]*{_LEADING}[..., None, :]))",
        law="sqrt(eigvalsh(x.mT @ x)[..., -1])",
        latex=r"\lVert {0} \rVert_{2}",
        why="the largest singular value moves by the change seen between its two singular vectors",
        samples=f"{_TALL}; out = spectral_norm(x) | x = [[1/2, -1, 2], [3, 1/4, 1]]; out = spectral_norm(x)",
    ),
    # --- the exponential ------------------------------------------------------------------------------------
    _matrix(
        "matrix_exp(x)",
        "...ii->...ii",
        "expm_frechet(x.mT, g)",
        aliases="expm",
        why="the change is carried through every place in the products of the series",
        samples=f"{_X}; out = matrix_exp(x)",
        errors=_NOT_SQUARE,
    ),
    _matrix(
        "expm_frechet(x, d)",
        "...ii,...ii->...ii",
        "expm_second(x.mT, d.mT, g)",
        "expm_frechet(x.mT, g)",
        why="the derivative of the exponential along d, which is linear in d",
        samples="x = [[1, 1/2], [1/3, -1]]; d = [[1, 2], [3, -1]]; out = expm_frechet(x, d)",
        errors=(
            "x : [2, 3]; d : [2, 2]; out = expm_frechet(x, d)",
            "x : [2, 2]; d : [3, 3]; out = expm_frechet(x, d)",
            "x : [2, 2]; out = expm_frechet(x)",
        ),
    ),
    _matrix(
        "expm_second(x, u, v)",
        "...ii,...ii,...ii->...ii",
        UNSUPPORTED,
        UNSUPPORTED,
        UNSUPPORTED,
        why="the second derivative of the exponential along u and v",
        samples="x = [[1, 1/2], [1/3, -1]]; u = [[1, 2], [3, -1]]; v = [[0, 1], [2, 1]];"
        " out = expm_second(x, u, v)",
        errors=(
            "x : [2, 3]; d : [2, 2]; out = expm_second(x, d, d)",
            "x : [2, 2]; d : [3, 3]; out = expm_second(x, d, d)",
            "x : [2, 2]; out = expm_second(x)",
        ),
    ),
)

NOT_YET: Mapping[str, str] = MappingProxyType(
    {
        "qr": "cholesky(X.T@X).T is the factor R of a matrix of full column rank, up to signs",
        "lu": "inv, det and solve need no factors written out",
        "lu_factor": "inv, det and solve need no factors written out",
        "svd": "singular values alone are svdvals(X)",
        "eigh": "eigenvalues alone are eigvalsh(A), unit eigenvectors eigh_vectors(A)",
        "eig": "of symmetric matrices, eigvalsh(A) has the eigenvalues",
        "eigvals": "of symmetric matrices, eigvalsh(A) has the eigenvalues",
        **dict.fromkeys(
            ("solve_triangular", "triangular_solve", "cholesky_solve", "lu_solve", "tensorsolve", "solve_ex"),
            "solve(A, b) is, whatever the form of A",
        ),
        **dict.fromkeys(("cholesky_inverse", "inv_ex", "tensorinv"), "inv(A) is"),
        "lstsq": "pinv(A)@b is the solution of least squares",
        "cond": "the quotient of the largest and the smallest of svdvals(X)",
    }
)
"""What other libraries have and chainrule does not, with the nearest thing that is."""
