"""The run of this window: starting, steering, stopping.

``run_thread`` drives a run of the engine and puts its events into a queue. ``controller`` starts that thread, empties the queue on
a timer and says what came as signals; everything else in the window asks it alone. ``actions`` are the controller's commands as
menu entries and buttons, and the question before a run's project is left. ``last_run`` knows whether the run that ended last can
go on, and whether the network is still the one that it measured.
"""
