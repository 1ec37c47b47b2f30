"""How good a network is on a set of pictures, as one frozen value that tables and plots can show."""

from __future__ import annotations

import math
from dataclasses import dataclass


def finite(value: float) -> float | None:
    """``value``, or None where it is NaN or infinite: a figure equals itself, and can be written down and read again."""
    return value if math.isfinite(value) else None


@dataclass(frozen=True)
class ClassFigures:
    """One class against all others. None where nothing could be counted; all numbers are finite."""

    precision: float | None
    """Share of the pictures predicted as this class that really are of it, 0…1."""
    recall: float | None
    """Share of the pictures of this class that were predicted as it, 0…1."""
    f1: float | None
    """2 · precision · recall / (precision + recall)."""
    support: int
    """Pictures of this class."""
    auc: float | None
    """Area under the ROC curve, 0…1; None with more than a hundred classes, which have no curves."""
    roc: tuple[tuple[float, float], ...]
    """(false positive rate, true positive rate), both ascending from (0, 0) to (1, 1); thinned to a few hundred points."""


@dataclass(frozen=True)
class Metrics:
    """Measured on ``count`` pictures. What a task does not have is None or empty; all numbers are finite."""

    count: int = 0
    loss: float | None = None
    """Mean of the run's loss, without penalties. None also where it is NaN or infinite, as the answers of a network are whose
    weights have grown too large."""
    accuracy: float | None = None
    """The fraction of correct answers, 0…1."""
    error: float | None = None
    """Mean absolute error, in the units of the task. None also where it is NaN or infinite."""
    top_k: tuple[tuple[int, float], ...] = ()
    """For some k, the fraction of pictures whose class is among the k likeliest."""
    classes: tuple[ClassFigures, ...] = ()
    """In the order of the data set's classes."""
    confusion: tuple[tuple[int, ...], ...] = ()
    """``confusion[true][predicted]``: how many pictures. Empty with more than a hundred classes."""
    pairs: tuple[tuple[float, float], ...] = ()
    """(true, predicted) of up to 1,000 pictures, spread over the set, where the answer is a number; else empty."""
