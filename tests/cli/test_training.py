from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import Command, digits, environment, process, tiny
from PIL import Image

from cnnlab.core import templates
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project, Weights
from cnnlab.core.runs.events import EpochDone
from cnnlab.core.runs.summary import RunState
from cnnlab.engine.archive import open_project, save
from cnnlab.engine.data.datasets import Dataset, mnist
from cnnlab.engine.runs import run_archive

pytestmark = pytest.mark.slow


@pytest.mark.process
def test_new_train_and_predict_work_without_qt_and_without_a_display(here: Path) -> None:
    file = here / "tiny.cnnlab"
    assert process(here, "new", "mnist", file).returncode == 0
    save(tiny(), file)
    trained = process(here, "train", file, "--epochs", 1, "--device", "cpu", "--seed", 3)
    assert trained.returncode == 0, trained
    shown = re.match(r"test accuracy (\d\d\.\d\d) %\ntest top-5 ", trained.stdout)
    assert shown, trained
    assert float(shown[1]) > 85
    assert "epoch 1/1: loss" in trained.stderr
    opened = open_project(file).project
    assert opened.weights.step == 108
    # The options held for the run only.
    assert replace(opened, weights=Weights()) == tiny()

    pictures = digits(here, 40)
    predicted = process(here, "predict", file, *pictures)
    assert (predicted.returncode, predicted.stderr) == (0, "")
    lines = [line.split("\t") for line in predicted.stdout.splitlines()]
    assert [line[0] for line in lines] == [str(path) for path in pictures]
    labels = mnist().test.labels[:40].tolist()
    assert sum(int(line[1]) == label for line, label in zip(lines, labels, strict=True)) > 30
    assert all(re.fullmatch(r"\d{1,3}\.\d\d %", line[2]) for line in lines)


def test_training_goes_on_or_restarts_as_asked(trained: Path, once_trained: Project, command: Command) -> None:
    before = once_trained.weights
    on = command("train", trained)
    assert "Training continues from step 108." in on.err
    assert open_project(trained).project.weights.step == 216
    again = command("train", trained, "--restart")
    assert "Training resumes" not in again.err
    restarted = open_project(trained).project.weights
    assert restarted.step == before.step == 108
    np.testing.assert_array_equal(restarted.nodes["fc"]["weight"], before.nodes["fc"]["weight"])


def test_epochs_reach_the_file_on_the_way_and_the_run_summaries_stay(
    here: Path, trained: Path, once_trained: Project, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnlab.cli.train.trained_file.EVERY", 0.0)
    save(once_trained, trained, runs={"abc": {"note": "kept"}})
    steps = []

    def noting(project: Project, *arguments: Any, **options: Any) -> Any:
        steps.append(project.weights.step)
        return save(project, *arguments, **options)

    monkeypatch.setattr("cnnlab.cli.train.trained_file.save", noting)
    done = command("train", trained, "--epochs", 2)
    assert done.code == 0
    assert open_project(trained).project.weights.step == 324
    runs = open_project(trained).runs
    assert runs["abc"] == {"note": "kept"}
    (ended,) = (run_archive.read(document) for document in runs.values() if "run" in document)
    assert ended is not None
    assert (ended[0].state, ended[0].step) == (RunState.COMPLETED, 324)
    assert steps == [216, 324, 324]  # the last one, to keep what is told of the run once it has ended


def test_a_file_that_was_changed_meanwhile_is_left_and_the_weights_saved_beside_it(
    trained: Path, once_trained: Project, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = replace(once_trained, title="theirs")

    def of(project: Project) -> Dataset:
        save(theirs, trained)  # another program, after ours opened the file
        return mnist(project.data.validation, project.data.seed)

    monkeypatch.setattr("cnnlab.engine.data.datasets.of", of)
    done = command("train", trained)
    assert done.code == 0
    assert done.out.startswith("test accuracy")
    assert open_project(trained).project.title == "theirs"
    beside = open_project(trained.with_name("trained-2.cnnlab")).project
    assert beside.weights.step == 216
    assert beside == replace(once_trained, weights=beside.weights)
    assert "trained-2.cnnlab” instead." in done.err


@pytest.mark.process
def test_ctrl_c_saves_and_says_so(here: Path) -> None:
    file = here / "tiny.cnnlab"
    save(tiny(), file)
    running = subprocess.Popen(
        [sys.executable, "-m", "cnnlab", "train", str(file), "--epochs", "10000"],
        cwd=here, env=environment(here), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert running.stderr is not None
    while not (line := running.stderr.readline()).startswith("epoch 1/"):
        assert line, running.poll()
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=120)
    assert (running.returncode, out) == (130, ""), err
    assert "Traceback" not in err
    step = open_project(file).project.weights.step
    assert step >= 108
    assert f"Stopped at step {step:,}; its weights are in “{file}”. “cnnlab train --resume” resumes it" in err


def test_a_run_whose_folder_was_removed_is_not_said_to_be_kept(
    here: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tiny(epochs=2), here / "tiny.cnnlab")

    def remove(_display: object, event: object) -> None:
        if isinstance(event, EpochDone):
            shutil.rmtree(here / "tiny.runs", ignore_errors=True)

    monkeypatch.setattr("cnnlab.cli.train.display.RunDisplay.show", remove)
    done = command("train", "tiny.cnnlab")
    assert done.code == 1
    assert "The run is kept" not in done.err
    assert open_project(here / "tiny.cnnlab").project.weights.step >= 108


def test_a_failed_run_ends_with_its_message(here: Path, command: Command) -> None:
    file = here / "starter.cnnlab"
    settings = {"optimiser": "sgd", "learning_rate": 100.0, "batch_size": 8}
    save(changes.set_training(templates.BY_KEY["mnist"].build(), **settings), file)
    done = command("train", file)
    assert (done.code, done.out) == (1, "")
    assert re.search(r"The (loss|gradients) became (NaN|infinite) at step \d+\.", done.err), done.err


def test_files_for_tensorboard_are_written_where_they_are_asked_for(here: Path, command: Command) -> None:
    save(tiny(max_steps=3), here / "tiny.cnnlab")
    assert command("train", "tiny.cnnlab").code == 0
    assert command("train", "tiny.cnnlab", "--tensorboard", "--restart").code == 0
    assert len(list(here.glob("tiny.runs/*"))) == 2
    assert len(list(here.glob("tiny.runs/*/tensorboard/events.out.tfevents.*"))) == 1


def test_without_tensorboard_its_files_are_a_reason_not_to_begin(
    here: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tiny(), here / "tiny.cnnlab")
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    done = command("train", "tiny.cnnlab", "--tensorboard")
    assert done.code == 1
    assert "the package is not installed. Nothing was started." in done.err
    assert list(here.glob("tiny.runs/*")) == []


def test_a_task_whose_answer_is_a_number_is_trained_and_measured(here: Path, command: Command) -> None:
    command("new", "mnist-angle", "angle.cnnlab")
    done = command("train", "angle.cnnlab", "--max-steps", 5, "--precision", "float32")
    assert done.code == 0, done.err
    assert re.match(r"test mean absolute error \d+\.\d{3}°\ntest loss \d[\d.]{4}\d\n$", done.out), done.out
    assert "accuracy" not in done.err
    assert command("evaluate", "angle.cnnlab").out == done.out


def test_a_question_of_yes_or_no_is_trained_and_measured(here: Path, command: Command) -> None:
    command("new", "mnist-seven", "seven.cnnlab")
    done = command("train", "seven.cnnlab", "--most-steps", 5, "--precision", "float32")
    assert done.code == 0, done.err
    shown = command("evaluate", "seven.cnnlab").out
    assert shown.startswith(done.out)
    assert re.search(r"^true / predicted +other +7$", shown, re.MULTILINE)


@pytest.fixture
def animals(here: Path) -> Path:
    """The file of a project for pictures in a folder, which are in “pictures” beside it: bright cats and dark dogs."""
    for name, level in (("cat", 250), ("dog", 5)):
        (here / "pictures" / name).mkdir(parents=True)
        for number in range(10):
            Image.new("RGB", (8, 8), (level, level, level)).save(here / "pictures" / name / f"{number}.png")
    rows: list[templates.Layer] = [
        ("input", "input", {"channels": 3, "height": 8, "width": 8}),
        ("flatten", "flatten", {}),
        ("linear", "fc", {"out_features": 2}),
        ("output", "output", {}),
    ]
    project = changes.set_data(templates.chain([rows]), source="folder")
    save(changes.set_training(project, epochs=5, batch_size=4, learning_rate=0.01), here / "animals.cnnlab")
    return here / "animals.cnnlab"


def test_the_classes_of_a_folder_are_kept_with_the_weights(here: Path, animals: Path, command: Command) -> None:
    trained = command("train", animals, "--data", "pictures")
    assert trained.code == 0, trained.err
    assert trained.err.startswith("Reading the pictures in “pictures” …\n")
    data = open_project(animals).project.data
    assert (data.classes, data.folder) == (("cat", "dog"), "")
    predicted = command("predict", animals, *(f"pictures/{name}/0.png" for name in ("dog", "cat")))
    assert [line.split("\t")[1] for line in predicted.out.splitlines()] == ["dog", "cat"]
    assert re.search(r"^cat +\d", command("evaluate", animals, "--data", "pictures").out, re.MULTILINE)
    assert command("reopen", animals, "again.cnnlab").code == 0
    assert open_project(here / "again.cnnlab").project.data.classes == ("cat", "dog")


def test_a_file_that_cannot_be_written_is_told_before_and_the_weights_are_in_the_run(
    here: Path, command: Command
) -> None:
    file = here / "tiny.cnnlab"
    save(tiny(max_steps=2), file)
    before = file.read_bytes()
    file.chmod(0o444)
    done = command("train", file)
    assert done.code == 1
    assert done.err.index("cannot be written, because it or its folder is read-only") < done.err.index("epoch 1/1")
    assert "The weights of step 2 are in the run’s folder; “cnnlab reopen" in done.err
    assert file.read_bytes() == before
    assert command("reopen", file, "again.cnnlab").code == 0
    assert open_project(here / "again.cnnlab").project.weights.step == 2
