"""The learning-rate range test: ``range_tests`` decides whether one can be made and opens ``range_dialog``, whose thread tries
growing rates on a copy of the network; ``range_plot`` draws the losses. The last two import pyqtgraph: only when a test is wanted.
"""
