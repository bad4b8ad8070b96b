"""Losses against torch in float64; every sample is verified, to second order and in symbolic shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chainrule.derivation.data import Options
from chainrule.derivation.derive import derive
from chainrule.diagnostics import ChainRuleError
from chainrule.language.elaborate import elaborate
from chainrule.language.parser import parse_program
from chainrule.notation.text import text
from chainrule.ops.losses import LOSSES
from chainrule.source import Source
from tests.ops.layer_checks import agrees, computed, cotangent, proved, random_values, reads_back, scalar
from tests.tools import need_module

SAMPLES = [sample for op in LOSSES for sample in op.samples]
REDUCTIONS = ("mean", "sum", "none")
PAIR = {"x": (2, 3), "t": (2, 3)}
THREE = {"x": (4, 2, 3), "t": (4, 2, 3)}

# chainrule's name, torch's name, operands in order with their shapes, and the options of both.
CASES: list[tuple[str, str, dict[str, tuple[int, ...]], str]] = [
    ("mse", "mse_loss", PAIR, ""),
    ("mse_loss", "mse_loss", THREE, ""),
    ("mae", "l1_loss", PAIR, ""),
    ("l1_loss", "l1_loss", {"x": (5,), "t": (5,)}, ""),
    ("huber", "huber_loss", PAIR, ""),
    ("huber_loss", "huber_loss", THREE, "delta=0.75"),
    ("smooth_l1", "smooth_l1_loss", PAIR, ""),
    ("smooth_l1_loss", "smooth_l1_loss", THREE, "beta=0.5"),
    ("bce_with_logits", "binary_cross_entropy_with_logits", PAIR, ""),
    ("binary_cross_entropy_with_logits", "binary_cross_entropy_with_logits", PAIR, ""),
    ("kl_div", "kl_div", PAIR, ""),
    ("kl_div", "kl_div", THREE, "log_target=True"),
    ("poisson_nll", "poisson_nll_loss", PAIR, ""),
    ("gaussian_nll", "gaussian_nll_loss", {**PAIR, "v": (2, 3)}, ""),
    ("triplet_margin", "triplet_margin_loss", {"a": (4, 3), "p": (4, 3), "n": (4, 3)}, ""),
    ("triplet_margin_loss", "triplet_margin_loss", {"a": (4, 3), "p": (4, 3), "n": (4, 3)}, "margin=0.25"),
    ("triplet_margin", "triplet_margin_loss", {"a": (4, 3), "p": (4, 3), "n": (4, 3)}, "p=1.0, swap=True"),
    ("smooth_l1", "smooth_l1_loss", PAIR, "beta=0.0"),
    ("poisson_nll", "poisson_nll_loss", {"t": (2, 3), "p": (2, 3)}, "log_input=False, eps=0.5"),
    ("gaussian_nll", "gaussian_nll_loss", {**PAIR, "v": (2, 3)}, "full=True"),
    ("multilabel_soft_margin", "multilabel_soft_margin_loss", PAIR, ""),
    ("cross_entropy", "cross_entropy", PAIR, ""),
    ("cross_entropy", "cross_entropy", {"x": (3,), "t": (3,)}, ""),
    ("cross_entropy", "cross_entropy", {"x": (2, 3, 4), "t": (2, 3, 4)}, ""),
    ("cross_entropy", "cross_entropy", PAIR, "label_smoothing=0.1"),
]
NAMES = [f"{ours} {next(iter(shapes.values()))} {options}" for ours, _, shapes, options in CASES]


def options_of(options: str) -> dict[str, Any]:
    pairs = [part.split("=") for part in options.split(", ") if part]
    return {name: value == "True" if value.isalpha() else float(value) for name, value in pairs}


@pytest.mark.filterwarnings("ignore:reduction. 'mean'")
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(("ours", "theirs", "shapes", "options"), CASES, ids=NAMES)
def test_value_and_gradients_are_those_of_torch(
    ours: str, theirs: str, shapes: dict[str, tuple[int, ...]], options: str, reduction: str
) -> None:
    torch = need_module("torch")
    function = getattr(torch.nn.functional, theirs)
    words = ", ".join(part for part in (options, f'reduction="{reduction}"') if part)

    def reference(**tensors: Any) -> Any:
        return function(*tensors.values(), reduction=reduction, **options_of(options))

    for seed in (1, 2, 3):
        agrees(torch, f"{ours}({', '.join(shapes)}, {words})", reference, random_values(shapes, seed))


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_binary_cross_entropy(reduction: str) -> None:
    torch = need_module("torch")
    draw = np.random.default_rng(1)
    values = {
        "x": draw.uniform(0.1, 0.9, (2, 3)),
        "t": draw.uniform(0.1, 0.9, (2, 3)),
        "w": draw.uniform(1, 2, 3),
    }
    functions = torch.nn.functional
    agrees(
        torch,
        f'bce(x, t, reduction="{reduction}")',
        lambda x, t: functions.binary_cross_entropy(x, t, reduction=reduction),
        {name: values[name] for name in "xt"},
    )
    wanted = functions.binary_cross_entropy(
        *(torch.tensor(array) for array in values.values()), reduction=reduction
    )
    found, _ = computed(f'binary_cross_entropy(x, t, w, reduction="{reduction}")', values)
    assert np.allclose(found, wanted.numpy(), rtol=1e-12)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_class_numbers(reduction: str, smoothing: float) -> None:
    torch = need_module("torch")
    functions = torch.nn.functional
    for shape, classes in (((4, 3), [2, 0, 1, 2]), ((2, 5), [4, 0])):
        target = torch.tensor(classes)
        values = random_values({"x": shape}, 7)
        agrees(
            torch,
            f'cross_entropy(x, {classes}, reduction="{reduction}", label_smoothing={smoothing})',
            lambda x, target=target: functions.cross_entropy(
                x, target, reduction=reduction, label_smoothing=smoothing
            ),
            values,
        )
        agrees(
            torch,
            f'nll_loss(x, {classes}, reduction="{reduction}")',
            lambda x, target=target: functions.nll_loss(x, target, reduction=reduction),
            values,
        )


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("ignored", [-100, 1])
@pytest.mark.parametrize("weighted", [False, True])
def test_class_weights_and_ignored_classes(reduction: str, ignored: int, weighted: bool) -> None:
    torch = need_module("torch")
    functions = torch.nn.functional
    weight = torch.tensor([1.5, 0.5, 2.0], dtype=torch.float64) if weighted else None
    for shape, classes in (((4, 3), [2, ignored, 1, 0]), ((2, 3, 2), [[2, ignored], [0, 0]])):
        target = torch.tensor(classes)
        words = f'reduction="{reduction}", ignore_index={ignored}'
        values = random_values({"x": shape}, 7)
        if weighted:
            values["c"] = weight.numpy()
            words += ", weight=c"
        for name, more in (
            ("cross_entropy", {}),
            ("cross_entropy", {"label_smoothing": 0.25}),
            ("nll_loss", {}),
        ):
            options = ", ".join([words, *(f"{word}={value}" for word, value in more.items())])
            tensor = torch.tensor(values["x"], requires_grad=True)
            wanted = getattr(functions, name)(
                tensor, target, weight=weight, reduction=reduction, ignore_index=ignored, **more
            )
            found, gradients = computed(f"{name}(x, {classes}, {options})", values)
            assert np.allclose(found, wanted.detach().numpy(), rtol=1e-12), (name, options)
            (slope,) = torch.autograd.grad(wanted, tensor, torch.tensor(cotangent(tuple(wanted.shape))))
            assert np.allclose(gradients["x"], slope.numpy(), rtol=1e-12), (name, options)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_class_weights_of_soft_labels(reduction: str) -> None:
    torch = need_module("torch")
    weight = torch.tensor([1.5, 0.5, 2.0], dtype=torch.float64)
    for smoothing in (0.0, 0.25):
        values = random_values(PAIR, 9)
        tensor = torch.tensor(values["x"], requires_grad=True)
        wanted = torch.nn.functional.cross_entropy(
            tensor, torch.tensor(values["t"]), weight, reduction=reduction, label_smoothing=smoothing
        )
        call = f'cross_entropy(x, t, c, reduction="{reduction}", label_smoothing={smoothing})'
        found, gradients = computed(call, {**values, "c": weight.numpy()})
        assert np.allclose(found, wanted.detach().numpy(), rtol=1e-12)
        (slope,) = torch.autograd.grad(wanted, tensor, torch.tensor(cotangent(tuple(wanted.shape))))
        assert np.allclose(gradients["x"], slope.numpy(), rtol=1e-12)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("p", [1, 2])
def test_multi_margin(reduction: str, p: int) -> None:
    torch = need_module("torch")
    weight = torch.tensor([1.5, 0.5, 2.0], dtype=torch.float64)
    target = torch.tensor([2, 0])
    for given in (None, weight):
        values = random_values({"x": (2, 3)}, 5)
        tensor = torch.tensor(values["x"], requires_grad=True)
        wanted = torch.nn.functional.multi_margin_loss(
            tensor, target, p=p, margin=0.75, weight=given, reduction=reduction
        )
        call = f"multi_margin(x, [2, 0]{'' if given is None else ', c'}, p={p}, margin=0.75"
        more = {} if given is None else {"c": weight.numpy()}
        found, gradients = computed(f'{call}, reduction="{reduction}")', {**values, **more})
        assert np.allclose(found, wanted.detach().numpy(), rtol=1e-12)
        (slope,) = torch.autograd.grad(wanted, tensor, torch.tensor(cotangent(tuple(wanted.shape))))
        assert np.allclose(gradients["x"], slope.numpy(), rtol=1e-12)


def test_full_poisson_with_small_and_large_counts() -> None:
    torch = need_module("torch")
    values = {"x": np.array([0.5, -1.0, 2.0, 0.3]), "t": np.array([0.5, 1.0, 2.0, 7.0])}
    wanted = torch.nn.functional.poisson_nll_loss(*map(torch.tensor, values.values()), full=True)
    assert np.allclose(computed("poisson_nll(x, t, full=True)", values)[0], wanted.numpy(), rtol=1e-12)


def test_the_floor_of_a_variance() -> None:
    torch = need_module("torch")
    values = {"x": np.array([0.5, -1.0]), "t": np.array([0.25, 1.0]), "v": np.array([0.125, 2.0])}
    wanted = torch.nn.functional.gaussian_nll_loss(*map(torch.tensor, values.values()), eps=0.5)
    assert np.allclose(computed("gaussian_nll(x, t, v, eps=1/2)", values)[0], wanted.numpy(), rtol=1e-12)


def test_one_class_without_a_batch() -> None:
    torch = need_module("torch")
    values = random_values({"x": (3,)}, 2)
    agrees(
        torch,
        "cross_entropy(x, 2)",
        lambda x: torch.nn.functional.cross_entropy(x, torch.tensor(2)),
        values,
    )


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_targets_of_one_and_minus_one(reduction: str) -> None:
    torch = need_module("torch")
    functions = torch.nn.functional
    sign = np.array([1.0, -1.0, 1.0, -1.0])
    values = random_values({"x": (4,), "y": (4,)}, 5)
    target = torch.tensor(sign)
    words = f'reduction="{reduction}"'
    cases = [
        (f"hinge_embedding(x, where(s > 0, 1, -1), {words})", functions.hinge_embedding_loss),
        (f"soft_margin(x, where(s > 0, 1, -1), {words})", functions.soft_margin_loss),
    ]
    for call, function in cases:
        agrees(
            torch,
            call,
            lambda x, s, function=function: function(x, target, reduction=reduction) + 0 * s.sum(),
            {"x": values["x"], "s": sign},
        )
    agrees(
        torch,
        f"margin_ranking(x, y, where(s > 0, 1, -1), margin=0.5, {words})",
        lambda x, y, s: functions.margin_ranking_loss(x, y, target, 0.5, reduction=reduction) + 0 * s.sum(),
        {**values, "s": sign},
    )
    agrees(
        torch,
        f"cosine_embedding(x, y, where(s > 0, 1, -1), margin=0.1, {words})",
        lambda x, y, s: functions.cosine_embedding_loss(x, y, target, 0.1, reduction=reduction) + 0 * s.sum(),
        {**random_values({"x": (4, 3), "y": (4, 3)}, 6), "s": sign},
    )


def test_hinge() -> None:
    values = {"x": np.array([0.5, -2.0, 3.0]), "t": np.array([1.0, -1.0, -1.0])}
    assert np.allclose(computed('hinge(x, t, reduction="none")', values)[0], [0.5, 0.0, 4.0])


@pytest.mark.filterwarnings("ignore:reduction. 'mean'")
@pytest.mark.parametrize("reduction", ["batchmean", "mean"])
def test_divergence_divides_by_the_batch(reduction: str) -> None:
    torch = need_module("torch")
    agrees(
        torch,
        f'kl_div(x, t, reduction="{reduction}")',
        lambda x, t: torch.nn.functional.kl_div(x, t, reduction=reduction),
        random_values(PAIR, 4),
    )


@pytest.mark.parametrize("option", ["weight", "pos_weight"])
def test_weights_of_classes(option: str) -> None:
    torch = need_module("torch")
    weight = torch.tensor([1.5, 2.0, 0.5], dtype=torch.float64)
    values = {**random_values(PAIR, 4), "q": weight.numpy()}
    wanted = torch.nn.functional.binary_cross_entropy_with_logits(
        torch.tensor(values["x"]), torch.tensor(values["t"]), **{option: weight}
    )
    found, _ = computed(f"bce_with_logits(x, t, {option}=q)", values)
    assert np.allclose(found, wanted.numpy(), rtol=1e-12)


def test_poisson_without_logarithms() -> None:
    torch = need_module("torch")
    values = {name: np.abs(array) for name, array in random_values(PAIR, 4).items()}
    agrees(
        torch,
        "poisson_nll(x, t, log_input=False)",
        lambda x, t: torch.nn.functional.poisson_nll_loss(x, t, log_input=False),
        values,
    )


@pytest.mark.parametrize("program", SAMPLES)
def test_samples_are_proved(program: str) -> None:
    proved(program)


@pytest.mark.parametrize("program", SAMPLES)
def test_second_derivatives_of_samples_are_proved(program: str) -> None:
    proved(scalar(program), order=2)


@pytest.mark.parametrize("program", SAMPLES)
def test_samples_print_and_read_back(program: str) -> None:
    reads_back(program)


@pytest.mark.parametrize("op", LOSSES, ids=lambda op: op.name)
def test_symbolic_shapes_are_proved(op: Any) -> None:
    program = op.samples[0].replace("[2, 3]", "[m, n]").replace("[2]", "[m]").replace("[3]", "[n]")
    proved(program)


def closed(program: str, name: str) -> tuple[str | None, tuple[str, ...]]:
    """The closed form of the gradient by ``name``, and the notes."""
    derivation = derive(Source(program, "program"), Options(wrt=(name,)))
    (part,) = derivation.gradients
    return None if part.closed_form is None else text(part.closed_form), derivation.notes


NETWORK = "X : [n, d]; W : [d, k]; T : [n, k] {0} constant; loss = cross_entropy(X@W, T)"


@pytest.mark.parametrize("word", ["onehot", "probability"])
def test_softmax_with_cross_entropy_is_p_minus_t(word: str) -> None:
    form, notes = closed(f"z : [k]; t : [k] {word} constant; loss = cross_entropy(z, t)", "z")
    assert form == "softmax(z) - t"
    assert any("sum to one" in note and note.startswith("t ") for note in notes)
    form, notes = closed(NETWORK.format(word), "W")
    assert form == "1/n*X.T@(softmax(X@W) - T)"
    assert any("sum to one" in note and note.startswith("T ") for note in notes)


def test_other_targets_keep_their_sum() -> None:
    form, notes = closed("z : [k]; t : [k] constant; loss = cross_entropy(z, t)", "z")
    assert form is not None
    assert "sum(t)" in form
    assert not any("sum to one" in note for note in notes)


def test_class_numbers_need_no_promise() -> None:
    form, notes = closed("z : [2, 3]; loss = cross_entropy(z, [2, 0])", "z")
    assert form == "1/2*(softmax(z) - one_hot((2, 0), 3))"
    assert not any("sum to one" in note for note in notes)


def test_logistic_regression() -> None:
    program = "X : [n, d]; w : [d]; t : [n] constant; loss = bce_with_logits(X@w, t)"
    assert closed(program, "w")[0] == "1/n*X.T@(sigmoid(X@w) - t)"


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("x : [2, 3]; t : [2]; out = cross_entropy(x, t)", "class numbers in a variable"),
        ("x : [2, k]; out = cross_entropy(x, [0, 1], ignore_index=1)", "number of classes is not known"),
    ],
)
def test_what_is_not_supported_says_so(program: str, message: str) -> None:
    with pytest.raises(ChainRuleError, match=message) as caught:
        elaborate(parse_program(Source(program, "program")))
    assert caught.value.diagnostic.code == "unsupported"
