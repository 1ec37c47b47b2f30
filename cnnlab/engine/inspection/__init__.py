"""From a picture to what a network did with it: one way for the window, the command line and the Python interface.

``looks`` holds the values: an ``Input``, a ``Look`` at it through a project's network, and what was ``Seen``.
``inputs`` reads an ``Input`` from the test split or from a file, and makes a drawing of a photographed digit.
``drawing`` makes of a drawing a picture like MNIST's.
``inspector`` prepares the picture, sends it through the network and records the activations.
``prediction`` says in the words of the data set what was seen.
``arithmetic`` explains one recorded number from the others.
``tiling`` lays recorded maps on one sheet and scales them to colours.

``looks``, ``drawing``, ``arithmetic`` and ``tiling`` need no torch: a window imports them before it is loaded.
"""
