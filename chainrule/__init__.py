"""chainrule: the work behind any gradient."""
