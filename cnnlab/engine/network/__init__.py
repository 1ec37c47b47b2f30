"""The graph as a module of torch: sizes, problems, weights."""
