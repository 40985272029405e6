"""Run folders: every file in them, the stored configuration, and the search for finished runs."""
