"""Curves of loss, accuracy or error and learning rate, while a run goes on and afterwards.

``run_curves`` turns the events of a run into points, however many there are. ``curves_panel`` collects those of this window's run
and of others, and has them drawn on a timer: each quantity in a ``plot``, on the ``axes`` of such plots, under one ``legend``. All
but ``run_curves`` and ``legend`` import pyqtgraph, which is slow: they are imported when curves are wanted.
"""
