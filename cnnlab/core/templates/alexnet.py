"""AlexNet and ZFNet: the networks of 2012 and 2013 that made large convolutional networks the rule."""

from __future__ import annotations

from functools import partial
from typing import Any

from cnnlab.core.messages import message as _
from cnnlab.core.templates.building import (
    Layer,
    Net,
    conv,
    dropout,
    flatten,
    linear,
    max_pool,
    pool_to,
    relu,
)
from cnnlab.core.templates.template import DEPTH, PARAMETERS, Chapter, Template

# The paper adds alpha times the sum of the squares over five maps; torch takes their mean, so alpha is five times as large.
_NORMALISATION: dict[str, Any] = {"size": 5, "alpha": 5e-4, "beta": 0.75, "k": 2.0}


def _norm(path: str) -> Layer:
    return "localresponsenorm", path, _NORMALISATION


def _classifier() -> list[Layer]:
    return [
        flatten(),
        *(linear("fc6", 4096), relu("relu6"), dropout("drop6", 0.5)),
        *(linear("fc7", 4096), relu("relu7"), dropout("drop7", 0.5)),
        linear("fc8", 1000),
    ]


def _alexnet_2012() -> Net:
    net = Net()
    x = net.chain(
        net.input(3, 227),
        *(conv("conv1", 96, 11, stride=4), relu("relu1"), _norm("norm1"), max_pool("pool1", 3, 2)),
        *(conv("conv2", 256, 5, padding=2, groups=2), relu("relu2"), _norm("norm2"), max_pool("pool2", 3, 2)),
        *(conv("conv3", 384, 3, padding=1), relu("relu3")),
        *(conv("conv4", 384, 3, padding=1, groups=2), relu("relu4")),
        *(conv("conv5", 256, 3, padding=1, groups=2), relu("relu5"), max_pool("pool5", 3, 2)),
        *_classifier(),
    )
    return net.ended(x)


def _alexnet() -> Net:
    net = Net()
    x = net.input(3, 224)
    with net.block("features"):
        x = net.chain(
            x,
            *(conv("0", 64, 11, stride=4, padding=2), relu("1"), max_pool("2", 3, 2)),
            *(conv("3", 192, 5, padding=2), relu("4"), max_pool("5", 3, 2)),
            *(conv("6", 384, 3, padding=1), relu("7")),
            *(conv("8", 256, 3, padding=1), relu("9")),
            *(conv("10", 256, 3, padding=1), relu("11"), max_pool("12", 3, 2)),
        )
    x = net.chain(x, pool_to("avgpool", 6), flatten())
    with net.block("classifier"):
        x = net.chain(
            x,
            *(dropout("0", 0.5), linear("1", 4096), relu("2")),
            *(dropout("3", 0.5), linear("4", 4096), relu("5")),
            linear("6", 1000),
        )
    return net.ended(x)


def _zfnet(conv3: int, conv4: int, conv5: int) -> Net:
    net = Net()
    x = net.chain(
        net.input(3, 224),
        *(conv("conv1", 96, 7, stride=2, padding=1), relu("relu1"), max_pool("pool1", 3, 2, padding=1), _norm("norm1")),
        *(conv("conv2", 256, 5, stride=2), relu("relu2"), max_pool("pool2", 3, 2, padding=1), _norm("norm2")),
        *(conv("conv3", conv3, 3, padding=1), relu("relu3")),
        *(conv("conv4", conv4, 3, padding=1), relu("relu4")),
        *(conv("conv5", conv5, 3, padding=1), relu("relu5"), max_pool("pool5", 3, 2)),
        *_classifier(),
    )
    return net.ended(x)


_KRIZHEVSKY = "Krizhevsky, Sutskever, Hinton"
_ZEILER = "Zeiler, Fergus"
_VISUALIZING = "Visualizing and understanding convolutional networks"
_TOP_5 = _("Top-5 errors on ImageNet 2012")

ALEXNET_2012 = Template(
    key="alexnet-2012",
    title=_("AlexNet (2012)"),
    description=_("As in the paper: two groups, local response normalisation; 60,965,224 parameters"),
    chapter=Chapter.BREAKTHROUGH,
    network=_alexnet_2012,
    shape=(3, 227, 227),
    year=2012,
    paper="ImageNet classification with deep convolutional neural networks",
    authors=_KRIZHEVSKY,
    new=_(
        "ReLU instead of tanh, dropout, overlapping pooling, and training on two GPUs: the network that won "
        "ImageNet 2012 by a wide margin."
    ),
    numbers=(
        (PARAMETERS, _("60 million")),
        (_("Neurons"), "650,000"),
        (DEPTH, _("8: five convolutions, three linear layers")),
        (
            _TOP_5,
            _(
                "18.2 % for one network (validation); 15.3 % for seven together (test); the second-best entry had 26.2 %"
            ),
        ),
    ),
    notes=(
        _(
            "The paper says 224 × 224 pixels, but its first convolution (11 × 11, stride 4) makes 55 × 55 only of 227 × 227, "
            "so that is the size here."
        ),
        _(
            "The two groups in conv2, conv4 and conv5 are the two GPUs, which did not see each other's maps there. "
            "Alpha of the normalisation is 0.0005 here and 0.0001 in the paper, because torch divides the sum over five "
            "maps by five."
        ),
    ),
    parameters=60_965_224,
    macs=724_406_816,
)

ALEXNET = Template(
    key="alexnet",
    title=_("AlexNet (torchvision)"),
    description=_("One group, no normalisation, 64-192-384-256-256 filters; 61,100,840 parameters"),
    chapter=Chapter.BREAKTHROUGH,
    network=_alexnet,
    year=2014,
    paper="One weird trick for parallelizing convolutional neural networks",
    authors="Krizhevsky",
    new=_(
        "AlexNet as most people meet it today: without groups and without local response normalisation, and narrower."
    ),
    notes=(
        _(
            "It follows the second paper, not that of 2012. Average pooling to 6 × 6 before the classifier is torchvision's, "
            "so that pictures of other sizes fit too; at 224 × 224 it does nothing."
        ),
    ),
    parameters=61_100_840,
    macs=714_188_480,
    torchvision=True,
)

ZFNET = Template(
    key="zfnet",
    title=_("ZFNet"),
    description=_("AlexNet with a finer first layer: 7×7 kernels, stride 2"),
    chapter=Chapter.BREAKTHROUGH,
    network=partial(_zfnet, 384, 384, 256),
    year=2013,
    paper=_VISUALIZING,
    authors=_ZEILER,
    new=_(
        "Looking inside made it better: pictures of what AlexNet's first layers react to showed dead and aliased features, "
        "and a smaller kernel (7 × 7 instead of 11 × 11) with a smaller stride (2 instead of 4) removed them."
    ),
    numbers=(
        (DEPTH, _("8: five convolutions, three linear layers")),
        (_TOP_5, _("16.5 % for one network (validation); 15.3 % for five together (test)")),
    ),
    notes=(
        _(
            "384, 384 and 256 maps as in the paper's drawing. The padding is not given there; it is chosen here so that the "
            "sizes are those of the drawing: 110, 55, 26, 13, 6. The normalisation has AlexNet's numbers."
        ),
        _("The winner of ImageNet 2013, with 11.7 %, was the company Clarifai, and not this network."),
    ),
    parameters=62_357_608,
    macs=1_168_032_896,
)

ZFNET_WIDE = Template(
    key="zfnet-wide",
    title=_("ZFNet, wider"),
    description=_("ZFNet with 512, 1,024 and 512 maps in its last convolutions"),
    chapter=Chapter.BREAKTHROUGH,
    network=partial(_zfnet, 512, 1024, 512),
    year=2013,
    paper=_VISUALIZING,
    authors=_ZEILER,
    new=_(
        "The same network with more maps in layers 3, 4 and 5, which lowered the errors of one network by half a point."
    ),
    numbers=(
        (
            _TOP_5,
            _("16.0 % for one network (validation); 14.8 % for six together, wide ones and narrow ones (test)"),
        ),
    ),
    notes=(
        _("The second variant of the paper's table of results. The drawing there shows the narrower one, 384-384-256."),
    ),
    parameters=107_627_624,
    macs=2_476_704_896,
)
