"""The project: everything that a person makes, as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cnnlab.core import imagenet
from cnnlab.core.graph import Graph
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.params import Choice, Param, Real, Whole
from cnnlab.core.preprocessing import Preprocessing
from cnnlab.core.values import Frozen

Point = tuple[float, float]
"""A place on the canvas, in canvas units (pixels at zoom 1): left, top of a card."""


@dataclass(frozen=True)
class Block:
    """What is known of a shared path prefix, such as ``layer1.0``, beside its layers."""

    kind: str = ""
    """The class it is in code, e.g. ``Bottleneck``; several blocks may be of one kind."""


@dataclass(frozen=True)
class Layout:
    """How the network is shown. Apart from the graph: moving a card does not change the network."""

    positions: Frozen[str, Point] = Frozen()
    """Where the cards lie, by uid."""
    blocks: Frozen[str, Block] = Frozen()
    """By path prefix. A prefix without an entry is a block all the same."""


@dataclass(frozen=True)
class Source:
    """A set of labelled pictures that cnnlab knows."""

    title: Message
    classes: tuple[str, ...]
    """Empty if not known."""
    shape: tuple[int, int, int]
    """``(C, H, W)`` of every picture as the set holds it."""
    bundled: bool = False
    """Whether the pictures come with the app."""
    has_pictures: bool = True
    """Whether the app can read the pictures at all; if not, its networks can only be looked into."""

    @property
    def in_colour(self) -> bool:
        """Whether the pictures have red, green and blue."""
        return self.shape[0] == 3

    def lacking(self, folder: Path) -> Path | None:
        """The first folder of a split and class that is not there in ``folder``; None if it can hold this set."""
        places = (folder / split / name for split in ("train", "test") for name in self.classes)
        return next((place for place in places if not place.is_dir()), None)

    def names(self, count: int) -> tuple[str, ...]:
        """What ``count`` logits stand for: the classes, or numbers where the classes are not known or are not as many."""
        return self.classes if len(self.classes) == count else tuple(map(str, range(count)))


SOURCES: Mapping[str, Source] = Frozen(
    {
        "mnist": Source(_("MNIST"), tuple("0123456789"), (1, 28, 28), bundled=True),
        "cifar10": Source(
            _("CIFAR-10"),
            ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
            (3, 32, 32),
        ),
        "imagenet": Source(_("ImageNet"), imagenet.CLASSES, (3, 224, 224), has_pictures=False),
        "none": Source(_("no data set"), (), (3, 224, 224), has_pictures=False),
    }
)


@dataclass(frozen=True)
class DataSettings:
    """Which pictures, and how many of the training pictures are kept aside for validation."""

    source: str = "mnist"
    validation: int = 5000
    """Of a folder of pictures, at most a fifth."""
    seed: int = 0
    """Of the split; apart from the seed of a run, so that runs with different seeds are judged on the same pictures."""
    folder: str = ""
    """Where the pictures lie on this computer, for a set that does not come with the app."""


OPTIMISERS = ("sgd", "adam", "adamw")
SCHEDULES = ("cosine", "constant")
DEVICES = ("auto", "cpu", "cuda", "mps")


@dataclass(frozen=True)
class TrainingSettings:
    """How to train. ``TRAINING_PARAMS`` holds range and words of each field."""

    optimiser: str = "adam"
    learning_rate: float = 0.003
    schedule: str = "cosine"
    momentum: float = 0.9
    weight_decay: float = 0.0
    batch_size: int = 64
    epochs: int = 2
    seed: int = 0
    device: str = "auto"

    def __post_init__(self) -> None:
        for param in TRAINING_PARAMS:
            object.__setattr__(self, param.name, param.normal(getattr(self, param.name)))


TRAINING_PARAMS: tuple[Param, ...] = (
    Choice("optimiser", _("Optimiser"), _("The rule that turns gradients into steps: SGD with momentum, Adam or AdamW."), "adam",
           options=OPTIMISERS),
    Real("learning_rate", _("Learning rate"), _("How large a step is at first. 0.003 suits Adam, 0.05 suits SGD."), 0.003,
         low=0.0, high=100.0, above_low=True),
    Choice("schedule", _("Schedule"), _("How the learning rate goes on: down to zero along a half cosine until the last epoch, "
           "or always the same."), "cosine", options=SCHEDULES),
    Real("momentum", _("Momentum"), _("How much of the last step SGD keeps. Adam has its own."), 0.9, low=0.0, high=0.9999),
    Real("weight_decay", _("Weight decay"), _("Pulls every weight towards zero (L2 for SGD and Adam)."), 0.0, low=0.0, high=10.0,
         advanced=True),
    Whole("batch_size", _("Batch size"), _("How many pictures are looked at before each step."), 64, low=1, high=65536),
    Whole("epochs", _("Epochs"), _("How often every training picture is seen."), 2, low=1, high=100_000),
    Whole("seed", _("Seed"), _("Decides fresh weights and the order of pictures. The same seed gives the same run."), 0,
          low=0, high=2**31 - 1),
    Choice("device", _("Device"), _("Where the numbers are worked out; “auto” takes a graphics card if there is one."), "auto",
           options=DEVICES, advanced=True),
)  # fmt: skip


@dataclass(frozen=True)
class Weights:
    """An immutable snapshot of a network's numbers after ``step`` training steps, by node uid and tensor name.

    The arrays are opaque here (read-only numpy arrays in practice). Nodes that left the graph keep their entry, so that
    undoing a removal brings trained weights back."""

    step: int = 0
    nodes: Frozen[str, Mapping[str, Any]] = field(default=Frozen(), compare=False)

    def where_alike(self, older: Weights) -> Weights:
        """Without the nodes whose tensors in ``older`` have other names or shapes."""
        unlike = {
            uid for uid in self.nodes if uid in older.nodes and _shapes(self.nodes[uid]) != _shapes(older.nodes[uid])
        }
        return Weights(self.step, self.nodes.without(unlike))

    def updated(self, newer: Weights) -> Weights:
        """With every node of ``newer`` taken from there, and its step."""
        return Weights(newer.step, self.nodes | newer.nodes)


def _shapes(tensors: Mapping[str, Any]) -> dict[str, Any]:
    return {name: array.shape for name, array in tensors.items()}


@dataclass(frozen=True)
class Project:
    """Graph, layout, settings and weights. An edit is a function from one project to the next."""

    graph: Graph = Graph()
    layout: Layout = Layout()
    data: DataSettings = DataSettings()
    preprocessing: Preprocessing = Preprocessing()
    training: TrainingSettings = TrainingSettings()
    weights: Weights = Weights()
    title: str = ""
    """What the network is called, e.g. ``LeNet-5``."""
    note: str = ""
    """What there is to know about it."""

    @property
    def picture_shape(self) -> tuple[int, int, int]:
        """``(C, H, W)`` that a picture from a file is brought to, grey or in colour: the data set's, or the Input's if there
        are no other pictures that it must be like."""
        source = SOURCES[self.data.source]
        for node in () if source.has_pictures else self.graph.of_type("input")[:1]:
            return 1 if node.params["channels"] == 1 else 3, node.params["height"], node.params["width"]
        return source.shape
