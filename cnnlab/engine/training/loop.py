"""The training loop, as a generator of events: no threads, no window, no printing.

``next(run)`` goes on to the next event, so a driver pauses a run by not asking; ``run.send(Command.STOP)`` ends it.
"""

from __future__ import annotations

import logging
import math
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

import torch

from cnnlab.core.events import (
    Answer,
    BatchDone,
    Change,
    Checkpoint,
    CheckpointReady,
    Command,
    End,
    EpochDone,
    Event,
    Measuring,
    RunEnded,
    RunStarted,
    SettingChanged,
    Split,
    ThreadsChosen,
    WeightsPublished,
)
from cnnlab.core.metrics import Metrics
from cnnlab.core.project import Project, Weights
from cnnlab.core.sources import Target
from cnnlab.engine import weights
from cnnlab.engine.data.picture_sets import Dataset, Pictures
from cnnlab.engine.threads import keep_to
from cnnlab.engine.training import checkpointing, devices, evaluation, failures, freezing, live, precision
from cnnlab.engine.training.early_stopping import EarlyStopping
from cnnlab.engine.training.pace import Rate, Stopwatch, ThreadTrial
from cnnlab.engine.training.run_setup import set_up
from cnnlab.engine.training.state import RunState
from cnnlab.engine.training.step import Figures

if TYPE_CHECKING:
    from cnnlab.engine.distributed import Group

log = logging.getLogger(__name__)

T = TypeVar("T")
E = TypeVar("E", bound=Event)
Events = Generator[Event, Answer, T]


def train(
    project: Project,
    dataset: Dataset,
    *,
    device: str | None = None,
    threads: Sequence[int] | None = None,
    resume: Checkpoint | None = None,
    group: Group | None = None,
    run_id: str | None = None,
) -> Events[None]:
    """Train ``project`` on ``dataset`` by the project's settings, on from the weights it has; the optimiser starts afresh.

    Yields ``RunStarted``, a ``WeightsPublished`` with the weights before the first step, a ``BatchDone`` for each step, and
    after each epoch ``Measuring``, ``EpochDone`` and ``WeightsPublished``; an epoch that the most steps cut short ends in the
    same way. The test pictures are measured when all epochs are through; ``RunEnded`` is last. With early stopping a
    completed run ends with its best weights, published before the test.

    The driver may answer any event before the end with ``Command.STOP`` (no further batch; ``WeightsPublished`` and
    ``RunEnded`` follow), ``Command.PUBLISH`` (a ``WeightsPublished`` is next), ``Command.CHECKPOINT`` (a ``CheckpointReady``
    is next) or a ``Change`` (its ``SettingChanged`` are next), and may ``close()`` the run at any time.

    ``device`` stands in for the project's own setting. With several ``threads`` the first batches try each count and
    ``ThreadsChosen`` tells the quickest; with one, it is set; with none, the project's setting is, and torch's is left alone
    where that is 0. At the end the count is as it was before.

    With ``resume`` the run goes on from that checkpoint of itself, under its name and with the threads that it had settled on:
    ``project`` (but for its weights) and ``dataset`` must be those that it began with. In a ``group``, each process calls
    ``train`` with the same arguments. ``run_id`` is the run's name, else a new one.

    Raises ``TrainingError`` where the run cannot begin. Once ``RunStarted`` was yielded nothing is raised: whatever goes
    wrong ends in ``RunEnded`` with a message, after the last weights that are whole. The same project and dataset, device and
    thread count give the same weights, bit by bit, on the same processor, whether or not the run was resumed on the way."""
    counts = tuple(threads or (project.training.threads,) * (project.training.threads > 0))
    if resume and resume.state["threads"]:
        counts = (resume.state["threads"],)
    with ExitStack() as at_the_end:
        if counts:
            at_the_end.enter_context(devices.thread_count_restored())
        run = _Run(project, dataset, device, counts, resume, group, run_id)
        at_the_end.callback(run.parts.plan.close)
        if run.parts.device == "cuda":
            at_the_end.enter_context(precision.tf32(run.parts.arithmetic.name == "tf32"))
        yield from run.events()


class _Stopped(Exception):
    """The driver sent ``Command.STOP``."""


class _Run:
    """One run: network and pictures on the device, and how far it has come."""

    def __init__(
        self,
        project: Project,
        dataset: Dataset,
        device: str | None,
        threads: Sequence[int],
        resume: Checkpoint | None,
        group: Group | None,
        run_id: str | None,
    ) -> None:
        self.project = project
        self.settings = project.training
        self.dataset = dataset
        self.group = group
        if threads:
            keep_to(threads[0])
        self.trial = ThreadTrial(threads) if len(threads) > 1 else None
        self.parts = set_up(project, dataset, device or project.training.device, group, resume)
        self.id = resume.run if resume else run_id or uuid4().hex[:12]
        self.resumed = resume is not None
        self.step = project.weights.step
        # A run that goes on after others must not show the pictures in the same orders again. So epochs are numbered by
        # the steps that lie behind them; one that was broken off counts.
        orders = -(-self.step // self.parts.plan.batches)
        self.state = RunState(began_at=self.step, orders=orders, draws=self.step)
        self.stopping = EarlyStopping(self.settings.early_stopping)
        self.best: Weights | None = None
        self.trained: Weights | None = None  # where training ended, if the run has gone back to its best weights since
        if resume:
            self.step, self.best = resume.step, resume.best
            self.state = checkpointing.restored(resume, self.stopping, self.parts)
        self.published = weights.snapshot(self.parts.network, self.step)
        self.watch = Stopwatch()
        self.rate = Rate()

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
            if self.group and not self.parts.stepper.others_wait:
                self.group.give_up()
            whole = self._rescue()
            answer = yield self._event(WeightsPublished, weights=self.published)
            if answer is Command.CHECKPOINT and whole:
                yield self._checkpoint()
            rate = self.state.changes.get("learning_rate", self.settings.learning_rate)
            why = failures.explain(failure, self.step, replace(self.settings, learning_rate=rate))
            yield self._event(RunEnded, end=End.FAILED, message=why)

    def _as_planned(self) -> Events[None]:
        test = None
        try:
            yield from self._tell(self._started())
            yield from self._tell(self._publication())
            # Not by the step, which goes back with the best weights.
            while not self.state.over and self.state.epoch <= math.ceil(self.parts.steps / self.parts.plan.batches):
                yield from self._epoch()
            if self.settings.early_stopping:
                yield from self._back_to_the_best()
            if len(self.dataset.test):
                test = yield from self._measured(Split.TEST, self.dataset.test)
        except _Stopped:
            answer = yield self._publication()
            if answer is Command.CHECKPOINT:
                yield self._checkpoint()
            yield self._event(RunEnded, end=End.STOPPED)
        else:
            yield self._event(
                RunEnded,
                end=End.COMPLETED,
                test_accuracy=test.accuracy if test and self.dataset.target is not Target.NUMBER else None,
                test=test,
                early=self.state.over,
            )

    def _epoch(self) -> Events[None]:
        """What is left of an epoch: its pictures, then validation, then the weights."""
        state, parts = self.state, self.parts
        began = self.watch.seconds - state.sums.seconds
        freezing.train_mode(parts.network, self.project.learning)
        if self._done < parts.steps:
            with closing(parts.plan.epoch(state.orders + state.epoch, skip=state.batch)) as batches:
                while self._done < parts.steps:
                    since = self.watch.seconds
                    batch = next(batches, None)
                    if batch is None:
                        break
                    rate = parts.schedule.rate(self._done)
                    figures = parts.stepper.learn(batch, rate, state.draws, self.step + 1)
                    self.step += 1
                    state.count(figures, self.watch.seconds - began)
                    took = self.watch.seconds - since
                    yield from self._tell(self._batch_done(figures, rate, took))
                    yield from self._try_threads(took, figures.images)
        validation = yield from self._measured(Split.VALIDATION, self.dataset.validation)
        yield from self._end_of_epoch(validation, self.watch.seconds - began)

    def _end_of_epoch(self, validation: Metrics, seconds: float) -> Events[None]:
        """Judge an epoch, and tell of it."""
        current = self._publication()
        figures, epoch = self.state.sums.figures(), self.state.epoch
        judged = validation.loss if validation.count else figures.mean_loss
        verdict = self.stopping.after(judged)
        self.parts.schedule.after_epoch(judged)
        if verdict.is_best:
            self.best = current.weights
        self.state.over = verdict.stop
        self.state.next_epoch()
        yield from self._tell(
            self._event(
                EpochDone,
                epoch=epoch,
                loss=figures.mean_loss,
                accuracy=figures.accuracy(self.dataset.target),
                error=figures.mean_error(self.dataset.target),
                validation_loss=validation.loss,
                validation_accuracy=validation.accuracy,
                validation_error=validation.error,
                validation=validation,
                is_best=verdict.is_best,
                seconds=seconds,
            )
        )
        yield from self._tell(current)

    def _back_to_the_best(self) -> Events[None]:
        """Let the best weights be the run's."""
        if self.best is not None and self.best.step != self.step:
            self.trained = weights.snapshot(self.parts.network, self.step)
            weights.load(self.parts.network, self.best, self.settings.seed)
            self.step = self.best.step
            yield from self._tell(self._publication())

    def _measured(self, split: Split, pictures: Pictures) -> Events[Metrics]:
        """The figures on a split, telling how far it is."""
        measuring = evaluation.measure(
            self.parts.network, pictures, self.project.preprocessing, loss=self.parts.loss, target=self.dataset.target,
            full=True,
        )  # fmt: skip
        while True:
            try:
                done = next(measuring)
            except StopIteration as end:
                return self.group.first(end.value) if self.group else end.value
            yield from self._tell(self._event(Measuring, split=split, done=done, total=len(pictures)))

    def _try_threads(self, seconds: float, images: int) -> Events[None]:
        chosen = self.trial.after(seconds, images) if self.trial else None
        if chosen is not None:
            self.trial = None
            yield from self._tell(self._event(ThreadsChosen, threads=chosen))

    def _tell(self, event: Event) -> Events[None]:
        """Yield one event and do what the driver answers; the stopwatch stands while the driver holds the run."""
        self.watch.stop()
        events = deque([event])
        while events:
            answer = yield events.popleft()
            if self.group:
                answer = self.group.agree(answer)
            match answer:
                case Command.STOP:
                    raise _Stopped
                case Command.PUBLISH:
                    events.appendleft(self._publication())
                case Command.CHECKPOINT:
                    events.appendleft(self._checkpoint())
                case Change():
                    made = live.apply(answer, self.parts, self._done)
                    self.state.changes.update({change.name: change.after for change in made})
                    events.extendleft(self._event(SettingChanged, **vars(change)) for change in reversed(made))
        self.watch.start()

    @property
    def _done(self) -> int:
        """Steps of this run."""
        return self.step - self.state.began_at

    def _started(self) -> RunStarted:
        return self._event(
            RunStarted,
            device=self.parts.device,
            precision=self.parts.arithmetic.name,
            streamed=self.parts.plan.streamed,
            message=self.parts.plan.words,
            threads=torch.get_num_threads(),
            processes=self.group.processes if self.group else 1,
            epochs=self.settings.epochs,
            batches=self.parts.plan.batches,
            steps=self.parts.steps,
            resumed=self.resumed,
            kept=self.parts.loaded.kept,
            restarted=self.parts.loaded.restarted,
        )

    def _batch_done(self, figures: Figures, rate: float, seconds: float) -> BatchDone:
        return self._event(
            BatchDone,
            epoch=self.state.epoch,
            loss=figures.mean_loss,
            accuracy=figures.accuracy(self.dataset.target),
            error=figures.mean_error(self.dataset.target),
            learning_rate=rate,
            images=self.state.images,
            images_per_second=self.rate.after(seconds, figures.images),
        )

    def _publication(self) -> WeightsPublished:
        """The weights as they are now; raises ``NotFinite`` for some that nobody should get."""
        current = weights.snapshot(self.parts.network, self.step)
        failures.check_weights(current)
        self.published = current
        return self._event(WeightsPublished, weights=current)

    def _checkpoint(self) -> CheckpointReady:
        current = self.trained or weights.snapshot(self.parts.network, self.step)
        if self.trained is None and failures.are_finite(current):
            self.published = current  # a run that fails does not go back to older ones
        threads = None if self.trial else torch.get_num_threads()
        checkpoint = checkpointing.taken(self.id, current, self.best, self.state, self.stopping, self.parts, threads)
        return self._event(CheckpointReady, checkpoint=checkpoint)

    def _rescue(self) -> bool:
        """Let ``published`` be the weights of the last completed step, and say so; if these are not whole or cannot be read,
        it stays what was published last."""
        # No gc.collect() here: in the run's thread it would destroy widgets that lie in a reference cycle.
        try:
            devices.release_memory(self.parts.device)
            self.parts.stepper.undo()
            if self.parts.stepper.whole:
                self._publication()
                return True
        except (failures.NotFinite, RuntimeError):  # RuntimeError: a graphics card that broke down
            pass
        self.step = self.published.step
        return False

    def _event(self, kind: Callable[..., E], **fields: Any) -> E:
        return kind(run=self.id, step=self.step, graph=self.project.graph.digest, **fields)
