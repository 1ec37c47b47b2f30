"""Layers frozen for one run on the command line."""

from __future__ import annotations

import pytest
import small_networks
from typer.testing import CliRunner

from cnnlab.cli import app
from cnnlab.cli.frozen_layers import freeze
from cnnlab.core.messages import Refusal


def test_only_the_layers_that_are_named_are_frozen() -> None:
    project = small_networks.CHAIN
    after = freeze(project, ["conv1", "bn1"])
    assert {uid for uid, learning in after.learning.items() if learning.frozen} == {"uid-conv1", "uid-bn1"}
    assert freeze(project, []) == project


@pytest.mark.parametrize(("path", "words"), [("conv", "Near it: conv1"), ("zzz", "The layers are input, conv1")])
def test_a_layer_that_is_not_there_is_refused_with_those_that_are(path: str, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        freeze(small_networks.CHAIN, [path])


def test_the_help_names_it() -> None:
    assert "--freeze LAYER" in CliRunner().invoke(app, ["train", "--help"]).output
