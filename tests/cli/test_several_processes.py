from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from commands import environment, tiny

from cnnlab.engine.archive import open_project, save

pytestmark = pytest.mark.process

PATIENCE = 120.0
"""Seconds; each start loads torch in three processes."""


@pytest.fixture
def launched(here: Path) -> Iterator[subprocess.Popen[str]]:
    """``torchrun`` with two processes that train far too long, and may be started again once."""
    save(tiny(epochs=10_000, batch_size=2048, threads=1), here / "tiny.cnnlab")
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "--max-restarts=1"]
    with subprocess.Popen(
        [*launcher, "-m", "cnnlab", "train", "tiny.cnnlab", "--validation", "500"],
        cwd=here, env=environment(here), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as process:  # fmt: skip
        yield process
        process.kill()


def heartbeat(folder: Path, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first one that is as ``wanted``, of the only run in ``folder``."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        for path in folder.glob("tiny.runs/*/heartbeat.json"):
            beat = json.loads(path.read_text())
            if wanted(beat):
                return dict(beat)
        time.sleep(0.05)
    raise AssertionError("it did not come in time")


def test_a_run_goes_on_by_itself_after_a_kill_and_is_saved_when_it_is_terminated(
    here: Path, launched: subprocess.Popen[str]
) -> None:
    first = heartbeat(here, lambda beat: beat["step"] > 30)
    os.kill(first["owner"]["pid"], signal.SIGKILL)
    again = heartbeat(here, lambda beat: beat["owner"]["pid"] != first["owner"]["pid"])
    assert again["run"] == first["run"]
    assert again["step"] > 0
    heartbeat(here, lambda beat: beat["step"] > again["step"] + 5)

    asked = time.time()
    launched.send_signal(signal.SIGTERM)
    said, _ = launched.communicate(timeout=PATIENCE)
    assert "Training continues from step" in said
    last = heartbeat(here, lambda beat: beat["state"] == "stopped")
    assert last["run"] == first["run"]
    assert last["time"] - asked < 5, said
    weights = open_project(here / "tiny.cnnlab").project.weights
    assert weights.step == last["step"], said
    assert f"Stopped at step {weights.step:,}" in said
    assert f"The run is kept in “{here / 'tiny.runs' / first['run']}”." in said
