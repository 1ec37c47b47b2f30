"""A few words over the canvas: why a wire is refused, or what a key does now. They go away by themselves."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, QTimer
from PySide6.QtWidgets import QLabel, QWidget

from cnnlab.gui.editor import floating
from cnnlab.gui.theme import theme

_WIDEST = 320
_AWAY = 16
"""Pixels between the mouse and the words."""


class Bubble(QLabel):
    """Words near a point of its parent, kept inside of it; the mouse goes through them."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setContentsMargins(12, 8, 12, 8)
        self.hide()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self._is_problem = False
        theme.signals().changed.connect(self._show_colours)
        self._show_colours()

    def say(self, words: str, at: QPoint, is_problem: bool, seconds: float | None = None) -> None:
        """Show ``words`` beside the point; for so long, or until ``hide``."""
        if (words, is_problem) != (self.text(), self._is_problem):
            self._is_problem = is_problem
            self.setText(words)
            self._show_colours()
        self._take_size()
        room = floating.room(self)
        x = at.x() + _AWAY if at.x() + _AWAY + self.width() <= room.width() else at.x() - _AWAY - self.width()
        y = at.y() + _AWAY if at.y() + _AWAY + self.height() <= room.height() else at.y() - _AWAY - self.height()
        self._place(QPoint(x, y), seconds)

    def say_below(self, words: str, is_problem: bool, seconds: float | None = None) -> None:
        """Show ``words`` at the bottom, in the middle."""
        self.say(words, QPoint(0, 0), is_problem, seconds)
        room = floating.room(self)
        self._place(
            QPoint((room.width() - self.width()) // 2, room.height() - self.height() - 2 * floating.MARGIN), seconds
        )

    @property
    def is_problem(self) -> bool:
        """Whether it says why something cannot be."""
        return self._is_problem

    def stay(self, seconds: float) -> None:
        """Go away after so long."""
        self._timer.start(round(seconds * 1000))

    def _place(self, corner: QPoint, seconds: float | None) -> None:
        floating.put(self, corner)
        self.show()
        self.raise_()
        self._timer.stop()
        if seconds is not None:
            self.stay(seconds)

    def _take_size(self) -> None:
        widest = min(_WIDEST, floating.room(self).width() - 2 * floating.MARGIN)
        self.ensurePolished()
        line = self.fontMetrics().horizontalAdvance(self.text()) + 32
        width = min(widest, line)
        self.resize(QSize(width, max(self.heightForWidth(width), 0)))

    def _show_colours(self) -> None:
        colours = theme.theme()
        edge = colours.problem if self._is_problem else colours.border
        self.setStyleSheet(
            f"QLabel {{ background: {colours.surface}; color: {colours.text}; border: 1px solid {edge}; border-radius: 6px; }}"
        )
