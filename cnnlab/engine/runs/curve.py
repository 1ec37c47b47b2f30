"""The curves of a recorded run, as arrays: for overlays, and for what a project file keeps of a run."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnlab.core.runs.events import EpochDone, SettingChanged
from cnnlab.engine.archive.disk import DISK, Disk
from cnnlab.engine.runs import folder as layout
from cnnlab.engine.runs.event_lines import Line
from cnnlab.engine.runs.follower import Lines

POINTS = 2000
"""At most so many of a curve are kept or drawn; more are not told apart on a screen."""
COLUMNS = ("loss", "accuracy", "error", "learning_rate")


@dataclass(frozen=True, eq=False)
class Curve:
    """What a run has told so far. The arrays have one number for each batch (or for some batches, where it is thinned): NaN where
    a figure is not known, but of the loss, which always is."""

    step: NDArray[np.int64]
    loss: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    error: NDArray[np.float64]
    learning_rate: NDArray[np.float64]
    epochs: tuple[EpochDone, ...] = ()
    changes: tuple[SettingChanged, ...] = ()

    def thinned(self, points: int = POINTS) -> Curve:
        """With at most ``points`` batches and epochs. Of every few batches in a row those with the highest and the lowest loss
        stay, so that no peak is lost."""
        apart = max(-(-len(self.epochs) // points), 1)
        # From the end, for the last epoch must be among them.
        epochs = self.epochs[::-1][::apart][::-1]
        chosen = _peaks(self.loss, points // 2) if len(self.step) > points else np.arange(len(self.step))
        columns = {name: getattr(self, name)[chosen] for name in COLUMNS}
        return Curve(self.step[chosen], **columns, epochs=epochs, changes=self.changes[:points])


def read(folder: Path, disk: Disk = DISK) -> Curve:
    """The curves of the run in ``folder`` as far as they are written; empty where there are none. What is damaged is left
    out, and so is what the run took back when it went on from a checkpoint."""
    lines = Lines(folder / layout.EVENTS, disk)
    valid: list[Line] = []
    while True:
        for line in lines.read():
            while valid and valid[-1].number >= line.number:
                valid.pop()
            valid.append(line)
        if lines.at_end:
            return _curve(valid)


def _curve(lines: list[Line]) -> Curve:
    batches = [line.batches for line in lines if line.batches is not None]
    step = np.array([step for columns in batches for step in columns.steps], np.int64)
    columns = {
        name: np.array([value for columns in batches for value in columns.column(name)], np.float64) for name in COLUMNS
    }
    events = [line.event for line in lines]
    return Curve(
        step,
        **columns,
        epochs=tuple(event for event in events if isinstance(event, EpochDone)),
        changes=tuple(event for event in events if isinstance(event, SettingChanged)),
    )


def _peaks(loss: NDArray[np.float64], buckets: int) -> NDArray[np.int64]:
    """Where the lowest and the highest numbers of ``buckets`` stretches lie, ascending; there are at least two in each."""
    edges = np.linspace(0, len(loss), buckets + 1).astype(np.int64)
    found = [
        start + int(index)
        for start, end in pairwise(edges.tolist())
        for index in (loss[start:end].argmin(), loss[start:end].argmax())
    ]
    return np.unique(np.array(found, np.int64))
