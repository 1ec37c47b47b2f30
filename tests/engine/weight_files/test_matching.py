"""A file beside a network: every key is accounted for, and nothing is loaded by halves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import small_networks
import torch
import torchvision
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.core import templates
from cnnlab.core.graph.graph import Node, Wire
from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.engine.network import state
from cnnlab.engine.weight_files import Tensors, WeightFileError, match, put

CHAIN = small_networks.CHAIN


def numbers(project: Project, seed: int = 1) -> dict[str, np.ndarray]:
    return {
        key: tensor.numpy()
        for key, tensor in state.network(small_networks.with_numbers(project, seed)).state_dict().items()
    }


def holds(project: Project, tensors: dict[str, np.ndarray]) -> bool:
    held = state.network(project).state_dict()
    return all(torch.equal(held[key], torch.from_numpy(array)) for key, array in tensors.items())


@pytest.mark.parametrize("project", [CHAIN, small_networks.RESIDUAL], ids=lambda p: p.title)
def test_the_weights_of_the_network_itself_fit(project: Project) -> None:
    given = numbers(project)
    found = match(project.graph, given)
    assert found.whole
    assert str(found.text) == f"The weights fit all {len(found.layers)} layers."
    order = [node.path for node in project.graph.nodes if any(key.startswith(f"{node.path}.") for key in given)]
    assert [layer.path for layer in found.layers] == order
    assert holds(put(project, found), given)


@pytest.mark.parametrize("name", ["resnet18", "squeezenet1_1", "densenet121"])
def test_a_template_takes_the_weights_of_torchvision(name: str) -> None:
    model = torchvision.models.get_model(name, weights=None).eval()
    project = templates.BY_KEY[name].build()
    filled = put(project, match(project.graph, {key: tensor.numpy() for key, tensor in model.state_dict().items()}))
    pictures = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(state.network(filled)(pictures), model(pictures))


def test_nothing_of_a_file_that_fits_in_part_is_loaded_unless_that_is_wanted() -> None:
    project = small_networks.with_numbers(CHAIN, 5)
    given = numbers(CHAIN)
    given["fc.weight"], given["fc.bias"] = np.zeros((1000, 48), np.float32), np.zeros(1000, np.float32)
    del given["bn1.bias"]
    given |= {"aux.0.weight": np.zeros(3, np.float32), "aux.0.bias": np.zeros(3, np.float32)}
    found = match(project.graph, given)
    assert [layer.path for layer in found.fits] == ["conv1"]
    assert [str(layer.text) for layer in found.misshaped] == [
        "“fc” needs 5 × 48 for its weight, and the file has 1000 × 48."
    ]
    assert [str(layer.text) for layer in found.missing] == ["The file has no bias for “bn1”."]
    assert [(extra.path, extra.names) for extra in found.extra] == [("aux.0", ("aux.0.bias", "aux.0.weight"))]
    with pytest.raises(WeightFileError, match=r"Nothing was loaded.*1 of 3 layers.*1000 × 48.*Load the 1") as refused:
        put(project, found)
    assert refused.value.code == "does-not-fit"
    after = put(project, found, partly=True)
    assert holds(after, {key: given[key] for key in ("conv1.weight", "conv1.bias")})
    before = state.network(project).state_dict()
    assert holds(after, {key: before[key].numpy() for key in before if not key.startswith("conv1")})


def test_a_file_of_another_network_is_refused_even_in_part() -> None:
    found = match(CHAIN.graph, {"features.0.weight": np.zeros((3, 3), np.float32)})
    assert str(found.missing[0].text) == "The file has nothing for “conv1”."
    with pytest.raises(WeightFileError, match=r"0 of 3 layers.*belongs to this network"):
        put(CHAIN, found, partly=True)


def test_one_left_over_tensor_is_enough_to_ask() -> None:
    found = match(CHAIN.graph, numbers(CHAIN) | {"fc.scale": np.zeros(5, np.float32)})
    assert not found.whole
    assert [str(extra.text) for extra in found.extra] == [
        "The file has more tensors for “fc” than the layer uses with its present settings and connections."
    ]
    with pytest.raises(WeightFileError):
        put(CHAIN, found)
    assert holds(put(CHAIN, found, partly=True), numbers(CHAIN))


def test_a_count_of_batches_may_be_missing_as_in_old_files() -> None:
    given = numbers(CHAIN)
    del given["bn1.num_batches_tracked"]
    found = match(CHAIN.graph, given)
    assert found.whole
    assert holds(put(CHAIN, found), given | {"bn1.num_batches_tracked": np.zeros((), np.int64)})


def test_whole_numbers_are_no_weights() -> None:
    given = numbers(CHAIN)
    given["fc.bias"] = given["fc.bias"].astype(np.int64)
    (layer,) = match(CHAIN.graph, given).misshaped
    assert str(layer.text) == "“fc” needs another number type for its bias than the file has (int64)."


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module."])
def test_what_a_wrapper_put_before_the_names_is_taken_off_and_told(prefix: str) -> None:
    given = numbers(CHAIN)
    found = match(CHAIN.graph, {prefix + key: array for key, array in given.items()})
    assert found.whole
    assert len(found.notes) == prefix.count(".")
    assert holds(put(CHAIN, found), given)


def test_a_network_that_is_itself_called_module_keeps_its_names() -> None:
    project = changes.rename(CHAIN, "uid-fc", "module.fc")
    given = {key: array for key, array in numbers(project).items() if key.startswith("module.")}
    assert [layer.path for layer in match(project.graph, given).fits] == ["module.fc"]


def test_old_names_of_densenet_are_read_as_torchvision_reads_them() -> None:
    block = "features.denseblock1.denselayer1"
    project = small_networks.project(
        (f"{block}.norm1", "batchnorm2d", {}),
        (f"{block}.conv1", "conv2d", {"out_channels": 3, "bias": False}),
        (f"{block}.norm2", "batchnorm2d", {}),
        ("flatten", "flatten", {}),
        ("classifier", "linear", {"out_features": 5}),
    )
    given = numbers(project)
    old = {}
    for key, array in given.items():
        if "num_batches" not in key:
            old[key.replace("norm1", "norm.1").replace("norm2", "norm.2").replace("conv1", "conv.1")] = array
    found = match(project.graph, old)
    assert found.whole
    assert "“norm.1”" in str(found.notes[0])
    assert holds(put(project, found), {key: array for key, array in given.items() if "num_batches" not in key})


def test_a_layer_beside_the_way_to_the_output_may_stay_without_numbers_but_takes_them() -> None:
    project = changes.add_layer(CHAIN, "conv2d", (0.0, 0.0), "uid-beside", out_channels=1)
    project = changes.connect(project, Wire("uid-input", "uid-beside"))
    path = project.graph.by_uid["uid-beside"].path
    assert match(project.graph, numbers(CHAIN)).whole
    given = numbers(CHAIN) | {
        f"{path}.weight": np.ones((1, 2, 3, 3), np.float32),
        f"{path}.bias": np.ones(1, np.float32),
    }
    filled = put(project, match(project.graph, given))
    assert (filled.weights.nodes["uid-beside"]["bias"] == 1).all()


def test_a_layer_that_cannot_run_is_named() -> None:
    project = replace(
        CHAIN, graph=CHAIN.graph.add(Node("uid-lost", "lost", "linear", CHAIN.graph.by_path["fc"].params))
    )
    (extra,) = match(project.graph, numbers(CHAIN) | {"lost.weight": np.zeros((2, 2), np.float32)}).extra
    assert "with its present settings and connections" in str(extra.text)


def test_numbers_that_are_none_are_noted_but_loaded() -> None:
    given = numbers(CHAIN)
    given["fc.bias"] = np.array([1, np.nan, 3, np.inf, 5], np.float32)
    found = match(CHAIN.graph, given)
    assert [str(note) for note in found.notes] == ["Some weights in the file are NaN or infinite: fc."]
    assert found.whole


def test_notes_of_the_reading_come_along() -> None:
    tensors = Tensors(numbers(CHAIN))
    tensors.notes = (message("It was a checkpoint."),)
    assert match(CHAIN.graph, tensors).notes == tensors.notes


def test_the_steps_count_from_0_again() -> None:
    project = replace(CHAIN, weights=replace(CHAIN.weights, step=400))
    assert put(project, match(project.graph, numbers(CHAIN))).weights.step == 0


@given(st.data())
def test_every_key_is_accounted_for_and_a_part_is_exactly_the_layers_that_fit(data: st.DataObject) -> None:
    full = numbers(CHAIN)
    given = {key: array for key, array in full.items() if data.draw(st.booleans(), label=f"has {key}")}
    for key in [*given]:
        if data.draw(st.integers(0, 5), label=f"changes {key}") == 0:
            given[key] = np.zeros((2, 2, 2), np.float32)
    given |= {key: np.zeros(1, np.float32) for key in data.draw(st.sets(st.sampled_from(["x", "fc.y", "z.0.a"])))}
    found = match(CHAIN.graph, given)
    places = state.places(CHAIN.graph)
    assert sum(map(len, (found.fits, found.missing, found.misshaped))) == len(found.layers) == 3
    assert {name for extra in found.extra for name in extra.names} == given.keys() - places.keys()
    for layer in found.layers:
        needed = {key for key, place in places.items() if place.uid == layer.uid}
        good = all(given[key].shape == places[key].shape if key in given else state.is_counter(key) for key in needed)
        assert (layer.status == "fits") == good
        assert set(layer.tensors) == (needed if good else set())
        assert layer.path in str(layer.text)
    if found.fits:
        after = put(CHAIN, found, partly=True)
        assert set(after.weights.nodes) == {layer.uid for layer in found.fits}
