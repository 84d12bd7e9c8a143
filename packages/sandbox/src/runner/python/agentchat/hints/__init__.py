"""Hints: one sentence or two for the reader who must repair code that has failed."""
