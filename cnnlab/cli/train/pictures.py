"""The pictures that a command asks for: whether the network goes with them, what the file does not know of them, and how they are
brought to the network."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cnnlab.core import templates
from cnnlab.core.data.sources import SOURCES, Target
from cnnlab.core.messages import Refusal, text
from cnnlab.core.messages import message as _
from cnnlab.core.project import changes
from cnnlab.core.project.goals import goal
from cnnlab.core.project.project import Project
from cnnlab.core.values import Frozen

if TYPE_CHECKING:
    from cnnlab.engine.data.statistics import Way


def check(before: Project, asked: Project) -> None:
    """Raises ``Refusal`` where ``asked``, which is ``before`` with the settings of a command, has data that ask for another
    answer than its network gives; it says everything that is in the way, and how there is a project for such data."""
    source, own = SOURCES[asked.data.source], SOURCES[before.data.source]
    if (source.target, source.outputs) == (own.target, own.outputs):
        return
    from cnnlab.engine.network import shapes

    facts = shapes.infer(asked.graph, replace(goal(asked), misleading=()))
    reasons = [str(problem.message) for problem in facts.blocking if problem.about_data]
    if not reasons:
        return
    fitting = next((template.key for template in templates.TEMPLATES if template.data == asked.data.source), None)
    way = (
        _("“cnnlab new {template} NEW.cnnlab” writes a project for these pictures.", template=fitting)
        if fitting
        else _("Change that in the window, where each problem has a fix, or leave out --source.")
    )
    raise Refusal(_("{reasons} Nothing was started. {way}", reasons=" ".join(reasons), way=way))


def notes(before: Project, asked: Project) -> list[str]:
    """Sentences on what to keep in mind of weights that learn from the data of ``asked``, when they are in the file of
    ``before``."""
    data, own = asked.data, before.data
    options = []
    if data.source != own.source:
        options.append(f"--source {data.source}")
    if data.folder != own.folder and not SOURCES[data.source].bundled:
        options.append(f"--data {shlex.quote(data.folder)}")
    if not options:
        return []
    lines = [
        text(
            "The project keeps its own data, {title}; “cnnlab evaluate” needs {options} too.",
            title=SOURCES[own.source].title,
            options=" ".join(options),
        )
    ]
    if data.source != own.source and SOURCES[data.source].target is Target.CLASSES:
        lines.append(text("“cnnlab predict” calls the classes as {title} does.", title=SOURCES[own.source].title))
    return lines


_WAYS: Mapping[str, Way] = Frozen({"none": "unit", "minmax": "minmax", "zscore": "zscore"})


def prepared(project: Project, preparation: Mapping[str, Any]) -> Project:
    """``project`` with the ``fit`` of ``preparation`` and normalised in its way, ``normalise``, by the training pictures that the
    project asks for; what is not named stays. Raises ``DataError`` and ``PreparationError``."""
    if "fit" in preparation:
        project = changes.set_preprocessing(project, fit=preparation["fit"])
    if "normalise" not in preparation:
        return project
    from cnnlab.cli.train import reading
    from cnnlab.engine.data import statistics

    inputs = project.graph.of_type("input")
    channels = inputs[0].params["channels"] if inputs else project.picture_shape[0]
    mean, std = statistics.of(reading.pictures(project).train, channels, _WAYS[preparation["normalise"]])
    return changes.set_preprocessing(project, mean=mean, std=std)
