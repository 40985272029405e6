"""What is typed: the command ``gtzan``, a module for each of its commands, and the local server of
``gtzan serve``.

Imports everything above it; nothing imports it.
"""
