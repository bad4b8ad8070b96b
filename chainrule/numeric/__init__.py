"""Numbers: evaluation of a graph in several arithmetics, values that people write, and where things go wrong."""
