"""The present run in the window: starting, steering, stopping."""
