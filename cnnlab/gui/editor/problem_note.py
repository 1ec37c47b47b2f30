"""What is wrong with the selected card, in one sentence beside it, with a button that repairs it where one can."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QCursor, QMouseEvent
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from cnnlab.core.graph.facts import Problem, Severity
from cnnlab.core.messages import text as _
from cnnlab.gui.editor import floating
from cnnlab.gui.theme import theme

_WIDTH = 288
_AWAY = 8


_STAY_SECONDS = 8.0
"""The note covers other cards, so it goes after a while."""


class ProblemNote(QFrame):
    """A note that is as large on the screen at every zoom. It goes by itself, but not from under the mouse or the keys."""

    repair_wanted = Signal(object)
    """The ``Repair`` of the problem."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("problem_note")
        self._problem: Problem | None = None
        self._is_away = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_time)
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.repair = QPushButton()
        self.repair.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.repair.clicked.connect(self._on_clicked)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(theme.GRID)
        column.addWidget(self.text)
        column.addWidget(self.repair, alignment=Qt.AlignmentFlag.AlignLeft)
        theme.signals().changed.connect(self._show_colours)
        self.hide()

    @property
    def problem(self) -> Problem | None:
        """The problem that the note shows."""
        return self._problem

    def show_problem(self, problem: Problem | None) -> None:
        """Show this problem; None hides the note."""
        if problem == self._problem:
            return
        self._problem = problem
        if problem is None:
            self.go()
            return
        self._stay()
        self.text.setText(str(problem.message))
        self.setAccessibleName(str(problem.message))
        self.repair.setVisible(problem.repair is not None)
        if problem.repair:
            self.repair.setText(str(problem.repair.label))
            self.repair.setToolTip(_("{label} (R). One step to undo.", label=problem.repair.label))
        self._show_colours()
        self.setFixedWidth(_WIDTH)
        self.setFixedHeight(self._column.totalHeightForWidth(_WIDTH))

    def go(self) -> None:
        """Hide until ``come_back``, or until there is another problem to tell; the repair can still be done."""
        self._is_away = True
        self._timer.stop()
        self.hide()

    def come_back(self) -> None:
        """Tell the problem again, if there is one; ``place`` shows it."""
        if self._problem is not None:
            self._stay()

    def _stay(self) -> None:
        self._is_away = False
        self._timer.start(round(_STAY_SECONDS * 1000))

    def _on_time(self) -> None:
        if self.rect().contains(self.mapFromGlobal(QCursor.pos())) or self.repair.hasFocus():
            self._stay()
        else:
            self.go()

    def reach(self, card: QRect) -> QRect:
        """Where the note may lie beside a card; both in the parent's pixels."""
        across, down = self.width() + 2 * _AWAY, self.height() + 2 * _AWAY
        return card.adjusted(-across, -down, across, down)

    def place(self, card: QRect, others: Sequence[QRect]) -> None:
        """Lie beside the card (in the parent's pixels), where it hides least of the other cards and of their ports."""
        room = QRect(QPoint(0, 0), floating.room(self))
        with_ports = [other.adjusted(-_AWAY, 0, _AWAY, 0) for other in others]
        floating.put_beside(self, card, _AWAY, with_ports)
        self.setVisible(self._problem is not None and not self._is_away and room.intersects(card))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A press puts it away: what it hides may be what is meant."""
        self.go()

    def press_repair(self) -> bool:
        """Fix the problem, as a click on the button does; returns whether there was one to press."""
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
