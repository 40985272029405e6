"""What is shown: figures, pages that open offline, TensorBoard.

Imports ``gtzan.experiments`` and what is above it.
"""
