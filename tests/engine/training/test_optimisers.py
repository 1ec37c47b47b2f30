"""The optimisers are torch's, step by step, and weight decay goes where it belongs."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

import pytest
import torch
from small_networks import EVERY_LAYER, with_numbers
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode

from cnnlab.core.training.optimisers import OPTIMISERS
from cnnlab.core.training.settings import TrainingSettings
from cnnlab.engine import state
from cnnlab.engine.training import optimisers

STEPS = 5


def small() -> nn.Module:
    torch.manual_seed(0)
    # Without the bias before the norm, whose gradient is nothing but rounding, which Adam would blow up.
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, bias=False), nn.BatchNorm2d(4), nn.PReLU(), nn.Flatten(), nn.Linear(4 * 6 * 6, 3)
    )


def step(network: nn.Module, optimiser: torch.optim.Optimizer, number: int) -> None:
    pictures = torch.rand(6, 1, 8, 8, generator=torch.Generator().manual_seed(number))
    optimiser.zero_grad()
    network(pictures).square().mean().backward()
    optimiser.step()


def numbers(network: nn.Module) -> list[Tensor]:
    return [parameter.detach().clone() for parameter in network.parameters()]


Make = Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]
SETTINGS: dict[str, tuple[dict[str, Any], Make]] = {
    "sgd": (
        {"momentum": 0.8, "nesterov": True},
        lambda p: torch.optim.SGD(p, 0.02, 0.8, weight_decay=0.1, nesterov=True, fused=True),
    ),
    "plain sgd": (
        {"optimiser": "sgd", "momentum": 0.0, "nesterov": True},
        lambda p: torch.optim.SGD(p, 0.02, weight_decay=0.1, fused=True),
    ),
    "adam": (
        {"beta1": 0.7, "beta2": 0.9},
        lambda p: torch.optim.Adam(p, 0.02, (0.7, 0.9), weight_decay=0.1, fused=True),
    ),
    "adamw": (
        {"beta1": 0.7, "beta2": 0.9},
        lambda p: torch.optim.AdamW(p, 0.02, (0.7, 0.9), weight_decay=0.1, fused=True),
    ),
    "rmsprop": (
        {"beta2": 0.95, "momentum": 0.5},
        lambda p: torch.optim.RMSprop(p, 0.02, 0.95, momentum=0.5, weight_decay=0.1),
    ),
    "adagrad": ({}, lambda p: torch.optim.Adagrad(p, 0.02, weight_decay=0.1, fused=True)),
}


def test_every_optimiser_is_compared() -> None:
    assert set(OPTIMISERS) < set(SETTINGS)


@pytest.mark.parametrize("name", SETTINGS)
def test_steps_are_those_of_torch_bit_by_bit(name: str) -> None:
    values, make = SETTINGS[name]
    settings = TrainingSettings(
        **{"optimiser": name, "learning_rate": 0.02, "weight_decay": 0.1, "decay_all": True, **values}
    )
    ours, theirs = small(), small()
    made, plain = optimisers.make(ours, settings), make(theirs.parameters())
    for number in range(STEPS):
        step(ours, made, number)
        step(theirs, plain, number)
    assert all(map(torch.equal, numbers(ours), numbers(theirs)))
    assert not any(map(torch.equal, numbers(ours), numbers(small())))


@pytest.mark.parametrize("name", OPTIMISERS)
def test_fused_arithmetic_differs_by_rounding_only(name: str) -> None:
    settings = TrainingSettings(optimiser=name, learning_rate=0.01, weight_decay=0.1)
    ours, theirs = small(), small()
    made = optimisers.make(ours, settings)
    plain = type(made)(
        [{**group, "fused": False, "foreach": False} for group in optimisers.make(theirs, settings).param_groups]
    )
    for number in range(STEPS):
        step(ours, made, number)
        step(theirs, plain, number)
    for one, other in zip(numbers(ours), numbers(theirs), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_only_what_every_device_has_is_fused(device: str) -> None:
    with FakeTensorMode():  # tensors with sizes and a device, and no numbers: no graphics card is asked for
        network = nn.Linear(3, 2, device=device)
        fused = {
            name: optimisers.make(network, TrainingSettings(optimiser=name)).defaults.get("fused")
            for name in OPTIMISERS
        }
    assert fused == {"sgd": True, "adam": True, "adamw": True, "rmsprop": None, "adagrad": device == "cpu"}


def test_weight_decay_spares_norms_biases_scales_and_slopes() -> None:
    for project in EVERY_LAYER.values():
        network = state.network(with_numbers(project))
        optimiser = optimisers.make(network, TrainingSettings(weight_decay=0.01))
        decaying = {id(parameter) for parameter in optimisers.decaying(optimiser)}
        for uid in network.order:
            kind = network.graph.by_uid[uid].type
            for name, parameter in network.module(uid).named_parameters():
                weighs = kind in ("conv2d", "convtranspose2d", "linear", "linear_last") and name == "weight"
                assert (id(parameter) in decaying) is weighs, (kind, name)


def test_all_decay_if_asked_for() -> None:
    network = small()
    optimiser = optimisers.make(network, TrainingSettings(weight_decay=0.01, decay_all=True))
    assert len(optimisers.decaying(optimiser)) == len(list(network.parameters()))


def test_without_gradients_decay_alone_moves_only_the_weights() -> None:
    network = small()
    before = copy.deepcopy(network)
    optimiser = optimisers.make(network, TrainingSettings(optimiser="adamw", learning_rate=0.1, weight_decay=0.5))
    for parameter in network.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimiser.step()
    for (name, parameter), old in zip(network.named_parameters(), before.parameters(), strict=True):
        share = 0.95 if name in ("0.weight", "4.weight") else 1.0
        torch.testing.assert_close(parameter, old * share)


def test_rate_and_decay_can_be_changed_between_steps() -> None:
    changed, fresh = small(), small()
    optimiser = optimisers.make(changed, TrainingSettings(optimiser="sgd", momentum=0, weight_decay=0.3))
    optimisers.set_rate(optimiser, 0.05)
    optimisers.set_decay(optimiser, 0.2)
    step(changed, optimiser, 1)
    settings = TrainingSettings(optimiser="sgd", momentum=0, learning_rate=0.05, weight_decay=0.2)
    step(fresh, optimisers.make(fresh, settings), 1)
    assert all(map(torch.equal, numbers(changed), numbers(fresh)))


def test_only_what_asks_for_gradients_is_held() -> None:
    network = small()
    network[0].requires_grad_(False)
    held = {
        id(parameter)
        for group in optimisers.make(network, TrainingSettings()).param_groups
        for parameter in group["params"]
    }
    assert held == {id(parameter) for parameter in network[1:].parameters()}
