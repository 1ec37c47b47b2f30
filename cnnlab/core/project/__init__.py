"""The project: all that a person makes, as one frozen value, and the edits from one project to the next."""
