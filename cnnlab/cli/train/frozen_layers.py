"""Layers that a command line freezes for one run."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from cnnlab.core.messages import Refusal
from cnnlab.core.messages import message as _
from cnnlab.core.project import changes
from cnnlab.core.project.goals import goal
from cnnlab.core.project.project import Project


def freeze(project: Project, paths: Sequence[str]) -> Project:
    """``project`` with the layers called ``paths`` frozen. Raises ``Refusal`` for a path that no layer has."""
    known = project.graph.by_path
    for path in paths:
        if path not in known:
            near = difflib.get_close_matches(path, known, n=3)
            names = ", ".join(near or known)
            raise Refusal(
                _(
                    "There is no layer “{path}” to freeze. Nothing was started. Near it: {names}.",
                    path=path,
                    names=names,
                )
                if near
                else _(
                    "There is no layer “{path}” to freeze. Nothing was started. The layers are {names}.",
                    path=path,
                    names=names,
                )
            )
    return changes.set_learning(project, *(known[path].uid for path in paths), frozen=True)


def idle(project: Project, paths: Sequence[str]) -> list[str]:
    """A line for each of the layers called ``paths`` that has no weights to freeze."""
    from cnnlab.engine.network import shapes

    facts = shapes.infer(project.graph, goal(project))
    known = {path: facts.of(project.graph.by_path[path].uid) for path in paths}
    return [
        str(_("--freeze {path} has no effect: the layer has no weights.", path=path))
        for path, layer in known.items()
        if layer.outputs and not layer.has_weights
    ]
