"""torch raises the end of a reading process from a signal handler, wherever the main thread is."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import Command, tiny

from cnnlab.cli.train.display import RunDisplay
from cnnlab.core.runs.events import EpochDone, Event
from cnnlab.engine.archive import open_project, save


def test_one_that_comes_between_two_events_ends_the_command_in_words_and_keeps_the_weights(
    here: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    show = RunDisplay.show

    def interrupted(display: RunDisplay, event: Event) -> None:
        show(display, event)
        if isinstance(event, EpochDone) and event.epoch == 2:
            raise RuntimeError("DataLoader worker (pid 7) is killed by signal: Killed. ")

    monkeypatch.setattr(RunDisplay, "show", interrupted)
    file = here / "tiny.cnnlab"
    save(tiny(), file)
    done = command("train", file, "--epochs", 3, "--device", "cpu", "--validation", 58_000)
    told = done.err
    assert (done.code, done.out) == (1, "")
    assert "A process that reads pictures ended unexpectedly" in told
    assert "Something in cnnlab failed" not in told
    assert open_project(file).project.weights.step > 0
