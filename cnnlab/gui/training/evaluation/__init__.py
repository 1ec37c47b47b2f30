"""How good a network is on pictures that it was not trained on.

``evaluation_panel`` takes what a run measured after an epoch or at its end. Where the answer is a class, it shows ``class_table``,
precision and recall of each, and ``confusion``, which class is taken for which; where it is a number, ``number_plot``, predicted
against true.
"""
