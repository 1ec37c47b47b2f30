"""Networks small enough to train while one looks: those of the course, LeNet-5, and the empty canvas."""

from __future__ import annotations

from cnnlab.core.messages import message as _
from cnnlab.core.templates.building import (
    Layer,
    Net,
    avg_pool,
    conv,
    flatten,
    in_rows,
    linear,
    max_pool,
    relu,
)
from cnnlab.core.templates.template import DEPTH, PARAMETERS, Chapter, Template
from cnnlab.core.training.settings import TrainingSettings

_GREY = (1, 28, 28)
_INPUT: Layer = ("input", "input", {})
_OUTPUT: Layer = ("output", "output", {})
_HEAD = [flatten(), linear("fc1", 128), relu("relu4"), linear("fc2", 10), _OUTPUT]


def _pooled_block(number: int, filters: int) -> list[Layer]:
    return [conv(f"conv{number}", filters, 3), relu(f"relu{number}"), max_pool(f"pool{number}", 2, 2)]


def _strided_block(number: int, filters: int) -> list[Layer]:
    return [conv(f"conv{number}", filters, 3, stride=2), relu(f"relu{number}")]


def _starter() -> Net:
    return in_rows([[_INPUT, *_pooled_block(1, 32)], _pooled_block(2, 64), _pooled_block(3, 128), _HEAD])


def _strided() -> Net:
    return in_rows([[_INPUT, *_strided_block(1, 32)], _strided_block(2, 64), _strided_block(3, 128), _HEAD])


def _fully_convolutional() -> Net:
    head: list[Layer] = [conv("conv4", 10, 1), ("globalavgpool", "pool", {}), _OUTPUT]
    return in_rows(
        [
            [_INPUT, *_pooled_block(1, 32)],
            _pooled_block(2, 64),
            [conv("conv3", 128, 3), relu("relu3")],
            head,
        ]
    )


def _lenet5() -> Net:
    def stage(name: str, filters: int, number: int) -> list[Layer]:
        return [conv(name, filters, 5), ("tanh", f"tanh{number}", {})]

    return in_rows(
        [
            [("input", "input", {"height": 32, "width": 32}), *stage("c1", 6, 1), avg_pool("s2", 2, 2)],
            [*stage("c3", 16, 2), avg_pool("s4", 2, 2)],
            [*stage("c5", 120, 3), flatten()],
            [linear("f6", 84), ("tanh", "tanh4", {}), linear("fc", 10), _OUTPUT],
        ]
    )


def _cifar10() -> Net:
    colour: Layer = ("input", "input", {"channels": 3, "height": 32, "width": 32})
    return in_rows(
        [
            [colour, conv("conv1", 32, 3), relu("relu1"), max_pool("pool1", 2, 2)],
            [conv("conv2", 64, 3), relu("relu2"), max_pool("pool2", 2, 2)],
            [conv("conv3", 64, 3), relu("relu3"), flatten()],
            [linear("fc1", 64), relu("relu4"), linear("fc2", 10), _OUTPUT],
        ]
    )


def _empty() -> Net:
    net = Net()
    net.line_up(0, 0)
    net.put(_INPUT)
    net.line_up(3, 0)
    net.put(_OUTPUT)
    return net


MNIST = Template(
    key="mnist",
    title=_("MNIST starter net"),
    description=_("Convolution, ReLU and pooling three times, then two linear layers; 110,474 parameters"),
    chapter=Chapter.FIRST,
    network=_starter,
    data="mnist",
    shape=_GREY,
    new=_(
        "Convolution, ReLU and pooling, three times, then two linear layers. No padding, so each convolution takes two "
        "pixels off height and width, and each pooling halves them: 28, 26, 13, 11, 5, 3, 1. The last layer gives logits; "
        "softmax belongs to the loss and to the display."
    ),
    parameters=110_474,
    macs=3_106_176,
)

MNIST_STRIDED = Template(
    key="mnist-strided",
    title=_("MNIST starter net, stride instead of pooling"),
    description=_("The starter net with strided convolutions instead of pooling"),
    chapter=Chapter.FIRST,
    network=_strided,
    data="mnist",
    shape=_GREY,
    year=2014,
    paper="Striving for simplicity: The all convolutional net",
    authors="Springenberg, Dosovitskiy, Brox, Riedmiller",
    new=_(
        "The starter net without pooling: each convolution moves two pixels at a time (stride 2) and makes the maps "
        "smaller itself: 28, 13, 6, 2. It computes less in each convolution, learns how to shrink, and has more "
        "parameters in its first linear layer, because 2 × 2 pixels are left of each map instead of one."
    ),
    notes=(
        _(
            "The paper asked what pooling is needed for and put strided convolutions in its place; its own networks are "
            "larger, for CIFAR and ImageNet, and have no linear layers."
        ),
    ),
    parameters=159_626,
    macs=1_073_952,
)

MNIST_CONVOLUTIONAL = Template(
    key="mnist-fcn",
    title=_("MNIST starter net, fully convolutional"),
    description=_("The starter net with a 1×1 convolution and global average pooling instead of linear layers"),
    chapter=Chapter.FIRST,
    network=_fully_convolutional,
    data="mnist",
    shape=_GREY,
    year=2013,
    paper="Network in network",
    authors="Lin, Chen, Yan",
    new=_(
        "No linear layer: a 1 × 1 convolution makes one map for each class, and the mean of that map is the logit. So each "
        "map shows where the network sees its class, and pictures of any size from 18 × 18 on can go through."
    ),
    notes=(
        _(
            "Global average pooling as the head comes from the paper; the convolutions are the starter net's, less the last "
            "pooling, so that the maps of the classes keep 3 × 3 places."
        ),
    ),
    parameters=93_962,
    macs=3_100_032,
)

LENET5 = Template(
    key="lenet5",
    title=_("LeNet-5"),
    description=_("LeCun 1998 with tanh and average pooling; 61,706 parameters"),
    chapter=Chapter.FIRST,
    network=_lenet5,
    data="mnist",
    shape=(1, 32, 32),
    year=1998,
    paper="Gradient-based learning applied to document recognition",
    authors="LeCun, Bottou, Bengio, Haffner",
    new=_(
        "Convolutions that share their weights, and maps that get smaller and more on the way, learned from pixels to digits "
        "by gradient descent: the pattern of the networks that followed."
    ),
    numbers=(
        (PARAMETERS, _("60,000 trainable, used in 340,908 connections")),
        (DEPTH, _("7, with the two subsampling layers, which had weights")),
        (_("Errors on MNIST's test pictures"), _("0.95 %; 0.8 % with distorted pictures added in training")),
    ),
    notes=(
        _(
            "As it is usually built today: 61,706 parameters, pictures padded to 32 × 32. In 1998 it differed: S2 and S4 "
            "multiplied their mean by a learned factor, added a learned bias and applied the squashing function; each map "
            "of C3 saw only some of the six maps below (1,516 parameters instead of 2,416); the function was "
            "1.7159 · tanh(2x/3); and the output measured distances to fixed pictures of the characters (radial basis "
            "functions) instead of giving logits."
        ),
    ),
    parameters=61_706,
    macs=416_520,
)

CIFAR10 = Template(
    key="cifar10",
    title=_("CIFAR-10 net"),
    description=_("Three convolutions and two linear layers for small colour photos; 122,570 parameters"),
    chapter=Chapter.FIRST,
    network=_cifar10,
    data="cifar10",
    shape=(3, 32, 32),
    new=_(
        "The first network for colour: each filter of the first convolution has one kernel for red, one for green and one "
        "for blue, and adds the three up. No padding: 32, 30, 15, 13, 6, 4."
    ),
    notes=(_("More than half of its parameters, 65,600, lie in the first linear layer."),),
    parameters=122_570,
    macs=4_548_608,
    training=TrainingSettings(learning_rate=0.001, epochs=10),
)

EMPTY = Template(
    key="empty",
    title=_("Empty canvas"),
    description=_("Only input and output"),
    chapter=Chapter.FIRST,
    network=_empty,
    data="mnist",
    shape=_GREY,
    new=_("Drag layers from the palette between input and output, and connect their ports."),
)
