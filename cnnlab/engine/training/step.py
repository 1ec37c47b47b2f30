"""One step of training: a batch of pictures, or several, moves the weights."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from cnnlab.core.data.sources import Target
from cnnlab.core.training.metrics import finite
from cnnlab.core.training.settings import TrainingSettings
from cnnlab.engine.data.batches import Step
from cnnlab.engine.data.draws import mixed
from cnnlab.engine.network.network import Network
from cnnlab.engine.training import devices, failures, losses, optimisers
from cnnlab.engine.training.precision import Arithmetic

if TYPE_CHECKING:
    from cnnlab.engine.training.distributed import ProcessGroup


class Average:
    """The exponential moving average of all that ``network`` holds, the running statistics of its normalisation too.

    After each step the mean is d × mean + (1 − d) × now, where d is ``decay``, but at first (1 + n) / (10 + n) after n steps,
    so that little is left of where a short run began. Source: TensorFlow's ``ExponentialMovingAverage``."""

    def __init__(self, network: Network, decay: float) -> None:
        self.network = deepcopy(network).requires_grad_(False)
        """A copy of the network whose weights are the mean."""
        self.steps = 0
        """How many steps it is a mean over."""
        self._decay = decay
        pairs = tuple(zip(self.network.state_dict().values(), network.state_dict().values(), strict=True))
        self._numbers = [pair for pair in pairs if pair[0].is_floating_point()]
        self._counters = [pair for pair in pairs if not pair[0].is_floating_point()]

    def follow(self) -> None:
        """Take in what a step has led to."""
        decay = min(self._decay, (1 + self.steps) / (10 + self.steps))
        get_ema_multi_avg_fn(decay)(*map(list, zip(*self._numbers, strict=True)), self.steps)
        for counter, count in self._counters:
            counter.copy_(count)
        self.steps += 1


@torch.no_grad()
def add_l1(parameters: Iterable[nn.Parameter], strength: float) -> None:
    """Add to each gradient that of ``strength`` · Σ|w|, which is ``strength`` · sign(w), and 0 for a weight of 0."""
    for parameter in parameters:
        if parameter.grad is not None:
            parameter.grad.add_(parameter.sign(), alpha=strength)


def clip(parameters: Iterable[nn.Parameter], norm: float) -> Tensor:
    """Shorten all gradients together so that their common length is at most ``norm``; returns the length before, 0-d."""
    return nn.utils.clip_grad_norm_(parameters, norm)


@dataclass(frozen=True)
class StepSums:
    """Sums over all pictures of all processes: of the batches of one step, with the weights before it, or of several steps."""

    loss: float
    """Sum, without penalties."""
    total_weight: float
    """What that is divided by for the mean."""
    correct: float
    error: float
    """Sum of the absolute errors of a task whose answer is a number."""
    images: int

    @property
    def mean_loss(self) -> float:
        return self.loss / self.total_weight

    def accuracy(self, target: Target) -> float | None:
        """Correct answers over all, 0…1; None where the task is a number."""
        return None if target is Target.NUMBER else self.correct / self.images

    def mean_error(self, target: Target) -> float | None:
        """Mean absolute error; None where the task is classes, or the sum overflowed."""
        return finite(self.error / self.images) if target is Target.NUMBER else None


class Stepper:
    """Moves a network, step by step. ``network`` is what the batches go through."""

    def __init__(
        self,
        network: nn.Module,
        optimiser: torch.optim.Optimizer,
        loss: losses.Loss,
        target: Target,
        settings: TrainingSettings,
        arithmetic: Arithmetic,
        group: ProcessGroup | None = None,
        average: Average | None = None,
    ) -> None:
        self.optimiser = optimiser
        self._network = group.wrap(network) if group else network
        self._parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
        self._loss = loss
        self._target = target
        self._settings = settings
        self._arithmetic = arithmetic
        self._group = group
        self._average = average
        self._buffers = tuple(network.buffers())
        self._buffers_before: tuple[Tensor, ...] = ()
        self.whole = True
        """Whether weights and optimiser are those of a completed step."""
        self.others_wait = False
        """Whether the other processes are where only torch can tell them that this one has failed."""

    def learn(self, pictures: Step, rate: float, draw: int, step: int) -> StepSums:
        """Make the step number ``step`` with the learning rate ``rate``; ``draw`` numbers the random numbers of its dropout.

        Raises ``NotFinite`` before the step where loss or gradients are no numbers: no weight has changed then, once
        ``undo`` is called."""
        # Batch normalisation writes its running means in the forward pass, before it is known whether the step counts.
        self._buffers_before = tuple(buffer.clone() for buffer in self._buffers)
        self.optimiser.zero_grad()
        weight, whole = self._loss.total_weight(pictures.labels), None
        images, counted = 0, list[Tensor]()
        for number, batch in enumerate(pictures.batches):
            with self._apart(number + 1 < pictures.count):
                outputs = self._answers(batch.inputs, draw, number)
                total = self._loss.total(outputs, batch.labels)
                if whole is None:
                    whole = self._of_all(weight)
                self._arithmetic.backward(total / whole)
            images += batch.count
            counted += self._counted(total.detach(), outputs.detach(), batch.labels)
        norm = self._gradients()
        # Read together: on a GPU each reading waits for all work before it.
        *sums, total_weight, length = torch.stack([x.detach().float() for x in (*counted, weight, norm)]).tolist()
        loss, correct, error = (sum(sums[start::3]) for start in range(3))
        if self._group:
            self.others_wait = False
            loss, total_weight, correct, error = self._group.sum([loss, total_weight, correct, error])
        figures = StepSums(loss, total_weight, correct, error, images)
        failures.check_loss(figures.loss, step)
        self._arithmetic.check_gradients(length, step)
        optimisers.set_rate(self.optimiser, rate)
        self.whole = False
        self._arithmetic.step(self.optimiser)
        if self._average:
            self._average.follow()
        self.whole = True
        self._buffers_before = ()
        return figures

    def undo(self) -> None:
        """Take back what a batch that failed before its step has left in the network."""
        for buffer, before in zip(self._buffers, self._buffers_before, strict=False):
            buffer.copy_(before)

    def _answers(self, inputs: Tensor, draw: int, number: int) -> Tensor:
        """What the network makes of batch ``number`` of a step."""
        purpose = "dropout" if not number else f"dropout {number}"
        # Dropout by step, so that it neither depends on nor disturbs whoever else draws random numbers.
        with (
            devices.seeded(mixed(self._settings.seed, purpose, self._of_rank(draw)), inputs.device.type),
            self._arithmetic.forward(),
        ):
            outputs: Tensor = self._network(inputs)
        return outputs

    def _counted(self, total: Tensor, outputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Sums over a batch, 0-d: the loss, correct answers, absolute errors (correct answers again where there are none)."""
        hits = losses.correct(outputs, labels, self._target)
        return total, hits, losses.error_sum(outputs, labels) if self._target is Target.NUMBER else hits

    def _apart(self, more: bool) -> AbstractContextManager[None]:
        """Where a batch stands in a step: while there are ``more``, processes keep their gradients to themselves."""
        if more and isinstance(self._network, nn.parallel.DistributedDataParallel):
            return self._network.no_sync()
        return nullcontext()

    def _of_all(self, weight: Tensor) -> Tensor | float:
        """What this process divides its sums by for the gradient of the mean over all of a step's pictures. Over several
        processes the gradients are averaged afterwards, so that each has to divide by its share of what all of them have."""
        if self._group is None:
            return weight
        [whole] = self._group.sum([weight.item()])
        self.others_wait = True  # in the backward pass, for the gradients of this process
        return whole / self._group.processes

    def _gradients(self) -> Tensor:
        """Penalties and clipping; the length of all gradients together, 0-d, before it is clipped."""
        self._arithmetic.unscale(self.optimiser)
        if self._settings.l1:
            add_l1(optimisers.decaying(self.optimiser), self._settings.l1)
        if self._settings.clip_norm:
            return clip(self._parameters, self._settings.clip_norm)
        return nn.utils.get_total_norm([p.grad for p in self._parameters if p.grad is not None])

    def _of_rank(self, draw: int) -> int:
        return draw * self._group.processes + self._group.rank if self._group else draw
