"""Any sequence of edits, undos, saves and reopenings keeps the graph whole and the file equal to what was saved."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from cnnlab.core import catalog, templates
from cnnlab.core.graph import paths
from cnnlab.core.graph.graph import GraphError, Node, Wire
from cnnlab.core.messages import message as _
from cnnlab.core.params import ParamError
from cnnlab.core.project import changes
from cnnlab.core.project.history import History
from cnnlab.core.project.project import Project
from cnnlab.core.values import Frozen
from cnnlab.engine.archive import Stamp, open_project, save

KEYS = [spec.key for spec in catalog.LAYERS]
EDIT = _("Edit")


class Editing(RuleBasedStateMachine):
    """A person at the canvas, with a file."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "net.cnnlab"
        self.history: History[Project] = History(Project())
        self.past: list[Project] = []
        """What undo should bring back, kept in a second way."""
        self.future: list[Project] = []
        self.stamp: Stamp | None = None
        self.saved: Project | None = None

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @property
    def project(self) -> Project:
        return self.history.present

    def do(self, project: Project) -> None:
        self.past.append(self.project)
        self.future.clear()
        self.history.do(EDIT, project)

    def node(self, number: int) -> Node:
        return self.project.graph.nodes[number % len(self.project.graph.nodes)]

    @initialize(key=st.sampled_from(["mnist", "lenet5", "inception-reduction", "empty"]))
    def start(self, key: str) -> None:
        self.history = History(templates.BY_KEY[key].build())

    @rule(key=st.sampled_from(KEYS), x=st.floats(-1e6, 1e6), y=st.floats(-1e6, 1e6))
    def add(self, key: str, x: float, y: float) -> None:
        self.do(changes.add_layer(self.project, key, (x, y)))

    @rule(
        raw=st.dictionaries(st.text("abc", max_size=3), st.integers(-5, 5) | st.booleans()),
        number=st.integers(1, 10**6),
    )
    def add_unknown(self, raw: dict[str, int | bool], number: int) -> None:
        path = paths.free("odd", self.project.graph.by_path)
        node = Node(f"odd{number}-{len(self.past)}", path, "odd", Frozen(raw), number)
        self.do(replace(self.project, graph=self.project.graph.add(node)))

    @precondition(lambda self: self.project.graph.nodes)
    @rule(numbers=st.sets(st.integers(0, 50), min_size=1, max_size=4))
    def remove(self, numbers: set[int]) -> None:
        self.do(changes.remove(self.project, {self.node(number).uid for number in numbers}))

    @precondition(lambda self: self.project.graph.nodes)
    @rule(number=st.integers(0, 50))
    def remove_and_join(self, number: int) -> None:
        self.do(changes.remove_and_join(self.project, self.node(number).uid))

    @precondition(lambda self: self.project.graph.nodes)
    @rule(first=st.integers(0, 50), second=st.integers(0, 50), port=st.integers(0, 20))
    def connect(self, first: int, second: int, port: int) -> None:
        giver, taker = catalog.find(self.node(first)), catalog.find(self.node(second))
        inputs = taker.inputs[1] if taker else 2
        if (giver is None or giver.outputs) and inputs:
            wire = Wire(self.node(first).uid, self.node(second).uid, 0, port % inputs)
            self.do(changes.connect(self.project, wire))

    @precondition(lambda self: self.project.graph.wires)
    @rule(number=st.integers(0, 50))
    def disconnect(self, number: int) -> None:
        wires = self.project.graph.wires
        self.do(changes.disconnect(self.project, [wires[number % len(wires)]]))

    @precondition(lambda self: self.project.graph.nodes)
    @rule(number=st.integers(0, 50), x=st.floats(-1e6, 1e6), y=st.floats(-1e6, 1e6))
    def move(self, number: int, x: float, y: float) -> None:
        self.do(changes.move(self.project, {self.node(number).uid: (x, y)}))

    @precondition(lambda self: any(catalog.find(node) for node in self.project.graph.nodes))
    @rule(number=st.integers(0, 50), name=st.integers(0, 9), value=st.integers(-1, 9) | st.floats(0, 1) | st.booleans())
    def set_param(self, number: int, name: int, value: object) -> None:
        known = [node for node in self.project.graph.nodes if catalog.find(node)]
        node = known[number % len(known)]
        names = [param.name for param in catalog.BY_KEY[node.type].params]
        if names:
            before = self.project
            try:
                self.do(changes.set_params(self.project, node.uid, **{names[name % len(names)]: value}))
            except ParamError:
                assert self.project == before

    @precondition(lambda self: self.project.graph.nodes)
    @rule(number=st.integers(0, 50), path=st.sampled_from(["a", "a.b", "a.b.c", "0", "block.1.conv", "train", "", "é"]))
    def rename(self, number: int, path: str) -> None:
        before = self.project
        try:
            self.do(changes.rename(self.project, self.node(number).uid, path))
        except GraphError:
            assert self.project == before

    @precondition(lambda self: self.project.graph.nodes)
    @rule(numbers=st.sets(st.integers(0, 50), min_size=1, max_size=3))
    def copy_and_paste(self, numbers: set[int]) -> None:
        clip = changes.copy(self.project, {self.node(number).uid for number in numbers})
        project, uids = changes.paste(self.project, clip, (24.0, 24.0))
        assert len(uids) == len(clip.graph.nodes)
        self.do(project)

    @rule(epochs=st.integers(1, 50), rate=st.floats(1e-6, 10))
    def set_training(self, epochs: int, rate: float) -> None:
        self.do(changes.set_training(self.project, epochs=epochs, learning_rate=rate))

    @rule()
    def undo(self) -> None:
        if self.past:
            self.future.append(self.project)
            expected = self.past.pop()
        else:
            expected = self.project
        self.history.undo()
        assert self.project == expected

    @rule()
    def redo(self) -> None:
        if self.future:
            self.past.append(self.project)
            expected = self.future.pop()
        else:
            expected = self.project
        self.history.redo()
        assert self.project == expected

    @rule()
    def save(self) -> None:
        self.stamp = save(self.project, self.path, expected=self.stamp)
        self.saved = self.project
        assert open_project(self.path).project == self.project

    @precondition(lambda self: self.saved is not None)
    @rule()
    def reopen(self) -> None:
        opened = open_project(self.path)
        assert opened.project == self.saved
        assert opened.stamp == self.stamp
        self.history = History(opened.project)
        self.past.clear()
        self.future.clear()

    @invariant()
    def graph_is_whole(self) -> None:
        project = self.project
        nodes = {node.uid: node for node in project.graph.nodes}
        assert len(nodes) == len(project.graph.nodes)
        names = [node.path for node in project.graph.nodes]
        for number, name in enumerate(names):
            assert paths.refusal(name, names[:number]) is None
        ends = [(wire.target, wire.target_port) for wire in project.graph.wires]
        assert len(set(ends)) == len(ends)
        for wire in project.graph.wires:
            giver, taker = catalog.find(nodes[wire.source]), catalog.find(nodes[wire.target])
            assert giver is None or wire.source_port < giver.outputs
            assert taker is None or wire.target_port < taker.inputs[1]
        for node in project.graph.nodes:
            spec = catalog.find(node)
            assert spec is None or spec.normal(node.params) == node.params
        assert set(project.layout.positions) <= set(nodes)


CHECKS = [HealthCheck.too_slow, HealthCheck.filter_too_much]


@pytest.mark.slow
def test_edits_and_files() -> None:
    run_state_machine_as_test(
        Editing, settings=settings(max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=CHECKS)
    )


@pytest.mark.soak
def test_many_edits_and_files() -> None:
    run_state_machine_as_test(
        Editing,
        settings=settings(max_examples=500, stateful_step_count=50, deadline=None, suppress_health_check=CHECKS),
    )
