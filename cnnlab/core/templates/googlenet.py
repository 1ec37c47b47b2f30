"""GoogLeNet, as the paper has it and as torchvision has it."""

from __future__ import annotations

from typing import Any, NamedTuple

from cnnlab.core.messages import message as _
from cnnlab.core.templates.building import (
    Layer,
    Net,
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


class _Widths(NamedTuple):
    """Filters of one module, as in the paper's table 1."""

    one: int
    three_reduced: int
    three: int
    five_reduced: int
    five: int
    pooled: int


_STAGES = (
    {"inception3a": _Widths(64, 96, 128, 16, 32, 32), "inception3b": _Widths(128, 128, 192, 32, 96, 64)},
    {
        "inception4a": _Widths(192, 96, 208, 16, 48, 64),
        "inception4b": _Widths(160, 112, 224, 24, 64, 64),
        "inception4c": _Widths(128, 128, 256, 24, 64, 64),
        "inception4d": _Widths(112, 144, 288, 32, 64, 64),
        "inception4e": _Widths(256, 160, 320, 32, 128, 128),
    },
    {"inception5a": _Widths(256, 160, 320, 32, 128, 128), "inception5b": _Widths(384, 192, 384, 48, 128, 128)},
)


def _conv(net: Net, x: str, path: str, filters: int, kernel: int, normalised: bool, **params: Any) -> str:
    if normalised:
        with net.block(path, "BasicConv2d"):
            return net.chain(x, conv("conv", filters, kernel, bias=False, **params), bn("bn", eps=0.001), relu())
    with net.block(path, "ConvReLU"):
        return net.chain(x, conv("conv", filters, kernel, **params), relu())


def _module(net: Net, x: str, path: str, widths: _Widths, large: int, normalised: bool) -> str:
    """An Inception module; ``large`` is its largest kernel."""
    with net.block(path, "Inception"):
        one = _conv(net, x, "branch1", widths.one, 1, normalised)
        three = _conv(net, x, "branch2.0", widths.three_reduced, 1, normalised)
        three = _conv(net, three, "branch2.1", widths.three, 3, normalised, padding=1)
        five = _conv(net, x, "branch3.0", widths.five_reduced, 1, normalised)
        five = _conv(net, five, "branch3.1", widths.five, large, normalised, padding=large // 2)
        pooled = net.chain(x, max_pool("branch4.0", 3, 1, padding=1, ceil_mode=True))
        pooled = _conv(net, pooled, "branch4.1", widths.pooled, 1, normalised)
        return net.cat(one, three, five, pooled)


def _stages(net: Net, x: str, large: int, normalised: bool, last_pool: int) -> str:
    """The nine modules, with pooling between the stages; the last pooling has its own kernel."""
    for number, modules in enumerate(_STAGES, 2):
        pool = last_pool if number == 4 else 3
        x = net.chain(x, max_pool(f"maxpool{number}", pool, 2, ceil_mode=True))
        for path, widths in modules.items():
            x = _module(net, x, path, widths, large, normalised)
    return x


def _googlenet_2014() -> Net:
    norm: dict[str, Any] = {"size": 5, "alpha": 1e-4, "beta": 0.75, "k": 1.0}

    def normalise(path: str) -> Layer:
        return "localresponsenorm", path, norm

    net = Net()
    x = _conv(net, net.input(3, 224), "conv1", 64, 7, False, stride=2, padding=3)
    x = net.chain(x, max_pool("maxpool1", 3, 2, ceil_mode=True), normalise("norm1"))
    x = _conv(net, x, "conv2", 64, 1, False)
    x = _conv(net, x, "conv3", 192, 3, False, padding=1)
    x = net.chain(x, normalise("norm2"))
    x = _stages(net, x, 5, False, 3)
    return net.ended(net.chain(x, pool_to("avgpool", 1), flatten(), dropout("dropout", 0.4), linear("fc", 1000)))


def _googlenet() -> Net:
    net = Net()
    x = _conv(net, net.input(3, 224), "conv1", 64, 7, True, stride=2, padding=3)
    x = net.chain(x, max_pool("maxpool1", 3, 2, ceil_mode=True))
    x = _conv(net, x, "conv2", 64, 1, True)
    x = _conv(net, x, "conv3", 192, 3, True, padding=1)
    x = _stages(net, x, 3, True, 2)
    return net.ended(net.chain(x, pool_to("avgpool", 1), flatten(), dropout("dropout", 0.2), linear("fc", 1000)))


_PAPER = "Going deeper with convolutions"
_AUTHORS = "Szegedy, Liu, Jia and others"
_NO_HEADS = _(
    "The two auxiliary classifiers, which helped in training and are dropped afterwards, are left out, and so not counted."
)

GOOGLENET_2014 = Template(
    key="googlenet-2014",
    title=_("GoogLeNet (2014)"),
    description=_("As in the paper: nine Inception modules with 5×5 branches, no batch normalisation"),
    chapter=Chapter.INCEPTION,
    network=_googlenet_2014,
    year=2014,
    paper=_PAPER,
    authors=_AUTHORS,
    new=_(
        "Nine modules that look with several kernel sizes at once, and no large linear layers: the winner of ImageNet 2014, "
        "with a twelfth of the parameters of AlexNet."
    ),
    numbers=(
        (PARAMETERS, _("12 times fewer than AlexNet; table 1 adds up to 6.8 million")),
        (MULTIPLY_ADDS, _("1.5 billion as the budget")),
        (DEPTH, _("22; 27 with poolings")),
        (
            _("Top-5 errors on ImageNet 2014"),
            _("10.07 % for one network and one crop; 6.67 % for seven networks and 144 crops"),
        ),
    ),
    notes=(
        _(
            "Table 1 leaves out biases and writes K for 1,024: 163,328 weights in module 3a are its 159K. For the first "
            "convolution it says 2.7K, where 7 × 7 × 3 × 64 makes 9,408."
        ),
        _(
            "The numbers of the normalisation are not in the paper; they are those of Caffe's model here. The average over "
            "7 × 7 is written as pooling to one pixel."
        ),
        _NO_HEADS,
    ),
    parameters=6_998_552,
    macs=1_582_671_872,
)

GOOGLENET = Template(
    key="googlenet",
    title=_("GoogLeNet (torchvision)"),
    description=_("With batch normalisation, and 3×3 in place of 5×5; 6,624,904 parameters"),
    chapter=Chapter.INCEPTION,
    network=_googlenet,
    year=2014,
    paper=_PAPER,
    authors=_AUTHORS,
    new=_("GoogLeNet as most people meet it today: batch normalisation after every convolution."),
    notes=(
        _(
            "The branch that the paper gives 5 × 5 kernels has 3 × 3 here; torchvision's code calls that a known bug. "
            "Its last pooling has a 2 × 2 kernel, the paper's 3 × 3."
        ),
        _NO_HEADS,
    ),
    parameters=6_624_904,
    macs=1_498_376_192,
    torchvision=True,
)
