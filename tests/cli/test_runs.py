from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import kept_files
import numpy as np
import pytest
from commands import Command, environment, refusal, tiny

from cnnlab.core.project.project import Project
from cnnlab.engine.archive import open_project, save
from cnnlab.engine.data.datasets import mnist

pytestmark = pytest.mark.slow


@pytest.fixture
def twice(here: Path, command: Command) -> list[dict[str, Any]]:
    """Two runs of one project with different rates; what “cnnlab runs” tells of them, the newest first."""
    save(tiny(max_steps=5), here / "tiny.cnnlab")
    for rate in ("0.01", "0.002"):
        assert command("train", "tiny.cnnlab", "--learning-rate", rate, "--restart").code == 0
    listed: list[dict[str, Any]] = json.loads(command("runs", "tiny.cnnlab", "--json").out)
    return listed


def test_runs_are_listed_with_what_differs_between_them(
    here: Path, twice: list[dict[str, Any]], command: Command
) -> None:
    assert [run["training"]["learning_rate"] for run in twice] == [0.002, 0.01]
    assert {run["state"] for run in twice} == {"completed"}
    assert {run["step"] for run in twice} == {5}
    for where in (["tiny.cnnlab"], ["tiny.runs"], []):
        table = command("runs", *where).out
        assert "Learning rate" in table
        assert "Batch size" not in table
        for run in twice:
            figures = r"5 of 108 steps +0:00:\d\d +\d\d\.\d\d % +\d\d\.\d\d % +"
            assert re.search(rf"{run['id']} +completed .* {figures}{run['training']['learning_rate']}", table), table


def test_pictures_augmentation_and_projects_are_told_where_they_differ(here: Path, command: Command) -> None:
    for name in ("first.cnnlab", "second.cnnlab"):
        save(tiny(max_steps=2), here / name)
    assert command("train", "second.cnnlab", "--rotation", "20").code == 0
    assert command("train", "first.cnnlab", "--validation", "0").code == 0
    heading, newer, older = command("runs").out.splitlines()
    assert re.search(r"Project +Held out +Rotation, degrees$", heading.rstrip())
    assert newer.split()[-3:] == ["first", "0", "0"]
    assert older.split()[-3:] == ["second", "5,000", "20"]
    assert newer.count("%") == 1, "a figure on pictures held out, of which there are none"
    assert older.count("%") == 2
    assert "Project" not in command("runs", "first.cnnlab").out


def test_settings_without_effect_in_a_run_are_left_blank(here: Path, command: Command) -> None:
    save(tiny(max_steps=2), here / "tiny.cnnlab")
    for options in (["--optimiser", "adam"], ["--optimiser", "sgd", "--momentum", "0.625"]):
        assert command("train", "tiny.cnnlab", "--restart", *options).code == 0
    sgd, adam = command("runs").out.splitlines()[1:3]
    assert sgd.split()[-1] == "0.625"
    assert adam.split()[-1] == "Adam"


def test_a_folder_without_runs_says_so(here: Path, command: Command) -> None:
    done = command("runs")
    assert (done.code, done.out) == (0, "")
    assert "There are no runs" in done.err
    assert "There is no file or folder “none”" in refusal(command, "runs", "none")


def test_a_run_opens_again_as_a_project(here: Path, twice: list[dict[str, Any]], command: Command) -> None:
    older = twice[1]["folder"]
    assert command("reopen", older, "again.cnnlab").out == "again.cnnlab\n"
    again = open_project(here / "again.cnnlab").project
    assert again.training == tiny(max_steps=5, learning_rate=0.01).training
    assert again.weights.step == 5
    assert command("reopen", "tiny.cnnlab", "newest.cnnlab", "--best").code == 0
    newest = open_project(here / "newest.cnnlab").project
    assert newest.training.learning_rate == 0.002
    kept = open_project(here / "tiny.cnnlab").project
    np.testing.assert_array_equal(newest.weights.nodes["fc"]["weight"], kept.weights.nodes["fc"]["weight"])
    assert "already exists" in refusal(command, "reopen", older, "again.cnnlab")


def test_where_weights_are_damaged_those_that_can_be_read_are_named(
    here: Path, twice: list[dict[str, Any]], command: Command
) -> None:
    run = Path(twice[0]["folder"])
    whole = (run / "last.safetensors").read_bytes()
    (run / "last.safetensors").write_bytes(whole[:-40])
    said = refusal(command, "reopen", run, "again.cnnlab")
    assert "“last.safetensors” is damaged" in said
    assert "With --best there are those that were best on validation, of step 5." in said
    assert "With --checkpoint there are those of the last checkpoint, of step 5." in said
    assert command("reopen", run, "again.cnnlab", "--checkpoint").code == 0
    again, kept = (open_project(here / name).project.weights for name in ("again.cnnlab", "tiny.cnnlab"))
    np.testing.assert_array_equal(again.nodes["fc"]["weight"], kept.nodes["fc"]["weight"])

    for checkpoint in (run / "checkpoints").iterdir():
        checkpoint.unlink()
    assert "--checkpoint" not in refusal(command, "reopen", run, "other.cnnlab")
    assert "has no checkpoint that can be read" in refusal(command, "reopen", run, "other.cnnlab", "--checkpoint")
    assert "choose --best or --checkpoint" in refusal(command, "reopen", run, "other.cnnlab", "--checkpoint", "--best")


def test_watching_a_run_that_is_over_shows_it_and_ends(twice: list[dict[str, Any]], command: Command) -> None:
    done = command("watch", twice[0]["folder"])
    assert (done.code, done.out) == (0, "")
    assert "epoch 1/1, 5 of 108 steps: loss" in done.err
    assert "Ended at the maximum number of steps: 5 of 108 steps." in done.err
    assert done.err.endswith(f"Run {twice[0]['id']}: completed.\n")


@pytest.mark.process
def test_a_run_of_another_process_is_watched_to_its_end(here: Path, command: Command) -> None:
    save(tiny(epochs=10_000, batch_size=4096), here / "tiny.cnnlab")
    with subprocess.Popen(
        [sys.executable, "-m", "cnnlab", "train", "tiny.cnnlab"],
        cwd=here, env=environment(here), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as training:  # fmt: skip
        assert training.stderr is not None
        while not (line := training.stderr.readline()).startswith("epoch 1/"):
            assert line, training.poll()
        with subprocess.Popen(
            [sys.executable, "-m", "cnnlab", "watch", "tiny.cnnlab"],
            cwd=here, env=environment(here), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        ) as watching:  # fmt: skip
            assert watching.stderr is not None
            while not (line := watching.stderr.readline()).startswith("epoch 2/"):
                assert line, watching.poll()
            training.send_signal(signal.SIGTERM)
            _, said = training.communicate(timeout=60)
            _, seen = watching.communicate(timeout=60)
    assert training.returncode == 143, said
    assert watching.returncode == 0, seen
    assert seen.rstrip().endswith("stopped.")
    step = open_project(here / "tiny.cnnlab").project.weights.step
    assert f"Stopped at step {step:,}" in said


def test_a_stopped_run_goes_on_to_the_weights_of_one_that_was_not_stopped(
    here: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tiny(epochs=2), here / "whole.cnnlab")
    save(tiny(epochs=2), here / "parts.cnnlab")
    assert command("train", "whole.cnnlab").code == 0
    with monkeypatch.context() as patched:
        patched.setattr("cnnlab.cli.train.display.RunDisplay.show", terminate_after(150))
        assert command("train", "parts.cnnlab").code == 143
    assert open_project(here / "parts.cnnlab").project.weights.step == 150
    on = command("train", "parts.cnnlab", "--resume", "--device", "cpu")
    assert "Training continues from step 150." in on.err
    whole, parts = (open_project(here / f"{name}.cnnlab").project.weights for name in ("whole", "parts"))
    assert whole.step == parts.step == 216
    for name in ("weight", "bias"):
        np.testing.assert_array_equal(whole.nodes["fc"][name], parts.nodes["fc"][name])
    assert "There is no run to resume" in refusal(command, "train", "parts.cnnlab", "--resume")


def terminate_after(step: int) -> Any:
    """A display that shows nothing and sends SIGTERM once."""

    def show(_display: object, event: Any) -> None:
        if event.step == step and type(event).__name__ == "BatchDone":
            signal.raise_signal(signal.SIGTERM)

    return show


def test_a_run_goes_on_with_its_own_settings_only(
    here: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tiny(), here / "tiny.cnnlab")
    with monkeypatch.context() as patched:
        patched.setattr("cnnlab.cli.train.display.RunDisplay.show", terminate_after(3))
        assert command("train", "tiny.cnnlab", "--momentum", "0.5", "--optimiser", "sgd").code == 143
    (run,) = json.loads(command("runs", "--json").out)
    assert run["state"] == "stopped"
    said = refusal(command, "train", "tiny.cnnlab", "--resume", "--epochs", "3", "--rotation", "10")
    assert "these differ: epochs, augmentation." in said
    assert "There is no run “nothing”" in refusal(command, "train", "tiny.cnnlab", "--run", "nothing")
    assert "choose --resume or --restart" in refusal(command, "train", "tiny.cnnlab", "--resume", "--restart")
    again = command("train", "tiny.cnnlab", "--run", run["id"], "--momentum", "0.5")
    assert "Training continues from step 3." in again.err
    assert again.code == 0
    assert "is complete" in refusal(command, "train", "tiny.cnnlab", "--run", run["id"])


def test_what_is_measured_is_shown_and_told_to_programs(trained: Path, once_trained: Project, command: Command) -> None:
    shown = command("evaluate", trained)
    assert (shown.code, shown.err) == (0, "")
    told = json.loads(command("evaluate", trained, "--json").out)
    assert told["count"] == 10_000
    assert told["names"] == list("0123456789")
    assert f"test accuracy {100 * told['accuracy']:.2f} %\n" in shown.out
    confusion = np.array(told["confusion"])
    np.testing.assert_array_equal(confusion.sum(1), np.bincount(mnist().test.labels))
    assert confusion.trace() / 10_000 == pytest.approx(told["accuracy"])
    assert re.search(rf"^7 +0? *{confusion[7, 0]} ", shown.out, re.MULTILINE)
    held_out = json.loads(command("evaluate", trained, "--json", "--split", "validation", "--validation", "100").out)
    assert (held_out["count"], held_out["split"]) == (100, "validation")


def test_a_network_that_was_not_trained_is_not_measured(here: Path, command: Command) -> None:
    save(tiny(), here / "tiny.cnnlab")
    assert "has not been trained yet" in refusal(command, "evaluate", "tiny.cnnlab")


def test_a_run_of_an_older_version_is_listed_and_gone_on_with(here: Path, command: Command) -> None:
    kept_files.copied(here)
    listed = {run["id"]: run for run in json.loads(command("runs", "digits.cnnlab", "--json").out)}
    assert {name: run["state"] for name, run in listed.items()} == {"digits01": "stopped", "angles01": "completed"}
    done = command("train", "digits.cnnlab", "--resume")
    assert done.code == 0, done.err
    listed = {run["id"]: run for run in json.loads(command("runs", "digits.cnnlab", "--json").out)}
    assert (listed["digits01"]["state"], listed["digits01"]["step"]) == ("completed", 177)
    measured = command("evaluate", "digits.cnnlab")
    assert measured.code == 0, measured.err
    assert open_project(here / "digits.cnnlab").project.weights.step == 177
