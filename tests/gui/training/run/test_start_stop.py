"""Runs that are begun and stopped in the window again and again leave nothing behind: no thread, no open file, no memory."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from cnnlab.core.project.project import Project
from cnnlab.gui.training.run.controller import TrainingController, TrainingState

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

Make = Callable[..., TrainingController]
SmallProject = Callable[..., Project]


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def count(what: str, maximum: int) -> int:
    """Of this process's ``fd`` or ``task``; up to two seconds if more than ``maximum``, which the system has not let go of yet."""
    until = time.monotonic() + 2
    while (found := len(os.listdir(f"/proc/self/{what}"))) > maximum and time.monotonic() < until:
        pass
    return found


def cycle(qtbot: QtBot, controller: TrainingController, number: int) -> None:
    """Train, and stop while the pictures are read, at the first batch, after some, or in a pause; by turns go on or begin anew."""
    if number % 2:
        controller.stopped.forget()
    (controller.one_batch if number % 4 == 3 else controller.train)()
    if number % 4:
        wanted = TrainingState.PAUSED if number % 4 == 3 else TrainingState.RUNNING
        qtbot.waitUntil(lambda: controller.state is wanted, timeout=20_000)
    with qtbot.waitSignal(controller.ended, timeout=20_000):
        controller.stop()
    gc.collect()


def slope(qtbot: QtBot, controller: TrainingController, cycles: int) -> float:
    """Megabytes that a hundred cycles add, fitted after twenty that warm up."""
    for number in range(20):
        cycle(qtbot, controller, number)
    before = {what: count(what, 0) for what in ("fd", "task")}
    memory = []
    for number in range(cycles):
        cycle(qtbot, controller, number)
        assert {what: count(what, before[what]) for what in before} == before
        memory.append(resident_bytes() / 1e6)
    found = 100 * float(np.polyfit(np.arange(cycles), memory, 1)[0])
    print(f"{cycles} cycles: {found:+.2f} MB in a hundred")
    return found


def test_thirty_runs_leave_nothing_behind(qtbot: QtBot, make: Make, small_project: SmallProject) -> None:
    """What leaks does so every time; memory that is taken once may fall among thirty runs once."""
    controller = make(small_project(epochs=1000, threads=1, snapshots_mb=0))
    assert any(slope(qtbot, controller, 30) < 5 for _attempt in range(3))


@pytest.mark.soak
def test_five_hundred_runs_leave_nothing_behind(qtbot: QtBot, make: Make, small_project: SmallProject) -> None:
    assert slope(qtbot, make(small_project(epochs=1000, threads=1, snapshots_mb=0)), 500) < 2
