"""Decides, event by event, what of a run is written to the disk."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import torch

from cnnlab.core.messages import Refusal
from cnnlab.core.project.project import Weights
from cnnlab.core.runs.events import BatchDone, End, EpochDone, Event, RunEnded, WeightsPublished
from cnnlab.core.runs.summary import RunState
from cnnlab.engine.archive.disk import DISK, Disk
from cnnlab.engine.archive.errors import ProjectError
from cnnlab.engine.data import streaming
from cnnlab.engine.runs import checkpoints, messages, run_files
from cnnlab.engine.runs.owners import Lock, Taken
from cnnlab.engine.runs.recording import RHYTHM, Recording, Rhythm
from cnnlab.engine.training.run import Run

log = logging.getLogger(__name__)

T = TypeVar("T")


class RecordError(Refusal):
    """A run that was not begun, because its folder cannot be written; ``message`` says why, and what to do."""


class Taker:
    """Something that takes each event of a run before its driver does; this one only hands them back.

        with closing(Run(project, dataset)) as run, record(run, root) as recorder:
            for event in run.events():
                show(recorder.take(event))

    All of it is for the thread that drives the run."""

    def take(self, event: Event) -> Event:
        """Do what is due between this event and the next, and return the event as the driver is to see it."""
        return event

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing more comes."""


def record(
    run: Run,
    root: Path,
    *,
    project_path: Path | None = None,
    rhythm: Rhythm = RHYTHM,
    disk: Disk = DISK,
) -> Taker:
    """A taker that keeps ``run``, which is about to begin, in ``root / <id of the run>``; one that goes on from a checkpoint (see
    ``resume.prepare``) goes on with its folder. Where several processes train together only the first records.

    Raises ``RecordError`` where the folder cannot be made, and where another process writes the run."""
    if torch.distributed.is_available() and torch.distributed.is_initialized() and torch.distributed.get_rank():
        return Taker()
    return Recorder(run, _begin(root / run.id, run, project_path, rhythm, disk), rhythm.patience)


def _begin(folder: Path, run: Run, project_path: Path | None, rhythm: Rhythm, disk: Disk) -> Recording:
    """The recording of a run that is about to take its first step. Raises ``RecordError``."""
    is_new, lock = not folder.exists(), None
    try:
        disk.make_folder(folder)
        lock = Lock(folder)
        checkpoint = _checkpoint_at(folder, run.started.step, disk) if run.started.resumed else None
        return Recording(folder, run, project_path, checkpoint, lock, rhythm, disk)
    except Taken as error:
        raise RecordError(messages.written_elsewhere(folder)) from error
    except BaseException as error:
        if lock is not None:
            lock.release()
        if is_new:
            shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, (OSError, ProjectError, ValueError)):  # a text that no file can hold is a ValueError
            log.warning("the run folder %s cannot be begun", folder, exc_info=True)
            raise RecordError(messages.not_begun(folder.parent, error)) from error
        raise


def _checkpoint_at(folder: Path, step: int, disk: Disk) -> checkpoints.ReadCheckpoint:
    """The checkpoint of ``step`` with its place in the record. Raises ``RecordError`` if another process has resumed the run since
    it was read, before this process had the lock."""
    latest = checkpoints.latest_with_position(folder, disk)
    is_over = run_files.read_heartbeat(folder, disk).state is RunState.COMPLETED
    if latest is None or latest.checkpoint.step != step or is_over:
        raise RecordError(messages.resumed_elsewhere(folder))
    return latest


class Recorder(Taker):
    """Writes a run into its folder, and decides when.

    When ``RunEnded`` was taken, the run's last weights and checkpoint are on the disk. A run that has not ended when nothing more
    comes is stopped, and kept just so. A folder that cannot be written ends the run, with a message in its ``RunEnded``."""

    def __init__(self, run: Run, recording: Recording, patience: float) -> None:
        """The run ends when the disk has failed for ``patience`` seconds."""
        self._run = run
        self._recording = recording
        self._patience = patience
        self._resumes_from = run.started.step if run.started.resumed else None
        """Step of the last checkpoint that was written."""
        self._last: Weights | None = None
        """The weights that the run published last."""
        self._best: Weights | None = None
        """The best weights, until they are on the disk."""
        self._checkpoint_wanted = False
        """Whether this is a good moment for a checkpoint, or was one that had to be let go by."""
        self._is_over = False
        self._failing_since: float | None = None
        self._retry_at = 0.0
        self._failure: Exception | None = None
        """Why the disk cannot be written, for which the run is ended."""

    def take(self, event: Event) -> Event:
        """Write what belongs to ``event``. A ``RunEnded`` may come back with more to say."""
        self._recording.go_on()
        try:
            if isinstance(event, RunEnded):
                return self._ended(event)
            self._keep(event)
        except BaseException as error:
            self._break_off(error)
            raise
        self._recording.hold()
        return event

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_over:
            return
        self._run.stop()
        try:
            for event in self._run.events():
                self.take(event)
        except BaseException as another:
            error = another
            raise
        finally:
            if not self._is_over:  # an exception that the run let through has ended it without a word
                self._break_off(error)

    def _keep(self, event: Event) -> None:
        match event:
            case EpochDone():
                self._checkpoint_wanted = True
                if event.is_best:
                    self._best = self._run.best
                    self._save_best()
            case WeightsPublished():
                self._last = event.weights
                self._save_snapshot(event.weights)
        self._recording.note(event)
        if isinstance(event, (BatchDone, WeightsPublished)) and self._may_write():
            if self._recording.checkpoint_is_due(event.step, wanted=self._checkpoint_wanted):
                self._save_checkpoint()
            elif isinstance(event, BatchDone) and self._recording.wants_snapshot(event.step):
                self._save_snapshot(self._run.weights())
        if self._is_failing():
            self._run.stop()

    # --- the disk

    def _save_checkpoint(self) -> None:
        self._save_best()
        checkpoint = self._run.checkpoint()
        if checkpoint is None:
            return  # those before it are kept
        if self._tried(self._recording.save_checkpoint, checkpoint):
            self._checkpoint_wanted, self._resumes_from = False, checkpoint.step
        self._save_snapshot(checkpoint.weights)

    def _save_best(self) -> None:
        if self._best is not None and self._tried(self._recording.save_best, self._best):
            self._best = None

    def _save_snapshot(self, weights: Weights) -> None:
        if not self._recording.wants_snapshot(weights.step):
            return
        try:
            self._recording.save_snapshot(weights)
        except (OSError, ProjectError):  # a replay with a step less
            log.warning("the snapshot of step %d is left out", weights.step, exc_info=True)

    def _tried(self, write: Callable[[T], None], what: T) -> bool:
        """Whether ``write(what)`` succeeded. Where nothing does for a while, the run is to end."""
        now = time.monotonic()
        try:
            write(what)
        except (OSError, ProjectError) as error:
            log.warning("a run cannot be recorded at the moment: %s", error)
            if self._failing_since is None:
                self._failing_since = now
            self._retry_at = now + self._patience / 4
            if now - self._failing_since >= self._patience:
                self._failure = error
            return False
        self._failing_since = None
        return True

    def _may_write(self) -> bool:
        return self._failing_since is None or time.monotonic() >= self._retry_at

    def _is_failing(self) -> bool:
        if self._failure is None:
            self._failure = self._recording.trouble
        return self._failure is not None

    # --- the end

    def _ended(self, ended: RunEnded) -> RunEnded:
        """``RunEnded``, with all of the run on the disk, or with a message that says what is not."""
        if ended.end is not End.COMPLETED:
            self._save_checkpoint()
        if self._failure is not None:
            message = messages.not_recorded(self._recording.folder, self._failure, ended.step)
            ended = replace(ended, end=End.FAILED, message=message)
        ended = self._explained(ended)
        self._recording.note(ended)
        self._is_over = True
        try:
            self._recording.end(self._last)
        except (OSError, ProjectError) as error:
            log.warning("the end of a run is not recorded", exc_info=True)
            if ended.message is None:
                ended = replace(ended, message=messages.end_not_recorded(self._recording.folder, error, ended.step))
        return ended

    def _explained(self, ended: RunEnded) -> RunEnded:
        """``ended``, which says of a failed run what it would go on from, where that is not what it leaves."""
        step = self._resumes_from
        if ended.end is not End.FAILED or ended.message is None or step is None or step == ended.step:
            return ended
        if messages.is_gone(self._recording.folder):
            return ended
        return replace(ended, message=messages.resumes_from(ended.message, step))

    def _break_off(self, error: BaseException | None) -> None:
        """Note that ``error`` ended the run without a ``RunEnded``."""
        self._is_over = True
        is_asked = error is None or isinstance(error, KeyboardInterrupt)
        if isinstance(error, RuntimeError) and streaming.is_of_a_process(error):
            error = streaming.as_data_error(error)
        text = str(error.message) if isinstance(error, Refusal) else type(error).__name__
        self._recording.broke(RunState.STOPPED if is_asked else RunState.FAILED, "" if is_asked else text)
        with suppress(OSError, ProjectError):  # the error itself is what there is to tell
            self._recording.end(self._last)
