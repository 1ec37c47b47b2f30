"""A network measured on pictures, as a command does it: with progress, in one process."""

from __future__ import annotations

from dataclasses import replace

from rich.console import Console
from rich.progress import Progress

from cnnlab.cli.train import reading
from cnnlab.core.messages import Refusal
from cnnlab.core.messages import message as _
from cnnlab.core.project.goals import goal
from cnnlab.core.project.project import Project
from cnnlab.core.runs.events import Split
from cnnlab.core.training.metrics import Metrics
from cnnlab.engine.network import network, shapes, weights
from cnnlab.engine.training import devices, evaluation, losses


class EvaluatedNetwork:
    """The network of a project, on the device that its settings say. Raises ``BuildError``, ``DataError`` and ``DeviceError``."""

    def __init__(self, project: Project) -> None:
        self._project = project
        # Pictures are not varied when they are measured.
        for problem in shapes.infer(project.graph, replace(goal(project), misleading=())).blocking:
            raise network.BuildError(problem.message)
        self._network = network.build(project.graph)
        self.loaded = weights.load(self._network, project.weights, project.training.seed, project.learning)
        """Which layers have weights of their own."""
        self._network.to(devices.choose(project.training.device).key)

    def measured(self, split: Split) -> Metrics:
        """All metrics on the pictures of ``split``, showing how far it is. Raises ``DataError``, and ``Refusal`` where there are
        no such pictures."""
        project = self._project
        dataset = reading.pictures(project)
        pictures = dataset.test if split is Split.TEST else dataset.validation
        if not len(pictures):
            raise Refusal(_("The data set has no pictures for {split}.", split=split.value))
        measurement = evaluation.Measurement(
            self._network,
            pictures,
            project.preprocessing,
            loss=losses.make(project.training, dataset.target, dataset.class_counts),
            target=dataset.target,
            full=True,
        )
        with Progress(
            console=Console(stderr=True), transient=True, disable=not Console(stderr=True).is_terminal
        ) as bar:
            task = bar.add_task("", total=len(pictures))
            for done in measurement:
                bar.update(task, completed=done)
        return measurement.metrics
