"""A checkpoint that lacks a part of the run's state does not lead to the same bits: the comparison has teeth. Beside this stands
what ``test_killed.py`` does to trainings that are killed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from small_runs import LACKING, RUN_ID, Outcome, differences, outcome, project, recorded, stop_at, without

from cnnlab.core.runs.events import Checkpoint
from cnnlab.core.values import Frozen
from cnnlab.engine.data.picture_sets import Dataset
from cnnlab.engine.runs import resume

pytestmark = pytest.mark.slow

STOP = 69
"""In the fifth epoch, when the best one and a change of the learning rate lie behind."""
SETTINGS: dict[str, Any] = {"epochs": 7}
"""The second epoch is the best by far, whatever a processor rounds."""


MUTANTS: dict[str, Callable[[Checkpoint], Checkpoint]] = {
    "random numbers of dropout": LACKING["random"],
    "order of the pictures": without("random", orders=5),
    "schedule": LACKING["schedule"],
    "sums of the epoch": without("sums", loss=0.0),
    "optimiser": lambda checkpoint: replace(checkpoint, optimiser=Frozen({})),
    "best weights": lambda checkpoint: replace(checkpoint, best=None),
    "running means": lambda checkpoint: replace(
        checkpoint,
        weights=replace(
            checkpoint.weights,
            nodes=checkpoint.weights.nodes
            | {
                "uid-norm": Frozen(
                    {
                        name: array * 0 if name == "running_mean" else array
                        for name, array in checkpoint.weights.nodes["uid-norm"].items()
                    }
                )
            },
        ),
    ),
}


@pytest.fixture(scope="module")
def undisturbed(patches: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    root = tmp_path_factory.mktemp("undisturbed")
    for _event in recorded(project("plateau", **SETTINGS), patches, root):
        pass
    return outcome(root / RUN_ID)


def resumed(patches: Dataset, root: Path, mutant: Callable[[Checkpoint], Checkpoint]) -> Outcome:
    for _event in recorded(project("plateau", **SETTINGS), patches, root, stop_at(STOP)):
        pass
    base, checkpoint = resume.prepare(root / RUN_ID)
    for _event in recorded(base, patches, root, resumed=mutant(checkpoint)):
        pass
    return outcome(root / RUN_ID)


def test_a_whole_checkpoint_leads_to_the_same_bits(undisturbed: Outcome, patches: Dataset, tmp_path: Path) -> None:
    assert differences(resumed(patches, tmp_path, lambda checkpoint: checkpoint), undisturbed) == set()


@pytest.mark.parametrize("name", MUTANTS)
def test_one_that_lacks_something_does_not(name: str, undisturbed: Outcome, patches: Dataset, tmp_path: Path) -> None:
    assert differences(resumed(patches, tmp_path, MUTANTS[name]), undisturbed)
