"""The configuration: composing and validating it, the command line, and error messages."""
