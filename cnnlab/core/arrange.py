"""Cards in reading order: by depth from left to right, in bands of a few columns, as lines of a text."""

from __future__ import annotations

from cnnlab.core import changes, topology
from cnnlab.core.graph import Graph
from cnnlab.core.project import Point, Project
from cnnlab.core.templates import PITCH

COLUMNS = 5
"""Cards side by side before the next band begins."""


def depths(graph: Graph) -> dict[str, int]:
    """For every node the length of the longest way to it; nodes on a loop, or after one, come after all others."""
    depth: dict[str, int] = {}
    for uid in topology.order(graph):
        depth[uid] = max((depth[wire.source] + 1 for wire in graph.incoming(uid)), default=0)
    last = max(depth.values(), default=-1) + 1
    return depth | {node.uid: last for node in graph.nodes if node.uid not in depth}


def places(graph: Graph) -> dict[str, Point]:
    """Where each card goes. Nodes of one depth stand below each other; no two cards share a place."""
    by_depth: dict[int, list[str]] = {}
    for uid, depth in sorted(depths(graph).items(), key=lambda item: item[1]):
        by_depth.setdefault(depth, []).append(uid)
    columns = list(by_depth.values())
    result: dict[str, Point] = {}
    top = 0
    for start in range(0, len(columns), COLUMNS):
        band = columns[start : start + COLUMNS]
        for number, uids in enumerate(band):
            for row, uid in enumerate(uids):
                result[uid] = (number * PITCH[0], (top + row) * PITCH[1])
        top += max(len(uids) for uids in band)
    return result


def tidy(project: Project) -> Project:
    """The project with all cards in reading order."""
    return changes.move(project, places(project.graph))
