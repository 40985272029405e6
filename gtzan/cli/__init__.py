"""What is typed: the command ``gtzan``, a module for each of its commands.

Imports everything above it; nothing imports it.
"""
