"""What can be changed while a run goes on, in the words of a form that shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cnnlab.core.messages import message as _
from cnnlab.core.params import Real
from cnnlab.core.training.settings import TRAINING_PARAMS
from cnnlab.core.values import Frozen

_SETTINGS = {param.name: param for param in TRAINING_PARAMS if isinstance(param, Real)}

LIVE_PARAMS: Mapping[str, Real] = Frozen(
    {
        "learning_rate": replace(
            _SETTINGS["learning_rate"],
            words=_("Of the run that goes on, as its schedule has it now. Type another and press Return: the schedule goes on from "
                    "there."),
        ),
        "weight_decay": replace(
            _SETTINGS["weight_decay"], words=_("Of the run that goes on. Type another and press Return.")
        ),
        "dropout": Real("dropout", _("Dropout"), _("The share that every dropout layer drops. Type another and press Return."),
                        0.5, low=0.0, high=1.0),
    }
)  # fmt: skip
"""By the names of the fields of ``events.Change``."""
