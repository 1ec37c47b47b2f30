"""How a network is laid out, and what a canvas shows of it.

``canvas`` makes cards and wires of a project, and says what changes from one canvas to the next. ``arrange`` finds places for
cards, in several lines where a network is long, on a grid of the ``spacing`` that cards need. ``connecting`` says what letting go
of a wire would do. A project flows into a canvas and the canvas into the window; positions come back as edits.
"""
