"""The project: all that a person makes, as one frozen value, and the edits from one project to the next.

``project`` is the value; ``changes`` are the edits of a person, ``repairs`` those that a problem offers as a button, and
``conversions`` turn a Linear layer into the equal convolution and back. ``checks`` refuses wires that cannot be, before an edit is
made. ``goals`` tells what the network is to learn, and ``history`` keeps the values for undo and redo. Every edit goes from a
project to the next one, which goes into the history.
"""
