"""The forms that say how to train, and what is done to the pictures."""
