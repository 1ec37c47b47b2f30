"""The training loop as it is planned: epochs of batches, validation after each, the test at the end. Nobody stops it here, and
what goes wrong is raised; ``run`` sees to both."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, TypeVar

import torch

from cnnlab.core.project.project import Project, Weights
from cnnlab.core.runs.events import (
    BatchDone,
    Change,
    Checkpoint,
    EpochDone,
    Event,
    Measuring,
    RunStarted,
    SettingChanged,
    Split,
    ThreadsChosen,
    WeightsPublished,
)
from cnnlab.core.training.metrics import Metrics
from cnnlab.engine.data.picture_sets import Dataset, Pictures
from cnnlab.engine.network import weights
from cnnlab.engine.training import checkpointing, evaluation, failures, freezing, live
from cnnlab.engine.training.early_stopping import EarlyStopping
from cnnlab.engine.training.pace import Rate, Stopwatch, ThreadTrial
from cnnlab.engine.training.run_setup import SetUp
from cnnlab.engine.training.state import LoopState
from cnnlab.engine.training.step import StepSums

if TYPE_CHECKING:
    from cnnlab.engine.training.distributed import ProcessGroup

E = TypeVar("E", bound=Event)


class Loop:
    """The loop of one run, with all that it works with and how far it has come; for the thread that drives the run."""

    def __init__(
        self,
        run: str,
        project: Project,
        dataset: Dataset,
        parts: SetUp,
        threads: Sequence[int],
        resume: Checkpoint | None,
        group: ProcessGroup | None,
    ) -> None:
        self.parts = parts
        self.watch = Stopwatch()
        """Counts the seconds of work, for whoever lets it stand between two events."""
        self.step = project.weights.step
        # A run that goes on after others must not show the pictures in the same orders again. So epochs are numbered by
        # the steps that lie behind them; one that was broken off counts.
        orders = -(-self.step // parts.plan.steps)
        self.state = LoopState(began_at=self.step, orders=orders, draws=self.step)
        self.best: Weights | None = None
        """The weights with the lowest validation loss so far."""
        self.trained: Weights | None = None
        """The weights with which training ended, if the run has gone back to its best ones since."""
        self.test: Metrics | None = None
        """The figures on the test pictures, at the end."""
        self._run = run
        self._project = project
        self._settings = project.training
        self._dataset = dataset
        self._group = group
        self._stopping = EarlyStopping(self._settings.early_stopping)
        if resume:
            self.step, self.best = resume.step, resume.best
            self.state = checkpointing.restored(resume, self._stopping, parts)
        self.published = weights.snapshot(parts.judged, self.step)
        """The weights that somebody got last. A run that fails goes back to none that are older."""
        self._trial = ThreadTrial(threads) if len(threads) > 1 else None
        self._rate = Rate()
        self.started = self._started(resumed=resume is not None)
        """The first event."""

    def events(self) -> Generator[Event]:
        """The events of the run, from the start to the test."""
        yield self.started
        yield self.publication()
        # Not by the step, which goes back with the best weights.
        while not self.state.over and self.state.epoch <= math.ceil(self.parts.steps / self.parts.plan.steps):
            yield from self._epoch()
        if self._settings.early_stopping and self._goes_back():
            yield self.publication()
        if len(self._dataset.test):
            self.test = yield from self._measured(Split.TEST, self._dataset.test)

    def publication(self) -> WeightsPublished:
        """The weights as they are now. Raises ``NotFinite`` for some that nobody should get."""
        current = weights.snapshot(self.parts.judged, self.step)
        failures.check_weights(current)
        self.published = current
        return self.event(WeightsPublished, weights=current)

    def checkpoint(self, current: Weights) -> Checkpoint:
        """All that it needs to go on from here bit by bit; its weights are ``current``."""
        threads = None if self._trial else torch.get_num_threads()
        return checkpointing.taken(self._run, current, self.best, self.state, self._stopping, self.parts, threads)

    def changed(self, change: Change) -> list[SettingChanged]:
        """Let ``change`` hold from the next step on; what there is to tell of it."""
        made = live.apply(change, self.parts, self._done)
        self.state.changes.update({one.name: one.after for one in made})
        return [self.event(SettingChanged, **vars(one)) for one in made]

    def event(self, kind: Callable[..., E], **fields: Any) -> E:
        """An event of this run, as far as it has come."""
        return kind(run=self._run, step=self.step, graph=self._project.graph.digest, **fields)

    def _epoch(self) -> Iterator[Event]:
        """What is left of an epoch: its pictures, then validation, then the weights."""
        state, parts = self.state, self.parts
        began = self.watch.seconds - state.sums.seconds
        freezing.train_mode(parts.network, self._project.learning)
        if self._done < parts.steps:
            with closing(parts.plan.steps_of(state.orders + state.epoch, skip=state.batch)) as steps:
                while self._done < parts.steps:
                    since = self.watch.seconds
                    pictures = next(steps, None)
                    if pictures is None:
                        break
                    rate = parts.schedule.rate(self._done)
                    figures = parts.stepper.learn(pictures, rate, state.draws, self.step + 1)
                    self.step += 1
                    state.count(figures, self.watch.seconds - began)
                    took = self.watch.seconds - since
                    yield self._batch_done(figures, rate, took)
                    if chosen := self._threads_chosen(took, figures.images):
                        yield chosen
        validation = yield from self._measured(Split.VALIDATION, self._dataset.validation)
        current = self.publication()
        yield self._epoch_done(validation, current.weights, self.watch.seconds - began)
        yield current

    def _measured(self, split: Split, pictures: Pictures) -> Generator[Event, None, Metrics]:
        """The figures on a split, telling how far it is."""
        measurement = evaluation.Measurement(
            self.parts.judged, pictures, self._project.preprocessing, loss=self.parts.loss,
            target=self._dataset.target, full=True,
        )  # fmt: skip
        for done in measurement:
            yield self.event(Measuring, split=split, done=done, total=len(pictures))
        return self._group.first(measurement.metrics) if self._group else measurement.metrics

    def _goes_back(self) -> bool:
        """Let the best weights be the run's; whether these are not its last."""
        if self.best is None or self.best.step == self.step:
            return False
        self.trained = weights.snapshot(self.parts.judged, self.step)
        weights.load(self.parts.judged, self.best, self._settings.seed)
        self.step = self.best.step
        return True

    @property
    def _done(self) -> int:
        """Steps of this run."""
        return self.step - self.state.began_at

    def _started(self, resumed: bool) -> RunStarted:
        return self.event(
            RunStarted,
            device=self.parts.device,
            precision=self.parts.arithmetic.name,
            streamed=self.parts.plan.streamed,
            message=self.parts.plan.text,
            threads=torch.get_num_threads(),
            processes=self._group.processes if self._group else 1,
            epochs=self._settings.epochs,
            batches=self.parts.plan.steps,
            steps=self.parts.steps,
            resumed=resumed,
            kept=self.parts.loaded.kept,
            restarted=self.parts.loaded.restarted,
        )

    def _batch_done(self, figures: StepSums, rate: float, seconds: float) -> BatchDone:
        return self.event(
            BatchDone,
            epoch=self.state.epoch,
            loss=figures.mean_loss,
            accuracy=figures.accuracy(self._dataset.target),
            error=figures.mean_error(self._dataset.target),
            learning_rate=rate,
            images=self.state.images,
            images_per_second=self._rate.after(seconds, figures.images),
        )

    def _threads_chosen(self, seconds: float, images: int) -> ThreadsChosen | None:
        """What is to be told of a batch that took ``seconds``: the number of threads, if it settles that."""
        chosen = self._trial.after(seconds, images) if self._trial else None
        if chosen is None:
            return None
        self._trial = None
        return self.event(ThreadsChosen, threads=chosen)

    def _epoch_done(self, validation: Metrics, current: Weights, seconds: float) -> EpochDone:
        """Judge the epoch, which ends with the weights ``current``; the next one is in hand then."""
        figures, epoch = self.state.sums.figures(), self.state.epoch
        judged = validation.loss if validation.count else figures.mean_loss
        verdict = self._stopping.after(judged)
        self.parts.schedule.after_epoch(judged)
        if verdict.is_best:
            self.best = current
        self.state.over = verdict.stop
        self.state.next_epoch()
        return self.event(
            EpochDone,
            epoch=epoch,
            loss=figures.mean_loss,
            accuracy=figures.accuracy(self._dataset.target),
            error=figures.mean_error(self._dataset.target),
            validation_loss=validation.loss,
            validation_accuracy=validation.accuracy,
            validation_error=validation.error,
            validation=validation,
            is_best=verdict.is_best,
            seconds=seconds,
        )
