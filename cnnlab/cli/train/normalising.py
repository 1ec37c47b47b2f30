"""How a command brings pictures to the network, where that depends on the training pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.core.values import Frozen

if TYPE_CHECKING:
    from cnnlab.engine.data.statistics import Way

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
