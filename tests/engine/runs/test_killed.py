"""A training that is killed and goes on comes to the very bits of one that nobody disturbed; one whose checkpoint lacks the
random numbers or the schedule does not. ``pytest -m soak -rP tests/engine/runs/test_killed.py`` does this to 30 trainings and
says how often each was killed and gone on with."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from small_runs import LACKING, RUN_ID, SCHEDULES, Outcome, differences, outcome

from cnnlab.core.runs.events import Checkpoint
from cnnlab.core.runs.summary import RunState
from cnnlab.engine.runs import checkpoints, reopen, table

pytestmark = pytest.mark.process

CHILD = Path(__file__).with_name("training_child.py")
MAX_RESUMES = 3
STEPS = 160
"""Of each training."""


def kill(process: int) -> None:
    with suppress(ProcessLookupError):  # it has just come to its end
        os.kill(process, signal.SIGKILL)


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
        self,
        root: Path,
        schedule: str,
        seed: int,
        goes_on: bool = False,
        kill_after: float | None = None,
        lacking: str = "",
    ) -> bool:
        """One training, killed after ``kill_after`` seconds; whether it ended by itself."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {"root": str(root), "schedule": schedule, "seed": seed, "goes_on": goes_on, "lacking": lacking}
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        child = int(self._process.stdout.readline())
        killer = threading.Timer(kill_after or 0.0, kill, (child,))
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


@dataclass
class Tally:
    """What was done to trainings, and what came of it."""

    trainings: int = 0
    kills: int = 0
    resumes: int = 0
    """Of trainings that were killed, from a checkpoint on their way; what begins from nothing again does not count."""
    differing: int = 0
    """Trainings."""


def killed_and_resumed(
    nursery: Nursery, root: Path, schedule: str, length: float, chance: random.Random, lacking: str, tally: Tally
) -> Path:
    """A training that is killed at random moments, gone on with once or more, and ends in the end. Where each kill came too soon
    or too late for that it is done again. Returns its folder."""
    for attempt in range(50):
        folder, resumes, wanted = root / str(attempt) / RUN_ID, 0, chance.randint(1, MAX_RESUMES)
        while True:
            checkpoint = checkpoints.latest(folder)
            resumes += checkpoint is not None and is_on_the_way(checkpoint, lacking)
            kill_after = chance.uniform(0.02, 0.8) * length if resumes < wanted else None
            began, goes_on = time.perf_counter(), checkpoint is not None
            if nursery.train(folder.parent, schedule, 0, goes_on, kill_after, lacking) or is_through(folder):
                if not goes_on:  # else the moments that a busy machine led to would all come too late
                    length = min(length, time.perf_counter() - began)
                break
            tally.kills += 1
            check_what_a_kill_leaves(folder.parent)
        if resumes:
            tally.resumes += resumes
            return folder
    raise AssertionError("no kill comes at the right moment")


def is_through(folder: Path) -> bool:
    """Whether the run was recorded to its end, and the kill came after that."""
    return (folder / "heartbeat.json").exists() and table.summary(folder).state is RunState.COMPLETED


def is_on_the_way(checkpoint: Checkpoint, lacking: str) -> bool:
    """Whether there are steps before it and behind it, and, where it is to lack something, whether that is more than nothing."""
    is_whole = LACKING[lacking](checkpoint).state == checkpoint.state
    return 0 < checkpoint.step < STEPS and is_whole == (not lacking)


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
        assert table.summary(folder).state is RunState.INTERRUPTED
        broken_off = table.interrupted(root)
        assert (broken_off is not None) == (checkpoints.latest(folder) is not None)
        reopen.project(folder)


def killed(
    nursery: Nursery,
    undisturbed: dict[str, tuple[Outcome, float]],
    root: Path,
    trainings: int,
    lacking: str = "",
    schedules: Sequence[str] = SCHEDULES,
) -> Tally:
    """What comes of so many trainings that are killed and gone on with."""
    chance, tally = random.Random(trainings), Tally()
    for number in range(trainings):
        schedule = schedules[number % len(schedules)]
        expected, length = undisturbed[schedule]
        folder = killed_and_resumed(nursery, root / str(number), schedule, length, chance, lacking, tally)
        tally.trainings += 1
        tally.differing += bool(differences(outcome(folder), expected))
    print(f"{lacking or 'nothing'} left out: {tally}")
    return tally


def check_same_bits(tally: Tally, trainings: int) -> None:
    assert (tally.trainings, tally.differing) == (trainings, 0)
    assert tally.kills >= tally.resumes >= trainings


def test_killed_trainings_come_to_the_same_bits(
    nursery: Nursery, undisturbed: dict[str, tuple[Outcome, float]], tmp_path: Path
) -> None:
    check_same_bits(killed(nursery, undisturbed, tmp_path, 3), 3)


@pytest.mark.soak
def test_thirty_killed_trainings_come_to_the_same_bits(
    nursery: Nursery, undisturbed: dict[str, tuple[Outcome, float]], tmp_path: Path
) -> None:
    check_same_bits(killed(nursery, undisturbed, tmp_path, 30), 30)


@pytest.mark.soak
@pytest.mark.parametrize(("lacking", "schedules"), [("random", SCHEDULES), ("schedule", ["plateau"])])
def test_killed_trainings_whose_checkpoint_lacks_something_do_not(
    lacking: str,
    schedules: Sequence[str],
    nursery: Nursery,
    undisturbed: dict[str, tuple[Outcome, float]],
    tmp_path: Path,
) -> None:
    tally = killed(nursery, undisturbed, tmp_path, 30, lacking, schedules)
    assert tally.differing == tally.trainings == 30


def test_the_same_seed_in_another_process_and_another_seed(
    nursery: Nursery, undisturbed: dict[str, tuple[Outcome, float]], tmp_path: Path
) -> None:
    expected, _length = undisturbed["step"]
    assert nursery.train(tmp_path / "same", "step", seed=0)
    assert differences(outcome(tmp_path / "same" / RUN_ID), expected) == set()
    assert nursery.train(tmp_path / "other", "step", seed=1)
    assert differences(outcome(tmp_path / "other" / RUN_ID), expected) >= {"last.safetensors", "loss", "epochs"}
