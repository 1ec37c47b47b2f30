from __future__ import annotations

import json
import platform
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_runs import dataset, project

from cnnlab.core.project.project import Weights
from cnnlab.core.runs.summary import RunState
from cnnlab.core.values import Frozen
from cnnlab.engine.archive import ProjectError, open_project, save
from cnnlab.engine.runs import reopen, resume, run_archive, run_weights, table


@pytest.fixture
def folder(completed: Path, tmp_path: Path) -> Path:
    """A run that may be written into."""
    return shutil.copytree(completed, tmp_path / "runs" / "run")


def test_a_run_opens_as_the_project_that_it_was(folder: Path) -> None:
    opened = reopen.project(folder)
    assert opened.graph == project().graph
    assert opened.training == project(epochs=3).training
    assert opened.augmentation == project().augmentation
    assert opened.title == "Patches"
    assert opened.weights.nodes.keys() == {"uid-conv", "uid-norm", "uid-fc"}


def test_a_run_without_last_weights_opens_with_those_of_its_checkpoint(folder: Path) -> None:
    whole = reopen.project(folder).weights
    (folder / "last.safetensors").unlink()
    (folder / "best.safetensors").unlink()
    for best in (False, True):
        opened = reopen.project(folder, best=best).weights
        assert opened.step == 48
        assert (opened.nodes["uid-fc"]["weight"] == whole.nodes["uid-fc"]["weight"]).all()
    shutil.rmtree(folder / "checkpoints")
    assert reopen.project(folder).weights == Weights()


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.pop("graph"),
        lambda document: document["graph"]["nodes"][1]["params"].update(out_channels=10**9),
        lambda document: document["graph"]["wires"].append({"source": "x", "source_port": 0, "target": "y", "target_port": 0}),
        lambda document: document.update(extra="../../etc/passwd"),
    ],
)  # fmt: skip
def test_a_foreign_project_is_read_as_strictly_as_a_file(change: Any, folder: Path) -> None:
    document = json.loads((folder / "project.json").read_text())
    change(document)
    (folder / "project.json").write_text(json.dumps(document))
    with pytest.raises(ProjectError, match=r"project\.json"):
        reopen.project(folder)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b"[" * 10**5, b'{"a": NaN}'])
def test_a_damaged_project_is_refused_in_words(content: bytes, folder: Path) -> None:
    (folder / "project.json").write_bytes(content)
    with pytest.raises(ProjectError, match=r"project\.json"):
        reopen.project(folder)


def test_weights_that_do_not_fit_the_graph_are_refused(folder: Path) -> None:
    strange = Weights(
        48, Frozen({"uid-fc": Frozen({"weight": np.zeros((4, 9), np.float32), "bias": np.zeros(4, np.float32)})})
    )
    run_weights.write_weights(folder / "last.safetensors", strange, "run", "graph")
    with pytest.raises(ProjectError, match=r"do not fit fc"):
        reopen.project(folder)


def test_a_checkpoint_that_does_not_fit_the_graph_is_not_gone_on_with(folder: Path) -> None:
    beat = json.loads((folder / "heartbeat.json").read_text())
    (folder / "heartbeat.json").write_text(json.dumps(beat | {"state": "stopped"}))
    resume.prepare(folder)
    document = json.loads((folder / "project.json").read_text())
    (fc,) = (node for node in document["graph"]["nodes"] if node["path"] == "fc")
    fc["params"]["out_features"] = 5
    (folder / "project.json").write_text(json.dumps(document))
    with pytest.raises(ProjectError, match="do not fit fc"):
        resume.prepare(folder)
    for path in (folder / "checkpoints").iterdir():
        path.write_bytes(b"nothing")
    with pytest.raises(resume.ResumeError, match="no complete checkpoint"):
        resume.prepare(folder)


def test_a_damaged_run_is_not_gone_on_with(folder: Path) -> None:
    (folder / "run.json").write_text("{}")
    with pytest.raises(resume.ResumeError, match=r"run\.json"):
        resume.prepare(folder)


@pytest.mark.parametrize("renamed", [True, False])
def test_a_copy_of_a_run_does_not_go_on_in_the_folder_of_the_other(renamed: bool, folder: Path) -> None:
    document = json.loads((folder / "heartbeat.json").read_text()) | {"state": "stopped"}
    (folder / "heartbeat.json").write_text(json.dumps(document))
    assert resume.prepare(folder)[1].run == "run"
    other = shutil.copytree(folder, folder.parent / "other")
    if renamed:
        run = json.loads((other / "run.json").read_text()) | {"id": "other"}
        (other / "run.json").write_text(json.dumps(run))
    with pytest.raises(resume.ResumeError, match="copy of the run “run”"):
        resume.prepare(other)
    assert reopen.project(other).weights.step == 48


def test_other_pictures_than_those_of_the_run_are_told(folder: Path) -> None:
    resume.check_data(folder, dataset())
    with pytest.raises(resume.ResumeError, match="not those"):
        resume.check_data(folder, dataset(seed=1))


def test_a_project_file_keeps_runs_without_their_weights(folder: Path) -> None:
    documents = run_archive.updated({}, folder.parent)
    assert documents.keys() == {"run"}
    assert platform.node() not in json.dumps(documents)
    path = folder.parent / "net.cnnlab"
    save(project(), path, runs=documents)
    found = run_archive.read(open_project(path).runs["run"])
    assert found is not None
    summary, told = found
    expected, whole = table.summary(folder), run_archive.read_curve(folder)
    assert (summary.id, summary.state, summary.best, summary.test) == (
        "run",
        RunState.COMPLETED,
        expected.best,
        expected.test,
    )
    assert summary.training == expected.training
    assert told.step.tolist() == whole.step.tolist()
    assert told.loss.tolist() == whole.loss.tolist()
    assert [(e.epoch, e.validation_loss) for e in told.epochs] == [(e.epoch, e.validation_loss) for e in whole.epochs]


def test_runs_that_are_damaged_or_go_on_are_not_kept(folder: Path) -> None:
    (folder / "run.json").write_text("{}")
    assert run_archive.updated({}, folder.parent) == {}


def test_what_a_file_keeps_is_made_again_only_for_runs_that_went_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = run_archive.updated({}, folder.parent)
    path = folder.parent / "net.cnnlab"
    save(project(), path, runs=before | {"gone": {"run": {"started": "1999-01-01"}}})
    opened = open_project(path).runs
    made: list[Path] = []
    make = run_archive.document

    def noted(folder: Path) -> dict[str, Any]:
        made.append(folder)
        return make(folder)

    monkeypatch.setattr(run_archive, "document", noted)
    assert run_archive.updated(opened, folder.parent).keys() == {"run", "gone"}
    assert made == []
    heartbeat = json.loads((folder / "heartbeat.json").read_text())
    (folder / "heartbeat.json").write_text(json.dumps(heartbeat | {"step": heartbeat["step"] + 1}))
    assert run_archive.updated(opened, folder.parent)["run"]["heartbeat"]["step"] == heartbeat["step"] + 1
    assert made == [folder]


@pytest.mark.parametrize("change", [{"run": {}}, {"step": [1]}, {"columns": {}}, {"heartbeat": None}, {"epochs": [{}]}])
def test_what_is_no_kept_run_is_left_alone(change: dict[str, Any], folder: Path) -> None:
    document = run_archive.document(folder)
    assert run_archive.read(document) is not None
    assert run_archive.read(document | change) is None
