"""How the command line prepares pictures, and that the weights are measured as they were trained."""

from __future__ import annotations

import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from commands import Command, refusal, tiny

from cnnlab.cli.train.pictures import prepared
from cnnlab.core.data.preprocessing import Preprocessing
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.core.runs.events import BatchDone
from cnnlab.engine.archive import open_project, save
from cnnlab.engine.data import datasets

pytestmark = pytest.mark.slow


def strange() -> Project:
    """A network that reads pictures in a way that hardly anybody would."""
    return changes.set_preprocessing(tiny(max_steps=20), mean=(0.9,), std=(0.05,))


@pytest.fixture
def file(here: Path) -> Path:
    save(strange(), here / "strange.cnnlab")
    return here / "strange.cnnlab"


def preprocessing(path: Path) -> Preprocessing:
    return open_project(path).project.preprocessing


def test_z_scores_are_those_of_the_training_pictures() -> None:
    found = prepared(strange(), {"normalise": "zscore"}).preprocessing
    pixels = datasets.of(strange()).train.read(range(len(datasets.of(strange()).train))).to(torch.float64) / 255
    assert found.mean == pytest.approx((pixels.mean().item(),))
    assert found.std == pytest.approx((pixels.std(correction=0).item(),))


@pytest.mark.parametrize(("way", "numbers"), [("none", ((0.0,), (1.0,))), ("minmax", ((0.5,), (0.5,)))])
def test_the_other_ways(way: str, numbers: tuple[tuple[float, ...], tuple[float, ...]]) -> None:
    found = prepared(strange(), {"normalise": way}).preprocessing
    assert (found.mean, found.std) == numbers


def test_what_is_not_named_stays() -> None:
    assert prepared(strange(), {}) == strange()
    cropped = prepared(strange(), {"fit": "crop"})
    assert cropped.preprocessing == replace(strange().preprocessing, fit="crop")


def test_the_weights_are_measured_with_the_numbers_they_were_trained_with(file: Path, command: Command) -> None:
    trained = command("train", file, "--normalise", "zscore", "--fit", "resize")
    assert trained.code == 0, trained
    assert "--fit has no effect" in trained.err
    assert preprocessing(file).fit == "resize"
    assert preprocessing(file).mean == pytest.approx((0.1307,), abs=1e-3)
    measured = command("evaluate", file)
    shown = [line for line in trained.out.splitlines() if line.startswith("test accuracy")]
    assert shown
    assert shown == [line for line in measured.out.splitlines() if line.startswith("test accuracy")]


def test_a_run_that_begins_nothing_stores_nothing(file: Path, command: Command) -> None:
    before = file.read_bytes()
    assert refusal(command, "train", file, "--normalise", "none", "--loss", "mse")
    assert file.read_bytes() == before


def stop_at_once(_display: object, event: object) -> None:
    """A display that shows nothing and sends SIGTERM after the third batch."""
    if isinstance(event, BatchDone) and event.step == 3:
        signal.raise_signal(signal.SIGTERM)


def test_a_run_goes_on_with_the_numbers_it_began_with(
    file: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("cnnlab.cli.train.display.RunDisplay.show", stop_at_once)
        assert command("train", file, "--normalise", "none").code == 143
    assert preprocessing(file) == Preprocessing((0.0,), (1.0,))
    save(strange(), file)
    said = refusal(command, "train", file, "--resume", "--normalise", "minmax", "--fit", "crop")
    assert "these differ: fit, normalise." in said
    assert command("train", file, "--resume", "--normalise", "none").code == 0
    assert preprocessing(file) == Preprocessing((0.0,), (1.0,))
