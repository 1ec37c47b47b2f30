"""Weights from a file: shown beside the layers, loaded as one edit or not at all, and stopped by the person."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gui.desk import Desk
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from safetensors.torch import save_file

from cnnlab.core import templates
from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.engine import weight_files
from cnnlab.engine.network import state
from cnnlab.gui.files.weights_dialog import WeightsDialog
from cnnlab.gui.files.weights_import import WeightsImport
from cnnlab.gui.panels.labels import TextLabel


class WeightsDesk(Desk):
    """With what imports weights into the document."""

    def __init__(self, qtbot: QtBot) -> None:
        super().__init__(qtbot)
        self.guarded = 0
        self.weights = WeightsImport(self.document, self.banner, self.window, self._guard)

    def _guard(self, then: Callable[[], None]) -> None:
        self.guarded += 1
        then()

    def choose(self, path: Path) -> WeightsDialog:
        """Choose a file as a person does; the dialog that comes of it."""
        self.weights.ask()
        self.pick(path)
        return self.dialog()

    def dialog(self) -> WeightsDialog:
        self.qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), WeightsDialog), timeout=60_000)
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, WeightsDialog)
        return dialog

    def click(self, button: QWidget) -> None:
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        self.qtbot.waitUntil(lambda: not self.weights.is_busy)

    @property
    def held(self) -> dict[str, np.ndarray]:
        """The project's own numbers, by key."""
        project = self.document.project
        return {
            key: project.weights.nodes[place.uid][place.name]
            for key, place in state.places(project.graph).items()
            if place.uid in project.weights.nodes
        }


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[WeightsDesk]:
    desk = WeightsDesk(qtbot)
    yield desk
    desk.weights.close()
    desk.document.close()


@pytest.fixture
def numbers() -> dict[str, torch.Tensor]:
    """A state_dict for the starter net that no seed gives."""
    like = state.network(templates.BY_KEY["mnist"].build()).state_dict()
    generator = torch.Generator().manual_seed(7)
    return {key: torch.randn(tensor.shape, generator=generator) for key, tensor in like.items()}


def rows(dialog: WeightsDialog) -> list[tuple[str, str, str]]:
    items = [dialog.table.topLevelItem(at) for at in range(dialog.table.topLevelItemCount())]
    return [(item.text(0), item.text(1), item.text(2)) for item in items]


@pytest.mark.parametrize("suffix", ["safetensors", "pth"])
def test_weights_that_fit_are_loaded_as_one_edit(
    desk: WeightsDesk, tmp_path: Path, numbers: dict[str, torch.Tensor], suffix: str
) -> None:
    path = tmp_path / f"net.{suffix}"
    if suffix == "pth":
        torch.save(numbers, path)
    else:
        save_file(numbers, path)
    before = desk.document.project
    dialog = desk.choose(path)
    assert [row[0] for row in rows(dialog)] == ["fits"] * 5
    assert ("fits", "conv2", "weight 64 × 32 × 3 × 3, bias 64") in rows(dialog)
    assert dialog.load_all.isEnabled()
    assert not dialog.load_fitting.isEnabled()
    assert desk.document.project is before
    desk.click(dialog.load_all)
    assert desk.held.keys() == numbers.keys()
    assert all(np.array_equal(desk.held[key], tensor.numpy()) for key, tensor in numbers.items())
    assert str(desk.document.undo_label) == "Import weights"
    assert "net." in desk.banner.text
    assert desk.guarded == 2  # before the choice, and again before anything is loaded
    desk.document.undo()
    assert desk.document.project is before


def test_what_does_not_fit_is_listed_first_and_loaded_only_on_demand(
    desk: WeightsDesk, tmp_path: Path, numbers: dict[str, torch.Tensor]
) -> None:
    numbers["conv1.weight"] = torch.zeros(32, 3, 3, 3)
    del numbers["fc1.weight"], numbers["fc1.bias"]
    numbers["head.weight"] = torch.zeros(10, 10)
    path = tmp_path / "other.safetensors"
    save_file(numbers, path)
    dialog = desk.choose(path)
    assert [row[:2] for row in rows(dialog)] == [
        ("different shape", "conv1"),
        ("missing", "fc1"),
        ("extra", "head"),
        ("fits", "conv2"),
        ("fits", "conv3"),
        ("fits", "fc2"),
    ]
    assert "32 × 3 × 3 × 3" in rows(dialog)[0][2]
    said = [label.text() for label in dialog.findChildren(TextLabel)]
    assert {"3 layers fit", "1 with a different shape", "1 missing in the file", "1 extra in the file"} <= set(said)
    assert not dialog.load_all.isEnabled()
    assert dialog.load_fitting.text() == "Load what fits (3 of 5 layers)"
    assert not dialog.load_fitting.isDefault()  # so that Return does not load by halves
    desk.click(dialog.load_fitting)
    assert {key.split(".")[0] for key in desk.held} == {"conv2", "conv3", "fc2"}


def test_cancel_loads_nothing(desk: WeightsDesk, tmp_path: Path, numbers: dict[str, torch.Tensor]) -> None:
    save_file(numbers, tmp_path / "net.safetensors")
    before = desk.document.project
    dialog = desk.choose(tmp_path / "net.safetensors")
    buttons = dialog.findChild(QDialogButtonBox)
    desk.click(buttons.button(QDialogButtonBox.StandardButton.Cancel))
    assert desk.document.project is before


def test_where_nothing_fits_nothing_can_be_loaded(desk: WeightsDesk, tmp_path: Path) -> None:
    save_file({"other.weight": torch.zeros(3)}, tmp_path / "net.safetensors")
    dialog = desk.choose(tmp_path / "net.safetensors")
    assert not dialog.load_all.isEnabled()
    assert not dialog.load_fitting.isEnabled()
    assert any("Nothing fits" in label.text() for label in dialog.findChildren(TextLabel))
    dialog.reject()


def test_a_file_that_is_none_is_refused_in_words(desk: WeightsDesk, tmp_path: Path) -> None:
    (tmp_path / "net.safetensors").write_text("no weights at all")
    desk.weights.read(tmp_path / "net.safetensors")
    text = desk.refusal()
    assert "net.safetensors" in text
    assert "The network is unchanged" in text
    assert desk.banner.text == ""


def test_reading_can_be_stopped(
    qtbot: QtBot, desk: WeightsDesk, tmp_path: Path, numbers: dict[str, torch.Tensor]
) -> None:
    torch.save(numbers, tmp_path / "net.pth")
    desk.weights.read(tmp_path / "net.pth")
    assert desk.banner.text == "Reading net.pth…"
    stop = next(button for button in desk.banner.findChildren(QPushButton) if button.text() == "Stop")
    qtbot.mouseClick(stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not desk.weights.is_busy, timeout=60_000)
    assert "you stopped reading" in desk.banner.text
    assert not desk.document.project.weights.nodes


def test_a_network_changed_while_the_file_was_read_is_compared_as_it_is_now(
    desk: WeightsDesk, tmp_path: Path, numbers: dict[str, torch.Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = threading.Event()
    read = weight_files.read

    def slowly(*args: Any, **named: Any) -> Any:
        assert ready.wait(30)
        return read(*args, **named)

    monkeypatch.setattr(weight_files, "read", slowly)
    save_file(numbers, tmp_path / "net.safetensors")
    desk.weights.read(tmp_path / "net.safetensors")
    desk.document.edit(message("Rename"), lambda project: changes.rename(project, "conv1", "stem"))
    ready.set()
    dialog = desk.dialog()
    assert [row[:2] for row in rows(dialog)][:2] == [("missing", "stem"), ("extra", "conv1")]
    dialog.reject()
