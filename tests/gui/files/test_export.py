"""Files for other programs: where they are suggested, that they are whole, and what is said where one cannot be."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from gui.desk import Desk
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot
from safetensors.torch import load_file

from cnnlab.core import templates
from cnnlab.core.graph.facts import Facts
from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.engine.exports.formats import FORMATS
from cnnlab.engine.network import state
from cnnlab.gui.files.export import BY_KEY, KINDS, Exports, suggestion


class ExportDesk(Desk):
    """With what exports the document."""

    def __init__(self, qtbot: QtBot) -> None:
        super().__init__(qtbot)
        self.exports = Exports(self.document, self.banner, self.window)

    def export(self, key: str, path: Path) -> None:
        """Choose a place in the dialog, as a person does, and wait until the file is done."""
        self.exports.ask(key)
        self.pick(path)
        self.qtbot.waitUntil(lambda: not self.exports.is_busy, timeout=60_000)


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[ExportDesk]:
    desk = ExportDesk(qtbot)
    yield desk
    desk.exports.close()
    desk.document.close()


@pytest.mark.parametrize("key", ["weights", "markdown", "csv", "source"])
def test_each_kind_leaves_its_file_and_says_so(desk: ExportDesk, tmp_path: Path, key: str) -> None:
    desk.export(key, tmp_path / "net")
    (made,) = tmp_path.iterdir()
    assert made.name == f"net{BY_KEY[key].suffix}"
    assert desk.banner.text == f"Exported {made.name}."
    button = desk.banner.findChild(QPushButton)
    assert button.isVisible()
    assert button.text() == "Show in folder"


def test_weights_are_those_of_the_project(desk: ExportDesk, tmp_path: Path) -> None:
    desk.export("weights", tmp_path / "net.safetensors")
    written, held = load_file(tmp_path / "net.safetensors"), state.network(desk.document.project).state_dict()
    assert written.keys() == held.keys()
    assert all(torch.equal(written[name], tensor) for name, tensor in held.items())


def test_the_table_for_a_spreadsheet_has_a_row_for_each_layer(desk: ExportDesk, tmp_path: Path) -> None:
    desk.export("csv", tmp_path / "net.csv")
    rows = list(csv.reader(io.StringIO((tmp_path / "net.csv").read_text("utf-8-sig"))))
    assert {row[0] for row in rows[1:]} == set(desk.document.project.graph.by_path)


def test_a_network_that_cannot_run_is_refused_before_a_place_is_asked_for(desk: ExportDesk, tmp_path: Path) -> None:
    desk.document.edit(message("Cut"), lambda project: changes.disconnect(project, project.graph.wires[:1]))
    desk.qtbot.waitUntil(lambda: desk.document.facts.faults != ())
    for key in ("weights", "source"):
        desk.exports.ask(key)
        assert "conv1" in desk.refusal()
    desk.export("csv", tmp_path / "net.csv")
    assert "conv1" in (tmp_path / "net.csv").read_text("utf-8-sig")


def test_a_network_that_nobody_has_looked_at_yet_is_refused_while_it_is_written(
    desk: ExportDesk, tmp_path: Path
) -> None:
    cut = changes.disconnect(desk.document.project, desk.document.project.graph.wires[:1])
    desk.document.open(cut, None)
    desk.document.facts = Facts()
    desk.exports.ask("source")
    desk.pick(tmp_path / "net.py")
    assert "conv1" in desk.refusal()
    assert list(tmp_path.iterdir()) == []
    assert desk.banner.text == ""


def test_a_count_of_classes_that_is_not_the_data_s_stops_no_export(desk: ExportDesk, tmp_path: Path) -> None:
    last = desk.document.project.graph.of_type("linear")[-1]
    desk.document.edit(message("Widen"), lambda project: changes.set_params(project, last.uid, out_features=7))
    desk.qtbot.waitUntil(lambda: desk.document.facts.blocking != ())
    desk.export("source", tmp_path / "net.py")
    assert "7" in (tmp_path / "net.py").read_text()


def test_a_missing_package_is_told_with_the_command_that_installs_it(
    desk: ExportDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    desk.exports.ask("onnx")
    desk.pick(tmp_path / "net.onnx")
    assert "pip install" in desk.refusal()
    assert list(tmp_path.iterdir()) == []


def test_the_sentence_stays_while_it_writes_and_another_file_is_refused_meanwhile(qtbot: QtBot, tmp_path: Path) -> None:
    ready = threading.Event()

    def write(project: Project, path: Path, cancelled: Callable[[], bool]) -> None:
        assert ready.wait(30)
        path.write_bytes(b"done")

    desk = ExportDesk(qtbot)
    exports = Exports(desk.document, desk.banner, desk.window, write)
    exports.ask("source")
    desk.pick(tmp_path / "one.py")
    assert desk.banner.text == "Writing one.py…"
    desk.banner.hide()
    exports.ask("source")
    assert desk.banner.text == "Writing one.py… Only one file at a time: wait until it is done, or stop it."
    assert desk.banner.isVisible()
    assert QApplication.activeModalWidget() is None
    ready.set()
    qtbot.waitUntil(lambda: desk.banner.text == "Exported one.py.")
    assert [path.name for path in tmp_path.iterdir()] == ["one.py"]
    desk.document.close()


def test_an_export_can_be_stopped_at_its_notice(desk: ExportDesk, tmp_path: Path) -> None:
    desk.exports.ask("program")
    desk.pick(tmp_path / "net.pt2")
    button = desk.banner.findChild(QPushButton)
    assert button.text() == "Stop"
    desk.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    desk.qtbot.waitUntil(lambda: desk.banner.text == "You stopped the export. “net.pt2” was not written.")
    assert not desk.exports.is_busy
    assert list(tmp_path.iterdir()) == []


def test_closing_stops_what_takes_long_and_says_nothing_more(desk: ExportDesk, tmp_path: Path) -> None:
    desk.exports.ask("onnx")
    desk.pick(tmp_path / "net.onnx")
    desk.exports.close()
    assert not desk.exports.is_busy
    assert list(tmp_path.iterdir()) == []
    assert desk.banner.text == "Writing net.onnx…"


def test_closing_waits_for_the_file_and_says_nothing_more(qtbot: QtBot, desk: ExportDesk, tmp_path: Path) -> None:
    desk.exports.ask("markdown")
    desk.pick(tmp_path / "net.md")
    desk.exports.close()
    assert (tmp_path / "net.md").read_text().startswith("| Name |")
    assert not desk.exports.is_busy


def test_a_file_is_suggested_beside_the_project_and_can_be_imported(tmp_path: Path) -> None:
    project = templates.BY_KEY["mnist"].build()
    beside = tmp_path / "my net 2.cnnlab"
    assert suggestion(project, beside, ".onnx") == (tmp_path, "my net 2.onnx")
    assert suggestion(project, beside, ".py") == (tmp_path, "my_net_2.py")
    assert suggestion(replace(project, title="VGG-16, 32 × 32"), None, ".onnx")[1] == "vgg-16-32-32.onnx"
    assert suggestion(replace(project, title="../../etc/passwd"), None, ".onnx")[1] == "etc-passwd.onnx"
    assert suggestion(replace(project, title="3 layers"), None, ".py")[1] == "net_3_layers.py"
    assert suggestion(replace(project, title=""), None, ".py")[1] == "network.py"


def test_the_menu_offers_every_format_that_the_engine_writes() -> None:
    assert [kind.suffix for kind in KINDS] == [form.suffix for form in FORMATS]
    assert len({str(kind.title) for kind in KINDS}) == len(BY_KEY) == len(KINDS)
