"""Recorded runs: the table, following, resuming, deleting."""
