"""Functions from numbers to matplotlib figures."""
