"""Code as students write it, imported and compared: outputs in evaluation and training, keys, paths."""

from __future__ import annotations

from collections import OrderedDict

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab.core.project.project import Project
from cnnlab.engine.importer import import_module
from cnnlab.engine.network import network, weights


def same(module: nn.Module, *size: int) -> Project:
    """The project of ``module``, once its network has been found to compute the same with the numbers it took over, in
    evaluation and in training."""
    torch.manual_seed(0)
    for tensor in module.state_dict().values():
        if tensor.is_floating_point():
            tensor.uniform_(0.1, 0.5)
    pictures = torch.randn(3, *size)
    project = import_module(module, pictures)
    ours = network.build(project.graph)
    weights.load(ours, project.weights, seed=5)
    assert {key: tensor.shape for key, tensor in ours.state_dict().items()} == {
        key: tensor.shape for key, tensor in module.state_dict().items()
    }
    with torch.no_grad():
        torch.testing.assert_close(ours.eval()(pictures), module.eval()(pictures), rtol=1e-6, atol=1e-5)
        answers = []
        for each in (ours.train(), module.train()):
            torch.manual_seed(1)
            answers.append(each(pictures))
    torch.testing.assert_close(*answers, rtol=1e-6, atol=1e-5)
    return project


def paths(project: Project) -> list[str]:
    return [node.path for node in project.graph.nodes]


class Mnist(nn.Module):
    """PyTorch's MNIST example."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, 1)
        self.conv2 = nn.Conv2d(32, 64, 3, 1)
        self.dropout1 = nn.Dropout(0.25)
        self.dropout2 = nn.Dropout(0.5)
        self.fc1 = nn.Linear(9216, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)
        x = F.relu(x)
        x = self.conv2(x)
        x = F.relu(x)
        x = F.max_pool2d(x, 2)
        x = self.dropout1(x)
        x = torch.flatten(x, 1)
        x = self.fc1(x)
        x = F.relu(x)
        x = self.dropout2(x)
        x = self.fc2(x)
        return F.log_softmax(x, dim=1)


def test_pytorchs_mnist_example() -> None:
    assert paths(same(Mnist(), 1, 28, 28)) == [
        *(
            "input",
            "conv1",
            "relu",
            "conv2",
            "relu_1",
            "pool",
            "dropout1",
            "flatten",
            "fc1",
            "relu_2",
            "dropout2",
            "fc2",
        ),
        *("logsoftmax", "output"),
    ]


class Cifar(nn.Module):
    """The net of PyTorch's CIFAR-10 tutorial, with its size written down by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = x.view(-1, 16 * 5 * 5)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


def test_pytorchs_cifar_tutorial() -> None:
    assert "pool_1" in paths(same(Cifar(), 3, 32, 32))


def test_lenet_as_a_named_sequence() -> None:
    lenet = nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(1, 6, 5, padding=2),
            tanh1=nn.Tanh(),
            pool1=nn.AvgPool2d(2),
            conv2=nn.Conv2d(6, 16, 5),
            tanh2=nn.Tanh(),
            pool2=nn.AvgPool2d(2),
            flatten=nn.Flatten(),
            fc=nn.Sequential(nn.Linear(400, 120), nn.Sigmoid(), nn.Linear(120, 10)),
        )
    )
    assert paths(same(lenet, 1, 28, 28))[-4:] == ["fc.0", "fc.1", "fc.2", "output"]


class Residual(nn.Module):
    """As in d2l.ai: one shared relu, and a shortcut that is there or not."""

    def __init__(self, inputs: int, channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, channels, 3, padding=1, stride=stride)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv3 = nn.Conv2d(inputs, channels, 1, stride=stride) if stride > 1 else None
        self.bn1 = nn.BatchNorm2d(channels)
        self.bn2 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.conv3:
            x = self.conv3(x)
        y += x
        return self.relu(y)


def test_a_residual_net_of_d2l() -> None:
    net = nn.Sequential(
        nn.Sequential(nn.Conv2d(1, 8, 7, 2, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(3, 2, 1)),
        nn.Sequential(Residual(8, 8), Residual(8, 16, 2)),
        nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), nn.Linear(16, 10),
    )  # fmt: skip
    project = same(net, 1, 32, 32)
    assert project.layout.blocks["1.1"].kind == "Residual"
    assert {"1.0.relu", "1.0.add", "1.0.relu_1", "1.1.conv3"} <= set(paths(project))
    assert "1.0.conv3" not in paths(project)


class Squeeze(nn.Module):
    """Squeeze and excitation with Linear layers."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(nn.Linear(channels, 2), nn.ReLU(inplace=True), nn.Linear(2, channels), nn.Sigmoid())

    def forward(self, x: Tensor) -> Tensor:
        b, c, _height, _width = x.size()
        y = self.pool(x).view(b, c)
        y = self.fc(y).view(b, c, 1, 1)
        return x * y.expand_as(x)


def test_squeeze_and_excitation() -> None:
    net = nn.Sequential(nn.Conv2d(3, 8, 3), Squeeze(8), nn.AdaptiveMaxPool2d(2), nn.Flatten(), nn.Linear(32, 4))
    made = [node.type for node in same(net, 3, 12, 12).graph.nodes if node.path.startswith("1.")]
    assert made == ["adaptiveavgpool2d", "flatten", "linear", "relu", "linear", "sigmoid", "unflatten", "multiply"]


class Dense(nn.Module):
    """A dense block, a transition and global average pooling, all in one forward."""

    def __init__(self) -> None:
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(3 + 4 * number, 4, 3, padding=1) for number in range(3))
        self.norms = nn.ModuleList(nn.BatchNorm2d(3 + 4 * number) for number in range(3))
        self.head = nn.Linear(15, 5)

    def forward(self, x: Tensor) -> Tensor:
        features = [x]
        for conv, norm in zip(self.convs, self.norms, strict=True):
            features.append(conv(F.relu(norm(torch.cat(features, dim=1)))))
        x = torch.cat(features, 1)
        return self.head(F.avg_pool2d(x, kernel_size=x.size()[2:]).squeeze(-1).squeeze(-1))


def test_a_dense_block() -> None:
    project = same(Dense(), 3, 10, 8)
    assert len(project.graph.of_type("concatenate")) == 3
    assert project.graph.by_path["pool"].type == "adaptiveavgpool2d"
    assert not project.note


class OptionA(nn.Module):
    """A shortcut without weights: every second pixel, and maps of zeros."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 8, 3, stride=2, padding=1)
        self.fc = nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Tensor:
        out = self.conv(x)
        if x.shape[1] != out.shape[1]:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 2, 2))
        return self.fc(F.relu(out + x).mean(dim=(-1, -2)))


def test_a_shortcut_without_weights() -> None:
    project = same(OptionA(), 4, 9, 12)
    assert [node.type for node in project.graph.nodes][1:5] == ["conv2d", "maxpool2d", "padchannels", "add"]


class Scaled(nn.Module):
    """Bare parameters as factors, and a whole branch dropped now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(1, 3, 1, 1))
        self.branch = nn.Conv2d(3, 3, 3, padding="same")
        self.layer_scale = nn.Parameter(torch.full((3, 1, 1), 1e-6))
        self.strength = nn.Parameter(torch.zeros(1))
        self.head = nn.Linear(3, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = x * self.gamma
        x = x + self.strength * F.dropout2d(self.layer_scale * self.branch(x), 0.2, self.training)
        return self.head(x.flatten(2).mean(2))


def test_bare_parameters_keep_their_keys() -> None:
    project = same(Scaled(), 3, 8, 8)
    assert {"gamma", "layer_scale", "strength"} <= set(paths(project))
    assert project.graph.by_path["gamma"].params["form"] == "1, C, 1, 1"


class Shuffled(nn.Module):
    """ShuffleNet's two ways: halves, and the shuffle."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1, groups=3)
        self.fc = nn.Linear(6 * 4 * 4, 2)

    def forward(self, x: Tensor) -> Tensor:
        first, second = x.split(3, dim=1)
        x = torch.cat((first, self.conv(second)), 1)
        n, c, h, w = x.shape
        x = x.reshape(n, 3, c // 3, h, w).permute(0, 2, 1, 3, 4).reshape(n, c, h, w)
        return self.fc(x.view(x.shape[0], -1))


def test_channels_split_and_shuffled() -> None:
    assert [node.type for node in same(Shuffled(), 6, 4, 4).graph.nodes] == [
        *("input", "split", "conv2d", "concatenate", "channelshuffle", "flatten", "linear", "output")
    ]


class Numbers(nn.Module):
    """Plain numbers: normalisation inside, hard swish by hand, sums of several."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.ConvTranspose2d(2, 4, 2, stride=2)
        self.norm = nn.GroupNorm(2, 4)
        self.bn = nn.BatchNorm1d(4)
        self.fc = nn.Linear(4, 3, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.stem((x - 0.5) / 0.25))
        x = x * F.relu6(x + 3) / 6
        x = sum([x, torch.tanh(x), x.sigmoid()])  # type: ignore[assignment]
        x = F.interpolate(F.pad(x, [1, 1, 0, 2]), scale_factor=2, mode="bilinear")
        return torch.softmax(self.fc(self.bn(x.mean(3).mean(2))), dim=-1)


def test_plain_numbers() -> None:
    same(Numbers(), 2, 6, 6)


class Shared(nn.Module):
    """Everything without numbers of its own is called again and again, in containers too."""

    def __init__(self) -> None:
        super().__init__()
        self.act = nn.Sequential(nn.ReLU(inplace=True), nn.Dropout(0.3))
        self.features = nn.Sequential(nn.Conv2d(1, 4, 3), nn.LeakyReLU(0.2))
        self.conv = nn.Conv2d(4, 4, 3)
        self.input = nn.Linear(16, 16)
        self.output = nn.Linear(16, 2)

    def forward(self, x: Tensor, scale: float = 1.0, *more: Tensor) -> Tensor:
        self.last = x = self.act(self.features(x))
        x = self.features[1](self.conv(x))
        self.act(x)  # in place: what follows reads what it made
        x = self.input(x.view(x.size()[0], -1)) * 1
        if scale != 1.0:
            x = x.exp()
        return self.output(x)


def test_modules_without_numbers_are_called_again() -> None:
    project = same(Shared(), 1, 6, 6)
    assert {"act.0", "act.1", "act_1.0", "features.1", "features.relu"} <= set(paths(project))
    assert {"input", "output"} <= {node.path for node in project.graph.of_type("linear")}
    assert project.graph.of_type("input")[0].path == "input_1"


@pytest.mark.parametrize(
    "layers",
    [
        [nn.Conv2d(4, 6, (3, 2), (2, 1), (1, 0), (1, 2), 2, False, "reflect"), nn.PReLU(6), nn.InstanceNorm2d(6, affine=True)],
        [nn.MaxPool2d(3, stride=None, ceil_mode=True), nn.ELU(0.5), nn.Softplus(2, 10), nn.PReLU()],
        [nn.AvgPool2d(3, 2, 1, count_include_pad=False), nn.GELU("tanh"), nn.Hardswish(), nn.Hardsigmoid(), nn.SiLU()],
        [nn.ZeroPad2d((1, 2, 3, 0)), nn.ReflectionPad2d(1), nn.ReplicationPad2d((0, 1, 0, 1)), nn.LocalResponseNorm(3, k=2.0)],
        [nn.AdaptiveAvgPool2d((None, 3)), nn.Upsample(size=(24, 9)), nn.Upsample(scale_factor=2, mode="bicubic")],
        [nn.LayerNorm([4, 12, 12]), nn.Dropout2d(0.2), nn.Identity(), nn.BatchNorm2d(4, eps=1e-3, momentum=0.01, affine=False)],
        [nn.Conv2d(4, 4, 3, padding="valid"), nn.LayerNorm(10, elementwise_affine=False), nn.Softmax2d()][:2],
    ],
    ids=lambda layers: type(layers[0]).__name__,
)  # fmt: skip
def test_every_argument_is_taken_over(layers: list[nn.Module]) -> None:
    body = nn.Sequential(*layers)
    features = body(torch.zeros(2, 4, 12, 12)).flatten(1).shape[1]
    same(nn.Sequential(body, nn.Flatten(), nn.Linear(features, 3)), 4, 12, 12)
