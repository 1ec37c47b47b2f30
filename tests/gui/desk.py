"""Somebody at a window with a document, who chooses files in dialogs and reads what messages say."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from cnnlab.core import templates
from cnnlab.gui.document import Document
from cnnlab.gui.notify import Banner


class Desk:
    """A window with a document and a banner."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.document = Document(templates.BY_KEY["mnist"].build())
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.window.resize(1000, 700)
        self.window.show()
        self.banner = Banner(self.window)

    def pick(self, path: Path) -> None:
        """Name a file in the dialog that opens."""
        self.qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), QFileDialog))
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        dialog.selectFile(str(path))
        QTest.keyClick(dialog, Qt.Key.Key_Return)

    def refusal(self) -> str:
        """What the message says that opens; closes it."""
        self.qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), QMessageBox))
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        text = box.text()
        self.qtbot.mouseClick(box.button(QMessageBox.StandardButton.Close), Qt.MouseButton.LeftButton)
        return text
