"""What is wrong with the network or missing, in sentences, with a button where a remedy is mechanical."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from cnnlab.core.graph.facts import Problem, Severity
from cnnlab.core.messages import message
from cnnlab.core.messages import text as _
from cnnlab.core.project import repairs
from cnnlab.gui.document import Document
from cnnlab.gui.panels.labels import TextLabel
from cnnlab.gui.theme.icons import Glyph
from cnnlab.gui.theme.theme import GRID, signals, theme

_MARKS = {
    Severity.ERROR: ("mdi6.alert-circle", "problem", message("Error")),
    Severity.INCOMPLETE: ("mdi6.circle-outline", "accent", message("Not finished")),
    Severity.HINT: ("mdi6.lightbulb-on-outline", "muted", message("Hint")),
}
_MAX = 50
"""Cards shown; whoever has more problems than that solves these first."""


class ProblemCard(QFrame):
    """The card of one problem. A click or Return shows its layer; a button repairs it."""

    reveal = Signal(str)

    def __init__(self, document: Document, problem: Problem) -> None:
        super().__init__()
        self.problem = problem
        self._document = document
        icon_name, colour, severity = _MARKS[problem.severity]
        text = str(problem.message)
        column = QVBoxLayout()
        column.setSpacing(GRID // 2)
        column.addWidget(TextLabel(text))
        if problem.repair:
            button = QPushButton(str(problem.repair.label))
            button.setToolTip(_("Make this change; it can be undone"))
            button.clicked.connect(self.repair)
            line = QHBoxLayout()
            line.addWidget(button)
            line.addStretch()
            column.addLayout(line)
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID, GRID, GRID, GRID)
        row.setSpacing(GRID)
        mark = Glyph(icon_name, colour)
        mark.setToolTip(str(severity))
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(f"{severity}: {text}")
        if problem.uid:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            self.setToolTip(_("Show the layer"))
        signals().changed.connect(self.update)

    def repair(self) -> None:
        """Make the change that the problem offers, as one step to undo."""
        remedy = self.problem.repair
        if remedy:
            self._document.edit(remedy.label, lambda project: repairs.apply(project, remedy))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()  # or the release would go to the list behind

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self._show_layer()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._show_layer()
        else:
            super().keyPressEvent(event)

    def _show_layer(self) -> None:
        if self.problem.uid:
            self.reveal.emit(self.problem.uid)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme()
        painter.setBrush(QColor(colours.surface))
        painter.setPen(QPen(QColor(colours.accent if self.hasFocus() else colours.border), 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)


class ProblemList(QScrollArea):
    """All problems of the network, those that keep it from training first."""

    reveal = Signal(str)
    """Show the layer with this uid."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._shown: tuple[Problem, ...] = ()
        self._known: bool | None = None
        """Whether what is shown was worked out; None before anything is shown."""
        self.cards: list[ProblemCard] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(_("Problems"))
        document.facts_changed.connect(self._on_facts_changed)
        self._on_facts_changed()

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._shown)

    def _on_facts_changed(self) -> None:
        rank = list(Severity)
        problems = tuple(sorted(self._document.facts.problems, key=lambda problem: rank.index(problem.severity)))
        known = bool(self._document.facts.digest)
        if (problems, known) != (self._shown, self._known):
            self._shown, self._known = problems, known
            self.setWidget(self._list(problems, known))

    def _list(self, problems: tuple[Problem, ...], known: bool) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.setSpacing(GRID)
        self.cards = [ProblemCard(self._document, problem) for problem in problems[:_MAX]]
        for card in self.cards:
            card.reveal.connect(self.reveal)
            column.addWidget(card)
        if len(problems) > _MAX:
            column.addWidget(TextLabel(_("And {count} more.", count=len(problems) - _MAX), colour="muted"))
        if not problems:
            text = _("No problems. The network can be trained.") if known else _("Computing the sizes of the layers…")
            column.addLayout(_good_news(text, known))
        column.addStretch()
        return page


def _good_news(text: str, known: bool) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(GRID)
    row.addWidget(Glyph("mdi6.check-circle-outline" if known else "mdi6.timer-sand", "good" if known else "muted"))
    row.addWidget(TextLabel(text, colour="muted"), 1)
    return row
