"""The derivation: what was derived, as data, and the one function that makes it."""
