"""A training that is killed and goes on comes to the very bits of one that nobody disturbed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_runs import RUN_ID, SCHEDULES, Outcome, differences, outcome

from cnnlab.core.run_summary import RunState
from cnnlab.engine.runs import checkpoints, reopen, table

CHILD = Path(__file__).with_name("training_child.py")
MOST_KILLS = 3


class Nursery:
    """The process from which trainings are forked."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )

    def train(
        self, root: Path, schedule: str, seed: int, goes_on: bool = False, kill_after: float | None = None
    ) -> bool:
        """One training, killed ``kill_after`` seconds; whether it ended by itself."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {"root": str(root), "schedule": schedule, "seed": seed, "goes_on": goes_on}
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        child = int(self._process.stdout.readline())
        killer = threading.Timer(kill_after or 0.0, os.kill, (child, signal.SIGKILL))
        if kill_after is not None:
            killer.start()
        status = int(self._process.stdout.readline())
        killer.cancel()
        if kill_after is not None:
            killer.join()
        assert status in (0, -signal.SIGKILL)
        return status == 0

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture(scope="module")
def undisturbed(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Outcome, float]]:
    """By schedule: what a run comes to that nobody kills, and how long it takes."""
    found = {}
    for schedule in SCHEDULES:
        root = tmp_path_factory.mktemp(schedule)
        began = time.perf_counter()
        assert nursery.train(root, schedule, seed=0)
        found[schedule] = outcome(root / RUN_ID), time.perf_counter() - began
    return found


def killed_and_resumed(nursery: Nursery, root: Path, schedule: str, length: float, chance: random.Random) -> int:
    """A training that is killed at up to three random moments and ends in the end; how often it was."""
    kills = 0
    folder = root / RUN_ID
    while True:
        kill_after = chance.uniform(0.02, 0.8) * length if kills < MOST_KILLS else None
        goes_on = checkpoints.latest(folder) is not None
        if nursery.train(root, schedule, 0, goes_on, kill_after):
            return kills
        kills += 1
        check_what_a_kill_leaves(root)


def check_what_a_kill_leaves(root: Path) -> None:
    """Whole checkpoints of one moment each, and a run that is known to have broken off."""
    folder = root / RUN_ID
    for path in (folder / "checkpoints").glob("[0-9]*.safetensors"):
        kept = checkpoints.read(path)
        assert int(path.stem) == kept.checkpoint.step == kept.checkpoint.weights.step
        counters = {
            int(a) for held in kept.checkpoint.weights.nodes.values() for n, a in held.items() if "num_batches" in n
        }
        steps = {int(array) for name, array in kept.checkpoint.optimiser.items() if name.endswith("/step")}
        assert counters == {kept.checkpoint.step}
        assert steps == counters - {0}  # before the first step there is nothing to remember
    if (folder / "heartbeat.json").exists():
        assert table.summary(folder).state is RunState.BROKEN_OFF
        broken_off = table.broken_off(root)
        assert (broken_off is not None) == (checkpoints.latest(folder) is not None)
        reopen.project(folder)


def check_kills(
    nursery: Nursery, undisturbed: dict[str, tuple[Outcome, float]], root: Path, trainings: int, seed: int
) -> None:
    chance, kills = random.Random(seed), 0
    for number in range(trainings):
        schedule = SCHEDULES[number % len(SCHEDULES)]
        expected, length = undisturbed[schedule]
        kills += killed_and_resumed(nursery, root / str(number), schedule, length, chance)
        assert differences(outcome(root / str(number) / RUN_ID), expected) == set()
    assert kills >= trainings // 3  # on a busy machine some are through before the kill comes


def test_killed_trainings_come_to_the_same_bits(
    nursery: Nursery, undisturbed: dict[str, tuple[Outcome, float]], tmp_path: Path
) -> None:
    check_kills(nursery, undisturbed, tmp_path, 5, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 12))
def test_many_killed_trainings_come_to_the_same_bits(
    nursery: Nursery, undisturbed: dict[str, tuple[Outcome, float]], tmp_path: Path, seed: int
) -> None:
    check_kills(nursery, undisturbed, tmp_path, 10, seed)


def test_the_same_seed_in_another_process_and_another_seed(
    nursery: Nursery, undisturbed: dict[str, tuple[Outcome, float]], tmp_path: Path
) -> None:
    expected, _length = undisturbed["step"]
    assert nursery.train(tmp_path / "same", "step", seed=0)
    assert differences(outcome(tmp_path / "same" / RUN_ID), expected) == set()
    assert nursery.train(tmp_path / "other", "step", seed=1)
    assert differences(outcome(tmp_path / "other" / RUN_ID), expected) >= {"last.safetensors", "loss", "epochs"}
