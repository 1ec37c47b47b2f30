"""What there is to build, train and look at, as plain values: the standard library and networkx, without torch, NumPy or Qt.

``messages`` are texts that can be translated, ``glossary`` the terms of the course in English and Chinese, ``numerals`` numbers as
people read them, ``values`` frozen mappings, and ``params`` settings with their ranges. ``graph`` is a network of nodes and wires,
``catalog`` has one entry for each type of layer that a node can be, ``data`` for each set of pictures, and ``training`` for each
way to train. ``project`` puts them together, with the edits from one project to the next; ``layout`` shows a project as cards and
wires, ``templates`` are projects to start from, and ``runs`` is what a training run reports. Values flow down from an edit to its
views; nothing here changes in place.
"""
