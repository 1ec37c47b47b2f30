"""Reads a run that another process, or another computer, is writing."""

from __future__ import annotations

from pathlib import Path

from cnnlab.core.events import Event
from cnnlab.core.run_summary import RunState, RunSummary
from cnnlab.engine.runs import table


class Follower:
    """Follows the run in ``folder`` by asking now and then; it need not have begun to write."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def poll(self) -> tuple[Event, ...]:
        """What was written since the last call, oldest first; call again while it gives something. ``BatchDone``, ``EpochDone``,
        ``SettingChanged``, ``ThreadsChosen``, ``RunStarted`` and ``RunEnded`` come, no weights. A ``RunStarted`` that is
        ``resumed`` takes back all events of a higher step than its own; one that is not, all events before it."""
        return ()

    @property
    def state(self) -> RunState:
        """How the run stands now."""
        return self.summary.state

    @property
    def summary(self) -> RunSummary:
        """Its row in the table, read now."""
        return table.summary(self.folder)
