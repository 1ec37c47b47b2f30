"""The losses that training minimises, and how many answers were correct: for classes, for yes or no, and for a number.

Labels: classes int64 ``(N,)``; yes or no int64 ``(N,)`` of 0 and 1; a number float32 ``(N,)``. Outputs: ``(N, classes)``, or
``(N, 1)`` for the two others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pkgutil import resolve_name
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from cnnlab.core.data.sources import Target
from cnnlab.core.messages import Refusal
from cnnlab.core.training.losses import FITTING, LOSSES, LossSpec, unfit
from cnnlab.core.training.settings import TrainingSettings, effective
from cnnlab.core.values import Frozen

_function = cache(resolve_name)


class LossError(Refusal):
    """A loss that is not for this task; ``message`` says which is."""


@dataclass(frozen=True, eq=False)
class Loss:
    """One loss. ``loss(outputs, labels)`` is the mean over the batch, as torch defines it.

    With class weights most means are weighted ones, as torch's are: the sum of weight × loss, over the sum of the weights of
    the labels (``total_weight``). A loss that ``is_mean_of_pictures`` is divided by their number."""

    kind: str
    """A name from ``core.training.losses.LOSSES``."""
    arguments: Mapping[str, Any] = Frozen()
    """Arguments of its function that differ from that function's defaults."""
    weights: Tensor | None = None
    """float32 ``(classes,)``; best where the outputs are, so that no batch has to carry them there."""

    def __call__(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """The mean, 0-d, of a batch that is not empty."""
        return self.total(outputs, labels) / self.total_weight(labels)

    @property
    def spec(self) -> LossSpec:
        """Its entry."""
        return LOSSES[self.kind]

    def total_weight(self, labels: Tensor) -> Tensor:
        """What the sum over a batch is divided by for its mean, 0-d float32. The mean over several batches is the sum of
        their totals over the sum of their total weights."""
        if self.weights is None or self.spec.is_mean_of_pictures:
            # Not torch.tensor, which is copied to a GPU and waits for its work.
            return torch.full((), float(len(labels)), device=labels.device)
        return self.weights.to(labels.device)[labels].sum()

    def total(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """The sum over the batch, 0-d; 0 for an empty one. Worked out in float32, whatever the network's precision."""
        outputs = outputs.float()
        if not len(outputs):
            return outputs.sum()  # 0, and part of the graph; the hinge of torch refuses to be empty
        given = dict(self.arguments)
        binary = self.spec.target is Target.BINARY
        if self.weights is not None:
            weights = self.weights.to(outputs.device)
            given["weight"] = weights[labels] if binary else weights
        if self.spec.target is not Target.CLASSES:
            outputs = _row(outputs)
        total: Tensor = _function(self.spec.make)(
            outputs, labels.float() if binary else labels, reduction="sum", **given
        )
        return total


def make(settings: TrainingSettings, target: Target, class_counts: Tensor | None = None) -> Loss:
    """The loss that ``settings`` ask for. ``class_counts`` ``(classes,)`` are the training pictures of each class, from
    which balanced weights follow: N / (K · count), so that each class weighs the same in all (a class without pictures
    weighs nothing). Raises ``LossError`` for a loss that is not for ``target``."""
    settings = effective(settings)
    spec = LOSSES[settings.loss]
    if spec.target is not target:
        raise LossError(unfit(settings.loss, target))
    weights = None
    if settings.class_weights == "balanced" and class_counts is not None:
        weights = balanced(class_counts)
    return Loss(settings.loss, Frozen(spec.given(settings)), weights)


def usual(target: Target) -> Loss:
    """The loss for a task where none was chosen."""
    return Loss(FITTING[target][0])


def balanced(class_counts: Tensor) -> Tensor:
    """float32 ``(classes,)`` of N / (K · count). Source: King and Zeng, "Logistic regression in rare events data", 2001."""
    counts = class_counts.float()
    weights = counts.sum() / (len(counts) * counts)
    return torch.where(counts > 0, weights, 0.0)


def correct(outputs: Tensor, labels: Tensor, target: Target) -> Tensor:
    """How many answers are correct, 0-d int64: the likeliest class; yes where the logit is above 0. A number is never counted
    as correct or wrong: 0."""
    if target is Target.CLASSES:
        return (outputs.argmax(1) == labels).sum()
    if target is Target.BINARY:
        return ((_row(outputs) > 0) == (labels > 0)).sum()
    return torch.zeros((), dtype=torch.int64, device=outputs.device)


def error_sum(outputs: Tensor, labels: Tensor) -> Tensor:
    """The sum of the absolute errors, 0-d float32, of a task whose answer is a number."""
    return (_row(outputs).detach().float() - labels).abs().sum()


def _row(outputs: Tensor) -> Tensor:
    """``(N, 1)`` or ``(N,)`` as ``(N,)``."""
    return outputs.reshape(len(outputs))


def focal(
    outputs: Tensor, labels: Tensor, weight: Tensor | None = None, *, gamma: float, reduction: str = "none"
) -> Tensor:
    """(1 − p)^gamma · −log p, where p is the probability of the correct class. ``outputs`` ``(N, classes)``, ``labels`` int64
    ``(N,)``, ``weight`` ``(classes,)``. Source: Lin et al., "Focal loss for dense object detection", 2017, equations 4 and 5, with
    softmax."""
    log_probabilities = F.log_softmax(outputs, 1).gather(1, labels[:, None])[:, 0]
    return _focused(log_probabilities, None if weight is None else weight[labels], gamma, reduction)


def binary_focal(
    outputs: Tensor, labels: Tensor, weight: Tensor | None = None, *, gamma: float, reduction: str = "none"
) -> Tensor:
    """Focal loss of a yes-or-no question: ``outputs`` ``(N,)`` logits of yes, ``labels`` 0.0 and 1.0 ``(N,)``, ``weight`` of each
    picture ``(N,)``."""
    return _focused(F.logsigmoid(outputs * (2 * labels - 1)), weight, gamma, reduction)


def _focused(log_probabilities: Tensor, weight: Tensor | None, gamma: float, reduction: str) -> Tensor:
    """The focal loss from the ``log_probabilities`` of the correct answers ``(N,)``."""
    # A probability of 1 has no finite slope where gamma is between 0 and 1.
    wrong = (-torch.expm1(log_probabilities)).clamp_min(torch.finfo(log_probabilities.dtype).tiny)
    each = -(wrong**gamma) * log_probabilities
    if weight is not None:
        each = each * weight
    return each.sum() if reduction == "sum" else each
