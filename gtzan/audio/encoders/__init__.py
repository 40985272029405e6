"""Pretrained encoders: nets that turn waveforms into embeddings, a few each second, with the weights of others.

An encoder has what a feature extractor has (``settings``, ``names``, ``columns``, ``forward``), so that its embeddings
are cached in feature stores as features are. Imports ``gtzan.audio`` and what lies below it.
"""
