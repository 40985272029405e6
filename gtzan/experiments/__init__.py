"""What is tried: configurations, runs and their folders, sweeps, the paper's experiments.

Imports ``gtzan.synthesis`` and what is above it. ``configuration`` checks what was typed, ``processes`` prepares the
processes that compute, ``runs`` reads and writes run folders, ``sweeps`` does the points of a sweep and tabulates them.
"""
