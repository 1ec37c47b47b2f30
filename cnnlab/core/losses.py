"""Which losses go with which task, and what each expects at the end of the network."""

from __future__ import annotations

from collections.abc import Mapping

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.sources import Target
from cnnlab.core.values import Frozen

FITTING: Mapping[Target, tuple[str, ...]] = Frozen(
    {
        Target.CLASSES: ("cross_entropy", "nll", "hinge"),
        Target.BINARY: ("binary_cross_entropy",),
        Target.NUMBER: ("mse", "mae", "huber"),
    }
)
"""The first is the usual one."""

EXPECTS: Mapping[str, Message] = Frozen(
    {
        "cross_entropy": _("Expects one logit for each class: the last layer is Linear, without Softmax."),
        "nll": _("Expects log-probabilities: the last layer is LogSoftmax, after one value for each class."),
        "binary_cross_entropy": _("Expects one logit: the last layer gives one value, without Sigmoid."),
        "hinge": _("Expects one score for each class: the last layer is Linear, without Softmax."),
        "mse": _("Expects one value: the number itself."),
        "mae": _("Expects one value: the number itself."),
        "huber": _("Expects one value: the number itself."),
    }
)
"""What the network has to give, by loss."""
