"""Files of every version that was ever released open for ever."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from cnnlab.core.data.augmentation import Augmentation
from cnnlab.core.data.preprocessing import Preprocessing
from cnnlab.core.graph.graph import Node, Wire
from cnnlab.core.project import changes
from cnnlab.core.project.project import Block, DataSettings, Project
from cnnlab.core.training.settings import TrainingSettings
from cnnlab.core.values import Frozen, frozen
from cnnlab.engine.archive import format as fmt
from cnnlab.engine.archive import open_project, project_file

GOLDEN = Path(__file__).with_name("golden")


def test_the_steps_are_taken_in_order() -> None:
    def step(name: str) -> project_file.Step:
        return lambda document: {**document, "steps": [*document["steps"], name]}

    steps = {1: step("1→2"), 2: step("2→3"), 3: step("3→4")}
    document: dict[str, Any] = {"steps": []}
    assert project_file.migrated(document, 1, steps, 4)["steps"] == ["1→2", "2→3", "3→4"]
    assert project_file.migrated(document, 3, steps, 4)["steps"] == ["3→4"]
    assert project_file.migrated(document, 4, steps, 4) is document


def test_there_is_a_step_from_every_older_version() -> None:
    assert set(project_file.STEPS) == set(range(1, fmt.FORMAT.major))


def test_format_1_0() -> None:
    project = Project(
        data=DataSettings("mnist", 1000, 7),
        preprocessing=Preprocessing((0.5,), (0.25,), "resize"),
        training=TrainingSettings(
            optimiser="sgd",
            learning_rate=0.05,
            schedule="constant",
            momentum=0.8,
            weight_decay=0.0001,
            decay_all=True,
            batch_size=32,
            epochs=3,
            seed=5,
            device="cpu",
        ),
        title="Golden × 1.0",
        note="Never written again.",
    )
    project = changes.add_layer(project, "input", (0.0, 0.0), uid="in", height=6, width=5)
    project = changes.add_layer(
        project, "conv2d", (232.0, 0.5), uid="c", out_channels=2, kernel_size=(3, 2), padding="same"
    )
    project = changes.add_layer(project, "batchnorm2d", (464.0, 0.0), uid="n")
    project = changes.rename(project, "n", "block.0.norm")
    for wire in (Wire("in", "c"), Wire("c", "n")):
        project = changes.connect(project, wire)
    odd = Node("odd", "odd", "DeformConv", frozen({"a": [1, 2.5, None, {"b": [True]}]}), 3)  # type: ignore[arg-type]
    graph = project.graph.add(odd).connect(Wire("n", "odd", 0, 1))

    opened = open_project(GOLDEN / "format-1.0.cnnlab")
    assert opened.project.graph == graph
    assert opened.project.layout == project.layout
    assert (opened.project.title, opened.project.note) == (project.title, project.note)
    assert opened.project.data == project.data
    assert opened.project.preprocessing == project.preprocessing
    assert opened.project.training == project.training
    assert opened.project.weights.step == 938
    weights = {
        uid: {name: array.tolist() for name, array in arrays.items()}
        for uid, arrays in opened.project.weights.nodes.items()
    }
    assert weights == {
        "c": {"weight": (np.arange(12.0) / 4).reshape(2, 1, 3, 2).tolist(), "bias": [-0.5, 0.5]},
        "n": {
            "weight": [1.0, 2.0],
            "bias": [0.0, -1.0],
            "running_mean": [0.25, 0.5],
            "running_var": [1.5, 2.5],
            "num_batches_tracked": 938,
        },
    }
    assert opened.runs == frozen({"first": {"status": "completed", "loss": [0.5, 0.25]}})
    assert not opened.read_only


def test_format_1_1() -> None:
    opened = open_project(GOLDEN / "format-1.1.cnnlab")
    project = opened.project
    assert [node.path for node in project.graph.nodes] == ["input1", "split1", "block.0.conv", "block.0.scale"]
    assert Wire("s", "c", 2, 0) in project.graph.wires
    assert project.graph.by_uid["k"].params["form"] == "C, 1, 1"
    assert project.layout.blocks == frozen({"block.0": Block("Bottleneck")})
    assert (project.data.source, project.data.validation) == ("cifar10", 1000)
    assert (project.data.seed, project.data.folder) == (7, "/pictures/cifar")
    assert project.preprocessing == Preprocessing((0.5, 0.25, 0.125), (0.25, 0.5, 1.0), "resize")
    # What was not there to be chosen stays as it was: all weights decayed, nothing varied, nothing frozen.
    assert project.training == TrainingSettings(
        optimiser="adamw", learning_rate=0.002, schedule="cosine", momentum=0.8, weight_decay=0.0001, decay_all=True,
        batch_size=32, epochs=3, seed=5, device="cpu",
    )  # fmt: skip
    assert project.augmentation == Augmentation()
    assert project.learning == Frozen()
    assert project.weights.step == 400
    assert project.weights.nodes["c"]["weight"].tolist() == (np.arange(6.0) / 4).reshape(1, 1, 3, 2).tolist()
    assert project.weights.nodes["k"]["weight"].tolist() == [[[2.0]]]
    assert not opened.read_only
