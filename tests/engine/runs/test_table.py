from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from cnnlab.core.runs.differences import differences
from cnnlab.core.runs.summary import RunState
from cnnlab.engine.runs import folder as layout
from cnnlab.engine.runs import owners, table
from cnnlab.engine.runs.owners import Owner


def copy(run: Path, root: Path, name: str, beat: dict[str, Any] | None = None, **said: Any) -> Path:
    """A run with other words in its documents."""
    folder = shutil.copytree(run, root / name)
    document = json.loads((folder / "run.json").read_text()) | {"id": name} | said
    (folder / "run.json").write_text(json.dumps(document))
    heartbeat = json.loads((folder / "heartbeat.json").read_text()) | (beat or {})
    (folder / "heartbeat.json").write_text(json.dumps(heartbeat))
    return folder


def owner(**said: Any) -> dict[str, Any]:
    return {**owners.this_process().model_dump(), **said}


def dead_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
        return child.pid


def test_runs_are_listed_the_newest_first(completed: Path, tmp_path: Path) -> None:
    for name, started in (("b", "2026-02-01T00:00:00+00:00"), ("a", "2026-03-01T00:00:00+00:00"), ("c", "long ago")):
        copy(completed, tmp_path, name, started=started)
    (tmp_path / "notes.txt").write_text("not a run")
    (tmp_path / "..hidden").mkdir()
    assert [run.id for run in table.runs(tmp_path)] == ["a", "b", "c"]
    assert table.runs(tmp_path / "missing") == ()


@pytest.mark.parametrize(
    ("who", "seconds_ago", "state"),
    [
        ({}, 3600, RunState.RUNNING),
        ({"pid": -1}, 0, RunState.DAMAGED),
        ({"born": "another"}, 0, RunState.INTERRUPTED),
        ({"host": "elsewhere"}, 5, RunState.RUNNING),
        ({"host": "elsewhere"}, 3600, RunState.INTERRUPTED),
        ({"space": "of a container"}, 3600, RunState.INTERRUPTED),
        ({"pid": 0}, 0, RunState.INTERRUPTED),
        ({"pid": 2**40}, 0, RunState.INTERRUPTED),
    ],
)
def test_a_run_whose_process_is_gone_is_interrupted(
    who: dict[str, Any], seconds_ago: float, state: RunState, completed: Path, tmp_path: Path
) -> None:
    beat = {"state": "running", "owner": owner(**who), "time": time.time() - seconds_ago}
    copy(completed, tmp_path, "r", beat)
    (run,) = table.runs(tmp_path)
    assert run.state is state
    assert (table.interrupted(tmp_path) is not None) == (state is RunState.INTERRUPTED)


@pytest.mark.process
def test_a_process_that_has_ended_is_not_alive() -> None:
    us = owners.this_process()
    assert owners.is_alive(us, 0.0)
    gone = Owner(host=us.host, space=us.space, pid=dead_process(), born=us.born)
    assert not owners.is_alive(gone, time.time())


def test_a_number_may_be_another_process_where_nobody_says_when_it_began(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owners, "_born", lambda pid: "")
    us = owners.this_process()
    assert owners.is_alive(us, time.time() - 5)
    assert not owners.is_alive(us, time.time() - 3600)


def test_a_run_without_a_checkpoint_cannot_be_offered(completed: Path, tmp_path: Path) -> None:
    folder = copy(completed, tmp_path, "r", {"state": "paused", "owner": owner(born="another")})
    assert table.interrupted(tmp_path) is not None
    shutil.rmtree(folder / "checkpoints")
    assert table.summary(folder).state is RunState.INTERRUPTED
    assert table.interrupted(tmp_path) is None


@pytest.mark.parametrize("name", ["run.json", "heartbeat.json"])
@pytest.mark.parametrize(
    "content",
    [
        None, b"", b"{", b"null", b"[]", b"\xff", b"[" * 100_000, b"x" * 2**21, b'{"id": "../../etc"}',
        b'{"format": {"major": 2, "minor": 0}, "versions": {"cnnlab": "9.9"}}',
    ],
)  # fmt: skip
def test_a_damaged_run_is_listed_with_words(content: bytes | None, name: str, completed: Path, tmp_path: Path) -> None:
    folder = copy(completed, tmp_path, "r")
    copy(completed, tmp_path, "whole")
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    found = {run.id: run for run in table.runs(tmp_path)}
    assert found["whole"].state is RunState.COMPLETED
    assert found["r"].state is RunState.DAMAGED
    assert len(found["r"].message) > 20
    assert ("9.9" in found["r"].message) == (content is not None and b"9.9" in content)


def test_settings_that_this_version_would_not_take_give_way_to_the_defaults(completed: Path, tmp_path: Path) -> None:
    copy(
        completed,
        tmp_path,
        "r",
        training={"epochs": -3, "optimiser": "sgd", "unheard": 1},
        data={"source": 3, "seed": 4},
    )
    (run,) = table.runs(tmp_path)
    assert (run.training.epochs, run.training.optimiser) == (2, "sgd")
    assert (run.data.source, run.data.seed) == ("mnist", 4)


def test_a_later_minor_version_is_read(completed: Path, tmp_path: Path) -> None:
    data = {"seed": 4, "crop": None, "__doc__": "x", "validated": 3}
    copy(completed, tmp_path, "r", format={"major": 1, "minor": 9}, something={"new": 1}, data=data)
    (run,) = table.runs(tmp_path)
    assert (run.state, run.data.seed) == (RunState.COMPLETED, 4)


def test_a_copy_is_another_run(completed: Path, tmp_path: Path) -> None:
    copy(completed, tmp_path, "one")
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    assert {run.id: run.folder.name for run in table.runs(tmp_path)} == {"one": "one", "two": "two"}


@pytest.mark.parametrize("started", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00"])
def test_a_time_that_cannot_be_shown_is_not_known(started: str, completed: Path, tmp_path: Path) -> None:
    copy(completed, tmp_path, "r", started=started)
    assert table.runs(tmp_path)[0].started is None


def test_a_change_is_seen_at_the_next_look(completed: Path, tmp_path: Path) -> None:
    folder = copy(completed, tmp_path, "r")
    assert table.runs(tmp_path)[0].step == 48
    other = tmp_path / "other"
    beat = json.loads((folder / "heartbeat.json").read_text())
    other.write_text(json.dumps(beat | {"step": 49}))
    os.replace(other, folder / "heartbeat.json")
    assert table.runs(tmp_path)[0].step == 49


def test_a_thousand_runs_are_listed_at_once(completed: Path, tmp_path: Path) -> None:
    for number in range(1000):
        (tmp_path / f"r{number}").mkdir()
        for name in ("run.json", "heartbeat.json"):
            os.link(completed / name, tmp_path / f"r{number}" / name)
    times = []
    for _look in range(3):
        began = time.process_time()
        assert len(table.runs(tmp_path)) == 1000
        times.append(time.process_time() - began)
    assert times[0] < 2.0
    assert min(times[1:]) < 0.3


def test_settings_that_differ_are_named_in_their_order(completed: Path, tmp_path: Path) -> None:
    training = json.loads((completed / "run.json").read_text())["training"]
    copy(completed, tmp_path, "a", training=training | {"seed": 1, "learning_rate": 0.5})
    copy(completed, tmp_path, "b", training=training | {"seed": 2})
    (tmp_path / "damaged").mkdir()
    assert [str(each.title) for each in differences(table.runs(tmp_path))] == ["Learning rate", "Seed"]


def test_where_runs_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert layout.root(tmp_path / "digits.cnnlab") == tmp_path / "digits.runs"
    assert layout.root(tmp_path / "digits.v2.cnnlab") == tmp_path / "digits.v2.runs"
    unsaved = layout.root(None)
    assert unsaved.name == "runs"
    assert str(unsaved).startswith(os.environ["XDG_DATA_HOME"])
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert layout.root(tmp_path / "digits.cnnlab") == unsaved
