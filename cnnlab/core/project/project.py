"""The project: everything that a person makes, as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cnnlab.core.data.augmentation import Augmentation
from cnnlab.core.data.preprocessing import Preprocessing
from cnnlab.core.data.sources import SOURCES, Target, named
from cnnlab.core.graph.graph import Graph
from cnnlab.core.training.learning import Learning
from cnnlab.core.training.settings import TrainingSettings
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
class DataSettings:
    """Which pictures, and how many of the training pictures are kept aside for validation."""

    source: str = "mnist"
    validation: int = 5000
    """Number of pictures; at most a fifth of a folder of pictures."""
    seed: int = 0
    """The seed of the split; apart from the seed of a run, so that runs with different seeds are judged on the same pictures."""
    folder: str = ""
    """Where the pictures lie on this computer, for a set that does not come with the app."""
    classes: tuple[str, ...] = ()
    """The folders of a set whose classes only its folder tells, in the order of the logits; empty if it was not read yet."""
    test: int = 5000
    """Pictures kept aside for the test, of a folder that has none of its own; at most a fifth."""


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
    augmentation: Augmentation = Augmentation()
    training: TrainingSettings = TrainingSettings()
    learning: Frozen[str, Learning] = Frozen()
    """By uid, for the layers that do not simply learn from torch's own start."""
    weights: Weights = Weights()
    title: str = ""
    """What the network is called, e.g. ``LeNet-5``."""
    note: str = ""
    """What there is to know about it."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes of the data set; empty if they are not known or there are none."""
        return self.data.classes or SOURCES[self.data.source].classes

    @property
    def outputs(self) -> int | None:
        """How many numbers the network should give for a picture; None if that is not known."""
        return len(self.classes) or None if SOURCES[self.data.source].target is Target.CLASSES else 1

    def names(self, count: int) -> tuple[str, ...]:
        """What ``count`` logits stand for: the classes, or numbers where the classes are not known or are not as many."""
        return named(self.classes, count)

    @property
    def picture_shape(self) -> tuple[int, int, int]:
        """``(C, H, W)`` that a picture from a file is brought to, grey or in colour: the data set's, or the Input's if there
        are no other pictures that it must be like, or those are brought to it themselves."""
        source = SOURCES[self.data.source]
        sized = source.has_pictures and not source.any_size
        for node in () if sized else self.graph.of_type("input")[:1]:
            return 1 if node.params["channels"] == 1 else 3, node.params["height"], node.params["width"]
        return source.shape


def trains_alike(one: Project, other: Project) -> bool:
    """Whether both have the same network, data and settings. Where the cards lie, what the network is called and what its
    weights are now does not count."""
    return _bare(one) == _bare(other)


def holds(project: Project, weights: Weights) -> bool:
    """Whether the layers of ``project`` have the very arrays of ``weights``: nothing was trained, loaded, set or forgotten
    since they were put there."""
    held = project.weights
    return held.step == weights.step and all(
        held.nodes.get(node.uid) is weights.nodes.get(node.uid) for node in project.graph.nodes
    )


def _bare(project: Project) -> Project:
    return replace(project, layout=Layout(), weights=Weights(), title="", note="")
