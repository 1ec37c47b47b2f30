"""Augmentation that would teach wrong answers is told and refused, and the repair turns it off."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from training_runs import first, of, run, tiny

from cnnlab.core.data.augmentation import Augmentation
from cnnlab.core.data.sources import SOURCES
from cnnlab.core.graph.facts import Problem, Severity
from cnnlab.core.project import changes, repairs
from cnnlab.core.project.goals import goal
from cnnlab.core.project.project import Project
from cnnlab.core.runs.events import End, RunEnded
from cnnlab.engine.data import derived
from cnnlab.engine.network import shapes
from cnnlab.engine.training.run_setup import TrainingError

AMOUNTS = {"rotation": 5.0, "crop_padding": 2}
NAMES = [field.name for field in fields(Augmentation)]


def varied(source: str, *names: str, loss: str = "mse") -> Project:
    """One number where the task asks for it, on the pictures of ``source`` varied in the ways of ``names``."""
    project = changes.set_training(changes.set_data(tiny(), source=source), loss=loss)
    project = changes.set_augmentation(project, **{name: AMOUNTS.get(name, 0.5) for name in names})
    fc = next(node for node in project.graph.nodes if node.path == "fc")
    return changes.set_params(project, fc.uid, out_features=project.outputs)


def problems(project: Project) -> tuple[Problem, ...]:
    return shapes.infer(project.graph, goal(project)).problems


def test_sources_name_augmentations_that_there_are() -> None:
    for source in SOURCES.values():
        assert source.answer_changed_by | source.unlike_when <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_what_turns_or_mirrors_a_digit_cannot_vary_pictures_of_its_angle(name: str) -> None:
    found = problems(varied("mnist_angle", name))
    if name not in ("rotation", "flip_horizontal", "flip_vertical"):
        assert not found
        return
    (problem,) = found
    assert problem.severity is Severity.ERROR
    assert problem.about_data
    assert problem.repair


@pytest.mark.slow
def test_a_run_on_wrong_answers_is_refused_until_each_of_them_is_turned_off() -> None:
    digits = derived.angle(5000, 0)
    dataset = replace(
        digits, train=first(digits.train, 64), validation=first(digits.validation, 32), test=first(digits.test, 8)
    )
    project = varied("mnist_angle", "rotation", "flip_vertical", "translation")
    refusals = 0
    while blocking := shapes.infer(project.graph, goal(project)).blocking:
        with pytest.raises(TrainingError, match="learn wrong answers"):
            run(project, dataset)
        assert blocking[0].repair
        project = repairs.apply(project, blocking[0].repair)
        refusals += 1
    assert refusals == 2
    assert project.augmentation == Augmentation(translation=0.5)
    (ended,) = of(RunEnded, run(project, dataset))
    assert ended.end is End.COMPLETED


def test_mirrored_digits_are_only_remarked_on() -> None:
    project = varied("mnist", "flip_horizontal", "rotation", loss="cross_entropy")
    (problem,) = problems(project)
    assert problem.severity is Severity.HINT
    assert problem.repair
    assert not problems(repairs.apply(project, problem.repair))
    assert not problems(varied("fashion_mnist", "flip_horizontal", loss="cross_entropy"))


def test_nothing_stands_against_a_network_that_only_answers() -> None:
    project = varied("mnist_angle", "rotation")
    assert not shapes.infer(project.graph, replace(goal(project), loss=None)).problems
