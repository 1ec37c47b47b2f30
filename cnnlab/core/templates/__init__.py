"""Networks to start from: one file for each family of networks.

``template`` says what an entry is, and ``building`` writes a network down in code. ``first`` has the small ones, ``recipes`` those
with settings that reach a goal, and ``tasks`` those with one output; ``alexnet``, ``vgg``, ``googlenet``, ``inception``,
``inception_v3``, ``resnet`` and ``efficient`` follow the papers. A template becomes a project when it is chosen.
"""

from __future__ import annotations

from cnnlab.core.templates import (
    alexnet,
    efficient,
    first,
    googlenet,
    inception,
    inception_v3,
    recipes,
    resnet,
    tasks,
    vgg,
)
from cnnlab.core.templates.building import Layer, Net, chain
from cnnlab.core.templates.template import CHAPTERS, DEPTH, MULTIPLY_ADDS, PARAMETERS, Chapter, Template

__all__ = [
    "BY_KEY",
    "CHAPTERS",
    "DEPTH",
    "MULTIPLY_ADDS",
    "PARAMETERS",
    "TEMPLATES",
    "Chapter",
    "Layer",
    "Net",
    "Template",
    "chain",
]  # fmt: skip

TEMPLATES: tuple[Template, ...] = (
    first.MNIST,
    first.MNIST_STRIDED,
    first.MNIST_CONVOLUTIONAL,
    first.LENET5,
    tasks.MNIST_SEVEN,
    tasks.MNIST_ANGLE,
    first.CIFAR10,
    first.EMPTY,
    recipes.MNIST_SECONDS,
    recipes.MNIST_MINUTES,
    recipes.CIFAR10_MINUTES,
    alexnet.ALEXNET_2012,
    alexnet.ALEXNET,
    alexnet.ZFNET,
    alexnet.ZFNET_WIDE,
    vgg.VGG11,
    vgg.VGG13,
    vgg.VGG16,
    vgg.VGG16_BN,
    vgg.VGG19,
    vgg.VGG16_CIFAR10,
    inception.NAIVE,
    inception.REDUCED,
    inception.TWO_THREES,
    inception.ONE_BY_N,
    googlenet.GOOGLENET_2014,
    googlenet.GOOGLENET,
    inception_v3.INCEPTION_V3,
    resnet.PLAIN18,
    resnet.RESNET18,
    resnet.RESNET34,
    resnet.RESNET50,
    resnet.RESNET101,
    resnet.RESNET152,
    resnet.RESNET20,
    efficient.DENSENET121,
    efficient.SQUEEZENET1_1,
    efficient.MOBILENET_V2,
)
"""In the order of the gallery: by group, and by depth or year within one."""

BY_KEY: dict[str, Template] = {template.key: template for template in TEMPLATES}
