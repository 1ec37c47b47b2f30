"""Fresh weights against torch.nn.init with the same generator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from small_networks import CHAIN, EVERY_LAYER
from torch import Tensor, nn

from cnnlab.core.project import changes
from cnnlab.core.project.project import Project, Weights
from cnnlab.core.training.learning import INITIALISATIONS, Learning
from cnnlab.engine.network import state, weights
from cnnlab.engine.network.network import build
from cnnlab.engine.network.weights import initialise

Init = Callable[[Tensor, torch.Generator], Any]
TORCHS: dict[str, Init] = {
    "kaiming_normal": lambda w, g: nn.init.kaiming_normal_(w, nonlinearity="relu", generator=g),
    "kaiming_uniform": lambda w, g: nn.init.kaiming_uniform_(w, nonlinearity="relu", generator=g),
    "xavier_normal": lambda w, g: nn.init.xavier_normal_(w, generator=g),
    "xavier_uniform": lambda w, g: nn.init.xavier_uniform_(w, generator=g),
    "normal": lambda w, g: nn.init.normal_(w, 0, 0.3, generator=g),
    "uniform": lambda w, g: nn.init.uniform_(w, -0.3, 0.3, generator=g),
    "constant": lambda w, g: nn.init.constant_(w, 0.3),
    "zeros": lambda w, g: nn.init.zeros_(w),
}
DRAWN = [lambda: nn.Conv2d(4, 6, 3, groups=2), lambda: nn.ConvTranspose2d(4, 6, 3), lambda: nn.Linear(7, 5)]


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(11)


@pytest.mark.parametrize("make", DRAWN)
@pytest.mark.parametrize("name", sorted(set(INITIALISATIONS) - {"default"}))
def test_the_weight_is_what_torch_draws_and_the_bias_zero(name: str, make: Callable[[], nn.Conv2d]) -> None:
    module, expected = make(), torch.empty_like(make().weight)
    initialise(module, seeded(), Learning(initialisation=name, value=0.3))
    TORCHS[name](expected, seeded())
    assert torch.equal(module.weight, expected)
    assert module.bias is not None
    assert not module.bias.any()


def test_a_bound_or_deviation_below_zero_is_meant_without_its_sign() -> None:
    for name in ("normal", "uniform"):
        ours, theirs = nn.Linear(3, 2), nn.Linear(3, 2)
        initialise(ours, seeded(), Learning(initialisation=name, value=-0.5))
        initialise(theirs, seeded(), Learning(initialisation=name, value=0.5))
        assert torch.equal(ours.weight, theirs.weight)


@pytest.mark.parametrize("name", INITIALISATIONS)
@pytest.mark.parametrize("family", EVERY_LAYER)
def test_every_layer_can_start_in_every_way_from_finite_numbers(family: str, name: str) -> None:
    project = EVERY_LAYER[family]
    network = build(project.graph)
    for uid in network.order:
        for tensor in network.module(uid).state_dict().values():
            tensor.fill_(77)
        project = changes.set_learning(project, uid, initialisation=name, value=0.3)
    weights.load(network, Weights(), 0, project.learning)
    for key, tensor in network.state_dict().items():
        assert tensor.isfinite().all(), key
        assert not (tensor == 77).any(), key


def test_a_layer_that_only_scales_keeps_torchs_start_where_nothing_flows_in() -> None:
    norm = nn.BatchNorm2d(3)
    initialise(norm, seeded(), Learning(initialisation="kaiming_normal"))
    assert torch.equal(norm.weight, torch.ones(3))
    initialise(norm, seeded(), Learning(initialisation="zeros"))
    assert not norm.weight.any()
    assert torch.equal(norm.running_var, torch.ones(3))


def fresh(project: Project, uid: str) -> Tensor:
    return state.network(project).module(uid).state_dict()["weight"]


def test_one_layers_start_is_its_own_matter() -> None:
    changed = changes.set_learning(CHAIN, "uid-conv1", initialisation="xavier_normal")
    assert not torch.equal(fresh(changed, "uid-conv1"), fresh(CHAIN, "uid-conv1"))
    assert torch.equal(fresh(changed, "uid-fc"), fresh(CHAIN, "uid-fc"))
    back = changes.set_learning(changed, "uid-conv1", initialisation="default")
    assert torch.equal(fresh(back, "uid-conv1"), fresh(CHAIN, "uid-conv1"))


def test_it_depends_on_the_seed_and_leaves_torchs_own_generator_alone() -> None:
    changed = changes.set_learning(CHAIN, "uid-conv1", initialisation="kaiming_normal")
    before = torch.get_rng_state()
    first, again = fresh(changed, "uid-conv1"), fresh(changed, "uid-conv1")
    other = fresh(changes.set_training(changed, seed=5), "uid-conv1")
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_weights_that_are_there_stay() -> None:
    network = build(CHAIN.graph)
    weights.load(network, Weights(), 3)
    held = weights.snapshot(network, 9)
    changed = changes.set_learning(CHAIN, "uid-conv1", initialisation="zeros")
    loaded = weights.load(network, held, 0, changed.learning)
    assert not loaded.fresh
    assert network.module("uid-conv1").state_dict()["weight"].any()
