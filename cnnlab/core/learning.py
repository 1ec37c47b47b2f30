"""How one layer takes part in training: where its weights start, and whether they move."""

from __future__ import annotations

from dataclasses import dataclass

from cnnlab.core.messages import message as _
from cnnlab.core.params import Choice, Flag, Param, Real
from cnnlab.core.training_options import INITIALISATION_OPTIONS

INITIALISATIONS = (
    "default", "kaiming_normal", "kaiming_uniform", "xavier_normal", "xavier_uniform", "normal", "uniform", "constant", "zeros",
)  # fmt: skip


@dataclass(frozen=True)
class Learning:
    """``LEARNING_PARAMS`` holds range and words of each field."""

    frozen: bool = False
    initialisation: str = "default"
    value: float = 0.01

    def __post_init__(self) -> None:
        for param in LEARNING_PARAMS:
            object.__setattr__(self, param.name, param.normal(getattr(self, param.name)))


LEARNING_PARAMS: tuple[Param, ...] = (
    Flag("frozen", _("Frozen"), _("Training leaves the weights of this layer as they are, and the running means of a batch "
         "normalisation too."), False),
    Choice("initialisation", _("Fresh weights"), _("What the weights start from when they are fresh."), "default",
           options=INITIALISATIONS, named=INITIALISATION_OPTIONS),
    Real("value", _("Value"), _("The deviation of “normal”, the bound of “uniform”, or the “constant” itself."),
         0.01, low=-1000.0, high=1000.0),
)  # fmt: skip


def matters(learning: Learning) -> frozenset[str]:
    """The names of the settings that have an effect: only some initialisations have a value."""
    names = {param.name for param in LEARNING_PARAMS}
    return frozenset(names if learning.initialisation in ("normal", "uniform", "constant") else names - {"value"})
