"""The names of ImageNet's classes."""

from __future__ import annotations

from torchvision.models import ResNet18_Weights

from cnnlab.core.data.imagenet import CLASSES


def test_they_are_torchvisions_in_its_order() -> None:
    assert list(CLASSES) == ResNet18_Weights.IMAGENET1K_V1.meta["categories"]
