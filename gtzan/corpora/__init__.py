"""Tracks, genres and artists: GTZAN, folders of songs, the built-in composer; splits, checks and downloads.

Imports ``gtzan.audio`` and what is above it.
"""
