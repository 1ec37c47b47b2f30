from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_runs import RUN_ID, project, recorded

from cnnlab.core.project.project import Weights
from cnnlab.core.values import Frozen
from cnnlab.engine.archive.errors import ProjectError
from cnnlab.engine.data.picture_sets import Dataset
from cnnlab.engine.runs import run_weights
from cnnlab.engine.runs.run_weights import Snapshots, plan


@given(st.integers(0, 10**7), st.integers(0, 300))
def test_a_plan_is_dense_early_and_sparse_later(steps: int, count: int) -> None:
    chosen = plan(steps, count)
    assert len(chosen) <= count
    assert list(chosen) == sorted(set(chosen))
    assert chosen[:1] == (0,) * bool(count)
    if count > 1:
        assert chosen[-1] == steps
        assert len(chosen) > 0.9 * min(count, steps)
        gaps = [later - earlier for earlier, later in pairwise(chosen)]
        assert all(later >= earlier - 1 for earlier, later in pairwise(gaps))


def weights(step: int) -> Weights:
    return Weights(step, Frozen({"uid": Frozen({"weight": np.full(250, step, np.float32)})}))


def taken(folder: Path, budget: int, seconds: float = 10**9, steps: int = 1000) -> tuple[int, ...]:
    (folder / "snapshots").mkdir()
    keeper = Snapshots(folder, budget, from_step=100, steps=steps)
    for step in range(100, 101 + steps):
        if keeper.wants(step, seconds):
            keeper.save(weights(step), "run", "graph")
    return run_weights.steps(folder)


def test_snapshots_stay_within_their_space(tmp_path: Path) -> None:
    assert taken(tmp_path, budget=20_000) == tuple(100 + step for step in plan(1000, 20))


def test_no_space_means_none(tmp_path: Path) -> None:
    assert taken(tmp_path, budget=0) == ()


def test_snapshots_that_would_slow_a_run_are_left_out(tmp_path: Path) -> None:
    assert 0 < len(taken(tmp_path, budget=10**6, seconds=0.0)) < len(plan(1000, 250))


def test_there_are_at_most_so_many(tmp_path: Path) -> None:
    assert len(taken(tmp_path, budget=10**9)) <= run_weights.MAX


def test_a_snapshot_holds_weights_and_running_means(
    patches: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_weights, "FREE_SECONDS", 100.0)
    for _event in recorded(project(epochs=1), patches, tmp_path):
        pass
    graph, folder = project().graph, tmp_path / RUN_ID
    assert run_weights.steps(folder) == tuple(range(17))
    for step in range(17):
        held = run_weights.read_snapshot(folder, step, graph)
        assert held.step == step
        assert int(held.nodes["uid-norm"]["num_batches_tracked"]) == step
        assert held.nodes.keys() == {"uid-conv", "uid-norm", "uid-fc"}
    with pytest.raises(ProjectError):
        run_weights.read_snapshot(folder, 10**9, graph)
    with pytest.raises(ProjectError, match="layer that does not exist"):
        run_weights.read_snapshot(folder, 1, type(graph)())


def test_a_run_can_do_without(patches: Dataset, tmp_path: Path) -> None:
    for _event in recorded(project(epochs=1, snapshots_mb=0), patches, tmp_path):
        pass
    assert run_weights.steps(tmp_path / RUN_ID) == ()
