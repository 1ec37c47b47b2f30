"""What torchvision's models are called in print."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cnnlab.core.values import Frozen

_TITLES: Mapping[str, str] = Frozen(
    {
        r"alexnet": "AlexNet",
        r"convnext_([a-z]+)": "ConvNeXt-{}",
        r"densenet(\d+)": "DenseNet-{}",
        r"efficientnet_(b\d)": "EfficientNet-{}",
        r"efficientnet_v2_([a-z])": "EfficientNetV2-{}",
        r"googlenet": "GoogLeNet",
        r"inception_v3": "Inception v3",
        r"mnasnet(\d)_(\d+)": "MNASNet {}.{}",
        r"mobilenet_v2": "MobileNetV2",
        r"mobilenet_v3_([a-z]+)": "MobileNetV3-{}",
        r"regnet_([xy])_(\d+)([mg])f": "RegNet{}-{}{}F",
        r"regnet_([xy])_(\d)_(\d)gf": "RegNet{}-{}.{}GF",
        r"resnet(\d+)": "ResNet-{}",
        r"resnext(\d+)_(\d+)x(\d+)d": "ResNeXt-{} {}x{}d",
        r"shufflenet_v2_x(\d)_(\d)": "ShuffleNet V2 x{}.{}",
        r"squeezenet(\d)_(\d)": "SqueezeNet {}.{}",
        r"vgg(\d+)": "VGG-{}",
        r"vgg(\d+)_bn": "VGG-{}-BN",
        r"wide_resnet(\d+)_(\d)": "Wide ResNet-{}-{}",
    }
)
"""By pattern of the name; what its groups find goes into the title with a capital."""


def title(name: str) -> str:
    """``ResNet-152`` for ``resnet152``; the name itself for a model of a family that is not known here."""
    for pattern, words in _TITLES.items():
        found = re.fullmatch(pattern, name)
        if found:
            return words.format(*map(str.title, found.groups()))
    return name
