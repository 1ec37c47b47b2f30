"""Resumes a run that was stopped, failed or was interrupted, from its last checkpoint."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cnnlab.core.graph.graph import Graph
from cnnlab.core.messages import Message, Refusal
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import whole
from cnnlab.core.project.project import Project, Weights, trains_alike
from cnnlab.core.runs.events import Checkpoint
from cnnlab.core.runs.summary import GOING, RESUMABLE, RunState, RunSummary
from cnnlab.engine.data import fingerprint
from cnnlab.engine.data.picture_sets import Dataset
from cnnlab.engine.runs import checkpoints, reopen, run_files, table


class ResumeError(Refusal):
    """A run that cannot be resumed; ``message`` says why, and what to do. Nothing was changed."""


def prepare(folder: Path, *, is_over: bool = False) -> tuple[Project, Checkpoint]:
    """The project as the run in ``folder`` was started with it, without the numbers of its weights, and the checkpoint to go on
    from: ``Run(project, dataset, resume=checkpoint)``, recorded in ``folder.parent``. ``is_over``: its process is known to be
    gone, which the folder does not show yet where that was on another computer. Raises ``ResumeError`` and ``ProjectError``."""
    run = table.summary(folder)
    if run.state not in RESUMABLE and not (is_over and run.state in GOING):
        raise ResumeError(_refusal(run))
    began_as = run_files.read_run(folder).id
    if began_as != folder.name:
        raise ResumeError(_copied(folder, began_as))
    project = reopen.bare_project(folder)
    checkpoint = checkpoints.latest(folder)
    if checkpoint is None:
        raise ResumeError(
            _(
                "The run “{id}” has no complete checkpoint to resume from. Nothing was changed. Start a new run, or open this "
                "one as a project to look at what it has.",
                id=run.id,
            )
        )
    if checkpoint.run != folder.name:
        raise ResumeError(_copied(folder, checkpoint.run))
    for weights in (checkpoint.weights, checkpoint.best, checkpoint.moving):
        if weights is not None:
            reopen.checked(weights, project.graph, folder)
    return project, checkpoint


def left(folder: Path, checkpoint: Checkpoint) -> Weights:
    """The weights that the run in ``folder`` had when it was stopped at ``checkpoint``: where it had gone back to its best ones by
    then, these. Raises ``ProjectError``."""
    best = checkpoint.best
    if best is not None and best.step < checkpoint.step and reopen.project(folder).weights.step == best.step:
        return best
    return checkpoint.weights


def check_stands_at(step: int, folder: Path, checkpoint: Checkpoint) -> None:
    """Raise ``ResumeError`` where resuming from ``checkpoint`` would replace the weights of ``step`` by others."""
    if left(folder, checkpoint).step != step:
        raise ResumeError(
            _(
                "The weights here are of step {step}, but the run would continue from step {kept}, its last checkpoint: it "
                "was resumed elsewhere, or its last steps could not be recorded. Nothing was changed. Train begins a new run "
                "with the weights here; Resume in the table of runs takes those of the checkpoint.",
                step=whole(step),
                kept=whole(checkpoint.step),
            )
        )


def stopped_at(project: Project, root: Path) -> Path | None:
    """The folder of the newest run in ``root`` that was stopped and can go on from just where ``project`` is: with its network,
    data, settings and weights."""
    for run in table.runs(root):
        behind = run.step - project.weights.step
        may_be = behind == 0 or (behind > 0 and run.training.early_stopping)
        if run.state is not RunState.STOPPED or run.graph != project.graph.digest or not may_be:
            continue
        try:
            trained, checkpoint = prepare(run.folder)
            weights = left(run.folder, checkpoint)
        except Refusal:  # said when somebody asks for that run
            continue
        if trains_alike(project, trained) and _same(project.weights, weights, project.graph):
            return run.folder
    return None


def _same(one: Weights, other: Weights, graph: Graph) -> bool:
    """Whether both have the same numbers for the layers of ``graph``."""
    names = {node.uid: one.nodes.get(node.uid, {}) for node in graph.nodes}
    return one.step == other.step and all(
        tensors.keys() == (there := other.nodes.get(uid, {})).keys()
        and all(np.array_equal(array, there[name]) for name, array in tensors.items())
        for uid, tensors in names.items()
    )


def _copied(folder: Path, began_as: str) -> Message:
    """The refusal of a run in a folder of another name: it would write into the folder with its id, which may be another run."""
    return _(
        "The run “{name}” is a copy of the run “{id}”, or its folder was renamed, so it cannot be resumed. Nothing was "
        "changed. Give the folder its old name back, or open the run as a project and continue training that.",
        name=folder.name,
        id=began_as,
    )


def check_data(folder: Path, dataset: Dataset) -> None:
    """Raise ``ResumeError`` if the pictures are known to differ from those that the run in ``folder`` began with."""
    began_with = table.summary(folder).fingerprint
    try:
        if not began_with or began_with == fingerprint.of(dataset):
            return
    except OSError:  # a picture is gone, which the run itself has words for
        return
    raise ResumeError(
        _(
            "The pictures are not those that this run began with: some were added, removed or changed. The run is unchanged. "
            "Bring the old pictures back, or start a new run."
        )
    )


def _refusal(run: RunSummary) -> Message:
    if run.state in GOING:
        return _(
            "The run “{id}” is still running (process {pid} on “{host}”). Nothing was changed. Stop it there first.",
            id=run.id,
            pid=run.pid,
            host=run.host,
        )
    if run.state is RunState.DAMAGED:
        return _("{text}", text=run.message)
    return _(
        "The run “{id}” is complete, so there is nothing to resume. Open it as a project and continue training that.",
        id=run.id,
    )
