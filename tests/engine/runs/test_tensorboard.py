from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_runs import RUN_ID, project, recorded

from cnnlab.core.runs.events import End, RunEnded
from cnnlab.engine.data.picture_sets import Dataset
from cnnlab.engine.runs import run_archive, tensorboard
from cnnlab.engine.runs.tensorboard import TensorBoard


def test_tensorboard_shows_what_was_recorded(patches: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    monkeypatch.setattr(tensorboard, "BATCHES_APART", 0.0)
    beside = [TensorBoard(tmp_path)]
    steps = [event.step for event in recorded(project(epochs=3), patches, tmp_path, beside=beside)]
    shown = EventAccumulator(str(tmp_path / RUN_ID / tensorboard.FOLDER), size_guidance={"scalars": 0})
    shown.Reload()
    told = run_archive.read_curve(tmp_path / RUN_ID)
    assert steps[-1] in told.step
    batches = shown.Scalars("loss/batch")
    assert [scalar.step for scalar in batches] == told.step.tolist()
    assert [scalar.value for scalar in batches] == told.loss.astype(np.float32).tolist()
    assert [scalar.step for scalar in shown.Scalars("accuracy/validation")] == [16, 32, 48]
    assert [scalar.step for scalar in shown.Scalars("accuracy/test")] == steps[-1:]
    assert "error/batch" not in shown.Tags()["scalars"]


def test_a_disk_that_is_full_ends_no_run(patches: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_anything: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(TensorBoard, "_add", full)
    *_before, ended = recorded(project(epochs=1), patches, tmp_path, beside=[TensorBoard(tmp_path)])
    assert isinstance(ended, RunEnded)
    assert ended.end is End.COMPLETED
