"""``heartbeat.json``, and what a project file keeps: figures that are not known are ``null`` in a file and None in the program."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import events

from cnnlab.core.runs.events import BatchDone, EpochDone, Event
from cnnlab.core.runs.progress import Pace, RunProgress
from cnnlab.core.runs.summary import Figures, RunState
from cnnlab.engine.runs import event_lines, run_archive, run_files, table
from cnnlab.engine.runs.owners import Owner
from cnnlab.engine.runs.run_files import Heartbeat, RunRecord

RUN = RunRecord(
    id="r1", started="2026-01-01T00:00:00+00:00", graph="abc", training={}, augmentation={}, preprocessing={}, data={},
    device="cpu", precision="float32", threads=1, seed=0, epochs=1, batches=1, steps=1, owner=Owner(pid=0),
)  # fmt: skip
_figures = st.builds(Figures, loss=events.number, accuracy=events.share, error=events.number)
_heartbeats = st.builds(
    Heartbeat, run=st.just("r1"), time=st.just(0.0), owner=st.just(Owner(pid=0)), state=st.just(RunState.COMPLETED),
    images_per_second=events.number, latest=_figures, validation=_figures, best=_figures, test=_figures,
)  # fmt: skip


@given(heartbeat=_heartbeats)
def test_what_was_written_is_read_again(heartbeat: Heartbeat, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("run")
    run_files.write_heartbeat(folder, heartbeat)
    json.loads((folder / "heartbeat.json").read_text(), parse_constant=pytest.fail)
    back = run_files.read_heartbeat(folder)
    assert back == heartbeat
    summary = table.summarised(folder, RUN, heartbeat)
    assert table.summarised(folder, RUN, back) == summary
    assert summary.latest == Figures(heartbeat.latest.loss, heartbeat.latest.accuracy, heartbeat.latest.error)


@pytest.mark.parametrize("written", ["null", "NaN", "Infinity", "1e999"])
def test_what_is_no_finite_number_in_a_file_is_none(written: str, tmp_path: Path) -> None:
    run_files.write_heartbeat(
        tmp_path,
        Heartbeat(run="r1", time=0.0, owner=Owner(pid=0), state=RunState.RUNNING, images_per_second=0.125),
    )
    path = tmp_path / "heartbeat.json"
    path.write_text(path.read_text().replace("0.125", written))
    assert run_files.read_heartbeat(tmp_path).images_per_second is None


@given(told=st.lists(events.recorded, max_size=12), heartbeat=_heartbeats)
def test_what_a_project_file_keeps_of_a_run_is_read_again(
    told: list[Event], heartbeat: Heartbeat, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("run")
    run_files.write_run(folder, RUN)
    run_files.write_heartbeat(folder, heartbeat)
    (folder / "events.jsonl").write_bytes(b"".join(event_lines.lines_of(told, 0)))
    back = run_archive.read(json.loads(json.dumps(run_archive.document(folder), allow_nan=False)))
    assert back is not None
    summary, drawn = back
    assert summary == replace(table.summarised(folder, RUN, heartbeat), folder=summary.folder)
    names: dict[str, Any] = {"run": RUN.id, "graph": RUN.graph}
    assert list(drawn.epochs) == [
        replace(event, **names, validation=None) for event in told if isinstance(event, EpochDone)
    ]
    batches = [event for event in told if isinstance(event, BatchDone)]
    assert drawn.step.tolist() == [event.step for event in batches]
    for name in run_archive.COLUMNS:
        expected = np.array([getattr(event, name) for event in batches], np.float64)
        assert np.array_equal(getattr(drawn, name), expected, equal_nan=True)


FIGURES = st.builds(Figures, *[st.none() | st.floats(allow_nan=False, allow_infinity=False)] * 3)
COUNTS = st.integers(0, 2**53 - 1)


@given(COUNTS, COUNTS, COUNTS, COUNTS, FIGURES, FIGURES, FIGURES)
def test_a_run_goes_on_from_what_its_heartbeat_said(
    threads: int, step: int, epochs: int, best_epoch: int, latest: Figures, validation: Figures, best: Figures
) -> None:
    progress = RunProgress(
        threads=threads, first=3, step=step, epochs_done=epochs, latest=latest, validation=validation, best=best,
        best_epoch=best_epoch, pace=Pace(640.0),
    )  # fmt: skip
    beat = run_files.heartbeat(RUN, progress, 12.5)
    assert (beat.run, beat.owner, beat.seconds, beat.state) == (RUN.id, RUN.owner, 12.5, RunState.RUNNING)
    read = run_files.Heartbeat.model_validate_json(beat.model_dump_json())
    assert run_files.progress_at(read, 3) == progress


def test_only_a_run_that_has_not_ended_is_paused() -> None:
    ended = RunProgress(state=RunState.FAILED, message="The disk is full.")
    assert run_files.heartbeat(RUN, RunProgress(), 1.0, is_held=True).state is RunState.PAUSED
    beat = run_files.heartbeat(RUN, ended, 1.0, is_held=True)
    assert (beat.state, beat.message) == (RunState.FAILED, "The disk is full.")
