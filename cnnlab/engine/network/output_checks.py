"""Problems at the end of a network: what reaches the output must go with the data and with the loss."""

from __future__ import annotations

from collections.abc import Mapping

from cnnlab.core.data.sources import Target
from cnnlab.core.graph import topology
from cnnlab.core.graph.facts import NodeFacts, Problem, Repair, Severity, along
from cnnlab.core.graph.graph import Graph, Node
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import whole
from cnnlab.core.project.goals import Goal
from cnnlab.core.training.losses import FITTING, LOSSES, LossSpec, unfit

_SOFTMAXES = frozenset({"softmax", "logsoftmax"})
_SIGMOIDS = frozenset({"sigmoid", "hardsigmoid"})
_PASSING = frozenset({"identity", "flatten"})
"""Layers that hand on the values that they get."""


def of_output(graph: Graph, facts: Mapping[str, NodeFacts], goal: Goal) -> list[Problem]:
    """Problems of a network that is to learn ``goal``: the loss is for another task, the outputs are too many or too few,
    or a layer comes last that does not go with the loss."""
    problems = []
    if goal.loss and LOSSES[goal.loss].target is not goal.target:
        problems.append(_of_loss(goal.loss, goal.target))
    for node in graph.of_type("output")[:1]:
        for wire in graph.incoming(node.uid):
            giver, shape = graph.by_uid[wire.source], along(facts, wire)
            problems += _of_last_layer(graph, node, giver, goal)
            if goal.outputs and shape and len(shape) == 1 and shape[0] != goal.outputs:
                problems.append(_of_count(graph, node, giver, shape[0], goal))
    return problems


def _of_loss(loss: str, target: Target) -> Problem:
    better = FITTING[target][0]
    label = _("Use “{loss}”", loss=LOSSES[better].title)
    return Problem(
        "", Severity.ERROR, unfit(loss, target), Repair(label, "set_training", ("loss", better)), about_data=True
    )


def _of_count(graph: Graph, output: Node, giver: Node, count: int, goal: Goal) -> Problem:
    assert goal.outputs
    values = _("one value") if count == 1 else _("{count} values", count=whole(count))
    if goal.target is Target.CLASSES:
        text = _(
            "The output gets {values} from {name}, but there are {classes} classes: one logit for each is needed.",
            values=values, name=giver.path, classes=whole(goal.outputs),
        )  # fmt: skip
    else:
        what = _("yes or no, which is one logit") if goal.target is Target.BINARY else _("one number")
        text = _(
            "The output gets {values} from {name}, but the data ask for {what}.",
            values=values, name=giver.path, what=what,
        )  # fmt: skip
    last = _sized(graph, giver)
    repair = None
    if last:
        label = (
            _("Set {name} to 1 output", name=last.path)
            if goal.outputs == 1
            else _("Set {name} to {classes} outputs", name=last.path, classes=whole(goal.outputs))
        )
        repair = Repair(label, "set_param", (last.uid, "out_features", goal.outputs))
    return Problem(output.uid, Severity.ERROR, text, repair, about_data=True)


def _sized(graph: Graph, giver: Node) -> Node | None:
    """The Linear layer that decides how many values ``giver`` gives, perhaps through layers that keep the number."""
    giver = _behind(graph, giver, _PASSING | _SOFTMAXES | _SIGMOIDS | {"tanh", "relu", "relu6", "dropout"})
    return giver if giver.type == "linear" else None


def _behind(graph: Graph, node: Node, types: frozenset[str]) -> Node:
    """The nearest layer on the way back from ``node``, itself included, that is of none of the ``types``."""
    return graph.by_uid[topology.behind(graph, node.uid, types)]


def _of_last_layer(graph: Graph, output: Node, giver: Node, goal: Goal) -> list[Problem]:
    """Problems of the layer that decides what reaches the output, be it through some that change little."""
    last = _behind(graph, giver, _PASSING | {"dropout"})
    if goal.loss is None:
        return [_repeated_softmax(last)] if last.type == "softmax" else []
    loss = LOSSES[goal.loss]
    if loss.target is not goal.target:
        return []
    if loss.last:
        # A dropout would make logarithms of probabilities 0, which says that a class is certain.
        ending = _behind(graph, giver, _PASSING)
        if ending.type != loss.last:
            return [_missing(output, giver, last, goal.loss)]
    if last.type == "logsoftmax" and last.type not in loss.unwanted:
        before = _behind(graph, last, _PASSING | {"dropout", "logsoftmax"})
        return [_before_softmax(before, last)] if before.type in loss.unwanted else []
    if last.type == loss.applies == "softmax":
        return [_repeated_softmax(last)]
    return [_unwanted(last, loss, goal)] if last.type in loss.unwanted else []


def _unwanted(giver: Node, loss: LossSpec, goal: Goal) -> Problem:
    if loss.applies == "sigmoid" and giver.type in _SIGMOIDS:
        text = _(
            "{name} comes before the output, but the loss applies the sigmoid itself. Applied twice, it makes gradients small "
            "and training slow.",
            name=giver.path,
        )  # fmt: skip
    elif giver.type in _SOFTMAXES and goal.outputs == 1:
        text = _("{name} over a single value always gives the same value, so nothing can be learned.", name=giver.path)
    else:
        text = _(
            "{name} comes before the output and gives only {values}, so the output cannot take every value it may need.",
            name=giver.path, values=_VALUES[giver.type],
        )  # fmt: skip
    return Problem(giver.uid, Severity.HINT, text, _removed(giver))


def _before_softmax(giver: Node, softmax: Node) -> Problem:
    if giver.type == "softmax":
        text = _(
            "{name} comes before {other}, which applies softmax itself. Applied twice, it makes gradients small and training "
            "slow.",
            name=giver.path, other=softmax.path,
        )  # fmt: skip
    else:
        text = _(
            "{name} comes before {other} and gives only {values}, so the output cannot take every value it may need.",
            name=giver.path, other=softmax.path, values=_VALUES[giver.type],
        )  # fmt: skip
    return Problem(giver.uid, Severity.HINT, text, _removed(giver))


def _repeated_softmax(giver: Node) -> Problem:
    text = _(
        "{name} comes before the output, but the loss and the display apply softmax themselves. Applied twice, it "
        "makes gradients small and training slow.",
        name=giver.path,
    )  # fmt: skip
    return Problem(giver.uid, Severity.HINT, text, _removed(giver))


def _missing(output: Node, giver: Node, last: Node, loss: str) -> Problem:
    """The negative log-likelihood of what is no logarithm of a probability has no minimum: training would diverge."""
    text = _(
        "The loss “{loss}” needs the logarithm of each class’s probability, but {name} gives something else. Put a "
        "LogSoftmax layer before the output.",
        loss=LOSSES[loss].title, name=giver.path,
    )  # fmt: skip
    if last.type in LOSSES[loss].unwanted:
        repair = Repair(_("Replace {name} by LogSoftmax", name=last.path), "replace_layer", (last.uid, "logsoftmax"))
    else:
        repair = Repair(_("Insert LogSoftmax"), "insert_before", (output.uid, 0, "logsoftmax"))
    return Problem(output.uid, Severity.ERROR, text, repair, about_data=True)


def _removed(giver: Node) -> Repair:
    return Repair(_("Remove {name}", name=giver.path), "remove_layer", (giver.uid,))


_VALUES: Mapping[str, Message] = {
    "softmax": _("values from 0 to 1"),
    "logsoftmax": _("values below 0"),
    "sigmoid": _("values from 0 to 1"),
    "hardsigmoid": _("values from 0 to 1"),
    "tanh": _("values from −1 to 1"),
    "relu": _("values of 0 or more"),
    "relu6": _("values from 0 to 6"),
}
"""The values that a last layer can give, by its type."""
