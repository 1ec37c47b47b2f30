"""What is wrong with the selected card, in one sentence below it, with a button that repairs it where one can."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from cnnlab.core.facts import Problem, Severity
from cnnlab.core.messages import text as _
from cnnlab.gui import theme
from cnnlab.gui.editor import floating

_WIDTH = 288
_AWAY = 8


class ProblemNote(QFrame):
    """A note that is as large on the screen at every zoom."""

    repair_wanted = Signal(object)
    """The ``Repair`` of the problem."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("problem_note")
        self._problem: Problem | None = None
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.repair = QPushButton()
        self.repair.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.repair.clicked.connect(self._on_clicked)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(theme.GRID)
        column.addWidget(self.words)
        column.addWidget(self.repair, alignment=Qt.AlignmentFlag.AlignLeft)
        theme.signals().changed.connect(self._show_colours)
        self.hide()

    @property
    def problem(self) -> Problem | None:
        """What it tells."""
        return self._problem

    def show_problem(self, problem: Problem | None) -> None:
        """Tell this one; None hides the note."""
        if problem == self._problem:
            return
        self._problem = problem
        if problem is None:
            self.hide()
            return
        self.words.setText(str(problem.message))
        self.setAccessibleName(str(problem.message))
        self.repair.setVisible(problem.repair is not None)
        if problem.repair:
            self.repair.setText(str(problem.repair.label))
            self.repair.setToolTip(_("{label} (R). One step to undo.", label=problem.repair.label))
        self._show_colours()
        self.setFixedWidth(_WIDTH)
        self.setFixedHeight(self._column.totalHeightForWidth(_WIDTH))

    def place(self, card: QRect) -> None:
        """Lie below the card (in the parent's pixels), or above it where there is no room below."""
        room = QRect(QPoint(0, 0), floating.room(self))
        self.setVisible(self._problem is not None and room.intersects(card))
        x = card.center().x() - self.width() // 2
        y = card.bottom() + _AWAY
        if y + self.height() > room.bottom() and card.top() - _AWAY - self.height() >= 0:
            y = card.top() - _AWAY - self.height()
        floating.put(self, QPoint(x, y))

    def press_repair(self) -> bool:
        """As a click on the button; returns whether there was one to press."""
        if self._problem is None or self._problem.repair is None:
            return False
        self._on_clicked()
        return True

    def _on_clicked(self) -> None:
        if self._problem and self._problem.repair:
            self.repair_wanted.emit(self._problem.repair)

    def _show_colours(self) -> None:
        colours = theme.theme()
        is_error = self._problem is not None and self._problem.severity is Severity.ERROR
        edge = colours.problem if is_error else colours.border
        self.setStyleSheet(
            f"#problem_note {{ background: {colours.surface}; border: 1px solid {edge}; border-radius: 6px; }}"
        )
