"""A running mean of a network's weights, which is measured and handed out in their place."""

from __future__ import annotations

from copy import deepcopy

from torch.optim.swa_utils import get_ema_multi_avg_fn

from cnnlab.engine.network.network import Network


class Average:
    """The exponential moving average of all that ``network`` holds, the running statistics of its normalisation too.

    After each step the mean is d × mean + (1 − d) × now, where d is ``decay``, but at first (1 + n) / (10 + n) after n steps,
    so that little is left of where a short run began. Source: TensorFlow's ``ExponentialMovingAverage``."""

    def __init__(self, network: Network, decay: float) -> None:
        self.network = deepcopy(network).requires_grad_(False)
        """With the mean in place of the weights."""
        self.steps = 0
        """That it is a mean over."""
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
