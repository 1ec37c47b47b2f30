"""Sums up the runs of a project, one row each."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from cnnlab.core.data.augmentation import AUGMENTATION_PARAMS, Augmentation
from cnnlab.core.messages import Refusal
from cnnlab.core.messages import message as _
from cnnlab.core.params import Param
from cnnlab.core.project.project import DataSettings
from cnnlab.core.runs.summary import GOING, RunState, RunSummary
from cnnlab.core.training.settings import TRAINING_PARAMS, TrainingSettings
from cnnlab.core.values import Frozen
from cnnlab.engine.archive.fields import SPELT
from cnnlab.engine.runs import checkpoints, owners, run_files
from cnnlab.engine.runs import folder as layout
from cnnlab.engine.runs.owners import Owner
from cnnlab.engine.runs.run_files import Heartbeat, RunRecord

_REMEMBERED = 4096


def runs(root: Path) -> tuple[RunSummary, ...]:
    """The runs in ``root``, the newest first; none where there is no such folder. A damaged one says so in its summary."""
    try:
        with os.scandir(root) as entries:
            names = [entry.name for entry in entries if entry.is_dir() and layout.ID.fullmatch(entry.name)]
    except OSError:
        return ()
    return newest_first(summary(root / name) for name in names)


def newest_first(found: Iterable[RunSummary]) -> tuple[RunSummary, ...]:
    """The runs in the order in which they began, the newest first; damaged ones last."""
    return tuple(sorted(found, key=lambda run: (run.started or _LONG_AGO, run.id), reverse=True))


def summary(folder: Path) -> RunSummary:
    """The run in ``folder``, called by the name of that: a copy of it is another run. Never raises for what the folder holds."""
    try:
        signature = (*_signature(folder / layout.RUN), *_signature(folder / layout.HEARTBEAT))
        run, owner, beat = _read(folder, signature)
    except Refusal as error:
        return RunSummary(id=folder.name, folder=folder, state=RunState.DAMAGED, message=str(error.message))
    except OSError as error:
        text = _(
            "“{name}” is not a complete run: {reason}. Nothing was changed.", name=folder.name, reason=error.strerror
        )
        return RunSummary(id=folder.name, folder=folder, state=RunState.DAMAGED, message=str(text))
    if run.state in GOING and not owners.is_alive(owner, beat):
        return replace(run, state=RunState.INTERRUPTED)
    return run


def interrupted(root: Path) -> RunSummary | None:
    """The newest run in ``root`` that did not end, whose process is gone, and that has a checkpoint to go on from."""
    found = (run for run in runs(root) if run.state is RunState.INTERRUPTED and checkpoints.exists(run.folder))
    return next(found, None)


_LONG_AGO = datetime.fromtimestamp(0, UTC)


def _signature(path: Path) -> tuple[int, int, int]:
    """Time, size and number of a file, one of which changes when it is replaced. Raises ``OSError``."""
    status = path.stat()
    return status.st_mtime_ns, status.st_size, status.st_ino


@lru_cache(maxsize=_REMEMBERED)
def _read(folder: Path, _signature: tuple[int, ...]) -> tuple[RunSummary, Owner, float]:
    """The summary of a run, its process, and the time of its last heartbeat. They are remembered: a table is read again and again,
    and most of its runs have ended long ago."""
    run, beat = run_files.read_run(folder), run_files.read_heartbeat(folder)
    return replace(summarised(folder, run, beat), id=folder.name), beat.owner, beat.time


def summarised(folder: Path, run: RunRecord, beat: Heartbeat) -> RunSummary:
    """The row for a run with these two files."""
    return RunSummary(
        id=run.id,
        folder=folder,
        state=beat.state,
        message=beat.message,
        project=run.project,
        title=run.title,
        graph=run.graph,
        started=_time(run.started),
        seconds=beat.seconds,
        step=beat.step,
        steps=run.from_step + run.steps,
        from_step=run.from_step,
        batches=run.batches,
        epoch=beat.epoch,
        epochs=run.epochs,
        training=training_settings(run.training),
        augmentation=Augmentation(**_taken(AUGMENTATION_PARAMS, run.augmentation)),
        data=data_settings(run.data),
        fingerprint=run.fingerprint,
        device=run.device,
        precision=run.precision,
        threads=beat.threads,
        processes=run.processes,
        images_per_second=beat.images_per_second,
        host=beat.owner.host,
        pid=beat.owner.pid,
        versions=Frozen(run.versions),
        latest=beat.latest,
        validation=beat.validation,
        best=beat.best,
        best_epoch=beat.best_epoch,
        test=beat.test,
        early=beat.early,
    )


def training_settings(document: dict[str, Any]) -> TrainingSettings:
    """The settings in ``document``, with the default for what is missing or would be refused by this version."""
    return TrainingSettings(**_taken(TRAINING_PARAMS, document))


def data_settings(document: dict[str, Any]) -> DataSettings:
    """The choice of data in ``document``, with the default for what is missing or of another type."""
    default = DataSettings()
    known: dict[str, Any] = {}
    for field in fields(DataSettings):
        value = document.get(field.name)
        value = tuple(map(str, value)) if isinstance(value, list) else value
        if type(value) is type(getattr(default, field.name)):
            known[field.name] = value
    return DataSettings(**known)


def _taken(params: Iterable[Param], document: dict[str, Any]) -> dict[str, Any]:
    """The values for ``params`` in ``document`` that this version accepts."""
    taken = {}
    for param in params:
        try:
            taken[param.name] = param.normal(document[SPELT.get(param.name, param.name)])
        except (KeyError, ValueError):
            continue
    return taken


def _time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
        time.astimezone()  # at the ends of the calendar it is not shown in every zone
    except (ValueError, OverflowError, OSError):
        return None
    return time if time.tzinfo else None
