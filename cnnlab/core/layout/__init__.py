"""How a network is laid out, and what a canvas shows of it.

``canvas`` makes cards and wires of a project, and says what changes from one canvas to the next. ``arrange`` finds places for
cards, with ``lines`` where a long network is broken, on a grid of the ``spacing`` that cards need.
"""
