"""Windows along axes: convolutions and pooling, as torch defines them, along one, two or three axes.

The programs speak of the options of each axis by number: ``stride_0`` is that of the first windowed axis.
Their words (``padded``, ``grouped``, …) are told in :mod:`chainrule.language.layer_words`.
"""

from __future__ import annotations

from chainrule.ops.table import Composite, Signature, Structured

# Data for samples: no two entries are equal.
_X = "x = [[1/2, -3, 2], [4/3, 5, -1/4]]"
_LONG = "x = [[1/2, -3, 2, 1, 4, 1/4], [4/3, 5, -1/4, 2, 3, 1]]"

_WINDOW = "axis=axis, size=size, step=step, dilation=dilation"

_PLACES, _INSIDE = "hwd", "klm"


def _windows(axes: int, mode: str, dilated: bool = True) -> str:
    """``x`` with more entries beside it, cut into windows along its last axes; each window is a last axis."""
    text = "x"
    for k in range(axes):
        text = f'padded({text}, axis={k - axes}, widths=padding_{k}, mode="{mode}")'
    for k in range(axes):
        words = f"axis={-axes}, size=kernel_size_{k}, step=stride_{k}"
        text = f"windows({text}, {words}" + (f", dilation=dilation_{k})" if dilated else ")")
    return text


def _last(axes: int) -> str:
    return "-1" if axes == 1 else "(" + ", ".join(str(k - axes) for k in range(axes)) + ")"


def _convolution(axes: int, samples: tuple[str, ...], errors: tuple[str, ...]) -> Composite:
    places, inside = _PLACES[:axes], _INSIDE[:axes]
    plain = f'einsum("...c{places}{inside},oc{inside}->...o{places}", parts, weight)'
    each = f"grouped(parts, axis={-1 - 2 * axes}, groups=groups), grouped(weight, axis=0, groups=groups)"
    pattern = f"...gc{places}{inside},goc{inside}->...go{places}"
    return Composite(
        Signature.of(
            f"conv{axes}d(x, weight, bias=0, stride=1, padding=0, dilation=1, groups=1)",
        ),
        f"parts = {_windows(axes, 'zeros')};"
        f' either(several, ungrouped(einsum("{pattern}", {each}), axis={-1 - axes}), {plain})'
        f" + bias_along(bias, axes={axes})",
        "the same weight meets every window, so its gradient is summed over all windows",
        3,
        samples=samples,
        errors=errors,
    )


def _transposed(axes: int, samples: tuple[str, ...], errors: tuple[str, ...]) -> Composite:
    places, inside = _PLACES[:axes], _INSIDE[:axes]
    plain = f'einsum("...c{places},co{inside}->...o{places}{inside}", x, weight)'
    each = f"grouped(x, axis={-1 - axes}, groups=groups), grouped(weight, axis=0, groups=groups)"
    pattern = f"...gc{places},gco{inside}->...go{places}{inside}"
    text = f'either(several, ungrouped(einsum("{pattern}", {each}), axis={-1 - 2 * axes}), {plain})'
    for k in reversed(range(axes)):
        words = f"size=kernel_size_{k}, step=stride_{k}, dilation=dilation_{k}"
        text = f"laid_out({text}, axis={-axes}, {words})"
    for k in range(axes):
        text = f"cropped({text}, axis={k - axes}, zeros=padding_{k}, extra=output_padding_{k})"
    return Composite(
        Signature.of(
            f"conv_transpose{axes}d(x, weight, bias=0, stride=1, padding=0, output_padding=0, groups=1,"
            " dilation=1)"
        ),
        f"{text} + bias_along(bias, axes={axes})",
        "each entry lays a copy of the weight down, and where copies overlap they add",
        3,
        samples=samples,
        errors=errors,
    )


def _mean_pool(axes: int, samples: tuple[str, ...], errors: tuple[str, ...]) -> Composite:
    total = f"sum(parts, axis={_last(axes)})"
    counts = "*".join(
        f"window_counts(x, axis={k - axes}, size=kernel_size_{k}, step=stride_{k}, zeros=zeros_{k},"
        f" count=count_{k}, include=count_include_pad)"
        for k in range(axes)
    )
    return Composite(
        Signature.of(
            f"avg_pool{axes}d(x, kernel_size, stride=None, padding=0, ceil_mode=False,"
            " count_include_pad=True, divisor_override=None)"
        ),
        f"parts = {_windows(axes, 'zeros', dilated=False)};"
        f" either(divisor_override, {total}/either(divisor_override, divisor_override, 1),"
        f" either(uneven, {total}/({counts}), mean(parts, axis={_last(axes)})))",
        "each entry of a window counts the same",
        1,
        samples=samples,
        errors=errors,
    )


def _adaptive_pool(axes: int, fold: str, why: str, samples: tuple[str, ...]) -> Composite:
    taken = {"avg": "mean", "max": "first_max"}[fold]
    return Composite(
        Signature.of(f"adaptive_{fold}_pool{axes}d(x, output_size)"),
        f"{taken}({_windows(axes, 'zeros', dilated=False)}, axis={_last(axes)})",
        why,
        1,
        samples=samples,
        errors=(f"x : [2, 6, 6]; out = adaptive_{fold}_pool{axes}d(x, 0)",),
    )


def _max_pool(axes: int, samples: tuple[str, ...], errors: tuple[str, ...]) -> Composite:
    return Composite(
        Signature.of(f"max_pool{axes}d(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False)"),
        f"first_max({_windows(axes, 'replicate')}, axis={_last(axes)})",
        "only the largest entry of a window counts",
        1,
        samples=samples,
        errors=errors,
    )


_LARGEST = "only the largest entry of a window counts"
_EVEN = "each entry of a window counts the same"

CONVOLUTIONS: tuple[Structured | Composite, ...] = (
    Structured(
        Signature.of("windows(x, axis=-1, size=1, step=1, dilation=1)"),
        (f"overlap_add(g, {_WINDOW}, shape=shape(x))",),
        "an entry gets a slope from each window that it lies in",
        shape="windows",
        aliases=("unfold",),
        samples=(
            f"{_X}; out = windows(x, axis=-1, size=2, step=1, dilation=1)",
            f"{_X}; out = windows(x, axis=0, size=2, step=1, dilation=1)",
            f"{_LONG}; out = windows(x, axis=-1, size=2, step=2, dilation=3)",
            f"{_LONG}; out = windows(x, axis=-1, size=3, step=2, dilation=1)",
        ),
        errors=("x : [2, 3]; out = windows(x, size=4)", "x : [2, 3]; out = windows(x, axis=2, size=1)"),
    ),
    Structured(
        Signature.of("overlap_add(x, axis, size, step=1, dilation=1, shape=None)"),
        (f"windows(g, {_WINDOW})",),
        "windows put back where they came from add up where they overlap",
        shape="overlap_add",
    ),
    # --- convolutions ------------------------------------------------------------------------------------
    _convolution(
        1,
        (
            "x : [2, 3, 6]; W : [4, 3, 2]; b : [4]; out = conv1d(x, W, b)",
            "x : [2, 3, 6]; W : [4, 3, 2]; out = conv1d(x, W, stride=2, padding=1, dilation=2)",
            "x : [c, n]; W : [o, c, 3]; out = conv1d(x, W)",
            "x : [4, 5]; W : [6, 2, 2]; b : [6]; out = conv1d(x, W, b, padding='same', groups=2)",
        ),
        (
            "x : [2, 3, 6]; W : [4, 2, 2]; out = conv1d(x, W)",
            "x : [2, 3, 6]; W : [4, 3]; out = conv1d(x, W)",
            "x : [2, 4, 6]; W : [5, 2, 3]; out = conv1d(x, W, groups=2)",
            "x : [2, 3, 6]; W : [4, 3, 3]; out = conv1d(x, W, stride=2, padding='same')",
            "x : [2, 3, 6]; W : [4, 3, 3]; out = conv1d(x, W, padding='full')",
        ),
    ),
    _convolution(
        2,
        (
            "x : [2, 3, 4, 5]; W : [2, 3, 2, 3]; b : [2]; out = conv2d(x, W, b)",
            "x : [1, 2, 4, 5]; W : [3, 2, 2, 3]; out = conv2d(x, W, stride=(1, 2), padding=(0, 1))",
            "x : [2, 4, 3]; W : [2, 1, 2, 2]; out = conv2d(x, W, groups=2)",
        ),
        ("x : [2, 3, 4, 5]; W : [2, 4, 2, 3]; out = conv2d(x, W)",),
    ),
    _convolution(
        3,
        ("x : [2, 3, 2, 2]; W : [1, 2, 2, 2, 1]; out = conv3d(x, W)",),
        ("x : [2, 3, 4]; W : [1, 2, 2, 3, 2]; out = conv3d(x, W)",),
    ),
    _transposed(
        1,
        (
            "x : [2, 3, 4]; W : [3, 2, 3]; b : [2]; out = conv_transpose1d(x, W, b)",
            "x : [2, 3]; W : [2, 1, 3]; out = conv_transpose1d(x, W, stride=2, padding=1, output_padding=1)",
            "x : [c, n]; W : [c, o, 2]; out = conv_transpose1d(x, W, stride=2)",
        ),
        (
            "x : [2, 3, 4]; W : [2, 3, 3]; out = conv_transpose1d(x, W)",
            "x : [3, 4]; W : [3, 2, 3]; out = conv_transpose1d(x, W, output_padding=1)",
        ),
    ),
    _transposed(
        2,
        ("x : [2, 3, 4]; W : [2, 1, 2, 3]; out = conv_transpose2d(x, W, stride=(2, 1), padding=(0, 1))",),
        ("x : [3, 4]; W : [3, 2, 3, 3]; out = conv_transpose2d(x, W)",),
    ),
    # --- pooling -----------------------------------------------------------------------------------------
    _mean_pool(
        1,
        (
            "x : [2, 3, 6]; out = avg_pool1d(x, 2)",
            "x : [3, 6]; out = avg_pool1d(x, 3, stride=2, padding=1)",
            "x : [2, 7]; out = avg_pool1d(x, 3, stride=2, padding=1, count_include_pad=False)",
            "x : [m, n]; out = avg_pool1d(x, 3, stride=1)",
        ),
        (
            "x : [2, 3, 6]; out = avg_pool1d(x, 7)",
            "x : [2, 6]; out = avg_pool1d(x, 0)",
            "x : [2, 6]; out = avg_pool1d(x, 2, padding=2)",
        ),
    ),
    _mean_pool(
        2,
        (
            "x : [2, 3, 4, 5]; out = avg_pool2d(x, 2)",
            "x : [1, 4, 5]; out = avg_pool2d(x, (2, 3), stride=1)",
            "x : [4, 5]; out = avg_pool2d(x, 2, padding=(0, 1), ceil_mode=True)",
            "x : [4, 5]; out = avg_pool2d(x, 2, divisor_override=3)",
        ),
        ("x : [2, 3, 4, 5]; out = avg_pool2d(x, 5)",),
    ),
    _mean_pool(
        3, ("x : [2, 2, 4]; out = avg_pool3d(x, (1, 2, 2))",), ("x : [2, 4]; out = avg_pool3d(x, 1)",)
    ),
    _max_pool(
        1,
        (
            "x : [2, 3, 6]; out = max_pool1d(x, 2)",
            "x : [3, 6]; out = max_pool1d(x, 3, stride=1)",
            "x : [2, 6]; out = max_pool1d(x, 3, stride=2, padding=1)",
        ),
        ("x : [2, 3, 6]; out = max_pool1d(x, 7)",),
    ),
    _max_pool(
        2,
        (
            "x : [2, 3, 4, 5]; out = max_pool2d(x, 2)",
            "x : [1, 4, 5]; out = max_pool2d(x, (2, 3), stride=1)",
            "x : [4, 5]; out = max_pool2d(x, 2, ceil_mode=True)",
        ),
        ("x : [2, 3, 4, 5]; out = max_pool2d(x, 5)",),
    ),
    *(
        _adaptive_pool(
            axes,
            fold,
            why,
            (
                f"x : [1, 6, 4]; out = adaptive_{fold}_pool{axes}d(x, 2)",
                f"x : [1, 6, 4]; out = adaptive_{fold}_pool{axes}d(x, 1)",
            ),
        )
        for axes in (1, 2)
        for fold, why in (("avg", _EVEN), ("max", _LARGEST))
    ),
)
