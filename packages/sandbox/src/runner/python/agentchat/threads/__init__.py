"""Threads and locks, which take turns on one processor."""
