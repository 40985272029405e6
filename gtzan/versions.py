"""What a stored result was made by. Here without torch, which a sweep of finished points does not wait for."""

RESULTS = 1
"""Raise it whenever a change moves a number of a run: points of a sweep are then trained anew, and it is said why."""

FEATURES = 1
"""Raise it whenever a number of :class:`gtzan.audio.features.FeatureExtractor` changes: part of the cache's key."""
