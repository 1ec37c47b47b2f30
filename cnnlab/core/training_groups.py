"""Which training settings belong together, and which of them have an effect while the others are as they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.params import Param
from cnnlab.core.training_settings import TRAINING_PARAMS, TrainingSettings


@dataclass(frozen=True)
class Group:
    """Settings under one heading, by name."""

    title: Message
    names: tuple[str, ...]


GROUPS: tuple[Group, ...] = (
    Group(_("Loss"), ("loss", "huber_delta", "label_smoothing", "class_weights")),
    Group(_("Learning rate"), ("learning_rate", "schedule", "step_every", "step_factor", "plateau_patience", "one_cycle_up",
                               "warm_up")),
    Group(_("Optimiser"), ("optimiser", "momentum", "nesterov", "beta1", "beta2", "weight_decay", "decay_all", "l1",
                           "clip_norm")),
    Group(_("Length"), ("epochs", "early_stopping", "most_steps")),
    Group(_("Batches"), ("batch_size", "shuffle", "drop_last", "pictures", "workers")),
    Group(_("Run"), ("seed", "device", "precision", "channels_last", "threads", "snapshots_mb")),
)  # fmt: skip
"""In the order of a form; every setting is in one."""


def matters(settings: TrainingSettings) -> frozenset[str]:
    """The names of the settings that have an effect: momentum has none with Adam."""
    idle = {name for name, has_effect in _effects(settings).items() if not has_effect}
    return frozenset(param.name for param in TRAINING_PARAMS) - idle


def unusual(settings: TrainingSettings) -> tuple[tuple[Message, str], ...]:
    """Label and value of the settings that have an effect and are not as usual, in the order of a form."""
    params, found = {param.name: param for param in TRAINING_PARAMS}, matters(settings)
    ordered = (params[name] for group in GROUPS for name in group.names if name in found)
    return changed(ordered, settings)


def changed(params: Iterable[Param], values: object) -> tuple[tuple[Message, str], ...]:
    """Label and value of the settings among ``params``, attributes of ``values``, that are not at their default."""
    pairs = ((param, getattr(values, param.name)) for param in params)
    return tuple((param.label, param.show(value)) for param, value in pairs if value != param.normal(param.default))


def _effects(settings: TrainingSettings) -> dict[str, bool]:
    """Of the settings that depend on others."""
    adam = settings.optimiser in ("adam", "adamw")
    return {
        "label_smoothing": settings.loss == "cross_entropy",
        "class_weights": settings.loss in ("cross_entropy", "nll", "binary_cross_entropy", "hinge"),
        "huber_delta": settings.loss == "huber",
        "momentum": settings.optimiser in ("sgd", "rmsprop"),
        "nesterov": settings.optimiser == "sgd" and settings.momentum > 0,
        "beta1": adam,
        "beta2": adam or settings.optimiser == "rmsprop",
        "decay_all": settings.weight_decay > 0 or settings.l1 > 0,
        "warm_up": settings.schedule != "one_cycle",
        "step_every": settings.schedule == "step",
        "step_factor": settings.schedule in ("step", "plateau"),
        "plateau_patience": settings.schedule == "plateau",
        "one_cycle_up": settings.schedule == "one_cycle",
        "workers": settings.pictures != "memory",
    }
