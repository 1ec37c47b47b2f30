"""A project and an error are the same on the other side of the pipe."""

from __future__ import annotations

import gettext
import io
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import small_networks

from cnnlab.core import messages, templates
from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project, Weights
from cnnlab.core.values import Frozen
from cnnlab.engine.exports import ExportError, handover


class Shouting(gettext.NullTranslations):
    """A language in which everything is in capitals."""

    def gettext(self, text: str) -> str:
        return text.upper().replace("{NAME}", "{name}")


@pytest.fixture
def shouting() -> Iterator[None]:
    messages.use_translation(Shouting())
    yield
    messages.use_translation(gettext.NullTranslations())


@pytest.mark.parametrize(
    "project",
    [
        small_networks.with_numbers(small_networks.CHAIN),
        replace(small_networks.with_numbers(small_networks.RESIDUAL), title="a “title” ×\ud800"),
        templates.BY_KEY["googlenet"].build(),
        Project(),
    ],
    ids=["chain", "residual", "fresh", "empty"],
)
def test_a_project_arrives_as_it_left(project: Project) -> None:
    got = handover.project(io.BytesIO(b"".join(handover.parts(project))))
    assert got == project
    assert got.weights.nodes.keys() == project.weights.nodes.keys()
    for uid, tensors in project.weights.nodes.items():
        assert got.weights.nodes[uid].keys() == tensors.keys()
        for name, array in tensors.items():
            assert got.weights.nodes[uid][name].dtype == array.dtype
            np.testing.assert_array_equal(got.weights.nodes[uid][name], array)


def test_arrays_that_lie_elsewise_in_memory_arrive_as_they_are_read() -> None:
    arrays = Frozen({"weight": np.arange(6.0).reshape(2, 3).T, "bias": np.zeros((0, 3), np.float32)})
    project = replace(small_networks.CHAIN, weights=Weights(3, Frozen({"uid-fc": arrays})))
    got = handover.project(io.BytesIO(b"".join(handover.parts(project)))).weights
    assert got.step == 3
    np.testing.assert_array_equal(got.nodes["uid-fc"]["weight"], arrays["weight"])
    assert got.nodes["uid-fc"]["bias"].shape == (0, 3)


def test_weights_of_layers_that_were_removed_stay_behind() -> None:
    project = changes.remove(small_networks.with_numbers(small_networks.CHAIN), ["uid-conv1"])
    assert "uid-conv1" in project.weights.nodes
    got = handover.project(io.BytesIO(b"".join(handover.parts(project))))
    assert got.weights.nodes.keys() == {"uid-bn1", "uid-fc"}


def test_an_error_arrives_with_its_words_and_is_translated_there(shouting: None) -> None:
    inner = message("the layer {name}", name="conv1")
    error = ExportError("not-supported", message("Not exported: {name}", name=inner), details=("torch’s words",))
    got = handover.error(handover.refusal(error))
    assert (got.code, got.details) == (error.code, error.details)
    assert str(got.message) == "NOT EXPORTED: THE LAYER conv1"
