"""The bar at the foot of the window: ``run_bar`` follows the controller, with buttons, a sentence and ``readouts``, which are the
numbers and the progress line of the run.
"""
