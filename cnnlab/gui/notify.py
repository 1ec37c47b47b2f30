"""Telling people: a banner over the canvas for what matters now, and one place for what nobody expected."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QMessageBox, QPushButton, QToolButton, QWidget

from cnnlab.core.messages import text as _
from cnnlab.gui.theme import theme
from cnnlab.gui.workers.qt_threads import message_of

log = logging.getLogger(__name__)

_MIN_SECONDS = 4.0
_SECONDS_PER_CHARACTER = 0.06
"""People read some 17 characters a second."""


class Banner(QFrame):
    """One sentence at the top of ``over``, above what lies there, so that nothing moves. It goes by itself after it can have
    been read, or at a click."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self.setObjectName("banner")
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._action = QPushButton()
        self._action.clicked.connect(self._on_action)
        self._act: Callable[[], object] = self.hide
        self._other = QPushButton()
        self._other.clicked.connect(self._on_other)
        self._act_otherwise: Callable[[], object] = self.hide
        close = QToolButton()
        close.setText("✕")
        close.setAutoRaise(True)
        close.setToolTip(_("Close this message"))
        close.setAccessibleName(_("Close this message"))
        close.clicked.connect(self.hide)
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(2 * theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(self._action)
        buttons.addWidget(self._other)
        self._content = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._content.addWidget(self._label, 1)
        self._content.addLayout(buttons)
        row.addLayout(self._content, 1)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        over.installEventFilter(self)
        theme.signals().changed.connect(self._dress)
        self._dress()
        self.hide()

    @property
    def text(self) -> str:
        """The sentence that it shows; empty while hidden."""
        return self._label.text() if self.isVisible() else ""

    def tell(self, text: str) -> None:
        """Show a sentence."""
        self._show(text)
        self._timer.start(round(1000 * (_MIN_SECONDS + _SECONDS_PER_CHARACTER * len(text))))

    def offer(self, text: str, label: str, act: Callable[[], object]) -> None:
        """Show a sentence with a button that does ``act``."""
        self.tell(text)
        self._add_button(label, act)

    def ask(self, text: str, first: tuple[str, Callable[[], object]], second: tuple[str, Callable[[], object]]) -> None:
        """Show a sentence with two buttons, each a label and what it does, until one is clicked or another sentence comes."""
        self.hold(text)
        self._content.setDirection(
            QBoxLayout.Direction.TopToBottom
        )  # beside two buttons, words would be a narrow column
        self._act_otherwise = second[1]
        self._other.setText(second[0])
        self._other.show()
        self._add_button(*first)

    def hold(self, text: str) -> None:
        """Show a sentence until it is closed or another one comes: something is being done."""
        self._show(text)
        self._timer.stop()

    def hold_stoppable(self, text: str, stop: Callable[[], object]) -> None:
        """Show a sentence until it is closed or another one comes, with a button that stops what is being done."""
        self.hold(text)
        self._add_button(_("Stop"), stop)

    def _add_button(self, label: str, act: Callable[[], object]) -> None:
        self._act = act
        self._action.setText(label)
        self._action.show()
        self._place()

    def _show(self, text: str) -> None:
        self._label.setText(text)
        self._action.hide()
        self._other.hide()
        self._content.setDirection(QBoxLayout.Direction.LeftToRight)
        self._place()
        self.show()
        self.raise_()

    def _on_action(self) -> None:
        self.hide()
        self._act()

    def _on_other(self) -> None:
        self.hide()
        self._act_otherwise()

    def hideEvent(self, event: QEvent) -> None:
        self._timer.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def _place(self) -> None:
        width = min(70 * theme.GRID, self._over.width() - 4 * theme.GRID)
        height = max(self._row.heightForWidth(width), 5 * theme.GRID)
        self.setGeometry((self._over.width() - width) // 2, theme.GRID, width, height)

    def _dress(self) -> None:
        colours = theme.theme()
        self.setStyleSheet(
            f"#banner {{ background: {colours.surface}; border: 1px solid {colours.border}; "
            f"border-left: 4px solid {colours.accent}; border-radius: {theme.GRID}px; }}"
        )


def warn(title: str, text: str, window: QWidget) -> None:
    """Say in front of ``window`` that something was not done, and why; it stays until it is closed."""
    box = QMessageBox(QMessageBox.Icon.Warning, title, text, QMessageBox.StandardButton.Close, window)
    box.finished.connect(box.deleteLater)
    box.open()


class Unexpected(QObject):
    """Catches what no code caught, in any thread, logs all of it and reports it once in words."""

    reported = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._last = ""
        self._before = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception

    def remove(self) -> None:
        """Give the hooks back."""
        sys.excepthook, threading.excepthook = self._before

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._before[0](kind, error, trace)
            return
        log.error("unexpected", exc_info=(kind, error, trace))
        text = str(message_of(error))
        if text != self._last:
            self._last = text
            self.reported.emit(text)

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):  # a thread may end itself
            self._on_exception(args.exc_type, args.exc_value, args.exc_traceback)
