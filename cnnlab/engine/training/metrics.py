"""The figures beyond loss and accuracy, from all answers at once and on the CPU.

All are counts and quotients of counts, so that none leaves 0…1. Sources: Fawcett, "An introduction to ROC analysis", 2006,
algorithms 1 and 2, for the curve and the area below it, with ties; van Rijsbergen, "Information retrieval", 1979, for F1."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional as F

from cnnlab.core.data.sources import Target
from cnnlab.core.training.metrics import ClassFigures, Metrics

_MAX_PAIRS = 1000
_MAX_CLASSES = 100
"""Up to which each has its ROC curve, and there is a confusion matrix: for a thousand, sorting all answers for each takes half a
minute, and a matrix of a million counts after each epoch would be most of a run's record and more than anybody can look at."""
_ROC_POINTS = 4000
"""Points of the ROC curves of all classes together: a figure for each of many classes is small, and so may be its curve."""
_MAX_POINTS = 300
"""Points of the ROC curve of one class."""
_SORTED_AT_ONCE = 100_000
"""Answers that are sorted between two yields: some hundredths of a second."""

_Curve = tuple[float | None, tuple[tuple[float, float], ...]]
"""The area under a ROC curve, and its points."""
_NO_CURVE: _Curve = (None, ())


def complete(brief: Metrics, outputs: Tensor, labels: Tensor, target: Target) -> Generator[int, None, Metrics]:
    """``brief`` with the rest of the figures, from outputs float32 ``(N, classes)`` or ``(N, 1)`` and labels ``(N,)`` on the
    CPU. A yes-or-no answer has two classes, and is yes where its probability is above one half.

    Yields the number of pictures now and then where there is much to do, so that whoever asks can stop."""
    if target is Target.NUMBER:
        return replace(brief, pairs=_pairs(outputs.reshape(-1), labels))
    if target is Target.BINARY:
        predicted, classes = (outputs.reshape(-1) > 0).long(), 2
    else:
        predicted, classes = outputs.argmax(1), outputs.shape[1]
    curves = [_NO_CURVE] * classes
    few = classes <= _MAX_CLASSES
    if few:
        curves = yield from _curves(_probabilities(outputs.double(), target), labels)
    return replace(
        brief,
        top_k=_top_k(outputs, labels) if target is Target.CLASSES else (),
        classes=_classes(predicted, labels, curves),
        confusion=_confusion(predicted, labels, classes) if few else (),
    )


def _probabilities(outputs: Tensor, target: Target) -> Tensor:
    """float64 ``(N, classes)``. In float32 probabilities near 1 are alike, and a ROC curve would lose its corner."""
    if target is Target.CLASSES:
        return torch.softmax(outputs, 1)
    logits = outputs.reshape(-1)
    return torch.sigmoid(torch.stack([-logits, logits], 1))


def _top_k(outputs: Tensor, labels: Tensor) -> tuple[tuple[int, float], ...]:
    classes = outputs.shape[1]
    return tuple(
        (k, (outputs.topk(k, 1).indices == labels[:, None]).any(1).double().mean().item())
        for k in ((1, 5) if classes > 5 else (1,))
    )


def _classes(predicted: Tensor, labels: Tensor, curves: Sequence[_Curve]) -> tuple[ClassFigures, ...]:
    """The figures of each class against all others."""
    each = (predicted[predicted == labels], predicted, labels)
    counts = zip(*(torch.bincount(classes, minlength=len(curves)).tolist() for classes in each), strict=True)
    return tuple(
        ClassFigures(
            precision=_share(found, called),
            recall=_share(found, support),
            f1=_share(2 * found, called + support),
            support=support,
            auc=auc,
            roc=roc,
        )
        for (found, called, support), (auc, roc) in zip(counts, curves, strict=True)
    )


def _curves(probabilities: Tensor, labels: Tensor) -> Generator[int, None, list[_Curve]]:
    """Each class's ROC curve against all others."""
    pictures, classes = probabilities.shape
    points, together = min(_ROC_POINTS // classes, _MAX_POINTS), max(_SORTED_AT_ONCE // pictures, 1)
    curves = []
    for number, of_class in enumerate(probabilities.T.contiguous()):
        if number and number % together == 0:
            yield len(labels)
        curves.append(_roc(of_class, labels == number, points))
    return curves


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _roc(probabilities: Tensor, is_one: Tensor, points: int) -> _Curve:
    """The area under the ROC curve, and about ``points`` of its points; nothing where the pictures are all of this class,
    or none is."""
    ones = int(is_one.sum())
    others = len(is_one) - ones
    if not ones or not others or not probabilities.isfinite().all():
        return _NO_CURVE
    probabilities, order = probabilities.sort(descending=True)
    # One point for all pictures with the same probability, which no threshold tells apart.
    last = torch.cat([probabilities.diff().nonzero()[:, 0], torch.tensor([len(probabilities) - 1])])
    true = F.pad(is_one[order].cumsum(0)[last], (1, 0))
    false = F.pad(last + 1, (1, 0)) - true
    # In whole numbers, twice the trapezoids.
    area = int((false.diff() * (true[1:] + true[:-1])).sum()) / (2 * ones * others)
    true, false = true.double() / ones, false.double() / others
    # Evenly along the curve, which is never longer than from corner to corner by the sides.
    chosen = torch.searchsorted(false + true, torch.linspace(0, 2, points, dtype=torch.float64)).unique()
    return area, tuple(zip(false[chosen].tolist(), true[chosen].tolist(), strict=True))


def _confusion(predicted: Tensor, labels: Tensor, classes: int) -> tuple[tuple[int, ...], ...]:
    counts = torch.bincount(labels * classes + predicted, minlength=classes**2)
    return tuple(map(tuple, counts.view(classes, classes).tolist()))


def _pairs(predicted: Tensor, labels: Tensor) -> tuple[tuple[float, float], ...]:
    """(true, predicted), evenly over the set; without those that are not finite, which no plot can place."""
    chosen = torch.linspace(0, len(labels) - 1, min(len(labels), _MAX_PAIRS)).round().long()
    pairs = zip(labels[chosen].tolist(), predicted[chosen].tolist(), strict=True)
    return tuple(pair for pair in pairs if all(map(math.isfinite, pair)))
