"""The training loop, as a generator of events: no threads, no window, no printing.

``next(run)`` goes on to the next event, so a driver pauses a run by not asking; ``run.send(Command.STOP)`` ends it.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack
from typing import Any, TypeVar
from uuid import uuid4

import torch
from torch import Tensor
from torch.nn import functional as F

from cnnlab.core.events import (
    BatchDone,
    Command,
    End,
    EpochDone,
    Event,
    Measuring,
    RunEnded,
    RunStarted,
    Split,
    ThreadsChosen,
    WeightsPublished,
)
from cnnlab.core.project import Project, Weights
from cnnlab.core.training_settings import TrainingSettings
from cnnlab.engine import weights
from cnnlab.engine.data.datasets import Dataset, PictureSet
from cnnlab.engine.data.order import mixed, permutation
from cnnlab.engine.data.preparation import prepare
from cnnlab.engine.training import devices, evaluation, failures
from cnnlab.engine.training.pace import Rate, Stopwatch, ThreadTrial
from cnnlab.engine.training.run_setup import set_up

log = logging.getLogger(__name__)

T = TypeVar("T")
E = TypeVar("E", bound=Event)
Events = Generator[Event, Command | None, T]


def train(
    project: Project, dataset: Dataset, *, device: str | None = None, threads: Sequence[int] | None = None
) -> Events[None]:
    """Train ``project`` on ``dataset`` by the project's settings, on from the weights it has; the optimiser starts afresh.

    Yields ``RunStarted``, a ``WeightsPublished`` with the weights before the first step, a ``BatchDone`` for each step, and
    after each epoch ``Measuring``, ``EpochDone`` and ``WeightsPublished``; the test pictures are measured when all epochs
    are through; ``RunEnded`` is last. The driver may answer any event before the end with ``Command.STOP`` (no further
    batch; ``WeightsPublished`` and ``RunEnded`` follow) or ``Command.PUBLISH`` (a ``WeightsPublished`` is next), and may
    ``close()`` the run at any time.

    ``device`` stands in for the project's own setting. With several ``threads`` the first batches try each count and
    ``ThreadsChosen`` tells the quickest; with one, it is set; with none, torch's is left alone. At the end the count is
    as it was before.

    Raises ``TrainingError`` where the run cannot begin. Once ``RunStarted`` was yielded nothing is raised: whatever goes
    wrong ends in ``RunEnded`` with a message, after the last weights that are whole.

    The same project and dataset, device and thread count give the same weights, bit by bit, on the same processor."""
    with ExitStack() as at_the_end:
        if threads:
            at_the_end.enter_context(devices.thread_count_restored())
        yield from _Run(project, dataset, device, threads or ()).events()


def learning_rate(settings: TrainingSettings, share: float) -> float:
    """The learning rate when ``share`` of the run's steps (0…1) are done. Source of the cosine: Loshchilov and Hutter, "SGDR",
    2017, equation 5, without restarts."""
    if settings.schedule == "constant":
        return settings.learning_rate
    return settings.learning_rate * (1 + math.cos(math.pi * share)) / 2


class _Stopped(Exception):
    """The driver sent ``Command.STOP``."""


class _Run:
    """One run: network and pictures on the device, and how far it has come."""

    def __init__(self, project: Project, dataset: Dataset, device: str | None, threads: Sequence[int]) -> None:
        self.id = uuid4().hex[:12]
        self.project = project
        self.settings = project.training
        self.dataset = dataset
        self.parts = set_up(project, dataset, device or project.training.device)
        self.network = self.parts.network
        self.buffers = tuple(self.network.buffers())
        self.buffers_before: tuple[Tensor, ...] = ()
        self.shape = evaluation.input_shape(project.graph)
        self.step = project.weights.step
        self.published = weights.snapshot(self.network, self.step)
        self.batches = math.ceil(len(dataset.train) / self.settings.batch_size)
        # A run that goes on after others must not show the pictures in the same orders again. So epochs are numbered by
        # the steps that lie behind them; one that was broken off counts.
        self.epochs_before = math.ceil(self.step / self.batches)
        self.images_seen = 0
        self.watch = Stopwatch()
        self.rate = Rate()
        if threads:
            torch.set_num_threads(threads[0])
        self.trial = ThreadTrial(threads) if len(threads) > 1 else None

    def events(self) -> Events[None]:
        """All events of the run."""
        failure = None
        try:
            yield from self._as_planned()
        except Exception as error:  # the boundary of a run: its driver gets events, whatever happens
            log.exception("run %s failed after step %d", self.id, self.step)
            # The traceback holds the tensors of the failed batch, and with them the memory that may have run out.
            failure = error.with_traceback(None)
        if failure:
            self.published = self._rescued()
            self.step = self.published.step
            yield self._event(WeightsPublished, weights=self.published)
            yield self._event(RunEnded, end=End.FAILED, message=failures.explain(failure, self.step, self.settings))

    def _as_planned(self) -> Events[None]:
        test_accuracy = None
        try:
            yield from self._tell(self._started())
            yield from self._tell(self._publication())
            for epoch in range(1, self.settings.epochs + 1):
                yield from self._epoch(epoch)
            if len(self.dataset.test):
                test_accuracy = (yield from self._measured(Split.TEST, self.dataset.test)).accuracy
        except _Stopped:
            yield self._publication()
            yield self._event(RunEnded, end=End.STOPPED)
        else:
            yield self._event(RunEnded, end=End.COMPLETED, test_accuracy=test_accuracy)

    def _epoch(self, epoch: int) -> Events[None]:
        """Every training picture once, then validation, then the weights."""
        began = self.watch.seconds
        loss_sum = right_sum = 0.0
        order = permutation(len(self.dataset.train), self.settings.seed, self.epochs_before + epoch)
        self.network.train()
        for batch in order.to(self.parts.device).split(self.settings.batch_size):
            since = self.watch.seconds
            loss, right = self._learn(batch)
            took, images = self.watch.seconds - since, len(batch)
            loss_sum += loss * images
            right_sum += right
            self.images_seen += images
            yield from self._tell(
                self._event(
                    BatchDone,
                    epoch=epoch,
                    loss=loss,
                    accuracy=right / images,
                    images=self.images_seen,
                    images_per_second=self.rate.after(took, images),
                )
            )
            yield from self._try_threads(took, images)
        validation = yield from self._measured(Split.VALIDATION, self.dataset.validation)
        yield from self._tell(
            self._event(
                EpochDone,
                epoch=epoch,
                loss=loss_sum / len(order),
                accuracy=right_sum / len(order),
                validation_loss=validation.loss,
                validation_accuracy=validation.accuracy,
                seconds=self.watch.seconds - began,
            )
        )
        yield from self._tell(self._publication())

    def _learn(self, batch: Tensor) -> tuple[float, float]:
        """One optimiser step on the pictures with these indices; mean loss and number of right answers before it."""
        images, labels = self.parts.images[batch], self.parts.labels[batch]
        # Batch normalisation writes its running means in the forward pass, before it is known whether the step counts.
        self.buffers_before = tuple(buffer.clone() for buffer in self.buffers)
        # Dropout by step, so that it neither depends on nor disturbs whoever else draws random numbers.
        with devices.seeded(mixed(self.settings.seed, "dropout", self.step), self.parts.device):
            logits = self.network(prepare(images, self.project.preprocessing, self.shape))
        loss = F.cross_entropy(logits, labels)
        # Read together: on a graphics card each reading waits for all work before it.
        mean_loss, right = torch.stack((loss.detach(), (logits.argmax(1) == labels).sum())).tolist()
        failures.check_loss(mean_loss, self.step + 1)
        share = (self.step - self.project.weights.step) / (self.settings.epochs * self.batches)
        for group in self.parts.optimiser.param_groups:
            group["lr"] = learning_rate(self.settings, share)
        self.parts.optimiser.zero_grad()
        loss.backward()
        self.parts.optimiser.step()
        self.buffers_before = ()
        self.step += 1
        return mean_loss, right

    def _measured(self, split: Split, pictures: PictureSet) -> Events[evaluation.Score]:
        """The score on a split, telling how far it is."""
        measuring = evaluation.measure(self.network, pictures, self.project.preprocessing)
        while True:
            try:
                done = next(measuring)
            except StopIteration as end:
                return end.value
            yield from self._tell(self._event(Measuring, split=split, done=done, total=len(pictures)))

    def _try_threads(self, seconds: float, images: int) -> Events[None]:
        if self.trial:
            chosen = self.trial.after(seconds, images)
            if chosen is not None:
                self.trial = None
                yield from self._tell(self._event(ThreadsChosen, threads=chosen))

    def _tell(self, event: Event) -> Events[None]:
        """Yield one event and do what the driver answers; the stopwatch stands while the driver holds the run."""
        self.watch.stop()
        command = yield event
        while command is Command.PUBLISH:
            command = yield self._publication()
        if command is Command.STOP:
            raise _Stopped
        self.watch.start()

    def _started(self) -> RunStarted:
        return self._event(
            RunStarted,
            device=self.parts.device,
            threads=torch.get_num_threads(),
            epochs=self.settings.epochs,
            batches=self.batches,
            kept=self.parts.loaded.kept,
            restarted=self.parts.loaded.restarted,
        )

    def _publication(self) -> WeightsPublished:
        """The weights as they are now; raises ``NotFinite`` for some that nobody should get."""
        current = weights.snapshot(self.network, self.step)
        failures.check_weights(current)
        self.published = current
        return self._event(WeightsPublished, weights=current)

    def _rescued(self) -> Weights:
        """The weights of the last completed step; those last published if these are not whole or cannot be read."""
        # No gc.collect() here: in the run's thread it would destroy widgets that lie in a reference cycle.
        if self.parts.device == "cuda":
            torch.cuda.empty_cache()
        try:
            for buffer, before in zip(self.buffers, self.buffers_before, strict=False):
                buffer.copy_(before)
            current = weights.snapshot(self.network, self.step)
            failures.check_weights(current)
        except (failures.NotFinite, RuntimeError):  # RuntimeError: a graphics card that broke down
            return self.published
        return current

    def _event(self, kind: Callable[..., E], **fields: Any) -> E:
        return kind(run=self.id, step=self.step, graph=self.project.graph.digest, **fields)
