"""How a network is trained.

``losses``, ``optimisers`` and ``schedules`` hold one entry for each choice, beside the settings that these have; ``settings``
puts them together with the other settings of a run. ``effects`` tells which of them have an effect, and ``goals`` what a network
is to learn. A new choice is an entry, and where torch has no such formula also a function in ``engine.training``, which the
entry names.
"""
