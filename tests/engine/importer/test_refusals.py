"""What cannot become layers is refused in words that name the line, and nothing is changed silently."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations
from torchvision import models

from cnnlab.engine.importer import ImportRefused, import_module

PICTURES = torch.zeros(2, 3, 8, 8)


class Net(nn.Module):
    """A few layers, and a ``forward`` given from outside."""

    def __init__(self, way: Callable[[Any, Tensor], Any], **parts: nn.Module) -> None:
        super().__init__()
        self.way = way
        self.conv = nn.Conv2d(3, 3, 3, padding=1)
        self.bn = nn.BatchNorm2d(3)
        self.fc = nn.Linear(192, 4)
        self.factor = nn.Parameter(torch.ones(8))
        self.register_buffer("mean", torch.zeros(3, 1, 1))
        for name, part in parts.items():
            self.add_module(name, part)

    def forward(self, x: Tensor) -> Any:
        return self.way(self, x)


def depends_on_the_picture(net: Any, x: Tensor) -> Any:
    x = net.conv(x)
    if x.sum() > 0:
        x = -x
    return net.fc(x.flatten(1))


def counts_in_the_picture(net: Any, x: Tensor) -> Any:
    return net.fc(x.flatten(1)) * x.max().item()


def returns_two(net: Any, x: Tensor) -> Any:
    return net.fc(x.flatten(1)), x


def returns_a_dict(net: Any, x: Tensor) -> Any:
    return {"logits": net.fc(x.flatten(1))}


def returns_maps(net: Any, x: Tensor) -> Any:
    return net.conv(x)


def shares_a_layer(net: Any, x: Tensor) -> Any:
    x = net.conv(x)
    return net.fc(net.conv(x).flatten(1))


def adds_a_parameter(net: Any, x: Tensor) -> Any:
    return net.fc((net.conv(x) + net.factor).flatten(1))


def scales_by_columns(net: Any, x: Tensor) -> Any:
    return net.fc((net.conv(x) * net.factor).flatten(1))


def normalises_with_a_buffer(net: Any, x: Tensor) -> Any:
    return net.fc((x - net.mean).flatten(1))


def brings_a_tensor(net: Any, x: Tensor) -> Any:
    return net.fc((x + torch.ones(8)).flatten(1))


def convolves_by_hand(net: Any, x: Tensor) -> Any:
    return net.fc(F.conv2d(x, net.conv.weight, padding=1).flatten(1))


def sorts(net: Any, x: Tensor) -> Any:
    return net.fc(torch.sort(x.flatten(1), dim=1)[0])


def mixes_pictures(net: Any, x: Tensor) -> Any:
    return net.fc(x.view(-1, 96).repeat(1, 2))


def takes_another_size(net: Any, x: Tensor) -> Any:
    return net.fc(net.conv(x)[:, :, 1:].flatten(1)[:, :1].expand(-1, 192))


def turns_pictures(net: Any, x: Tensor) -> Any:
    return net.fc(x.transpose(2, 3).flatten(1))


def always_drops(net: Any, x: Tensor) -> Any:
    return net.fc(F.dropout(x.flatten(1)))


def differs_in_training(net: Any, x: Tensor) -> Any:
    x = net.conv(x)
    if net.training:
        x = net.bn(x)
    return net.fc(x.flatten(1))


def drops_otherwise(net: Any, x: Tensor) -> Any:
    return net.fc(F.alpha_dropout(x.flatten(1), 0.5, net.training))


def overwrites(net: Any, x: Tensor) -> Any:
    flat = net.conv(x).view(x.size(0), -1)
    same = flat.view_as(flat)
    F.relu(flat, inplace=True)
    return net.fc(flat + same)


def writes_into_parts(net: Any, x: Tensor) -> Any:
    x[:, 0] = 0
    return net.fc(x.flatten(1))


def makes_a_layer(net: Any, x: Tensor) -> Any:
    return net.fc(nn.Conv2d(3, 3, 1)(x).flatten(1))


def fails(net: Any, x: Tensor) -> Any:
    return net.fc(net.conv(x))


WAYS = [
    (depends_on_the_picture, "if x.sum() > 0:", "depends on the numbers in the picture"),
    (counts_in_the_picture, "x.max().item()", "depends on the numbers in the picture"),
    (returns_two, "return net.fc(x.flatten(1)), x", "returns several things"),
    (returns_a_dict, 'return {"logits"', "returns several things"),
    (returns_maps, "return net.conv(x)", "3 × 8 × 8 for each picture"),
    (shares_a_layer, "return net.fc(net.conv(x).flatten(1))", "“conv” has weights and is used a second time"),
    (adds_a_parameter, "net.conv(x) + net.factor", "adds a parameter directly"),
    (scales_by_columns, "net.conv(x) * net.factor", "“factor” is 8"),
    (normalises_with_a_buffer, "x - net.mean", "works on a parameter or buffer directly"),
    (brings_a_tensor, "x + torch.ones(8)", "a tensor made elsewhere"),
    (convolves_by_hand, "F.conv2d", "works on a parameter or buffer directly"),
    (sorts, "torch.sort", "does what “sort” does with 192"),
    (mixes_pictures, "x.view(-1, 96)", "mix pictures of a batch"),
    (takes_another_size, "net.conv(x)[:, :, 1:]", "does what “x[…]” does with 3 × 8 × 8"),
    (turns_pictures, "x.transpose(2, 3)", "does what “transpose” does with 3 × 8 × 8"),
    (always_drops, "F.dropout(x.flatten(1))", "on in evaluation too"),
    (differs_in_training, "x = net.bn(x)", "In training the network does something else"),
    (drops_otherwise, "F.alpha_dropout", "In training “alpha_dropout” does something else here"),
    (overwrites, "net.fc(flat + same)", "overwritten in place before (test_refusals.py, line"),
    (writes_into_parts, "x[:, 0] = 0", "writes into a part of a tensor"),
    (makes_a_layer, "nn.Conv2d(3, 3, 1)(x)", "It makes a layer in forward"),
    (fails, "net.fc(net.conv(x))", "“fc” takes 192 values, but gets maps of 3 × 8 × 8. Flatten them first"),
]


@pytest.mark.parametrize(("way", "code", "why"), WAYS, ids=lambda value: getattr(value, "__name__", ""))
def test_the_line_and_the_reason_are_told(way: Callable[..., Any], code: str, why: str) -> None:
    with pytest.raises(ImportRefused) as caught:
        import_module(Net(way), PICTURES)
    text = str(caught.value)
    assert why in text
    if code:
        told = re.search(r"test_refusals\.py, line (\d+): “(.*?)” – ", text)
        assert told
        assert code in told[2]
        first = way.__code__.co_firstlineno
        assert first < int(told[1]) <= first + 5


@pytest.mark.parametrize(
    ("part", "why"),
    [
        (nn.BatchNorm2d(3, momentum=None), "With momentum=None"),
        (nn.BatchNorm2d(3, track_running_stats=False), "track_running_stats=False"),
        (nn.MaxPool2d(2, return_indices=True), "return_indices=True"),
        (nn.AvgPool2d(2, divisor_override=3), "divisor_override=3"),
        (nn.Mish(), "no layer for Mish"),
        (nn.Upsample(size=(11, 8)), "It brings 8 × 8 to 11 × 8"),
        (nn.Flatten(2), "start_dim=2"),
        (nn.LayerNorm([8, 8]), "normalized_shape=(8, 8)"),
        (nn.Softmax(dim=1), "softmax over the channels of maps, 3 × 8 × 8"),
        (nn.ConstantPad2d(1, 3.0), "no layer for ConstantPad2d"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_the_catalogue_has_no_setting_for_is_never_left_out(part: nn.Module, why: str) -> None:
    with pytest.raises(ImportRefused, match="“part” cannot become a layer") as caught:
        import_module(Net(lambda net, x: net.part(x), part=part), PICTURES)
    assert why in str(caught.value)


def test_a_layer_of_ones_own_is_seen_through_and_one_that_only_sets_arguments_is_a_layer() -> None:
    class Same(nn.Conv2d):
        def __init__(self) -> None:
            super().__init__(3, 3, 3, padding=1)

    class Doubled(nn.Conv2d):
        def forward(self, input: Tensor) -> Tensor:
            return super().forward(input) * 2

    graph = import_module(Net(lambda net, x: net.fc(net.part(x).flatten(1)), part=Same()), PICTURES).graph
    assert graph.by_path["part"].type == "conv2d"
    with pytest.raises(ImportRefused, match="“conv2d” works on a parameter"):
        import_module(Net(lambda net, x: net.fc(net.part(x).flatten(1)), part=Doubled(3, 3, 3, padding=1)), PICTURES)


class TwoInputs(nn.Module):
    def forward(self, x: Tensor, other: Tensor) -> Tensor:
        return x + other


def plain(net: Any, x: Tensor) -> Any:
    return net.fc(net.bn(net.conv(x)).flatten(1))


def test_hooks_and_parametrisations_are_refused() -> None:
    net = Net(plain)
    handle = net.conv.register_forward_hook(lambda module, given, made: made * 2)
    with pytest.raises(ImportRefused, match="“conv” has a hook"):
        import_module(net, PICTURES)
    handle.remove()
    import_module(net, PICTURES)
    parametrizations.weight_norm(net.fc)
    with pytest.raises(ImportRefused, match="“fc” has a hook, a parametrisation"):
        import_module(net, PICTURES)


def test_tied_parameters_are_refused_and_one_module_under_two_names_is_not() -> None:
    twin = nn.Conv2d(3, 3, 3, padding=1)
    net = Net(lambda net, x: net.fc(net.twin(net.conv(x)).flatten(1)), twin=twin)
    net.conv.weight = twin.weight
    with pytest.raises(ImportRefused, match=r"“conv\.weight” and “twin\.weight” are one and the same"):
        import_module(net, PICTURES)
    net = Net(lambda net, x: net.fc(net.body(x).flatten(1)))
    net.body = nn.Sequential(net.conv, nn.ReLU())
    project = import_module(net, PICTURES)
    assert {"conv", "body.1"} <= set(project.graph.by_path)
    assert "because it is a second name of another layer: body.0." in project.note


def test_without_code_of_ones_own_no_line_is_told() -> None:
    with pytest.raises(ImportRefused) as caught:
        import_module(nn.Sequential(nn.Mish(), nn.Flatten()), PICTURES)
    text = (
        "This network cannot be imported: “0” cannot become a layer: There is no layer for Mish here. Use an activation"
    )
    assert str(caught.value).startswith(text)


def test_what_is_never_used_is_left_out_and_told() -> None:
    net = Net(plain, spare=nn.Sequential(nn.Linear(2, 2)), idle=nn.ReLU())
    project = import_module(net, PICTURES)
    assert project.note == "Left out, because forward does not use it: factor, mean, spare.0."


@pytest.mark.parametrize(
    ("module", "example", "why"),
    [
        (nn.Sequential(nn.Flatten(), nn.LazyLinear(3)), PICTURES, "does not know its sizes yet"),
        (nn.Sequential(nn.Flatten(), nn.Linear(192, 3)).double(), PICTURES.double(), "call module.float() first"),
        (nn.Sequential(nn.Flatten(), nn.Linear(192, 3)), PICTURES[0], "must be a batch of pictures"),
        (nn.Sequential(nn.Flatten(), nn.Linear(192, 3)), PICTURES.to(torch.uint8), "must be a batch of pictures"),
        (TwoInputs(), PICTURES, "cannot be called with the picture alone (missing a required argument: 'other')"),
        (
            nn.Sequential(nn.Flatten(), nn.Linear(192, 3)),
            (1, 3, 8, 8),
            "such as torch.rand(1, 3, 224, 224), not a tuple",
        ),
        (torch.relu, PICTURES, "not a builtin_function_or_method"),
        (nn.Linear(8, 3), PICTURES, "put it into nn.Sequential"),
        (models.googlenet(aux_logits=True, init_weights=False), torch.zeros(1, 3, 64, 64), "an additional head here"),
    ],
    ids=["lazy", "double", "one picture", "bytes", "two inputs", "no tensor", "function", "layer", "heads"],
)
def test_what_is_no_network_of_layers_is_refused_at_once(module: Any, example: Any, why: str) -> None:
    with pytest.raises(ImportRefused) as caught:
        import_module(module, example)
    assert why in str(caught.value)


def test_names_that_no_file_could_hold_are_refused() -> None:
    net = Net(lambda net, x: net.fc(net.卷积(x).flatten(1)), 卷积=nn.Conv2d(3, 3, 1))
    with pytest.raises(ImportRefused, match="A name has letters, digits"):
        import_module(net, PICTURES)
