"""Recipes: a network together with the settings that reach a goal with it, measured on this app."""

from __future__ import annotations

from cnnlab.core.data.augmentation import Augmentation
from cnnlab.core.messages import message as _
from cnnlab.core.templates.building import Layer, Net, bn, conv, dropout, flatten, in_rows, linear, max_pool, relu
from cnnlab.core.templates.template import Chapter, Template
from cnnlab.core.training.settings import TrainingSettings

_GREY = (1, 28, 28)
_INPUT: Layer = ("input", "input", {})
_OUTPUT: Layer = ("output", "output", {})


def _quick() -> Net:
    return in_rows(
        [
            [_INPUT, conv("conv1", 16, 5), relu("relu1"), max_pool("pool1", 2, 2)],
            [conv("conv2", 32, 3), relu("relu2"), max_pool("pool2", 2, 2)],
            [flatten(), linear("fc1", 128), relu("relu3"), linear("fc2", 10), _OUTPUT],
        ]
    )


def _normalised(number: int, filters: int) -> list[Layer]:
    return [
        conv(f"conv{number}", filters, 3, padding=1, bias=False),
        bn(f"norm{number}"),
        relu(f"relu{number}"),
    ]


def _careful() -> Net:
    return in_rows(
        [
            [_INPUT, *_normalised(1, 24), *_normalised(2, 24), max_pool("pool1", 2, 2)],
            [*_normalised(3, 48), *_normalised(4, 48), max_pool("pool2", 2, 2)],
            [*_normalised(5, 96), max_pool("pool3", 2, 2)],
            [flatten(), dropout("drop", 0.3), linear("fc", 10), _OUTPUT],
        ]
    )


def _residual_nine() -> Net:
    net = Net()
    x = net.input(3, 32)

    def convolve(x: str, name: str, filters: int, pool: bool = False) -> str:
        with net.block(name):
            x = net.chain(x, conv("conv", filters, 3, padding=1, bias=False), bn("norm"), relu())
            return net.chain(x, max_pool("pool", 2, 2)) if pool else x

    def residual(x: str, name: str, filters: int) -> str:
        with net.block(name):
            return net.add(convolve(convolve(x, "conv1", filters), "conv2", filters), x)

    x = convolve(x, "prep", 24)
    x = residual(convolve(x, "stage1", 48, pool=True), "residual1", 48)
    x = convolve(x, "stage2", 96, pool=True)
    x = residual(convolve(x, "stage3", 192, pool=True), "residual3", 192)
    return net.ended(net.chain(x, ("globalavgpool", "pool", {}), linear("fc", 10)))


MNIST_SECONDS = Template(
    key="mnist-seconds",
    title=_("MNIST: 99 % in seconds"),
    description=_("Two small convolutions and a fast schedule: 99 % of the test digits within seconds of training"),
    chapter=Chapter.RECIPE,
    network=_quick,
    data="mnist",
    shape=_GREY,
    new=_(
        "As little arithmetic as 99 % takes. Adam with short memories (betas 0.7 and 0.9), a learning rate that rises "
        "to 0.007 and falls to zero before one epoch is over, and smoothed labels. No digits are held out."
    ),
    parameters=108_874,
    macs=794_880,
    training=TrainingSettings(
        optimiser="adam", beta1=0.7, beta2=0.9, learning_rate=0.007, schedule="one_cycle", one_cycle_up=0.3,
        label_smoothing=0.1, batch_size=128, epochs=1, max_steps=300,
    ),
    validation=0,
)  # fmt: skip

MNIST_MINUTES = Template(
    key="mnist-minutes",
    title=_("MNIST: 99.6 % in minutes"),
    description=_("Five normalised convolutions and digits that are turned, moved and scaled a little"),
    chapter=Chapter.RECIPE,
    network=_careful,
    data="mnist",
    shape=_GREY,
    new=_(
        "The errors that remain are digits written in unusual ways: every digit is turned, moved and scaled a little each time it "
        "is seen, batch normalisation and dropout keep the network from relying on too little of it."
    ),
    parameters=87_106,
    macs=12_370_752,
    training=TrainingSettings(
        optimiser="adamw", learning_rate=0.01, weight_decay=0.01, schedule="one_cycle", one_cycle_up=0.3,
        label_smoothing=0.05, batch_size=128, epochs=12,
    ),
    augmentation=Augmentation(rotation=10.0, translation=0.08, scale=0.1),
    validation=0,
)  # fmt: skip

CIFAR10_MINUTES = Template(
    key="cifar10-minutes",
    title=_("CIFAR-10 in twenty minutes"),
    description=_("A residual network of nine layers, for an ordinary CPU"),
    chapter=Chapter.RECIPE,
    network=_residual_nine,
    data="cifar10",
    shape=(3, 32, 32),
    new=_(
        "Nine layers with two shortcuts, after David Page's network that won a contest for speed, with three eighths of its maps. "
        "Photos are mirrored and cut out of a margin of four pixels; the learning rate rises and falls once."
    ),
    parameters=927_010,
    macs=53_749_632,
    training=TrainingSettings(
        optimiser="sgd", learning_rate=0.2, momentum=0.9, nesterov=True, weight_decay=5e-4, schedule="one_cycle",
        one_cycle_up=0.25, label_smoothing=0.1, batch_size=256, epochs=18,
    ),
    augmentation=Augmentation(flip_horizontal=0.5, crop_padding=4),
    validation=2000,
)  # fmt: skip
