"""How good a network is on a set of pictures, and what it says about single ones. Nothing is learned here."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from cnnlab.core.graph import Graph
from cnnlab.core.preprocessing import Preprocessing
from cnnlab.engine.data.datasets import PictureSet
from cnnlab.engine.data.preparation import prepare
from cnnlab.engine.network import Network

BATCH = 250
"""Pictures at a time: more were no faster, and a run can be stopped between two batches."""


@dataclass(frozen=True)
class Score:
    """Means over a set of pictures; not a number for an empty set."""

    loss: float
    """Cross-entropy in nats."""
    accuracy: float
    """Share that was right, 0…1."""


def input_shape(graph: Graph) -> tuple[int, int, int]:
    """``(C, H, W)`` of what the network reads, as its Input node says; the graph must have one."""
    params = graph.of_type("input")[0].params
    return params["channels"], params["height"], params["width"]


def measure(network: Network, pictures: PictureSet, preprocessing: Preprocessing) -> Generator[int, None, Score]:
    """Measure batch by batch: yields the number of pictures done so far, returns the score.

    The pictures may lie elsewhere than the network. The network is in evaluation mode while a batch runs, and between
    batches in the mode it was in."""
    total_loss, right = 0.0, 0
    for start in range(0, len(pictures), BATCH):
        labels = pictures.labels[start : start + BATCH]
        logits = _logits(network, pictures.images[start : start + BATCH], preprocessing)
        labels = labels.to(logits.device)
        total_loss += F.cross_entropy(logits, labels, reduction="sum").item()
        right += int((logits.argmax(1) == labels).sum().item())
        yield start + len(labels)
    count = len(pictures)
    return Score(total_loss / count, right / count) if count else Score(math.nan, math.nan)


def evaluate(network: Network, pictures: PictureSet, preprocessing: Preprocessing) -> Score:
    """The score in one go."""
    batches = measure(network, pictures, preprocessing)
    while True:
        try:
            next(batches)
        except StopIteration as end:
            return end.value


def probabilities(network: Network, images: Tensor, preprocessing: Preprocessing) -> Tensor:
    """From uint8 ``(N, C, H, W)`` to float32 ``(N, classes)`` on the CPU: softmax of the logits, each row adds up to 1."""
    return torch.softmax(_logits(network, images, preprocessing), 1).cpu()


# Per batch and not around a generator, whose caller would find gradients switched off between two batches.
@torch.inference_mode()
def _logits(network: Network, images: Tensor, preprocessing: Preprocessing) -> Tensor:
    device = next((tensor.device for tensor in network.parameters()), images.device)
    training = network.training
    network.eval()
    try:
        return network(prepare(images.to(device), preprocessing, input_shape(network.graph)))
    finally:
        network.train(training)
