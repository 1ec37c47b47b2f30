"""Every optimiser is torch's, step by step, is what its entry tells, and weight decay goes where it belongs."""

from __future__ import annotations

import copy
import inspect
from dataclasses import replace
from pkgutil import resolve_name
from typing import Any

import pytest
import torch
from other_values import other
from small_networks import EVERY_LAYER, with_numbers
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode

from cnnlab.core.params import params
from cnnlab.core.training.optimisers import OPTIMISERS, OptimiserSettings
from cnnlab.core.training.settings import TrainingSettings, matters
from cnnlab.engine.network import shapes, state
from cnnlab.engine.training import checkpointing, optimisers, run_memory

STEPS = 12
"""RAdam goes by the mean square of the gradients from its sixth step on."""


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


def walked(settings: TrainingSettings, steps: int = STEPS) -> list[Tensor]:
    """The numbers of the small network after so many steps."""
    network = small()
    optimiser = optimisers.make(network, settings)
    for number in range(steps):
        step(network, optimiser, number)
    return numbers(network)


def equal(one: list[Tensor], other: list[Tensor]) -> bool:
    return all(map(torch.equal, one, other))


def remembered(optimiser: torch.optim.Optimizer, parameter: nn.Parameter) -> list[Tensor]:
    """What the optimiser keeps for a parameter in its size."""
    kept = (value for value in optimiser.state[parameter].values() if isinstance(value, Tensor))
    return [value for value in kept if value.shape == parameter.shape]


EACH = pytest.mark.parametrize("name", OPTIMISERS)
JUDGED = [
    param for param in params(OptimiserSettings) if param.name not in ("optimiser", "l1", "clip_norm", "ema_decay")
]
"""The settings that an optimiser itself may go by."""
VALUES: dict[str, Any] = {param.name: other(param, param.default) for param in JUDGED}


@EACH
@pytest.mark.parametrize("momentum", [0.0, 0.8])
def test_steps_are_those_of_torch_bit_by_bit(name: str, momentum: float) -> None:
    spec, values = OPTIMISERS[name], VALUES | {"momentum": momentum, "nesterov": momentum > 0}
    kind = getattr(torch.optim, spec.make.rpartition(".")[2])
    assert kind.__name__.lower() == name
    arguments = {
        argument: values[names] if isinstance(names, str) else tuple(values[each] for each in names)
        for argument, names in spec.arguments.items()
    }
    fused = {"fused": True} if "fused" in inspect.signature(kind).parameters else {}
    # Nesterov stays on without momentum, where it means nothing.
    chosen = VALUES | {"momentum": momentum, "weight_decay": 0.1, "decay_all": True}
    settings = TrainingSettings(optimiser=name, learning_rate=0.02, **chosen)
    theirs = small()
    plain = kind(theirs.parameters(), lr=0.02, weight_decay=0.1, **arguments, **fused)
    for number in range(STEPS):
        step(theirs, plain, number)
    assert equal(walked(settings), numbers(theirs))
    assert not any(map(torch.equal, walked(settings), numbers(small())))


@EACH
def test_the_settings_that_it_uses_lead_elsewhere_and_no_others(name: str) -> None:
    base = TrainingSettings(optimiser=name, learning_rate=0.02, weight_decay=0.1)
    before = walked(base)
    for param in JUDGED:
        changed = replace(base, **{param.name: other(param, getattr(base, param.name))})
        assert equal(walked(changed), before) is (param.name not in matters(base)), param.name


@EACH
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_it_remembers_as_much_as_is_told_and_predicted(name: str, momentum: float) -> None:
    project = with_numbers(EVERY_LAYER["features"])
    settings = TrainingSettings(optimiser=name, momentum=momentum)
    network = state.network(project)
    optimiser = optimisers.make(network, settings)
    for parameter in network.parameters():
        parameter.grad = torch.rand_like(parameter)
    optimiser.step()
    kept = [remembered(optimiser, parameter) for parameter in network.parameters() if parameter.numel() > 1]
    assert {len(each) for each in kept} == {OPTIMISERS[name].slots_with(settings)}
    facts = shapes.infer(project.graph)
    nothing = TrainingSettings(optimiser="sgd", momentum=0.0)
    needs = [run_memory.predict(project.graph, facts, each, "float32").fixed for each in (settings, nothing)]
    assert needs[0] - needs[1] >= sum(value.nbytes for each in kept for value in each)


@EACH
def test_what_it_remembers_goes_through_a_checkpoint_bit_by_bit(name: str) -> None:
    settings = TrainingSettings(optimiser=name, learning_rate=0.02, weight_decay=0.1)
    first = small()
    optimiser = optimisers.make(first, settings)
    for number in range(STEPS // 2):
        step(first, optimiser, number)
    arrays = checkpointing.optimiser_arrays(first, optimiser)
    second = copy.deepcopy(first)
    optimiser = optimisers.make(second, settings)
    checkpointing.restore_optimiser(second, optimiser, arrays)
    for number in range(STEPS // 2, STEPS):
        step(second, optimiser, number)
    assert equal(numbers(second), walked(settings))


@EACH
def test_fused_arithmetic_differs_by_rounding_only(name: str) -> None:
    settings = TrainingSettings(optimiser=name, learning_rate=0.01, weight_decay=0.1)
    ours, theirs = small(), small()
    made = optimisers.make(ours, settings)
    kind: Any = type(made)
    plain = kind(
        [{**group, "fused": False, "foreach": False} for group in optimisers.make(theirs, settings).param_groups]
    )
    for number in range(STEPS):
        step(ours, made, number)
        step(theirs, plain, number)
    for mine, torchs in zip(numbers(ours), numbers(theirs), strict=True):
        torch.testing.assert_close(mine, torchs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_only_what_every_device_has_is_fused(device: str) -> None:
    with FakeTensorMode():  # tensors with sizes and a device, and no numbers: no GPU is asked for
        network = nn.Linear(3, 2, device=device)
        fused = {
            name: optimisers.make(network, TrainingSettings(optimiser=name)).defaults.get("fused")
            for name in OPTIMISERS
        }
    assert fused == {name: device in spec.fused if spec.fused else None for name, spec in OPTIMISERS.items()}


@EACH
def test_what_torch_can_fuse_is_fused_on_processors(name: str) -> None:
    spec = OPTIMISERS[name]
    assert ("cpu" in spec.fused) is ("fused" in inspect.signature(resolve_name(spec.make)).parameters)


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
