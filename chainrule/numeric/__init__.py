"""Numbers: evaluation of a graph in several arithmetics, values, and where they fail."""
