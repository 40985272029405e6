"""The local server of ``gtzan serve``: uploads and recordings to predictions, and generated music to ratings.

It answers on this machine alone, to its own page alone, and opens no file that a request names. Imports
``gtzan.reports`` and what is above it.
"""
