"""Layers that training leaves alone, and the dropout of a network."""

from __future__ import annotations

from collections.abc import Mapping

from torch import nn

from cnnlab.core.messages import Refusal
from cnnlab.core.messages import message as _
from cnnlab.core.training.learning import Learning
from cnnlab.engine.network.network import Network

_WITH_STATISTICS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.SyncBatchNorm, nn.InstanceNorm2d)
"""``SyncBatchNorm`` stands for the first two where several GPUs train together."""


class AllFrozen(Refusal):
    """A network in which nothing is left to learn; ``message`` says what to do."""


def apply(network: Network, learning: Mapping[str, Learning]) -> None:
    """Take the frozen layers, by uid, out of training: no gradients for their parameters. Raises ``AllFrozen``."""
    for module in _frozen(network, learning):
        module.requires_grad_(False)
    parameters = list(network.parameters())
    if parameters and not any(parameter.requires_grad for parameter in parameters):
        raise AllFrozen(_("Every layer with weights is frozen, so there is nothing to learn. Unfreeze at least one."))


def train_mode(network: Network, learning: Mapping[str, Learning]) -> None:
    """Training mode, but for the frozen normalisation layers: they go on using their running means and leave them as they
    are. Dropout drops in any case."""
    network.train()
    for module in _frozen(network, learning):
        if isinstance(module, _WITH_STATISTICS):
            module.eval()


def set_dropout(network: nn.Module, share: float) -> None:
    """Let every dropout layer drop ``share`` (0…1) from the next batch on. Stochastic depth is none."""
    for module in network.modules():
        if isinstance(module, (nn.Dropout, nn.Dropout2d)):
            module.p = share


def _frozen(network: Network, learning: Mapping[str, Learning]) -> list[nn.Module]:
    return [network.module(uid) for uid in network.order if uid in learning and learning[uid].frozen]
