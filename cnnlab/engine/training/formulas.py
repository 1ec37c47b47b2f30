"""Losses that torch has no function for, in the manner of ``torch.nn.functional``: with ``reduction="sum"`` 0-d, else one for
each picture ``(N,)``."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def focal(
    outputs: Tensor, labels: Tensor, weight: Tensor | None = None, *, gamma: float, reduction: str = "none"
) -> Tensor:
    """(1 − p)^gamma · −log p, where p is the share of the right class. ``outputs`` ``(N, classes)``, ``labels`` int64 ``(N,)``,
    ``weight`` ``(classes,)``. Source: Lin et al., "Focal loss for dense object detection", 2017, equations 4 and 5, with
    softmax."""
    shares = F.log_softmax(outputs, 1).gather(1, labels[:, None])[:, 0]
    return _focused(shares, None if weight is None else weight[labels], gamma, reduction)


def binary_focal(
    outputs: Tensor, labels: Tensor, weight: Tensor | None = None, *, gamma: float, reduction: str = "none"
) -> Tensor:
    """The same of a yes-or-no question: ``outputs`` ``(N,)`` logits of yes, ``labels`` 0.0 and 1.0 ``(N,)``, ``weight`` of each
    picture ``(N,)``."""
    return _focused(F.logsigmoid(outputs * (2 * labels - 1)), weight, gamma, reduction)


def _focused(shares: Tensor, weight: Tensor | None, gamma: float, reduction: str) -> Tensor:
    """``shares``: logarithms of the right answers' shares."""
    # A share of 1 has no finite slope where gamma is between 0 and 1.
    wrong = (-torch.expm1(shares)).clamp_min(torch.finfo(shares.dtype).tiny)
    each = -(wrong**gamma) * shares
    if weight is not None:
        each = each * weight
    return each.sum() if reduction == "sum" else each
