"""All runs of a project at a glance."""

from __future__ import annotations

from pathlib import Path

from cnnlab.core.run_summary import RunState, RunSummary


def runs(root: Path) -> tuple[RunSummary, ...]:
    """The runs in ``root``, the newest first; none where there is no such folder. A damaged one says so in its summary."""
    return ()


def summary(folder: Path) -> RunSummary:
    """The run in ``folder``. Never raises for what the folder holds."""
    return RunSummary(id=folder.name, folder=folder, state=RunState.DAMAGED)


def broken_off(root: Path) -> RunSummary | None:
    """The newest run in ``root`` that did not end, whose process is gone, and that has a checkpoint to go on from."""
    return None
