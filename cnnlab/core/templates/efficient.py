"""Networks that save parameters or arithmetic: DenseNet, SqueezeNet, MobileNetV2."""

from __future__ import annotations

from typing import Any

from cnnlab.core.messages import message as _
from cnnlab.core.templates.building import (
    Layer,
    Net,
    avg_pool,
    bn,
    conv,
    dropout,
    flatten,
    linear,
    max_pool,
    pool_to,
    relu,
)
from cnnlab.core.templates.template import DEPTH, MULTIPLY_ADDS, PARAMETERS, Chapter, Template

_GROWTH = 32


def _densenet121() -> Net:
    net = Net()
    x, width = net.input(3, 224), 64
    with net.block("features"):
        x = net.chain(
            x,
            *(conv("conv0", width, 7, stride=2, padding=3, bias=False), bn("norm0"), relu("relu0")),
            max_pool("pool0", 3, 2, padding=1),
        )
        for number, count in enumerate((6, 12, 24, 16), 1):
            if number > 1:
                width //= 2
                x = _transition(net, x, f"transition{number - 1}", width)
            with net.block(f"denseblock{number}", "DenseBlock"):
                for layer in range(1, count + 1):
                    x = _dense_layer(net, x, f"denselayer{layer}")
            width += count * _GROWTH
        x = net.chain(x, bn("norm5"))
    x = net.chain(x, relu(), pool_to("pool", 1), flatten(), linear("classifier", 1000))
    return net.ended(x)


def _dense_layer(net: Net, x: str, path: str) -> str:
    """Makes ``_GROWTH`` maps of all maps so far, and stacks them behind these."""
    with net.block(path, "DenseLayer"):
        y = net.chain(
            x,
            *(bn("norm1"), relu("relu1"), conv("conv1", 4 * _GROWTH, 1, bias=False)),
            *(bn("norm2"), relu("relu2"), conv("conv2", _GROWTH, 3, padding=1, bias=False)),
        )
        return net.cat(x, y)


def _transition(net: Net, x: str, path: str, width: int) -> str:
    with net.block(path, "Transition"):
        return net.chain(x, bn("norm"), relu(), conv("conv", width, 1, bias=False), avg_pool("pool", 2, 2))


def _squeezenet() -> Net:
    net = Net()
    x = net.input(3, 224)
    with net.block("features"):
        x = net.chain(x, conv("0", 64, 3, stride=2), relu("1"), max_pool("2", 3, 2, ceil_mode=True))
        x = _fire(net, _fire(net, x, "3", 16, 64), "4", 16, 64)
        x = net.chain(x, max_pool("5", 3, 2, ceil_mode=True))
        x = _fire(net, _fire(net, x, "6", 32, 128), "7", 32, 128)
        x = net.chain(x, max_pool("8", 3, 2, ceil_mode=True))
        x = _fire(net, _fire(net, x, "9", 48, 192), "10", 48, 192)
        x = _fire(net, _fire(net, x, "11", 64, 256), "12", 64, 256)
    with net.block("classifier"):
        x = net.chain(x, dropout("0", 0.5), conv("1", 1000, 1), relu("2"), pool_to("3", 1))
    return net.ended(net.chain(x, flatten()))


def _fire(net: Net, x: str, path: str, squeezed: int, expanded: int) -> str:
    """Few maps by 1×1, then many, half of them by 1×1 and half by 3×3."""
    with net.block(path, "Fire"):
        x = net.chain(x, conv("squeeze", squeezed, 1), relu("squeeze_activation"))
        return net.cat(
            net.chain(x, conv("expand1x1", expanded, 1), relu("expand1x1_activation")),
            net.chain(x, conv("expand3x3", expanded, 3, padding=1), relu("expand3x3_activation")),
        )


_BOTTLENECKS = (
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
)  # fmt: skip
"""Expansion, maps, blocks, stride of the first block: table 2 of the paper."""


def _mobilenet_v2() -> Net:
    net = Net()
    x, width, number = net.input(3, 224), 32, 1
    with net.block("features"):
        x = _conv_norm(net, x, "0", width, 3, stride=2, padding=1)
        for expansion, maps, count, stride in _BOTTLENECKS:
            for block in range(count):
                step = stride if block == 0 else 1
                with net.block(str(number), "InvertedResidual"):
                    y = _inverted(net, x, expansion, width, maps, step)
                    x = net.add(x, y) if step == 1 and width == maps else y
                width = maps
                number += 1
        x = _conv_norm(net, x, str(number), 1280, 1)
    x = net.chain(x, pool_to("pool", 1), flatten())
    with net.block("classifier"):
        x = net.chain(x, dropout("0", 0.2), linear("1", 1000))
    return net.ended(x)


def _inverted(net: Net, x: str, expansion: int, width: int, maps: int, stride: int) -> str:
    """More maps by 1×1, one 3×3 kernel for each map, fewer by 1×1 without an activation."""
    hidden, number = expansion * width, 0
    with net.block("conv"):
        if expansion > 1:
            x = _conv_norm(net, x, "0", hidden, 1)
            number = 1
        x = _conv_norm(net, x, str(number), hidden, 3, stride=stride, padding=1, groups=hidden)
        return net.chain(x, conv(str(number + 1), maps, 1, bias=False), bn(str(number + 2)))


def _conv_norm(net: Net, x: str, path: str, filters: int, kernel: int, **params: Any) -> str:
    activation: Layer = ("relu6", "2", {})
    with net.block(path, "Conv2dNormActivation"):
        return net.chain(x, conv("0", filters, kernel, bias=False, **params), bn("1"), activation)


DENSENET121 = Template(
    key="densenet121",
    title=_("DenseNet-121"),
    description=_("Every layer reads the maps of all layers before it in its block"),
    chapter=Chapter.EFFICIENT,
    network=_densenet121,
    year=2016,
    paper="Densely connected convolutional networks",
    authors="Huang, Liu, van der Maaten, Weinberger",
    new=_(
        "Each layer adds only 32 maps and reads all maps made before it in its block: what was found once need not be found "
        "again, so few parameters are enough."
    ),
    numbers=(
        (DEPTH, "121"),
        (_("Errors on ImageNet 2012, one crop"), _("25.02 % top-1, 7.71 % top-5 (validation)")),
    ),
    notes=(
        _(
            "Drawn here with one concatenation at the end of each layer, which hands on all maps so far. torchvision's code "
            "keeps a list and stacks it anew in each layer: the same maps in the same order."
        ),
    ),
    parameters=7_978_856,
    macs=2_834_161_664,
    torchvision=True,
)

SQUEEZENET1_1 = Template(
    key="squeezenet1_1",
    title=_("SqueezeNet 1.1"),
    description=_("Fire modules: few maps, then many; 1,235,496 parameters"),
    chapter=Chapter.EFFICIENT,
    network=_squeezenet,
    year=2016,
    paper="SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size",
    authors="Iandola, Han, Moskewicz, Ashraf, Dally, Keutzer",
    new=_(
        "Fire modules squeeze the maps by 1 × 1 convolutions before 3 × 3 kernels see them, and there is no linear layer: as "
        "good as AlexNet with a fiftieth of the parameters."
    ),
    numbers=(
        (PARAMETERS, _("1,248,424 (version 1.0); 50 times fewer than AlexNet")),
        (_("Accuracy on ImageNet 2012"), _("57.5 % top-1, 80.3 % top-5 (version 1.0)")),
    ),
    notes=(
        _(
            "Version 1.1 is not in the paper but in the authors' repository, which gives it 2.4 times less arithmetic and "
            "slightly fewer parameters than version 1.0, without loss of accuracy: 3 × 3 instead of 7 × 7 kernels in the "
            "first layer, and earlier pooling."
        ),
    ),
    parameters=1_235_496,
    macs=349_151_936,
    torchvision=True,
)

MOBILENET_V2 = Template(
    key="mobilenet_v2",
    title=_("MobileNetV2"),
    description=_("One kernel for each map, between 1×1 convolutions; shortcuts between the thin ends"),
    chapter=Chapter.EFFICIENT,
    network=_mobilenet_v2,
    year=2018,
    paper="MobileNetV2: Inverted residuals and linear bottlenecks",
    authors="Sandler, Howard, Zhu, Zhmoginov, Chen",
    new=_(
        "Convolutions in which each map has one kernel of its own (groups = channels), between 1 × 1 convolutions that mix. "
        "Shortcuts join the thin ends, and the thin ends have no ReLU, which would lose too much of few maps."
    ),
    numbers=(
        (PARAMETERS, _("3.4 million")),
        (MULTIPLY_ADDS, _("300 million")),
        (_("Accuracy on ImageNet 2012"), _("72.0 % top-1")),
    ),
    parameters=3_504_872,
    macs=300_774_272,
    torchvision=True,
)
