"""Sound and numbers: reading files, features of waveforms, inversion of features to audio, mastering.

Imports only the ground floor: ``gtzan.errors``, ``gtzan.files``.
"""
