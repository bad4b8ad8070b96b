"""Every option of convolutions and pooling against torch; samples are verified; index forms are readable."""

from __future__ import annotations

from ast import literal_eval
from typing import Any

import pytest

from chainrule.derivation.data import Options
from chainrule.derivation.derive import derive
from chainrule.diagnostics import ChainRuleError
from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_program
from chainrule.notation.text import text
from chainrule.ops.convolutions import CONVOLUTIONS
from chainrule.source import Source
from tests.ops.layer_checks import agrees, proved, random_values, reads_back, scalar
from tests.tools import need_module

SAMPLES = [sample for op in CONVOLUTIONS for sample in op.samples]
ONE = {"x": (2, 4, 7), "w": (6, 2, 3), "b": (6,)}
TWO = {"x": (4, 5, 6), "w": (2, 4, 2, 3), "b": (2,)}
LAID_ONE = {"x": (2, 4, 3), "w": (4, 3, 3), "b": (6,)}
LAID_TWO = {"x": (4, 3, 2), "w": (4, 1, 2, 3), "b": (1,)}

# The function of torch.nn.functional, the shapes of the operands, and options by their names there.
CASES: list[tuple[str, dict[str, tuple[int, ...]], dict[str, Any]]] = [
    ("conv1d", ONE, {"groups": 2}),
    ("conv1d", {"x": (3, 6), "w": (3, 1, 2)}, {"groups": 3, "stride": 2, "padding": 1}),
    ("conv1d", {"x": (2, 3, 6), "w": (4, 3, 5)}, {"padding": "same"}),
    ("conv1d", {"x": (3, 6), "w": (2, 3, 4)}, {"padding": "same", "dilation": 3}),
    ("conv1d", {"x": (3, 6), "w": (2, 3, 2)}, {"padding": "valid", "stride": (2,)}),
    ("conv2d", TWO, {"padding": "same"}),
    ("conv2d", TWO, {"stride": (2, 1), "padding": (0, 2), "dilation": (1, 2)}),
    ("conv2d", {"x": (2, 4, 3, 4), "w": (6, 2, 2, 2), "b": (6,)}, {"groups": 2, "padding": 1}),
    ("conv3d", {"x": (2, 3, 4, 3), "w": (3, 2, 2, 3, 2), "b": (3,)}, {"padding": (0, 1, 0), "stride": 2}),
    ("conv_transpose1d", LAID_ONE, {"groups": 2}),
    ("conv_transpose1d", {"x": (3, 4), "w": (3, 2, 3)}, {"stride": 2, "padding": 1}),
    ("conv_transpose1d", {"x": (3, 4), "w": (3, 2, 2)}, {"stride": 3, "output_padding": 2}),
    ("conv_transpose1d", {"x": (3, 4), "w": (3, 2, 3)}, {"stride": 2, "padding": 2, "output_padding": 1}),
    ("conv_transpose2d", LAID_TWO, {"stride": (2, 1), "padding": (1, 0), "dilation": (1, 2)}),
    (
        "avg_pool1d",
        {"x": (2, 3, 7)},
        {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False},
    ),
    ("avg_pool1d", {"x": (3, 7)}, {"kernel_size": 2, "ceil_mode": True}),
    ("avg_pool1d", {"x": (3, 6)}, {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
    (
        "avg_pool2d",
        {"x": (3, 5, 4)},
        {"kernel_size": (3, 2), "padding": (1, 0), "ceil_mode": True, "count_include_pad": False},
    ),
    (
        "avg_pool2d",
        {"x": (3, 5, 4)},
        {"kernel_size": (3, 2), "padding": (1, 1), "ceil_mode": True, "stride": 2},
    ),
    ("avg_pool2d", {"x": (2, 5, 4)}, {"kernel_size": 2, "divisor_override": 3}),
    ("avg_pool3d", {"x": (2, 3, 4, 5)}, {"kernel_size": 2}),
    ("max_pool1d", {"x": (2, 3, 7)}, {"kernel_size": 3, "stride": 2, "padding": 1}),
    ("max_pool1d", {"x": (3, 7)}, {"kernel_size": 2, "dilation": 3, "stride": 1}),
    ("max_pool2d", {"x": (3, 5, 4)}, {"kernel_size": (3, 2), "padding": 1, "ceil_mode": True}),
    ("max_pool2d", {"x": (3, 5, 4)}, {"kernel_size": 2, "ceil_mode": True}),
    ("adaptive_avg_pool1d", {"x": (2, 3, 8)}, {"output_size": 2}),
    ("adaptive_avg_pool2d", {"x": (3, 6, 4)}, {"output_size": (None, 2)}),
    ("adaptive_max_pool2d", {"x": (3, 6, 4)}, {"output_size": 1}),
]


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize(("name", "shapes", "options"), CASES, ids=[f"{c[0]} {c[2]}" for c in CASES])
def test_options_are_those_of_torch(
    name: str, shapes: dict[str, tuple[int, ...]], options: dict[str, Any]
) -> None:
    torch = need_module("torch")
    words = ", ".join([*shapes, *(f"{word}={value!r}" for word, value in options.items())])
    function = getattr(torch.nn.functional, name)
    reference = lambda **tensors: function(*tensors.values(), **options)  # noqa: E731
    agrees(torch, f"{name}({words})", reference, random_values(shapes, 3))


TIED = [
    ("max_pool1d", "[[1, 1, 0, 1, 1]]", {"kernel_size": 3, "stride": 1, "padding": 1}),
    ("max_pool1d", "[[0, 0, 1, 1, 1, 1]]", {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
    ("max_pool2d", "[[[1, 1, 0], [1, 0, 1], [0, 1, 1]]]", {"kernel_size": 2, "stride": 1, "padding": 1}),
    (
        "max_pool2d",
        "[[[0, 0, 1, 1], [0, 1, 1, 1], [1, 1, 0, 0]]]",
        {"kernel_size": (3, 2), "stride": (1, 2), "padding": (1, 0), "ceil_mode": True},
    ),
]


@pytest.mark.parametrize(("name", "entries", "options"), TIED)
def test_ties_at_a_border_give_the_slope_to_the_first_entry_as_torch_does(
    name: str, entries: str, options: dict[str, Any]
) -> None:
    torch = need_module("torch")
    x = torch.tensor(literal_eval(entries), dtype=torch.float64, requires_grad=True)
    out = getattr(torch.nn.functional, name)(x, **options)
    weights = torch.arange(1, out.numel() + 1, dtype=torch.float64).reshape(out.shape)
    (out * weights).sum().backward()
    words = ", ".join(f"{word}={value!r}" for word, value in options.items())
    program = f"x = {entries}; w : constant; w = {weights.tolist()}; y = {name}(x, {words}); out = sum(w*y)"
    (gradient,) = derive(Source(program), Options(wrt=("x",), verify=False)).gradients
    assert gradient.value is not None
    assert gradient.value.nested() == x.grad.tolist()


@pytest.mark.parametrize("program", SAMPLES)
def test_samples_are_proved(program: str) -> None:
    proved(program)
    proved(scalar(program), order=2)
    reads_back(program)


READABLE = {
    "X : [4, 6]; Y = avg_pool2d(X, 2); out = sum(Y**2)": ("X", "1/2*Y[floor(k/2),floor(l/2)]"),
    "X : [c, n]; W : [o, c, 3]; Y = conv1d(X, W); out = sum(Y**2)": ("W", "sum_j 2*Y[i,j]*X[k,j + l]"),
    "x : [n]; y = x[1:]; out = sum(y**2)": ("x", "sum_i 2*y[i]*delta(j,i + 1)"),
    "x : [m, n]; y = flatten(x); out = sum(y**3)": ("x", "3*y[n*j + k]**2"),
    "x : [n]; y = tile(x, 2); out = sum(y**2)": ("x", "sum_i 2*y[n*i + j]"),
    "x : [n]; y = pad(x, 1); out = sum(y**2)": ("x", "2*y[j + 1]"),
}


@pytest.mark.parametrize("program", READABLE)
def test_gradients_are_sums_over_indices(program: str) -> None:
    wrt, wanted = READABLE[program]
    (part,) = derive(Source(program, "program"), Options(wrt=(wrt,))).gradients
    assert wanted in [text(line.term) for line in part.lines]


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("x : [2, 7]; out = max_pool1d(x, 2, padding=1, dilation=2)", "together with dilation"),
        ("x : [2, n]; out = avg_pool1d(x, 2, ceil_mode=True)", "symbolic length"),
        ("x : [2, 7]; out = adaptive_avg_pool1d(x, 2)", "not of one size"),
        ("x : [2, 3, 6]; W : [4, 3, k]; out = conv1d(x, W)", "symbolic size"),
        ("x : [2, 3, 6]; out = max_pool1d(x, 2, return_indices=True)", "return_indices is not supported yet"),
    ],
)
def test_what_is_not_supported_says_so(program: str, message: str) -> None:
    with pytest.raises(ChainRuleError, match=message) as caught:
        elaborate(parse_program(Source(program, "program")))
    assert caught.value.diagnostic.code == "unsupported"
    assert caught.value.diagnostic.notes
