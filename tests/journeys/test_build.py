"""Add a layer, wire it, see its shape, undo it; be refused a wire that cannot be; repair a problem with a button."""

from __future__ import annotations

import itertools

from journeys.person import Person
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox

from cnnlab.core import catalog
from cnnlab.core.graph.graph import Wire


def empty(person: Person) -> None:
    """Begin with input and output only."""
    person.window.files.new("empty")
    person.until(lambda: len(person.window.document.facts.nodes) == 2)
    person.until(lambda: person.viewport.rect().contains(person.port("output", output=False)))


def add_from_palette(person: Person, text: str) -> str:
    """Type into the palette's search and press Enter; returns the new layer's path."""
    before = set(person.window.document.project.graph.by_path)
    search = person.window.palette_panel.search
    search.setFocus()
    search.clear()
    QTest.keyClicks(search, text)
    QTest.keyClick(search, Qt.Key.Key_Return)
    (new,) = set(person.window.document.project.graph.by_path) - before
    return new


def test_build_a_network_from_nothing(person: Person) -> None:
    window = person.window
    empty(person)
    start = window.document.project
    names = [add_from_palette(person, text) for text in ("Conv2d", "ReLU", "Flatten", "Linear")]
    assert names[0] == "conv1"
    window.canvas.fit()
    chain = ["input", *names, "output"]
    for source, target in itertools.pairwise(chain):
        wire = Wire(person.uid(source), person.uid(target))
        if wire not in window.document.project.graph.wires:
            person.drag(person.viewport, [person.port(source, output=True), person.port(target, output=False)])
        assert wire in window.document.project.graph.wires, f"{source} → {target}"
    person.until(lambda: window.document.facts.nodes.keys() == window.document.project.graph.by_uid.keys())
    person.until(lambda: window.document.facts.of(person.uid(names[2])).output == (32 * 26 * 26,))
    # 128 outputs of the new Linear are not the ten classes: said in the list, and repaired by its button.
    person.until(lambda: window.problems.count == 1)
    window.show_problems()
    person.press("Set fc1 to 10 outputs")
    person.until(lambda: window.document.facts.trainable)
    assert window.run_actions.train.isEnabled()
    while window.document.undo_label is not None:
        person.keys(Qt.Key.Key_Z)
    assert window.document.project == start


def test_loop_is_refused_with_the_reason_and_changes_nothing(person: Person) -> None:
    window = person.window
    before = window.document.project
    person.drag(person.viewport, [person.port("relu2", output=True), person.port("conv2", output=False)])
    assert window.document.project is before
    told = " ".join(
        label.text() for label in window.canvas.findChildren(type(window.banner._label)) if label.isVisible()
    )
    assert "conv2 → relu2 → conv2" in told


def test_delete_and_undo_bring_everything_back(person: Person) -> None:
    window = person.window
    before = window.document.project
    person.click(person.viewport, person.card("pool2"))
    QTest.keyClick(window.canvas.view, Qt.Key.Key_Delete)
    assert "pool2" not in window.document.project.graph.by_path
    person.until(lambda: not window.document.facts.trainable)
    assert not window.run_actions.train.isEnabled()
    person.keys(Qt.Key.Key_Z)
    assert window.document.project == before
    person.until(lambda: window.document.facts.trainable)


def test_moving_a_card_is_one_step_and_no_change_of_the_network(person: Person) -> None:
    window = person.window
    graph = window.document.project.graph
    start = person.card("conv1")
    person.drag(person.viewport, [start, start + QPoint(40, 70), start + QPoint(80, 90)])
    assert window.document.project.graph is graph
    assert str(window.document.undo_label) == "Move conv1"
    person.keys(Qt.Key.Key_Z)
    assert window.document.undo_label is None


def test_every_card_tells_size_and_parameters(person: Person) -> None:
    facts, graph = person.window.document.facts, person.window.document.project.graph
    assert facts.parameters == 110_474
    sizes = [facts.of(graph.by_path[f"{kind}{n}"].uid).output for n in (1, 2, 3) for kind in ("conv", "pool")]
    assert sizes == [(32, 26, 26), (32, 13, 13), (64, 11, 11), (64, 5, 5), (128, 3, 3), (128, 1, 1)]
    assert {node.type for node in graph.nodes} <= set(catalog.BY_KEY)


def test_undo_in_a_field_takes_back_the_setting(person: Person) -> None:
    window = person.window
    before = window.document.project
    person.click(person.viewport, person.card("conv2"))
    boxes = [box for box in window.form.findChildren(QAbstractSpinBox) if box.isVisible()]
    stride = next(box for box in boxes if "tride" in box.accessibleName())
    person.click(stride)
    stride.selectAll()
    QTest.keyClicks(stride, "2")
    QTest.keyClick(stride, Qt.Key.Key_Return)
    assert window.document.project.graph.by_path["conv2"].params["stride"] == (2, 2)
    person.until(lambda: stride.hasFocus())
    QTest.keyClick(stride, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.document.project == before


def test_undo_takes_back_a_weight_set_by_hand(person: Person) -> None:
    window = person.window
    before = window.document.project
    person.click(person.viewport, person.card("conv1"))
    window.tabs.setCurrentWidget(window.layer_views.kernels)
    sheet = window.layer_views.kernels.panel.sheet
    person.until(lambda: sheet.top)
    person.click(sheet, sheet.cell_rect((3, 1, 1)).center().toPoint())
    value = window.layer_views.kernels.value
    person.until(lambda: value.hasFocus())
    QTest.keyClicks(value, "2.5")
    QTest.keyClick(value, Qt.Key.Key_Return)
    uid = person.uid("conv1")
    assert window.document.project.weights.nodes[uid]["weight"][3, 0, 1, 1] == 2.5
    person.until(lambda: sheet.top == 2.5)
    QTest.keyClick(value, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.document.project.weights.nodes is before.weights.nodes
