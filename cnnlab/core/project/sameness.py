"""Whether a project is still what a run trains: the one question behind going on with a run."""

from __future__ import annotations

from dataclasses import replace

from cnnlab.core.project.project import Layout, Project, Weights


def trains_alike(one: Project, other: Project) -> bool:
    """Whether both have the same network, data and settings. Where the cards lie, what the network is called and what its
    weights are now does not count."""
    return _bare(one) == _bare(other)


def holds(project: Project, weights: Weights) -> bool:
    """Whether the layers of ``project`` have the very arrays of ``weights``: nothing was trained, loaded, set or forgotten
    since they were put there."""
    held = project.weights
    return held.step == weights.step and all(
        held.nodes.get(node.uid) is weights.nodes.get(node.uid) for node in project.graph.nodes
    )


def _bare(project: Project) -> Project:
    return replace(project, layout=Layout(), weights=Weights(), title="", note="")
