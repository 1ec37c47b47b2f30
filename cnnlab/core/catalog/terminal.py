"""Where the network begins and ends."""

from __future__ import annotations

from cnnlab.core.catalog.spec import Family, LayerSpec, Params, Sign
from cnnlab.core.graph.shapes import VALUES
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.params import Whole


def _input_summary(params: Params) -> Message:
    return _("{channels} × {height} × {width} pixels", **params)


INPUT = LayerSpec(
    key="input",
    title=_("Input"),
    family=Family.TERMINAL,
    icon="mdi6.import",
    stem="input",
    description=_(
        "Where pictures enter the network. Their values arrive normalised: minus the mean, divided by the standard "
        "deviation of the training set."
    ),
    params=(
        Whole("channels", _("Channels"), _("1 for grey pictures, 3 for colour."), 1, low=1, high=1024),
        Whole("height", _("Height"), _("Pixels from top to bottom."), 28, low=1, high=4096),
        Whole("width", _("Width"), _("Pixels from left to right."), 28, low=1, high=4096),
    ),
    inputs=(0, 0),
    sign=Sign.SIGNED,
    summary=_input_summary,
)

OUTPUT = LayerSpec(
    key="output",
    title=_("Output"),
    family=Family.TERMINAL,
    icon="mdi6.export",
    stem="output",
    description=_(
        "Where the answer leaves, as the last layer gives it: one logit for each class, or one number. Softmax belongs to the "
        "loss and to the display, which turn logits into percentages."
    ),
    outputs=0,
    accepts=(VALUES,),
    summary=lambda params: _("the answer"),
)

LAYERS = (INPUT, OUTPUT)
