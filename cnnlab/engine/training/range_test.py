"""Which learning rate suits: a short trial in which it grows from very small to too large.

Sources: Smith, "Cyclical learning rates for training neural networks", 2017, section 3.3, for the trial; the steepest descent
as the suggestion is that of fastai and Lightning."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from cnnlab.core.messages import Message, Refusal
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import plain
from cnnlab.core.project.project import Project
from cnnlab.engine.data.batches import Plan, Step
from cnnlab.engine.data.picture_sets import Dataset
from cnnlab.engine.training import failures, freezing
from cnnlab.engine.training.run_setup import SetUp, TrainingError, set_up

STEPS = 100
LOWEST, HIGHEST = 1e-6, 10.0
_SMOOTHING = 0.9
"""How much of the smoothed loss a step keeps."""
_FIRST = 10
"""Steps with rates so small that their losses differ by the pictures only."""
_GROWN = 4.0
"""Times the lowest loss, from where on the rate is too large."""
_WINDOW = 4
"""Steps on either side that the loss is averaged over before its slope is taken."""
_REACH = 5
"""Steps on either side over which a fall is measured: from one step to the next, noise falls as steeply."""
_CLEAR = 1.5
"""Times the noise of a batch's loss that the steepest fall is at least: chance gives less."""
_DISTANCE = 3.0
"""How many times smaller than the last rate before the loss grows the suggestion is at least."""
_FAR = 10.0
"""How many times smaller the suggestion is where no fall stands out, so that nothing else is known of the rate."""


@dataclass(frozen=True)
class RangePoint:
    """One step of the trial."""

    step: int
    """Number of the step, from 1."""
    rate: float
    loss: float
    """Mean of the batch before the step."""
    smoothed: float
    """A running mean of the losses so far, for a calmer curve."""


@dataclass(frozen=True)
class Suggestion:
    """What a trial led to."""

    rate: float | None
    """The suggested learning rate; None if the trial shows none."""
    text: Message
    """Why."""


def run(project: Project, dataset: Dataset, *, device: str | None = None) -> Generator[RangePoint, None, Suggestion]:
    """Train a copy of the project's network for at most ``STEPS`` steps, each with a learning rate larger than the one before,
    until the loss grows far beyond its lowest. Returns what the losses suggest; the project stays as it is.

    The driver may ``close()`` it at any time. Raises ``TrainingError`` where the trial cannot begin or go on."""
    parts = set_up(project, dataset, device or project.training.device)
    points: list[RangePoint] = []
    with closing(parts.plan):
        for point in _points(parts, project):
            points.append(point)
            yield point
    return suggest(points)


def suggest(points: Sequence[RangePoint]) -> Suggestion:
    """The rate at which the loss fell fastest, by the logarithm of the rate, but well below those where it grows. Where the fall is
    no steeper than chance, as of a network that has learned already, only the latter counts."""
    losses = _averaged([point.loss for point in points])
    if len(losses) <= 2 * _WINDOW:
        return Suggestion(None, _("The loss grew at once, so no learning rate can be suggested. Try fresh weights."))
    lowest = losses.index(min(losses))
    first = [point.loss for point in points[:_FIRST]]
    # By what neighbours differ, so that a fall from the first step on does not count as noise.
    noise = statistics.pstdev(later - earlier for earlier, later in itertools.pairwise(first)) / math.sqrt(2)
    if not lowest or statistics.fmean(first) - losses[lowest] <= noise:
        return Suggestion(
            None,
            _(
                "The loss did not fall clearly at any learning rate, so none can be suggested. Try fresh weights, a larger "
                "batch, or another optimiser."
            ),
        )
    # Among losses that differ by chance the lowest says nothing: what counts is where they leave it behind.
    grown = (at for at in range(lowest, len(losses)) if losses[at] > losses[lowest] + noise)
    last = next(grown, len(losses)) - 1
    falls = [losses[max(at - _REACH, 0)] - losses[min(at + _REACH, last)] for at in range(last + 1)]
    steepest, edge = falls.index(max(falls)), points[last].rate
    if falls[steepest] <= _CLEAR * noise:
        rate = float(f"{edge / _FAR:.2g}")
        return Suggestion(
            rate,
            _(
                "The loss fell little, and nowhere clearly faster than elsewhere; it did not grow up to about {edge}. "
                "{rate} is a tenth of that.",
                edge=plain(edge, 2),
                rate=plain(rate),
            ),
        )
    rate = float(f"{min(points[steepest].rate, edge / _DISTANCE):.2g}")
    return Suggestion(
        rate,
        _(
            "The loss fell fastest at about {steepest}, and did not grow again up to about {edge}. {rate} is fast, and "
            "well below that.",
            steepest=plain(points[steepest].rate, 2),
            edge=plain(edge, 2),
            rate=plain(rate),
        ),
    )


def _points(parts: SetUp, project: Project) -> Iterator[RangePoint]:
    """Until the loss is no number or has grown, or the steps are through."""
    freezing.train_mode(parts.network, project.learning)
    kept, smoothed, lowest = 0.0, 0.0, math.inf
    with closing(_steps(parts.plan)) as pictures:
        for step in range(1, STEPS + 1):
            rate = LOWEST * (HIGHEST / LOWEST) ** ((step - 1) / (STEPS - 1))
            try:
                figures = parts.stepper.learn(next(pictures), rate, step, step)
            except failures.NotFinite:
                return  # a rate too large, which is what was looked for
            except (Refusal, RuntimeError, MemoryError, ValueError) as error:  # a picture that is gone, say
                raise TrainingError(failures.explain(error, project.weights.step, project.training)) from error
            loss = figures.loss / figures.total_weight
            kept = _SMOOTHING * kept + (1 - _SMOOTHING) * loss
            smoothed = kept / (1 - _SMOOTHING**step)
            yield RangePoint(step, rate, loss, smoothed)
            lowest = min(lowest, smoothed)
            if step > _FIRST and smoothed > _GROWN * lowest:
                return


def _steps(plan: Plan) -> Generator[Step]:
    """Steps without end, epoch after epoch."""
    for epoch in itertools.count(1):
        yield from plan.steps_of(epoch)


def _averaged(losses: Sequence[float]) -> list[float]:
    """Each loss averaged with its neighbours, so that the curve is calm and nothing is moved along it."""
    return [
        math.fsum(part) / len(part)
        for part in (losses[max(at - _WINDOW, 0) : at + _WINDOW + 1] for at in range(len(losses)))
    ]
