"""A run that another process writes, followed in a terminal."""

from __future__ import annotations

import time
from pathlib import Path

from cnnlab.cli.train.display import RunDisplay
from cnnlab.core.messages import text as _
from cnnlab.core.numerals import whole
from cnnlab.core.runs.summary import GOING, RunSummary
from cnnlab.engine.runs import folder as run_folder
from cnnlab.engine.runs.follower import Follower

EVERY = 0.5
"""Seconds between two looks into the folder."""
QUIET_SECONDS = 5.0
"""A heartbeat is older than this only if something is wrong, or far away."""


def watch(folder: Path, seconds: float = EVERY) -> RunSummary:
    """Show the run in ``folder`` until it ends or turns out to be damaged; its summary then."""
    follower = Follower(folder)
    with RunDisplay(unit=follower.summary.unit) as display:
        while True:
            summary = follower.summary  # before the events, so that none comes after the look that finds the run ended
            while events := follower.poll():
                for event in events:
                    display.show(event)
            if summary.state not in GOING and not follower.may_return:
                return summary
            age = _heartbeat_age(folder)
            if age > QUIET_SECONDS:
                display.note(_("no sign of life for {seconds} s", seconds=whole(age)))
            time.sleep(seconds)


def _heartbeat_age(folder: Path) -> float:
    """Seconds since the process that trains gave a sign of life; 0 if it gave none yet."""
    try:
        return max(0.0, time.time() - (folder / run_folder.HEARTBEAT).stat().st_mtime)
    except OSError:
        return 0.0
