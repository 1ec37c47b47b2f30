"""What was measured on a set of pictures, as text for a terminal and as JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from statistics import fmean
from typing import Any

from cnnlab.cli.train.display import loss_text, mean_error
from cnnlab.core.messages import text as _
from cnnlab.core.numerals import percent, ratio, whole
from cnnlab.core.training.metrics import ClassFigures, Metrics
from cnnlab.engine.system import text_table


def lines(metrics: Metrics, unit: str = "") -> list[str]:
    """One metric a line, those that the task has; ``unit`` is that of a task whose answer is a number."""
    shown = []
    if metrics.accuracy is not None:
        shown.append(_("accuracy {share}", share=percent(metrics.accuracy, 2)))
    shown += [_("top-{k} {share}", k=k, share=percent(share, 2)) for k, share in metrics.top_k if k > 1]
    for name, values in (
        (_("macro F1"), [one.f1 for one in metrics.classes]),
        (_("mean AUC"), [one.auc for one in metrics.classes]),
    ):
        known = [value for value in values if value is not None]
        if known:
            shown.append(f"{name} {ratio(fmean(known))}")
    if metrics.error is not None:
        shown.append(mean_error(metrics.error, unit))
    if metrics.count:
        shown.append(loss_text(metrics.loss))
    return shown


def class_table(classes: Sequence[ClassFigures], names: Sequence[str], width: int | None = None) -> str:
    """Precision, recall, F1 and AUC of each class, for a terminal of ``width`` letters or for a file."""
    rows: list[tuple[str, ...]] = [(_("class"), _("pictures"), _("precision"), _("recall"), "F1", "AUC")]
    rows += [
        (name, whole(one.support), *(ratio(value) for value in (one.precision, one.recall, one.f1, one.auc)))
        for name, one in zip(names, classes, strict=True)
    ]
    return "\n".join(text_table.lines(rows, width=width))


def confusion_table(confusion: Sequence[Sequence[int]], names: Sequence[str], width: int | None = None) -> str:
    """A row for each true class, a column for each answer; ``width`` as above."""
    rows: list[tuple[str, ...]] = [(_("true / predicted"), *names)]
    rows += [(name, *map(str, row)) for name, row in zip(names, confusion, strict=True)]
    return "\n".join(text_table.lines(rows, width=width))


def plain(value: Any) -> Any:
    """``value`` as JSON has it: a dataclass as an object, None as null."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)
