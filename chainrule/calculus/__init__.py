"""Calculus on graphs: local factors, accumulation, index notation and the closed forms of textbooks."""
