"""Loss, accuracy or error, and learning rate over the steps of training, as they happen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QSplitter,
    QStackedLayout,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cnnlab.core.data.sources import SOURCES, Target
from cnnlab.core.messages import text as _
from cnnlab.core.numerals import error_figure, loss_figure, whole
from cnnlab.core.runs.events import BatchDone, EpochDone, RunStarted, SettingChanged
from cnnlab.gui.panels.labels import Elided, TextLabel
from cnnlab.gui.preferences import Preferences
from cnnlab.gui.theme.icons import Glyph
from cnnlab.gui.theme.theme import GRID, NORMAL, SMALL, signals, theme
from cnnlab.gui.training.curves.legend import CurvesLegend
from cnnlab.gui.training.curves.plot import MAX_DOTS, Overlay, Plot, change_text
from cnnlab.gui.training.curves.run_curves import EMPTY, CurvesSnapshot, RunCurves
from cnnlab.gui.training.run.controller import TrainingController

INTERVAL = 200
"""Milliseconds between two drawings. Each takes some 18 of them from a processor that trains, and all threads of the training
wait for the slowest: with 66, a training on two cores lost a third of its speed."""
NEAR = 0.01
"""Part of a plot's width: the readout names a mark that is as near as this to the mouse."""


class CurvesPanel(QWidget):
    """Plots of loss, accuracy or error, and learning rate side by side. What arrives is drawn on a timer, never as it comes."""

    def __init__(self, controller: TrainingController, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._document = controller.document
        self.loss = Plot(_("Loss"), "loss", low=0.0, labels=True)
        self.accuracy = Plot(_("Accuracy, %"), "accuracy", low=0.0, high=100.0)
        self.error = Plot(_("Mean absolute error"), "error", low=0.0)
        self.rate = Plot(_("Learning rate"), "rate", low=0.0)
        self.readout = Elided(size=SMALL, tabular=True)
        self.legend = CurvesLegend()
        self._captions = QStackedWidget()
        self.run = RunCurves()
        self._run_id = ""
        """The id of the run of this window."""
        self._data = ""
        """The data set of the run of this window."""
        self._before: CurvesSnapshot = EMPTY
        self._shown: CurvesSnapshot = EMPTY
        self._overlays: tuple[Overlay, ...] = ()
        self._followed: CurvesSnapshot | None = None
        self._stack = QStackedLayout(self)
        self.hint = TextLabel(size=NORMAL, colour="muted", wrap=False)
        self._stack.addWidget(_empty(self.hint))
        self._stack.addWidget(self._page())
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._draw)
        for plot in self.plots:
            plot.hovered.connect(self._on_hovered)
        controller.started.connect(self._on_started)
        controller.batches_done.connect(self._on_batches_done)
        controller.epoch_done.connect(self._on_event)
        controller.setting_changed.connect(self._on_event)
        controller.forgotten.connect(self.clear)
        controller.document.edited.connect(self._on_edited)
        signals().changed.connect(self._show_legend)
        self._on_edited()
        self._show_scales()

    @property
    def plots(self) -> tuple[Plot, ...]:
        """All, from left to right."""
        return self.loss, self.accuracy, self.error, self.rate

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw yet."""
        return self._stack.currentIndex() == 0

    def clear(self) -> None:
        """Forget the runs of this window; others that were chosen stay."""
        self.run = RunCurves()
        self._before = EMPTY
        self._draw()
        self._show_page()

    def show_overlays(self, overlays: Sequence[Overlay]) -> None:
        """Draw these runs too, in colours of their own."""
        self._overlays = tuple(overlays)
        self._show_legend()
        self._show_page()
        self._draw_soon()

    def show_followed(self, curves: CurvesSnapshot | None) -> None:
        """Draw a run that another process writes in place of this window's; None shows the window's again."""
        self._followed = curves
        self._show_quantities()
        self._show_page()
        self._draw_soon()

    def sizeHint(self) -> QSize:
        return QSize(640, 200)

    def _show_quantities(self) -> None:
        """Accuracy where the answer is a class, the error where it is a number."""
        is_number = SOURCES[self._document.project.data.source].target is Target.NUMBER
        if self._followed is not None:
            is_number = len(self._followed.lines["error"].raw[0]) > 0
        self.accuracy.setVisible(not is_number)
        self.error.setVisible(is_number)

    def _on_edited(self) -> None:
        source = SOURCES[self._document.project.data.source]
        is_number = source.target is Target.NUMBER
        self._show_quantities()
        if source.has_pictures:
            self.hint.setText(
                _("Press Train to see loss and error move.")
                if is_number
                else _("Press Train to see loss and accuracy move.")
            )
        else:
            self.hint.setText(
                _(
                    "There are no training pictures for this network, so there is no loss to show. Look inside it in Explore."
                )
            )

    # Building

    def _page(self) -> QWidget:
        self._show_legend()
        clear = QPushButton(_("Clear"))
        clear.setToolTip(_("Remove the curves from view; the weights and the recorded runs stay"))
        clear.setAccessibleName(_("Clear the curves"))
        clear.clicked.connect(self.clear)
        self._log = self._choice(_("Log"), "log", _("Loss and error on a logarithmic scale"), self._show_scales)
        self._epochs = self._choice(
            _("Epochs"), "epochs", _("Show epochs instead of steps on the horizontal axis"), self._show_scales
        )
        self._rate = self._choice(_("Rate"), "rate", _("Show the learning rate too"), self._show_rate)
        top = QHBoxLayout()
        top.setContentsMargins(2 * GRID, GRID // 2, GRID, 0)
        top.setSpacing(GRID // 2)
        # In one place, so that nothing moves: the legend gives way while the mouse is over a plot.
        self._captions.addWidget(self.legend)
        self._captions.addWidget(self.readout)
        self._captions.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        top.addWidget(self._captions, 1)
        for button in (self._log, self._epochs, self._rate, clear):
            top.addWidget(button)
        self._splitter = plots = QSplitter(Qt.Orientation.Horizontal)
        plots.setChildrenCollapsible(False)
        for plot in self.plots:
            plots.addWidget(plot)
        self._show_rate()
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        column.addLayout(top)
        column.addWidget(plots, 1)
        return page

    def _choice(self, text: str, name: str, tip: str, act: Callable[[], None]) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setCheckable(True)
        button.setChecked(self._preferences.flag(f"curves/{name}"))

        def choose(on: bool) -> None:
            self._preferences.set_flag(f"curves/{name}", on)
            act()

        button.toggled.connect(choose)
        return button

    def _show_rate(self) -> None:
        self.rate.setVisible(self._rate.isChecked())
        self._splitter.setSizes([1000] * self._splitter.count())

    def _show_legend(self) -> None:
        counts = [len(line.validation[0]) for line in self._shown.lines.values()]
        validated = [
            ("validation", "dot" if max(counts) <= MAX_DOTS else "line", _("validation")),
            ("good", "ring", _("best")),
        ]
        self.legend.show_entries(
            [
                ("training", "line", _("training")),
                *(validated if any(counts) or not len(self._shown.lines["loss"].raw[0]) else ()),
                *((theme().runs[each.colour], "line", each.name) for each in self._overlays),
            ]
        )

    def _show_scales(self) -> None:
        for plot in self.plots:
            log = self._log.isChecked() and plot in (self.loss, self.error)
            plot.show_scales(in_epochs=self._epochs.isChecked(), log=log)

    # Following

    def _on_started(self, event: RunStarted) -> None:
        data = self._document.project.data.source
        if not event.resumed:
            if event.run != self._run_id:  # one that is resumed brings its past again
                # Losses of another task beside these would look like one curve, and mean nothing.
                self._before = self.run.snapshot() if data == self._data else EMPTY
            self.run = RunCurves()
        self._run_id, self._data = event.run, data
        self.run.take([event])
        self._draw_soon()

    def _on_batches_done(self, events: tuple[BatchDone, ...]) -> None:
        self.run.take(events)
        self._stack.setCurrentIndex(1)
        self._draw_soon()

    def _on_event(self, event: EpochDone | SettingChanged) -> None:
        self.run.take((event,))
        self._draw_soon()

    def _draw_soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _show_page(self) -> None:
        something = self._overlays or self._followed is not None or len(self.run.snapshot().lines["loss"].raw[0])
        self._stack.setCurrentIndex(1 if something else 0)

    def _draw(self) -> None:
        followed = self._followed
        self._shown = self.run.snapshot() if followed is None else followed
        for plot in self.plots:
            plot.show_runs(self._shown, self._before if followed is None else EMPTY, self._overlays)
        self._show_legend()

    def _on_hovered(self, x: float | None) -> None:
        for plot in self.plots:
            plot.show_cursor(x)
        text = "" if x is None else self._text(self.loss.step_at(x))
        self.readout.setText(text)
        self._captions.setCurrentIndex(1 if text else 0)

    def _text(self, step: float) -> str:
        """The values of the run's curves at a step, for the readout."""
        curves = self._shown
        at = curves.nearest(step)
        if at is None:
            return ""
        parts = [_("step {step}", step=whole(at))]
        near = NEAR * max(len(curves.lines["loss"].smooth[0]), 100)
        parts += [change_text(change) for change in curves.changes if abs(change.step - step) <= near]
        for name in ("loss", "accuracy", "error"):
            found = curves.at(name, step)
            if found is not None:
                value, validated = found
                text = _WRITTEN[name](value)
                if validated is not None:
                    text = _("{training} ({validation})", training=text, validation=_WRITTEN[name](validated))
                parts.append(_figure(name, text))
        return ", ".join(parts)


_WRITTEN: dict[str, Callable[[float], str]] = {"loss": loss_figure, "accuracy": "{:.1f}".format, "error": error_figure}


def _figure(name: str, value: str) -> str:
    if name == "loss":
        return _("loss {value}", value=value)
    return _("accuracy {value} %", value=value) if name == "accuracy" else _("error {value}", value=value)


def _empty(hint: QWidget) -> QWidget:
    page = QWidget()
    row = QHBoxLayout(page)
    row.addStretch()
    row.addWidget(Glyph("mdi6.chart-line", "muted", 20))
    row.addWidget(hint)
    row.addStretch()
    return page
