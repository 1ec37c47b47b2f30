"""The rules that turn gradients into steps, one entry each, and their settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.params import Choice, Flag, Need, Real, Settings, setting
from cnnlab.core.training.entry import Entry
from cnnlab.core.values import Frozen


@dataclass(frozen=True, kw_only=True)
class OptimiserSpec(Entry):
    """One optimiser: the single entry from which the form, the options of commands, what has an effect, the making and the
    prediction of memory follow. ``make`` takes groups of parameters, ``lr``, ``weight_decay`` in each group, and its
    ``arguments``."""

    slots: int
    """Tensors of a parameter's size that it remembers for each parameter."""
    slots_of: frozenset[str] = frozenset()
    """Settings above 0 for each of which it remembers one more."""
    fused: frozenset[str] = frozenset()
    """Kinds of devices on which torch has it in one pass over memory, which was never slower; empty if it has no such."""

    def slots_with(self, settings: Settings) -> int:
        """How many tensors it remembers for each parameter, by ``settings``."""
        return self.slots + sum(getattr(settings, name) > 0 for name in self.slots_of)


_EVERYWHERE = frozenset({"cpu", "cuda", "mps"})
_BETAS: Mapping[str, tuple[str, ...]] = Frozen({"betas": ("beta1", "beta2")})

OPTIMISERS: Mapping[str, OptimiserSpec] = Frozen(
    {
        "sgd": OptimiserSpec(
            _("SGD"), _("Steps along the gradient, with momentum. Often the best in the end, with a well-chosen learning "
                        "rate."),
            make="torch.optim.SGD", arguments=Frozen({"momentum": "momentum", "nesterov": "nesterov"}),
            slots=0, slots_of=frozenset({"momentum"}), fused=_EVERYWHERE),
        "adam": OptimiserSpec(
            _("Adam"), _("Gives every weight a step of its own size. Learns quickly with little tuning."),
            make="torch.optim.Adam", arguments=_BETAS, slots=2, fused=_EVERYWHERE),
        "adamw": OptimiserSpec(
            _("AdamW"), _("Adam whose weight decay does not depend on the gradients."),
            make="torch.optim.AdamW", arguments=_BETAS, slots=2, fused=_EVERYWHERE),
        "nadam": OptimiserSpec(
            _("NAdam"), _("Adam that looks ahead, as Nesterov’s momentum does."),
            make="torch.optim.NAdam", arguments=_BETAS, slots=2),
        "radam": OptimiserSpec(
            _("RAdam"), _("Adam that begins carefully by itself, while it has seen too few gradients to know their size."),
            make="torch.optim.RAdam", arguments=_BETAS, slots=2),
        "adamax": OptimiserSpec(
            _("Adamax"), _("Adam that goes by the largest recent gradient, not by their mean square. Steady where gradients are "
                           "rare."),
            make="torch.optim.Adamax", arguments=_BETAS, slots=2),
        "rmsprop": OptimiserSpec(
            _("RMSprop"), _("Divides each step by the recent size of the gradient."),
            make="torch.optim.RMSprop", arguments=Frozen({"alpha": "beta2", "momentum": "momentum"}),
            slots=1, slots_of=frozenset({"momentum"})),
        "adagrad": OptimiserSpec(
            _("Adagrad"), _("Divides each step by all gradients so far, so that the steps only become smaller."),
            # Torch has no fused one for Macs, and not in every version one for other GPUs.
            make="torch.optim.Adagrad", slots=1, fused=frozenset({"cpu"})),
    }
)  # fmt: skip
"""By their names in files and options."""


@dataclass(frozen=True)
class OptimiserSettings(Settings):
    """How gradients become steps."""

    heading: ClassVar[Message] = _("Optimiser")

    # fmt: off
    optimiser: str = setting(Choice, _("Optimiser"), _("The rule that turns gradients into steps."), "adam", named=OPTIMISERS)
    momentum: float = setting(
        Real, _("Momentum"), _("How much of the last step the next one keeps."), 0.9, low=0.0, high=0.9999)
    nesterov: bool = setting(
        Flag, _("Nesterov"), _("Looks ahead: the gradient counts as if the step by momentum were done."), False,
        needs=(Need(("momentum",)),), advanced=True)
    beta1: float = setting(
        Real, _("Beta 1"), _("The decay rate of the running mean of the gradients."), 0.9, low=0.0, high=0.9999, advanced=True)
    beta2: float = setting(
        Real, _("Beta 2"), _("The decay rate of the running mean "
        "of the squared gradients."), 0.999, low=0.0, high=0.999999, advanced=True)
    weight_decay: float = setting(
        Real, _("Weight decay"), _("Pulls every weight towards zero (L2). Normalisation and biases are spared."), 0.0,
        low=0.0, high=10.0)
    decay_all: bool = setting(
        Flag, _("Decay norms and biases"), _("Weight decay and L1 penalty for normalisation layers and biases too."), False,
        needs=(Need(("weight_decay", "l1")),), advanced=True)
    l1: float = setting(
        Real, _("L1 penalty"), _("Adds the sum of the weights’ magnitudes times this to the loss, so that many become almost "
        "zero."), 0.0, low=0.0, high=10.0, advanced=True)
    clip_norm: float = setting(
        Real, _("Clip gradients"), _("Gradients with a larger norm are shortened to this one; 0 is no clipping."), 0.0,
        low=0.0, high=1e6, zero=_("off"), advanced=True)
    ema_decay: float = setting(
        Real, _("Average (EMA)"), _("The decay rate of an exponential moving average of the weights, which is evaluated and "
        "saved in their place. 0.999 is usual; 0 takes the weights themselves."), 0.0, low=0.0, high=0.999999, zero=_("off"),
        advanced=True)
    # fmt: on
