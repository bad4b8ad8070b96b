"""Documents as lines of text of a given width: what the text and terminal formats have in common."""
