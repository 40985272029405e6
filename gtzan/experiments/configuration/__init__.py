"""What may be configured: types, ranges, the command line, and errors in one sentence."""
