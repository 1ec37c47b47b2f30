"""The network as a value, and what can be asked of it without torch: order, paths, sizes, what is known, what is wrong."""
