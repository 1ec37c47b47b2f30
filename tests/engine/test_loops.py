"""Whatever goes along the wires of a network comes to an end where they lead in a circle."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies.loops import looped

from cnnlab.core.data.sources import SOURCES, Target
from cnnlab.core.graph import topology
from cnnlab.core.graph.facts import Severity
from cnnlab.core.graph.graph import Wire
from cnnlab.core.layout import arrange
from cnnlab.core.project import changes, checks, conversions, repairs
from cnnlab.core.project.goals import Goal, goal
from cnnlab.core.project.project import Project
from cnnlab.core.training.losses import LOSSES
from cnnlab.core.training.settings import TrainingSettings
from cnnlab.engine.archive import open_project, save
from cnnlab.engine.codegen import export_code
from cnnlab.engine.inspection import inspector
from cnnlab.engine.inspection.inspector import Inspector
from cnnlab.engine.inspection.looks import Input, Look
from cnnlab.engine.network import shapes
from cnnlab.engine.network.network import BuildError, build
from cnnlab.engine.training import run_memory

GOALS = st.builds(
    Goal,
    st.sampled_from(Target),
    st.sampled_from([None, 1, 10]),
    st.none() | st.sampled_from(sorted(LOSSES)),
)


@settings(max_examples=200)
@given(looped(), GOALS)
def test_every_layer_of_a_loop_is_told_and_training_is_off_where_it_leads_to_the_output(
    project: Project, goal: Goal
) -> None:
    facts = shapes.infer(project.graph, goal)
    ring = topology.on_loops(project.graph)
    assert ring
    for uid in ring:
        told = [problem for problem in facts.problems_of(uid) if "part of a loop" in str(problem.message)]
        assert [problem.severity for problem in told] == [Severity.ERROR]
        assert facts.of(uid).output is None
    assert not (ring & facts.leading and facts.trainable)


@settings(max_examples=100)
@given(looped(), GOALS)
def test_every_repair_of_a_looped_network_is_made(project: Project, goal: Goal) -> None:
    for problem in shapes.infer(project.graph, goal).problems:
        if problem.repair:
            assert shapes.infer(repairs.apply(project, problem.repair).graph, goal).digest


@settings(max_examples=100)
@given(looped())
def test_what_is_asked_of_the_wires_is_answered(project: Project) -> None:
    graph, facts = project.graph, shapes.infer(project.graph)
    uids = set(graph.by_uid)
    assert set(arrange.places(graph)) == uids
    assert set(inspector.signed(graph)) == set(topology.order(graph))
    for source, target in product(uids - {"out"}, uids - {"in"}):
        if source == target or topology.path_between(graph, target, source):
            assert checks.refuse_wire(graph, facts, Wire(source, target))
    for uid in uids:
        for refuse in (conversions.refuse_linear_to_conv, conversions.refuse_conv_to_linear):
            assert uid in facts.order or refuse(project, facts, uid)
    for name in SOURCES:
        assert len(changes.choose_data(project, name).graph.nodes) == len(uids)


@settings(max_examples=60)
@given(looped())
def test_what_cannot_run_is_refused_in_words_and_the_rest_runs(project: Project) -> None:
    graph = project.graph
    facts = shapes.infer(graph)
    picture = np.zeros((1, 28, 28), np.uint8)
    if facts.trainable:
        assert run_memory.predict(graph, facts, TrainingSettings(), "float32").per_picture
        assert export_code(project).text
    else:
        for whole in (lambda: build(graph), lambda: export_code(project)):
            with pytest.raises(BuildError):
                whole()
    look = Look(
        project=project,
        input=Input(pixels=picture),
        strips=frozenset(graph.by_uid),
        layer=next(iter(topology.on_loops(graph))),
    )
    seen = Inspector().look(look)
    assert set(seen.strips) == set(facts.order)
    assert seen.layer is None


@settings(max_examples=60)
@given(project=looped())
def test_a_file_with_a_loop_opens_and_says_what_is_wrong(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("loop") / "loop.cnnlab"
    save(project, path)
    opened = open_project(path).project
    assert opened == project
    text = " ".join(str(problem.message) for problem in shapes.infer(opened.graph, goal(opened)).problems)
    for uid in topology.on_loops(opened.graph):
        assert f"{opened.graph.by_uid[uid].path} is part of a loop" in text
