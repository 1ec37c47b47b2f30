"""The run folder while its run goes on: what is written into it, and when."""

from __future__ import annotations

import logging
import platform
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from cnnlab.core.messages import Refusal
from cnnlab.core.project.project import Weights
from cnnlab.core.runs.events import Checkpoint, Event
from cnnlab.core.runs.progress import RunProgress
from cnnlab.core.runs.summary import RunState
from cnnlab.engine.archive import schema, strict_json, write_atomically
from cnnlab.engine.archive.disk import DISK, Disk
from cnnlab.engine.data import fingerprint
from cnnlab.engine.data.errors import DataError
from cnnlab.engine.data.picture_sets import Dataset
from cnnlab.engine.runs import checkpoints, probes, run_files, run_weights
from cnnlab.engine.runs import folder as layout
from cnnlab.engine.runs.event_lines import EventLog
from cnnlab.engine.runs.owners import Lock, this_process
from cnnlab.engine.runs.run_files import Heartbeat
from cnnlab.engine.runs.run_weights import Snapshots
from cnnlab.engine.system import threads
from cnnlab.engine.training.run import Run
from cnnlab.version import __version__

log = logging.getLogger(__name__)

CHECKPOINT_SHARE = 0.1
"""The most of a run's time that checkpoints may take: what would take more is put off."""
SHORT = 3.0
"""Seconds: after epochs that take less there is not always a checkpoint."""
SHORT_SHARE = 0.015
"""The most of their time that checkpoints after such epochs may take."""


@dataclass(frozen=True)
class Rhythm:
    """How often things are written, in seconds."""

    checkpoint: float = 30.0
    """Between two checkpoints, unless writing them takes too much of the time, see ``CHECKPOINT_SHARE``."""
    flush: float = 0.5
    """Between two writings of events and heartbeat; readers are no later than this."""
    patience: float = 5.0
    """How long the disk may fail before the run is ended for it."""
    held: float = 2.0
    """After waiting for its driver so long, a run counts as paused."""


RHYTHM = Rhythm()


class Recording:
    """One run folder that is being written. All methods are for the thread that drives the run; they raise ``OSError`` and
    ``ProjectError`` where the disk fails, and the run may go on and try again.

    Beside it the pulse has a thread of its own, until ``end``: it writes events and heartbeat, and once what takes a while. Both
    threads use the log, which has a lock, and values that are replaced as a whole: progress, document, and since when the run is
    held."""

    def __init__(
        self,
        folder: Path,
        run: Run,
        project_path: Path | None,
        resumed: checkpoints.ReadCheckpoint | None,
        lock: Lock,
        rhythm: Rhythm,
        disk: Disk = DISK,
    ) -> None:
        """Fills the folder of ``run``, which was started from the file ``project_path`` if there was one, or goes on with that of
        ``resumed``; its ``lock`` is released at the end."""
        from_step, budget = run.project.weights.step, run.project.training.snapshots_mb * 10**6
        self.folder = folder
        self._lock = lock
        self._disk = disk
        self._rhythm = rhythm
        self._run = run
        self._document = _document(run, project_path)
        self._progress = run_files.progress_at(resumed.heartbeat, from_step) if resumed else RunProgress()
        self._before = resumed.heartbeat.seconds if resumed else 0.0
        self._held_since: float | None = None
        self._saved_at = time.perf_counter()
        self._cost = 0.0
        self._snapshots = Snapshots(folder, budget, from_step, run.started.steps, disk)
        for part in (layout.CHECKPOINTS, layout.SNAPSHOTS):
            disk.make_folder(folder / part)
        if resumed is None:
            unsynced = run_files.unsynced(disk)
            self._write_project(unsynced)
            run_files.write_run(folder, self._document, unsynced)
        else:
            step = resumed.checkpoint.step
            checkpoints.remove_later(folder, step, disk)
            self._snapshots.remove_later(step)
        self._log = EventLog(folder / layout.EVENTS, resumed.line if resumed else 0, disk)
        try:
            run_files.write_heartbeat(folder, self._heartbeat(), disk)
        except BaseException:
            self._log.close()
            raise
        self._settled = resumed is not None
        self._pulse = Pulse(self._beat, rhythm.flush)

    # --- what the run tells

    def note(self, event: Event) -> None:
        """Take one event into the record; it is written within the rhythm's ``flush``."""
        self._log.add(event)
        self._progress = self._progress.after(event)

    def hold(self) -> None:
        """From now on the run waits for its driver."""
        self._held_since = time.perf_counter()

    def go_on(self) -> None:
        """From now on the run does not wait for its driver any more."""
        self._held_since = None

    @property
    def trouble(self) -> Exception | None:
        """Why writing the folder has failed for longer than the rhythm's ``patience``; None if it has not."""
        return self._pulse.trouble(self._rhythm.patience)

    # --- weights

    def checkpoint_is_due(self, step: int, *, wanted: bool) -> bool:
        """Whether it is time for a checkpoint at ``step``; ``wanted``: an epoch has ended since the last one. It is time at the
        end of the run, after each epoch that is not ``SHORT``, and whenever the last checkpoint is as old as the rhythm says;
        but never if writing would take more than ``CHECKPOINT_SHARE`` of the time, going by how long it took last."""
        if wanted and step >= self._document.from_step + self._document.steps:
            return True
        since = time.perf_counter() - self._saved_at
        if since * CHECKPOINT_SHARE < self._cost:
            return False
        is_cheap = since >= SHORT or since * SHORT_SHARE >= self._cost
        return since >= self._rhythm.checkpoint or (wanted and is_cheap)

    def save_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Write ``checkpoint`` to the disk, after every event before it."""
        began = time.perf_counter()
        line = self._log.flush(sync=True)
        checkpoints.save(self.folder, checkpoint, line, self._heartbeat(), self._disk)
        self._saved_at = time.perf_counter()
        self._cost = self._saved_at - began

    def wants_snapshot(self, step: int) -> bool:
        """Whether to ask for the weights of ``step``, for the replay."""
        return self._snapshots.wants(step, self._run.seconds)

    def save_snapshot(self, weights: Weights) -> None:
        """Write ``weights``, if their step is one of those planned."""
        self._snapshots.save(weights, self._document.id, self._document.graph)

    def save_best(self, weights: Weights) -> None:
        """Write the weights that are best so far."""
        run_weights.write_weights(
            self.folder / layout.BEST, weights, self._document.id, self._document.graph, self._disk
        )

    # --- the end

    def end(self, last: Weights | None) -> None:
        """Write the ``last`` weights and all events, and release the folder. It is released whatever fails."""
        try:
            self._pulse.stop()
            if not self._settled:
                self._settle()
            if last is not None:
                path = self.folder / layout.LAST
                run_weights.write_weights(path, last, self._document.id, self._document.graph, self._disk)
            self._log.flush(sync=True)
            run_files.write_heartbeat(self.folder, self._heartbeat(), self._disk, sync=True)
        finally:
            self._log.close()
            self._lock.release()

    def broke(self, state: RunState, message: str) -> None:
        """The run ended without an event that says so."""
        self._progress = replace(self._progress, state=state, message=message)

    # --- beneath

    @property
    def _seconds(self) -> float:
        """Seconds of work so far, earlier parts of the run included."""
        return self._before + self._run.seconds

    def _heartbeat(self) -> Heartbeat:
        held_since = self._held_since
        held = 0.0 if held_since is None else min(self._run.standing, time.perf_counter() - held_since)
        is_held = held > self._rhythm.held
        return run_files.heartbeat(self._document, self._progress, self._seconds, is_held=is_held)

    def _beat(self) -> None:
        """In the pulse's thread."""
        if not self._settled:
            self._settle()
        self._log.flush()
        run_files.write_heartbeat(self.folder, self._heartbeat(), self._disk)

    def _settle(self) -> None:
        """What takes a while, and need not be there before the first step: in the pulse's thread, or after it."""
        dataset = self._run.dataset
        try:
            probes.save(self.folder, dataset, self._disk)
        except DataError as error:  # a picture is gone; the run itself may never need it
            log.warning("there are no probe pictures: %s", error.message)
        self._document = self._document.model_copy(update={"fingerprint": _fingerprint(dataset)})
        self._write_project(self._disk)
        run_files.write_run(self.folder, self._document, self._disk)
        self._settled = True

    def _write_project(self, disk: Disk) -> None:
        write_atomically(
            self.folder / layout.PROJECT, strict_json.encode(schema.document(self._run.project)), disk=disk
        )


def _fingerprint(dataset: Dataset) -> str:
    """The fingerprint of the pictures; empty where their files cannot be read, which is no fault of the run's folder."""
    try:
        return fingerprint.of(dataset)
    except OSError:
        log.warning("the pictures have no fingerprint", exc_info=True)
        return ""


def _document(run: Run, project_path: Path | None) -> run_files.RunRecord:
    """The content of ``run.json`` for ``run``."""
    project, started = run.project, run.started
    document: Mapping[str, Any] = schema.document(project)
    return run_files.RunRecord(
        id=started.run,
        started=datetime.now(UTC).isoformat(timespec="milliseconds"),
        project=run_files.readable(str(project_path or "")),
        title=project.title,
        graph=started.graph,
        training=dict(document["training"]),
        augmentation=dict(document["augmentation"]),
        preprocessing=dict(document["preprocessing"]),
        data=dict(document["data"]),
        fingerprint="",  # takes a while: see _settle
        versions={"cnnlab": __version__, "torch": torch.__version__, "python": platform.python_version()},
        device=started.device,
        precision=started.precision,
        streamed=started.streamed,
        threads=started.threads,
        processes=started.processes,
        seed=project.training.seed,
        epochs=started.epochs,
        batches=started.batches,
        steps=started.steps,
        from_step=project.weights.step,
        owner=this_process(),
    )


log = logging.getLogger(__name__)


class Pulse:
    """Calls ``beat`` every ``seconds`` in a thread of its own, until it is stopped; its methods are for any other.

    A daemon: a run that nobody closed must not keep the process alive. What it may leave half-written is made for that."""

    def __init__(self, beat: Callable[[], None], seconds: float) -> None:
        self._beat = beat
        self._seconds = seconds
        self._stopping = threading.Event()
        self._trouble: tuple[float, Exception] | None = None
        self._thread = threading.Thread(target=self._go, name="cnnlab-recording", daemon=True)
        self._thread.start()

    def trouble(self, patience: float) -> Exception | None:
        """Why no beat has succeeded for ``patience`` seconds; None if one has."""
        trouble = self._trouble
        return trouble[1] if trouble and time.monotonic() - trouble[0] >= patience else None

    def stop(self) -> None:
        """No beat comes after this."""
        self._stopping.set()
        self._thread.join()

    def _go(self) -> None:
        threads.keep_to(1)
        while True:
            try:
                self._beat()
            except (OSError, Refusal) as error:
                if self._trouble is None:
                    log.warning("a run cannot be recorded at the moment: %s", error)
                    self._trouble = time.monotonic(), error
            else:
                self._trouble = None
            if self._stopping.wait(self._seconds):
                return
