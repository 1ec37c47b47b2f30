"""Loss and accuracy over the steps of training, as they happen."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QStackedLayout, QVBoxLayout, QWidget

from cnnlab.core.events import BatchDone, EpochDone, RunStarted
from cnnlab.core.messages import text as _
from cnnlab.core.sources import SOURCES
from cnnlab.gui.icons import Glyph
from cnnlab.gui.panels.labels import Words
from cnnlab.gui.theme import GRID, NORMAL, SMALL, signals, theme
from cnnlab.gui.training.controller import TrainingController
from cnnlab.gui.training.plot import Plot
from cnnlab.gui.training.progress import smoothed

INTERVAL = 66
"""Milliseconds between two drawings. Each takes some of the processor from the training; 15 a second look smooth."""


class Curves(QWidget):
    """Two plots side by side. What arrives is drawn on a clock, never as it comes."""

    def __init__(self, controller: TrainingController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.loss = Plot(_("Loss"), low=0.0)
        self.accuracy = Plot(_("Accuracy, %"), low=0.0, high=100.0)
        self.readout = Words(size=SMALL, tabular=True, wrap=False)
        self._means: dict[Plot, float | None] = {}
        self._stack = QStackedLayout(self)
        self._document = controller.document
        self.hint = Words(size=NORMAL, colour="muted", wrap=False)
        self._stack.addWidget(_empty(self.hint))
        self._stack.addWidget(self._plots())
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_timeout)
        for plot in (self.loss, self.accuracy):
            plot.hovered.connect(self._on_hovered)
        controller.started.connect(self._on_started)
        controller.batches_done.connect(self._on_batches_done)
        controller.epoch_done.connect(self._on_epoch_done)
        controller.forgotten.connect(self.clear)
        controller.document.edited.connect(self._show_hint)
        self._show_hint()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw yet."""
        return self._stack.currentIndex() == 0

    def clear(self) -> None:
        """Forget all runs."""
        for plot in (self.loss, self.accuracy):
            plot.clear()
        self._means.clear()
        self._stack.setCurrentIndex(0)

    def sizeHint(self) -> QSize:
        return QSize(640, 200)

    def _show_hint(self) -> None:
        if SOURCES[self._document.project.data.source].has_pictures:
            self.hint.setText(_("Press Train to see loss and accuracy move."))
        else:
            self.hint.setText(_("No pictures to train it here, so there is no loss to draw. Explore looks inside."))

    def _plots(self) -> QWidget:
        clear = QPushButton(_("Clear"))
        clear.setToolTip(_("Forget the curves; the weights stay"))
        clear.setAccessibleName(_("Clear the curves"))
        clear.clicked.connect(self.clear)
        top = QHBoxLayout()
        top.setContentsMargins(2 * GRID, GRID // 2, GRID, 0)
        top.setSpacing(GRID)
        for mark in (
            Key("training", _("training, each batch, smoothed"), dot=False),
            Key("validation", _("validation, after each epoch"), dot=True),
        ):
            top.addWidget(mark)
        top.addStretch()
        top.addWidget(self.readout)
        top.addWidget(clear)
        plots = QSplitter(Qt.Orientation.Horizontal)
        plots.setChildrenCollapsible(False)
        plots.addWidget(self.loss)
        plots.addWidget(self.accuracy)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        column.addLayout(top)
        column.addWidget(plots, 1)
        return page

    def _on_started(self, event: RunStarted) -> None:
        for plot in (self.loss, self.accuracy):
            plot.begin()
        self._means.clear()

    def _on_batches_done(self, events: tuple[BatchDone, ...]) -> None:
        for event in events:
            self._add(self.loss, event.step, event.loss)
            self._add(self.accuracy, event.step, 100 * event.accuracy)
        self._draw_soon()

    def _on_epoch_done(self, event: EpochDone) -> None:
        self.loss.run.validation.add(event.step, event.validation_loss)
        self.accuracy.run.validation.add(event.step, 100 * event.validation_accuracy)
        self._draw_soon()

    def _add(self, plot: Plot, step: int, value: float) -> None:
        self._means[plot] = mean = smoothed(self._means.get(plot), value)
        plot.run.raw.add(step, value)
        plot.run.smooth.add(step, mean)

    def _draw_soon(self) -> None:
        self._stack.setCurrentIndex(1)
        if not self._timer.isActive():
            self._timer.start()

    def _on_timeout(self) -> None:
        for plot in (self.loss, self.accuracy):
            plot.draw()

    def _on_hovered(self, step: float | None) -> None:
        nearest = None if step is None else self.loss.run.smooth.nearest(step)
        for plot in (self.loss, self.accuracy):
            plot.show_cursor(nearest[0] if nearest else None)
        self.readout.setText(self._words(nearest[0]) if nearest else "")

    def _words(self, step: float) -> str:
        loss, accuracy = (plot.run.smooth.nearest(step) for plot in (self.loss, self.accuracy))
        if loss is None or accuracy is None:
            return ""
        words = _("step {step}: loss {loss}, accuracy {accuracy}",
                  step=f"{step:,.0f}", loss=f"{loss[1]:.4f}", accuracy=f"{accuracy[1]:.1f} %")  # fmt: skip
        validated = [plot.run.validation.nearest(step) for plot in (self.loss, self.accuracy)]
        if validated[0] and validated[1]:
            words = _("{words}; validation {loss}, {accuracy}",
                      words=words, loss=f"{validated[0][1]:.4f}", accuracy=f"{validated[1][1]:.1f} %")  # fmt: skip
        return words


class Key(QWidget):
    """One entry of the legend: a line or a dot in its colour, and what it is."""

    def __init__(self, colour: str, words: str, dot: bool) -> None:
        super().__init__()
        self._colour, self._dot = colour, dot
        row = QHBoxLayout(self)
        row.setContentsMargins(3 * GRID, 0, GRID, 0)
        row.addWidget(Words(words, size=SMALL, colour="muted", wrap=False))
        signals().changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour, middle = QColor(getattr(theme(), self._colour)), self.height() / 2
        if self._dot:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(QRectF(GRID, middle - 3.5, 7, 7))
        else:
            painter.setPen(QPen(colour, 2))
            painter.drawLine(QRectF(2, middle, 2 * GRID, 0).topLeft(), QRectF(2, middle, 2 * GRID, 0).topRight())


def _empty(hint: QWidget) -> QWidget:
    page = QWidget()
    row = QHBoxLayout(page)
    row.addStretch()
    row.addWidget(Glyph("mdi6.chart-line", "muted", 20))
    row.addWidget(hint)
    row.addStretch()
    return page
