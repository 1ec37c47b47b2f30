"""Options that were given and do nothing beside the other settings: each is told with the reason, and nothing is refused."""

from __future__ import annotations

from collections.abc import Iterator

from cnnlab.cli.flags import flag, lacking
from cnnlab.cli.settings import Given
from cnnlab.core.data.sources import SOURCES
from cnnlab.core.messages import Message, message
from cnnlab.core.messages import text as _
from cnnlab.core.project.project import Project
from cnnlab.core.training.schedules import SCHEDULES
from cnnlab.core.training.settings import matters

_OFF = (0, False, "none", "")
"""Values that ask for nothing."""
_OF_COLOUR = ("saturation", "rgb_shift")
_IN_MEMORY = message("the pictures are held in memory. With --pictures stream processes read them")


def idle(given: Given, project: Project, streamed: bool) -> list[str]:
    """A line for each option in ``given`` that has no effect in a run of ``project``, which has them already; ``streamed``: its
    pictures are read batch by batch."""
    reasons = {**dict(_data(given, project)), **dict(_training(given, project, streamed))}
    reasons |= {**dict(_preparation(given, project)), **dict(_augmentation(given, project))}
    return [_("{option} has no effect: {reason}.", option=option, reason=reason) for option, reason in reasons.items()]


def without_validation(given: Given, project: Project) -> Iterator[str]:
    """A line for each setting that goes by another figure than its words say where a run has no pictures for validation; a
    person's own folder may have some all the same."""
    if project.data.validation or project.data.folder:
        return
    settings = project.training
    judging = {
        "early_stopping": settings.early_stopping > 0,
        "schedule": SCHEDULES[settings.schedule].falls_on_a_plateau,
    }
    for name, judges in judging.items():
        if judges and (name in given.training or "validation" in given.data):
            yield _(
                "{option} uses the training loss: there are no pictures for validation.",
                option=flag("training", name),
            )


def _data(given: Given, project: Project) -> Iterator[tuple[str, Message]]:
    source = SOURCES[project.data.source]
    if "folder" in given.data and source.bundled:
        text = message("{title} comes with cnnlab. A folder of pictures needs --source too", title=source.title)
        yield flag("data", "folder"), text
    if given.data.get("test") and not source.any_size:
        yield flag("data", "test"), message("{title} has test pictures of its own", title=source.title)


def _training(given: Given, project: Project, streamed: bool) -> Iterator[tuple[str, Message | str]]:
    effective = matters(project.training)
    for name, value in given.training.items():
        is_idle = name not in effective or (name == "workers" and not streamed)
        if is_idle and value not in _OFF:
            yield flag("training", name), _IN_MEMORY if name == "workers" else lacking(name)


def _preparation(given: Given, project: Project) -> Iterator[tuple[str, Message]]:
    source = SOURCES[project.data.source]
    read = {(node.params["height"], node.params["width"]) for node in project.graph.of_type("input")}
    if "fit" in given.preparation and (source.any_size or read == {source.shape[1:]}):
        yield flag("preparation", "fit"), message("the pictures have the size that the network reads")


def _augmentation(given: Given, project: Project) -> Iterator[tuple[str, Message]]:
    for name in _OF_COLOUR:
        if given.augmentation.get(name) and project.picture_shape[0] == 1:
            yield flag("augmentation", name), message("the pictures are grey")
