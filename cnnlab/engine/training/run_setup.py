"""What must be so before a run can begin: a network that can be trained, pictures that fit it, and its optimiser."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import torch
from torch import Tensor

from cnnlab.core.messages import Refusal
from cnnlab.core.messages import message as _
from cnnlab.core.project import Project
from cnnlab.core.training_settings import TrainingSettings
from cnnlab.engine import network, shapes, weights
from cnnlab.engine.data.datasets import Dataset, PictureSet
from cnnlab.engine.data.preparation import PreparationError, prepare
from cnnlab.engine.training import devices, evaluation, failures

log = logging.getLogger(__name__)


class TrainingError(Refusal):
    """A run that cannot begin; ``message`` says why. Nothing was changed."""


@dataclass(frozen=True, eq=False)
class SetUp:
    """Network and training pictures on the device, and what moves the network."""

    device: str
    network: network.Network
    loaded: weights.Loaded
    optimiser: torch.optim.Optimizer
    images: Tensor
    labels: Tensor


def set_up(project: Project, dataset: Dataset, device: str) -> SetUp:
    """Everything that a run needs, on ``device`` (``auto``, ``cpu``, ``cuda``, ``mps``). Raises ``TrainingError``."""
    key = _device(device)
    _check_network(project, dataset)
    _check_pictures(project, dataset)
    try:
        net = network.build(project.graph)
        loaded = weights.load(net, project.weights, project.training.seed)
        failures.check_weights(weights.snapshot(net, project.weights.step))
        # On two CPU cores this layout trained the starter net 1.3 times as fast in float32; torch hides it from all
        # that read shapes, and snapshots are plain. Elsewhere it was not measured.
        net = net.to(memory_format=torch.channels_last) if key == "cpu" else net.to(key)
        images, labels = dataset.train.images.to(key), dataset.train.labels.to(key)
    except network.BuildError as error:
        raise TrainingError(error.message) from error
    except failures.NotFinite as error:
        raise TrainingError(
            _(
                "Some of the weights are not finite numbers, so training cannot go on from them. Start with fresh weights."
            )
        ) from error
    except (RuntimeError, MemoryError) as error:
        log.exception("the network could not be set up on %s", key)
        raise TrainingError(failures.explain(error, project.weights.step, project.training)) from error
    return SetUp(key, net, loaded, _optimiser(net, project.training), images, labels)


def _device(wanted: str) -> str:
    try:
        return devices.choose(wanted).key
    except devices.DeviceError as error:
        raise TrainingError(error.message) from error


def _check_network(project: Project, dataset: Dataset) -> None:
    facts = shapes.infer(project.graph, len(dataset.classes))
    for problem in facts.blocking:
        raise TrainingError(_("The network cannot be trained yet. {problem}", problem=problem.message))
    if not facts.parameters:
        raise TrainingError(
            _("The network has nothing to learn: no layer has weights. Add a convolution or a linear layer.")
        )


def _check_pictures(project: Project, dataset: Dataset) -> None:
    if not len(dataset.train):
        raise TrainingError(_("There are no training pictures. Hold out fewer for validation."))
    for pictures in (dataset.train, dataset.validation, dataset.test):
        _check_labels(pictures, len(dataset.classes))
    try:
        prepare(dataset.train.images[:1], project.preprocessing, evaluation.input_shape(project.graph))
    except PreparationError as error:
        raise TrainingError(error.message) from error


def _check_labels(pictures: PictureSet, classes: int) -> None:
    """On a graphics card a label out of range would break the device for the rest of the process."""
    if not len(pictures):
        return
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


def _optimiser(net: network.Network, settings: TrainingSettings) -> torch.optim.Optimizer:
    rate, decay = settings.learning_rate, settings.weight_decay
    # fused: one pass over memory for a step. It was never slower than the default on the CPU.
    match settings.optimiser:
        case "sgd":
            return torch.optim.SGD(net.parameters(), rate, momentum=settings.momentum, weight_decay=decay, fused=True)
        case "adam":
            return torch.optim.Adam(net.parameters(), rate, weight_decay=decay, fused=True)
        case "adamw":
            return torch.optim.AdamW(net.parameters(), rate, weight_decay=decay, fused=True)
    raise ValueError(f"no optimiser is called {settings.optimiser!r}")
