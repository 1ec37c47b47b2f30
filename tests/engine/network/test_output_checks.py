"""The end of a network: what does not go with the data or the loss is said, and the repair makes it right."""

from __future__ import annotations

import itertools

import pytest
import torch
from small_networks import Layer
from small_networks import project as small

from cnnlab.core.data.sources import Target
from cnnlab.core.graph.facts import Problem, Severity
from cnnlab.core.project import changes, goals, repairs
from cnnlab.core.project.goals import Goal
from cnnlab.core.project.project import Project
from cnnlab.core.training.losses import FITTING, LOSSES
from cnnlab.engine.network import output_checks, shapes, state


def network(last: str = "", outputs: int = 3, *more: Layer) -> Project:
    """A Linear layer, another one after it if ``last`` names a type, and ``more`` between that and the output."""
    layers: list[Layer] = [("flatten", "flatten", {}), ("fc", "linear", {"out_features": outputs})]
    return small(*layers, *([("last", last, {})] if last else []), *more)


def goal(loss: str | None, target: Target | None = None) -> Goal:
    target = target or (LOSSES[loss].target if loss else Target.CLASSES)
    return Goal(target, 3 if target is Target.CLASSES else 1, loss)


def problems(project: Project, wanted: Goal) -> tuple[Problem, ...]:
    return shapes.infer(project.graph, wanted).problems


def repaired(project: Project, wanted: Goal) -> Project:
    (problem,) = problems(project, wanted)
    assert problem.repair
    return repairs.apply(project, problem.repair)


def test_every_task_has_a_loss() -> None:
    assert sorted(name for names in FITTING.values() for name in names) == sorted(LOSSES)
    assert all(FITTING[target] for target in Target)


def test_every_layer_that_is_unwanted_has_words() -> None:
    for name, loss in LOSSES.items():
        for kind in loss.unwanted:
            outputs = goal(name).outputs
            assert outputs
            ending: list[Layer] = [("end", loss.last, {})] if loss.last else []
            (problem,) = problems(network(kind, outputs, *ending), goal(name))
            assert problem.uid == "uid-last"
            assert problem.severity is Severity.HINT
            assert "last" in str(problem.message)


@pytest.mark.parametrize("loss", LOSSES)
def test_what_a_loss_expects_has_no_problem(loss: str) -> None:
    wanted = goal(loss)
    assert wanted.outputs
    assert not problems(network(LOSSES[loss].last, wanted.outputs), wanted)


LAST = ("", "softmax", "logsoftmax", "sigmoid", "tanh", "relu", "dropout")
AFTER: tuple[tuple[str, ...], ...] = ((), ("identity",), ("dropout",), ("logsoftmax",), ("flatten", "softmax"))


def is_repaired(project: Project, wanted: Goal) -> bool:
    """Whether taking what the first problem offers, again and again, ends in a network that can be trained."""
    for _round in range(5):
        found = problems(project, wanted)
        if not found:
            return shapes.infer(project.graph, wanted).trainable
        if not found[0].repair:
            return False
        project = repairs.apply(project, found[0].repair)
    return False


def test_repairs_lead_to_a_network_without_problems() -> None:
    cases = itertools.product(LOSSES, LAST, (1, 3, 7), AFTER)
    left = [
        (loss, last, outputs, after)
        for loss, last, outputs, after in cases
        if not is_repaired(network(last, outputs, *[(f"{kind}2", kind, {}) for kind in after]), goal(loss))
    ]
    assert not left


def test_softmax_before_cross_entropy_is_taken_out() -> None:
    project = repaired(network("softmax"), goal("cross_entropy"))
    assert "last" not in project.graph.by_path
    assert "softmax themselves" in str(problems(network("softmax"), goal(None))[0].message)


def test_a_sigmoid_before_binary_cross_entropy_is_taken_out() -> None:
    (problem,) = problems(network("sigmoid", 1), goal("binary_cross_entropy"))
    assert "applies the sigmoid itself" in str(problem.message)
    assert "last" not in repaired(network("sigmoid", 1), goal("binary_cross_entropy")).graph.by_path


def test_the_likelihood_asks_for_logsoftmax_and_refuses_to_train_without() -> None:
    project = network()
    (problem,) = problems(project, goal("nll"))
    assert problem.severity is Severity.ERROR
    assert problem.about_data
    assert not shapes.infer(project.graph, goal("nll")).trainable
    assert not shapes.infer(project.graph, goal("nll")).faults
    pictures = torch.rand(4, 2, 8, 7)
    made = state.network(repaired(project, goal("nll")))(pictures)
    torch.testing.assert_close(made.exp().sum(1), torch.ones(4))


def test_softmax_becomes_logsoftmax_for_the_likelihood_in_its_place() -> None:
    project = changes.move(network("softmax"), {"uid-last": (300.0, 40.0)})
    after = repaired(project, goal("nll"))
    (new,) = after.graph.of_type("logsoftmax")
    assert not after.graph.of_type("softmax")
    assert after.layout.positions[new.uid] == (300.0, 40.0)


@pytest.mark.parametrize("kind", ["softmax", "sigmoid", "relu"])
def test_what_the_likelihood_needs_takes_the_place_of_what_holds_the_answer_back(kind: str) -> None:
    (problem,) = problems(network(kind), goal("nll"))
    assert problem.repair
    assert str(problem.repair.label) == "Replace last by LogSoftmax"
    after = repaired(network(kind), goal("nll"))
    assert [node.type for node in after.graph.nodes if node.type in (kind, "logsoftmax")] == ["logsoftmax"]
    assert not problems(after, goal("nll"))


@pytest.mark.parametrize("loss", ["nll", "cross_entropy"])
@pytest.mark.parametrize(
    ("kind", "text"),
    [("softmax", "before end, which applies softmax itself"), ("sigmoid", "gives only values from 0 to 1")],
)
def test_what_comes_before_logsoftmax_is_pointed_out(loss: str, kind: str, text: str) -> None:
    project = network(kind, 3, ("end", "logsoftmax", {}))
    (problem,) = problems(project, goal(loss))
    assert problem.uid == "uid-last"
    assert text in str(problem.message)
    assert "last" not in repaired(project, goal(loss)).graph.by_path


@pytest.mark.parametrize("between", [("identity",), ("dropout",), ("flatten",), ("dropout", "identity")])
def test_softmax_is_seen_through_layers_that_change_little(between: tuple[str, ...]) -> None:
    project = network("softmax", 3, *[(f"after{number}", kind, {}) for number, kind in enumerate(between)])
    for loss in ("cross_entropy", None):
        (problem,) = problems(project, goal(loss))
        assert problem.uid == "uid-last"


@pytest.mark.parametrize("loss", ["cross_entropy", "hinge"])
def test_a_rectifier_at_the_end_of_a_choice_among_classes_is_taken_out(loss: str) -> None:
    (problem,) = problems(network("relu"), goal(loss))
    assert "gives only values of 0 or more" in str(problem.message)
    assert "last" not in repaired(network("relu"), goal(loss)).graph.by_path


def test_one_value_is_one() -> None:
    (problem,) = problems(network(outputs=1), goal("cross_entropy"))
    assert str(problem.message).startswith("The output gets one value from fc, but there are 3 classes")


def test_dropout_between_the_logarithms_and_the_likelihood_is_no_end_for_it() -> None:
    (problem,) = problems(network("logsoftmax", 3, ("drop", "dropout", {})), goal("nll"))
    assert problem.severity is Severity.ERROR


def test_cross_entropy_does_not_mind_logsoftmax() -> None:
    assert not problems(network("logsoftmax"), goal("cross_entropy"))


def test_softmax_over_a_single_value_says_nothing() -> None:
    (problem,) = problems(network("softmax", 1), goal("mse"))
    assert "always gives the same value" in str(problem.message)


@pytest.mark.parametrize(
    ("target", "text"), [(Target.BINARY, "yes or no, which is one logit"), (Target.NUMBER, "one number")]
)
def test_a_task_with_one_answer_wants_one_output(target: Target, text: str) -> None:
    wanted = goal(FITTING[target][0])
    (problem,) = problems(network(), wanted)
    assert str(problem.message) == f"The output gets 3 values from fc, but the data ask for {text}."
    assert problem.repair
    assert str(problem.repair.label) == "Set fc to 1 output"
    assert not problems(repaired(network(), wanted), wanted)


def test_the_count_is_set_in_the_linear_layer_before_those_that_keep_it() -> None:
    wanted = goal("nll")
    assert repaired(network("logsoftmax", 7), wanted).graph.by_path["fc"].params["out_features"] == 3


@pytest.mark.parametrize(
    ("loss", "target"), [(loss, target) for loss in LOSSES for target in Target if loss not in FITTING[target]]
)
def test_a_loss_for_another_task_is_an_error_that_the_usual_loss_repairs(loss: str, target: Target) -> None:
    project = changes.set_training(network(outputs=3 if target is Target.CLASSES else 1), loss=loss)
    wanted = goal(loss, target)
    (problem,) = problems(project, wanted)
    assert problem.severity is Severity.ERROR
    assert problem.about_data
    assert not problem.uid
    assert not shapes.infer(project.graph, wanted).trainable
    assert problem.repair
    after = repairs.apply(project, problem.repair)
    assert after.training.loss == FITTING[target][0]
    assert not problems(after, goal(after.training.loss))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("mnist", Goal(Target.CLASSES, 10, "cross_entropy")),
        ("mnist_seven", Goal(Target.BINARY, 1, "cross_entropy")),
        ("mnist_angle", Goal(Target.NUMBER, 1, "cross_entropy")),
        ("none", Goal(Target.CLASSES, None, "cross_entropy")),
    ],
)
def test_the_goal_of_a_project_follows_its_data_and_settings(source: str, expected: Goal) -> None:
    assert goals.goal(changes.set_data(Project(), source=source)) == expected


def test_without_an_output_nothing_is_said_of_it() -> None:
    project = network()
    cut = changes.remove(project, ["uid-output"])
    assert not output_checks.of_output(cut.graph, {}, goal("cross_entropy"))
