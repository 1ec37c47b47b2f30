"""What training makes small, and how many answers were right: for classes, for yes or no, and for a number.

Labels: classes int64 ``(N,)``; yes or no int64 ``(N,)`` of 0 and 1; a number float32 ``(N,)``. Outputs: ``(N, classes)``, or
``(N, 1)`` for the two others."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from cnnlab.core.heads import HEADS, Head, unfit
from cnnlab.core.messages import Refusal
from cnnlab.core.sources import Target
from cnnlab.core.training_settings import TrainingSettings


class LossError(Refusal):
    """A loss that is not for this task; ``message`` says which is."""


@dataclass(frozen=True, eq=False)
class Loss:
    """One loss. ``loss(outputs, labels)`` is the mean over the batch, as torch defines it.

    With class weights the means of cross-entropy, NLL and binary cross-entropy are weighted ones, as torch's is: the sum of
    weight × loss, over the sum of the weights of the labels (``amount``). The hinge is divided by the number of pictures,
    which is torch's way too."""

    kind: str
    """A name from ``training_settings.LOSSES``."""
    smoothing: float = 0.0
    delta: float = 1.0
    weights: Tensor | None = None
    """float32 ``(classes,)``; best where the outputs are, so that no batch has to carry them there."""

    def __call__(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """The mean, 0-d, of a batch that is not empty."""
        return self.total(outputs, labels) / self.amount(labels)

    def amount(self, labels: Tensor) -> Tensor:
        """What the sum over a batch is divided by for its mean, 0-d float32. The mean over several batches is the sum of
        their totals over the sum of their amounts."""
        if self.weights is None or self.kind == "hinge":
            # Not torch.tensor, which is copied to a graphics card and waits for its work.
            return torch.full((), float(len(labels)), device=labels.device)
        return self.weights.to(labels.device)[labels].sum()

    def total(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """The sum over the batch, 0-d; 0 for an empty one. Worked out in float32, whatever the network's precision."""
        outputs = outputs.float()
        if not len(outputs):
            return outputs.sum()  # 0, and part of the graph; the hinge of torch refuses to be empty
        weights = None if self.weights is None else self.weights.to(outputs.device)
        match self.kind:
            case "cross_entropy":
                return F.cross_entropy(outputs, labels, weights, reduction="sum", label_smoothing=self.smoothing)
            case "nll":
                return F.nll_loss(outputs, labels, weights, reduction="sum")
            case "hinge":
                return F.multi_margin_loss(outputs, labels, weight=weights, reduction="sum")
            case "binary_cross_entropy":
                each = None if weights is None else weights[labels]
                return F.binary_cross_entropy_with_logits(_row(outputs), labels.float(), each, reduction="sum")
            case "mse":
                return F.mse_loss(_row(outputs), labels, reduction="sum")
            case "mae":
                return F.l1_loss(_row(outputs), labels, reduction="sum")
            case "huber":
                return F.huber_loss(_row(outputs), labels, reduction="sum", delta=self.delta)
        raise ValueError(f"no loss is called {self.kind!r}")


def make(settings: TrainingSettings, target: Target, class_counts: Tensor | None = None) -> Loss:
    """The loss that ``settings`` ask for. ``class_counts`` ``(classes,)`` are the training pictures of each class, from
    which balanced weights follow: N / (K · count), so that each class weighs the same in all (a class without pictures
    weighs nothing). Raises ``LossError`` for a loss that is not for ``target``."""
    if HEADS[settings.loss].target is not target:
        raise LossError(unfit(settings.loss, target))
    weights = None
    if settings.class_weights == "balanced" and target is not Target.NUMBER and class_counts is not None:
        weights = balanced(class_counts)
    return Loss(settings.loss, settings.label_smoothing, settings.huber_delta, weights)


def balanced(class_counts: Tensor) -> Tensor:
    """float32 ``(classes,)`` of N / (K · count). Source: King and Zeng, "Logistic regression in rare events data", 2001."""
    counts = class_counts.float()
    shares = counts.sum() / (len(counts) * counts)
    return torch.where(counts > 0, shares, 0.0)


def head(loss: Loss) -> Head:
    """What the loss expects of the end of a network."""
    return HEADS[loss.kind]


def right(outputs: Tensor, labels: Tensor, target: Target) -> Tensor:
    """How many answers are right, 0-d int64: the likeliest class; yes where the logit is above 0. A number is never counted
    as right or wrong: 0."""
    if target is Target.CLASSES:
        return (outputs.argmax(1) == labels).sum()
    if target is Target.BINARY:
        return ((_row(outputs) > 0) == (labels > 0)).sum()
    return torch.zeros((), dtype=torch.int64, device=outputs.device)


def error_sum(outputs: Tensor, labels: Tensor) -> Tensor:
    """Of a task whose answer is a number: the sum of the absolute errors, 0-d float32."""
    return (_row(outputs).detach().float() - labels).abs().sum()


def _row(outputs: Tensor) -> Tensor:
    """``(N, 1)`` or ``(N,)`` as ``(N,)``."""
    return outputs.reshape(len(outputs))
