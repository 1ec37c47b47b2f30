"""A training run and its figures in a terminal."""
