"""Code that looks at the number of pictures is refused; code that looks at their size is imported for the example's size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab.core.project.project import Project
from cnnlab.engine.importer import ImportRefused, import_module
from cnnlab.engine.network import network, weights

PICTURES = torch.zeros(2, 3, 16, 12)


class Net(nn.Module):
    """Convolution, something given from outside, a mean over the maps, and a Linear layer."""

    def __init__(self, way: Callable[[Any, Tensor], Tensor]) -> None:
        super().__init__()
        self.way = way
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.bn = nn.BatchNorm2d(8)
        self.fc = nn.Linear(8, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.way(self, self.conv(x))
        return self.fc(x.mean((2, 3)))


def multiplies_by_the_count(net: Any, x: Tensor) -> Tensor:
    return x * x.shape[0]


def divides_by_all_numbers(net: Any, x: Tensor) -> Tensor:
    return x / x.numel()


def asks_for_the_count(net: Any, x: Tensor) -> Tensor:
    if x.size(0) > 1:
        x = net.bn(x)
    return x


def asks_for_a_part_of_the_count(net: Any, x: Tensor) -> Tensor:
    half = x.size()[0] // 2
    return net.bn(x) if half == 1 else x


def has_the_count_written_down(net: Any, x: Tensor) -> Tensor:
    return x.view(2, 8, 16, 12)


def loops_over_the_pictures(net: Any, x: Tensor) -> Tensor:
    for _number in range(x.size(0)):
        x = torch.relu(x)
    return x


@pytest.mark.parametrize(
    "way",
    [
        *(multiplies_by_the_count, divides_by_all_numbers, asks_for_the_count, asks_for_a_part_of_the_count),
        *(has_the_count_written_down, loops_over_the_pictures),
    ],
)
def test_what_depends_on_the_number_of_pictures_is_refused(way: Callable[[Any, Tensor], Tensor]) -> None:
    with pytest.raises(ImportRefused, match="how many pictures there are") as caught:
        import_module(Net(way), PICTURES)
    assert caught.value.line is not None
    first = way.__code__.co_firstlineno
    assert first < caught.value.line.number <= first + 4


def makes_sizes_with_the_count(net: Any, x: Tensor) -> Tensor:
    n, channels, height, width = x.size()
    assert x.shape == x.clone().shape
    x = x.view(n, -1, height, width)
    return x.view(x.numel() // (channels * height * width), channels, height, width)


def test_the_number_of_pictures_may_be_a_size() -> None:
    project = import_module(Net(makes_sizes_with_the_count), PICTURES)
    assert [node.type for node in project.graph.nodes] == ["input", "conv2d", "globalavgpool", "linear", "output"]
    assert not project.note.startswith("Holds")


def halves(net: Any, x: Tensor) -> Tensor:
    return F.avg_pool2d(x, (x.shape[2] // 2, x.shape[3] // 2))


def divides_by_the_width(net: Any, x: Tensor) -> Tensor:
    return x / x.size(-1)


def enlarges_to_a_size(net: Any, x: Tensor) -> Tensor:
    return F.interpolate(x, size=(32, 24)) + 0


def keeps_the_height(net: Any, x: Tensor) -> Tensor:
    return F.adaptive_avg_pool2d(x, (None, 1))


def pads_large_ones(net: Any, x: Tensor) -> Tensor:
    return F.pad(x, (1, 1)) if x.shape[2] > 16 else x


def gives_more_for_large_ones(net: Any, x: Tensor) -> Any:
    return x if x.shape[2] == 16 else x.flatten(1)


def test_a_module_that_fails_for_other_sizes_needs_no_note() -> None:
    assert not import_module(Net(gives_more_for_large_ones), PICTURES).note.startswith("Holds")


@pytest.mark.parametrize("way", [halves, divides_by_the_width, enlarges_to_a_size, keeps_the_height, pads_large_ones])
def test_what_holds_for_one_size_of_pictures_is_told(way: Callable[[Any, Tensor], Tensor]) -> None:
    project = import_module(Net(way), PICTURES)
    assert project.note.startswith(
        "Valid for pictures of 16 × 12 only; for other sizes the code computes something else here: "
    )
    assert "test_dependence.py, line" in project.note
    assert "self.fc" not in project.note
    answers_alike(project, Net(way), PICTURES.shape[2:])


def pools_whole_maps(net: Any, x: Tensor) -> Tensor:
    return F.avg_pool2d(x, x.size()[2:]) + F.max_pool2d(x, kernel_size=(x.shape[2], x.shape[3]), stride=1)


def answers_alike(project: Project, module: nn.Module, size: torch.Size) -> None:
    """Check that the network answers like ``module`` for pictures of this size."""
    ours = network.build(project.graph)
    weights.load(ours, project.weights, seed=0)
    module.load_state_dict(ours.state_dict(), strict=False)  # what forward never uses is not there
    pictures = torch.rand(3, 3, *size)
    torch.testing.assert_close(ours.eval()(pictures), module.eval()(pictures))


def test_pooling_over_whole_maps_becomes_a_layer_that_does_so_at_every_size() -> None:
    project = import_module(Net(pools_whole_maps), PICTURES)
    made = {node.type for node in project.graph.nodes}
    assert {"adaptiveavgpool2d", "adaptivemaxpool2d"} <= made
    assert not project.note.startswith("Holds")
    answers_alike(project, Net(pools_whole_maps), torch.Size((9, 20)))


def test_pooling_over_whole_square_maps_is_found_too() -> None:
    project = import_module(Net(lambda net, x: F.avg_pool2d(x, x.size(-1))), torch.zeros(2, 3, 12, 12))
    assert "adaptiveavgpool2d" in {node.type for node in project.graph.nodes}
    assert not project.note.startswith("Holds")


def test_a_window_that_just_happens_to_cover_the_maps_stays_a_window() -> None:
    project = import_module(Net(lambda net, x: F.avg_pool2d(x, (16, 12))), PICTURES)
    assert project.graph.by_path["pool"].params["kernel_size"] == (16, 12)
    assert not project.note.startswith("Holds")


def test_a_network_that_takes_one_size_only_needs_no_note() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Upsample(size=(28, 20)), nn.Flatten(), nn.Linear(4 * 28 * 20, 3))
    assert import_module(module, PICTURES).note.startswith("Valid for pictures of 16 × 12 only")
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Upsample(scale_factor=2), nn.Flatten(), nn.Linear(4 * 28 * 20, 3))
    assert not import_module(module, PICTURES).note
