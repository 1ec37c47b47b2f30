"""Checkpoints on the disk: one file each, the last two kept."""

from __future__ import annotations

from pathlib import Path

from cnnlab.core.events import Checkpoint


def latest(folder: Path) -> Checkpoint | None:
    """The newest checkpoint in the run folder that is whole; None if there is none."""
    return None
