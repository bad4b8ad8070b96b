"""Write the samples' expected outputs anew: ``python -m tests.samples.write``; then read the difference."""

from __future__ import annotations

from tests.samples.outputs import EXPECTED, OPTIONS, SAMPLES, expected, output


def main() -> None:
    """Replace every golden file, and remove those of samples that are gone."""
    EXPECTED.mkdir(exist_ok=True)
    wanted = {expected(sample, ending) for sample in SAMPLES for ending in OPTIONS}
    for old in EXPECTED.iterdir():
        if old.is_file() and old not in wanted:
            old.unlink()
    for sample in SAMPLES:
        for ending in OPTIONS:
            expected(sample, ending).write_text(output(sample, ending), encoding="utf-8")
        print(sample.stem)


if __name__ == "__main__":
    main()
