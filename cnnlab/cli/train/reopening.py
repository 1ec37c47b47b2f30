"""A run as a project again, with the weights that a command asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import Enum
from pathlib import Path

from cnnlab.core.messages import Message, Refusal
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import whole
from cnnlab.core.project.project import Project
from cnnlab.engine.archive import ProjectError
from cnnlab.engine.runs import checkpoints, reopen
from cnnlab.engine.runs import folder as layout


class WhichWeights(Enum):
    """Weights that the folder of a run holds."""

    LAST = "last"
    BEST = "best"
    CHECKPOINT = "checkpoint"


def project(run: Path, kept: WhichWeights = WhichWeights.LAST) -> Project:
    """The project of the run in the folder ``run`` with the weights ``kept``. Raises ``Refusal``, which names the others that
    can be read where these cannot."""
    try:
        return _project(run, kept)
    except ProjectError as error:
        said = " ".join(str(text) for text in (error.message, *_others(run, kept)))
        raise Refusal(_("{reason}", reason=said)) from error


def _project(run: Path, kept: WhichWeights) -> Project:
    if kept is not WhichWeights.CHECKPOINT:
        return reopen.project(run, best=kept is WhichWeights.BEST)
    bare, checkpoint = reopen.bare_project(run), checkpoints.latest(run)
    if checkpoint is None:
        raise Refusal(_("Run {id} has no checkpoint that can be read. Nothing was written.", id=run.name))
    return replace(bare, weights=reopen.checked(checkpoint.weights, bare.graph, run))


def _others(run: Path, kept: WhichWeights) -> Iterator[Message]:
    """A sentence for each option that would work."""
    if kept is not WhichWeights.BEST and (run / layout.BEST).exists() and (step := _step(run, WhichWeights.BEST)):
        yield _("With --best there are those that were best on validation, of step {step}.", step=step)
    if kept is not WhichWeights.CHECKPOINT and (step := _step(run, WhichWeights.CHECKPOINT)):
        yield _("With --checkpoint there are those of the last checkpoint, of step {step}.", step=step)


def _step(run: Path, kept: WhichWeights) -> str:
    """The step of those weights, as text; empty if they cannot be read."""
    try:
        return whole(_project(run, kept).weights.step)
    except Refusal:
        return ""
