"""Titles of torchvision's models, as papers write them."""

from __future__ import annotations

import pytest

from cnnlab.core import templates
from cnnlab.engine import importer
from cnnlab.engine.importer.torchvision_models import title


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("resnet152", "ResNet-152"),
        ("wide_resnet50_2", "Wide ResNet-50-2"),
        ("resnext50_32x4d", "ResNeXt-50 32x4d"),
        ("vgg16_bn", "VGG-16-BN"),
        ("googlenet", "GoogLeNet"),
        ("densenet121", "DenseNet-121"),
        ("squeezenet1_1", "SqueezeNet 1.1"),
        ("mnasnet0_75", "MNASNet 0.75"),
        ("mobilenet_v3_large", "MobileNetV3-Large"),
        ("shufflenet_v2_x1_0", "ShuffleNet V2 x1.0"),
        ("efficientnet_b7", "EfficientNet-B7"),
        ("efficientnet_v2_l", "EfficientNetV2-L"),
        ("regnet_y_400mf", "RegNetY-400MF"),
        ("regnet_x_3_2gf", "RegNetX-3.2GF"),
        ("convnext_tiny", "ConvNeXt-Tiny"),
        ("convnext_of_tomorrow", "convnext_of_tomorrow"),
    ],
)
def test_a_name_of_torchvision_in_print(name: str, text: str) -> None:
    assert title(name) == text


def test_every_model_has_a_title_of_its_own() -> None:
    titles = {title(name) for name in importer.names()}
    assert len(titles) == len(importer.names())
    assert not titles & set(importer.names())


def test_templates_are_called_the_same() -> None:
    ours = {template.key: str(template.title) for template in templates.TEMPLATES if template.torchvision}
    for key, text in ours.items():
        assert text.replace(" with batch normalisation", "-BN").removesuffix(" (torchvision)") == title(key)
