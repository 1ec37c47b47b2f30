"""The project file that a run writes into, when the file was changed since."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_networks import project as network
from small_runs import RHYTHM, RUN_ID, dataset, recorded
from small_runs import project as network_of_runs

from cnnlab.cli.train.trained_file import TrainedFile
from cnnlab.core.project.project import Project, Weights
from cnnlab.core.values import Frozen
from cnnlab.engine.archive import ProjectError, open_project, save
from cnnlab.engine.runs import reopen


def trained(out_features: int, value: float, step: int) -> Project:
    """A linear layer whose numbers are all ``value``."""
    built = network(
        ("flatten", "flatten", {}), ("fc", "linear", {"out_features": out_features, "bias": False}), size=(1, 2, 2)
    )
    numbers = np.full((out_features, 4), value, np.float32)
    return replace(built, weights=Weights(step, Frozen({"uid-fc": Frozen({"weight": numbers})})))


def numbers(path: Path) -> set[float]:
    return set(open_project(path).project.weights.nodes["uid-fc"]["weight"].reshape(-1).tolist())


def test_a_run_that_goes_on_leaves_a_file_alone_that_has_another_network(tmp_path: Path) -> None:
    path = tmp_path / "net.cnnlab"
    save(trained(3, 1.0, 5), path)
    before = path.read_bytes()
    run = trained(2, 2.0, 9)
    file = TrainedFile(path, open_project(path), resumed=run)
    (notice,) = file.notices
    assert "net-2.cnnlab" in notice
    assert file.keep(run.weights) is None
    assert file.keep(Weights(10, run.weights.nodes)) is None
    assert path.read_bytes() == before
    assert numbers(tmp_path / "net-2.cnnlab") == {2.0}
    assert open_project(tmp_path / "net-2.cnnlab").project.weights.step == 10


def test_weights_that_the_file_cannot_take_are_kept_in_another_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    run, path = trained(2, 2.0, 9), tmp_path / "gone" / "net.cnnlab"
    path.parent.mkdir()
    save(trained(2, 1.0, 5), path)
    file = TrainedFile(path, open_project(path))
    shutil.rmtree(path.parent)
    with pytest.raises(ProjectError):
        file.keep(run.weights)
    assert "saved in" in str(file.keep_elsewhere(run.weights, tmp_path / "a run that is not there"))
    (saved,) = (tmp_path / "data").rglob("*.cnnlab")
    assert numbers(saved) == {2.0}
    monkeypatch.setenv("XDG_DATA_HOME", str(saved))  # where no folder can be
    assert "could not be saved anywhere else" in str(
        file.keep_elsewhere(run.weights, tmp_path / "a run that is not there")
    )


def test_weights_that_the_folder_of_the_run_has_are_pointed_to(tmp_path: Path) -> None:
    started, path = network_of_runs(epochs=1), tmp_path / "net.cnnlab"
    save(started, path)
    file = TrainedFile(path, open_project(path))
    for _event in recorded(started, dataset(), tmp_path / "net.runs", rhythm=RHYTHM):
        pass
    run = tmp_path / "net.runs" / RUN_ID
    assert f"cnnlab reopen {run}" in str(file.keep_elsewhere(reopen.project(run).weights, run))


def test_a_run_that_goes_on_saves_into_its_own_file(tmp_path: Path) -> None:
    path = tmp_path / "net.cnnlab"
    save(trained(2, 1.0, 5), path)
    run = trained(2, 2.0, 9)
    file = TrainedFile(path, open_project(path), resumed=run)
    assert not file.notices
    file.keep(run.weights)
    assert numbers(path) == {2.0}
    assert [each.name for each in tmp_path.glob("*.cnnlab")] == ["net.cnnlab"]
