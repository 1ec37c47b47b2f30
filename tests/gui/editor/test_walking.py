"""The walk from card to card: past every one, once, and to an end, whatever the wires are."""

from __future__ import annotations

from hypothesis import given
from strategies.loops import looped

from cnnlab.core import topology
from cnnlab.core.project import Project
from cnnlab.gui.editor.walking import next_card, walking_order


@given(looped())
def test_a_walk_meets_every_card_and_those_behind_or_on_loops_last(project: Project) -> None:
    graph = project.graph
    order = walking_order(graph)
    assert sorted(order) == sorted(graph.by_uid)
    runs = topology.order(graph)
    assert order[: len(runs)] == runs
    there: tuple[str, ...] = ()
    while (uid := next_card(graph, there[-1:], 1)) is not None:
        there += (uid,)
    assert there == order
    back = [order[-1]]
    while (uid := next_card(graph, (back[-1],), -1)) is not None:
        back.append(uid)
    assert tuple(reversed(back)) == order
