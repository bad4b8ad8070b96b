"""How terms look: one printer for each notation, and nothing else knows."""
