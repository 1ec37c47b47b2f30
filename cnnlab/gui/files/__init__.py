"""Files in the window: projects, exports, weights, and folders of pictures."""
