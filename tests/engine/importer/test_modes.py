"""What layers cannot follow: parts kept in another mode, gradients stopped, reduced precision, and what is never the same."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab.engine.importer import ImportRefused, import_module

PICTURES = torch.zeros(2, 3, 8, 8)


class Net(nn.Module):
    """Convolution, something given from outside, a mean over the maps, and a Linear layer."""

    def __init__(self, way: Callable[[Any, Tensor], Tensor]) -> None:
        super().__init__()
        self.way = way
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.bn = nn.BatchNorm2d(8)
        self.drop = nn.Dropout2d(0.5)
        self.fc = nn.Linear(8, 4)
        self.calls = 0

    def forward(self, x: Tensor) -> Tensor:
        x = self.way(self, x)
        return self.fc(x.mean((2, 3)))


def freezes_in_forward(net: Any, x: Tensor) -> Tensor:
    net.bn.eval()
    return net.bn(net.conv(x))


def drops_in_evaluation(net: Any, x: Tensor) -> Tensor:
    net.drop.train()
    return net.drop(net.conv(x))


def computes_in_half(net: Any, x: Tensor) -> Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        x = net.conv(x)
    return x.float()


def learns_nothing(net: Any, x: Tensor) -> Tensor:
    with torch.no_grad():
        return net.conv(x)


def is_random(net: Any, x: Tensor) -> Tensor:
    return net.conv(x) * random.random()


def counts_its_calls(net: Any, x: Tensor) -> Tensor:
    net.calls += 1
    return net.conv(x) * net.calls


def does_more_in_training(net: Any, x: Tensor) -> Tensor:
    x = net.conv(x)
    if net.training:
        x = F.relu(x)
    return x


def normalises_by_hand(net: Any, x: Tensor) -> Tensor:
    x = net.conv(x)
    return F.batch_norm(x, net.bn.running_mean, net.bn.running_var, training=net.training)


@pytest.mark.parametrize(
    ("way", "code", "why"),
    [
        (freezes_in_forward, "return net.bn(net.conv(x))", "“bn” stays in evaluation mode while the network trains"),
        (drops_in_evaluation, "return net.drop(", "“drop” stays in training mode in evaluation"),
        (computes_in_half, "x = net.conv(x)", "torch.autocast"),
        (learns_nothing, "return net.conv(x)", "stops the gradients"),
        (is_random, "random.random()", "something else at each call"),
        (counts_its_calls, "* net.calls", "something else at each call"),
        (does_more_in_training, "x = F.relu(x)", "leave out the condition on self.training"),
        (normalises_by_hand, "F.batch_norm", "nn.BatchNorm2d"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_would_train_or_answer_otherwise_is_refused(way: Callable[..., Any], code: str, why: str) -> None:
    net = Net(way)
    with pytest.raises(ImportRefused) as caught:
        import_module(net, PICTURES)
    assert why in str(caught.value)
    assert caught.value.line is not None
    assert code in str(caught.value.line.text())
    assert all(part.training for part in net.modules())
    assert net.calls == 0


class Frozen(Net):
    """Batch normalisation stays as it is, as people do who fine-tune."""

    def train(self, mode: bool = True) -> Frozen:
        super().train(mode)
        self.bn.eval()
        for parameter in self.bn.parameters():
            parameter.requires_grad_(False)
        return self


def test_a_part_that_train_leaves_in_evaluation_is_refused_and_the_module_left_as_it_was() -> None:
    net = Frozen(lambda net, x: net.bn(net.conv(x)))
    with pytest.raises(ImportRefused, match="“bn” stays in evaluation mode while the network trains"):
        import_module(net, PICTURES)
    assert net.bn.training
    assert net.bn.weight.requires_grad


def test_a_part_in_evaluation_for_now_only_is_imported() -> None:
    net = Net(lambda net, x: net.bn(net.conv(x)))
    net.bn.eval()
    assert "bn" in import_module(net, PICTURES).graph.by_path


def test_a_module_may_be_imported_where_autocast_and_gradients_are_switched() -> None:
    net = Net(lambda net, x: net.bn(net.conv(x)))
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        assert "bn" in import_module(net, PICTURES).graph.by_path


def test_layers_that_do_not_learn_are_frozen() -> None:
    net = Net(lambda net, x: net.bn(net.conv(x)))
    net.conv.requires_grad_(False)
    net.bn.requires_grad_(False)
    net.fc.bias.requires_grad_(False)
    project = import_module(net, PICTURES)
    assert {project.graph.by_uid[uid].path for uid, own in project.learning.items() if own.frozen} == {"conv", "bn"}
    assert "Frozen, because requires_grad is False: conv, bn." in project.note
    assert "Will be trained whole, though requires_grad is False for a part of it: fc." in project.note
    assert not net.conv.weight.requires_grad


def test_layers_that_all_learn_have_no_entry() -> None:
    project = import_module(Net(lambda net, x: net.bn(net.conv(x))), PICTURES)
    assert not project.learning
    assert not project.note


def test_layers_that_forward_never_uses_are_told() -> None:
    net = Net(lambda net, x: net.bn(net.conv(x)))
    net.unused = nn.Linear(3, 4)
    project = import_module(net, PICTURES)
    assert project.note == "Left out, because forward does not use it: unused."
    assert "unused" not in project.graph.by_path
