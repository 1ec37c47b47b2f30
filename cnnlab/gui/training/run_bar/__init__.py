"""The bar at the foot of the window: start, steer and stop a run, and see how it goes."""
