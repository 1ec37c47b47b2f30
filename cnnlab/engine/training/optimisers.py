"""torch's optimisers by the settings of a run, with weight decay only where it belongs."""

from __future__ import annotations

from collections.abc import Iterator
from pkgutil import resolve_name

import torch
from torch import nn

from cnnlab.core.training.optimisers import OPTIMISERS
from cnnlab.core.training.settings import TrainingSettings, effective

_DECAYING = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)
"""Their ``weight`` decays. Biases, normalisation layers, bare scales and the slopes of PReLU do not: few numbers, for which
nearness to zero is no simplicity (He et al., "Bag of tricks", 2019, section 3.1; "Delving deep", 2015, for PReLU)."""


def make(network: nn.Module, settings: TrainingSettings) -> torch.optim.Optimizer:
    """The optimiser over all parameters of ``network`` that ask for gradients; at least one must.

    Each group says in ``decays`` whether it holds parameters that weight decay is for. Most add decay × weight to the gradient;
    AdamW takes rate × decay × weight off the weight itself."""
    groups = []
    sorted_out = list(_sorted(network, settings.decay_all))
    for decays in (True, False):
        parameters = [parameter for parameter, is_one in sorted_out if is_one is decays]
        if parameters:
            decay = settings.weight_decay if decays else 0.0
            groups.append({"params": parameters, "decays": decays, "weight_decay": decay})
    spec, more = OPTIMISERS[settings.optimiser], {}
    if spec.fused:
        more["fused"] = {parameter.device.type for parameter, _decays in sorted_out} <= spec.fused
    # Looking ahead by no momentum, say, is no looking ahead.
    given = spec.given(effective(settings))
    optimiser: torch.optim.Optimizer = resolve_name(spec.make)(groups, lr=settings.learning_rate, **given, **more)
    return optimiser


def _sorted(network: nn.Module, decay_all: bool) -> Iterator[tuple[nn.Parameter, bool]]:
    """Each parameter that learns, in the network's order, and whether it decays."""
    decaying = {module.weight for module in network.modules() if isinstance(module, _DECAYING)}
    for parameter in network.parameters():
        if parameter.requires_grad:
            yield parameter, decay_all or parameter in decaying


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """The learning rate from the next step on."""
    for group in optimiser.param_groups:
        group["lr"] = rate


def set_decay(optimiser: torch.optim.Optimizer, decay: float) -> None:
    """The weight decay from the next step on, of the parameters that it is for."""
    for group in optimiser.param_groups:
        if group["decays"]:
            group["weight_decay"] = decay


def decaying(optimiser: torch.optim.Optimizer) -> tuple[nn.Parameter, ...]:
    """The parameters that weight decay and the L1 penalty are for."""
    return tuple(parameter for group in optimiser.param_groups if group["decays"] for parameter in group["params"])
