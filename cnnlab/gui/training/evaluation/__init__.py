"""How good a network is: per class, or per number."""
