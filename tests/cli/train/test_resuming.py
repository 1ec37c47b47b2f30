"""Which run goes on: after a start by the same launcher, or by request."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from small_runs import RHYTHM, RUN_ID, dataset, project, recorded, stop_at

from cnnlab.cli.train import resuming, watching
from cnnlab.core.messages import Refusal
from cnnlab.core.project import changes
from cnnlab.engine.runs import folder as layout
from cnnlab.engine.runs import follower, table

US = frozenset({"launcher of this start"})


@pytest.fixture(scope="session")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a stopped run; never write into it."""
    root = tmp_path_factory.mktemp("stopped")
    for _event in recorded(project(epochs=1), dataset(), root, stop_at(1), rhythm=RHYTHM):
        pass
    return root / RUN_ID


def copy(stopped: Path, root: Path, **beat: Any) -> Path:
    """The same run, with other words in its heartbeat."""
    folder = shutil.copytree(stopped, root / RUN_ID)
    document = json.loads((folder / layout.HEARTBEAT).read_text())
    document["owner"] |= beat.pop("owner", {})
    (folder / layout.HEARTBEAT).write_text(json.dumps(document | beat))
    return folder


def test_a_new_start_goes_on_with_the_run_of_its_launcher(stopped: Path, tmp_path: Path) -> None:
    folder = copy(stopped, tmp_path)
    assert resuming.find(tmp_path, None, US) is None
    resuming.mark(folder, US)
    found = resuming.find(tmp_path, None, US | {"another computer's"})
    assert found == resuming.ResumableRun(RUN_ID, folder, is_complete=False, is_over=True)
    assert resuming.find(tmp_path, None, frozenset({"another"})) is None


def test_a_start_that_was_lost_before_its_first_checkpoint_is_made_anew(stopped: Path, tmp_path: Path) -> None:
    folder = copy(stopped, tmp_path, state="running", owner={"born": "of a process that is gone"})
    resuming.mark(folder, US)
    shutil.rmtree(folder / layout.CHECKPOINTS)
    assert resuming.find(tmp_path, None, US) is None
    with pytest.raises(Refusal, match=f"Run {RUN_ID} is interrupted, but it has no checkpoint"):
        resuming.find(tmp_path, "", frozenset())


def test_a_process_that_was_lost_on_another_computer_is_not_waited_for(stopped: Path, tmp_path: Path) -> None:
    far = {"host": "elsewhere", "space": "another"}
    folder = copy(stopped, tmp_path, state="running", owner=far, time=4e9)
    resuming.mark(folder, US)
    with pytest.raises(Refusal, match="still running"):
        resuming.prepare(resuming.ResumableRun(RUN_ID, folder, is_complete=False), lambda project: project)
    found = resuming.find(tmp_path, None, US)
    assert found is not None
    _project, checkpoint = resuming.prepare(found, lambda project: project)
    assert checkpoint.step == table.summary(folder).step


def test_a_run_does_not_go_on_with_other_layers_frozen(stopped: Path) -> None:
    found = resuming.ResumableRun(RUN_ID, stopped, is_complete=False)
    layer = next(node for node in project().graph.nodes if node.type == "linear")
    with pytest.raises(Refusal, match="these differ: freeze"):
        resuming.prepare(found, lambda own: changes.set_learning(own, layer.uid, frozen=True))


def test_a_look_at_the_wrong_moment_does_not_end_the_watching(
    stopped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copy(stopped, tmp_path)
    heartbeat = folder / layout.HEARTBEAT
    content = heartbeat.read_bytes()
    heartbeat.unlink()
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        heartbeat.write_bytes(content)

    monkeypatch.setattr(watching.time, "sleep", sleep)
    assert watching.watch(folder).state.value == "stopped"
    assert len(slept) == 1
    heartbeat.unlink()
    monkeypatch.setattr(watching.time, "sleep", slept.append)
    monkeypatch.setattr(follower, "PATIENCE", 0.0)
    assert watching.watch(folder).state.value == "damaged"
