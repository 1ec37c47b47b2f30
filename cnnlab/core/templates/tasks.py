"""Networks with one output, for what is not a choice among several classes: a yes or no, and a number."""

from __future__ import annotations

from cnnlab.core.messages import message as _
from cnnlab.core.templates.building import Layer, Net, conv, flatten, in_rows, linear, max_pool, relu
from cnnlab.core.templates.template import Chapter, Template
from cnnlab.core.training.settings import TrainingSettings

_GREY = (1, 28, 28)
_INPUT: Layer = ("input", "input", {})
_OUTPUT: Layer = ("output", "output", {})


def _block(number: int, filters: int) -> list[Layer]:
    return [
        conv(f"conv{number}", filters, 3, padding=1),
        relu(f"relu{number}"),
        max_pool(f"pool{number}", 2, 2),
    ]


def _seven() -> Net:
    return in_rows([[_INPUT, *_block(1, 8)], _block(2, 16), [flatten(), linear("fc", 1), _OUTPUT]])


def _angle() -> Net:
    head = [flatten(), linear("fc1", 64), relu("relu4"), linear("fc2", 1), _OUTPUT]
    return in_rows([[_INPUT, *_block(1, 16)], _block(2, 32), _block(3, 64), head])


MNIST_SEVEN = Template(
    key="mnist-seven",
    title=_("Is it a 7?"),
    description=_("Two convolutions and one logit: yes or no; 2,033 parameters"),
    chapter=Chapter.FIRST,
    network=_seven,
    data="mnist_seven",
    shape=_GREY,
    new=_(
        "A yes or no needs one logit, not two: the sigmoid of it is how sure the network is that the digit is a 7. Binary "
        "cross-entropy is the loss that belongs to it."
    ),
    notes=(
        _(
            "Only one digit in ten is a 7, so a network that always says no is right nine times in ten. Precision and recall "
            "tell more than accuracy does here."
        ),
    ),
    parameters=2_033,
    macs=283_024,
    training=TrainingSettings(loss="binary_cross_entropy"),
)

MNIST_ANGLE = Template(
    key="mnist-angle",
    title=_("Angle of a digit"),
    description=_("Regression: three convolutions and one number, the degrees by which a digit is turned"),
    chapter=Chapter.FIRST,
    network=_angle,
    data="mnist_angle",
    shape=_GREY,
    new=_(
        "The answer is a number, not a class: by how many degrees a digit is turned, counter-clockwise, between −45 and 45. "
        "The last layer has one output and nothing after it, and the loss measures how far off that number is."
    ),
    notes=(
        _(
            "Nobody writes quite upright, so even a perfect network is off by a few degrees: the angle is that by which the "
            "picture was turned, whatever slant it had before."
        ),
    ),
    parameters=60_289,
    macs=1_956_160,
    training=TrainingSettings(loss="huber", epochs=3),
)
