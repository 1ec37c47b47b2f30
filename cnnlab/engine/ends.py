"""What is wrong at the end of a network: what reaches the output must go with the data and with the loss."""

from __future__ import annotations

from collections.abc import Mapping

from cnnlab.core.facts import NodeFacts, Problem, Repair, Severity, along
from cnnlab.core.graph import Graph, Node
from cnnlab.core.heads import FITTING, HEADS, Goal, unfit
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.sources import Target
from cnnlab.core.training_options import LOSS_OPTIONS

_SHARES = frozenset({"softmax", "logsoftmax"})
_SIGMOIDS = frozenset({"sigmoid", "hardsigmoid"})


def of_output(graph: Graph, facts: Mapping[str, NodeFacts], goal: Goal) -> list[Problem]:
    """Problems of a network that is to learn ``goal``: the loss is for another task, the outputs are too many or too few,
    or a layer comes last that does not go with the loss."""
    problems = []
    if goal.loss and HEADS[goal.loss].target is not goal.target:
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
    label = _("Use “{loss}”", loss=LOSS_OPTIONS[better].title)
    return Problem(
        "", Severity.ERROR, unfit(loss, target), Repair(label, "set_training", ("loss", better)), about_data=True
    )


def _of_count(graph: Graph, output: Node, giver: Node, count: int, goal: Goal) -> Problem:
    assert goal.outputs
    if goal.target is Target.CLASSES:
        words = _(
            "The output gets {count} values from {name}, but there are {classes} classes: one logit for each is needed.",
            count=f"{count:,}", name=giver.path, classes=f"{goal.outputs:,}",
        )  # fmt: skip
    else:
        what = _("yes or no, which is one logit") if goal.target is Target.BINARY else _("one number")
        words = _(
            "The output gets {count} values from {name}, but the data ask for {what}.",
            count=f"{count:,}", name=giver.path, what=what,
        )  # fmt: skip
    last = _sized(graph, giver)
    repair = None
    if last:
        label = (
            _("Set {name} to 1 output", name=last.path)
            if goal.outputs == 1
            else _("Set {name} to {classes} outputs", name=last.path, classes=f"{goal.outputs:,}")
        )
        repair = Repair(label, "set_param", (last.uid, "out_features", goal.outputs))
    return Problem(output.uid, Severity.ERROR, words, repair, about_data=True)


def _sized(graph: Graph, giver: Node) -> Node | None:
    """The Linear layer that decides how many values ``giver`` gives, perhaps through layers that keep the number."""
    while giver.type in _SHARES | _SIGMOIDS | {"tanh", "relu", "relu6", "dropout"} and graph.incoming(giver.uid):
        giver = graph.by_uid[graph.incoming(giver.uid)[0].source]
    return giver if giver.type == "linear" else None


def _of_last_layer(graph: Graph, output: Node, giver: Node, goal: Goal) -> list[Problem]:
    """What is wrong with the layer that comes right before the output."""
    if goal.loss is None:
        return [_repeated_softmax(giver)] if giver.type == "softmax" else []
    head = HEADS[goal.loss]
    if head.target is not goal.target:
        return []
    if head.last and giver.type != head.last:
        return [_missing(output, giver, goal.loss)]
    if giver.type == "softmax" and goal.loss == "cross_entropy":
        return [_repeated_softmax(giver)]
    if giver.type not in head.unwanted:
        return []
    if goal.loss == "binary_cross_entropy" and giver.type in _SIGMOIDS:
        words = _(
            "{name} comes before the output, but the loss applies the sigmoid itself. Applied twice, it makes gradients small "
            "and training slow.",
            name=giver.path,
        )  # fmt: skip
    elif giver.type in _SHARES and goal.outputs == 1:
        words = _("{name} over a single value always gives the same, so nothing can be learned.", name=giver.path)
    else:
        words = _(
            "{name} comes before the output and gives only {values}, so the network cannot answer freely.",
            name=giver.path, values=_VALUES[giver.type],
        )  # fmt: skip
    return [Problem(giver.uid, Severity.ADVICE, words, _removed(giver))]


def _repeated_softmax(giver: Node) -> Problem:
    words = _(
        "{name} comes before the output, but the loss and the display apply softmax themselves. Applied twice, it "
        "makes gradients small and training slow.",
        name=giver.path,
    )  # fmt: skip
    return Problem(giver.uid, Severity.ADVICE, words, _removed(giver))


def _missing(output: Node, giver: Node, loss: str) -> Problem:
    """The negative log-likelihood of what is no logarithm of a share has no least value: training would run away."""
    words = _(
        "The loss “{loss}” reads the logarithm of each class’s share, but {name} gives something else. A LogSoftmax layer "
        "before the output makes it so.",
        loss=LOSS_OPTIONS[loss].title, name=giver.path,
    )  # fmt: skip
    if giver.type == "softmax":
        repair = Repair(_("Make {name} a LogSoftmax", name=giver.path), "replace_layer", (giver.uid, "logsoftmax"))
    else:
        repair = Repair(_("Insert LogSoftmax"), "insert_before", (output.uid, 0, "logsoftmax"))
    return Problem(output.uid, Severity.ERROR, words, repair, about_data=True)


def _removed(giver: Node) -> Repair:
    return Repair(_("Remove {name}", name=giver.path), "remove_layer", (giver.uid,))


_VALUES: Mapping[str, Message] = {
    "softmax": _("values from 0 to 1"),
    "logsoftmax": _("values below 0"),
    "sigmoid": _("values from 0 to 1"),
    "hardsigmoid": _("values from 0 to 1"),
    "tanh": _("values from −1 to 1"),
    "relu": _("values that are not below 0"),
    "relu6": _("values from 0 to 6"),
}
"""What the last layer can give, by its type."""
