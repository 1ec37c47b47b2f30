"""What a training run reports, and what there is to know of it at a glance.

``events`` are what a run gives out, one after another; ``progress`` adds them up to how far and how good the run is, for window,
terminal and record alike. ``summary`` is one recorded run as a row of a table, and ``differences`` finds the settings in which
such rows differ. Events flow into progress and progress into a summary.
"""
