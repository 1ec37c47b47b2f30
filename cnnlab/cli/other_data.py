"""Data of another kind than a project's own, which its last layer and its loss may not go with."""

from __future__ import annotations

from dataclasses import replace

from cnnlab.core import heads, templates
from cnnlab.core.messages import Refusal
from cnnlab.core.messages import message as _
from cnnlab.core.project import Project
from cnnlab.core.sources import SOURCES


def check(before: Project, asked: Project) -> None:
    """Raises ``Refusal`` where ``asked``, which is ``before`` with the settings of a command, has data that ask for another
    answer than its network gives; it says everything that is in the way, and how there is a project for such data."""
    source, own = SOURCES[asked.data.source], SOURCES[before.data.source]
    if (source.target, source.outputs) == (own.target, own.outputs):
        return
    from cnnlab.engine import shapes

    facts = shapes.infer(asked.graph, replace(heads.goal(asked), misleading=()))
    reasons = [str(problem.message) for problem in facts.blocking if problem.about_data]
    if not reasons:
        return
    fitting = next((template.key for template in templates.TEMPLATES if template.data == asked.data.source), None)
    way = (
        _("“cnnlab new {template} NEW.cnnlab” writes a project for these pictures.", template=fitting)
        if fitting
        else _("Change that in the window, where each has a repair, or leave out --source.")
    )
    raise Refusal(_("{reasons} Nothing was started. {way}", reasons=" ".join(reasons), way=way))
