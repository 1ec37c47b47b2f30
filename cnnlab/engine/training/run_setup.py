"""What must be so before a run can begin: a network that can be trained, pictures that fit it, and its optimiser."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from cnnlab.core.data.sources import Target
from cnnlab.core.graph.facts import Facts
from cnnlab.core.messages import Refusal
from cnnlab.core.messages import message as _
from cnnlab.core.project.goals import goal
from cnnlab.core.project.project import Project
from cnnlab.core.runs.events import Checkpoint
from cnnlab.core.training.settings import TrainingSettings
from cnnlab.engine.data import batches, placement
from cnnlab.engine.data.batches import Plan
from cnnlab.engine.data.picture_sets import Dataset, Pictures
from cnnlab.engine.data.preparation import input_shape, prepare
from cnnlab.engine.network import network, shapes, weights
from cnnlab.engine.network.network import Network
from cnnlab.engine.training import devices, failures, freezing, losses, optimisers, precision, run_memory
from cnnlab.engine.training.precision import Arithmetic
from cnnlab.engine.training.schedules import Schedule
from cnnlab.engine.training.step import Average, Stepper

if TYPE_CHECKING:
    from cnnlab.engine.training.distributed import ProcessGroup

log = logging.getLogger(__name__)


class TrainingError(Refusal):
    """A run that cannot begin; ``message`` says why. Nothing was changed."""


@dataclass(frozen=True, eq=False)
class SetUp:
    """What a run works with: the network on the device, the plan of its batches, and what moves it."""

    device: str
    """``cpu``, ``cuda`` or ``mps``."""
    network: Network
    loaded: weights.Loaded
    plan: Plan
    steps: int
    """Steps that the run is to make in all."""
    loss: losses.Loss
    arithmetic: Arithmetic
    stepper: Stepper
    schedule: Schedule
    average: Average | None = None

    @property
    def judged(self) -> Network:
        """What is measured and handed out: the network, or the running mean of its weights."""
        return self.average.network if self.average else self.network


def set_up(
    project: Project, dataset: Dataset, device: str, group: ProcessGroup | None = None, resume: Checkpoint | None = None
) -> SetUp:
    """Everything that a run needs, on ``device`` (``auto``, ``cpu``, ``cuda``, ``mps``; that of the group if there is one), the
    weights those of the project or of the checkpoint that it goes on from. Raises ``TrainingError``."""
    try:
        return _set_up(project, dataset, device, group, resume)
    except Exception:  # whatever it is, the others must not wait for this process
        if group:
            group.give_up()
        raise


def _set_up(
    project: Project, dataset: Dataset, device: str, group: ProcessGroup | None, resume: Checkpoint | None
) -> SetUp:
    key = (group.device if group else None) or _device(device)
    kind = key.split(":")[0]
    if kind == "cpu":
        run_memory.keep_freed()
    settings, held = project.training, resume.moving or resume.weights if resume else project.weights
    facts = _checked(project, dataset)
    _check_labels(dataset)
    if resume and resume.graph != project.graph.digest:
        raise TrainingError(
            _(
                "The network has changed since this run trained it. The run is kept. Open it as a project of its own, "
                "or start a new run."
            )
        )
    try:
        _check_fit(project, dataset)
        number_type = _precision(facts, settings, resume, kind)
        if group:
            number_type = group.first(number_type)  # each may find something else the quickest
        layout = _memory_format(settings.channels_last, kind, number_type)
        rank, processes = (group.rank, group.processes) if group else (0, 1)
        need = run_memory.predict(project.graph, facts, settings, number_type)
        share = math.ceil(settings.batch_size / processes)
        run_memory.check(need, share, placement.free_bytes(kind))
        counts = dataset.class_counts
        # On the device, where the loss needs what follows from them.
        loss = losses.make(settings, dataset.target, None if counts is None else counts.to(key))
        plan = batches.plan(dataset.train, project, key, rank=rank, processes=processes, need=need.of(share))
        net = network.build(project.graph)
        loaded = weights.load(net, held, settings.seed, project.learning)
        failures.check_weights(weights.snapshot(net, held.step))
        freezing.apply(net, project.learning)
        net = net.to(key).to(memory_format=layout)
        average = Average(net, settings.ema_decay) if settings.ema_decay else None
        if average and resume:
            weights.load(average.network, resume.weights, settings.seed)
            average.steps = resume.state["averaged"]
        arithmetic = Arithmetic(number_type, kind)
        if group:
            group.agree()  # that all of them have come so far
        optimiser = optimisers.make(net, settings)
        stepper = Stepper(net, optimiser, loss, dataset.target, settings, arithmetic, group, average)
    except failures.NotFinite as error:
        raise TrainingError(
            _(
                "Some of the weights are not finite numbers, so training cannot continue from them. Start from random "
                "weights."
            )
        ) from error
    except Refusal as error:
        raise TrainingError(error.message) from error
    except (RuntimeError, MemoryError) as error:
        log.exception("the network could not be set up on %s", key)
        raise TrainingError(failures.explain(error, held.step, settings)) from error
    steps = settings.epochs * plan.steps
    if settings.max_steps:
        steps = min(steps, settings.max_steps)
    schedule = Schedule(settings, plan.steps, steps)
    return SetUp(kind, net, loaded, plan, steps, loss, arithmetic, stepper, schedule, average)


def _precision(facts: Facts, settings: TrainingSettings, resume: Checkpoint | None, kind: str) -> str:
    """A run that goes on keeps what it began with, whatever “auto” would say today."""
    if resume:
        return str(resume.state["arithmetic"]["precision"])
    return precision.choose(settings.precision, kind, facts.macs * settings.batch_size)


def _memory_format(wanted: str, kind: str, number_type: str) -> torch.memory_format:
    """torch hides the order of numbers from all that read shapes, and snapshots are plain. On two CPU cores channels_last
    trained the starter net 1.3 times as fast in float32; GPUs want it where their tensor cores work."""
    helps = kind == "cpu" or (kind == "cuda" and number_type != "float32")
    is_on = helps if wanted == "auto" else wanted == "on"
    return torch.channels_last if is_on else torch.contiguous_format


def _device(wanted: str) -> str:
    try:
        return devices.choose(wanted).key
    except devices.DeviceError as error:
        raise TrainingError(error.message) from error


def _checked(project: Project, dataset: Dataset) -> Facts:
    """What is known about the network, if it can be trained on this data."""
    asked = replace(goal(project), target=dataset.target, outputs=dataset.outputs)
    facts = shapes.infer(project.graph, asked)
    for problem in facts.blocking:
        raise TrainingError(_("The network cannot be trained yet. {problem}", problem=problem.message))
    if not facts.parameters:
        raise TrainingError(
            _("The network has nothing to learn: no layer has weights. Add a convolution or a linear layer.")
        )
    return facts


def _check_fit(project: Project, dataset: Dataset) -> None:
    """Raises ``PreparationError`` where the pictures do not go with the Input, and ``DataError`` where the first is gone."""
    prepare(dataset.train.read([0]), project.preprocessing, input_shape(project.graph))


def _check_labels(dataset: Dataset) -> None:
    if not len(dataset.train):
        raise TrainingError(_("There are no training pictures. Hold out fewer for validation."))
    for pictures in (dataset.train, dataset.validation, dataset.test):
        _check_labels_of(pictures, dataset)


def _check_labels_of(pictures: Pictures, dataset: Dataset) -> None:
    """Raises ``TrainingError`` for a label out of range: on a GPU it would break the device for the rest of the process."""
    if not len(pictures):
        return
    if dataset.target is Target.NUMBER:
        if not pictures.labels.isfinite().all():
            raise TrainingError(
                _("The label of a picture is not a finite number. Nothing was started. Correct the labels.")
            )
        return
    classes = len(dataset.classes)
    low, high = (int(end) for end in pictures.labels.aminmax())
    if low < 0 or high >= classes:
        raise TrainingError(
            _(
                "A picture is labelled as class {label}, but the data set has the classes 0 to {last}. Nothing was "
                "started. Correct the labels.",
                label=low if low < 0 else high,
                last=classes - 1,
            )
        )
