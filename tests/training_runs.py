"""Small training runs for tests: projects, and what there is to read off the events of a run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from cnnlab.core import templates
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project, Weights
from cnnlab.core.runs.events import Event, WeightsPublished
from cnnlab.engine.data.datasets import mnist
from cnnlab.engine.data.picture_sets import Dataset, Pictures, PictureSet
from cnnlab.engine.training.run import Run


def first(pictures: Pictures, count: int) -> PictureSet:
    return PictureSet(pictures.images[:count], pictures.labels[:count])


def small_mnist() -> Dataset:
    """The first pictures of MNIST; 330 leave a last batch of 10."""
    data = mnist()
    return replace(
        data, train=first(data.train, 330), validation=first(data.validation, 100), test=first(data.test, 60)
    )


def misleading(dataset: Dataset) -> Dataset:
    """The same, but for validation pictures with the labels of other digits: the more is learned, the worse it does on them, from
    the first epoch on and on every processor."""
    wrong = PictureSet(dataset.validation.images, (dataset.validation.labels + 1) % 10)
    return replace(dataset, validation=wrong)


DIVERGING: dict[str, Any] = {"optimiser": "sgd", "learning_rate": 100.0, "weight_decay": 1.0}
"""Every step makes each weight 99 times as large, whatever its gradient: numbers end within twenty steps. The rate alone may as
well kill all ReLUs, and then nothing ever grows."""


def project(template: str = "mnist", **training: Any) -> Project:
    settings = {"epochs": 1, "device": "cpu", "precision": "float32"} | training
    return changes.set_training(templates.BY_KEY[template].build(), **settings)


def tiny(**training: Any) -> Project:
    """Flatten and one linear layer: fast, and without anything random in it."""
    return with_layers(**training)


def with_layers(*layers: templates.Layer, **training: Any) -> Project:
    rows = [
        [
            ("input", "input", {}),
            *layers,
            ("flatten", "flatten", {}),
            ("linear", "fc", {"out_features": 10}),
            ("output", "output", {}),
        ]
    ]
    return changes.set_training(templates.chain(rows), **({"epochs": 1, "device": "cpu"} | training))


def run(project: Project, dataset: Dataset, **how: Any) -> list[Event]:
    return list(Run(project, dataset, **how).events())


def until(run: Run, kind: type, step: int | None = None) -> Any:
    """Let ``run`` go on to its next event of this kind, with this step if one is given; that event."""
    return next(event for event in run.events() if isinstance(event, kind) and step in (None, event.step))


def of(kind: type, events: list[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def last_weights(events: list[Event]) -> Weights:
    return of(WeightsPublished, events)[-1].weights


def equal(one: Weights, other: Weights) -> bool:
    return (
        one.step == other.step
        and one.nodes.keys() == other.nodes.keys()
        and all(
            np.array_equal(array, other.nodes[uid][name])
            for uid, held in one.nodes.items()
            for name, array in held.items()
        )
    )


def trained(project: Project, held: Weights) -> Project:
    return replace(project, weights=project.weights.updated(held))


def finite(held: Weights) -> bool:
    return all(np.isfinite(array).all() for tensors in held.nodes.values() for array in tensors.values())
