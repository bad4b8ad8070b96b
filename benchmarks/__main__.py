"""Print how long chainrule takes beside what it is compared with; every figure and its peer in one run.

Times of whole processes are interleaved and given as medians, because machines drift within minutes.
"""

from __future__ import annotations

import importlib.util
import os
import statistics
import subprocess
import sys
import time

EXAMPLE = "y=x+2; z=3*y**2; out=mean(z)"
TORCH = (
    "import torch; x = torch.ones(2, 2, requires_grad=True); "
    "y = x + 2; z = 3*y**2; out = z.mean(); out.backward(); print(x.grad)"
)
STEPS = ("sin({u})*c+{u}", "{u}**2+1", "exp(-{u})", "tanh({u})")


def seconds(command: list[str]) -> float:
    """The wall time of one process."""
    # Compiled modules are kept, as they are wherever a program is installed.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - start


def beside(commands: dict[str, list[str]], runs: int = 9) -> None:
    """Medians of interleaved runs, and their ratio to the first command."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for command in commands.values():
        seconds(command)
    for _ in range(runs):
        for name, command in commands.items():
            times[name].append(seconds(command))
    first = statistics.median(next(iter(times.values())))
    for name, found in times.items():
        median = statistics.median(found)
        print(f"  {name:<44} {1000 * median:7.0f} ms   {median / first:5.2f}")


def processes() -> None:
    """From the start of the process to the answer."""
    python = sys.executable
    commands = {
        "chainrule, 2x2 example, values and proof": [
            python, "-m", "chainrule", "derive", EXAMPLE, "--at", "x=ones(2,2)",
        ],
        "python -c 'import sympy'": [python, "-c", "import sympy"],
        "chainrule --help": [python, "-m", "chainrule", "--help"],
        "bare Python": [python, "-c", "pass"],
    }  # fmt: skip
    if importlib.util.find_spec("torch") is not None:
        commands["PyTorch, the same example (numbers only)"] = [python, "-c", TORCH]
    else:
        print("  (PyTorch is not installed; it is left out)")
    beside(commands)


def long_programs() -> None:
    """Chains of scalar statements, from text to JSON, proof included."""
    from chainrule import derive

    for count in (100, 1_000, 10_000):
        lines = [f"u{k + 1} = " + STEPS[k % 4].format(u=f"u{k}") for k in range(count)]
        program = "\n".join(["c : constant", "u0 = x", *lines])
        start = time.perf_counter()
        derived = derive(program)
        middle = time.perf_counter()
        size = len(derived.to_json())
        end = time.perf_counter()
        print(
            f"  {count:>6} statements   derive {middle - start:6.2f} s   JSON {end - middle:6.2f} s   "
            f"{1e6 * (end - start) / count:6.0f} µs each   {size / 1e6:.1f} MB"
        )


def main() -> None:
    """Print every comparison."""
    print("Whole processes (median, ratio to the first):")
    processes()
    print("Long programs:")
    long_programs()


if __name__ == "__main__":
    main()
