"""How one layer takes part in training: where its weights start, and whether they move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cnnlab.core.messages import message as _
from cnnlab.core.params import Choice, Flag, Need, Option, Param, Real, Settings, needs, params, setting, with_effect
from cnnlab.core.values import Frozen

INITIALISATIONS: Mapping[str, Option] = Frozen(
    {
        "default": Option(_("PyTorch’s own"), _("What PyTorch does when it makes the layer.")),
        "kaiming_normal": Option(_("Kaiming, normal"), _("Keeps the size of the signal through ReLUs: normal numbers with variance "
                                 "2 / inputs.")),
        "kaiming_uniform": Option(_("Kaiming, uniform"), _("Keeps the size of the signal through ReLUs: uniform numbers of "
                                  "the same variance.")),
        "xavier_normal": Option(_("Xavier, normal"), _("For tanh and sigmoid: normal numbers with variance "
                                "2 / (inputs + outputs).")),
        "xavier_uniform": Option(_("Xavier, uniform"), _("For tanh and sigmoid: uniform numbers of the same variance.")),
        "normal": Option(_("Normal"), _("Normal numbers with the standard deviation below.")),
        "uniform": Option(_("Uniform"), _("Uniform numbers between minus and plus the bound below.")),
        "constant": Option(_("Constant"), _("Every weight is the value below. Filters that start equal stay equal.")),
        "zeros": Option(_("Zeros"), _("Every weight is 0. Filters that start equal stay equal.")),
    }
)  # fmt: skip


@dataclass(frozen=True)
class Learning(Settings):
    """One layer's part in training."""

    # fmt: off
    frozen: bool = setting(
        Flag, _("Frozen"), _("Training leaves the weights of this layer as they are, and the running means of a batch "
        "normalisation too."), False)
    initialisation: str = setting(
        Choice, _("Initialisation"), _("How new weights are chosen."), "default", named=INITIALISATIONS)
    value: float = setting(
        Real, _("Value"), _("The standard deviation of “normal”, the bound of “uniform”, or the “constant” itself."), 0.01,
        low=-1000.0, high=1000.0, needs=(Need(("initialisation",), ("normal", "uniform", "constant")),))
    # fmt: on


LEARNING_PARAMS: tuple[Param, ...] = params(Learning)


def matters(learning: Learning) -> frozenset[str]:
    """The names of the settings that have an effect: only some initialisations have a value."""
    return with_effect(learning, needs(Learning))
