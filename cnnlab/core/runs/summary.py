"""What there is to know about one training run at a glance: a row of the table of runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from cnnlab.core.data.augmentation import Augmentation
from cnnlab.core.data.sources import SOURCES
from cnnlab.core.project.project import DataSettings
from cnnlab.core.training.settings import TrainingSettings
from cnnlab.core.values import Frozen


class RunState(StrEnum):
    """How a run stands."""

    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "broken off"
    """It did not end, and the process that trained is gone."""
    DAMAGED = "damaged"
    """Its folder does not hold what a run writes; ``RunSummary.message`` says what is wrong."""


GOING = frozenset([RunState.RUNNING, RunState.PAUSED])
"""A process is at it."""
RESUMABLE = frozenset([RunState.STOPPED, RunState.FAILED, RunState.INTERRUPTED])
"""It can go on from its last checkpoint, if it has one."""


@dataclass(frozen=True)
class Figures:
    """What a curve has at one point; None where a task has no such figure or nothing was measured."""

    loss: float | None = None
    accuracy: float | None = None
    """Share of correct answers, 0…1."""
    error: float | None = None
    """Mean absolute error, in the units of the task."""


@dataclass(frozen=True, kw_only=True)
class RunSummary:
    """One run. Of a damaged one only ``id``, ``folder``, ``state`` and ``message`` are sure to mean something."""

    id: str
    folder: Path
    """The run’s own folder, on this computer."""
    state: RunState
    message: str = ""
    """What happened to a run that failed or is damaged, what is safe, what to do."""
    project: str = ""
    """The project file that it was started from; empty for one that had none yet."""
    title: str = ""
    """What the network is called."""
    graph: str = ""
    """Digest of the network."""
    started: datetime | None = None
    """With time zone; None of a damaged one."""
    seconds: float = 0.0
    """Seconds of work; pauses and the time between a kill and its resume left out."""
    step: int = 0
    """Optimiser steps that its weights have behind them, those of earlier runs included."""
    steps: int = 0
    """The ``step`` at which it is, or would have been, completed."""
    from_step: int = 0
    """``step`` at its start."""
    batches: int = 0
    """Steps in an epoch."""
    epoch: int = 0
    """Epochs that are done."""
    epochs: int = 0
    """Epochs that were asked for."""
    training: TrainingSettings = TrainingSettings()
    """The settings at the start."""
    augmentation: Augmentation = Augmentation()
    data: DataSettings = DataSettings()
    fingerprint: str = ""
    """A hash of pictures, labels and split; empty if it was not taken."""
    device: str = ""
    precision: str = ""
    threads: int = 0
    processes: int = 1
    images_per_second: float | None = None
    """Over the last second or so of work; None before the first batch."""
    host: str = ""
    """Name of the computer that trains, or did so last."""
    pid: int = 0
    versions: Frozen[str, str] = Frozen()
    """The versions of cnnlab, torch and Python."""
    latest: Figures = Figures()
    """Figures of the last batch."""
    validation: Figures = Figures()
    """After the last epoch."""
    best: Figures = Figures()
    """On the validation pictures, of the weights that are kept as the best (on the training pictures, where none are held
    out)."""
    best_epoch: int = 0
    """0 before the first epoch is done."""
    test: Figures = Figures()
    """Figures of a completed run on the test pictures."""
    early: bool = False
    """Whether a completed run ended before its last epoch, because validation no longer got better."""

    @property
    def is_cut(self) -> bool:
        """Whether ``max_steps`` ends it before all of its epochs are done."""
        return self.steps - self.from_step < self.epochs * self.batches

    @property
    def unit(self) -> str:
        """The unit of the number that is learned; empty for classes, and for data that this version does not know."""
        return SOURCES[self.data.source].unit if self.data.source in SOURCES else ""
