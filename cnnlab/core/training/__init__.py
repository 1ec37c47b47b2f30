"""How a network is trained.

``losses``, ``optimisers`` and ``schedules`` hold one entry for each choice, beside the settings that these have; ``settings``
puts them together with the other settings of a run, and says which of them have an effect and which can change while the run goes
on. ``learning`` is one layer’s part in it, and ``metrics`` how good the result is. Values flow from a form or a file through
``settings`` to a run of the engine, and come back as ``metrics``. A new choice is an entry, and where torch has no such formula
also a function in ``engine.training``, which the entry names.
"""
