"""Random networks that run: for whatever must hold for every valid graph."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from cnnlab.core import catalog
from cnnlab.core.graph import paths
from cnnlab.core.graph.graph import Graph, Node, Wire
from cnnlab.core.project.project import Block, Layout, Project
from cnnlab.core.values import Frozen

PICTURE = (2, 6, 7)
"""``(C, H, W)`` of the Input; all maps keep this height and width until the last layers."""

Value = tuple[str, int]
"""The uid of a layer, and its output port."""

WORDS = (
    "x", "y", "xs", "self", "torch", "nn", "super", "forward_", "items", "keys", "append", "insert", "shortcut", "input",
    "sum", "print", "layer1", "conv", "l", "O", "I", "_a", "_", "Tensor", "Net", "Block", "StochasticDepth", "match",
    "0", "1", "2", "3", "10", "007", "block1-0", "long_" * 14,
)  # fmt: skip
"""Parts of paths: what code may easily stumble over, and numbers."""

ONE_INPUT: tuple[tuple[str, dict[str, Any]], ...] = (
    ("relu", {}), ("tanh", {}), ("identity", {}), ("dropout", {"p": 0.25}), ("batchnorm2d", {}), ("prelu", {"per": "channel"}),
    ("batchnorm2d", {"affine": False}), ("maxpool2d", {"kernel_size": 3, "stride": 1, "padding": 1}), ("layernorm2d", {}),
    ("avgpool2d", {"kernel_size": (1, 3), "stride": 1, "padding": (0, 1)}), ("scale", {"initial": 0.5}),
    ("scale", {"form": "1"}), ("stochasticdepth", {"p": 0.1}), ("normalise", {"scale": (0.5,), "shift": (-1.0,)}),
    ("minpool2d", {"kernel_size": 3, "stride": 1, "padding": 1}), ("localresponsenorm", {"size": 3}),
    ("groupnorm", {"num_groups": 1}),
    ("conv2d", {"out_channels": 2, "padding": 1}), ("conv2d", {"out_channels": 4, "padding": "same", "bias": False}),
    ("conv2d", {"out_channels": 2, "kernel_size": 1, "padding_mode": "reflect"}),
)  # fmt: skip
"""Layers that keep height and width."""


@dataclass
class Growing:
    """A network in the making. ``channels`` has all that can be read so far."""

    nodes: list[Node] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    channels: dict[Value, int] = field(default_factory=dict)
    blocks: dict[str, Block] = field(default_factory=dict)

    def put(self, path: str, key: str, sources: list[Value], **params: Any) -> Value:
        """One layer more; returns its first output."""
        spec = catalog.BY_KEY[key]
        uid = f"n{len(self.nodes)}"
        normal = spec.normal(params)
        self.nodes.append(Node(uid, path, key, normal, spec.version))
        self.wires.extend(Wire(source, uid, port, place) for place, (source, port) in enumerate(sources))
        count = sum(self.channels[source] for source in sources) if key == "concatenate" else 0
        for port in range(spec.ports(normal)):
            before = self.channels[sources[0]] if sources else PICTURE[0]
            self.channels[uid, port] = params.get("out_channels") or count or before // max(1, spec.ports(normal))
        return uid, 0

    def is_free(self, path: str) -> bool:
        """Whether a layer may be called ``path``."""
        return paths.refusal(path, [node.path for node in self.nodes]) is None

    def ended(self, draw: st.DrawFn, last: Value) -> Project:
        """The whole network, its nodes and wires in any order."""
        last = self.put("head", draw(st.sampled_from(["globalavgpool", "flatten"])), [last])
        last = self.put("fc", "linear", [last], out_features=3)
        self.nodes.append(Node("output", "output", "output"))
        self.wires.append(Wire(last[0], "output", last[1]))
        graph = Graph(tuple(draw(st.permutations(self.nodes))), tuple(draw(st.permutations(self.wires))))
        layout = Layout(blocks=Frozen(self.blocks))
        return Project(graph, layout, title=draw(st.text(max_size=20)), note=draw(st.text(max_size=40)))


def _begun() -> tuple[Growing, Value]:
    net = Growing()
    sizes = dict(zip(("channels", "height", "width"), PICTURE, strict=True))
    return net, net.put("input", "input", [], **sizes)


@st.composite
def tangles(draw: st.DrawFn) -> Project:
    """Any wiring under any names: blocks may be entered and left as often as they like."""
    net, _start = _begun()
    names = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(".".join)

    def add(key: str, sources: list[Value], **params: Any) -> Value:
        path = draw(names)
        return net.put(path if net.is_free(path) else f"n{len(net.nodes)}", key, sources, **params)

    last = ("n0", 0)
    for _number in range(draw(st.integers(1, 10))):
        source = draw(st.sampled_from(sorted(net.channels)))
        kind = draw(st.sampled_from(["one", "one", "one", "add", "multiply", "concatenate", "split"]))
        alike = sorted(value for value, count in net.channels.items() if count == net.channels[source])
        if kind == "split" and net.channels[source] % 2 == 0:
            last = add("split", [source], chunks=2)
        elif kind == "concatenate":
            last = add(kind, draw(st.lists(st.sampled_from(sorted(net.channels)), min_size=2, max_size=4)))
        elif kind in ("add", "multiply"):
            last = add(kind, draw(st.lists(st.sampled_from(alike), min_size=2, max_size=3)))
        else:
            key, params = draw(st.sampled_from(ONE_INPUT))
            last = add(key, [source], **params)
    return net.ended(draw, last)


@st.composite
def stacks(draw: st.DrawFn) -> Project:
    """Blocks one behind the other, as in networks of the literature: some equal, some equal but for numbers or a shortcut."""
    net, x = _begun()
    builders = draw(st.lists(st.sampled_from(BUILDERS), min_size=1, max_size=2, unique=True))
    numbered = draw(st.booleans())
    with_kinds = draw(st.booleans())
    for number in range(draw(st.integers(1, 6))):
        build = draw(st.sampled_from(builders))
        path = f"stage.{number}" if numbered else f"{build.__name__}{number}"
        if with_kinds:
            net.blocks[path] = Block(build.__name__.title())
        x = build(net, f"{path}.", x, draw(st.sampled_from([2, 4])), draw(st.booleans()))
    return net.ended(draw, x)


def plain(net: Growing, at: str, x: Value, width: int, flag: bool) -> Value:
    """A numbered chain, with an expression in it or not."""
    x = net.put(f"{at}0", "conv2d", [x], out_channels=width, padding=1, bias=flag)
    x = net.put(f"{at}1", "channelshuffle", [x], groups=2 if flag else width)
    return net.put(f"{at}2", "relu", [x])


def residual(net: Growing, at: str, x: Value, width: int, flag: bool) -> Value:
    """Two convolutions and a shortcut, which has a convolution where it must or if ``flag`` says so."""
    y = net.put(f"{at}conv1", "conv2d", [x], out_channels=width, padding=1)
    y = net.put(f"{at}bn", "batchnorm2d", [y])
    y = net.put(f"{at}conv2", "conv2d", [y], out_channels=width, padding=1)
    if flag or net.channels[x] != width:
        x = net.put(f"{at}downsample.0", "conv2d", [x], out_channels=width, kernel_size=1)
        x = net.put(f"{at}downsample.1", "batchnorm2d", [x])
    return net.put(f"{at}relu", "relu", [net.put(f"{at}add", "add", [y, x])])


def inverted(net: Growing, at: str, x: Value, width: int, flag: bool) -> Value:
    """A chain with a shortcut at its end, if that fits and ``flag`` says so."""
    y = net.put(f"{at}conv.0", "conv2d", [x], out_channels=2 * net.channels[x], kernel_size=1)
    y = net.put(f"{at}conv.1", "conv2d", [y], out_channels=width, padding=1)
    if not flag or net.channels[x] != width:
        return y
    y = net.put(f"{at}drop", "stochasticdepth", [y], p=0.1)
    return net.put(f"{at}add", "add", [x, y])


def branches(net: Growing, at: str, x: Value, width: int, flag: bool) -> Value:
    """Three ways side by side, stacked."""
    a = net.put(f"{at}branch1", "conv2d", [x], out_channels=width, kernel_size=1)
    b = net.put(f"{at}branch2.0", "conv2d", [x], out_channels=2, kernel_size=1)
    b = net.put(f"{at}branch2.1", "conv2d", [b], out_channels=width, padding=1)
    c = net.put(f"{at}pool", "maxpool2d", [x], kernel_size=3, stride=1, padding=1)
    c = net.put(f"{at}project", "conv2d", [c], out_channels=2 if flag else width, kernel_size=1)
    return net.put(f"{at}cat", "concatenate", [a, b, c])


def dense(net: Growing, at: str, x: Value, width: int, flag: bool) -> Value:
    """Layers that each read all before."""
    values = [x]
    for number in range(4 if flag else 3):
        y = net.put(f"{at}layer{number}.cat", "concatenate", values) if number else x
        y = net.put(f"{at}layer{number}.norm", "batchnorm2d", [y])
        values.append(net.put(f"{at}layer{number}.conv", "conv2d", [y], out_channels=width, padding=1))
    x = net.put(f"{at}cat", "concatenate", values)
    return net.put(f"{at}narrow", "conv2d", [x], out_channels=width, kernel_size=1) if width == 2 else x


def listed(net: Growing, at: str, x: Value, width: int, flag: bool) -> Value:
    """Convolutions in a list, with something between them that is not in it."""
    for number in range(4 if flag else 2):
        y = net.put(f"{at}convs.{number}", "conv2d", [x], out_channels=net.channels[x], padding=1)
        x = net.put(f"{at}add{number}", "add", [y, x])
    return x


def gated(net: Growing, at: str, x: Value, width: int, flag: bool) -> Value:
    """Channels weighed by what is in them, then by a bare parameter."""
    y = net.put(f"{at}pool", "adaptiveavgpool2d", [x], output_size=1)
    y = net.put(f"{at}fc1", "conv2d", [y], out_channels=width, kernel_size=1)
    y = net.put(f"{at}fc2", "conv2d", [y], out_channels=net.channels[x], kernel_size=1)
    x = net.put(f"{at}multiply", "multiply", [y, x])
    return net.put(f"{at}scale", "scale", [x], initial=0.5 if flag else 0.25)


def halves(net: Growing, at: str, x: Value, width: int, flag: bool) -> Value:
    """Two halves that go different ways."""
    x = net.put(f"{at}widen", "conv2d", [x], out_channels=2 * width, kernel_size=1)
    uid, _port = net.put(f"{at}split", "split", [x], chunks=2)
    y = net.put(f"{at}conv", "conv2d", [(uid, 1)], out_channels=width, padding=1)
    return net.put(f"{at}cat", "concatenate", [(uid, 0), y] if flag else [y, (uid, 0)])


BUILDERS = (plain, residual, inverted, branches, dense, listed, gated, halves)

networks = st.one_of(tangles(), stacks())
"""Projects whose network runs from Input to Output."""
