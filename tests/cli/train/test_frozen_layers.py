"""Layers frozen for one run on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
import small_networks
from commands import Command, tiny
from typer.testing import CliRunner

from cnnlab.cli import app
from cnnlab.cli.train.frozen_layers import freeze, idle
from cnnlab.core.messages import Refusal
from cnnlab.core.project import changes
from cnnlab.engine.archive import save


def test_only_the_layers_that_are_named_are_frozen() -> None:
    project = small_networks.CHAIN
    after = freeze(project, ["conv1", "bn1"])
    assert {uid for uid, learning in after.learning.items() if learning.frozen} == {"uid-conv1", "uid-bn1"}
    assert freeze(project, []) == project


@pytest.mark.parametrize(("path", "text"), [("conv", "Near it: conv1"), ("zzz", "The layers are input, conv1")])
def test_a_layer_that_is_not_there_is_refused_with_those_that_are(path: str, text: str) -> None:
    with pytest.raises(Refusal, match=text):
        freeze(small_networks.CHAIN, [path])


def test_only_a_layer_that_is_known_to_have_no_weights_is_told() -> None:
    project = small_networks.project(
        ("conv1", "conv2d", {}),
        ("means", "batchnorm2d", {"affine": False}),
        ("relu1", "relu", {}),
        ("flatten", "flatten", {}),
        ("fc", "linear", {"out_features": 10}),
    )
    project = changes.add_layer(project, "conv2d", (0, 0), "unwired")
    paths = [node.path for node in project.graph.nodes]
    assert [line.split(" has no effect: ")[0] for line in idle(project, paths)] == [
        f"--freeze {path}" for path in ("input", "relu1", "flatten", "output")
    ]
    assert idle(project, ["relu1", "relu1"]) == ["--freeze relu1 has no effect: the layer has no weights."]


def test_a_run_tells_it(here: Path, command: Command) -> None:
    save(tiny(max_steps=1), here / "tiny.cnnlab")
    done = command("train", "tiny.cnnlab", "--freeze", "flatten")
    assert done.code == 0, done
    assert "--freeze flatten has no effect: the layer has no weights.\n" in done.err


def test_the_help_names_it() -> None:
    assert "--freeze LAYER" in CliRunner().invoke(app, ["train", "--help"]).output
