"""A process that is killed in the middle of a save leaves the old file or the new one, and never less than it said."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from killing import kill_while_saving

from cnnlab.core import templates
from cnnlab.core.project.project import Project, Weights
from cnnlab.core.values import Frozen
from cnnlab.engine.archive import backup_of, open_project, save
from cnnlab.engine.network import weights

pytestmark = pytest.mark.process

CHILD = Path(__file__).with_name("saving_child.py")
LONGEST_WAIT = 0.12
"""Seconds from a first save to the kill; one save takes 15 to 40 ms."""


def weighted() -> Project:
    """LeNet-5 with all weights 0."""
    project = templates.BY_KEY["lenet5"].build()
    nodes = {
        uid: Frozen({name: np.zeros(shape, np.float32) for name, shape in shapes.items()})
        for uid, shapes in weights.tensor_shapes(project.graph).items()
    }
    return replace(project, weights=Weights(0, Frozen(nodes)))


def kills(project: Project, path: Path, count: int, seed: int) -> int:
    """Kill that many times, look after each, and return how many half-written files were left beside the whole one."""
    save(replace(project, title="0", note="0" * 100), path)
    save(replace(project, title="0", note="0" * 100), path)
    chance = random.Random(seed)
    for _kill in range(count):
        last = kill_while_saving(CHILD, path, chance.uniform(0, LONGEST_WAIT))
        for file, oldest in ((path, last), (backup_of(path), last - 1)):
            assert file is not None
            opened = open_project(file).project
            number = opened.weights.step
            assert oldest <= number <= last + 1
            assert (opened.title, opened.note) == (str(number), str(number) * 100)
            assert opened.graph == project.graph
            assert opened.weights.nodes.keys() == project.weights.nodes.keys()
            for held in opened.weights.nodes.values():
                assert all((array == number).all() for array in held.values())
    return sum(name.endswith(".part") for name in os.listdir(path.parent))


def test_kills_leave_old_or_new(tmp_path: Path) -> None:
    # With nothing half-written after any kill, the kills would have missed the saves.
    assert kills(templates.BY_KEY["mnist"].build(), tmp_path / "net.cnnlab", 8, seed=1) > 0


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(3, 8))
def test_many_kills_leave_old_or_new(tmp_path: Path, seed: int) -> None:
    assert kills(templates.BY_KEY["mnist"].build(), tmp_path / "net.cnnlab", 10, seed) > 0


@pytest.mark.soak
def test_many_kills_leave_weights_and_graph_of_one_version(tmp_path: Path) -> None:
    assert kills(weighted(), tmp_path / "net.cnnlab", 10, seed=8) > 0
