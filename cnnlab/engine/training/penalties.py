"""What is done to the gradients between the backward pass and the step. Both work in place, on unscaled gradients."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn


@torch.no_grad()
def add_l1(parameters: Iterable[nn.Parameter], strength: float) -> None:
    """Add to each gradient that of ``strength`` · Σ|w|, which is ``strength`` · sign(w), and 0 for a weight of 0."""
    for parameter in parameters:
        if parameter.grad is not None:
            parameter.grad.add_(parameter.sign(), alpha=strength)


def clip(parameters: Iterable[nn.Parameter], norm: float) -> Tensor:
    """Shorten all gradients together so that their common length is at most ``norm``; returns the length before, 0-d."""
    return nn.utils.clip_grad_norm_(parameters, norm)
