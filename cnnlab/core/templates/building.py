"""A network written down in code: layers are added where data comes out, and say where theirs comes out.

``net.chain(x, conv("conv1", 64, 3), relu())`` puts layers behind ``x``; ``net.add(x, y)`` and ``net.cat(x, y)`` join
branches; ``with net.block("layer1.0", "Bottleneck"):`` puts what is added inside under one path.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cnnlab.core import catalog
from cnnlab.core.graph.graph import Graph, Node, Wire
from cnnlab.core.layout.spacing import SPACING
from cnnlab.core.project.project import Block, Layout, Point, Project
from cnnlab.core.values import Frozen

Layer = tuple[str, str, dict[str, Any]]
"""Type, path, parameters that differ from the defaults."""


class Net:
    """A network in the making. A place in it (``x``) is named by the uid of the layer whose output is there; uids are the
    paths, as no node had them before."""

    def __init__(self) -> None:
        self._nodes: list[Node] = []
        self._wires: list[Wire] = []
        self._blocks: dict[str, Block] = {}
        self._places: dict[str, Point] = {}
        self._next: tuple[int, float] | None = None
        self._prefix = ""

    def input(self, channels: int, size: int) -> str:
        """The Input, for square pictures ``(channels, size, size)``."""
        return self.put(("input", "input", {"channels": channels, "height": size, "width": size}))

    def put(self, layer: Layer, *xs: str) -> str:
        """One layer behind the outputs ``xs``, in the order of its ports; returns where its own output is."""
        key, path, params = layer
        spec = catalog.BY_KEY[key]
        uid = self._prefix + path
        self._nodes.append(Node(uid, uid, key, spec.normal(params), spec.version))
        self._wires += [Wire(x, uid, 0, port) for port, x in enumerate(xs)]
        if self._next:
            column, row = self._next
            self._places[uid] = (column * SPACING.pitch[0], row * SPACING.pitch[1])
            self._next = column + 1, row
        return uid

    def chain(self, x: str, *layers: Layer) -> str:
        """Layers one behind the other, the first behind ``x``."""
        for layer in layers:
            x = self.put(layer, x)
        return x

    def add(self, *xs: str) -> str:
        """The sum of several outputs."""
        return self.put(("add", "add", {}), *xs)

    def cat(self, *xs: str) -> str:
        """Several outputs stacked along their channels, in this order."""
        return self.put(("concatenate", "concat", {}), *xs)

    @contextmanager
    def block(self, path: str, kind: str = "") -> Iterator[None]:
        """What is added inside lies under ``path``; the block is of the class ``kind`` in code."""
        outer = self._prefix
        if kind:
            self._blocks[outer + path] = Block(kind)
        self._prefix = f"{outer}{path}."
        yield
        self._prefix = outer

    def ended(self, x: str) -> Net:
        """The net with its Output after ``x``."""
        self.put(("output", "output", {}), x)
        return self

    def line_up(self, column: int, row: float) -> None:
        """From here on, put the cards of what is added side by side into ``row``, the first into ``column``."""
        self._next = column, row

    def project(self) -> Project:
        """The network with a place for every card: as they were lined up, or by the automatic layout."""
        graph = Graph(tuple(self._nodes), tuple(self._wires))
        return Project(graph, Layout(Frozen(self._places or _arranged(graph)), Frozen(self._blocks)))


def _arranged(graph: Graph) -> dict[str, Point]:
    from cnnlab.core.layout import arrange  # brings networkx, which the first network in the window does without

    return arrange.places(graph)


def in_rows(rows: list[list[Layer]]) -> Net:
    """A network without branches, one row of cards for each list."""
    net = Net()
    before: tuple[str, ...] = ()
    for row, layers in enumerate(rows):
        net.line_up(0, row)
        for layer in layers:
            before = (net.put(layer, *before),)
    return net


def chain(rows: list[list[Layer]]) -> Project:
    """A project without branches, one row of cards for each list."""
    return in_rows(rows).project()


def conv(path: str, filters: int, kernel: int | tuple[int, int], **params: Any) -> Layer:
    """A convolution."""
    return "conv2d", path, {"out_channels": filters, "kernel_size": kernel, **params}


def linear(path: str, outputs: int) -> Layer:
    """A linear layer."""
    return "linear", path, {"out_features": outputs}


def bn(path: str, **params: Any) -> Layer:
    """Batch normalisation."""
    return "batchnorm2d", path, params


def relu(path: str = "relu") -> Layer:
    """ReLU."""
    return "relu", path, {}


def max_pool(path: str, kernel: int, stride: int, **params: Any) -> Layer:
    """Max pooling."""
    return "maxpool2d", path, {"kernel_size": kernel, "stride": stride, **params}


def avg_pool(path: str, kernel: int, stride: int, **params: Any) -> Layer:
    """Average pooling."""
    return "avgpool2d", path, {"kernel_size": kernel, "stride": stride, **params}


def pool_to(path: str, size: int) -> Layer:
    """Average pooling to ``size × size``."""
    return "adaptiveavgpool2d", path, {"output_size": size}


def dropout(path: str, p: float) -> Layer:
    """Dropout."""
    return "dropout", path, {"p": p}


def flatten() -> Layer:
    """Flatten."""
    return "flatten", "flatten", {}
