"""From tracks to batches: the feature store and its extraction, segments, views, the LightningDataModule.

Imports ``gtzan.corpora`` and what is above it.
"""
