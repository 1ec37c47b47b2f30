"""Curves of runs, as they happen and afterwards."""
