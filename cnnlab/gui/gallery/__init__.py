"""The gallery: networks to begin with, from the templates of the course and from torchvision.

``gallery`` is what the window knows and opens. ``dialog`` shows the ``network_list`` beside the ``page`` about the marked
network. ``entries`` are the rows, and find what is searched. ``workshop`` makes the networks, those of torchvision in a thread;
``sketch`` works out the small drawing of one, which ``miniature`` paints. What is chosen leaves as a project.
"""
