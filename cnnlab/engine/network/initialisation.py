"""The numbers that a layer starts from."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from cnnlab.core.training.learning import Learning
from cnnlab.engine.network.ops import Expression

_DRAWN = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)
_CONSTANT = (nn.BatchNorm1d, nn.BatchNorm2d, nn.InstanceNorm2d, nn.LayerNorm, nn.GroupNorm, nn.PReLU)
"""Their fresh numbers are constants."""


@torch.no_grad()
def initialise(module: nn.Module, generator: torch.Generator, learning: Learning = Learning()) -> None:
    """Fresh numbers from ``generator``, not from torch's global one, which belongs to whoever trains.

    By default they are what ``reset_parameters`` of torch draws. Otherwise the weight starts as ``learning`` says and the
    bias at 0. Kaiming and Xavier go by how many numbers flow into an output, so a layer that only scales (normalisation,
    Scale, PReLU) keeps torch's start under these."""
    weight, bias = getattr(module, "weight", None), getattr(module, "bias", None)
    is_drawn = isinstance(module, _DRAWN)
    by_fan = learning.initialisation.startswith(("kaiming", "xavier"))
    if learning.initialisation == "default" or weight is None or (by_fan and not is_drawn):
        _default(module, generator)
        return
    if not is_drawn:
        _default(module, generator)  # which draws nothing, and sets running means too
    _draw(weight, learning, generator)
    if bias is not None:
        bias.zero_()


def _draw(weight: Tensor, learning: Learning, generator: torch.Generator) -> None:
    """Kaiming is that for ReLU. Sources: He et al., "Delving deep into rectifiers", 2015, equation 10; Glorot and Bengio,
    "Understanding the difficulty of training deep feedforward neural networks", 2010, equation 16."""
    match learning.initialisation:
        case "kaiming_normal":
            nn.init.kaiming_normal_(weight, nonlinearity="relu", generator=generator)
        case "kaiming_uniform":
            nn.init.kaiming_uniform_(weight, nonlinearity="relu", generator=generator)
        case "xavier_normal":
            nn.init.xavier_normal_(weight, generator=generator)
        case "xavier_uniform":
            nn.init.xavier_uniform_(weight, generator=generator)
        case "normal":
            nn.init.normal_(weight, 0.0, abs(learning.value), generator=generator)
        case "uniform":
            nn.init.uniform_(weight, -abs(learning.value), abs(learning.value), generator=generator)
        case "constant":
            nn.init.constant_(weight, learning.value)
        case "zeros":
            nn.init.zeros_(weight)
        case other:
            raise ValueError(f"no initialisation is called {other!r}")


def _default(module: nn.Module, generator: torch.Generator) -> None:
    """Source: torch.nn.modules.conv and .linear: kaiming_uniform with a = √5, which is U(−1/√fan_in, 1/√fan_in), for weight
    and bias alike."""
    if isinstance(module, _DRAWN):
        nn.init.kaiming_uniform_(module.weight, a=math.sqrt(5), generator=generator)
        if module.bias is not None:
            # For a transposed convolution too torch takes the second axis as what flows in.
            bound = 1 / math.sqrt(module.weight[0].numel())
            nn.init.uniform_(module.bias, -bound, bound, generator=generator)
    elif isinstance(module, Expression):
        if module.weight is not None:
            module.weight.copy_(module.fresh())
    elif isinstance(module, _CONSTANT):
        module.reset_parameters()
    else:
        raise TypeError(f"no rule for fresh weights of {type(module).__name__}")
