"""Which sets of pictures there are, and how their pictures become a network's input."""
