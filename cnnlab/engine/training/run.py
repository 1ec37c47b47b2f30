"""A training run: events to take one after the other, and at rest between two of them. No threads, no window, no printing."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4

from cnnlab.core.data.sources import Target
from cnnlab.core.project.project import Project, Weights
from cnnlab.core.runs.events import (
    Change,
    Checkpoint,
    End,
    Event,
    RunEnded,
    RunStarted,
    SettingChanged,
    WeightsPublished,
)
from cnnlab.engine.data.picture_sets import Dataset
from cnnlab.engine.system.threads import keep_to
from cnnlab.engine.training import devices, failures, precision
from cnnlab.engine.training.loop import Loop
from cnnlab.engine.training.run_setup import set_up

if TYPE_CHECKING:
    from cnnlab.engine.training.distributed import ProcessGroup

log = logging.getLogger(__name__)

T = TypeVar("T")


class Run:
    """A training of ``project`` on ``dataset`` by the project's settings, on from the weights it has; the optimiser starts afresh.

        with closing(Run(project, dataset)) as run:
            for event in run.events():
                ...

    The run works while its next event is asked for, and is at rest between two events: then whoever drives it may look at its
    ``weights`` or take a ``checkpoint``, and may let it wait. All of it is for the one thread that makes the run and drives it,
    but for ``stop``, ``change``, ``seconds`` and ``standing``, which are for any."""

    def __init__(
        self,
        project: Project,
        dataset: Dataset,
        *,
        device: str | None = None,
        threads: Sequence[int] | None = None,
        resume: Checkpoint | None = None,
        group: ProcessGroup | None = None,
        run_id: str | None = None,
    ) -> None:
        """Set up what the run needs; no step is taken yet. Raises ``TrainingError`` where it cannot begin.

        ``device`` stands in for the project's own setting. With several ``threads`` the first batches try each count and
        ``ThreadsChosen`` tells the quickest; with one, it is set; with none, the project's setting is, and torch's is left alone
        where that is 0. When the run is over or closed the count is as it was before.

        With ``resume`` the run goes on from that checkpoint of itself, under its name and with the threads that it had settled on:
        ``project`` (but for its weights) and ``dataset`` must be those that it began with. In a ``group``, each process makes a run
        with the same arguments, and all drive theirs to the end. ``run_id`` is the run's name, else a new one."""
        self.id = resume.run if resume else run_id or uuid4().hex[:12]
        self.project = project
        self.dataset = dataset
        self._group = group
        self._changes: deque[Change] = deque()
        self._stop_wanted = self._is_stopped = False
        self._fault: Exception | None = None
        """Why the weights are none that anybody should get."""
        counts = tuple(threads or (project.training.threads,) * (project.training.threads > 0))
        if resume and resume.state["threads"]:
            counts = (resume.state["threads"],)
        with ExitStack() as at_the_end:
            if counts:
                at_the_end.enter_context(devices.thread_count_restored())
                keep_to(counts[0])
            parts = set_up(project, dataset, device or project.training.device, group, resume)
            at_the_end.callback(parts.plan.close)
            if parts.device == "cuda":
                at_the_end.enter_context(precision.tf32(parts.arithmetic.name == "tf32"))
            self._loop = Loop(self.id, project, dataset, parts, counts, resume, group)
            self._at_the_end = at_the_end.pop_all()
        self._events = self._all()

    def events(self) -> Iterator[Event]:
        """The events that are still to come; whoever asks a second time goes on where the first has got to.

        They are ``RunStarted``, a ``WeightsPublished`` with the weights before the first step, a ``BatchDone`` for each step, and
        after each epoch ``Measuring``, ``EpochDone`` and ``WeightsPublished``; an epoch that ``max_steps`` cuts short ends in the
        same way. The test pictures are measured when all epochs are through; ``RunEnded`` is last. With early stopping a
        completed run ends with its best weights, published before the test.

        Nothing is raised: whatever goes wrong ends in ``RunEnded`` with a message, after the last weights that are whole. The same
        project and dataset, device and thread count give the same weights, bit by bit, on the same processor, whether or not the
        run was resumed on the way."""
        return self._events

    def stop(self) -> None:
        """Let no further batch begin: ``WeightsPublished`` and ``RunEnded`` come next. In a group, all stop."""
        self._stop_wanted = True

    def change(self, change: Change) -> None:
        """Let ``change`` hold from the next batch on: a ``SettingChanged`` for each of its settings comes next. In a group the
        first process's counts."""
        self._changes.append(change)

    def weights(self) -> Weights:
        """The weights as they are now. Where they are not finite, or cannot be read, those that somebody got last are returned, and
        the run fails with its next event."""
        self._guarded(self._loop.publication)
        return self._loop.published

    def checkpoint(self) -> Checkpoint | None:
        """All that the run needs to go on from here bit by bit; None where it fails and leaves nothing to go on from."""
        current = self._loop.trained or self.weights()
        return self._guarded(lambda: self._loop.checkpoint(current))

    @property
    def started(self) -> RunStarted:
        """Its first event."""
        return self._loop.started

    @property
    def best(self) -> Weights | None:
        """The weights with the lowest validation loss so far."""
        return self._loop.best

    @property
    def seconds(self) -> float:
        """Seconds of work since it was made."""
        return self._loop.watch.seconds

    @property
    def standing(self) -> float:
        """Seconds for which it has been waiting for its driver; 0 while it works."""
        return self._loop.watch.standing

    def close(self) -> None:
        """Give back what the run holds. A run that is not over ends without a further event."""
        self._events.close()
        self._at_the_end.close()

    def _guarded(self, look: Callable[[], T]) -> T | None:
        """What ``look`` returns; None if it raises, which the next event then tells, or the run has failed already."""
        if self._fault is None:
            try:
                return look()
            except Exception as error:  # noqa: BLE001  # the next event tells it
                self._fault = error
        return None

    def _all(self) -> Generator[Event]:
        loop, failure, last = self._loop, None, list[Event]()
        with self._at_the_end:
            try:
                with closing(loop.events()) as planned:
                    for event in planned:
                        loop.watch.stop()
                        yield event
                        yield from self._heed()
                        if self._is_stopped:
                            break
                        loop.watch.start()
                last = self._last_events()
            except Exception as error:  # the boundary of a run: its driver gets events, whatever happens
                log.exception("run %s failed after step %d", self.id, loop.step)
                # The traceback holds the tensors of the failed batch, and with them the memory that may have run out.
                failure = error.with_traceback(None)
            if failure:
                last = self._failed(failure)
            loop.watch.stop()
            yield from last

    def _heed(self) -> Iterator[SettingChanged]:
        """Do what was asked for while the run stood."""
        while True:
            if self._fault:
                raise self._fault
            stop, change = self._stop_wanted, self._changes.popleft() if self._changes else None
            if self._group:
                stop, change = self._group.agree(stop, change)
            self._is_stopped = stop
            if stop or change is None:
                return
            yield from self._loop.changed(change)

    def _last_events(self) -> list[Event]:
        """What comes last where nothing has gone wrong."""
        loop, test = self._loop, self._loop.test
        if self._is_stopped:
            return [loop.publication(), loop.event(RunEnded, end=End.STOPPED)]
        accuracy = test.accuracy if test and self.dataset.target is not Target.NUMBER else None
        over = loop.state.over
        return [loop.event(RunEnded, end=End.COMPLETED, test_accuracy=accuracy, test=test, early=over)]

    def _failed(self, failure: Exception) -> list[Event]:
        """What comes last of a run that ``failure`` has ended."""
        loop, settings = self._loop, self.project.training
        if self._group and not loop.parts.stepper.others_wait:
            self._group.give_up()
        self._fault = None if self._rescue() else failure
        rate = loop.state.changes.get("learning_rate", settings.learning_rate)
        why = failures.explain(failure, loop.step, replace(settings, learning_rate=rate))
        return [
            loop.event(WeightsPublished, weights=loop.published),
            loop.event(RunEnded, end=End.FAILED, message=why),
        ]

    def _rescue(self) -> bool:
        """Let what is published be the weights of the last completed step, and say so; if these are not whole or cannot be read,
        it stays what was published last."""
        loop = self._loop
        # No gc.collect() here: in the run's thread it would destroy widgets that lie in a reference cycle.
        try:
            devices.release_memory(loop.parts.device)
            loop.parts.stepper.undo()
            if loop.parts.stepper.whole:
                loop.publication()
                return True
        except (failures.NotFinite, RuntimeError):  # RuntimeError: a GPU that broke down
            pass
        loop.step = loop.published.step
        return False
