from __future__ import annotations

import os
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cnnlab.core.runs.events import BatchDone, Event, RunStarted
from cnnlab.core.runs.summary import RunState
from cnnlab.engine.archive.disk import DISK
from cnnlab.engine.runs import event_lines, run_archive
from cnnlab.engine.runs.event_lines import EventLog
from cnnlab.engine.runs.follower import CHUNK, Follower

HEAD: dict[str, Any] = {"run": "r1", "graph": "abc"}


def batches(start: int, end: int) -> list[BatchDone]:
    return [
        BatchDone(
            **HEAD, step=step, epoch=1, loss=1 / step, accuracy=0.5, error=0.25, learning_rate=0.1, images=step,
            images_per_second=9.0,
        )
        for step in range(start, end)
    ]  # fmt: skip


def started(step: int = 0, *, resumed: bool = False) -> RunStarted:
    return RunStarted(
        **HEAD, step=step, device="cpu", threads=1, epochs=1, batches=9, steps=9, resumed=resumed, kept=(), restarted=()
    )


def everything(follower: Follower) -> list[Event]:
    found: list[Event] = []
    while events := follower.poll():
        found += events
    return found


@pytest.fixture
def events(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def test_it_waits_for_a_run_that_has_not_begun(tmp_path: Path, events: Path) -> None:
    follower = Follower(tmp_path)
    assert follower.poll() == ()
    assert follower.summary.state is RunState.DAMAGED
    events.write_bytes(b"".join(event_lines.lines_of([started()], 0)))
    assert follower.poll() == (started(),)
    assert follower.poll() == ()


def test_each_event_comes_once_however_the_file_grows(tmp_path: Path, events: Path) -> None:
    told: list[Event] = [started(), *batches(1, 300)]
    content = b"".join(line for at in range(0, 300, 7) for line in event_lines.lines_of(told[at : at + 7], at))
    follower, found, chance, at = Follower(tmp_path), list[Event](), random.Random(3), 0
    with events.open("wb", buffering=0) as file:
        while at < len(content):
            step = chance.randint(1, 400)
            file.write(content[at : at + step])
            at += step
            found += follower.poll()
    assert found == told


def test_a_line_that_is_not_finished_is_left_for_later(tmp_path: Path, events: Path) -> None:
    first, second = event_lines.lines_of([started()], 0)[0], event_lines.lines_of(batches(1, 3), 1)[0]
    events.write_bytes(first + second[:-1])
    follower = Follower(tmp_path)
    assert everything(follower) == [started()]
    with events.open("ab") as file:
        file.write(b"\n")
    assert everything(follower) == batches(1, 3)


def test_what_is_damaged_is_left_out(tmp_path: Path, events: Path) -> None:
    lines = event_lines.lines_of([started()], 0) + event_lines.lines_of(batches(1, 3), 1)
    events.write_bytes(
        lines[0] + b"\x00\xffnonsense\n" + b"x" * (2 * event_lines.MAX_LINE_BYTES + CHUNK) + b"\n" + lines[1]
    )
    assert everything(Follower(tmp_path)) == [started(), *batches(1, 3)]


def test_a_file_that_was_cut_or_replaced_is_read_anew(tmp_path: Path, events: Path) -> None:
    long, short = (
        event_lines.lines_of([started(), *batches(1, 99)], 0),
        event_lines.lines_of([started(), *batches(1, 3)], 0),
    )
    events.write_bytes(b"".join(long))
    follower = Follower(tmp_path)
    assert len(everything(follower)) == 99
    events.write_bytes(b"".join(short))
    assert everything(follower) == [started(), *batches(1, 3)]
    other = tmp_path / "other"
    other.write_bytes(b"".join(long))
    os.replace(other, events)
    assert len(everything(follower)) == 99
    events.unlink()
    assert follower.poll() == ()


def test_a_long_file_comes_in_pieces(tmp_path: Path, events: Path) -> None:
    with events.open("wb") as file:
        for start in range(1, 40_001, 500):
            file.writelines(event_lines.lines_of(batches(start, start + 500), start))
    assert events.stat().st_size > 1.5 * CHUNK
    follower = Follower(tmp_path)
    assert 0 < len(follower.poll()) < 30_000
    everything(follower)
    assert follower.poll() == ()


@pytest.mark.parametrize("failing", ["reader", "nothing comes"])
def test_a_file_that_cannot_be_read_keeps_nobody(failing: str, tmp_path: Path, events: Path) -> None:
    events.write_bytes(b"".join(event_lines.lines_of([started(), *batches(1, 99)], 0)))
    disk = replace(DISK, reader=refused) if failing == "reader" else replace(DISK, fstat=longer)
    follower = Follower(tmp_path, disk)
    assert len(everything(follower)) == (0 if failing == "reader" else 99)
    assert len(run_archive.read_curve(tmp_path, disk).step) == (0 if failing == "reader" else 98)


def refused(path: Path) -> Any:
    raise PermissionError(path)


def longer(file: int) -> os.stat_result:
    """As a share on another computer may have it, whose content comes later."""
    status = list(os.fstat(file))
    status[6] += 1000
    return os.stat_result(status)


def test_curves_leave_out_what_a_resumed_run_took_back(tmp_path: Path, events: Path) -> None:
    log = EventLog(events)
    for part in ([started(), *batches(1, 10)], batches(10, 20), batches(20, 30)):
        for event in part:
            log.add(event)
        number = log.flush()
    log.close()
    assert number == 4
    assert run_archive.read_curve(tmp_path).step.tolist() == list(range(1, 30))
    # From the checkpoint after the first ten batches; a line was cut short by the kill.
    with events.open("ab") as file:
        file.write(b'{"v":1,"n":4,"ru')
    log = EventLog(events, number=2)
    for event in [started(9, resumed=True), *batches(10, 15)]:
        log.add(event)
    log.flush()
    log.close()
    told = run_archive.read_curve(tmp_path)
    assert told.step.tolist() == list(range(1, 15))
    assert told.loss.tolist() == [1 / step for step in range(1, 15)]
    assert everything(Follower(tmp_path))[-6:] == [started(9, resumed=True), *batches(10, 15)]


def test_thinned_curves_keep_peaks_and_the_last_epochs(tmp_path: Path, events: Path, completed: Path) -> None:
    told = run_archive.read_curve(completed)
    assert len(told.step) == 48
    thin = told.thinned(20)
    assert len(thin.step) <= 20
    assert thin.loss.max() == told.loss.max()
    assert thin.loss.min() == told.loss.min()
    assert (thin.step[1:] > thin.step[:-1]).all()
    assert [epoch.epoch for epoch in told.thinned(2).epochs] == [1, 3]
    assert told.thinned().step.tolist() == told.step.tolist()
