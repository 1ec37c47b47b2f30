"""Data that a project's last layer and loss do not go with."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import Command, refusal, tiny
from PIL import Image

from cnnlab.cli.train import pictures
from cnnlab.core import templates
from cnnlab.core.messages import Refusal
from cnnlab.core.project import changes
from cnnlab.engine.archive import save


@pytest.mark.parametrize(
    ("source", "way"),
    [
        ("mnist_angle", "“cnnlab new mnist-angle NEW.cnnlab”"),
        ("mnist_seven", "“cnnlab new mnist-seven NEW.cnnlab”"),
        ("cifar100", "in the window"),
    ],
)
def test_data_of_another_kind_are_refused_with_a_way_out(here: Path, command: Command, source: str, way: str) -> None:
    save(tiny(), here / "tiny.cnnlab")
    said = refusal(command, "train", "tiny.cnnlab", "--source", source)
    assert "The output gets 10 values from fc" in said
    assert "Nothing was started." in said
    assert way in said
    assert not (here / "tiny.runs").exists()


def test_both_the_loss_and_the_last_layer_are_named(here: Path, command: Command) -> None:
    save(tiny(), here / "tiny.cnnlab")
    said = refusal(command, "train", "tiny.cnnlab", "--source", "mnist_angle")
    assert "The loss “Cross-entropy” does not go" in said
    assert "the data ask for one number" in said


def test_the_way_out_leads_out() -> None:
    for template in templates.TEMPLATES:
        if template.key in ("mnist-angle", "mnist-seven"):
            pictures.check(tiny(), template.build())


def test_data_with_as_many_classes_are_let_through() -> None:
    pictures.check(tiny(), changes.set_data(tiny(), source="fashion_mnist"))
    with pytest.raises(Refusal):
        pictures.check(tiny(), changes.set_data(tiny(), source="mnist_angle"))


def test_what_the_file_does_not_know_is_told(here: Path, command: Command) -> None:
    save(tiny(max_steps=1), here / "tiny.cnnlab")
    for label in range(10):
        (here / "my pictures" / str(label)).mkdir(parents=True)
        for number in range(3):
            Image.new("L", (28, 28), 20 * label + number).save(here / "my pictures" / str(label) / f"{number}.png")
    done = command("train", "tiny.cnnlab", "--source", "folder", "--data", "my pictures")
    assert done.code == 0, done
    assert "keeps its own data, MNIST; “cnnlab evaluate” needs --source folder --data 'my pictures' too." in done.err
    assert "“cnnlab predict” calls the classes as MNIST does." in done.err
    assert command("evaluate", "tiny.cnnlab", "--source", "folder", "--data", "my pictures").code == 0


def test_a_folder_without_effect_is_not_needed_again() -> None:
    assert pictures.notes(tiny(), changes.set_data(tiny(), folder="pictures")) == []
    other = changes.set_data(tiny(), folder="pictures", source="mnist_seven")
    assert "needs --source mnist_seven too." in pictures.notes(tiny(), other)[0]


def test_nothing_is_told_of_the_projects_own_data() -> None:
    assert pictures.notes(tiny(), changes.set_data(tiny(), validation=7)) == []
