"""Runs that are begun and ended again and again leave nothing behind: no thread, no open file, no memory."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import pytest
from small_runs import RUN_ID, project, recorded

from cnnlab.core.runs.events import BatchDone, Event
from cnnlab.engine.data.picture_sets import Dataset
from cnnlab.engine.runs import table
from cnnlab.engine.runs.tensorboard import TensorBoard
from cnnlab.engine.training.run import Run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def threads(maximum: int) -> int:
    """How many there are once those that Python has joined are gone for the system; up to a second where more than ``maximum``."""
    until = time.monotonic() + 1
    while (count := len(os.listdir("/proc/self/task"))) > maximum and time.monotonic() < until:
        pass
    return count


def files() -> int:
    return len(os.listdir("/proc/self/fd"))


def cycle(number: int, patches: Dataset, root: Path) -> None:
    """A run that is stopped, or closed, after a few steps."""
    is_closed = number % 3 == 0

    def stop(run: Run, event: Event) -> None:
        if isinstance(event, BatchDone) and not is_closed:
            run.stop()

    events = recorded(project(snapshots_mb=0), patches, root, stop, beside=[TensorBoard(root)])
    for event in events:
        if is_closed and isinstance(event, BatchDone):
            break
    events.close()
    table.runs(root)


def slope(cycles: int, patches: Dataset, root: Path) -> float:
    """Megabytes that a hundred cycles add, over the later half."""
    for number in range(cycles // 2):
        cycle(number, patches, root / str(number))
    before = threads(0), files(), threading.active_count()
    memory = resident_bytes()
    for number in range(cycles // 2, cycles):
        cycle(number, patches, root / str(number))
        assert (threads(before[0]), files(), threading.active_count()) == before
    assert len(os.listdir(root / "0" / RUN_ID)) > 5
    return (resident_bytes() - memory) / 1e6 * 100 / (cycles - cycles // 2)


@pytest.mark.slow
def test_thirty_runs_leave_nothing_behind(patches: Dataset, tmp_path: Path) -> None:
    assert slope(30, patches, tmp_path) < 60  # so few tell only a large leak from the noise


@pytest.mark.soak
def test_five_hundred_runs_leave_nothing_behind(patches: Dataset, tmp_path: Path) -> None:
    assert slope(500, patches, tmp_path) < 2
