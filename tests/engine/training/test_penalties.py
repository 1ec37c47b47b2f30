from __future__ import annotations

import pytest
import torch
from torch import nn

from cnnlab.engine.training import step


def with_gradients() -> nn.Linear:
    torch.manual_seed(0)
    layer = nn.Linear(5, 3)
    with torch.no_grad():
        layer.weight[0, 0] = 0
    layer(torch.rand(4, 5)).square().mean().backward()
    return layer


def test_the_l1_penalty_is_the_gradient_of_the_sum_of_magnitudes() -> None:
    ours, theirs = with_gradients(), with_gradients()
    step.add_l1([ours.weight], 0.01)  # type: ignore[list-item]
    (0.01 * theirs.weight.abs().sum()).backward()
    torch.testing.assert_close(ours.weight.grad, theirs.weight.grad, rtol=0, atol=0)
    torch.testing.assert_close(ours.bias.grad, theirs.bias.grad, rtol=0, atol=0)
    assert ours.weight.requires_grad


def test_a_parameter_without_gradient_is_left_alone() -> None:
    layer = nn.Linear(2, 2)
    step.add_l1(layer.parameters(), 0.1)
    assert layer.weight.grad is None


@pytest.mark.parametrize("norm", [1e-3, 1e3])
def test_gradients_are_shortened_together_and_never_lengthened(norm: float) -> None:
    layer, before = with_gradients(), with_gradients()
    length = torch.cat([p.grad.flatten() for p in before.parameters() if p.grad is not None]).norm()
    told = step.clip(layer.parameters(), norm)
    torch.testing.assert_close(told, length)
    share = min(1.0, norm / length.item())
    for after, old in zip(layer.parameters(), before.parameters(), strict=True):
        torch.testing.assert_close(after.grad, old.grad * share, rtol=1e-4, atol=1e-9)
