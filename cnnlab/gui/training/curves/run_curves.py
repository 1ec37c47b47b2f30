"""Loss, accuracy or error and learning rate of one run, from its events, as series that can be drawn at any time."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from cnnlab.core.runs.events import BatchDone, EpochDone, Event, RunStarted, SettingChanged
from cnnlab.core.runs.progress import smoothed

Points = tuple[np.ndarray, np.ndarray]
"""x and y, float64, x ascending."""
MAX_BUCKETS = 1000
"""Two points each, so a curve is drawn with at most 2,000: more than a plot has pixels from left to right."""


class Series:
    """Points in ascending x. Each bucket covers the same number of points; when there are too many buckets, neighbours
    merge. So every peak of the whole curve stays in sight."""

    def __init__(self) -> None:
        self._buckets = np.empty((MAX_BUCKETS, 2, 2))
        """``(bucket, lowest or highest, x or y)``."""
        self._count = 0
        self._width = 1
        self._filled = 0
        """Points in the last bucket."""

    def __len__(self) -> int:
        """How many buckets there are."""
        return self._count

    def add(self, x: float, y: float) -> None:
        """One point more; what is not finite is left out."""
        if not math.isfinite(y):
            return
        if 0 < self._filled < self._width:
            last = self._buckets[self._count - 1]
            if y < last[0, 1]:
                last[0] = x, y
            elif y > last[1, 1]:
                last[1] = x, y
            self._filled += 1
            return
        if self._count == MAX_BUCKETS:
            self._merge()
        self._buckets[self._count] = x, y
        self._count += 1
        self._filled = 1

    def cut(self, x: float) -> None:
        """Forget the points behind ``x``; of a bucket that reaches beyond it, all."""
        self._count = int((self._buckets[: self._count, :, 0].max(1, initial=-math.inf) <= x).sum())
        self._filled = 0

    def _merge(self) -> None:
        pairs = self._buckets.reshape(-1, 4, 2)
        every = np.arange(len(pairs))
        merged = np.stack([pairs[every, pairs[:, :, 1].argmin(1)], pairs[every, pairs[:, :, 1].argmax(1)]], axis=1)
        self._count = len(merged)
        self._buckets[: self._count] = merged
        self._width *= 2

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """x and y of the points to draw, float64, x ascending; a bucket of one point gives it twice."""
        buckets = self._buckets[: self._count]
        swapped = buckets[:, 0, 0] > buckets[:, 1, 0]
        points = np.where(swapped[:, None, None], buckets[:, ::-1], buckets).reshape(-1, 2)
        return points[:, 0], points[:, 1]


@dataclass(frozen=True, eq=False)
class QuantityCurves:
    """One quantity of a run as it can be drawn, x in steps: single batches, their running mean, and validation."""

    raw: Points
    smooth: Points
    validation: Points


@dataclass(frozen=True, eq=False)
class CurvesSnapshot:
    """All curves of a run as they are now."""

    lines: dict[str, QuantityCurves]
    """``loss``, ``accuracy`` in per cent, ``error`` and ``rate``."""
    changes: tuple[SettingChanged, ...] = ()
    best: int | None = None
    """The step of the weights with the lowest validation loss."""
    first: int = 0
    """The step at which the run began."""
    batches: int = 0
    """Steps in one epoch; 0 if not known."""

    def nearest(self, step: float) -> float | None:
        """The nearest step with a loss; None if there is none."""
        return _nearest((self.lines["loss"].smooth[0],) * 2, step)

    def at(self, name: str, step: float) -> tuple[float, float | None] | None:
        """The smoothed value of a quantity near ``step``, and its validation value there; None if there is none."""
        line = self.lines[name]
        value = _nearest(line.smooth, step)
        return None if value is None else (value, _nearest(line.validation, step))


@dataclass
class _QuantitySeries:
    raw: Series = field(default_factory=Series)
    smooth: Series = field(default_factory=Series)
    validation: Series = field(default_factory=Series)
    mean: float | None = None

    def add(self, step: int, value: float | None) -> None:
        if value is not None:
            self.mean = smoothed(self.mean, value)
            self.raw.add(step, value)
            self.smooth.add(step, self.mean)

    def cut(self, step: int) -> None:
        for series in (self.raw, self.smooth, self.validation):
            series.cut(step)

    def curves(self) -> QuantityCurves:
        return QuantityCurves(self.raw.arrays(), self.smooth.arrays(), self.validation.arrays())


class RunCurves:
    """Takes the events of one run in their order."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._lines = {name: _QuantitySeries() for name in ("loss", "accuracy", "error")}
        self._rate = Series()
        self._changes: list[SettingChanged] = []
        self._best: int | None = None
        self._first: int | None = None
        self._batches = 0

    def take(self, events: Iterable[Event]) -> None:
        """Add what these hold; events without numbers are passed over."""
        for event in events:
            if isinstance(event, BatchDone):
                self._take_batch(event)
            elif isinstance(event, EpochDone):
                self._take_epoch(event)
            elif isinstance(event, SettingChanged):
                self._changes.append(event)
            elif isinstance(event, RunStarted):
                self._begin(event)

    def _begin(self, event: RunStarted) -> None:
        """A resumed run goes on from a checkpoint: the events of later steps, which came before, come again."""
        if not event.resumed:
            self._clear()
        self._first = event.step if self._first is None else self._first
        self._batches = event.batches
        for lines in self._lines.values():
            lines.cut(event.step)
        self._rate.cut(event.step)
        self._changes = [change for change in self._changes if change.step <= event.step]
        if self._best is not None and self._best > event.step:
            self._best = None

    def _take_batch(self, event: BatchDone) -> None:
        self._lines["loss"].add(event.step, event.loss)
        self._lines["accuracy"].add(event.step, _percent(event.accuracy))
        self._lines["error"].add(event.step, event.error)
        if event.learning_rate is not None:
            self._rate.add(event.step, event.learning_rate)

    def _take_epoch(self, event: EpochDone) -> None:
        for name, value in (
            ("loss", event.validation_loss),
            ("accuracy", _percent(event.validation_accuracy)),
            ("error", event.validation_error),
        ):
            if value is not None:
                self._lines[name].validation.add(event.step, value)
        if event.is_best:
            self._best = event.step

    def snapshot(self) -> CurvesSnapshot:
        """The curves now; what is taken later does not change it."""
        rate = self._rate.arrays()
        nothing = np.empty(0), np.empty(0)
        lines = {name: line.curves() for name, line in self._lines.items()}
        lines["rate"] = QuantityCurves(nothing, rate, nothing)
        return CurvesSnapshot(lines, tuple(self._changes), self._best, self._first or 0, self._batches)


EMPTY = RunCurves().snapshot()
"""The curves of a run without events."""


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _nearest(points: Points, step: float) -> float | None:
    xs, ys = points
    return float(ys[np.abs(xs - step).argmin()]) if len(xs) else None
