"""Networks to start from."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from cnnlab.core import catalog
from cnnlab.core.graph import Graph, Node, Wire
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.project import Layout, Project
from cnnlab.core.values import Frozen

CARD = (176.0, 128.0)
"""Width and height of a layer card, in canvas units."""
PITCH = (232.0, 176.0)
"""From one card to the next, along a row and from row to row."""

Layer = tuple[str, str, dict[str, Any]]
"""Type, path, parameters that differ from the defaults."""


@dataclass(frozen=True)
class Template:
    """A network to start from; ``key`` is what the command line calls it."""

    key: str
    title: Message
    words: Message
    build: Callable[[], Project]


def chain(rows: list[list[Layer]]) -> Project:
    """A network without branches, one row of cards for each list; uids are the paths, as no node had them before."""
    nodes, places = [], {}
    for row, layers in enumerate(rows):
        for column, (key, path, params) in enumerate(layers):
            spec = catalog.BY_KEY[key]
            nodes.append(Node(path, path, key, spec.normal(params), spec.version))
            places[path] = (column * PITCH[0], row * PITCH[1])
    wires = tuple(Wire(a.uid, b.uid) for a, b in itertools.pairwise(nodes))
    return Project(Graph(tuple(nodes), wires), Layout(Frozen(places)))


def _named(project: Project, title: Message, note: Message, **changed: Any) -> Project:
    return replace(project, title=str(title), note=str(note), **changed)


_INPUT: Layer = ("input", "input", {})
_OUTPUT: Layer = ("output", "output", {})
_HEAD: list[Layer] = [
    ("flatten", "flatten", {}),
    ("linear", "fc1", {"out_features": 128}),
    ("relu", "relu4", {}),
    ("linear", "fc2", {"out_features": 10}),
    _OUTPUT,
]


def _starter() -> Project:
    def block(number: int, filters: int) -> list[Layer]:
        return [
            ("conv2d", f"conv{number}", {"out_channels": filters}),
            ("relu", f"relu{number}", {}),
            ("maxpool2d", f"pool{number}", {}),
        ]

    rows = [[_INPUT, *block(1, 32)], block(2, 64), block(3, 128), _HEAD]
    return _named(
        chain(rows),
        _("MNIST starter net"),
        _(
            "Three times convolution, ReLU and pooling, then two linear layers. No padding, so each convolution takes two "
            "pixels off height and width: 28, 26, 13, 11, 5, 3, 1. The last layer gives logits; softmax belongs to the loss "
            "and to the display."
        ),
    )


def _strided() -> Project:
    def block(number: int, filters: int) -> list[Layer]:
        return [
            ("conv2d", f"conv{number}", {"out_channels": filters, "stride": 2}),
            ("relu", f"relu{number}", {}),
        ]

    rows = [[_INPUT, *block(1, 32)], block(2, 64), block(3, 128), _HEAD]
    return _named(
        chain(rows),
        _("MNIST starter net, stride instead of pooling"),
        _(
            "The starter net without pooling: each convolution moves two pixels at a time (stride 2) and makes the maps "
            "smaller itself: 28, 13, 6, 2. It computes less in each convolution, learns the shrinking, and has more "
            "parameters in its first linear layer, because 2 × 2 pixels are left of each map instead of one."
        ),
    )


def _lenet5() -> Project:
    rows: list[list[Layer]] = [
        [
            ("input", "input", {"height": 32, "width": 32}),
            ("conv2d", "c1", {"out_channels": 6, "kernel_size": 5}),
            ("tanh", "tanh1", {}),
            ("avgpool2d", "s2", {}),
        ],
        [
            ("conv2d", "c3", {"out_channels": 16, "kernel_size": 5}),
            ("tanh", "tanh2", {}),
            ("avgpool2d", "s4", {}),
        ],
        [
            ("conv2d", "c5", {"out_channels": 120, "kernel_size": 5}),
            ("tanh", "tanh3", {}),
            ("flatten", "flatten", {}),
        ],
        [
            ("linear", "f6", {"out_features": 84}),
            ("tanh", "tanh4", {}),
            ("linear", "fc", {"out_features": 10}),
            _OUTPUT,
        ],
    ]
    return _named(
        chain(rows),
        _("LeNet-5"),
        _(
            "LeCun, Bottou, Bengio and Haffner, “Gradient-based learning applied to document recognition”, 1998, as it is "
            "usually built today: 61,706 parameters, pictures padded to 32 × 32. In 1998 it differed: S2 and S4 multiplied "
            "their mean by a learned factor, added a learned bias and applied the squashing function; each map of C3 saw "
            "only some of the six maps below (1,516 parameters instead of 2,416); the function was 1.7159 · tanh(2x/3); and "
            "the output measured distances to fixed pictures of the characters (radial basis functions) instead of giving "
            "logits."
        ),
    )


def _empty() -> Project:
    return _named(
        Project(
            Graph(tuple(Node(key, key, key, catalog.BY_KEY[key].defaults()) for key in ("input", "output"))),
            Layout(Frozen({"input": (0.0, 0.0), "output": (3 * PITCH[0], 0.0)})),
        ),
        _("New network"),
        _("Drag layers from the palette between input and output, and connect their ports."),
    )


TEMPLATES: tuple[Template, ...] = (
    Template("mnist", _("MNIST starter net"), _("Convolution, ReLU and pooling three times, then two linear layers; "
             "110,474 parameters"), _starter),
    Template("mnist-strided", _("Starter net, stride instead of pooling"), _("The starter net with strided convolutions "
             "instead of pooling"), _strided),
    Template("lenet5", _("LeNet-5"), _("LeCun 1998 with tanh and average pooling; 61,706 parameters"), _lenet5),
    Template("empty", _("Empty canvas"), _("Only input and output"), _empty),
)  # fmt: skip

BY_KEY: dict[str, Template] = {template.key: template for template in TEMPLATES}
