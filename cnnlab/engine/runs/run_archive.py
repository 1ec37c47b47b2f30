"""What a project file keeps of its runs: summaries and thinned curves, no weights; and the curves of a recorded run as arrays."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from cnnlab.core.runs.events import EpochDone, SettingChanged
from cnnlab.core.runs.summary import GOING, RunState, RunSummary
from cnnlab.core.values import thawed
from cnnlab.engine.archive.disk import DISK, Disk
from cnnlab.engine.archive.errors import ProjectError
from cnnlab.engine.runs import folder as layout
from cnnlab.engine.runs import run_files, table
from cnnlab.engine.runs.event_lines import LoggedLine
from cnnlab.engine.runs.follower import NewLines
from cnnlab.engine.runs.owners import Owner
from cnnlab.engine.runs.run_files import Count, Heartbeat, Number, RunFile, RunRecord

POINTS = 2000
"""How many points of a curve are kept or drawn at most; more cannot be distinguished on a screen."""
COLUMNS = ("loss", "accuracy", "error", "learning_rate")


@dataclass(frozen=True, eq=False)
class Curve:
    """The curves of a run so far. The arrays ``(N,)`` have one number for each batch (or for some batches, where it is thinned),
    NaN where a figure is not known; the loss always is."""

    step: NDArray[np.int64]
    loss: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    error: NDArray[np.float64]
    learning_rate: NDArray[np.float64]
    epochs: tuple[EpochDone, ...] = ()
    changes: tuple[SettingChanged, ...] = ()

    def thinned(self, points: int = POINTS) -> Curve:
        """The curves with at most ``points`` batches and epochs. Of every few batches in a row those with the highest and the
        lowest loss stay, so that no peak is lost."""
        apart = max(-(-len(self.epochs) // points), 1)
        # From the end, for the last epoch must be among them.
        epochs = self.epochs[::-1][::apart][::-1]
        chosen = _peaks(self.loss, points // 2) if len(self.step) > points else np.arange(len(self.step))
        columns = {name: getattr(self, name)[chosen] for name in COLUMNS}
        return Curve(self.step[chosen], **columns, epochs=epochs, changes=self.changes[:points])


def read_curve(folder: Path, disk: Disk = DISK) -> Curve:
    """The curves of the run in ``folder`` as far as they are written; empty where there are none. What is damaged is left
    out, and so is what the run took back when it went on from a checkpoint."""
    lines = NewLines(folder / layout.EVENTS, disk)
    valid: list[LoggedLine] = []
    while True:
        for line in lines.read():
            while valid and valid[-1].number >= line.number:
                valid.pop()
            valid.append(line)
        if lines.at_end:
            return _curve(valid)


def _curve(lines: list[LoggedLine]) -> Curve:
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
    """Indices of the lowest and the highest number in each of ``buckets`` stretches, ascending; each has at least two numbers."""
    edges = np.linspace(0, len(loss), buckets + 1).astype(np.int64)
    found = [
        start + int(index)
        for start, end in pairwise(edges.tolist())
        for index in (loss[start:end].argmin(), loss[start:end].argmax())
    ]
    return np.unique(np.array(found, np.int64))


MAX_RUNS = 50
"""How many runs a project file keeps, the newest; one takes up to 100 kB of it."""


class _Epoch(RunFile):
    step: Count
    epoch: Count
    loss: float
    accuracy: Number
    error: Number
    validation_loss: Number
    validation_accuracy: Number
    validation_error: Number
    is_best: bool
    seconds: float


class _Change(RunFile):
    step: Count
    name: str
    before: float
    after: float


class _ArchivedRun(RunFile):
    run: RunRecord
    heartbeat: Heartbeat
    step: list[Count] = Field(max_length=POINTS)
    columns: dict[str, list[Number]]
    epochs: list[_Epoch] = Field(max_length=POINTS)
    changes: list[_Change] = Field(max_length=POINTS)


def updated(archived: Mapping[str, Any], root: Path, own: Collection[str] | None = None) -> dict[str, Any]:
    """``archived``, what a project file had of its runs by id, with those in ``root`` that have ended since, for
    ``archive.save(runs=…)``. ``own`` are the ids of the project's where others' lie there too. The newest stay, and damaged
    runs are left out."""
    there = (run for run in table.runs(root) if own is None or run.id in own)
    ended = (run for run in there if run.state not in GOING and run.state is not RunState.DAMAGED)
    found = dict(archived)
    for run in list(ended)[:MAX_RUNS]:
        try:
            beat = _anonymous(run_files.read_heartbeat(run.folder)).model_dump(mode="json")
            if (
                run.id not in archived or _plain(archived[run.id]).get("heartbeat") != beat
            ):  # one that was resumed has another
                found[run.id] = document(run.folder)
        except ProjectError:  # it was removed just now
            continue
    newest = sorted(found, key=lambda key: str(_plain(_plain(found[key]).get("run")).get("started", "")), reverse=True)
    return {key: found[key] for key in newest[:MAX_RUNS]}


def document(folder: Path) -> dict[str, Any]:
    """What a project file keeps of the run in ``folder``, JSON-like: neither where the project lay nor whose computer it was,
    because project files are given away. Raises ``ProjectError``."""
    run = run_files.read_run(folder).model_copy(update={"project": "", "owner": Owner(pid=0)})
    beat = _anonymous(run_files.read_heartbeat(folder))
    curve = read_curve(folder).thinned()
    archived = _ArchivedRun(
        run=run,
        heartbeat=beat,
        step=curve.step.tolist(),
        columns={name: getattr(curve, name).tolist() for name in COLUMNS},
        epochs=[_Epoch(**{name: getattr(epoch, name) for name in _Epoch.model_fields}) for epoch in curve.epochs],
        changes=[_Change(**{name: getattr(change, name) for name in _Change.model_fields}) for change in curve.changes],
    )
    return archived.model_dump(mode="json")


def _plain(value: Any) -> dict[str, Any]:
    """A mapping as JSON has it; empty for anything else, as nobody knows what other versions keep."""
    thawn = thawed(value)
    return thawn if isinstance(thawn, dict) else {}


def _anonymous(beat: Heartbeat) -> Heartbeat:
    return beat.model_copy(update={"owner": Owner(pid=0)})


def read(document: Mapping[str, Any]) -> tuple[RunSummary, Curve] | None:
    """A run that a project file keeps; None for what is no such document. Its folder may be gone from this computer."""
    try:
        archived = _ArchivedRun.model_validate_json(json.dumps(thawed(document)))
    except (ValidationError, ValueError):
        return None
    names: dict[str, Any] = {"run": archived.run.id, "graph": archived.run.graph}
    count = len(archived.step)
    if any(len(archived.columns.get(name, ())) != count for name in COLUMNS):
        return None
    curve = Curve(
        np.array(archived.step, np.int64),
        **{name: np.array(archived.columns[name], np.float64) for name in COLUMNS},
        epochs=tuple(EpochDone(**names, **epoch.model_dump()) for epoch in archived.epochs),
        changes=tuple(SettingChanged(**names, **change.model_dump()) for change in archived.changes),
    )
    return table.summarised(Path(), archived.run, archived.heartbeat), curve
