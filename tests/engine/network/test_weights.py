"""Numbers into and out of a network, bit by bit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torchvision.models.convnext import LayerNorm2d

from cnnlab.core import catalog, templates
from cnnlab.core.messages import message as _
from cnnlab.core.project import changes
from cnnlab.core.project.history import History
from cnnlab.core.project.project import Project, Weights
from cnnlab.core.values import Frozen
from cnnlab.engine.network import layers, weights
from cnnlab.engine.network.network import Network, build
from cnnlab.engine.network.weights import Loaded, initialise, load, snapshot

WITH_NUMBERS = ("conv1", "conv2", "conv3", "fc1", "fc2")


def starter() -> Project:
    """The starter net with a normalisation layer, which has buffers."""
    project = changes.add_layer(templates.BY_KEY["mnist"].build(), "batchnorm2d", (0, 0), uid="bn1")
    wire = project.graph.outgoing("conv1")[0]
    return changes.insert_on_wire(project, wire, "bn1")


def trained(project: Project, step: int = 7) -> Weights:
    """A snapshot with numbers that no seed gives."""
    network = build(project.graph)
    generator = torch.Generator().manual_seed(99)
    for tensor in network.state_dict().values():
        tensor.copy_(torch.randint(1, 9, tensor.shape, generator=generator))
    return snapshot(network, step)


def same(first: Weights, second: Weights, *uids: str) -> bool:
    """Bit for bit."""
    assert set(uids or first.nodes) <= set(first.nodes) & set(second.nodes)
    return all(
        first.nodes[uid][name].tobytes() == second.nodes[uid][name].tobytes()
        for uid in uids or first.nodes
        for name in first.nodes[uid]
    )


def fresh(project: Project, seed: int) -> Weights:
    network = build(project.graph)
    load(network, Weights(), seed)
    return snapshot(network, 0)


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Conv2d(3, 5, (2, 3)),
        lambda: nn.Conv2d(4, 6, 3, groups=2, bias=False),
        lambda: nn.Linear(7, 3),
        lambda: nn.Linear(7, 3, bias=False),
        lambda: nn.BatchNorm2d(4),
        lambda: nn.BatchNorm2d(4, affine=False),
        lambda: nn.ConvTranspose2d(3, 5, (2, 3)),
        lambda: nn.ConvTranspose2d(4, 6, 3, groups=2),
        lambda: nn.BatchNorm1d(4),
        lambda: nn.LayerNorm((3, 2)),
        lambda: LayerNorm2d(3),
        lambda: nn.GroupNorm(2, 4),
        lambda: nn.InstanceNorm2d(4, affine=True, track_running_stats=True),
        lambda: nn.PReLU(3, init=0.1),
    ],
)
@settings(max_examples=10)
@given(seed=st.integers(0, 2**63 - 1))
def test_fresh_numbers_are_torchs_own(make: Callable[[], Any], seed: int) -> None:
    ours, theirs = make(), make()
    for tensor in ours.state_dict().values():
        tensor.fill_(7)
    before = torch.get_rng_state()
    initialise(ours, torch.Generator().manual_seed(seed))
    assert torch.equal(torch.get_rng_state(), before)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        theirs.reset_parameters()
    for name, tensor in ours.state_dict().items():
        assert torch.equal(tensor, theirs.state_dict()[name]), name


def test_a_bare_parameter_starts_as_its_entry_says() -> None:
    spec = catalog.BY_KEY["scale"]
    module = layers.make(spec, spec.normal({"initial": 0.25}), ((3, 4, 4),))
    for tensor in module.state_dict().values():
        tensor.fill_(7)
    initialise(module, torch.Generator())
    assert torch.equal(module.state_dict()["weight"], torch.full((3, 1, 1), 0.25))


def test_a_layer_without_a_rule_is_not_left_as_it_happens_to_be() -> None:
    with pytest.raises(TypeError, match="Bilinear"):
        initialise(nn.Bilinear(1, 1, 1), torch.Generator())


def test_what_is_taken_out_goes_back_bit_for_bit() -> None:
    project = starter()
    held = trained(project)
    network = build(project.graph)
    loaded = load(network, held, seed=0)
    assert loaded == Loaded(("conv1", "bn1", *WITH_NUMBERS[1:]), (), ())
    again = snapshot(network, 7)
    assert again.step == held.step == 7
    assert same(again, held)
    assert {uid: set(tensors) for uid, tensors in again.nodes.items()} == {
        "bn1": {"weight", "bias", "running_mean", "running_var", "num_batches_tracked"},
        **{uid: {"weight", "bias"} for uid in WITH_NUMBERS},
    }


@torch.no_grad()
def test_a_snapshot_is_a_read_only_copy() -> None:
    network = build(starter().graph)
    load(network, Weights(), seed=0)
    taken = snapshot(network, 0)
    before = {uid: {name: array.copy() for name, array in tensors.items()} for uid, tensors in taken.nodes.items()}
    for tensor in network.state_dict().values():
        tensor.fill_(3)
    for uid, tensors in taken.nodes.items():
        for name, array in tensors.items():
            np.testing.assert_array_equal(array, before[uid][name])
            assert not array.flags.writeable
            assert array.flags.c_contiguous
            assert array.dtype == (np.int64 if name == "num_batches_tracked" else np.float32)
    with pytest.raises(ValueError, match="read-only"):
        taken.nodes["conv1"]["weight"][0, 0, 0, 0] = 1


def test_training_after_loading_leaves_the_snapshot_alone() -> None:
    project = starter()
    held = trained(project)
    kept = held.nodes["conv1"]["weight"].copy()
    network = build(project.graph)
    load(network, held, seed=0)
    with torch.no_grad():
        network.module("conv1").weight.add_(1)
    np.testing.assert_array_equal(held.nodes["conv1"]["weight"], kept)


def test_a_network_in_channels_last_has_the_same_snapshot() -> None:
    project = starter()
    held = trained(project)
    network = build(project.graph).to(memory_format=torch.channels_last)
    load(network, held, seed=0)
    assert same(snapshot(network, 7), held)


def test_after_an_edit_what_fits_is_kept_and_the_rest_is_named() -> None:
    project = starter()
    held = trained(project)
    edited = changes.set_params(project, "conv2", out_channels=48)
    edited = changes.rename(edited, "conv1", "first.conv")
    edited = changes.add_layer(edited, "linear", (0, 0), uid="new", out_features=10)
    edited = changes.insert_on_wire(edited, edited.graph.incoming("output")[0], "new")
    network = build(edited.graph)
    loaded = load(network, held, seed=3)
    assert loaded == Loaded(("first.conv", "bn1", "fc1", "fc2"), ("conv2", "conv3"), ("fc3",))
    after = snapshot(network, 0)
    assert same(after, held, "conv1", "bn1", "fc1", "fc2")
    assert same(after, fresh(edited, 3), "conv2", "conv3", "new")


def test_a_layer_that_lost_its_bias_restarts_whole() -> None:
    project = starter()
    edited = changes.set_params(project, "conv1", bias=False)
    loaded = load(build(edited.graph), trained(project), seed=0)
    assert loaded.restarted == ("conv1",)


def test_fresh_numbers_of_a_layer_depend_on_seed_and_identity_alone() -> None:
    project = starter()
    first = fresh(project, 0)
    less = changes.remove_and_join(changes.remove_and_join(project, "bn1"), "fc1")
    assert same(fresh(less, 0), first, "conv1", "conv2", "conv3")
    assert same(fresh(changes.rename(project, "conv1", "other"), 0), first)
    assert not same(fresh(project, 1), first, "conv1")
    twins = changes.set_params(project, "fc1", out_features=10)
    twins = changes.remove_and_join(twins, "fc2")
    again, new = changes.paste(twins, changes.copy(twins, ["fc1"]), (0, 0))
    again = changes.set_params(again, new[0], out_features=128)
    again = changes.insert_on_wire(again, again.graph.incoming("fc1")[0], new[0])
    made = fresh(again, 0).nodes
    assert made[new[0]]["weight"].shape == first.nodes["fc1"]["weight"].shape
    assert not np.array_equal(made[new[0]]["weight"], first.nodes["fc1"]["weight"])


def test_loading_leaves_torchs_own_generator_alone() -> None:
    network = build(starter().graph)
    before = torch.get_rng_state()
    load(network, Weights(), seed=5)
    assert torch.equal(torch.get_rng_state(), before)


def test_undoing_a_removal_brings_trained_weights_back() -> None:
    history = History(starter())
    history.do(_("Remove"), changes.remove_and_join(history.present, "conv2"))
    # A run on the smaller network goes on meanwhile, and publishes.
    meanwhile = trained(history.present, step=20)
    history.undo()
    held = trained(history.present, step=10)
    history.map(lambda project: replace(project, weights=project.weights.updated(held)))
    history.redo()
    history.map(lambda project: replace(project, weights=project.weights.updated(meanwhile)))
    history.undo()
    network = build(history.present.graph)
    loaded = load(network, history.present.weights, seed=0)
    assert loaded.fresh == ()
    assert "conv2" in loaded.kept
    assert same(snapshot(network, 0), held, "conv2")
    assert same(snapshot(network, 0), meanwhile, "conv1")


def test_shapes_are_known_without_building() -> None:
    project = starter()
    expected = {
        uid: {name: tuple(array.shape) for name, array in tensors.items()}
        for uid, tensors in trained(project).nodes.items()
    }
    assert weights.tensor_shapes(project.graph) == expected
    cut = changes.disconnect(project, project.graph.incoming("conv2"))
    assert set(weights.tensor_shapes(cut.graph)) == {"conv1", "bn1"}


def test_a_snapshot_fits_only_with_exactly_its_tensors() -> None:
    held = {"weight": np.zeros((2, 3)), "bias": np.zeros(2)}
    assert weights.fits(held, {"bias": (2,), "weight": (2, 3)})
    assert not weights.fits(held, {"weight": (2, 3)})
    assert not weights.fits(held, {"weight": (3, 2), "bias": (2,)})
    assert not weights.fits({"weight": held["weight"]}, {"weight": (2, 3), "bias": (2,)})


def test_nothing_is_left_unset() -> None:
    """Every tensor of a network that stands on garbage gets its numbers."""
    project = starter()
    for held in (Weights(), trained(project), Weights(0, Frozen({"bn1": trained(project).nodes["bn1"]}))):
        network: Network = build(project.graph)
        for tensor in network.state_dict().values():
            tensor.fill_(float("nan") if tensor.is_floating_point() else -1)
        load(network, held, seed=0)
        for name, tensor in network.state_dict().items():
            assert bool(torch.isfinite(tensor).all()), name
            assert not bool((tensor == -1).any()), name
