"""Keeps a run on the disk while it goes on."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import torch

from cnnlab.core.events import (
    Answer,
    BatchDone,
    Checkpoint,
    CheckpointReady,
    Command,
    End,
    EpochDone,
    Event,
    RunEnded,
    RunStarted,
    WeightsPublished,
)
from cnnlab.core.messages import Refusal
from cnnlab.core.project import Project, Weights
from cnnlab.core.run_summary import RunState
from cnnlab.engine.archive import tensors
from cnnlab.engine.archive.disk import DISK, Disk
from cnnlab.engine.archive.errors import ProjectError
from cnnlab.engine.data import streaming
from cnnlab.engine.data.picture_sets import Dataset
from cnnlab.engine.runs import checkpoints, documents, told
from cnnlab.engine.runs.lock import Lock, Taken
from cnnlab.engine.runs.recording import RHYTHM, Origin, Recording, Rhythm

log = logging.getLogger(__name__)

Run = Generator[Event, Answer, None]
T = TypeVar("T")


class RecordError(Refusal):
    """A run that was not begun, because its folder cannot be written; ``message`` says why, and what to do."""


def record(
    run: Run,
    project: Project,
    root: Path,
    *,
    dataset: Dataset | None = None,
    project_path: Path | None = None,
    resumed: Checkpoint | None = None,
    rhythm: Rhythm = RHYTHM,
    disk: Disk = DISK,
) -> Run:
    """``run``, with all that it tells kept in ``root / <id of the run>``; drive this instead of it.

    Every event is passed on, and every answer handed to the run, but for checkpoints and snapshots that the recorder itself asks
    for. ``dataset`` gives the probe pictures and the fingerprint. ``resumed`` is the checkpoint that the run goes on from (see
    ``resume.prepare``); its folder is then gone on with. Where several processes train together only the
    first records.

    When ``RunEnded`` is passed on, the run's last weights and checkpoint are on the disk; a run that is closed instead is
    stopped and kept just so. A folder that cannot be written ends the run with a message in its ``RunEnded``, after a
    ``WeightsPublished`` with what it has learned. Raises ``RecordError`` where the folder cannot be made; then the run is
    closed before its first step, and so it is where another process has the run in hand."""
    if torch.distributed.is_available() and torch.distributed.is_initialized() and torch.distributed.get_rank():
        yield from run
        return
    try:
        started = next(run)
    except StopIteration:
        return
    assert isinstance(started, RunStarted), "a run begins with RunStarted"
    origin = Origin(dataset=dataset, project_path=project_path)
    try:
        recording = _begin(root / started.run, project, started, origin, resumed, rhythm, disk)
    except BaseException:
        run.close()
        raise
    goes_on_from = resumed.step if resumed is not None else None
    yield from _Recorder(run, recording, started, goes_on_from, rhythm.patience).events()


def _begin(
    folder: Path,
    project: Project,
    started: RunStarted,
    origin: Origin,
    resumed: Checkpoint | None,
    rhythm: Rhythm,
    disk: Disk,
) -> Recording:
    """The recording of a run that is about to take its first step. Raises ``RecordError``."""
    is_new, lock = not folder.exists(), None
    try:
        disk.make_folder(folder)
        lock = Lock(folder)
        kept = _gone_on_from(folder, resumed, disk) if resumed is not None else None
        return Recording(folder, project, started, origin, kept, lock, rhythm, disk)
    except Taken as error:
        raise RecordError(told.taken(folder)) from error
    except BaseException as error:
        if lock is not None:
            lock.release()
        if is_new:
            shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, (OSError, ProjectError, ValueError)):  # a text that no file can hold is a ValueError
            log.warning("the run folder %s cannot be begun", folder, exc_info=True)
            raise RecordError(told.not_begun(folder.parent, error)) from error
        raise


def _gone_on_from(folder: Path, resumed: Checkpoint, disk: Disk) -> checkpoints.Kept:
    """The checkpoint ``resumed`` with its place in the record. Raises ``RecordError`` if somebody has gone on with the run since
    it was read, before this process had the lock."""
    kept = checkpoints.latest_kept(folder, disk)
    is_over = documents.read_heartbeat(folder, disk).state is RunState.COMPLETED
    if kept is None or kept.checkpoint.step != resumed.step or is_over:
        raise RecordError(told.gone_on_with(folder))
    return kept


class _Recorder:
    """Stands between a run and its driver."""

    def __init__(
        self, run: Run, recording: Recording, started: RunStarted, goes_on_from: int | None, patience: float
    ) -> None:
        self._run = run
        self._recording = recording
        self._patience = patience
        self._event: Event = started
        self._last: Weights | None = None
        """What the run published last."""
        self._best: Weights | None = None
        """The best weights, until they are on the disk."""
        self._is_best = False
        """Whether the weights that come next are the best so far."""
        self._goes_on_from = goes_on_from
        """Step of the last checkpoint that was written."""
        self._checkpoint_wanted = False
        """Whether this is a good moment for a checkpoint, or was one that had to be let go by."""
        self._weights_asked = False
        """Whether the driver asked for the weights that come next."""
        self._weights_expected = True
        """Whether weights come next without being asked for, as at the start and after an epoch."""
        self._step = started.step
        self._stopping = False
        self._put_off: RunEnded | None = None
        """The end of the run, which the driver is to hear of after the weights."""
        self._failing_since: float | None = None
        self._retry_at = 0.0
        self._failure: Exception | None = None
        """The disk cannot be written, and the run is ended for it."""

    def events(self) -> Run:
        """The run's events, each after what has to be on the disk first."""
        recording, is_over = self._recording, False
        try:
            while not is_over:
                if isinstance(self._event, RunEnded):
                    self._event = self._explained(self._event)
                self._keep(self._event)
                if isinstance(self._event, RunEnded):
                    is_over = True
                    self._event = self._finished(self._event)
                recording.hold()
                answer = yield self._event
                recording.go_on()
                if not is_over:
                    self._event = self._next(answer)
        except GeneratorExit:
            if not is_over:
                self._stop()
            raise
        except BaseException as error:
            if not is_over:
                self._break_off(error)
            raise
        finally:
            self._run.close()

    def _keep(self, event: Event) -> None:
        """Write what belongs to ``event`` and cannot wait."""
        match event:
            case EpochDone():
                self._is_best, self._checkpoint_wanted, self._weights_expected = event.is_best, True, True
            case WeightsPublished():
                self._last = event.weights
                if self._is_best:
                    self._is_best, self._best = False, event.weights
                    self._save_best()
                self._save_snapshot(event.weights)
            case CheckpointReady():
                self._save_checkpoint(event.checkpoint)
            case RunEnded() if self._failure is not None:
                return  # it is noted with what is said of the failure
        self._recording.note(event)

    def _next(self, answer: Answer) -> Event:
        """The next event for the driver, which answered the last one so."""
        event = self._event
        if self._put_off is not None:
            return self._put_off
        if isinstance(event, WeightsPublished):
            is_expected = self._weights_expected or self._weights_asked
            self._weights_expected &= self._weights_asked
            if self._stopping or (not is_expected and answer is None and event.step >= self._step):
                # The last word of a run that was stopped or has failed: it can still be asked for its state.
                return self._after(Command.CHECKPOINT)
        self._step = event.step
        if answer is None and not self._stopping and self._is_failing():
            answer = Command.STOP
        self._weights_asked = answer is Command.PUBLISH
        self._stopping |= answer is Command.STOP
        if answer is None and isinstance(event, (BatchDone, WeightsPublished)):
            if self._may_write() and self._recording.checkpoint_is_due(event.step, wanted=self._checkpoint_wanted):
                return self._after(Command.CHECKPOINT)
            if isinstance(event, BatchDone) and self._recording.wants_snapshot(event.step):
                return self._after(Command.PUBLISH)
        return self._run.send(answer)

    def _after(self, command: Command) -> Event:
        """What comes after the run was asked for something by the recorder, which keeps the answer to itself."""
        reply = self._run.send(command)
        match reply:
            case CheckpointReady():
                self._save_checkpoint(reply.checkpoint)
                return next(self._run)
            case WeightsPublished() if command is Command.PUBLISH:
                following = next(self._run)
                if isinstance(following, RunEnded):
                    # The run failed when it was asked, and these are the weights that it leaves to its driver.
                    self._put_off = following
                    return reply
                self._save_snapshot(reply.weights)
                return following
        return reply  # it had something else to tell, and does not answer any more

    # --- the disk

    def _save_checkpoint(self, checkpoint: Checkpoint) -> None:
        self._save_best()
        if tensors.not_finite(checkpoint.weights.nodes):
            return  # nothing can go on from it; those before it are kept
        if self._tried(self._recording.save_checkpoint, checkpoint):
            self._checkpoint_wanted, self._goes_on_from = False, checkpoint.step
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

    def _finished(self, ended: RunEnded) -> RunEnded:
        """``RunEnded``, with all of the run on the disk, or with a message that says what is not."""
        if self._failure is not None:
            message = told.not_recorded(self._recording.folder, self._failure, ended.step)
            ended = self._explained(replace(ended, end=End.FAILED, message=message))
            self._recording.note(ended)
        try:
            self._recording.end(self._last)
        except (OSError, ProjectError) as error:
            log.warning("the end of a run is not recorded", exc_info=True)
            if ended.message is None:
                ended = replace(ended, message=told.end_not_recorded(self._recording.folder, error, ended.step))
        return ended

    def _explained(self, ended: RunEnded) -> RunEnded:
        """``ended``, which says of a failed run what it would go on from, where that is not what it leaves."""
        step = self._goes_on_from
        if ended.end is not End.FAILED or ended.message is None or step is None or step == ended.step:
            return ended
        if told.is_gone(self._recording.folder):
            return ended
        return replace(ended, message=told.goes_on_from(ended.message, step))

    def _stop(self) -> None:
        """Stop a run that its driver has closed, and keep what it has."""
        self._stopping = True
        try:
            event = self._run.send(Command.STOP)
            while True:
                self._keep(event)
                if isinstance(event, RunEnded):
                    break
                event = self._after(Command.CHECKPOINT) if isinstance(event, WeightsPublished) else next(self._run)
        except StopIteration:
            self._recording.broke(RunState.STOPPED, "")
        except BaseException as error:
            self._break_off(error)
            raise
        with suppress(OSError, ProjectError):  # there is nobody left to tell
            self._recording.end(self._last)

    def _break_off(self, error: BaseException) -> None:
        """The run has ended without a word: an exception that it lets through."""
        is_asked = isinstance(error, KeyboardInterrupt)
        if isinstance(error, RuntimeError) and streaming.is_of_a_process(error):
            error = streaming.in_words(error)
        words = str(error.message) if isinstance(error, Refusal) else type(error).__name__
        self._recording.broke(RunState.STOPPED if is_asked else RunState.FAILED, "" if is_asked else words)
        with suppress(OSError, ProjectError):  # the error itself is what there is to tell
            self._recording.end(self._last)
