"""Listening tests: what is behind a page's clips and questions, what listeners answered, and what that shows."""
