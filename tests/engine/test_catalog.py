"""Every entry of the catalogue as torch runs it: what it computes, what it costs, its sign, its fresh numbers; and layers with
several outputs or a bare parameter all the way through a network, a file and a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from cnnlab.core import catalog
from cnnlab.core.catalog.spec import LayerSpec, Sign
from cnnlab.core.data.sources import Target
from cnnlab.core.graph.graph import Graph, Node, Wire
from cnnlab.core.graph.shapes import Shape
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.core.values import Frozen
from cnnlab.engine.archive import open_project, save
from cnnlab.engine.data.datasets import Dataset, PictureSet
from cnnlab.engine.network import layers, network, shapes, weights
from cnnlab.engine.training.run import Run

LAYERS = [spec for spec in catalog.LAYERS if spec.make or spec.expr]
EACH = pytest.mark.parametrize("spec", LAYERS, ids=lambda spec: spec.key)
MAPS = (6, 9, 8)


def inputs_of(spec: LayerSpec) -> tuple[Shape, ...]:
    return (MAPS if len(MAPS) in spec.accepts else (12,),) * spec.inputs[0]


def made(key: str, *inputs: Shape, **params: Any) -> nn.Module:
    spec = catalog.BY_KEY[key]
    module = layers.make(spec, spec.normal(params), inputs)
    if module.state_dict():
        weights.initialise(module, torch.Generator().manual_seed(1))
    return module


def numbers(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(2, *shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("key", "params", "by_hand"),
    [
        ("minpool2d", {"kernel_size": 3, "stride": 2}, lambda x: x.unfold(2, 3, 2).unfold(3, 3, 2).amin((-2, -1))),
        ("globalavgpool", {}, lambda x: F.adaptive_avg_pool2d(x, 1).flatten(1)),
        ("channelshuffle", {"groups": 3}, lambda x: x[:, [0, 2, 4, 1, 3, 5]]),
        ("split", {"chunks": 3}, lambda x: (x[:, :2], x[:, 2:4], x[:, 4:])),
        ("permute", {}, lambda x: torch.movedim(x, 1, 3)),
        ("permute", {"order": "0, 3, 1, 2"}, lambda x: torch.movedim(x, 3, 1)),
        ("scale", {"initial": 0.5}, lambda x: x * 0.5),
        ("scale", {"initial": 0.5, "form": "1, C, 1, 1"}, lambda x: x * 0.5),
        ("normalise", {"scale": (0.5,), "shift": range(6)}, lambda x: x / 2 + torch.arange(6.0)[:, None, None]),
        ("linear_last", {"out_features": 3}, None),
    ],
)
@torch.no_grad()
def test_expressions_compute_what_they_say(key: str, params: dict[str, Any], by_hand: Any) -> None:
    x = numbers(*MAPS)
    module = made(key, MAPS, **{name: list(v) if isinstance(v, range) else v for name, v in params.items()})
    expected = by_hand(x) if by_hand else torch.einsum("nchw,ow->ncho", x, module.weight) + module.bias
    torch.testing.assert_close(module(x), expected, rtol=0, atol=1e-6)


def test_unflatten_undoes_flatten() -> None:
    x = numbers(*MAPS)
    assert torch.equal(made("unflatten", (432,), size=MAPS[1:])(made("flatten", MAPS)(x)), x)


@torch.no_grad()
def test_joins_compute_what_they_say() -> None:
    maps, pixel = numbers(*MAPS), numbers(6, 1, 1, seed=1)
    torch.testing.assert_close(made("multiply", MAPS, (6, 1, 1))(maps, pixel), maps * pixel)
    torch.testing.assert_close(made("multiply", *[MAPS] * 3)(maps, maps, maps), maps**3)
    torch.testing.assert_close(made("concatenate", MAPS, (6, 1, 1))(maps, maps + 1)[:, 6:], maps + 1)


@settings(max_examples=60)
@given(st.data())
def test_costs_are_half_of_what_torchs_counter_says(data: st.DataObject) -> None:
    """It counts two operations for each multiply–accumulate."""
    key = data.draw(st.sampled_from(["conv2d", "convtranspose2d", "linear", "linear_last"]))
    spec = catalog.BY_KEY[key]
    few = st.integers(1, 3)
    if key.startswith("linear"):
        params: dict[str, Any] = {"out_features": data.draw(st.integers(1, 9))}
    else:
        groups = data.draw(few)
        params = {"groups": groups, "out_channels": groups * data.draw(few)}
        params |= {name: data.draw(st.tuples(few, few)) for name in ("kernel_size", "stride", "dilation")}
        params["padding"] = data.draw(st.integers(0, 2))
    params["bias"] = data.draw(st.booleans())
    size: Shape = (params.get("groups", 1) * data.draw(few), *data.draw(st.tuples(*[st.integers(5, 9)] * 2)))
    size = size[:1] if key == "linear" else size
    normal = spec.normal(params)
    assume(not any(rule(normal, (size,)) for rule in spec.rules))
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        layers.make(spec, normal, (size,))(torch.empty(1, *size))
    assert 2 * shapes.probe(spec, normal, (size,)).macs == counter.get_total_flops() > 0


@EACH
@torch.no_grad()
def test_the_sign_is_what_is_promised(spec: LayerSpec) -> None:
    module = made(spec.key, *inputs_of(spec))
    for signed in (True, False):
        xs = [numbers(*shape, seed=seed) * 3 for seed, shape in enumerate(inputs_of(spec))]
        output = module(*(x if signed else x.abs() for x in xs))
        if spec.sign is Sign.NONNEGATIVE or (spec.sign is Sign.AS_INPUT and not signed):
            assert all(bool((tensor >= 0).all()) for tensor in (output if isinstance(output, tuple) else (output,)))


@EACH
def test_every_layer_has_fresh_numbers_and_none_of_them_from_torchs_own_generator(spec: LayerSpec) -> None:
    """The same as a layer that torch has just made, where nothing is drawn."""
    chosen = {"affine": True, "track_running_stats": True, "per": "channel"}
    params = spec.normal({name: value for name, value in chosen.items() if name in spec.defaults()})
    module, theirs = (layers.make(spec, params, inputs_of(spec)) for _number in range(2))
    if not module.state_dict():
        return
    with torch.no_grad():
        for tensor in module.state_dict().values():
            tensor.fill_(7)
    before = torch.get_rng_state()
    weights.initialise(module, torch.Generator().manual_seed(3))
    assert torch.equal(torch.get_rng_state(), before)
    drawn = isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear))
    for name, tensor in module.state_dict().items():
        if drawn:
            assert bool((tensor != 7).all())
        else:
            assert torch.equal(tensor, theirs.state_dict()[name])


def graph_of(nodes: dict[str, tuple[str, dict[str, Any]]], wires: list[tuple[str, str, int, int]]) -> Graph:
    """Nodes by path and uid alike; wires as (source, target, source port, target port)."""
    return Graph(
        tuple(Node(name, name, key, catalog.BY_KEY[key].normal(params)) for name, (key, params) in nodes.items()),
        tuple(Wire(*wire) for wire in wires),
    )


def two_ways() -> Project:
    """Pictures are normalised, split in two; one half is convolved and scaled, the other weighs it; both are stacked in the
    order second, first."""
    graph = graph_of(
        {
            "input": ("input", {"channels": 4, "height": 6, "width": 5}),
            "prepare": ("normalise", {"scale": (2.0,), "shift": (0.5, 0.25, 0.0, -1.0)}),
            "halves": ("split", {}),
            "block.conv": ("conv2d", {"out_channels": 2, "padding": 1}),
            "block.layer_scale": ("scale", {"initial": 0.1}),
            "gate": ("adaptiveavgpool2d", {}),
            "weigh": ("multiply", {}),
            "stack": ("concatenate", {}),
            "gap": ("globalavgpool", {}),
            "fc": ("linear", {"out_features": 3}),
            "output": ("output", {}),
        },
        [
            ("input", "prepare", 0, 0), ("prepare", "halves", 0, 0), ("halves", "block.conv", 0, 0),
            ("block.conv", "block.layer_scale", 0, 0), ("halves", "gate", 1, 0), ("gate", "weigh", 0, 0),
            ("block.layer_scale", "weigh", 0, 1), ("halves", "stack", 1, 0), ("weigh", "stack", 0, 1),
            ("stack", "gap", 0, 0), ("gap", "fc", 0, 0), ("fc", "output", 0, 0),
        ],
    )  # fmt: skip
    return changes.set_training(Project(graph), epochs=1, batch_size=4, device="cpu", learning_rate=0.1, momentum=0.0)


def by_hand(state: dict[str, Tensor], x: Tensor) -> Tensor:
    x = x * 2 + torch.tensor([0.5, 0.25, 0.0, -1.0])[:, None, None]
    first, second = x[:, :2], x[:, 2:]
    way = F.conv2d(first, state["block.conv.weight"], state["block.conv.bias"], padding=1) * state["block.layer_scale"]
    stacked = torch.cat([second, way * second.mean((2, 3), keepdim=True)], 1)
    return F.linear(stacked.mean((2, 3)), state["fc.weight"], state["fc.bias"])


def ready(project: Project, seed: int = 1) -> network.Network:
    built = network.build(project.graph)
    weights.load(built, project.weights, seed)
    return built


@torch.no_grad()
def test_several_outputs_and_a_bare_parameter_compute_as_by_hand() -> None:
    built = ready(two_ways())
    state = built.state_dict()
    assert set(state) == {"block.conv.weight", "block.conv.bias", "block.layer_scale", "fc.weight", "fc.bias"}
    assert state["block.layer_scale"].shape == (2, 1, 1)
    x = numbers(4, 6, 5)
    torch.testing.assert_close(built(x), by_hand(state, x), rtol=0, atol=1e-6)
    other = ready(two_ways(), seed=2)
    other.load_state_dict({name: tensor.clone() for name, tensor in state.items()}, strict=True)
    assert torch.equal(other(x), built(x))
    with pytest.raises(RuntimeError, match=r"block\.layer_scale"):
        other.load_state_dict({name: state[name] for name in state if "scale" not in name}, strict=True)


def test_they_are_kept_in_a_file(tmp_path: Path) -> None:
    project = two_ways()
    built = ready(project)
    with torch.no_grad():
        built.state_dict()["block.layer_scale"].copy_(torch.tensor([0.25, -3.0]).view(2, 1, 1))
    project = replace(project, weights=weights.snapshot(built, 5))
    save(project, tmp_path / "two.cnnlab")
    opened = open_project(tmp_path / "two.cnnlab").project
    assert opened.graph == project.graph
    x = numbers(4, 6, 5)
    assert torch.equal(ready(opened, seed=9)(x), built(x))


def test_one_step_of_training_moves_the_bare_parameter() -> None:
    project = two_ways()
    images = torch.randint(0, 256, (4, 4, 6, 5), dtype=torch.uint8, generator=torch.Generator().manual_seed(2))
    pictures = PictureSet(images, torch.arange(4) % 3)
    project = replace(project, weights=weights.snapshot(ready(project), 0))
    ends = [event for event in Run(project, dataset(pictures)).events() if hasattr(event, "weights")]
    before, after = (event.weights.nodes["block.layer_scale"]["weight"] for event in (ends[0], ends[-1]))
    assert np.all(before == np.float32(0.1))
    assert np.all(after != before)


def dataset(pictures: PictureSet) -> Dataset:
    return Dataset("three", Target.CLASSES, ("a", "b", "c"), pictures, pictures, pictures)


@settings(max_examples=60)
@given(
    st.lists(
        st.sampled_from([(4, 3, 3), (4, 1, 1), (2, 3, 3), (4, 3, 2), (2, 1, 1), (4,), (2,)]), min_size=2, max_size=4
    )
)
def test_products_are_refused_exactly_where_torch_would_do_something_else(sizes: list[Shape]) -> None:
    """Equal shapes, or one pixel for each channel of the others; other broadcasts of torch are mistakes here."""
    spec = catalog.BY_KEY["multiply"]
    why = spec.rules[0](Frozen(), tuple(sizes))
    largest = max(sizes, key=lambda size: int(np.prod(size)))
    sensible = all(size == largest or (len(largest) == 3 and size == (largest[0], 1, 1)) for size in sizes)
    assert (why is None) == sensible
    if sensible:
        assert shapes.probe(spec, Frozen(), tuple(sizes)).outputs == (largest,)


@pytest.mark.parametrize(
    ("key", "size", "params", "text"),
    [
        ("conv2d", (1_000_000, 3, 3), {"out_channels": 65536}, "it would need 2.4 TB. Nothing was allocated. Lower “Filters”"),
        ("conv2d", (2**31 - 1, 9, 9), {"out_channels": 65536, "kernel_size": 1024, "padding": 1024},
         "it would need more than 9223 PB. Nothing was allocated."),
        ("convtranspose2d", (2**31 - 1, 1, 1), {"out_channels": 65536, "kernel_size": 1024}, "it would need more than 9223 PB."),
        ("linear_last", (2**20, 32, 32), {"out_features": 1_000_000}, "it would need 134 TB. Nothing was allocated."),
        ("adaptiveavgpool2d", (2**21, 1, 1), {"output_size": 1024}, "it would need 8.8 TB. Nothing was allocated."),
        ("zeropad2d", (2048, 1000, 1000), dict.fromkeys(("left", "right", "top", "bottom"), 512), "it would need 34 GB."),
        ("convtranspose2d", (3, 4, 4), {"padding": (1, 5)},
         "its padding of 5 cuts off all of the output: a width of -4 would be left."),
        ("convtranspose2d", (3, 4, 4), {"output_padding": 1}, "the output padding must be smaller than the stride or the"),
        ("convtranspose2d", (3, 4, 4), {"groups": 2}, "3 input channels cannot be split into 2 equal groups."),
        ("maxpool2d", (3, 1, 1), {"padding": 1, "stride": 1, "dilation": 2}, "with dilation 2 a window would read padding only"),
        ("reflectionpad2d", (3, 4, 4), {"bottom": 4}, "a side of 4 can be mirrored by at most 3 pixels, and 4 are asked for."),
        ("instancenorm2d", (3, 1, 1), {}, "it normalises each map by itself, and the maps that arrive have one pixel only"),
        ("groupnorm", (6, 4, 4), {"num_groups": 4}, "6 input channels cannot be split into 4 equal groups."),
        ("unflatten", (10,), {"size": 2}, "10 values do not fill maps of 2 × 2."),
        ("channelshuffle", (6, 4, 4), {"groups": 4}, "6 input channels cannot be split into 4 equal groups."),
        ("split", (6, 4, 4), {"chunks": 4}, "6 input channels cannot be split into 4 equal groups."),
        ("normalise", (3, 4, 4), {"shift": (1, 2)}, "2 shifts are given for 3 channels."),
        ("scale", (3,), {}, "the form “C, 1, 1” is for maps, and a list of values arrives. Choose the form “1”"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_in_words_and_at_once(key: str, size: Shape, params: dict[str, Any], text: str) -> None:
    spec = catalog.BY_KEY[key]
    seen = shapes.probe(spec, spec.normal(params), (size,))
    assert str(seen.why).startswith(text)
    assert seen.outputs == ()


def test_an_output_that_nothing_reads_is_advice() -> None:
    project = two_ways()
    (wire,) = (wire for wire in project.graph.wires if wire.target == "block.conv")
    facts = shapes.infer(changes.disconnect(project, [wire]).graph)
    assert [str(problem.message) for problem in facts.problems_of("halves")] == [
        "halves: nothing reads output 1, so its values are lost."
    ]
    assert not shapes.infer(project.graph).problems


def test_fewer_parts_take_the_wires_of_the_others_along() -> None:
    project = changes.set_params(two_ways(), "halves", chunks=4)
    project = changes.connect(project, Wire("halves", "gate", 3, 0))
    assert shapes.infer(project.graph).of("gate").output == (1, 1, 1)
    fewer = changes.set_params(project, "halves", chunks=2)
    assert set(project.graph.wires) - set(fewer.graph.wires) == {Wire("halves", "gate", 3, 0)}


def test_a_wire_from_an_output_that_is_not_there_is_a_problem_at_its_end() -> None:
    project = two_ways()
    facts = shapes.infer(project.graph.connect(Wire("halves", "gate", 2, 0)))
    assert [str(problem.message) for problem in facts.problems_of("gate")] == [
        "gate is fed by output 3 of halves, which has only 2. Connect another output."
    ]
    assert not facts.trainable
