"""What an import leaves behind: the module as it was, copies of its numbers, other threads undisturbed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torchvision.ops import stochastic_depth

from cnnlab.engine.importer import ImportRefused, import_module
from cnnlab.engine.importer.modules import is_layer
from cnnlab.engine.importer.tracing import trace
from cnnlab.engine.network import network, weights


class Busy(nn.Module):
    """Keeps things in ``forward``, is partly frozen, and may fail half way."""

    def __init__(self, *, fails: bool = False) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
        self.head = nn.Linear(4, 10)
        self.calls = 0
        self.fails = fails

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        self.maps = x = self.body(x)
        if self.fails:
            x = x + torch.ones(1)
        x = x + stochastic_depth(torch.tanh(x), 0.5, "row", self.training)
        return self.head(x.mean((2, 3)))


@pytest.mark.parametrize("fails", [False, True])
def test_the_module_is_left_as_it_was(fails: bool) -> None:
    module = Busy(fails=fails)
    module.body[1].eval()
    before = [(part, dict(vars(part))) for part in module.modules()]
    numbers = {key: tensor.clone() for key, tensor in module.state_dict().items()}
    pictures = torch.rand(2, 3, 8, 8)
    if fails:
        with pytest.raises(ImportRefused, match="made elsewhere"):
            import_module(module, pictures)
    else:
        import_module(module, pictures)
    assert [(part, dict(vars(part))) for part in module.modules()] == before
    assert not [key for key, tensor in module.state_dict().items() if not torch.equal(tensor, numbers[key])]
    assert torch.nn.Module.__call__.__module__ == "torch.nn.modules.module"


def counts_in_place(net: Any, x: Tensor) -> None:
    net.count += 1


def counts(net: Any, x: Tensor) -> None:
    net.count = net.count + 1


def makes_a_layer(net: Keeping, x: Tensor) -> None:
    net.late = nn.Linear(4, 4)


def replaces_a_layer(net: Keeping, x: Tensor) -> None:
    net.head = nn.Linear(4, 4)


def keeps_in_a_list(net: Keeping, x: Tensor) -> None:
    net.seen.append(x)


def keeps_in_a_dict(net: Keeping, x: Tensor) -> None:
    net.by_name["picture"] = x


class Keeping(nn.Module):
    """Does something to itself whenever it is called."""

    def __init__(self, habit: Callable[[Keeping, Tensor], None]) -> None:
        super().__init__()
        self.habit = habit
        self.head = nn.Linear(12, 10)
        self.register_buffer("count", torch.zeros(()))
        self.seen: list[Tensor] = []
        self.by_name: dict[str, Tensor] = {}

    def forward(self, x: Tensor) -> Tensor:
        head = self.head
        self.habit(self, x)
        return head(x.flatten(1))


@pytest.mark.parametrize(
    "habit", [counts_in_place, counts, makes_a_layer, replaces_a_layer, keeps_in_a_list, keeps_in_a_dict]
)
def test_what_forward_does_to_the_module_is_undone(habit: Callable[[Keeping, Tensor], None]) -> None:
    module = Keeping(habit)
    parts, count = dict(module.named_modules()), module.count
    import_module(module, torch.rand(1, 3, 2, 2))
    assert dict(module.named_modules()) == parts
    assert module.count is count
    assert count == 0
    assert (module.seen, module.by_name) == ([], {})


def test_the_numbers_are_read_only_copies() -> None:
    module = Busy()
    project = import_module(module, torch.rand(1, 3, 8, 8), title="Mine")
    held = project.weights.nodes[project.graph.by_path["head"].uid]["weight"]
    first = held.copy()
    with torch.no_grad():
        module.head.weight.zero_()
    np.testing.assert_array_equal(held, first)
    assert not held.flags.writeable
    assert project.title == "Mine"
    ours = network.build(project.graph)
    loaded = weights.load(ours, project.weights, seed=0)
    assert not loaded.fresh
    assert not loaded.restarted


def test_stochastic_depth_as_a_function_is_one_layer() -> None:
    graph = import_module(Busy(), torch.rand(1, 3, 8, 8)).graph
    (depth,) = graph.of_type("stochasticdepth")
    assert dict(depth.params) == {"p": 0.5, "mode": "row"}


def test_a_module_on_meta_gives_a_network_without_numbers() -> None:
    with torch.device("meta"):
        module = Busy()
    project = import_module(module, torch.rand(1, 3, 8, 8))
    assert not project.weights.nodes
    assert len(project.graph.nodes) == 10


@pytest.mark.parametrize(
    ("size", "classes", "source"), [((1, 28, 28), 10, "mnist"), ((3, 32, 32), 10, "cifar10"), ((3, 32, 32), 9, "none")]
)
def test_the_pictures_are_those_that_fit(size: tuple[int, ...], classes: int, source: str) -> None:
    module = nn.Sequential(nn.Flatten(), nn.LazyLinear(classes))
    module(torch.rand(1, *size))
    project = import_module(module, torch.rand(1, *size))
    assert project.data.source == source
    assert project.title == "Sequential"


def test_another_thread_computes_on_meanwhile() -> None:
    """torch.fx replaces ``nn.Module.__call__`` for everybody while it traces; a run that trains must not notice."""
    other = nn.Sequential(nn.Conv2d(3, 2, 3), nn.BatchNorm2d(2))
    other.register_parameter("bias", nn.Parameter(torch.ones(1)))
    pictures = torch.rand(2, 3, 6, 6)
    expected = other(pictures) + other.bias
    answers: list[Tensor] = []

    class Waiting(Busy):
        def forward(self, x: Tensor) -> Tensor:
            worker = threading.Thread(target=lambda: answers.append(other(pictures) + other.bias))
            worker.start()
            worker.join()
            return super().forward(x)

    traced = trace(Waiting(), pictures, is_layer)
    assert next(node.target for node in traced.graph.nodes if node.op == "call_module") == "body.0"
    assert len(answers) == 3  # the module is traced in both modes, and once more
    assert all(torch.equal(answer, expected) for answer in answers)
