"""Keys of a ``state_dict`` and places in a project are two names of one thing."""

from __future__ import annotations

import numpy as np
import pytest
import small_networks
import torch

from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.engine.network import state
from cnnlab.engine.network.network import BuildError

NETWORKS = pytest.mark.parametrize("project", [small_networks.CHAIN, small_networks.RESIDUAL], ids=lambda p: p.title)


@NETWORKS
def test_the_keys_are_those_of_the_network_and_so_are_the_shapes(project: Project) -> None:
    built = state.network(project).state_dict()
    assert {key: tuple(tensor.shape) for key, tensor in built.items()} == {
        key: place.shape for key, place in state.places(project.graph).items()
    }


@NETWORKS
def test_what_goes_in_comes_out(project: Project) -> None:
    generator = torch.Generator().manual_seed(3)
    given = {
        key: torch.tensor(41) if state.is_counter(key) else torch.randn(tensor.shape, generator=generator)
        for key, tensor in state.network(project).state_dict().items()
    }
    filled = state.from_state_dict(project, {key: tensor.numpy() for key, tensor in given.items()})
    got = state.network(filled).state_dict()
    assert got.keys() == given.keys()
    assert all(torch.equal(got[key], given[key]) and got[key].dtype == given[key].dtype for key in given)
    assert set(filled.weights.nodes) == {place.uid for place in state.places(project.graph).values()}


def test_fresh_numbers_come_from_the_seed_of_the_project() -> None:
    project = small_networks.CHAIN
    first, again = state.network(project).state_dict(), state.network(project).state_dict()
    other = state.network(changes.set_training(project, seed=1)).state_dict()
    assert torch.equal(first["fc.weight"], again["fc.weight"])
    assert not torch.equal(first["fc.weight"], other["fc.weight"])


def test_the_arrays_in_a_project_are_its_own_and_read_only() -> None:
    project = small_networks.CHAIN
    given = {key: tensor.numpy().astype(np.float64) for key, tensor in state.network(project).state_dict().items()}
    filled = state.from_state_dict(project, given)
    held = filled.weights.nodes["uid-fc"]["weight"]
    given["fc.weight"][:] = 9
    assert held.dtype == np.float32
    assert not held.flags.writeable
    assert not (held == 9).any()


def test_arrays_that_nobody_can_write_to_are_not_copied() -> None:
    given = np.full((5, 48), 2, dtype=np.float32)
    given.flags.writeable = False
    filled = state.from_state_dict(small_networks.CHAIN, {"fc.weight": given, "fc.bias": np.zeros(5)})
    assert filled.weights.nodes["uid-fc"]["weight"] is given


def test_a_layer_without_new_numbers_keeps_its_own() -> None:
    project = small_networks.with_numbers(small_networks.CHAIN)
    tensors = state.network(project).state_dict()
    changed = state.from_state_dict(project, {key: tensors[key].numpy() + 1 for key in ("fc.weight", "fc.bias")})
    after = state.network(changed).state_dict()
    assert torch.equal(after["fc.bias"], tensors["fc.bias"] + 1)
    assert torch.equal(after["conv1.weight"], tensors["conv1.weight"])


@pytest.mark.parametrize(
    ("tensors", "error"),
    [
        ({"fc.weight": np.zeros((5, 48))}, ValueError),  # without its bias
        ({"fc.weight": np.zeros((5, 47)), "fc.bias": np.zeros(5)}, ValueError),
        ({"nowhere.weight": np.zeros(3)}, KeyError),
    ],
)
def test_a_layer_is_never_filled_by_halves(tensors: dict[str, np.ndarray], error: type[Exception]) -> None:
    with pytest.raises(error):
        state.from_state_dict(small_networks.CHAIN, tensors)


def test_an_unfinished_network_has_no_state_but_its_layers_have_keys() -> None:
    project = changes.remove(small_networks.CHAIN, ["uid-output"])
    with pytest.raises(BuildError):
        state.network(project)
    assert "fc.weight" in state.places(project.graph)
