"""How often a run is kept, on disks of any speed."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from small_runs import project, recorded

from cnnlab.core.runs.events import BatchDone, Event
from cnnlab.engine.archive.disk import DISK, Disk
from cnnlab.engine.data.picture_sets import Dataset
from cnnlab.engine.runs import recording
from cnnlab.engine.runs.recording import RHYTHM
from cnnlab.engine.training.run import Run

pytestmark = pytest.mark.slow

EPOCH = 16
"""Batches."""


@dataclass
class SlowMachine:
    """A clock that goes on by a step's seconds with each step, and by a checkpoint's with each checkpoint."""

    step: float
    cost: float
    now: float = 0.0
    steps: list[int] = field(default_factory=list)
    """Of the checkpoints."""
    saved: list[float] = field(default_factory=list)
    """When each began to be written; the start of the run is the first of them."""

    def replace(self, source: Path, target: Path) -> None:
        DISK.replace(source, target)
        if target.parent.name == "checkpoints":
            self.steps.append(int(target.stem))
            self.saved.append(self.now)
            self.now += self.cost

    def run(self, patches: Dataset, root: Path, epochs: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(recording, "time", SimpleNamespace(perf_counter=lambda: self.now))

        def work(_run: Run, event: Event) -> None:
            self.now += self.step * isinstance(event, BatchDone)

        self.saved.append(self.now)
        disk = Disk(replace=self.replace)
        for _event in recorded(project(epochs=epochs), patches, root, work, disk=disk, rhythm=RHYTHM):
            pass


@pytest.mark.parametrize("cost", [0.0, 0.5, 2.9])
@pytest.mark.parametrize("step", [0.25, 1.0, 7.0])
def test_no_gap_is_longer_than_thirty_seconds(
    step: float, cost: float, patches: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = SlowMachine(step, cost)
    machine.run(patches, tmp_path, 6, monkeypatch)
    assert len(machine.saved) > 3
    assert max(b - a for a, b in pairwise(machine.saved)) <= 30 + cost + step


def test_every_epoch_of_some_seconds_ends_with_a_checkpoint(
    patches: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = SlowMachine(step=1.0, cost=1.0)
    machine.run(patches, tmp_path, 4, monkeypatch)
    assert {EPOCH, 2 * EPOCH, 3 * EPOCH, 4 * EPOCH} == set(machine.steps)


def test_short_epochs_are_not_made_longer_by_their_checkpoints(
    patches: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = SlowMachine(step=0.05, cost=0.04)
    machine.run(patches, tmp_path, 30, monkeypatch)
    assert len(machine.steps) * machine.cost < 0.03 * machine.now
    assert max(b - a for a, b in pairwise(machine.saved)) < 4


def test_a_disk_that_is_very_slow_does_not_take_more_than_a_tenth_of_the_time(
    patches: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = SlowMachine(step=2.0, cost=8.0)
    machine.run(patches, tmp_path, 12, monkeypatch)
    between = [b - a - machine.cost for a, b in pairwise(machine.saved[1:-2])]  # the end waits for nothing
    assert len(between) >= 2
    assert all(80 <= gap <= 82 for gap in between)
