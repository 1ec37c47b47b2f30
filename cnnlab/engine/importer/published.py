"""Figures that torchvision itself gives for its models. Nothing is downloaded: they come with the package."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """One model as torchvision describes it, with the first of its published weights."""

    name: str
    parameters: int
    """How many there are, with the auxiliary outputs where torchvision counts them in."""
    macs: int
    """Multiply–accumulate operations for one picture of ``side`` pixels."""
    top1: float
    """Accuracy of the published weights on ImageNet, in percent."""
    side: int
    """Height and width of the pictures that this was measured with."""


def published(name: str) -> Published:
    """The figures of a model, by the name that torchvision lists it under. Raises ``ValueError`` for an unknown one."""
    from torchvision.models import get_model_weights

    weights = next(iter(get_model_weights(name)))
    return Published(
        name,
        weights.meta["num_params"],
        round(weights.meta["_ops"] * 1e9),
        weights.meta["_metrics"]["ImageNet-1K"]["acc@1"],
        weights.transforms.keywords["crop_size"],
    )
