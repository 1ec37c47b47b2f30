"""The graph of a project as a module of torch, and what is wrong with it.

``shapes`` works out the size of every layer without allocating anything; it asks ``layers``, which makes the torch module of one
catalogue entry. What does not work becomes a problem, with a repair where there is one: ``diagnosis`` words those of the graph,
``output_checks`` those of its end, which must go with the data and the loss, and ``variations`` those of the augmentation.
``network`` builds the module of the whole graph. ``weights`` fills it, from a snapshot or afresh from the seed, and takes
snapshots; ``state`` gives the same numbers as a ``state_dict``.
"""
