"""Augmentation that does not go with what is to be learned: pictures that are varied must still show what their label says."""

from __future__ import annotations

from cnnlab.core.data.augmentation import AUGMENTATION_PARAMS
from cnnlab.core.graph.facts import Problem, Repair, Severity
from cnnlab.core.messages import message as _
from cnnlab.core.params import Param
from cnnlab.core.project.goals import Goal

_BY_NAME = {param.name: param for param in AUGMENTATION_PARAMS}


def of_goal(goal: Goal) -> list[Problem]:
    """Problems of the augmentations of a network that is to learn ``goal``, each with a repair that turns one off. Nothing
    stands against them where nothing is to be trained."""
    if goal.loss is None:
        return []
    return [_misleading(_BY_NAME[name]) for name in goal.misleading] + [
        _doubtful(_BY_NAME[name]) for name in goal.doubtful
    ]


def _misleading(param: Param) -> Problem:
    text = _(
        "“{name}” changes the correct answer for a picture, but not its label: the network would learn wrong "
        "answers. Turn it off in the settings of the pictures.",
        name=param.label,
    )
    return Problem("", Severity.ERROR, text, _off(param), about_data=True)


def _doubtful(param: Param) -> Problem:
    text = _(
        "“{name}” makes pictures that these data never contain, because digits have one orientation: a mirrored 2 is not a "
        "digit, and a 6 upside down is a 9. Turn it off unless you want such pictures.",
        name=param.label,
    )
    return Problem("", Severity.HINT, text, _off(param), about_data=True)


def _off(param: Param) -> Repair:
    return Repair(_("Turn off “{name}”", name=param.label), "set_augmentation", (param.name, param.default))
