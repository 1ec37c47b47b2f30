"""A disk that fails while a run is recorded: the run ends in words, or never notices, and nothing on the disk is a lie."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from small_runs import RHYTHM, RUN_ID, project, recorded

from cnnlab.core.runs.events import BatchDone, End, Event, RunEnded, RunStarted, WeightsPublished
from cnnlab.core.runs.summary import RunState
from cnnlab.engine.archive.disk import DISK, Disk
from cnnlab.engine.data.picture_sets import Dataset
from cnnlab.engine.runs import checkpoints, recorder, run_archive, table

WRITES = ("create", "append", "make_folder", "write", "fsync", "replace")


class FailingDisk:
    """Fails with ``number`` from the ``nth`` writing call on, ``times`` often, in whichever thread."""

    def __init__(self, number: int, nth: int = 0, times: int = 10**9) -> None:
        self.calls = 0
        self.failing = False
        self._number, self._nth, self._times = number, nth, times
        self._lock = threading.Lock()

    def disk(self) -> Disk:
        table: dict[str, Any] = {field.name: getattr(DISK, field.name) for field in fields(Disk)}
        return Disk(**{**table, **{name: self._counted(table[name]) for name in WRITES}})

    def _counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*arguments: Any) -> Any:
            with self._lock:
                self.calls += 1
                fails = self.failing or (0 < self._nth <= self.calls < self._nth + self._times)
            if fails:
                raise OSError(self._number, os.strerror(self._number))
            return call(*arguments)

        return counting


PATIENT = replace(RHYTHM, patience=60.0)


@pytest.mark.parametrize(
    ("number", "text"),
    [(errno.ENOSPC, "the disk is full"), (errno.EROFS, "it cannot be written"), (errno.EIO, os.strerror(errno.EIO))],
)
def test_a_disk_that_fails_for_ever_ends_the_run_in_words(
    number: int, text: str, patches: Dataset, tmp_path: Path
) -> None:
    failing = FailingDisk(number)
    found: list[Event] = []
    for event in recorded(project(epochs=200), patches, tmp_path, disk=failing.disk()):
        found.append(event)
        failing.failing |= isinstance(event, BatchDone) and event.step == 40
    published, ended = found[-2:]
    assert isinstance(ended, RunEnded)
    assert isinstance(published, WeightsPublished)
    assert ended.end is End.FAILED
    assert text in str(ended.message)
    assert f"step {published.step}" in str(ended.message)
    # What was written before is whole, and says truly that the run did not come to an end there.
    folder = tmp_path / RUN_ID
    checkpoint = checkpoints.latest(folder)
    assert checkpoint is not None
    assert checkpoint.step <= 41
    assert table.summary(folder).state is RunState.RUNNING
    steps = run_archive.read_curve(folder).step.tolist()
    assert steps == list(range(1, len(steps) + 1))


def test_a_disk_that_fails_for_a_moment_is_borne(patches: Dataset, tmp_path: Path) -> None:
    failing = FailingDisk(errno.EIO)
    for event in recorded(project(epochs=3), patches, tmp_path, disk=failing.disk(), rhythm=PATIENT):
        if isinstance(event, BatchDone):
            failing.failing = 10 <= event.step < 20
    assert isinstance(event, RunEnded)
    assert (event.end, event.message) == (End.COMPLETED, None)
    folder = tmp_path / RUN_ID
    assert run_archive.read_curve(folder).step.tolist() == list(range(1, 49))
    assert table.summary(folder).state is RunState.COMPLETED


def test_a_disk_that_fails_at_the_end_says_so_and_keeps_the_result(patches: Dataset, tmp_path: Path) -> None:
    failing = FailingDisk(errno.ENOSPC)
    run = recorded(project(epochs=1), patches, tmp_path, disk=failing.disk(), rhythm=PATIENT)
    for event in run:
        failing.failing |= isinstance(event, BatchDone) and event.step == 15
    assert isinstance(event, RunEnded)
    assert event.end is End.COMPLETED
    assert event.test is not None
    assert "not recorded" in str(event.message)
    assert "the disk is full" in str(event.message)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES])
def test_a_run_whose_folder_cannot_be_made_does_not_begin(number: int, patches: Dataset, tmp_path: Path) -> None:
    for nth in range(1, 9):
        run = recorded(project(), patches, tmp_path, disk=FailingDisk(number, nth).disk())
        with pytest.raises(recorder.RecordError, match="Training was not started"):
            next(run)
        assert list(tmp_path.iterdir()) == []


def test_a_folder_that_vanishes_ends_the_run(patches: Dataset, tmp_path: Path) -> None:
    for event in recorded(project(epochs=200), patches, tmp_path):
        if isinstance(event, BatchDone) and event.step == 30:
            (tmp_path / RUN_ID).rename(tmp_path / "elsewhere")
    assert isinstance(event, RunEnded)
    assert event.end is End.FAILED
    assert "was deleted or moved, with all that was recorded in it" in str(event.message)
    assert f"weights of step {event.step} are kept" in str(event.message)


def test_a_folder_that_vanishes_at_the_end_is_not_said_to_hold_something(patches: Dataset, tmp_path: Path) -> None:
    for event in recorded(project(epochs=1), patches, tmp_path, rhythm=PATIENT):
        if isinstance(event, BatchDone) and event.step == 15:
            (tmp_path / RUN_ID).rename(tmp_path / "elsewhere")
    assert isinstance(event, RunEnded)
    assert event.end is End.COMPLETED
    assert "was deleted or moved, with all that was recorded in it" in str(event.message)


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 2])
def test_single_failures_anywhere_harm_nothing(times: int, patches: Dataset, tmp_path: Path) -> None:
    """Each of the first calls in turn, and some later ones; the thread beside the run makes their order vary."""
    for nth in (*range(1, 40, 3), 50, 70, 90):
        root = tmp_path / f"{nth}"
        disk = FailingDisk(errno.EIO, nth, times).disk()
        try:
            *_events, ended = recorded(project(epochs=1), patches, root, disk=disk, rhythm=PATIENT)
        except recorder.RecordError:
            assert not (root / RUN_ID).exists()
            continue
        assert isinstance(ended, RunEnded)
        assert ended.end is End.COMPLETED
        folder = root / RUN_ID
        if ended.message is None:
            assert table.summary(folder).state is RunState.COMPLETED
            assert run_archive.read_curve(folder).step.tolist() == list(range(1, 17))
        for path in (folder / "checkpoints").glob("[0-9]*"):
            checkpoints.read(path)


def test_only_the_first_of_several_processes_records(
    patches: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.distributed.is_initialized", lambda: True)
    monkeypatch.setattr("torch.distributed.get_rank", lambda: 1)
    first, *_rest, last = recorded(project(epochs=1), patches, tmp_path)
    assert isinstance(first, RunStarted)
    assert isinstance(last, RunEnded)
    assert list(tmp_path.iterdir()) == []
