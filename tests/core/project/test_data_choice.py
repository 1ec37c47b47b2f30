from __future__ import annotations

import itertools

import pytest

from cnnlab.core import templates
from cnnlab.core.data.sources import SOURCES, Target
from cnnlab.core.project import changes
from cnnlab.core.project.changes import choose_data
from cnnlab.core.project.goals import goal
from cnnlab.engine.network import shapes

SETS = [name for name, source in SOURCES.items() if source.has_pictures]


@pytest.mark.parametrize(("old", "new"), [*itertools.permutations(SETS, 2)])
def test_a_network_that_ends_in_a_linear_layer_can_be_trained_on_any_other_set(old: str, new: str) -> None:
    start = choose_data(
        templates.BY_KEY["mnist"].build(), old, "", ("cats", "dogs", "hares") if old == "folder" else ()
    )
    project = choose_data(start, new, "somewhere", ("left", "right") if new == "folder" else ())
    facts = shapes.infer(project.graph, goal(project))
    assert [str(problem) for problem in facts.blocking] == []
    assert facts.of(project.graph.of_type("output")[0].uid).output == (project.outputs,)
    assert (project.data.source, project.data.folder) == (new, "somewhere")
    assert project.preprocessing.mean == SOURCES[new].preprocessing.mean
    if new != "folder":
        assert project.picture_shape == SOURCES[new].shape == facts.of("input").output


def test_pictures_of_the_same_size_leave_the_input_and_the_fit_as_they_are() -> None:
    project = changes.set_preprocessing(templates.BY_KEY["lenet5"].build(), fit="resize")
    changed = choose_data(project, "fashion_mnist")
    assert changed.graph == project.graph
    assert changed.preprocessing.fit == "resize"


def test_a_folder_leaves_the_input_as_it_is_and_tells_its_classes() -> None:
    project = choose_data(templates.BY_KEY["cifar10"].build(), "folder", "/pictures", ("a", "b", "c"))
    assert project.classes == ("a", "b", "c")
    assert project.picture_shape == (3, 32, 32)
    assert project.names(3) == ("a", "b", "c")
    assert project.graph.by_uid["fc2"].params["out_features"] == 3
    again = choose_data(changes.set_preprocessing(project, mean=(0.4,), std=(0.2,)), "folder", "/others", ("a", "b"))
    assert again.preprocessing.mean == (0.4,), "what was worked out for this task stays"
    assert (again.data.folder, again.classes, again.outputs) == ("/others", ("a", "b"), 2)


@pytest.mark.parametrize(("name", "loss"), [("mnist_seven", "binary_cross_entropy"), ("fashion_mnist", "nll")])
def test_the_loss_changes_only_with_the_task(name: str, loss: str) -> None:
    project = changes.set_training(templates.BY_KEY["mnist"].build(), loss="nll")
    assert choose_data(project, name).training.loss == loss


def test_a_number_is_learned_with_a_loss_for_numbers_and_one_output() -> None:
    project = choose_data(templates.BY_KEY["mnist"].build(), "mnist_angle")
    assert goal(project).target is Target.NUMBER
    assert (project.outputs, project.classes) == (1, ())
    assert project.training.loss in ("mse", "mae", "huber")


def test_what_cannot_be_repaired_is_left_for_the_list_of_problems() -> None:
    project = choose_data(templates.BY_KEY["mnist-fcn"].build(), "cifar100")
    (problem,) = shapes.infer(project.graph, goal(project)).blocking
    assert "100" in str(problem)
