"""What runs are called beside each other, where the time at which each began says little."""

from __future__ import annotations

from collections.abc import Sequence

from cnnlab.core.messages import text as _
from cnnlab.core.runs.differences import differences
from cnnlab.core.runs.summary import RunSummary
from cnnlab.gui.training.runs.runs_model import name_of

_LONGEST = 32
"""Characters of what differs; more is not read in a legend."""


def names_beside(runs: Sequence[RunSummary], others: Sequence[RunSummary] = ()) -> list[str]:
    """Of each of ``runs`` when it began, and what was chosen otherwise for it than for the rest and for ``others``: as much of
    that as is short."""
    differing = differences([*runs, *others])
    names = []
    for run in runs:
        told: list[str] = []
        for each in differing:
            words = each.words(run)
            if words:
                told.append(_("{setting} {value}", setting=each.title, value=words) if each.numeric else words)
        while len(", ".join(told)) > _LONGEST:
            told.pop()
        name = name_of(run)
        names.append(_("{name} ({differences})", name=name, differences=", ".join(told)) if told else name)
    return names
