"""Which training settings have an effect while the others are as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from cnnlab.core import settings as told
from cnnlab.core.messages import Message
from cnnlab.core.settings import Need
from cnnlab.core.training.losses import LOSSES
from cnnlab.core.training.optimisers import OPTIMISERS
from cnnlab.core.training.schedules import SCHEDULES
from cnnlab.core.training.settings import TRAINING_PARAMS, TrainingSettings
from cnnlab.core.values import Frozen


def _needed() -> Iterator[tuple[str, tuple[Need, ...]]]:
    """That an entry of a table uses the setting, if any does, and what the setting needs by itself."""
    own = told.needs(TrainingSettings)
    for param in TRAINING_PARAMS:
        users = (
            Need((choice,), tuple(key for key, entry in table.items() if param.name in entry.uses))
            for choice, table in (("loss", LOSSES), ("optimiser", OPTIMISERS), ("schedule", SCHEDULES))
        )
        needs = (*(need for need in users if need.values), *own.get(param.name, ()))
        if needs:
            yield param.name, needs


NEEDS: Mapping[str, tuple[Need, ...]] = Frozen(dict(_needed()))
"""What must be so for a setting to have an effect, by its name; those that always have one are not in it."""


def matters(settings: TrainingSettings) -> frozenset[str]:
    """The names of the settings that have an effect: momentum has none with Adam."""
    return told.with_effect(settings, NEEDS)


def effective(settings: TrainingSettings) -> TrainingSettings:
    """The same training, with the settings that have no effect at their defaults."""
    found = matters(settings)
    return replace(settings, **{param.name: param.default for param in TRAINING_PARAMS if param.name not in found})


def unusual(settings: TrainingSettings) -> tuple[tuple[Message, str], ...]:
    """Label and value of the settings that have an effect and are not as usual, in the order of a form."""
    found = matters(settings)
    return told.changed((param for param in TRAINING_PARAMS if param.name in found), settings)
