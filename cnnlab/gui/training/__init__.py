"""Training in the window: one run at a time, how it goes, and the runs before it.

``settings`` are the forms that say how to train, and ``range_test`` suggests a learning rate. ``run`` has the thread that trains
and the controller that starts, steers and ends it. What the run reports goes from there, as signals of the controller, to
``run_bar`` at the foot of the window, to ``curves``, and to ``evaluation``, which shows how good the network is. ``runs`` reads
the records of runs again: their table, following one that another process trains, resuming one, deleting some.
"""
