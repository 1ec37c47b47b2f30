"""How good the network is on pictures that it was not trained on: after each epoch on validation, at the end on test."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from cnnlab.core.data.sources import SOURCES, Target
from cnnlab.core.messages import text as _
from cnnlab.core.numerals import error_figure, loss_figure, percent, whole
from cnnlab.core.runs.events import EpochDone, RunEnded, RunStarted
from cnnlab.core.training.metrics import Metrics
from cnnlab.gui.panels.labels import Elided, TextLabel
from cnnlab.gui.theme.icons import Glyph
from cnnlab.gui.theme.theme import GRID, NORMAL, SMALL
from cnnlab.gui.training.evaluation.class_table import ClassTable
from cnnlab.gui.training.evaluation.confusion import ConfusionMap
from cnnlab.gui.training.evaluation.number_plot import NumberPlot
from cnnlab.gui.training.run.controller import TrainingController


class EvaluationPanel(QWidget):
    """Results on validation or test pictures. For classes: precision, recall and F1 of each, and the confusion matrix; for numbers:
    predicted against true."""

    def __init__(self, controller: TrainingController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = controller.document
        self._as_trained = controller.as_trained
        self._is_own = False
        """Whether the figures are of a run of this window's network."""
        self.warning = TextLabel(size=SMALL, colour="muted")
        self.summary = Elided(tabular=True)
        self.table = ClassTable()
        self.confusion = ConfusionMap()
        self.numbers = NumberPlot()
        self._stack = QStackedLayout(self)
        self._stack.addWidget(_empty())
        self._stack.addWidget(self._page())
        controller.started.connect(self._on_started)
        controller.epoch_done.connect(self._on_epoch_done)
        controller.ended.connect(self._on_ended)
        controller.forgotten.connect(self.clear)
        self._document.edited.connect(self._warn)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was measured yet."""
        return self._stack.currentIndex() == 0

    def clear(self) -> None:
        """Forget what was measured."""
        self._stack.setCurrentIndex(0)

    def show_epoch(self, event: EpochDone, data: str = "") -> None:
        """Show what was measured on the validation pictures after an epoch; ``data`` is the run's data set, if it is not
        the project's."""
        if event.validation is not None and event.validation.count:
            self._show(event.validation, _("Validation after epoch {epoch}", epoch=event.epoch), data)

    def show_end(self, event: RunEnded, data: str = "") -> None:
        """Show what was measured on the test pictures at the end."""
        if event.test is not None and event.test.count:
            self._show(event.test, _("Test"), data)

    def _show(self, metrics: Metrics, where: str, data: str) -> None:
        source = SOURCES.get(data or self._document.project.data.source, SOURCES["none"])
        is_number = source.target is Target.NUMBER or metrics.error is not None
        for widget in (self.table, self.confusion):
            widget.setVisible(not is_number)
        self.numbers.setVisible(is_number)
        parts = [_("{where}: {count} pictures", where=where, count=whole(metrics.count))]
        if is_number:
            error = _("NaN or infinite") if metrics.error is None else error_figure(metrics.error, source.unit)
            parts.append(_("mean absolute error {error}", error=error))
            self.numbers.show_pairs(metrics.pairs, source.unit)
        else:
            count, project = len(metrics.classes) or len(metrics.confusion), self._document.project
            names = project.names(count) if data in ("", project.data.source) else source.names(count)
            parts.append(_("accuracy {accuracy}", accuracy=percent(metrics.accuracy, 2)))
            parts += [_("top {k} {share}", k=k, share=percent(share)) for k, share in metrics.top_k if k > 1]
            self.table.show_figures(metrics.classes, names)
            self.confusion.show_counts(metrics.confusion, names)
            self.confusion.setVisible(bool(metrics.confusion))
        parts.append(_("loss {loss}", loss=_("NaN or infinite") if metrics.loss is None else loss_figure(metrics.loss)))
        self.summary.setText(", ".join(parts))
        self._is_own = not data
        self._warn()
        self._stack.setCurrentIndex(1)

    def _warn(self) -> None:
        """Say it if the network is no longer as it was measured."""
        text = self._as_trained.warning if self._is_own else ""
        self.warning.setText(text)
        self.warning.setVisible(bool(text))

    def sizeHint(self) -> QSize:
        return QSize(640, 200)

    def _on_started(self, event: RunStarted) -> None:
        if not event.resumed:  # what was measured before is of the same run
            self.clear()
        self._warn()

    def _on_epoch_done(self, event: EpochDone) -> None:
        self.show_epoch(event)

    def _on_ended(self, event: RunEnded) -> None:
        self.show_end(event)
        self._warn()

    def _page(self) -> QWidget:
        sides = QHBoxLayout()
        sides.setContentsMargins(2 * GRID, 0, 2 * GRID, GRID)
        sides.setSpacing(2 * GRID)
        sides.addWidget(self.table, 3)
        sides.addWidget(self.confusion, 2)
        sides.addWidget(self.numbers, 1)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, GRID, 0, 0)
        column.setSpacing(GRID)
        row = QHBoxLayout()
        row.setContentsMargins(2 * GRID, 0, 2 * GRID, 0)
        row.addWidget(self.summary)
        column.addLayout(row)
        below = QHBoxLayout()
        below.setContentsMargins(2 * GRID, 0, 2 * GRID, 0)
        below.addWidget(self.warning)
        column.addLayout(below)
        column.addLayout(sides, 1)
        return page


def _empty() -> QWidget:
    page = QWidget()
    row = QHBoxLayout(page)
    row.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
    row.addStretch()
    row.addWidget(Glyph("mdi6.target", "muted", 20))
    text = _("After each epoch of training, this shows how good the network is on pictures that it was not trained on.")
    row.addWidget(TextLabel(text, size=NORMAL, colour="muted"), 4)
    row.addStretch()
    return page
