"""Threads for work that must not stall the window, and whose turn it is in them."""
