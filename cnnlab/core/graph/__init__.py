"""The network as a value, and what can be asked of it without torch: order, paths, sizes, what is known, what is wrong.

``graph`` has nodes, ports and wires, and the edits of them; ``paths`` says which names layers can have, and ``topology`` what comes
before what. ``shapes`` are sizes as values and as text. ``facts`` is what the engine finds out about a graph: sizes, counts and
problems, each of which may come with a repair. Edits make a new graph, the engine makes its facts, views read both.
"""
