"""The local server of ``gtzan serve``: uploads and recordings to predictions, and generated music to ratings.

It answers on this machine alone, to its own page alone, and opens no file that a request names. The command is
``gtzan.cli.serve``; nothing here imports it.
"""
