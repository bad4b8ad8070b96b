"""Long programs: no recursion over their length, memory linear in it, paths counted and not walked."""

from __future__ import annotations

import subprocess
import sys

import pytest

from chainrule.derivation.derive import derive
from chainrule.source import Source

STEPS = ("sin({u})*c + {u}", "{u}**2 + 1", "exp(-{u})", "tanh({u})")


def chain(count: int) -> str:
    """``count`` scalar statements, each a function of the one before."""
    lines = [f"u{k + 1} = {STEPS[k % 4].format(u=f'u{k}')}" for k in range(count)]
    return "\n".join(["c : constant", "u0 = x", *lines])


def ladder(layers: int) -> str:
    """``layers`` rungs with 2**layers paths."""
    return "; ".join(f"u{k + 1} = u{k}*v{k}; v{k + 1} = u{k} + v{k}" for k in range(layers))


def peak_bytes(program: str) -> int:
    """The memory that it takes to derive a program and to write it as JSON, with little stack."""
    script = (
        "import sys, tracemalloc; import chainrule; chainrule.derive('y = sin(x)*c').to_json(); "
        "text = sys.stdin.read(); sys.setrecursionlimit(400); tracemalloc.start(); "
        "json = chainrule.derive(text).to_json(); assert json.startswith('{'); "
        "print(tracemalloc.get_traced_memory()[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], input=program, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr[-500:]
    return int(done.stdout)


def test_memory_is_linear_and_no_recursion_limit_is_met() -> None:
    assert peak_bytes(chain(1_000)) < 2.4 * peak_bytes(chain(500))


@pytest.mark.campaign
@pytest.mark.parametrize("count", [10_000, 100_000])
def test_ten_and_a_hundred_thousand_statements(count: int) -> None:
    # At most 20 kB a statement, the JSON included.
    assert peak_bytes(chain(count)) < 20_000 * count


def test_paths_are_counted_not_walked() -> None:
    derived = derive(Source(ladder(200)))
    counts = {part.wrt: part.path_count for part in derived.gradients}
    # u and v of a rung each lead to both of the next, but for the last u, which is not the output.
    assert counts[("u0",)] + counts[("v0",)] == 2**200
    assert all(len(part.paths) == 20 for part in derived.gradients)
    assert all(part.check is not None and part.check.ok is not False for part in derived.gradients)


def test_the_gradient_of_a_chain_is_the_product_of_its_factors() -> None:
    derived = derive(Source("u0 = x; u1 = 3*u0; u2 = u1*u1; u3 = u2 + u1"), at=[Source("x = 2", "--at")])
    (gradient,) = derived.gradients
    assert gradient.value is not None
    assert gradient.value.exact == ("39",)
