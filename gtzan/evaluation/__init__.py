"""What a trained model knows, as plain values and tables: metrics, mistakes, comparisons, principal components.

Imports ``gtzan.models`` and what is above it; it draws nothing and writes nothing.
"""
