"""Lets a run that was stopped, failed or broke off go on."""

from __future__ import annotations

from pathlib import Path

from cnnlab.core.events import Checkpoint
from cnnlab.core.messages import Refusal
from cnnlab.core.project import Project


class ResumeError(Refusal):
    """A run that cannot go on; ``message`` says why, and what to do. Nothing was changed."""


def prepare(folder: Path) -> tuple[Project, Checkpoint]:
    """The project as the run in ``folder`` was started with it, without the numbers of its weights, and the checkpoint to go on
    from: ``recorder.record(loop.train(project, dataset, resume=checkpoint, run_id=checkpoint.run), project, folder.parent,
    resumed=checkpoint)``. Raises ``ResumeError`` and ``ProjectError``."""
    raise NotImplementedError
