"""One process at a time goes on with a run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from small_runs import RUN_ID, differences, outcome, project, recorded

from cnnlab.core.runs.summary import RunState
from cnnlab.engine.data.picture_sets import Dataset
from cnnlab.engine.runs import recorder, resume, table
from cnnlab.engine.runs.owners import Lock, Taken

CHILD = Path(__file__).parents[2] / "resuming_child.py"


class Child:
    """Another process that is about to go on with the run."""

    def __init__(self, root: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(CHILD), str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )

    def say(self) -> None:
        assert self.process.stdin is not None
        print(file=self.process.stdin, flush=True)

    def hear(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


Start = Callable[[Path], Child]


@pytest.fixture
def start() -> Iterator[Start]:
    children: list[Child] = []

    def started(root: Path) -> Child:
        children.append(Child(root))
        return children[-1]

    yield started
    for child in children:
        child.kill()


def stopped(patches: Dataset, root: Path) -> Path:
    """The folder of a run that was stopped after its first steps."""
    run = recorded(project(epochs=2), patches, root)
    while next(run).step < 5:
        pass
    run.close()
    assert table.summary(root / RUN_ID).state is RunState.STOPPED
    return root / RUN_ID


@pytest.mark.process
def test_of_two_processes_that_go_on_with_a_run_at_once_one_is_refused_in_words(
    start: Start, patches: Dataset, tmp_path: Path
) -> None:
    whole = tmp_path / "whole"
    for _event in recorded(project(epochs=2), patches, whole):
        pass
    folder = stopped(patches, tmp_path)
    children = [start(tmp_path), start(tmp_path)]
    for child in children:
        assert child.hear() == "ready"
    for child in children:
        child.say()
    said = sorted(child.hear() for child in children)
    assert said[1] == "begun"
    assert said[0].startswith(f"The run “{RUN_ID}” is being written by another process")
    for child in children:
        child.say()
    assert sorted(child.hear() for child in children) == ["", "through"]
    assert differences(outcome(folder), outcome(whole / RUN_ID)) == set(), "the loser has disturbed nothing"


@pytest.mark.process
def test_a_killed_process_leaves_no_lock(start: Start, patches: Dataset, tmp_path: Path) -> None:
    folder = stopped(patches, tmp_path)
    child = start(tmp_path)
    assert child.hear() == "ready"
    child.say()
    assert child.hear() == "begun"
    before, checkpoint = resume.prepare(folder, is_over=True)
    late = recorded(before, patches, tmp_path, resumed=checkpoint)
    with pytest.raises(recorder.RecordError, match="another process"):
        next(late)
    child.kill()
    before, checkpoint = resume.prepare(folder)
    for _event in recorded(before, patches, tmp_path, resumed=checkpoint):
        pass
    assert table.summary(folder).state is RunState.COMPLETED


def test_a_run_that_went_on_since_it_was_read_is_not_set_back(patches: Dataset, tmp_path: Path) -> None:
    folder = stopped(patches, tmp_path)
    before, checkpoint = resume.prepare(folder)
    for _event in recorded(before, patches, tmp_path, resumed=checkpoint):
        pass
    through = outcome(folder)
    with pytest.raises(recorder.RecordError, match="just resumed the run"):
        next(recorded(before, patches, tmp_path, resumed=checkpoint))
    assert differences(outcome(folder), through) == set()


def test_a_process_does_not_let_itself_in_twice_and_lets_go(tmp_path: Path) -> None:
    lock = Lock(tmp_path)
    with pytest.raises(Taken):
        Lock(tmp_path / "." / "")
    lock.release()
    other = Lock(tmp_path)
    lock.release()
    with pytest.raises(Taken):
        Lock(tmp_path)
    other.release()
