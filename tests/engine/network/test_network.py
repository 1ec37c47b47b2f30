"""The built network computes what its graph says: the same as an interpreter of the graph written here, in plain torch."""

from __future__ import annotations

import copy
import io
import pickle
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from cnnlab.core import catalog, templates
from cnnlab.core.graph import paths, topology
from cnnlab.core.graph.facts import Facts
from cnnlab.core.graph.graph import Graph, Node, Wire
from cnnlab.core.project import changes, checks
from cnnlab.core.project.goals import Goal
from cnnlab.core.project.project import Project, Weights
from cnnlab.core.values import Frozen
from cnnlab.engine.network import shapes, weights
from cnnlab.engine.network.network import BuildError, Network, build

PICTURE = (2, 6, 7)


def interpret(graph: Graph, state: dict[str, Tensor], pictures: Tensor) -> dict[str, Tensor]:
    """The output of every node, in evaluation mode, with the numbers of ``state``."""
    outputs: dict[str, Tensor] = {}

    def module_of(node: Node, first: Tensor) -> nn.Module:
        p = dict(node.params)
        made: dict[str, Any] = {
            "input": nn.Identity, "output": nn.Identity, "identity": nn.Identity, "relu": nn.ReLU, "tanh": nn.Tanh,
            "sigmoid": nn.Sigmoid, "flatten": nn.Flatten, "dropout": nn.Dropout,
        }  # fmt: skip
        if node.type in made:
            return made[node.type]()
        if node.type == "conv2d":
            return nn.Conv2d(first.shape[1], p.pop("out_channels"), p.pop("kernel_size"), **p)
        if node.type == "batchnorm2d":
            return nn.BatchNorm2d(first.shape[1], **p)
        if node.type == "maxpool2d":
            return nn.MaxPool2d(p.pop("kernel_size"), **p)
        if node.type == "adaptiveavgpool2d":
            return nn.AdaptiveAvgPool2d(p["output_size"])
        if node.type == "softmax":
            return nn.Softmax(1)
        assert node.type == "linear"
        return nn.Linear(first.shape[1], p["out_features"], p["bias"])

    def output(uid: str) -> Tensor:
        if uid not in outputs:
            node = graph.by_uid[uid]
            inputs = [
                output(wire.source) for wire in sorted(graph.wires, key=lambda w: w.target_port) if wire.target == uid
            ]
            if node.type == "add":
                outputs[uid] = sum(inputs[1:], inputs[0])
            elif node.type == "concatenate":
                outputs[uid] = torch.cat(inputs, 1)
            else:
                module = module_of(node, (inputs or [pictures])[0])
                here = f"{node.path}."
                module.load_state_dict({k.removeprefix(here): v for k, v in state.items() if k.startswith(here)})
                outputs[uid] = module.eval()((inputs or [pictures])[0])
        return outputs[uid]

    for node in graph.nodes:
        output(node.uid)
    return outputs


SAME_SIZE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("relu", {}), ("tanh", {}), ("sigmoid", {}), ("identity", {}), ("dropout", {}), ("batchnorm2d", {}),
    ("batchnorm2d", {"affine": False}), ("maxpool2d", {"kernel_size": 3, "stride": 1, "padding": 1}),
    ("conv2d", {"out_channels": 2, "padding": 1}), ("conv2d", {"out_channels": 4, "padding": "same", "bias": False}),
    ("conv2d", {"out_channels": 2, "kernel_size": 1, "padding_mode": "reflect"}),
)  # fmt: skip
NAMES = ("graph", "record", "order", "module", "layer1.0.conv", "layer1.1", "0", "features.0.0", "_output", "_steps")


@st.composite
def networks(draw: st.DrawFn) -> Graph:
    """Branches and joins between Input and Output, in maps of one height and width; nodes added in any order."""
    nodes = [Node("input", "input", "input", Frozen(dict(zip(("channels", "height", "width"), PICTURE, strict=True))))]
    wires: list[Wire] = []
    channels = {"input": PICTURE[0]}
    names = draw(st.permutations(NAMES))

    def add(key: str, params: dict[str, Any], sources: list[str]) -> str:
        uid = f"n{len(nodes)}"
        path = names[len(nodes)] if len(nodes) < len(names) else uid
        nodes.append(Node(uid, path, key, catalog.BY_KEY[key].normal(params)))
        wires.extend(Wire(source, uid, 0, port) for port, source in enumerate(sources))
        return uid

    for _number in range(draw(st.integers(0, 8))):
        source = draw(st.sampled_from(sorted(channels)))
        kind = draw(st.sampled_from(["one", "one", "add", "concatenate"]))
        if kind == "one":
            key, params = draw(st.sampled_from(SAME_SIZE))
            channels[add(key, params, [source])] = params.get("out_channels", channels[source])
        elif kind == "add":
            fitting = sorted(uid for uid, count in channels.items() if count == channels[source])
            sources = draw(st.lists(st.sampled_from(fitting), min_size=2, max_size=3))
            channels[add("add", {}, sources)] = channels[source]
        else:
            sources = draw(st.lists(st.sampled_from(sorted(channels)), min_size=2, max_size=3))
            channels[add("concatenate", {}, sources)] = sum(channels[source] for source in sources)
    last = add("flatten", {}, [draw(st.sampled_from(sorted(channels)))])
    last = add("linear", {"out_features": 3}, [last])
    nodes.append(Node("output", "output", "output"))
    wires.append(Wire(last, "output"))
    return Graph(tuple(draw(st.permutations(nodes))), tuple(draw(st.permutations(wires))))


def ready(graph: Graph, *, whole: bool = True) -> Network:
    """Built, with fresh numbers and running averages that are not the start's, in evaluation mode."""
    network = build(graph, whole=whole)
    weights.load(network, Weights(), seed=1)
    for name, buffer in network.named_buffers():
        if name.endswith(("running_mean", "running_var")):
            buffer.copy_(torch.linspace(0.5, 1.5, buffer.numel()))
    return network.eval()


def pictures(count: int = 3) -> Tensor:
    return torch.randn(count, *PICTURE, generator=torch.Generator().manual_seed(5))


@settings(max_examples=60)
@given(networks())
@torch.no_grad()
def test_every_output_is_the_interpreters(graph: Graph) -> None:
    facts = shapes.infer(graph)
    assert facts.trainable, [str(problem.message) for problem in facts.problems]
    network = ready(graph, whole=False)
    calls: Counter[nn.Module] = Counter()
    for uid in network.order:
        network.module(uid).register_forward_hook(lambda module, inputs, output: calls.update([module]))
    logits, recorded = network.record(pictures(), set(network.order))
    expected = interpret(graph, network.state_dict(), pictures())
    assert set(recorded) == set(graph.by_uid)
    for uid, output in recorded.items():
        torch.testing.assert_close(output, expected[uid], rtol=0, atol=1e-6)
        assert facts.of(uid).output == tuple(output.shape[1:])
    torch.testing.assert_close(logits, expected["output"], rtol=0, atol=1e-6)
    assert len(calls) == len(graph.nodes)
    assert set(calls.values()) == {1}


@settings(max_examples=30)
@given(networks())
@torch.no_grad()
def test_the_whole_network_is_what_leads_to_the_output(graph: Graph) -> None:
    network = ready(graph)
    assert set(network.order) == topology.upstream(graph, "output")
    parts = Graph(tuple(graph.by_uid[uid] for uid in network.order), graph.wires)
    expected = interpret(parts, network.state_dict(), pictures())["output"]
    torch.testing.assert_close(network(pictures()), expected, rtol=0, atol=1e-6)


def test_keys_are_paths_and_load_by_key() -> None:
    project = changes.rename(templates.BY_KEY["mnist"].build(), "conv2", "layer1.0.conv2")
    project = changes.rename(project, "fc1", "layer1.fc")
    network = ready(project.graph)
    assert list(network.state_dict()) == [
        f"{path}.{name}"
        for path in ("conv1", "layer1.0.conv2", "layer1.fc", "conv3", "fc2")
        for name in ("weight", "bias")
    ]
    other = build(project.graph)
    other.load_state_dict(network.state_dict())
    picture = torch.randn(2, 1, 28, 28)
    with torch.no_grad():
        assert torch.equal(other.eval()(picture), network(picture))
    assert network.get_submodule("layer1.0.conv2") is network.module("conv2")


@pytest.mark.parametrize("name", ["graph", "order", "record", "module", "_steps", "_output", "_register"])
def test_a_layer_may_be_called_as_an_attribute_of_the_network(name: str) -> None:
    assert paths.refusal(name, ()) is None
    graph = changes.rename(templates.BY_KEY["mnist"].build(), "conv1", name).graph
    network = ready(graph)
    assert f"{name}.weight" in network.state_dict()
    assert network.graph is graph
    with torch.no_grad():
        assert network(torch.zeros(2, 1, 28, 28)).shape == (2, 10)


def scaled() -> Graph:
    """The MNIST net with two bare parameters, one behind a layer of the block that it is in."""
    project = templates.BY_KEY["mnist"].build()
    for uid, before, path in (("inner", "relu2", "graph.scale"), ("outer", "relu1", "scale")):
        (wire,) = project.graph.outgoing(before)
        project = changes.add_layer(project, "scale", (0, 0), uid=uid)
        project = changes.rename(changes.insert_on_wire(project, wire, uid), uid, path)
    return changes.rename(project, "conv2", "graph.conv").graph


def saved_and_loaded(network: Network) -> Network:
    file = io.BytesIO()
    torch.save(network, file)
    file.seek(0)
    loaded = torch.load(file, weights_only=False)
    assert isinstance(loaded, Network)
    return loaded


def test_a_bare_parameter_has_the_place_of_a_modules_own() -> None:
    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(32, 64, 3)
            self.scale = nn.Parameter(torch.ones(64, 1, 1))

    class Same(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.graph, self.conv3 = nn.Conv2d(1, 32, 3), Block(), nn.Conv2d(64, 64, 3)
            self.fc1, self.fc2 = nn.Linear(576, 64), nn.Linear(64, 10)
            self.scale = nn.Parameter(torch.ones(32, 1, 1))

    assert list(ready(scaled()).state_dict()) == list(Same().state_dict())


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda network: pickle.loads(pickle.dumps(network)), saved_and_loaded],
    ids=["deepcopy", "pickle", "torch.save"],
)  # fmt: skip
@torch.no_grad()
def test_a_copy_computes_the_same_and_has_numbers_of_its_own(copied: Callable[[Network], Network]) -> None:
    network = ready(scaled())
    twin = copied(network)
    picture = torch.randn(2, 1, 28, 28)
    assert torch.equal(twin(picture), network(picture))
    assert list(twin.state_dict()) == list(network.state_dict())
    assert twin.graph == network.graph
    for tensor in twin.state_dict().values():
        tensor.zero_()
    assert not twin(picture).any()
    assert network(picture).any()
    twin.load_state_dict(network.state_dict())
    assert torch.equal(twin(picture), network(picture))


@torch.no_grad()
def test_numbers_are_never_overwritten_in_place() -> None:
    network = ready(templates.BY_KEY["mnist"].build().graph)
    picture = torch.randn(2, 1, 28, 28)
    alone = {uid: network.record(picture, {uid})[1][uid] for uid in network.order}
    together = network.record(picture, set(network.order))[1]
    for uid, output in alone.items():
        assert torch.equal(output, together[uid])
    assert (together["conv1"] < 0).any()
    assert not (together["relu1"] < 0).any()


def test_a_recording_keeps_gradients() -> None:
    network = ready(templates.BY_KEY["mnist"].build().graph)
    logits, recorded = network.record(torch.randn(2, 1, 28, 28), {"conv2"})
    assert logits is not None
    (gradient,) = torch.autograd.grad(logits[:, 3].sum(), recorded["conv2"])
    assert gradient.shape == (2, 64, 11, 11)
    assert gradient.any()


def without_output() -> Graph:
    return changes.remove(templates.BY_KEY["mnist"].build(), ["output"]).graph


def test_a_network_without_output_cannot_be_trained_and_says_so() -> None:
    with pytest.raises(BuildError) as caught:
        build(without_output())
    assert str(caught.value.message) == "The network has no Output. Add one from the palette."


def test_what_runs_of_a_half_built_network_can_be_looked_at() -> None:
    graph = changes.disconnect(Project(without_output()), [Wire("conv2", "relu2")]).graph
    network = ready(graph, whole=False)
    assert network.order == ("input", "conv1", "relu1", "pool1", "conv2")
    logits, recorded = network.record(torch.randn(2, 1, 28, 28), {"conv2"})
    assert logits is None
    assert recorded["conv2"].shape == (2, 64, 11, 11)
    with pytest.raises(KeyError):
        network.module("relu2")


@pytest.mark.parametrize(
    "graph",
    [
        Graph(),
        Graph((Node("c", "c", "conv2d"), Node("output", "output", "output"))),
        Graph((Node("input", "input", "input", Frozen({"height": 0})), Node("output", "output", "output"))),
    ],
    ids=["empty", "no input", "bad input"],
)
def test_nothing_that_runs_is_said(graph: Graph) -> None:
    with pytest.raises(BuildError, match="Nothing in this network can run yet"):
        build(graph, whole=False)


@st.composite
def drawn_by_hand(draw: st.DrawFn) -> Graph:
    """Layers with small settings, and every wire that the editor would not refuse."""
    kinds = draw(st.lists(st.sampled_from(sorted(catalog.BY_KEY)), max_size=7))
    nodes = [Node("input", "input", "input", Frozen({"height": 6, "width": 6})), Node("output", "output", "output")]
    nodes += [Node(f"n{number}", f"n{number}", key) for number, key in enumerate(kinds)]
    graph = Graph(tuple(replace(node, params=catalog.BY_KEY[node.type].normal(node.params)) for node in nodes))
    ends = st.sampled_from([node.uid for node in nodes])
    for source, target, port in draw(st.lists(st.tuples(ends, ends, st.integers(0, 2)), max_size=12)):
        wire = Wire(source, target, 0, port)
        if checks.refuse_wire(graph, Facts(), wire) is None:
            graph = graph.connect(wire)
    return graph


@settings(max_examples=100)
@given(drawn_by_hand())
@torch.no_grad()
def test_what_is_said_to_run_runs_with_the_sizes_that_are_said(graph: Graph) -> None:
    facts = shapes.infer(graph)
    if not facts.order:
        return
    network = build(graph, whole=False)
    weights.load(network, Weights(), seed=0)
    first = graph.by_uid[facts.order[0]].params
    x = torch.zeros(2, first["channels"], first["height"], first["width"])
    _logits, recorded = network.eval().record(x, set(facts.order))
    assert {uid: tuple(output.shape[1:]) for uid, output in recorded.items()} == {
        uid: facts.of(uid).output for uid in facts.order
    }
    if facts.trainable:
        assert build(graph)(x).shape == (2, *(facts.of("output").output or ()))


def test_what_does_not_lead_to_the_output_does_not_stop_training() -> None:
    project = changes.add_layer(templates.BY_KEY["mnist"].build(), "conv2d", (0, 900), uid="loose", kernel_size=99)
    assert shapes.infer(project.graph, Goal(outputs=10)).trainable
    project = changes.connect(project, Wire("input", "loose"))
    facts = shapes.infer(project.graph, Goal(outputs=10))
    assert facts.problems_of("loose")
    assert facts.trainable
    assert "loose" not in build(project.graph).order


def _pooled(activation: str, params: dict[str, Any], **pool: Any) -> Graph:
    """Convolution, activation, pooling, twice, and a second reader of the last activation but one."""
    rows: list[list[templates.Layer]] = [
        [
            ("input", "input", dict(zip(("channels", "height", "width"), PICTURE, strict=True))),
            ("conv2d", "conv", {"out_channels": 4, "padding": 1}),
            (activation, "act", params),
            ("maxpool2d", "pool", pool),
            ("flatten", "flatten", {}),
            ("linear", "fc", {"out_features": 3}),
            ("output", "output", {}),
        ]
    ]
    return templates.chain(rows).graph


@pytest.mark.parametrize(
    ("activation", "params"),
    [("relu", {}), ("relu6", {}), ("leakyrelu", {"negative_slope": 0.2}), ("tanh", {}), ("elu", {})],
)
@pytest.mark.parametrize("pool", [{}, {"kernel_size": 3, "stride": 1, "padding": 1}])
def test_pooling_before_the_activation_gives_the_same_logits_and_gradients(
    activation: str, params: dict[str, Any], pool: dict[str, Any]
) -> None:
    graph = _pooled(activation, params, **pool)
    network = ready(graph).train()
    for parameter in network.parameters():
        parameter.data.mul_(8)  # so that ReLU6 meets its upper bend too

    def outcome(logits: Tensor | None) -> list[Tensor]:
        assert logits is not None
        gradients = torch.autograd.grad(logits.square().sum(), list(network.parameters()))
        return [logits, *gradients]

    seen: list[str] = []
    for uid in network.order:
        network.module(uid).register_forward_hook(lambda module, inputs, output, uid=uid: seen.append(uid))
    quick, plain = outcome(network(pictures(8))), outcome(network.record(pictures(8), ())[0])
    half = len(seen) // 2
    assert (seen[:half] == seen[half:]) is (activation in ("tanh", "elu"))
    assert sorted(seen[:half]) == sorted(network.order)
    for one, other in zip(quick, plain, strict=True):
        assert torch.equal(one, other)


def test_an_activation_that_others_read_too_stays_before_the_pooling() -> None:
    graph = _pooled("relu", {}, kernel_size=3, stride=1, padding=1)
    graph = graph.add(Node("sum", "sum", "add")).disconnect([wire for wire in graph.wires if wire.target == "flatten"])
    for wire in (Wire("pool", "sum"), Wire("act", "sum", 0, 1), Wire("sum", "flatten")):
        graph = graph.connect(wire)
    network = ready(graph).train()
    plain, _recorded = network.record(pictures(), ())
    assert plain is not None
    assert torch.equal(network(pictures()), plain)


def test_in_evaluation_mode_the_layers_run_in_the_order_of_the_graph() -> None:
    network, seen = ready(_pooled("relu", {})), []
    for uid in network.order:
        network.module(uid).register_forward_hook(lambda module, inputs, output, uid=uid: seen.append(uid))
    network(pictures())
    assert tuple(seen) == network.order
