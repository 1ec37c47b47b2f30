"""How good a network is on a set of pictures, as one frozen value that tables and plots can show."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class ClassFigures:
    """One class against all others. Not a number where nothing could be counted."""

    precision: float
    """Of the pictures that were called this class, the share that are."""
    recall: float
    """Of the pictures of this class, the share that were found."""
    f1: float
    """2 · precision · recall / (precision + recall)."""
    support: int
    """Pictures of this class."""
    auc: float
    """Area under the ROC curve; not a number with more than a hundred classes, which have no curves."""
    roc: tuple[tuple[float, float], ...]
    """(false positive rate, true positive rate), both ascending from (0, 0) to (1, 1); thinned to a few hundred points."""


@dataclass(frozen=True)
class Metrics:
    """Measured on ``count`` pictures. What a task does not have is not a number or empty."""

    count: int = 0
    loss: float = math.nan
    """Mean of the run's loss, without penalties."""
    accuracy: float = math.nan
    """Share that was right, 0…1."""
    error: float = math.nan
    """Mean absolute error, in the units of the task."""
    top_k: tuple[tuple[int, float], ...] = ()
    """For some k, the share of pictures whose class is among the k likeliest."""
    classes: tuple[ClassFigures, ...] = ()
    """In the order of the data set's classes."""
    confusion: tuple[tuple[int, ...], ...] = ()
    """``confusion[true][predicted]``: how many pictures. Empty with more than a hundred classes."""
    pairs: tuple[tuple[float, float], ...] = ()
    """Of a task whose answer is a number: (true, predicted) of up to 1,000 pictures, spread over the set."""
