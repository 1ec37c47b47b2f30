"""What happens to a project while its file is still being written or read: nothing is lost, nothing is mixed up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QMenu, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from cnnlab.core import templates
from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.core.values import Frozen
from cnnlab.engine import archive
from cnnlab.gui.document import Document
from cnnlab.gui.files.project_files import ProjectFiles
from cnnlab.gui.preferences import Preferences
from cnnlab.gui.window.menu_items import fill_recent

_save, _open = archive.save, archive.open_project


@pytest.fixture
def document(qtbot: QtBot) -> Iterator[Document]:
    document = Document(templates.BY_KEY["mnist"].build())
    yield document
    document.close()


@pytest.fixture
def files(qtbot: QtBot, document: Document) -> Iterator[ProjectFiles]:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    files = ProjectFiles(document, Preferences(), window, lambda then: then())
    yield files
    files.close()


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A disk that reads and writes nothing before the event is set."""
    ready = threading.Event()

    def slowly(work: Callable[..., object]) -> Callable[..., object]:
        def when_ready(*args: object, **named: Any) -> object:
            assert ready.wait(30)
            return work(*args, **named)

        return when_ready

    monkeypatch.setattr(archive, "save", slowly(_save))
    monkeypatch.setattr(archive, "open_project", slowly(_open))
    yield ready
    ready.set()


def add_relu(document: Document) -> None:
    document.edit(message("Add"), lambda project: changes.add_layer(project, "relu", (0, 800)))


def idle(qtbot: QtBot, files: ProjectFiles) -> None:
    qtbot.waitUntil(lambda: not files.is_busy)


def question() -> QMessageBox | None:
    box = QApplication.activeModalWidget()
    return box if isinstance(box, QMessageBox) else None


def test_an_edit_during_a_save_is_not_taken_for_saved(
    qtbot: QtBot, document: Document, files: ProjectFiles, disk: threading.Event, tmp_path: Path
) -> None:
    path = tmp_path / "net.cnnlab"
    document.saved(document.project, path, None)
    add_relu(document)
    files.save()
    add_relu(document)
    files.save()  # refused: the first is still at it
    disk.set()
    idle(qtbot, files)
    assert document.modified
    assert len(_open(path).project.graph.nodes) == len(document.project.graph.nodes) - 1


def test_a_new_project_waits_for_the_save_and_does_not_get_its_file(
    qtbot: QtBot, document: Document, files: ProjectFiles, disk: threading.Event, tmp_path: Path
) -> None:
    path = tmp_path / "net.cnnlab"
    document.saved(document.project, path, None)
    add_relu(document)
    files.save()
    files.new("lenet5")
    assert len(document.project.graph.nodes) == 16
    disk.set()
    qtbot.waitUntil(lambda: len(document.project.graph.nodes) == 14)
    assert document.path is None
    assert len(_open(path).project.graph.nodes) == 16


def test_what_follows_a_save_asks_again_about_edits_made_meanwhile(
    qtbot: QtBot, document: Document, files: ProjectFiles, disk: threading.Event, tmp_path: Path
) -> None:
    left: list[bool] = []
    document.saved(document.project, tmp_path / "net.cnnlab", None)
    add_relu(document)
    files.save(lambda: left.append(True))
    add_relu(document)
    disk.set()
    qtbot.waitUntil(lambda: question() is not None)
    assert not left
    box = question()
    assert box is not None
    box.button(QMessageBox.StandardButton.Discard).click()
    assert left == [True]


def test_edits_made_while_another_file_is_read_are_asked_about(
    qtbot: QtBot, document: Document, files: ProjectFiles, disk: threading.Event, tmp_path: Path
) -> None:
    path = tmp_path / "other.cnnlab"
    _save(templates.BY_KEY["lenet5"].build(), path)
    files.open(path)
    add_relu(document)
    disk.set()
    qtbot.waitUntil(lambda: question() is not None)
    box = question()
    assert box is not None
    box.button(QMessageBox.StandardButton.Cancel).click()
    assert len(document.project.graph.nodes) == 16
    assert document.path is None


def test_saving_keeps_what_the_file_holds_of_runs(
    qtbot: QtBot, document: Document, files: ProjectFiles, tmp_path: Path
) -> None:
    path = tmp_path / "net.cnnlab"
    _save(document.project, path, runs=Frozen({"a1": Frozen({"epochs": 2})}))
    with qtbot.waitSignal(files.opened):
        files.open(path)
    add_relu(document)
    files.save()
    idle(qtbot, files)
    assert not document.modified
    assert _open(path).runs == Frozen({"a1": Frozen({"epochs": 2})})


def test_the_menu_of_recent_files_can_be_opened_again_after_it_was_empty(qtbot: QtBot, tmp_path: Path) -> None:
    menu, opened = QMenu(), list[Path]()
    qtbot.addWidget(menu)
    fill_recent(menu, [], opened.append)
    assert menu.isEnabled()
    assert [(entry.text(), entry.isEnabled()) for entry in menu.actions()] == [("No recent files", False)]
    fill_recent(menu, [tmp_path / "a & b.cnnlab"], opened.append)
    assert [entry.text() for entry in menu.actions()] == ["&1  a && b.cnnlab"]
    menu.actions()[0].trigger()
    assert opened == [tmp_path / "a & b.cnnlab"]
