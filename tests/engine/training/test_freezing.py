"""What is frozen keeps its bits through a run; all else learns as it would."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from small_networks import EVERY_LAYER, RESIDUAL, with_numbers
from small_networks import project as small
from torch import nn

from cnnlab.core.data.sources import Target
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project, Weights
from cnnlab.core.runs.events import WeightsPublished
from cnnlab.engine.data.picture_sets import Dataset, PictureSet
from cnnlab.engine.network import shapes, state
from cnnlab.engine.network.network import Network
from cnnlab.engine.training import freezing, optimisers
from cnnlab.engine.training.freezing import AllFrozen
from cnnlab.engine.training.run import Run
from cnnlab.engine.training.run_setup import TrainingError


def normalised() -> Project:
    project = small(
        ("conv1", "conv2d", {"out_channels": 4}),
        ("bn1", "batchnorm2d", {}),
        ("conv2", "conv2d", {"out_channels": 4}),
        ("bn2", "batchnorm2d", {}),
        ("drop", "dropout", {}),
        ("flatten", "flatten", {}),
        ("fc", "linear", {"out_features": 3}),
        size=(1, 6, 6),
    )
    values = {"batch_size": 10, "epochs": 2, "weight_decay": 0.1, "device": "cpu", "precision": "float32"}
    return with_numbers(changes.set_training(project, **values))


def pictures() -> Dataset:
    generator = torch.Generator().manual_seed(0)
    some = PictureSet(
        torch.randint(0, 256, (40, 1, 6, 6), generator=generator, dtype=torch.uint8),
        torch.randint(0, 3, (40,), generator=generator),
    )
    return Dataset("noise", Target.CLASSES, ("a", "b", "c"), some, some, some)


def frozen(project: Project, *paths: str) -> Project:
    for path in paths:
        project = changes.set_learning(project, f"uid-{path}", frozen=True)
    return project


def trained(project: Project) -> Weights:
    *_all, last = (event.weights for event in Run(project, pictures()).events() if isinstance(event, WeightsPublished))
    return last


def moved(project: Project) -> dict[str, set[str]]:
    """By path, the names of the tensors that a run changed."""
    after = trained(project)
    return {
        project.graph.by_uid[uid].path: {
            name for name, array in held.items() if array.tobytes() != after.nodes[uid][name].tobytes()
        }
        for uid, held in project.weights.nodes.items()
    }


def test_frozen_layers_keep_every_bit_and_the_others_learn() -> None:
    norm = {"weight", "bias", "running_mean", "running_var", "num_batches_tracked"}
    free = moved(normalised())
    assert free == {
        "conv1": {"weight", "bias"},
        "bn1": norm,
        "conv2": {"weight", "bias"},
        "bn2": norm,
        "fc": {"weight", "bias"},
    }
    assert moved(frozen(normalised(), "conv1", "bn1")) == free | {"conv1": set(), "bn1": set()}


@pytest.mark.parametrize("optimiser", ["sgd", "adamw", "rmsprop"])
def test_weight_decay_and_momentum_do_not_reach_what_is_frozen(optimiser: str) -> None:
    project = changes.set_training(frozen(normalised(), "fc"), optimiser=optimiser, l1=0.01, clip_norm=1.0)
    assert moved(project)["fc"] == set()


def test_a_frozen_norm_uses_its_running_means() -> None:
    project = frozen(normalised(), "bn1")
    network = state.network(project)
    freezing.train_mode(network, project.learning)
    maps = torch.rand(5, 4, 4, 4)
    module = network.module("uid-bn1")
    assert isinstance(module, nn.BatchNorm2d)
    before = module.running_mean.clone()
    expected = nn.functional.batch_norm(maps, module.running_mean, module.running_var, module.weight, module.bias)
    torch.testing.assert_close(module(maps), expected)
    assert torch.equal(module.running_mean, before)
    assert network.module("uid-bn2").training
    assert network.module("uid-drop").training


def test_a_network_that_was_evaluated_trains_again_but_for_the_frozen_norm() -> None:
    project = frozen(normalised(), "bn1")
    network = state.network(project).eval()
    freezing.train_mode(network, project.learning)
    resting = [uid for uid in network.order if not network.module(uid).training]
    assert resting == ["uid-bn1"]


def test_a_frozen_norm_rests_on_several_graphics_cards_too() -> None:
    project = frozen(normalised(), "bn1")
    network = state.network(project)
    network.exchange(nn.SyncBatchNorm.convert_sync_batchnorm)
    assert isinstance(network.module("uid-bn1"), nn.SyncBatchNorm)
    freezing.train_mode(network, project.learning)
    assert [uid for uid in network.order if not network.module(uid).training] == ["uid-bn1"]


def applied(project: Project) -> Network:
    network = state.network(project)
    freezing.apply(network, project.learning)
    return network


def test_the_optimiser_holds_the_other_layers_only() -> None:
    project = frozen(with_numbers(RESIDUAL), "stem", "layer1.0.bn1", "fc")
    network = applied(project)
    optimiser = optimisers.make(network, project.training)
    held = {id(parameter) for group in optimiser.param_groups for parameter in group["params"]}
    expected = {
        id(p) for name, p in network.named_parameters() if not name.startswith(("stem.", "layer1.0.bn1.", "fc."))
    }
    assert held == expected


def test_the_network_costs_the_same() -> None:
    project = frozen(RESIDUAL, "stem", "fc")
    assert shapes.infer(project.graph) == shapes.infer(RESIDUAL.graph)


def test_a_network_that_is_frozen_all_over_is_refused() -> None:
    project = frozen(normalised(), "conv1", "bn1", "conv2", "bn2", "fc")
    with pytest.raises(AllFrozen, match="nothing to learn"):
        applied(project)
    with pytest.raises(TrainingError, match="nothing to learn"):
        Run(project, pictures())


def test_a_frozen_layer_that_left_the_network_freezes_nothing() -> None:
    project = changes.set_learning(normalised(), "gone", frozen=True)
    assert all(parameter.requires_grad for parameter in applied(project).parameters())


def test_dropout_is_set_in_every_dropout_layer_and_nowhere_else() -> None:
    network = state.network(with_numbers(EVERY_LAYER["regularisation"]))

    def shares() -> dict[str, float]:
        modules: dict[str, Any] = {network.graph.by_uid[uid].type: network.module(uid) for uid in network.order}
        return {kind: float(module.p) for kind, module in modules.items() if hasattr(module, "p")}

    before = shares()
    freezing.set_dropout(network, 0.25)
    assert shares() == before | {"dropout": 0.25, "dropout2d": 0.25}
    assert set(before) == {"dropout", "dropout2d", "stochasticdepth"}


def test_frozen_and_free_layers_go_on_from_the_same_weights() -> None:
    """A thawed layer goes on from where it was frozen."""
    project = frozen(normalised(), "conv1")
    later = replace(changes.set_learning(project, "uid-conv1", frozen=False), weights=trained(project))
    assert moved(later)["conv1"] == {"weight", "bias"}
