"""Documents as lines of text of a given width: the ``text`` format, and ``terminal``, the same in colour."""
