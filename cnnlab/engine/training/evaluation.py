"""How good a network is on a set of pictures, and what it says about single ones. Nothing is learned here."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import torch
from torch import Tensor

from cnnlab.core.data.preprocessing import Preprocessing
from cnnlab.core.data.sources import Target
from cnnlab.core.training.metrics import Metrics, finite
from cnnlab.engine.data.picture_sets import Pictures
from cnnlab.engine.data.preparation import input_shape, prepare
from cnnlab.engine.network import shapes
from cnnlab.engine.network.network import Network
from cnnlab.engine.training import losses, metrics, run_memory
from cnnlab.engine.training.losses import Loss


class Measurement:
    """``network`` measured on ``pictures``, batch by batch: whoever iterates over it gets the number of pictures done so far. Only
    ``full`` asks for the figures of each class, the ROC curves and the pairs, which are worked out at the end (it may tell then
    too).

    Without ``loss`` it is the usual one of the task. The pictures may lie elsewhere than the network. The network is in
    evaluation mode while a batch runs, and between batches in the mode it was in."""

    def __init__(
        self,
        network: Network,
        pictures: Pictures,
        preprocessing: Preprocessing,
        *,
        loss: Loss | None = None,
        target: Target = Target.CLASSES,
        full: bool = False,
    ) -> None:
        self.metrics = Metrics()
        """The figures, when it is through."""
        self._batches = _measured(network, pictures, preprocessing, loss or losses.usual(target), target, full)

    def __iter__(self) -> Iterator[int]:
        self.metrics = yield from self._batches


def _measured(
    network: Network, pictures: Pictures, preprocessing: Preprocessing, loss: Loss, target: Target, full: bool
) -> Generator[int, None, Metrics]:
    sums = torch.zeros(4, dtype=torch.float64)
    answers: list[Tensor] = []
    together = run_memory.measured_at_a_time(shapes.infer(network.graph))
    for start in range(0, len(pictures), together):
        labels = pictures.labels[start : start + together]
        outputs = outputs_of(network, _read(pictures, start, start + len(labels)), preprocessing)
        labels = labels.to(outputs.device)
        sums += _figures(loss, target, outputs, labels).cpu().double()
        if full:
            answers.append(outputs.float().cpu())
        yield start + len(labels)
    count = len(pictures)
    if not count:
        return Metrics()
    total, total_weight, correct, error = sums.tolist()
    brief = Metrics(
        count=count,
        loss=finite(total / total_weight) if total_weight else None,
        accuracy=None if target is Target.NUMBER else correct / count,
        error=finite(error / count) if target is Target.NUMBER else None,
    )
    if not full:
        return brief
    return (yield from metrics.complete(brief, torch.cat(answers), pictures.labels.cpu(), target))


def evaluate(
    network: Network,
    pictures: Pictures,
    preprocessing: Preprocessing,
    *,
    loss: Loss | None = None,
    target: Target = Target.CLASSES,
    full: bool = False,
) -> Metrics:
    """The figures of ``network`` on ``pictures``, measured in one go, as ``Measurement`` has them."""
    measurement = Measurement(network, pictures, preprocessing, loss=loss, target=target, full=full)
    for _done in measurement:
        pass
    return measurement.metrics


def probabilities(network: Network, images: Tensor, preprocessing: Preprocessing) -> Tensor:
    """Probabilities of the classes, as ``as_probabilities`` makes them: from uint8 ``(N, C, H, W)`` to float32 ``(N, classes)``
    on the CPU."""
    return as_probabilities(outputs_of(network, images, preprocessing)).cpu()


def as_probabilities(logits: Tensor) -> Tensor:
    """Logits ``(N, outputs)`` as probabilities ``(N, classes)``; each row adds up to 1. The softmax of several logits; of a
    single one, which says whether it is the second of two classes, the rest and its sigmoid."""
    if logits.shape[1] == 1:
        return torch.cat([torch.sigmoid(-logits), torch.sigmoid(logits)], 1)
    return torch.softmax(logits, 1)


def _read(pictures: Pictures, start: int, end: int) -> Tensor:
    """uint8 ``(n, C, H, W)``; a view where the pictures are in memory."""
    images = getattr(pictures, "images", None)
    return pictures.read(range(start, end)) if images is None else images[start:end]


@torch.inference_mode()
def _figures(loss: Loss, target: Target, outputs: Tensor, labels: Tensor) -> Tensor:
    """The sums that the figures of one batch add, float32 ``(4,)``: loss, what it is divided by, correct answers, errors.
    Together, because on a GPU each reading waits for all work before it."""
    if target is Target.NUMBER:
        correct, error = torch.zeros((), device=outputs.device), losses.error_sum(outputs, labels)
    else:
        correct, error = losses.correct(outputs, labels, target), torch.zeros((), device=outputs.device)
    return torch.stack([loss.total(outputs, labels), loss.total_weight(labels), correct, error])


# Per batch and not around a generator, whose caller would find gradients switched off between two batches.
@torch.inference_mode()
def outputs_of(network: Network, images: Tensor, preprocessing: Preprocessing) -> Tensor:
    """The outputs of the network in evaluation mode: from uint8 ``(N, C, H, W)`` to ``(N, outputs)`` on its device."""
    device = next((tensor.device for tensor in network.parameters()), images.device)
    training = {module: module.training for module in network.modules()}
    network.eval()
    try:
        return network(prepare(images.to(device), preprocessing, input_shape(network.graph)))
    finally:
        # Each as it was, and not all alike: a frozen normalisation layer is in evaluation mode while others train.
        for module, was in training.items():
            module.training = was
