"""Data that a project's last layer and loss do not go with."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import Command, refusal, tiny

from cnnlab.cli import other_data
from cnnlab.core import changes, templates
from cnnlab.core.messages import Refusal
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
            other_data.check(tiny(), template.build())


def test_data_with_as_many_classes_are_let_through() -> None:
    other_data.check(tiny(), changes.set_data(tiny(), source="fashion_mnist"))
    with pytest.raises(Refusal):
        other_data.check(tiny(), changes.set_data(tiny(), source="mnist_angle"))
