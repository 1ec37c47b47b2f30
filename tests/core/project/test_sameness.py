"""What counts as the same training."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnnlab.core import templates
from cnnlab.core.layout import arrange
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project, Weights, holds, trains_alike
from cnnlab.core.values import Frozen


def starter() -> Project:
    return templates.BY_KEY["mnist"].build()


def uid(project: Project, path: str) -> str:
    return project.graph.by_path[path].uid


def test_places_names_and_weights_do_not_count() -> None:
    project = starter()
    moved = changes.move(arrange.tidy(project), {uid(project, "conv1"): (1.0, 2.0)})
    assert moved != project
    assert trains_alike(project, replace(moved, title="Another", note="!", weights=Weights(7)))


@pytest.mark.parametrize(
    "change",
    [
        lambda p: changes.set_training(p, epochs=p.training.epochs + 1),
        lambda p: changes.set_augmentation(p, rotation=5.0),
        lambda p: changes.set_preprocessing(p, mean=(0.25,)),
        lambda p: changes.set_data(p, validation=p.data.validation + 1),
        lambda p: changes.set_learning(p, uid(p, "conv1"), frozen=True),
        lambda p: changes.set_params(p, uid(p, "conv1"), out_channels=7),
    ],
)
def test_what_changes_the_training_counts(change: object) -> None:
    project = starter()
    assert callable(change)
    assert not trains_alike(project, change(project))


def test_weights_are_held_until_one_is_replaced() -> None:
    project = starter()
    weights = Weights(3, Frozen({node.uid: Frozen({"weight": object()}) for node in project.graph.nodes}))
    trained = replace(project, weights=weights)
    conv = uid(project, "conv1")
    assert holds(trained, weights)
    assert not holds(trained, replace(weights, step=4))
    assert not holds(changes.forget_weights(trained), weights)
    assert not holds(changes.forget_weights(trained, [conv]), weights)
    other = Weights(3, weights.nodes | {conv: Frozen({"weight": object()})})
    assert not holds(replace(trained, weights=other), weights)
    assert holds(replace(trained, weights=Weights(3, weights.nodes | {"gone": Frozen()})), weights)
