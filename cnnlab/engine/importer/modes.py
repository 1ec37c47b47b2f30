"""The surroundings of a call that change what it does: the mode of its module, gradients, reduced precision."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torchvision import ops

from cnnlab.core.messages import message as _
from cnnlab.engine.importer.refusals import current_line, refused

_HAVE_MODES = (
    nn.modules.batchnorm._BatchNorm,
    nn.modules.instancenorm._InstanceNorm,
    nn.modules.dropout._DropoutNd,
    ops.StochasticDepth,
)
_DEVICES = ("cpu", "cuda", "mps", "xpu")


def refuse_other_mode(part: nn.Module, path: str, training: bool) -> None:
    """Refuse to call ``part`` while it is in another mode than the network: layers are all in the same."""
    matters = isinstance(part, _HAVE_MODES) and getattr(part, "track_running_stats", True)
    if not matters or part.training == training:
        return
    if training:
        why = _(
            "“{path}” stays in evaluation mode while the network trains: forward or train() calls eval() on it. Here it would "
            "train. Leave that eval() out, and freeze the layer with requires_grad_(False).", path=path,
        )  # fmt: skip
    else:
        why = _(
            "“{path}” stays in training mode in evaluation too. Make it in __init__, as an attribute or in "
            "nn.ModuleList, and leave out what sets its mode in forward or train().", path=path,
        )  # fmt: skip
    raise refused(why, current_line())


@dataclass(frozen=True)
class Surroundings:
    """The precision in which calls are made now, by device, and whether gradients flow."""

    autocast: tuple[bool, ...]
    gradients: bool

    @classmethod
    def now(cls) -> Surroundings:
        return cls(tuple(torch.is_autocast_enabled(device) for device in _DEVICES), torch.is_grad_enabled())

    def refuse_change(self) -> None:
        """Refuse a call that is made in other surroundings than these."""
        now = self.now()
        if now.autocast != self.autocast:
            why = _(
                "It computes under torch.autocast, in reduced precision. Numbers stay float32 here: leave the autocast out "
                "of forward; a training loop can have it around the whole network."
            )
            raise refused(why, current_line())
        if self.gradients and not now.gradients:
            why = _(
                "It stops the gradients (torch.no_grad or the like), so what is before it would not learn. Here it would. "
                "Leave it out of forward, and freeze those layers with requires_grad_(False)."
            )
            raise refused(why, current_line())
