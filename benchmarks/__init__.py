"""Timings beside peers, in one run: ``python -m benchmarks``."""
