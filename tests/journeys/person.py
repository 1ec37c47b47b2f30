"""The real window, driven as a person drives it: by mouse and keys."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from cnnlab.core.graph.graph import Port
from cnnlab.core.layout.canvas import canvas_of
from cnnlab.gui.editor.geometry import CARD, card_rect, port_offsets
from cnnlab.gui.window.main_window import MainWindow

LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier


class Person:
    """Hands and eyes of somebody before the window."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window = window
        self.qtbot = qtbot

    def until(self, condition: Callable[[], object], seconds: float = 30) -> None:
        """Wait, with the window alive, until ``condition`` holds."""
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=round(1000 * seconds))

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        """Press and release the left button."""
        QTest.mouseClick(widget, LEFT, PLAIN, at or widget.rect().center())

    def run(self, text: str) -> None:
        """Click a button of the run bar."""
        self.press(text, self.window.run_bar)

    def press(self, text: str, inside: QWidget | None = None) -> None:
        """Click the button that says ``text``; it must be there and enabled."""
        buttons = [
            button
            for button in (inside or self.window).findChildren(QAbstractButton)
            if button.text().strip() == text and button.isVisible()
        ]
        assert len(buttons) == 1, f"{len(buttons)} visible buttons say “{text}”"
        assert buttons[0].isEnabled(), f"“{text}” is disabled"
        self.click(buttons[0])

    def keys(self, key: Qt.Key, with_: Qt.KeyboardModifier = Qt.KeyboardModifier.ControlModifier) -> None:
        """Press a shortcut of the window."""
        self.window.activateWindow()
        self.until(self.window.isActiveWindow)
        QTest.keyClick(self.window, key, with_)

    def answer(self, text: str) -> None:
        """Click a button of the question that is open."""
        self.until(self.question)
        box = self.question()
        assert box is not None
        button = next(button for button in box.buttons() if button.text().replace("&", "") == text)
        self.click(button)

    def question(self) -> QMessageBox | None:
        """The question or message that is open."""
        box = QApplication.activeModalWidget()
        return box if isinstance(box, QMessageBox) else None

    def drag(self, widget: QWidget, points: list[QPoint]) -> None:
        """Press at the first point, move over the others, release at the last."""
        QTest.mousePress(widget, LEFT, PLAIN, points[0])
        for start, end in pairwise(points):
            for step in range(1, 9):
                QTest.mouseMove(widget, start + (end - start) * step / 8)
                QApplication.processEvents()
        QTest.mouseRelease(widget, LEFT, PLAIN, points[-1])

    def draw(self, strokes: list[list[tuple[float, float]]]) -> None:
        """Draw on the pad; points in shares of its side."""
        surface = self.window.input_panel.pad.surface
        side = min(surface.width(), surface.height())
        left, top = (surface.width() - side) / 2, (surface.height() - side) / 2
        for stroke in strokes:
            self.drag(surface, [QPoint(round(left + x * side), round(top + y * side)) for x, y in stroke])

    def uid(self, path: str) -> str:
        """The identity of the layer called ``path``."""
        return self.window.document.project.graph.by_path[path].uid

    def card(self, path: str) -> QPoint:
        """Where the name of a card is, on the viewport."""
        place = self.window.document.project.layout.positions[self.uid(path)]
        return self.on_view(card_rect(place).topLeft() + QPointF(CARD[0] / 2, 16))

    def port(self, path: str, output: bool, index: int = 0) -> QPoint:
        """Where a port is, on the viewport."""
        card = canvas_of(self.window.document.project).card_of[self.uid(path)]
        return self.on_view(QPointF(*card.place) + port_offsets(card)[Port(self.uid(path), output, index)])

    def on_view(self, point: QPointF) -> QPoint:
        """A point of the canvas, on the viewport."""
        return self.window.canvas.view.mapFromScene(point)

    @property
    def viewport(self) -> QWidget:
        """What the mouse touches of the canvas."""
        return self.window.canvas.view.viewport()
