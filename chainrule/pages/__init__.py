"""The pages of ``chainrule explain``: of every rule and operation, as data; and the table of contents."""
