"""The figures beyond loss and accuracy, by torchmetrics, from all answers at once and on the CPU.

torchmetrics takes seconds to import, so that is left until the first figures are asked for."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor

from cnnlab.core.metrics import ClassFigures, Metrics
from cnnlab.core.sources import Target

_PAIRS = 1000
_ROC_POINTS = 4000
"""Of all classes together: a figure for each of many classes is small, and so may be its curve."""
_MOST_POINTS, _FEWEST_POINTS = 300, 16
"""Of one class."""


def complete(brief: Metrics, outputs: Tensor, labels: Tensor, target: Target) -> Metrics:
    """``brief`` with the rest of the figures, from outputs float32 ``(N, classes)`` or ``(N, 1)`` and labels ``(N,)`` on the
    CPU. A yes-or-no answer has two classes, and is yes from a share of one half on."""
    if target is Target.NUMBER:
        return replace(brief, pairs=_pairs(outputs.reshape(-1), labels))
    shares = _shares(outputs.double(), target)
    top_k = _top_k(outputs, labels) if target is Target.CLASSES else ()
    return replace(
        brief,
        top_k=top_k,
        classes=_classes(shares, labels),
        confusion=_confusion(shares.argmax(1), labels, shares.shape[1]),
    )


def _shares(outputs: Tensor, target: Target) -> Tensor:
    """float64 ``(N, classes)``. In float32 shares near 1 are alike, and a ROC curve would lose its corner."""
    if target is Target.CLASSES:
        return torch.softmax(outputs, 1)
    logits = outputs.reshape(-1)
    return torch.sigmoid(torch.stack([-logits, logits], 1))


def _top_k(outputs: Tensor, labels: Tensor) -> tuple[tuple[int, float], ...]:
    from torchmetrics.functional.classification import multiclass_accuracy

    classes = outputs.shape[1]
    return tuple(
        (k, multiclass_accuracy(outputs, labels, classes, average="micro", top_k=k, validate_args=False).item())
        for k in ((1, 5) if classes > 5 else (1,))
    )


def _classes(shares: Tensor, labels: Tensor) -> tuple[ClassFigures, ...]:
    """Each class against all others."""
    from torchmetrics.functional.classification import multiclass_stat_scores

    classes = shares.shape[1]
    counts = multiclass_stat_scores(shares.argmax(1), labels, classes, average=None, validate_args=False)
    points = min(max(_ROC_POINTS // classes, _FEWEST_POINTS), _MOST_POINTS)
    figures = []
    for number, (found, false, _true_not, missed, support) in enumerate(counts.tolist()):
        auc, roc = _roc(shares[:, number], labels == number, points)
        figures.append(
            ClassFigures(
                precision=_share(found, found + false),
                recall=_share(found, support),
                f1=_share(2 * found, 2 * found + false + missed),
                support=support,
                auc=auc,
                roc=roc,
            )
        )
    return tuple(figures)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else math.nan


def _roc(shares: Tensor, is_one: Tensor, points: int) -> tuple[float, tuple[tuple[float, float], ...]]:
    """The area under the ROC curve, and about ``points`` of its points; nothing where the pictures are all of this class,
    or none is."""
    if not is_one.any() or is_one.all() or not shares.isfinite().all():
        return math.nan, ()
    from torchmetrics.functional.classification import binary_roc

    false, true, _thresholds = binary_roc(shares, is_one.long(), validate_args=False)
    # Evenly along the curve, which is never longer than from corner to corner by the sides.
    way = (false + true).double()
    chosen = torch.searchsorted(way, torch.linspace(0, way[-1].item(), points, dtype=torch.float64)).unique()
    chosen = torch.cat([torch.tensor([0]), chosen, torch.tensor([len(way) - 1])]).unique()
    return torch.trapezoid(true, false).item(), tuple(zip(false[chosen].tolist(), true[chosen].tolist(), strict=True))


def _confusion(predicted: Tensor, labels: Tensor, classes: int) -> tuple[tuple[int, ...], ...]:
    from torchmetrics.functional.classification import multiclass_confusion_matrix

    return tuple(map(tuple, multiclass_confusion_matrix(predicted, labels, classes, validate_args=False).tolist()))


def _pairs(predicted: Tensor, labels: Tensor) -> tuple[tuple[float, float], ...]:
    """(true, predicted), evenly over the set."""
    chosen = torch.linspace(0, len(labels) - 1, min(len(labels), _PAIRS)).round().long()
    return tuple(zip(labels[chosen].tolist(), predicted[chosen].tolist(), strict=True))
