from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from killing import kill_while_saving

from cnnlab.core.project.project import Weights
from cnnlab.core.runs.events import Checkpoint
from cnnlab.core.runs.summary import RunState
from cnnlab.core.values import Frozen
from cnnlab.engine.archive.errors import ProjectError
from cnnlab.engine.runs import checkpoints, checksummed
from cnnlab.engine.runs.owners import this_process
from cnnlab.engine.runs.run_files import Heartbeat

CHILD = Path(__file__).with_name("checkpointing_child.py")
BEAT = Heartbeat(run="run", time=1.0, owner=this_process(), state=RunState.RUNNING, seconds=12.5)


def checkpoint(step: int, size: int = 1000) -> Checkpoint:
    """Every number in it is the step."""
    weights = Weights(step, Frozen({"uid": Frozen({"weight": np.full(size, step, np.float32)})}))
    return Checkpoint(
        run="run",
        step=step,
        graph="abc",
        weights=weights,
        best=weights if step % 2 else None,
        moving=None if step % 2 else weights,
        optimiser=Frozen(
            {"a.weight/exp_avg": np.full(size, step, np.float32), "a.weight/step": np.array(step, np.float32)}
        ),
        state=Frozen({"epoch": step, "lowest": float("inf"), "seed": 2**63, "sums": Frozen({"loss": step / 3})}),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "checkpoints").mkdir()
    return tmp_path


def same(one: Checkpoint, other: Checkpoint) -> bool:
    def numbers(weights: Weights | None) -> dict[str, bytes]:
        nodes = weights.nodes if weights else {}
        return {f"{uid}/{name}": array.tobytes() for uid, held in nodes.items() for name, array in held.items()}

    return (
        (one.run, one.step, one.graph, one.state) == (other.run, other.step, other.graph, other.state)
        and one.weights.step == other.weights.step
        and numbers(one.weights) == numbers(other.weights)
        and numbers(one.best) == numbers(other.best)
        and numbers(one.moving) == numbers(other.moving)
        and numbers(Weights(0, Frozen({"": one.optimiser}))) == numbers(Weights(0, Frozen({"": other.optimiser})))
    )  # fmt: skip


def test_a_checkpoint_comes_back_with_the_place_of_the_record(folder: Path) -> None:
    for step in (7, 8):
        checkpoints.save(folder, checkpoint(step), 33, BEAT)
        kept = checkpoints.latest_with_position(folder)
        assert kept is not None
        assert same(kept.checkpoint, checkpoint(step))
        assert (kept.line, kept.heartbeat.seconds) == (33, 12.5)


def test_the_last_two_are_kept(folder: Path) -> None:
    for step in (5, 10, 15, 20, 20):
        checkpoints.save(folder, checkpoint(step), 0, BEAT)
    assert sorted(os.listdir(folder / "checkpoints")) == ["0000000015.safetensors", "0000000020.safetensors"]


def test_a_damaged_one_is_passed_over_for_the_one_before(folder: Path) -> None:
    for step in (5, 10):
        checkpoints.save(folder, checkpoint(step), 0, BEAT)
    path = folder / "checkpoints" / "0000000010.safetensors"
    content = bytearray(path.read_bytes())
    content[-100] ^= 4
    path.write_bytes(content)
    found = checkpoints.latest(folder)
    assert found is not None
    assert found.step == 5
    # The damaged one must not push out the good one when the run goes on.
    checkpoints.remove_later(folder, 5)
    checkpoints.save(folder, checkpoint(8), 0, BEAT)
    assert sorted(os.listdir(folder / "checkpoints")) == ["0000000005.safetensors", "0000000008.safetensors"]


def test_none_where_there_is_none(tmp_path: Path, folder: Path) -> None:
    assert checkpoints.latest(folder) is None
    assert checkpoints.latest(tmp_path / "missing") is None
    assert not checkpoints.exists(tmp_path / "missing")


def test_other_sealed_files_are_refused(folder: Path) -> None:
    path = folder / "checkpoints" / "0000000010.safetensors"
    for arrays, document in (
        ({"weights/uid/a": np.zeros(3)}, {}),
        ({"elsewhere/a": np.zeros(3)}, {"run": "run"}),
        ({}, {"run": "../run", "step": 1, "graph": "", "best_step": None, "state": {}, "place": {}}),
    ):
        path.write_bytes(checksummed.pack(arrays, document))
        with pytest.raises(ProjectError):
            checkpoints.read(path)
        assert checkpoints.latest(folder) is None


def test_states_of_other_kinds_are_not_changed(folder: Path) -> None:
    odd = replace(checkpoint(3), optimiser=Frozen({"b/x": np.zeros((0, 2), np.int64)}), best=None)
    checkpoints.save(folder, odd, 0, BEAT)
    found = checkpoints.latest(folder)
    assert found is not None
    assert found.optimiser["b/x"].shape == (0, 2)
    assert found.best is None


@pytest.mark.process
@pytest.mark.parametrize("wait", [0.005, 0.021, 0.034, 0.047])
def test_a_kill_leaves_whole_ones_of_one_moment(wait: float, folder: Path) -> None:
    said = kill_while_saving(CHILD, folder, wait)
    names = [name for name in os.listdir(folder / "checkpoints") if name.endswith(".safetensors")]
    assert 1 <= len(names) <= 3
    for name in names:
        found = checkpoints.read(folder / "checkpoints" / name).checkpoint
        assert same(found, checkpoint(int(name.partition(".")[0]), 200_000))
    newest = checkpoints.latest(folder)
    assert newest is not None
    assert newest.step in (said, said + 1)
