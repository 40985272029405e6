"""Generating music, and judging it by classifiers and distances.

Imports ``gtzan.evaluation`` and what is above it; it draws nothing.
"""
