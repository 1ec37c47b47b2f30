"""What has no layer is refused in words of the person's own code, with what to do; nothing of how tracing works shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab.engine.importer import ImportRefused, import_module

PICTURES = torch.zeros(2, 3, 8, 8)


class Net(nn.Module):
    """A convolution, then one line of somebody's code."""

    def __init__(self, way: Callable[[Any, Tensor], Tensor]) -> None:
        super().__init__()
        self.way = way
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.other = nn.Conv2d(4, 8, 1)
        self.slopes = nn.Parameter(torch.full((8,), 0.1))
        self.plain = [nn.Conv2d(8, 8, 1)]
        self.wide = nn.Linear(9, 4)
        self.fc = nn.Linear(8, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.way(self, self.conv(x))
        return self.fc(x.mean((2, 3)))


@pytest.mark.parametrize(
    ("way", "text"),
    [
        (lambda net, x: x.detach(), ("“detach”", "stops the gradients")),
        (lambda net, x: x.data, ("“data”", "stops the gradients")),
        (lambda net, x: x.half().float(), ("Numbers stay float32",)),
        (lambda net, x: F.interpolate(x, size=(11, 8)), ("It brings 8 × 8 to 11 × 8", "multiple")),
        (lambda net, x: F.interpolate(x, scale_factor=1.5), ("It brings 8 × 8 to 12 × 12", "whole factors")),
        (lambda net, x: F.pad(x, (-1, -1, 0, 0)), ("cuts pixels off",)),
        (lambda net, x: x.clamp(-1, 1), ("“clamp”", "nn.ReLU6")),
        (lambda net, x: F.hardtanh(x), ("“hardtanh”", "nn.ReLU6")),
        (lambda net, x: F.mish(x), ("“mish”", "nn.SiLU")),
        (lambda net, x: x.abs(), ("“abs”", "before the network")),
        (lambda net, x: x.amax((2, 3), keepdim=True), ("“amax”", "nn.AdaptiveMaxPool2d(1)")),
        (lambda net, x: x.max(1, keepdim=True).values + x, ("“max”", "nn.AdaptiveMaxPool2d(1)")),
        (lambda net, x: torch.cat((x[:, :4], x[:, 4:]), 1), ("“x[…]”", "x.chunk(2, dim=1)")),
        (lambda net, x: x - net.conv(x[:, :3]), ("“x[…]”",)),
        (lambda net, x: F.layer_norm(x, x.shape[1:]), ("“layer_norm”", "nn.LayerNorm, made in __init__")),
        (lambda net, x: F.group_norm(x, 2, net.slopes), ("“group_norm”", "nn.GroupNorm, made in __init__")),
        (lambda net, x: F.prelu(x, net.slopes), ("“prelu”", "nn.PReLU, made in __init__")),
        (lambda net, x: F.softmax(x, 1), ("softmax over the channels of maps, 8 × 8 × 8",)),
        (lambda net, x: x.mT, ("“mT”", "8 × 8 × 8")),
        (lambda net, x: x * float(x.max()), ("depends on the numbers in the picture",)),
        (lambda net, x: x * int(x.max()), ("depends on the numbers in the picture",)),
        (lambda net, x: x * np.float32(x.max().item()), ("depends on the numbers in the picture",)),
        (lambda net, x: torch.from_numpy(x.numpy()), ("NumPy", "torch's own functions")),
        (lambda net, x: net.plain[0](x), ("plain list", "nn.ModuleList")),
        (lambda net, x: nn.Conv2d(8, 8, 1)(x), ("makes a layer in forward", "__init__")),
        (lambda net, x: nn.Dropout()(x), ("“Dropout” stays in training mode", "__init__")),
        (lambda net, x: net.wide(x.mean((2, 3))), ("“wide” takes 9 values", "gets 8", "in_features")),
        (lambda net, x: net.wide(x), ("“wide” takes 9 values", "8 × 8 × 8", "x.flatten(1)")),
        (lambda net, x: net.wide(torch.flatten(x)), ("“wide” gets all pictures", "x.flatten(1)")),
        (lambda net, x: x - net.slopes.view(8, 1, 1), ("parameter or buffer", "plain numbers")),
        (lambda net, x: torch.add(x, x, alpha=2), ("leave out alpha=",)),
        (lambda net, x: nn.CircularPad2d(1)(x), ("“CircularPad2d” cannot become a layer",)),
        (lambda net, x: F.batch_norm(x, None, None, training=True), ("nn.BatchNorm2d, made in __init__",)),
        (lambda net, x: F.batch_norm(x, None, None, training=net.training), ("does not run", "running_mean")),
        (lambda net, x: net.other(x), ("“other” takes maps with 4 channels", "8 × 8 × 8")),
        (lambda net, x: x + F.adaptive_avg_pool2d(x, 1), ("the inputs differ", "8 × 1 × 1")),
        (lambda net, x: x + undefined_name(x), ("undefined_name",)),  # type: ignore[name-defined] # noqa: F821
        (lambda net, x: (x.mean((2, 3)) * 0.5).view(-1, 8, 1, 1), ("Plain numbers", "not with 8")),
    ],
)
def test_what_has_no_layer_is_refused_in_words(way: Callable[..., Any], text: tuple[str, ...]) -> None:
    with pytest.raises(ImportRefused) as caught:
        import_module(Net(way), PICTURES)
    assert caught.value.line is not None
    assert caught.value.line.number == way.__code__.co_firstlineno
    why = str(caught.value).partition("” – ")[2]  # before it stands the line above, with all that is looked for
    assert all(each in why for each in text), why
    assert not any(ours in why for ours in ("Known", "Proxy", "getattr", "getitem", "submodule", "meta")), why


@pytest.mark.parametrize(
    ("way", "made"),
    [
        (lambda net, x: x.to("cpu").cpu().to(x.device).to(torch.float32), []),
        (lambda net, x: x.to(net.fc.weight.device, non_blocking=True).type(torch.FloatTensor), []),
        (lambda net, x: x.type("torch.FloatTensor").contiguous().to(x), []),
        (lambda net, x: x.clamp(min=0), ["relu"]),
        (lambda net, x: torch.clamp(x, 0), ["relu"]),
        (lambda net, x: x.clamp_(0.0, 6.0), ["relu6"]),
        (lambda net, x: F.hardtanh(x, 0.0, 6.0), ["relu6"]),
        (lambda net, x: nn.Hardtanh(0, 6)(x), ["relu6"]),
        (lambda net, x: nn.ReLU()(nn.Sequential(nn.MaxPool2d(2), nn.Identity())(x)), ["maxpool2d", "identity", "relu"]),
    ],
)
def test_what_a_layer_does_or_nothing_does_is_imported(way: Callable[..., Any], made: list[str]) -> None:
    graph = import_module(Net(way), PICTURES).graph
    between = [
        node.type for node in graph.nodes if node.type not in ("input", "conv2d", "globalavgpool", "linear", "output")
    ]
    assert between == made
