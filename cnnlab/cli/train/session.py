"""A training from its command to its last word: in one process, or as one of several that train together."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

from cnnlab.cli.train import reading, resuming
from cnnlab.cli.train.display import Quiet, RunDisplay
from cnnlab.cli.train.signals import Wishes, heeded
from cnnlab.cli.train.trained_file import TrainedFile
from cnnlab.core.data.sources import SOURCES
from cnnlab.core.messages import Refusal
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import whole
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project, Weights
from cnnlab.core.runs.events import Checkpoint, End, EpochDone, RunEnded, RunStarted, WeightsPublished
from cnnlab.engine.archive import Opened, ProjectError
from cnnlab.engine.data import datasets, streaming
from cnnlab.engine.runs import folder as run_folder
from cnnlab.engine.runs import resume
from cnnlab.engine.runs.recorder import Taker, record
from cnnlab.engine.runs.tensorboard import TensorBoard
from cnnlab.engine.training import failures
from cnnlab.engine.training.distributed import ProcessGroup, ProcessPlace, joined, sync_batch_norm
from cnnlab.engine.training.run import Run

_GRACE = 2.0
"""Seconds in which a signal that comes again to one of several processes is the same wish: from the launcher and from
whoever signals them all."""


@dataclass(frozen=True)
class Order:
    """The training that a command asks for."""

    path: Path
    """The project file."""
    open: Callable[[Path], Opened]
    """Reads it; only the first of several processes does."""
    edit: Callable[[Project], Project]
    """Puts the settings that hold for this run in place of the project's own."""
    notes: Callable[[Project, bool], Sequence[str]] = lambda _project, _streamed: ()
    """What to say of settings that have no effect in a run of that project; whether its pictures are read batch by batch."""
    restart: bool = False
    """Whether to begin with fresh weights."""
    resume: str | None = None
    """The id of a run to go on with; empty: the newest that can."""
    tensorboard: bool = False
    """Whether to write files for TensorBoard too."""


@dataclass(frozen=True)
class Beginning:
    """What every process must know before a run begins."""

    project: Project
    run: str
    checkpoint: Checkpoint | None = None
    finished: bool = False
    """Whether there is nothing left to do, because an earlier start has done it."""


@dataclass(frozen=True)
class Outcome:
    """How a training ended."""

    ended: RunEnded | None
    """None if there was nothing left to do."""
    project: Project
    folder: Path
    """The folder of the run."""
    stopped_by: int | None
    """The signal that stopped it."""


def train(order: Order, place: ProcessPlace | None) -> Outcome:
    """Train as ``order`` says, in ``place`` among other processes if there are any; keep the run in its folder and its weights in
    the project file. Raises ``Refusal``."""
    with _together(place) as group:
        return _Session(order, place, group).outcome()


@contextmanager
def _together(place: ProcessPlace | None) -> Generator[ProcessGroup | None]:
    """Inside, this process belongs to the group of processes; an error that only this one has ends the others too."""
    if place is None:
        yield None
        return
    with joined(place) as group:
        try:
            yield group
        except (Exception, SystemExit):  # a command that cannot go on exits
            group.give_up()
            raise


class _Session:
    def __init__(self, order: Order, place: ProcessPlace | None, group: ProcessGroup | None) -> None:
        self.order, self.place, self.group = order, place, group
        self.wishes = Wishes()
        self.is_first = group is None or group.rank == 0
        self.root = run_folder.root(order.path)
        self.file: TrainedFile | None = None
        self.newest: Weights | None = None
        self.resumes = False
        self.launchers: frozenset[str] = frozenset()

    def outcome(self) -> Outcome:
        self.launchers = resuming.launchers(self.place, self.group)
        beginning = self._begin() if self.is_first else None
        if self.group:
            beginning = self.group.first(beginning)
        assert beginning is not None
        ended = None if beginning.finished else self._run(beginning)
        return Outcome(ended, beginning.project, self.root / beginning.run, self.wishes.stopped_by)

    def _begin(self) -> Beginning:
        opened = self.order.open(self.order.path)
        if opened.read_only:
            raise Refusal(
                _(
                    "“{path}” was made by a later version of cnnlab and cannot be saved, so it is not trained.",
                    path=self.order.path,
                )
            )
        found = resuming.find(self.root, self.order.resume, self.launchers)
        if found is None:
            self.file = TrainedFile(self.order.path, opened, fresh=self.order.restart)
            project = changes.forget_weights(opened.project) if self.order.restart else opened.project
            return Beginning(self.order.edit(project), uuid4().hex[:12])
        if found.is_complete:
            return Beginning(opened.project, found.id, finished=True)
        project, checkpoint = resuming.prepare(found, self.order.edit)
        self.file = TrainedFile(self.order.path, opened, resumed=project)
        self.resumes = True
        return Beginning(project, checkpoint.run, checkpoint)

    def _run(self, beginning: Beginning) -> RunEnded:
        project, settings = beginning.project, beginning.project.training
        mirrors = [TensorBoard(self.root)] if self.order.tensorboard and self.is_first else []
        device = self.group.choose(settings.device) if self.group else None
        threads = [self.place.threads] if self.place and not settings.threads else None
        dataset = reading.pictures(project) if self.is_first else datasets.of(project)
        if self.is_first and beginning.checkpoint:
            resume.check_data(self.root / beginning.run, dataset)
        if SOURCES[project.data.source].any_size:
            project = changes.set_data(project, classes=dataset.classes)
            if self.file:
                self.file.name_classes(project.data)
        if self.file:
            self.file.prepare_as(project)
        begin = partial(
            Run,
            project,
            dataset,
            device=device,
            threads=threads,
            resume=beginning.checkpoint,
            group=self.group,
            run_id=beginning.run,
        )
        began = beginning.checkpoint.state["began_at"] if beginning.checkpoint else None
        display = RunDisplay(began, SOURCES[project.data.source].unit) if self.is_first else Quiet()
        with display, self._heeding(project):
            note = self.group and sync_batch_norm(self.group, project.graph)
            for text in (*(self.file.notices if self.file else ()), note):
                if text:
                    display.say(str(text))
            return self._trained(begin, mirrors, display)

    @contextmanager
    def _heeding(self, project: Project) -> Generator[None]:
        """Before there is anything to save, a signal ends the program as usual; inside it is a wish."""
        patience, paused = (_GRACE, self.group.pause) if self.group else (0.0, None)
        with heeded(patience, paused) as self.wishes:
            try:
                yield
            except RuntimeError as error:
                # torch raises it from a signal handler, so it may come between two events, where the run cannot answer it.
                if not streaming.is_of_a_process(error):
                    raise
                if self.file and self.newest and self.newest.step != project.weights.step:
                    self.file.keep(self.newest)
                step = self.newest.step if self.newest else project.weights.step
                raise Refusal(failures.explain(error, step, project.training)) from error

    def _trained(self, begin: Callable[[], Run], mirrors: Sequence[Taker], display: Quiet) -> RunEnded:
        """Begin a run, record it, drive it to its end, and save what it has learned."""
        with closing(begin()) as run, ExitStack() as ending:
            recorder = record(run, self.root, project_path=self.order.path)
            takers = [ending.enter_context(taker) for taker in (recorder, *mirrors)]
            if self.launchers and self.is_first:
                resuming.mark(self.root / run.id, self.launchers)
            ended = self._drive(run, takers, display)
        self._keep_at_the_end(ended, run, display)
        return ended

    def _drive(self, run: Run, takers: Sequence[Taker], display: Quiet) -> RunEnded:
        """Let the run go on to its end, showing it and saving its weights on the way."""
        is_due = False
        for event in run.events():
            for taker in takers:
                event = taker.take(event)
            display.show(event)
            if isinstance(event, RunEnded):
                return event
            if isinstance(event, RunStarted):
                for text in self.order.notes(run.project, event.streamed):
                    display.say(text)
            if isinstance(event, WeightsPublished):
                self.newest = event.weights
                if is_due and self.file:
                    self._save_on_the_way(event, self.file, display)
            is_due = isinstance(event, EpochDone) and self.file is not None and self.file.is_due
            self._steer(run)
        raise AssertionError("a run ends with RunEnded")

    def _keep_at_the_end(self, event: RunEnded, run: Run, display: Quiet) -> None:
        newest = self.newest
        if self.file and newest and (newest.step != run.started.step or self.resumes):
            try:
                moved = self.file.keep(newest)
            except ProjectError as error:
                safe = self.file.keep_elsewhere(newest, self.root / event.run)
                said = (event.message, error.message, safe)
                raise Refusal(_("{reason}", reason=" ".join(str(text) for text in said if text))) from error
            if moved:
                display.say(moved)
        if self.file and event.end is End.STOPPED:
            display.say(
                str(
                    _(
                        "Stopped at step {step}; its weights are in “{path}”. “cnnlab train --resume” resumes it.",
                        step=whole(event.step),
                        path=self.file.path,
                    )
                )
            )

    def _save_on_the_way(self, event: WeightsPublished, file: TrainedFile, display: Quiet) -> None:
        # The run has a folder of its own: a file that cannot be saved now is no reason to end it.
        try:
            moved = file.keep(event.weights)
        except ProjectError as error:
            moved = str(_("{reason} The run continues.", reason=error.message))
        if moved:
            display.say(moved)

    def _steer(self, run: Run) -> None:
        """Hand on what the signals so far ask of the run; waits while that is a pause."""
        while not self.group and self.wishes.paused and not self.wishes.stop:
            time.sleep(0.05)
        if self.wishes.stop:
            run.stop()
