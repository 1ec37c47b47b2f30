"""The project file that a run writes its weights into."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _message
from cnnlab.core.messages import text as _
from cnnlab.core.numerals import whole
from cnnlab.core.project import changes
from cnnlab.core.project.project import DataSettings, Project, Weights
from cnnlab.engine.archive import Opened, ProjectError, Stamp, may_write, save
from cnnlab.engine.runs import folder, reopen, run_archive

log = logging.getLogger(__name__)

EVERY = 30.0
"""Seconds between two saves on the way: the run's own folder is what survives a crash."""


class TrainedFile:
    """Everything in the file stays as it was ``opened``, but the weights, how pictures are prepared for them, and the names of
    classes that only their folder tells; where the run began with ``fresh`` weights, those of before go. ``resumed`` is what a
    run that goes on trains: where the file has another network by now, perhaps trained itself, the weights go into a new file
    beside it."""

    def __init__(self, path: Path, opened: Opened, *, fresh: bool = False, resumed: Project | None = None) -> None:
        self.path = path
        self.notices: list[str] = []
        """What a person should know before the run goes on."""
        self._root = folder.root(path)
        self._project: Project = replace(opened.project, weights=Weights()) if fresh else opened.project
        self._stamp: Stamp | None = opened.stamp
        if resumed is not None and resumed.graph.digest != opened.project.graph.digest:
            self.path, self._project, self._stamp = _free_beside(path), resumed, None
            self.notices.append(
                _(
                    "The network in “{path}” was changed since this run began, so its weights go into “{other}”.",
                    path=path,
                    other=self.path,
                )
            )
        self._may_write = may_write(self.path)
        if not self._may_write:
            self.notices.append(
                _(
                    "“{path}” cannot be written, because it or its folder is read-only. The run is kept all the same, in "
                    "“{folder}”; “cnnlab reopen” makes a project of it.",
                    path=self.path,
                    folder=self._root,
                )
            )
        self._runs: Mapping[str, Any] = opened.runs
        self._saved_at = time.monotonic()
        self._saved: Weights | None = None

    @property
    def is_due(self) -> bool:
        """Whether the last save is a while ago; never where it is known that none can be."""
        return self._may_write and time.monotonic() - self._saved_at >= EVERY

    def name_classes(self, data: DataSettings) -> None:
        """Let the file say what its outputs stand for, if only the folder of ``data``, which the run learns from, told it."""
        if self._project.data.source == data.source and not self._project.data.classes:
            self._project = changes.set_data(self._project, classes=data.classes)

    def prepare_as(self, run: Project) -> None:
        """Let the file prepare pictures as the ``run`` does, whose weights would be worth little otherwise."""
        self._project = replace(self._project, preprocessing=run.preprocessing)

    def keep(self, weights: Weights) -> str | None:
        """Save ``weights`` and what is kept of the runs, unless they are. Where another program has changed the file meanwhile, its
        version stays, the weights go into a new file beside it, and the sentence that says so is returned. Raises
        ``ProjectError``."""
        runs = run_archive.updated(self._runs, self._root)
        if weights is self._saved and runs == self._runs:
            return None
        self._runs = runs
        project = replace(self._project, weights=self._project.weights.updated(weights))
        moved = None
        try:
            self._stamp = save(project, self.path, expected=self._stamp, runs=self._runs)
        except ProjectError as error:
            if error.code != "changed":
                raise
            self.path = _free_beside(self.path)
            self._stamp = save(project, self.path, runs=self._runs)
            moved = _("{reason} The weights are saved in “{path}” instead.", reason=error.message, path=self.path)
        self._project, self._saved, self._saved_at = project, weights, time.monotonic()
        return moved

    def keep_elsewhere(self, weights: Weights, run: Path) -> Message:
        """Where ``weights``, that could not be saved into the file, are safe: in the folder of their ``run``, or else in a new
        file in the app's own folder."""
        if _holds(run, weights):
            return _message(
                "The weights of step {step} are in the run’s folder; “cnnlab reopen {run} NEW.cnnlab” makes a project of them.",
                step=whole(weights.step),
                run=run,
            )
        try:
            path = _free_beside(folder.root(None).parent / f"{self.path.stem}.cnnlab")
            path.parent.mkdir(parents=True, exist_ok=True)
            save(replace(self._project, weights=self._project.weights.updated(weights)), path)
        except (ProjectError, OSError):
            log.exception("the weights of %s could not be kept", run)
            return _message(
                "The weights of step {step} could not be saved anywhere else either.", step=whole(weights.step)
            )
        return _message(
            "The weights of step {step} are saved in “{path}” instead.", step=whole(weights.step), path=path
        )


def _holds(run: Path, weights: Weights) -> bool:
    """Whether a project can be made of the folder ``run`` that has weights as far as these."""
    try:
        return reopen.project(run).weights.step == weights.step
    except (ProjectError, OSError):
        return False


def _free_beside(path: Path) -> Path:
    number = 2
    while (other := path.with_name(f"{path.stem}-{number}{path.suffix}")).exists():
        number += 1
    return other
