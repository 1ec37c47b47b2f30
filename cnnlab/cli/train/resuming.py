"""Which run goes on, and with which settings."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path

from cnnlab.cli.train.display import state_text
from cnnlab.core.messages import Refusal
from cnnlab.core.messages import message as _
from cnnlab.core.project.project import Project
from cnnlab.core.runs.events import Checkpoint
from cnnlab.core.runs.summary import RESUMABLE, RunState, RunSummary
from cnnlab.engine.runs import checkpoints, owners, resume, table
from cnnlab.engine.training.distributed import ProcessGroup, ProcessPlace

_MAY_DIFFER = ("device", "threads", "workers", "pictures", "snapshots_mb")
"""Training settings that say where and how a run works, and not what comes of it."""

_LAUNCH = "launch.txt"


@dataclass(frozen=True)
class ResumableRun:
    """A run that there is."""

    id: str
    folder: Path
    is_complete: bool
    is_over: bool = False
    """Whether its processes are known to be gone, because who started them starts them again."""


def launchers(place: ProcessPlace | None, group: ProcessGroup | None) -> frozenset[str]:
    """The processes that start all of a ``group`` again after one was lost, one on each computer. Their restart counts are of
    no use: on a computer that lost no process it stays as it is."""
    if place is None or group is None or not place.restartable:
        return frozenset()
    return frozenset(group.all(owners.process(os.getppid()).model_dump_json()))


def find(root: Path, wanted: str | None, launchers: frozenset[str]) -> ResumableRun | None:
    """The run among those in ``root`` to go on with: the one that an earlier start by one of the ``launchers`` began, if it came
    as far as a checkpoint; else the one called ``wanted``, or the newest that can go on if that is empty; None to begin a new one.
    Raises ``Refusal``."""
    runs = table.runs(root)
    earlier = next(
        (run for run in runs if launchers & _launchers_of(run.folder) and checkpoints.exists(run.folder)), None
    )
    if earlier:
        return ResumableRun(earlier.id, earlier.folder, earlier.state is RunState.COMPLETED, is_over=True)
    if wanted is None:
        return None
    if wanted:
        chosen = next((run for run in runs if run.id == wanted), None)
        if chosen is None:
            raise Refusal(
                _("There is no run “{id}” in “{folder}”. “cnnlab runs” lists those that are.", id=wanted, folder=root)
            )
        _check(chosen)
        return ResumableRun(chosen.id, chosen.folder, is_complete=False)
    resumable = next((run for run in runs if run.state in RESUMABLE and checkpoints.exists(run.folder)), None)
    if resumable is None:
        early = next((run for run in runs if run.state in RESUMABLE), None)
        if early is not None:
            raise Refusal(
                _(
                    "Run {id} is {state}, but it has no checkpoint to resume from: the first is written after half a "
                    "minute, or after an epoch. Nothing was changed. Without --resume a new one starts.",
                    id=early.id,
                    state=state_text(early.state),
                )
            )
        raise Refusal(
            _(
                "There is no run to resume in “{folder}”: none was stopped or interrupted. Without --resume a new one"
                " starts.",
                folder=root,
            )
        )
    return ResumableRun(resumable.id, resumable.folder, is_complete=False)


def mark(folder: Path, launchers: frozenset[str]) -> None:
    """Note in the run's folder who starts it again, for ``find``."""
    (folder / _LAUNCH).write_text("\n".join(sorted(launchers)), encoding="utf-8")


def prepare(found: ResumableRun, edit: Callable[[Project], Project]) -> tuple[Project, Checkpoint]:
    """The project of the run with the settings of ``edit`` that change nothing of what comes of it, and where it goes on.
    Raises ``Refusal`` for those that would."""
    project, checkpoint = resume.prepare(found.folder, is_over=found.is_over)
    edited = edit(project)
    unlike = [
        field.name
        for field in fields(project.training)
        if field.name not in _MAY_DIFFER
        and getattr(project.training, field.name) != getattr(edited.training, field.name)
    ]
    if edited.augmentation != project.augmentation:
        unlike.append("augmentation")
    if edited.learning != project.learning:
        unlike.append("freeze")
    if edited.preprocessing.fit != project.preprocessing.fit:
        unlike.append("fit")
    if replace(edited.preprocessing, fit=project.preprocessing.fit) != project.preprocessing:
        unlike.append("normalise")
    if replace(edited.data, folder="") != replace(project.data, folder=""):
        unlike.append("data")
    if unlike:
        raise Refusal(
            _(
                "Run {id} can be resumed only with the settings that it started with; these differ: {names}. Leave "
                "them out, or start a new run from the project’s weights, without --resume.",
                id=found.id,
                names=", ".join(unlike),
            )
        )
    return edited, checkpoint


def _launchers_of(folder: Path) -> frozenset[str]:
    try:
        return frozenset((folder / _LAUNCH).read_text(encoding="utf-8").split("\n"))
    except OSError:
        return frozenset()


def _check(run: RunSummary) -> None:
    if run.state is RunState.COMPLETED:
        raise Refusal(
            _("Run {id} is complete. Without --resume a new run starts from the project’s weights.", id=run.id)
        )
    if run.state not in RESUMABLE:
        raise Refusal(
            _(
                "Run {id} is {state}, on {host} in process {pid}, and is unchanged.",
                id=run.id,
                state=state_text(run.state),
                host=run.host,
                pid=run.pid,
            )
        )
