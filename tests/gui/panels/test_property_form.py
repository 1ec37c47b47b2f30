"""The form of a layer: every setting of every layer type, by its control, and back by undo."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from cnnlab.core import templates
from cnnlab.core.catalog import BY_KEY, LAYERS
from cnnlab.core.graph.graph import Graph, Node, Wire
from cnnlab.core.messages import message
from cnnlab.core.params import Choice, Flag, Numbers, Pair, Param, Real, Whole
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.core.values import Frozen
from cnnlab.gui.document import Document
from cnnlab.gui.panels.fields import Field, WholeBox
from cnnlab.gui.panels.layer_page import LayerPage
from cnnlab.gui.panels.network_page import Page
from cnnlab.gui.panels.pair_field import PairBox
from cnnlab.gui.panels.property_form import PropertyForm
from cnnlab.gui.selection import Selection


class Panel:
    """A property form over a project, with what it follows."""

    def __init__(self, project: Project) -> None:
        self.document = Document(project)
        self.selection = Selection()
        self.form = PropertyForm(self.document, self.selection)

    def select(self, uid: str) -> LayerPage:
        self.selection.set([uid])
        assert self.form.page is not None
        return self.form.page

    def params(self, uid: str) -> Any:
        return self.document.project.graph.by_uid[uid].params

    @property
    def texts(self) -> str:
        page = self.form.widget()
        assert isinstance(page, Page)
        return "\n".join(page.texts)


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[Panel]:
    panel = Panel(templates.BY_KEY["mnist"].build())
    qtbot.addWidget(panel.form)
    panel.form.show()
    yield panel
    panel.document.close()


def another(param: Param) -> Any:
    """A value that is not the default."""
    match param:
        case Whole():
            return param.default + 1
        case Real():
            return param.default / 2
        case Flag():
            return not param.default
        case Choice():
            return next(option for option in param.options if option != param.default)
        case Pair():
            return (param.low, param.low + 1) if param.normal(param.default) == (param.low,) * 2 else (2, 3)
        case Numbers():
            return (0.5, -2.25)
        case _:
            raise TypeError(param)


BESIDE: dict[tuple[str, str], dict[str, Any]] = {("convtranspose2d", "output_padding"): {"stride": (2, 2)}}
"""Other settings without which a value that is not the default would be refused."""


def give(qtbot: QtBot, field: Field, value: Any) -> None:
    """Give a field a value as a person does: keys and clicks."""
    control = field.control
    if isinstance(control, QCheckBox):
        qtbot.mouseClick(control, Qt.MouseButton.LeftButton)
    elif isinstance(control, QComboBox):
        control.setCurrentIndex(control.findData(value))
        control.activated.emit(control.currentIndex())
    else:
        control.setFocus()
        control.selectAll()
        between = "x" if isinstance(field.param, Pair) else ", "
        qtbot.keyClicks(control, between.join(map(str, value)) if isinstance(value, tuple) else f"{value}")
        qtbot.keyClick(control, Qt.Key.Key_Return)


def shown(field: Field) -> Any:
    control = field.control
    match control:
        case QCheckBox():
            return control.isChecked()
        case QComboBox():
            return control.currentData()
        case WholeBox():
            return control.value()
        case PairBox():
            return tuple(map(int, control.lineEdit().text().split("×")))
        case QLineEdit():
            numbers = tuple(map(float, control.text().split(",")))
            return numbers if isinstance(field.param, Numbers) else numbers[0]
        case _:
            raise TypeError(control)


def leave(control: QWidget) -> None:
    """Take the focus away as Tab does, whether or not the window is the active one."""
    QApplication.sendEvent(control, QFocusEvent(QEvent.Type.FocusOut, Qt.FocusReason.TabFocusReason))
    QApplication.processEvents()


@pytest.mark.parametrize("key", [spec.key for spec in LAYERS if spec.params])
def test_every_setting_of_a_layer_goes_to_the_project_and_back(qtbot: QtBot, key: str) -> None:
    spec = BY_KEY[key]
    for param in spec.params:
        name = param.name
        panel = Panel(Project(Graph((Node("n", "n1", key, spec.defaults() | BESIDE.get((key, name), {})),))))
        qtbot.addWidget(panel.form)
        panel.form.show()
        page = panel.select("n")
        page.form.set_open(True)
        field = page.form.rows[name].field
        default, value = param.normal(param.default), another(param)
        assert shown(field) == default, name
        give(qtbot, field, value)
        assert panel.params("n")[name] == value, name
        assert shown(field) == value, name
        panel.document.undo()
        assert panel.params("n")[name] == default, name
        assert shown(field) == default, name
        assert panel.document.undo_label is None, name
        panel.document.close()
        panel.form.close()


@pytest.fixture
def alone(qtbot: QtBot) -> Iterator[Callable[..., Panel]]:
    """Makes a panel that shows a single layer."""
    panels: list[Panel] = []

    def make(key: str, **params: Any) -> Panel:
        node = Node("n", "n1", key, BY_KEY[key].normal(params))
        panels.append(Panel(Project(Graph((node,)))))
        qtbot.addWidget(panels[-1].form)
        panels[-1].form.show()
        return panels[-1]

    yield make
    for panel in panels:
        panel.document.close()


def test_a_value_that_conflicts_with_another_setting_is_refused_at_its_field(
    qtbot: QtBot, alone: Callable[..., Panel]
) -> None:
    panel = alone("conv2d", padding="same")
    row = panel.select("n").form.rows["stride"]
    give(qtbot, row.field, 2)
    assert row.error == (
        "Padding “same” works with stride 1 only in PyTorch. Set the stride to 1, or give the padding as a number. "
        "It is still 1×1."
    )
    assert panel.params("n")["stride"] == (1, 1)
    give(qtbot, row.field, 1)
    assert row.error == ""
    row = panel.select("n").form.rows["padding"]
    assert row.field.findChild(QPushButton).isChecked()
    qtbot.mouseClick(row.field.findChild(QPushButton), Qt.MouseButton.LeftButton)
    give(qtbot, panel.select("n").form.rows["stride"].field, 2)
    assert panel.params("n")["stride"] == (2, 2)
    qtbot.mouseClick(row.field.findChild(QPushButton), Qt.MouseButton.LeftButton)
    assert row.error.startswith("Padding “same” works with stride 1 only in PyTorch.")
    assert panel.params("n")["padding"] == (0, 0)


def test_a_conflict_that_a_file_brought_along_can_be_edited_away(qtbot: QtBot, alone: Callable[..., Panel]) -> None:
    panel = alone("conv2d", padding="same", stride=2, out_channels=8)
    page = panel.select("n")
    give(qtbot, page.form.rows["out_channels"].field, 9)
    give(qtbot, page.form.rows["stride"].field, 1)
    assert (panel.params("n")["out_channels"], panel.params("n")["stride"]) == (9, (1, 1))


def test_numbers_are_told_apart_from_what_is_none_when_the_person_is_done(
    qtbot: QtBot, alone: Callable[..., Panel]
) -> None:
    panel = alone("normalise")
    row = panel.select("n").form.rows["scale"]
    give(qtbot, row.field, "0.5, 1e")
    assert row.error == ("Factors must be numbers from -1000000 to 1000000, with commas between them. It is still 1.")
    assert panel.params("n")["scale"] == (1.0,)
    give(qtbot, row.field, "0.5, -1e-3")
    assert panel.params("n")["scale"] == (0.5, -0.001)
    assert row.error == ""


def test_typing_and_stepping_in_one_field_is_one_step_to_undo(qtbot: QtBot, panel: Panel) -> None:
    box = panel.select("conv1").form.rows["out_channels"].field.control
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "48")
    qtbot.keyClick(box, Qt.Key.Key_Up)
    assert panel.params("conv1")["out_channels"] == 49
    panel.document.undo()
    assert panel.params("conv1")["out_channels"] == 32
    assert panel.document.undo_label is None


def test_leaving_the_field_begins_another_step(qtbot: QtBot, panel: Panel) -> None:
    box = panel.select("conv1").form.rows["out_channels"].field.control
    qtbot.keyClick(box, Qt.Key.Key_Up)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    qtbot.keyClick(box, Qt.Key.Key_Up)
    panel.document.undo()
    assert panel.params("conv1")["out_channels"] == 33
    assert str(panel.document.undo_label) == "Change Filters of conv1"


def test_another_layer_in_between_begins_another_step(qtbot: QtBot, panel: Panel) -> None:
    for _ in range(2):
        qtbot.keyClick(panel.select("conv1").form.rows["out_channels"].field.control, Qt.Key.Key_Up)
        panel.select("conv2")
    panel.document.undo()
    assert panel.params("conv1")["out_channels"] == 33


def test_a_value_out_of_range_is_told_at_the_field_and_not_applied(qtbot: QtBot, panel: Panel) -> None:
    row = panel.select("conv1").form.rows["out_channels"]
    give(qtbot, row.field, 70000)
    assert row.error == "Filters must be a whole number from 1 to 65,536. It is still 32."
    assert panel.params("conv1")["out_channels"] == 32
    give(qtbot, row.field, 16)
    assert row.error == ""
    assert panel.params("conv1")["out_channels"] == 16


@pytest.mark.parametrize("how", ["escape", "leave", "edit"])
@pytest.mark.parametrize(
    ("uid", "name", "typed"),
    [("conv1", "out_channels", 999999999), ("conv1", "kernel_size", (0, 99999))],
)
def test_a_refused_value_goes_when_the_person_gives_it_up(
    qtbot: QtBot, panel: Panel, uid: str, name: str, typed: Any, how: str
) -> None:
    page = panel.select(uid)
    page.form.set_open(True)
    row = page.form.rows[name]
    before = shown(row.field)
    give(qtbot, row.field, typed)
    QApplication.processEvents()
    assert row.error
    if how == "escape":
        qtbot.keyClick(row.field.control, Qt.Key.Key_Escape)
    elif how == "leave":
        leave(row.field.control)
    else:
        panel.document.edit(message("Bias"), lambda project: changes.set_params(project, "conv2", bias=False))
    assert row.error == ""
    assert shown(row.field) == before == panel.params(uid)[name]


@pytest.mark.parametrize("how", ["escape", "leave"])
def test_a_refused_name_goes_when_the_person_gives_it_up(qtbot: QtBot, panel: Panel, how: str) -> None:
    name = panel.select("conv1").form.rows["path"]
    line = name.findChild(QLineEdit)
    line.setText("conv2")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert name.error
    if how == "escape":
        qtbot.keyClick(line, Qt.Key.Key_Escape)
    else:
        leave(line)
    assert name.error == ""
    assert line.text() == "conv1"


def test_arrows_stay_within_the_range(qtbot: QtBot, panel: Panel) -> None:
    row = panel.select("conv1").form.rows["out_channels"]
    give(qtbot, row.field, 1)
    qtbot.keyClick(row.field.control, Qt.Key.Key_Down)
    assert panel.params("conv1")["out_channels"] == 1
    assert row.error == ""


@pytest.mark.parametrize(("typed", "value"), [("1e-5", 1e-5), ("0.25", 0.25), (".5", 0.5), ("1E-3", 1e-3)])
def test_real_numbers_are_read_as_people_write_them(qtbot: QtBot, typed: str, value: float) -> None:
    spec = BY_KEY["batchnorm2d"]
    panel = Panel(Project(Graph((Node("n", "bn1", "batchnorm2d", spec.defaults()),))))
    qtbot.addWidget(panel.form)
    panel.form.show()
    page = panel.select("n")
    page.form.set_open(True)
    row = page.form.rows["eps"]
    give(qtbot, row.field, typed)
    assert panel.params("n")["eps"] == value
    assert row.error == ""
    give(qtbot, row.field, "abc")
    assert row.error.startswith("Epsilon must be above 0")
    assert panel.params("n")["eps"] == value
    leave(row.field.control)
    assert row.error == ""
    assert shown(row.field) == value
    panel.document.close()


@pytest.mark.parametrize("typed", ["2", "2x2", "2×2", "2, 2", "2 2"])
def test_one_number_or_two_make_a_pair(qtbot: QtBot, panel: Panel, typed: str) -> None:
    field = panel.select("conv1").form.rows["kernel_size"].field
    give(qtbot, field, typed)
    assert panel.params("conv1")["kernel_size"] == (2, 2)
    assert shown(field) == (2, 2)


def test_arrows_move_both_numbers_of_a_pair_only_while_they_are_equal(qtbot: QtBot, panel: Panel) -> None:
    field = panel.select("conv1").form.rows["kernel_size"].field
    box = field.control
    assert isinstance(box, PairBox)
    qtbot.keyClick(box, Qt.Key.Key_Up)
    assert panel.params("conv1")["kernel_size"] == (4, 4)
    give(qtbot, field, (3, 5))
    box.lineEdit().setCursorPosition(0)
    qtbot.keyClick(box, Qt.Key.Key_Up)
    assert panel.params("conv1")["kernel_size"] == (4, 5)
    box.lineEdit().setCursorPosition(3)
    qtbot.keyClick(box, Qt.Key.Key_Down)
    assert panel.params("conv1")["kernel_size"] == (4, 4)


def test_the_word_same_stands_instead_of_padding(qtbot: QtBot, panel: Panel) -> None:
    field = panel.select("conv1").form.rows["padding"].field
    give(qtbot, field, (1, 1))
    keyword = field.findChild(QPushButton)
    qtbot.mouseClick(keyword, Qt.MouseButton.LeftButton)
    assert panel.params("conv1")["padding"] == "same"
    assert not field.control.isEnabled()
    qtbot.mouseClick(keyword, Qt.MouseButton.LeftButton)
    assert panel.params("conv1")["padding"] == (1, 1)


def test_a_layer_is_renamed_and_a_name_that_is_taken_is_refused(qtbot: QtBot, panel: Panel) -> None:
    page = panel.select("conv1")
    line = page.form.rows["path"].findChild(QLineEdit)
    line.setText("stem.conv")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert panel.document.project.graph.by_uid["conv1"].path == "stem.conv"
    line.setText("conv2")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert page.form.rows["path"].error == "Another layer is called “conv2”. It is still called stem.conv."
    assert panel.document.project.graph.by_uid["conv1"].path == "stem.conv"


def test_facts_of_the_layer_follow_its_settings(qtbot: QtBot, panel: Panel) -> None:
    page = panel.select("pool2")
    with qtbot.waitSignal(panel.document.facts_changed, timeout=20_000):
        panel.document.ask_shapes()
    assert page.facts.texts["input"] == "64 × 11 × 11"
    assert page.facts.texts["output"] == "64 × 5 × 5"
    assert page.facts.texts["formula"].startswith("H: ⌊(11 + 2·0 − 1·(2 − 1) − 1) / 2⌋ + 1 = 5")
    assert "The last row and the last column of the input are never read" in page.facts.texts["remark"]
    page = panel.select("conv2")
    assert page.facts.texts["parameters"] == "18,496"
    assert page.facts.texts["macs"] == "2,230,272 (2.23 M)"  # 64 filters of 32 · 3 · 3 at each of 11 × 11 places
    assert page.facts.texts["memory"] == "31 kB"  # 64 · 11 · 11 numbers of 4 bytes
    with qtbot.waitSignal(panel.document.facts_changed, timeout=20_000):
        give(qtbot, page.form.rows["out_channels"].field, 1)
    assert page.facts.texts["parameters"] == "289"


def test_without_a_selection_it_tells_of_the_network(qtbot: QtBot, panel: Panel) -> None:
    assert "MNIST starter net" in panel.texts
    with qtbot.waitSignal(panel.document.facts_changed, timeout=20_000):
        panel.document.ask_shapes()
    assert "110,474" in panel.texts
    assert f"{sum(facts.macs for facts in panel.document.facts.nodes.values()):,}" in panel.texts
    assert "442 kB weights" in panel.texts
    assert "Press Train" in panel.texts


def test_several_layers_are_counted(panel: Panel) -> None:
    panel.selection.set(["conv1", "conv2"])
    assert "2 layers selected" in panel.texts


def test_an_unknown_layer_shows_what_was_read(qtbot: QtBot) -> None:
    node = Node("u", "deform", "deformconv", Frozen({"kernel": 7}))
    panel = Panel(replace(Project(), graph=Graph((node,))))
    qtbot.addWidget(panel.form)
    panel.selection.set(["u"])
    assert "deformconv" in panel.texts
    assert "kernel" in panel.texts
    assert "7" in panel.texts
    panel.document.close()


def test_a_layer_that_is_deleted_leaves_the_panel(panel: Panel) -> None:
    panel.select("conv1")
    panel.document.edit(message("Delete"), lambda project: changes.remove(project, ["conv1"]))
    assert "MNIST starter net" in panel.texts


def test_every_output_of_a_split_is_shown(qtbot: QtBot) -> None:
    project = Project(Graph((Node("i", "input", "input", BY_KEY["input"].normal({"channels": 6})),)))
    panel = Panel(changes.add_layer(project, "split", (0, 0), "s", chunks=3))
    qtbot.addWidget(panel.form)
    with qtbot.waitSignal(panel.document.facts_changed, timeout=20_000):
        panel.document.edit(message("Wire"), lambda project: changes.connect(project, Wire("i", "s")))
    page = panel.select("s")
    assert page.facts.texts["output"] == "3 outputs of 2 × 28 × 28"
    assert page.facts.texts["memory"] == "19 kB"
    panel.document.close()


@pytest.mark.parametrize("height", [260, 300, 340])
def test_the_reason_against_same_scrolls_into_view_and_the_button_springs_back(
    qtbot: QtBot, panel: Panel, height: int
) -> None:
    page = panel.select("conv1")
    panel.form.resize(328, height)
    panel.document.edit(message("Stride"), lambda project: changes.set_params(project, "conv1", stride=2, padding=0))
    row = page.form.rows["padding"]
    button = row.findChild(QPushButton)
    assert button is not None
    panel.form.ensureWidgetVisible(button, 0, 0)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert row.error
    reason = next(label for label in row.findChildren(QLabel) if label.text() == row.error)

    def is_in_view() -> bool:
        top, bottom = (reason.mapTo(panel.form.viewport(), corner) for corner in (QPoint(), reason.rect().bottomLeft()))
        whole = reason.height() >= reason.heightForWidth(reason.width())
        return whole and top.y() >= 0 and bottom.y() < panel.form.viewport().height()

    qtbot.waitUntil(is_in_view)
    assert not button.isChecked()


@pytest.mark.parametrize(
    ("key", "size"),
    [("mnist", "1 × 28 × 28"), ("lenet5", "1 × 28 × 28, padded to 32 × 32"), ("squeezenet1_1", "3 × 224 × 224")],
)
def test_the_overview_tells_how_pictures_come_to_the_size_of_the_input(panel: Panel, key: str, size: str) -> None:
    panel.document.open(templates.BY_KEY[key].build(), None)
    assert size in panel.texts.split("\n")


def test_a_refusal_writes_all_its_numbers_in_one_way(qtbot: QtBot, panel: Panel) -> None:
    row = panel.select("conv1").form.rows["out_channels"]
    panel.document.edit(message("Widen"), lambda project: changes.set_params(project, "conv1", out_channels=2048))
    give(qtbot, row.field, 70_000)
    assert row.error == "Filters must be a whole number from 1 to 65,536. It is still 2,048."
