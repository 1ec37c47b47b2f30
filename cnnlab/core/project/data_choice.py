"""Another data set for a project, with what follows from it mechanically: one edit."""

from __future__ import annotations

from dataclasses import replace

from cnnlab.core.data.sources import SOURCES
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.core.training.losses import FITTING, LOSSES


def chosen(project: Project, name: str, folder: str = "", classes: tuple[str, ...] = ()) -> Project:
    """``project`` on the data set ``name``, whose pictures lie in ``folder``, with ``classes`` where only the folder tells
    them.

    The Input gets the size of the pictures, unless those are of the size that the old ones had or are brought to its own; the
    preprocessing is the set's; a Linear layer that feeds the Output gives as many values as are needed; and a loss that is for
    another task makes place for the usual one. What else no longer fits is told as a problem of the network. From another
    folder of the same set only what its classes ask for is changed."""
    if name == project.data.source:
        return _with_outputs(changes.set_data(project, folder=folder, classes=classes))
    old, source = SOURCES[project.data.source], SOURCES[name]
    fit = project.preprocessing.fit if old.shape == source.shape else source.preprocessing.fit
    project = replace(
        project,
        data=replace(project.data, source=name, folder=folder, classes=classes),
        preprocessing=replace(source.preprocessing, fit=fit),
    )
    if LOSSES[project.training.loss].target is not source.target:
        project = changes.set_training(project, loss=FITTING[source.target][0])
    if not source.any_size and source.shape != old.shape:
        channels, height, width = source.shape
        for node in project.graph.of_type("input")[:1]:
            project = changes.set_params(project, node.uid, channels=channels, height=height, width=width)
    return _with_outputs(project)


def _with_outputs(project: Project) -> Project:
    for output in project.graph.of_type("output")[:1]:
        for wire in project.graph.incoming(output.uid):
            giver = project.graph.by_uid[wire.source]
            if giver.type == "linear" and project.outputs is not None:
                project = changes.set_params(project, giver.uid, out_features=project.outputs)
    return project
