"""A Linear layer and the equal convolution compute the same numbers from the same weights."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import small_networks
import torch
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.core import catalog, templates
from cnnlab.core.graph.graph import GraphError, Wire
from cnnlab.core.project import changes, conversions
from cnnlab.core.project.project import Project
from cnnlab.engine.network import shapes, state

CHAIN = changes.move(small_networks.CHAIN, {"uid-flatten": (10.0, 20.0), "uid-fc": (30.0, 40.0)})
CHAIN = changes.remove_and_join(CHAIN, "uid-drop")  # Flatten and Linear are neighbours now


def to_conv(project: Project, uid: str) -> Project:
    return conversions.linear_to_conv(project, shapes.infer(project.graph), uid)


def to_linear(project: Project, uid: str) -> Project:
    return conversions.conv_to_linear(project, shapes.infer(project.graph), uid)


def outputs(project: Project) -> torch.Tensor:
    params = project.graph.of_type("input")[0].params
    x = torch.randn(
        3, params["channels"], params["height"], params["width"], generator=torch.Generator().manual_seed(1)
    )
    with torch.no_grad():
        return state.network(project)(x)


@pytest.mark.parametrize("trained", [False, True], ids=["fresh", "trained"])
def test_the_outputs_are_the_same_and_the_way_back_is_the_same_project(trained: bool) -> None:
    project = small_networks.with_numbers(CHAIN) if trained else CHAIN
    converted = to_conv(project, "uid-fc")
    torch.testing.assert_close(outputs(converted), outputs(project))
    facts = shapes.infer(converted.graph)
    assert facts.nodes["uid-fc"].outputs == ((5, 1, 1),)
    assert facts.parameters == shapes.infer(project.graph).parameters
    back = to_linear(converted, "uid-fc")
    assert back == project
    keys = [state.network(each).state_dict().keys() for each in (project, converted, back)]
    assert keys[0] == keys[1] == keys[2]
    assert torch.equal(outputs(back), outputs(project))


def test_uid_and_path_stay_and_the_cards_change_places() -> None:
    converted = to_conv(CHAIN, "uid-fc")
    node = converted.graph.by_uid["uid-fc"]
    assert (node.path, node.type, node.params["kernel_size"], node.params["out_channels"]) == (
        "fc",
        "conv2d",
        (4, 3),
        5,
    )
    assert dict(converted.layout.positions) == {"uid-flatten": (30.0, 40.0), "uid-fc": (10.0, 20.0)}
    assert set(CHAIN.graph.wires) - set(converted.graph.wires) == {
        Wire("uid-pool1", "uid-flatten"), Wire("uid-flatten", "uid-fc"), Wire("uid-fc", "uid-output"),
    }  # fmt: skip
    assert {Wire("uid-fc", "uid-flatten"), Wire("uid-flatten", "uid-output")} <= set(converted.graph.wires)


@given(
    size=st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 4)),
    out=st.integers(1, 5),
    bias=st.booleans(),
    seed=st.integers(0, 9),
)
def test_for_any_size_there_and_back(size: tuple[int, int, int], out: int, bias: bool, seed: int) -> None:
    project = small_networks.project(
        ("flatten", "flatten", {}),
        ("fc1", "linear", {"out_features": out, "bias": bias}),
        ("relu", "relu", {}),
        ("fc2", "linear", {"out_features": 2}),
        size=size,
    )
    project = small_networks.with_numbers(project, seed)
    converted = to_conv(project, "uid-fc1")
    torch.testing.assert_close(outputs(converted), outputs(project))
    assert to_linear(converted, "uid-fc1") == project


def test_a_block_is_not_torn_apart() -> None:
    """VGG's Flatten lies before its block “classifier”; behind the first layer of it, it must be in it."""
    project = small_networks.project(
        ("flatten", "flatten", {}),
        ("classifier.0", "linear", {"out_features": 4}),
        ("classifier.1", "relu", {}),
        ("classifier.flatten", "linear", {"out_features": 3}),
    )
    converted = to_conv(project, "uid-classifier.0")
    assert converted.graph.by_uid["uid-flatten"].path == "classifier.flatten1"
    torch.testing.assert_close(outputs(converted), outputs(project))
    back = to_linear(converted, "uid-classifier.0")
    assert back.graph.by_uid["uid-flatten"].path == "classifier.flatten1"
    assert torch.equal(outputs(back), outputs(project))


def test_weights_of_an_earlier_size_are_left_alone() -> None:
    trained = small_networks.with_numbers(CHAIN)
    changed = changes.set_params(trained, "uid-fc", out_features=7)
    converted = to_conv(changed, "uid-fc")
    assert converted.weights.nodes["uid-fc"]["weight"].shape == (5, 48)


def test_the_first_linear_layer_of_the_starter_net() -> None:
    project = templates.BY_KEY["mnist"].build()
    converted = to_conv(project, project.graph.by_path["fc1"].uid)
    assert shapes.infer(converted.graph).trainable
    torch.testing.assert_close(outputs(converted), outputs(project))


def _edited(**params: Any) -> Project:
    return changes.set_params(to_conv(CHAIN, "uid-fc"), "uid-fc", **params)


_CONVERTED = to_conv(CHAIN, "uid-fc")


@pytest.mark.parametrize(
    ("project", "uid", "text"),
    [
        (CHAIN, "uid-conv1", "conv1 is not a Linear layer"),
        (small_networks.CHAIN, "uid-fc", "right after a Flatten"),
        (changes.disconnect(CHAIN, [Wire("uid-flatten", "uid-fc")]), "uid-fc", "right after a Flatten"),
        (changes.disconnect(CHAIN, [Wire("uid-pool1", "uid-flatten")]), "uid-fc", "not known yet"),
        (changes.connect(CHAIN, Wire("uid-flatten", "uid-relu1")), "uid-fc", "feeds other layers too"),
        (changes.insert_on_wire(
            changes.add_layer(CHAIN, "flatten", (0.0, 0.0), "uid-twice"), Wire("uid-flatten", "uid-fc"), "uid-twice"
        ), "uid-fc", "gets a list of values"),
        (changes.set_params(CHAIN, "uid-fc", out_features=100_000), "uid-fc", "Filters must be"),
    ],
)  # fmt: skip
def test_a_linear_layer_that_has_no_equal_is_refused(project: Project, uid: str, text: str) -> None:
    facts = shapes.infer(project.graph)
    why = conversions.refuse_linear_to_conv(project, facts, uid)
    assert why is not None
    assert text in str(why)
    with pytest.raises(GraphError, match=text):
        conversions.linear_to_conv(project, facts, uid)


@pytest.mark.parametrize(
    ("project", "uid", "text"),
    [
        (CHAIN, "uid-fc", "fc is not a convolution"),
        (CHAIN, "uid-conv1", "looks at a part"),
        (changes.disconnect(_CONVERTED, [Wire("uid-pool1", "uid-fc")]), "uid-fc", "cannot run yet"),
        (_edited(kernel_size=(4, 2)), "uid-fc", "kernel must be 4 × 3 without padding"),
        (_edited(padding=(1, 0)), "uid-fc", "without padding"),
        (_edited(padding="same"), "uid-fc", "without padding"),
        (_edited(out_channels=4, groups=2), "uid-fc", "has groups"),
        (changes.remove_and_join(_CONVERTED, "uid-flatten"), "uid-fc", "does not feed a Flatten"),
        (changes.connect(changes.add_layer(_CONVERTED, "identity", (0.0, 0.0), "uid-other"), Wire("uid-fc", "uid-other")),
         "uid-fc", "does not feed a Flatten layer alone"),
    ],
)  # fmt: skip
def test_a_convolution_that_has_no_equal_is_refused(project: Project, uid: str, text: str) -> None:
    facts = shapes.infer(project.graph)
    with pytest.raises(GraphError, match=text):
        conversions.conv_to_linear(project, facts, uid)
    assert conversions.refuse_conv_to_linear(project, facts, uid)


def test_a_layer_that_this_version_does_not_know_is_refused() -> None:
    later = replace(CHAIN.graph.by_uid["uid-fc"], version=99)
    project = replace(CHAIN, graph=CHAIN.graph.change(later))
    assert conversions.refuse_linear_to_conv(project, shapes.infer(project.graph), "uid-fc")


def test_the_layers_it_is_about_are_in_the_catalogue() -> None:
    assert {conversions.LINEAR, conversions.CONV, conversions.FLATTEN} <= set(catalog.BY_KEY)
