"""Activations of neural networks, as torch defines them. ``x`` is the argument, ``y`` the value.

Where an activation has a corner, the derivative says what torch takes there, and a kink says the rest.
"""

from __future__ import annotations

from chainrule.ops.table import Kink, Pointwise, function

# The constants of selu: with them, layer after layer keeps mean 0 and variance 1.
_SCALE = "1.0507009873554804934193349852946"
_ALPHA = "1.6732632423543772848170429916717"

# The argument of the tanh that stands in for the error function.
_GELU = "sqrt(2/pi)*(x + 0.044715*x**3)"

ACTIVATIONS: tuple[Pointwise, ...] = (
    # --- smooth ------------------------------------------------------------------------------------------
    function(
        "sigmoid(x)",
        "y*(1 - y)",
        "the output times one minus the output",
        law="where(x >= 0, 1/(1 + exp(-abs(x))), exp(-abs(x))/(1 + exp(-abs(x))))",
        aliases="expit",
        latex=r"\sigma",
    ),
    function(
        "logsigmoid(x)",
        "sigmoid(-x)",
        "one minus the sigmoid, which is the sigmoid of -x",
        law="minimum(x, 0) - log1p(exp(-abs(x)))",
        aliases="log_sigmoid",
        latex=r"\log\sigma",
    ),
    function(
        "softplus(x, beta=1)",
        "sigmoid(beta*x)",
        "(x*sigmoid(beta*x) - y)/beta",
        "the sigmoid is the slope of log(1 + exp(x))",
        law="(maximum(beta*x, 0) + log1p(exp(-abs(beta*x))))/beta",
        domain="beta != 0",
        samples="1/3, 2; -3/4, 1; 2, 1/2",
    ),
    function(
        "silu(x)",
        "sigmoid(x) + y*(1 - sigmoid(x))",
        "the product rule for x*sigmoid(x)",
        law="x*sigmoid(x)",
        aliases="swish",
        latex=r"\mathrm{SiLU}",
    ),
    function(
        "mish(x)",
        "tanh(softplus(x)) + x*sigmoid(x)*(1 - tanh(softplus(x))**2)",
        "the product rule for x*tanh(softplus(x))",
        law="x*tanh(softplus(x))",
    ),
    function(
        "gelu(x)",
        "erfc(-x/sqrt(2))/2 + x*exp(-x**2/2)/sqrt(2*pi)",
        "x is weighted by the normal distribution, whose slope is the bell curve",
        law="x*erfc(-x/sqrt(2))/2",
        latex=r"\mathrm{GELU}",
    ),
    function(
        "gelu_tanh(x)",
        f"(1 + tanh({_GELU}))/2 + x*(1 - tanh({_GELU})**2)*sqrt(2/pi)*(1 + 0.134145*x**2)/2",
        "the product rule, with a tanh in place of the normal distribution",
        law=f"x*(1 + tanh({_GELU}))/2",
        latex=r"\mathrm{GELU}_{\tanh}",
    ),
    function("tanhshrink(x)", "tanh(x)**2", "what the slope of tanh leaves of 1", law="x - tanh(x)"),
    function(
        "softsign(x)",
        "1/(1 + abs(x))**2",
        "the quotient rule, with the same result on both sides of 0",
        law="x/(1 + abs(x))",
        aliases="soft_sign",
        rational=True,
    ),
    # --- a line, and something else below zero -----------------------------------------------------------
    function(
        "relu(x)",
        "where(x > 0, 1, 0)",
        "slope 1 where x is positive, else 0",
        law="where(x > 0, x, 0)",
        rational=True,
        kinks=(Kink("x == 0", ("0", "1"), torch="0", jax="0"),),
        latex=r"\mathrm{ReLU}",
    ),
    function(
        "leaky_relu(x, negative_slope=0.01)",
        "where(x > 0, 1, negative_slope)",
        "where(x > 0, 0, x)",
        "slope 1 where x is positive, else the negative slope",
        law="where(x > 0, x, negative_slope*x)",
        rational=True,
        kinks=(Kink("x == 0", ("negative_slope", "1"), torch="negative_slope", jax="1"),),
        samples="1/3, 1/8; -3/4, 1/8; -3/4, -1/4; -3/4, 0",
    ),
    function(
        "elu(x, alpha=1)",
        "where(x > 0, 1, alpha*exp(x))",
        "where(x > 0, 0, expm1(x))",
        "slope 1 where x is positive, else that of the exponential",
        law="where(x > 0, x, alpha*expm1(x))",
        kinks=(Kink("where(alpha == 1, 1, x) == 0", ("alpha", "1"), torch="alpha", jax="alpha"),),
        latex=r"\mathrm{ELU}",
        samples="1/3, 2; -3/4, 2; -3/4, -1/2; 1/3, 1; -3/4, 0",
    ),
    function(
        "celu(x, alpha=1)",
        "where(x > 0, 1, exp(x/alpha))",
        "where(x > 0, 0, expm1(x/alpha) - x*exp(x/alpha)/alpha)",
        "slope 1 where x is positive, else that of the exponential, which meets it at 1",
        law="where(x > 0, x, alpha*expm1(x/alpha))",
        domain="where(x > 0, 1, alpha) != 0",
        latex=r"\mathrm{CELU}",
        samples="1/3, 2; -3/4, 2; -3/4, -1/2",
    ),
    function(
        "selu(x)",
        f"where(x > 0, {_SCALE}, {_SCALE}*{_ALPHA}*exp(x))",
        "the slope of elu, scaled",
        law=f"where(x > 0, {_SCALE}*x, {_SCALE}*{_ALPHA}*expm1(x))",
        kinks=(
            Kink(
                "x == 0", (f"{_SCALE}*{_ALPHA}", _SCALE), torch=f"{_SCALE}*{_ALPHA}", jax=f"{_SCALE}*{_ALPHA}"
            ),
        ),
        latex=r"\mathrm{SELU}",
    ),
    # --- straight pieces ---------------------------------------------------------------------------------
    function(
        "relu6(x)",
        "where(x <= 0, 0, where(x >= 6, 0, 1))",
        "slope 1 between 0 and 6, else 0",
        law="minimum(maximum(x, 0), 6)",
        rational=True,
        kinks=(
            Kink("x == 0", ("0", "1"), torch="0", jax="0"),
            Kink("x == 6", ("1", "0"), torch="0", jax="0"),
        ),
        latex=r"\mathrm{ReLU6}",
        samples="-3/4; 1/3; 16/3; 20/3",
    ),
    function(
        "hardtanh(x, min_val=-1, max_val=1)",
        "where(x <= min_val, 0, where(x >= max_val, 0, 1))",
        "where(x < min_val, 1, 0)",
        "where(x > max_val, 1, 0)",
        "slope 1 between the bounds, else 0",
        law="where(x < min_val, min_val, where(x > max_val, max_val, x))",
        aliases="hard_tanh",
        rational=True,
        kinks=(
            Kink("x == min_val", ("0", "1"), torch="0", jax="1"),
            Kink("x == max_val", ("1", "0"), torch="0", jax="1"),
            Kink("x == min_val", ("0", "1"), torch="0", jax="0", operand=1),
            Kink("x == max_val", ("1", "0"), torch="0", jax="0", operand=2),
        ),
        samples="1/3, -1, 2; -5/4, -1, 2; 7/3, -1, 2",
    ),
    function(
        "hardsigmoid(x)",
        "where(x <= -3, 0, where(x >= 3, 0, 1/6))",
        "slope 1/6 between -3 and 3, else 0",
        law="where(x <= -3, 0, where(x >= 3, 1, x/6 + 1/2))",
        aliases="hard_sigmoid",
        rational=True,
        kinks=(
            Kink("x == -3", ("0", "1/6"), torch="0", jax="0"),
            Kink("x == 3", ("1/6", "0"), torch="0", jax="0"),
        ),
        samples="-10/3; -3/4; 1/3; 10/3",
    ),
    function(
        "hardswish(x)",
        "where(x <= -3, 0, where(x >= 3, 1, x/3 + 1/2))",
        "the slope of x*(x + 3)/6 between -3 and 3, else that of 0 and of x",
        law="where(x <= -3, 0, where(x >= 3, x, x*(x + 3)/6))",
        aliases="hard_swish hard_silu",
        rational=True,
        kinks=(
            Kink("x == -3", ("0", "-1/2"), torch="0", jax="0"),
            Kink("x == 3", ("3/2", "1"), torch="1", jax="1"),
        ),
        samples="-10/3; -3/4; 1/3; 10/3",
    ),
    function(
        "softshrink(x, lambd=0.5)",
        "where(abs(x) > lambd, 1, 0)",
        "where(x > lambd, -1, where(x < -lambd, 1, 0))",
        "slope 1 outside the dead zone, else 0",
        law="where(x > lambd, x - lambd, where(x < -lambd, x + lambd, 0))",
        rational=True,
        kinks=(
            Kink("x == lambd", ("0", "1"), torch="0", jax="0"),
            Kink("x == -lambd", ("1", "0"), torch="0", jax="0"),
            Kink("abs(x) == lambd", ("-sign(x)", "0"), torch="0", jax="0", operand=1),
        ),
        samples="1/3, 1/2; -3/4, 1/2; 5/2, 1/2",
    ),
    function(
        "hardshrink(x, lambd=0.5)",
        "where(abs(x) > lambd, 1, 0)",
        "0",
        "slope 1 outside the dead zone, else 0",
        law="where(abs(x) > lambd, x, 0)",
        rational=True,
        jumps="abs(x) == lambd",
        samples="1/3, 1/2; -3/4, 1/2; 5/2, 1/2",
    ),
)
