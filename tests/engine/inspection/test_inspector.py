"""What the window shows is what torch computed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from cnnlab.core import templates
from cnnlab.core.graph.graph import Wire
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project, Weights
from cnnlab.engine.data.preparation import prepare
from cnnlab.engine.inspection.inspector import Inspector, strip
from cnnlab.engine.inspection.looks import Input, Look
from cnnlab.engine.network import network, weights

PICTURE = np.random.default_rng(0).integers(0, 256, (1, 28, 28), dtype=np.uint8)


def look(project: Project, layer: str | None = None, strips: frozenset[str] = frozenset()) -> Look:
    """At ``PICTURE``; fresh weights start from the seed 3."""
    seeded = replace(project, training=replace(project.training, seed=3))
    return Look(project=seeded, input=Input(pixels=PICTURE), strips=strips, layer=layer)


def plain_starter(net: network.Network) -> nn.Sequential:
    """The starter net written by hand, with the numbers of ``net``."""
    layers: list[nn.Module] = []
    for channels, filters in ((1, 32), (32, 64), (64, 128)):
        layers += [nn.Conv2d(channels, filters, 3), nn.ReLU(), nn.MaxPool2d(2)]
    plain = nn.Sequential(*layers, nn.Flatten(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 10))
    plain.load_state_dict(dict(zip(plain.state_dict(), net.state_dict().values(), strict=True)))
    return plain.eval()


def test_every_recorded_number_is_torchs() -> None:
    project = templates.BY_KEY["mnist"].build()
    net = network.build(project.graph).eval()
    weights.load(net, Weights(), 3)
    plain = plain_starter(net)
    inspector = Inspector()
    value = prepare(torch.from_numpy(PICTURE)[None], project.preprocessing, (1, 28, 28))
    with torch.inference_mode():
        for uid, module in zip(net.order[1:-1], plain, strict=True):
            value = module(value)
            seen = inspector.look(look(project, uid, frozenset(project.graph.by_uid)))
            assert seen.layer is not None
            np.testing.assert_allclose(seen.layer.maps.reshape(-1), value.numpy().reshape(-1), rtol=1e-5, atol=1e-6)
            for name, tensor in module.state_dict().items():
                np.testing.assert_array_equal(seen.layer.tensors[name], tensor.numpy())
    assert seen.logits is not None
    assert seen.probabilities is not None
    np.testing.assert_allclose(seen.logits, value[0].numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(seen.probabilities, torch.softmax(value[0], 0).numpy(), rtol=1e-5)
    assert set(seen.strips) == set(project.graph.by_uid)


def test_layer_record_holds_what_fed_it() -> None:
    project = templates.BY_KEY["mnist"].build()
    inspector = Inspector()
    pool = inspector.look(look(project, "pool1")).layer
    conv = inspector.look(look(project, "conv2")).layer
    assert pool is not None
    assert conv is not None
    np.testing.assert_array_equal(conv.inputs[0], pool.maps)


def test_new_weights_reach_the_picture_and_old_records_stay() -> None:
    project = templates.BY_KEY["mnist"].build()
    inspector = Inspector()
    first = inspector.look(look(project, "conv1"))
    assert first.layer is not None
    kept = first.layer.tensors["weight"].copy()
    net = network.build(project.graph)
    weights.load(net, Weights(), seed=9)
    trained = replace(project, weights=weights.snapshot(net, 12))
    second = inspector.look(look(trained, "conv1"))
    assert second.layer is not None
    assert second.step == 12
    np.testing.assert_array_equal(second.layer.tensors["weight"], net.get_parameter("conv1.weight").detach().numpy())
    np.testing.assert_array_equal(first.layer.tensors["weight"], kept)
    assert not np.array_equal(kept, second.layer.tensors["weight"])


def test_half_built_network_shows_as_far_as_it_runs() -> None:
    project = templates.BY_KEY["empty"].build()
    project = changes.add_layer(project, "conv2d", (0, 0), uid="a")
    project = changes.add_layer(project, "relu", (0, 0), uid="b")
    project = changes.connect(project, Wire("input", "a"))
    seen = Inspector().look(look(project, "a", frozenset({"input", "a", "b"})))
    assert seen.probabilities is None
    assert set(seen.strips) == {"input", "a"}
    assert seen.layer is not None
    assert seen.layer.maps.shape == (32, 26, 26)


def test_nothing_to_run_is_said() -> None:
    seen = Inspector().look(look(Project()))
    assert "Nothing in this network can run yet" in str(seen.why)
    assert seen.received is seen.logits is seen.probabilities is None
    with pytest.raises(network.BuildError):
        Inspector().load(Project())


def test_strip_shows_the_first_maps_on_the_scale_of_all() -> None:
    maps = np.zeros((6, 3, 5), np.float32)
    maps[1], maps[5] = -1.0, 4.0
    shown = strip(maps, signed=True)
    assert shown.indices.shape == (3, 4 * 5 + 3)
    assert set(np.unique(shown.indices[:, 6:11])) == {128 - round(127 / 4)}
    assert strip(np.arange(100, dtype=np.float32), signed=False).indices.shape == (1, 64)
    assert strip(np.ones((80, 1, 1), np.float32), signed=False).indices.shape == (1, 64)


def test_layers_that_are_still_random_are_named() -> None:
    project = templates.BY_KEY["mnist"].build()
    net = network.build(project.graph)
    weights.load(net, Weights(), 0)
    project = replace(project, weights=weights.snapshot(net, 12))
    inspector = Inspector()
    assert inspector.look(look(project)).fresh == ()
    edited = changes.set_params(project, "conv3", out_channels=64)
    assert inspector.look(look(edited)).fresh == ("conv3", "fc1")


def test_fresh_weights_are_those_that_training_would_start_from() -> None:
    project = templates.BY_KEY["mnist"].build()
    inspector = Inspector()
    usual = inspector.look(look(project, "conv1")).layer
    changed = changes.set_learning(project, "conv1", initialisation="constant", value=0.25)
    seen = inspector.look(look(changed, "conv1")).layer
    again = inspector.look(look(project, "conv1")).layer
    assert usual is not None
    assert seen is not None
    assert again is not None
    np.testing.assert_array_equal(seen.tensors["weight"], np.full((32, 1, 3, 3), 0.25, np.float32))
    np.testing.assert_array_equal(again.tensors["weight"], usual.tensors["weight"])


def test_a_look_rests_after_every_layer_and_leaves_torch_as_it_was_meanwhile() -> None:
    project = templates.BY_KEY["mnist"].build()
    inspector = Inspector()
    whole = inspector.look(look(project, "conv2"))
    steps, rests = inspector.looking(look(project, "conv2")), 0
    while True:
        try:
            next(steps)
        except StopIteration as end:
            seen = end.value
            break
        rests += 1
        assert torch.is_grad_enabled()
        assert not torch.is_inference_mode_enabled()
    assert rests == len(project.graph.nodes)
    np.testing.assert_array_equal(seen.logits, whole.logits)
    np.testing.assert_array_equal(seen.layer.maps, whole.layer.maps if whole.layer else None)


def test_a_look_that_is_given_up_leaves_nothing_behind() -> None:
    project = templates.BY_KEY["mnist"].build()
    inspector = Inspector()
    before = inspector.look(look(project)).logits
    given_up = inspector.looking(look(changes.set_params(project, "conv1", bias=False)))
    for _rest in range(5):
        next(given_up)
    given_up.close()
    assert torch.is_grad_enabled()
    np.testing.assert_array_equal(inspector.look(look(project)).logits, before)
