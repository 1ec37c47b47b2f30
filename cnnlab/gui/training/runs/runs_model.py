"""Recorded runs as rows that a table can show and sort."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap

from cnnlab.core.data.sources import SOURCES, Target
from cnnlab.core.messages import text as _
from cnnlab.core.numerals import NOTHING, duration, error_figure, loss_figure, percent, whole
from cnnlab.core.runs.differences import DifferenceColumn, differences
from cnnlab.core.runs.summary import Figures, RunState, RunSummary
from cnnlab.gui.theme.theme import GRID, font, theme

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_NUMERIC = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Column:
    """A column of the table of runs: ``text`` is shown, ``key`` is sorted by: a number, a text or None for what is not known."""

    title: str
    tip: str
    text: Callable[[RunSummary], str]
    key: Callable[[RunSummary], Any]
    numeric: bool = True
    best: Qt.SortOrder = Qt.SortOrder.AscendingOrder
    """The order that has the best run first."""


def state_text(state: RunState) -> str:
    """The state of a run as people read it."""
    return {
        RunState.RUNNING: _("training"),
        RunState.PAUSED: _("paused"),
        RunState.COMPLETED: _("completed"),
        RunState.STOPPED: _("stopped"),
        RunState.FAILED: _("failed"),
        RunState.INTERRUPTED: _("interrupted"),
        RunState.DAMAGED: _("damaged"),
    }[state]


def name_of(run: RunSummary) -> str:
    """What a run is called: when it began, or its id if that is not known."""
    return when(run.started) if run.started is not None else run.id


def when(moment: datetime) -> str:
    """A moment as people read it: ``10:42:30`` today, ``3 Nov 10:42`` this year, else with the year."""
    local, now = moment.astimezone(), datetime.now().astimezone()
    if local.date() == now.date():
        return f"{local:%H:%M:%S}"
    return f"{local.day} {local:%b %H:%M}" if local.year == now.year else f"{local:%Y-%m-%d %H:%M}"


def figure_text(run: RunSummary, figures: Figures, places: int = 1) -> str:
    """The result that a run is judged by, as text: ``98.4 %``, or an error with its unit."""
    source = SOURCES.get(run.data.source)
    if source is not None and source.target is Target.NUMBER:
        return error_figure(figures.error, source.unit)
    return percent(figures.accuracy, places)


def _judged(figures: Figures) -> float | None:
    return figures.error if figures.accuracy is None else figures.accuracy


def _best(runs: Sequence[RunSummary]) -> Qt.SortOrder:
    """The order that has the best run first: by high accuracy, or by small error."""
    of_numbers = any(run.latest.error is not None or run.best.error is not None for run in runs)
    return Qt.SortOrder.AscendingOrder if of_numbers else Qt.SortOrder.DescendingOrder


def _columns(runs: Sequence[RunSummary]) -> list[Column]:
    return [
        Column(
            _("Run"),
            _("When it started; tick it to show its curves"),
            name_of,
            _began,
            numeric=False,
            best=Qt.SortOrder.DescendingOrder,
        ),
        Column(
            _("State"),
            _("What the run is doing, or how it ended"),
            lambda run: state_text(run.state),
            lambda run: run.state,
            numeric=False,
        ),
        Column(_("Epochs"), _("Epochs done, of those planned"), _epochs, lambda run: run.epoch),
        Column(
            _("Validation loss"),
            _("Loss of the best weights on the validation pictures"),
            lambda run: loss_figure(_validated(run).loss),
            lambda run: _validated(run).loss,
        ),
        Column(
            _("Validation"),
            _("Accuracy or mean error of the best weights on the validation pictures"),
            lambda run: figure_text(run, _validated(run)),
            lambda run: _judged(_validated(run)),
            best=_best(runs),
        ),
        Column(
            _("Test"),
            _("Accuracy or mean error of a completed run on the test pictures"),
            lambda run: figure_text(run, run.test, 2),
            lambda run: _judged(run.test),
            best=_best(runs),
        ),
        Column(_("Time"), _("Time spent training, without pauses"), _time, lambda run: run.seconds),
        *map(_chosen, differences(runs)),
    ]


def _chosen(difference: DifferenceColumn) -> Column:
    tip = _("A setting that differs between these runs")
    return Column(str(difference.title), tip, difference.text, difference.key, difference.numeric)


def _began(run: RunSummary) -> float | None:
    return run.started.timestamp() if run.started is not None else None


def _epochs(run: RunSummary) -> str:
    """How far a run came: in epochs, or in steps where their number is limited."""
    if run.is_cut:
        return _("{done} of {whole} steps", done=whole(run.step - run.from_step), whole=whole(run.epochs * run.batches))
    return f"{run.epoch} / {run.epochs}" if run.epochs else NOTHING


def _validated(run: RunSummary) -> Figures:
    """The results of the best weights on validation pictures; none where none are held out, and training pictures judged them."""
    return Figures() if run.validation.loss is None else run.best


def _time(run: RunSummary) -> str:
    return duration(run.seconds or None)


class RunsModel(QAbstractTableModel):
    """The rows of the table of runs, in the order that was asked for. While the same runs are there they keep their places,
    whatever their results do."""

    ticked = Signal(object, bool)
    """A ``RunSummary`` and whether its curves are wanted."""

    def __init__(self) -> None:
        super().__init__()
        self._runs: list[RunSummary] = []
        self._columns = _columns(())
        self._colours: Mapping[str, int] = {}
        self._own = ""
        self._sorted: tuple[int, Qt.SortOrder] = (0, Qt.SortOrder.DescendingOrder)

    def show_runs(self, runs: Sequence[RunSummary]) -> None:
        """Take the runs as they are now."""
        columns = _columns(runs)
        alike = [column.title for column in columns] == [column.title for column in self._columns]
        if alike and {run.id for run in runs} == {run.id for run in self._runs}:
            newer = {run.id: run for run in runs}
            self._runs = [newer[run.id] for run in self._runs]
            self._update_all()
            return
        self.beginResetModel()
        self._runs, self._columns = list(runs), columns
        if self._sorted[0] >= len(columns):
            self._sorted = (0, Qt.SortOrder.DescendingOrder)
        self._order()
        self.endResetModel()

    def show_colours(self, colours: Mapping[str, int], own: str) -> None:
        """Which of the theme's colours the curves of runs have, by id; ``own`` is drawn anyway."""
        self._colours, self._own = dict(colours), own
        self._update_all()

    def run_at(self, row: int) -> RunSummary:
        """The run that a row shows."""
        return self._runs[row]

    def row_of(self, run: str) -> int | None:
        """The row of a run, by its id; None where it is not in the table."""
        return next((row for row, each in enumerate(self._runs) if each.id == run), None)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._runs)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal or section >= len(self._columns):
            return None
        column = self._columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tip
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _NUMERIC if column.numeric else Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def best_order(self, column: int) -> Qt.SortOrder:
        """The order that has the best run first; for the time of its beginning, the newest."""
        return self._columns[column].best

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if index.column() == 0 and index.isValid() and self._runs[index.row()].state is not RunState.DAMAGED:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        run, column = self._runs[index.row()], self._columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            damaged = run.state is RunState.DAMAGED and index.column() > 1
            return NOTHING if damaged else column.text(run)
        if role == Qt.ItemDataRole.TextAlignmentRole and column.numeric:
            return _NUMERIC
        if role == Qt.ItemDataRole.ToolTipRole:
            return run.message or _("{title}, run {id}", title=run.title or _("Network"), id=run.id)
        if role == Qt.ItemDataRole.FontRole:
            return font(bold=run.id == self._own and index.column() == 0, tabular=True)
        if (
            role == Qt.ItemDataRole.ForegroundRole
            and run.state in (RunState.FAILED, RunState.DAMAGED)
            and index.column() == 1
        ):
            return QColor(theme().problem)
        return self._first(run, role) if index.column() == 0 else None

    def _first(self, run: RunSummary, role: int) -> Any:
        shown = run.id == self._own or run.id in self._colours
        if role == Qt.ItemDataRole.CheckStateRole and run.state is not RunState.DAMAGED:
            return Qt.CheckState.Checked if shown else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.DecorationRole:
            colours = theme().runs
            colour = theme().training if run.id == self._own else colours[self._colours[run.id]] if shown else None
            return _swatch(colour)
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or not index.isValid():
            return False
        run = self._runs[index.row()]
        if run.id != self._own:
            self.ticked.emit(run, Qt.CheckState(value) == Qt.CheckState.Checked)
        return True

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._sorted = (column, order)
        self.layoutAboutToBeChanged.emit()
        before = list(self._runs)
        self._order()
        rows = {run.id: row for row, run in enumerate(self._runs)}
        for index in self.persistentIndexList():
            self.changePersistentIndex(index, self.index(rows[before[index.row()].id], index.column()))
        self.layoutChanged.emit()

    def _order(self) -> None:
        """Sort the rows; what is not known comes last in both directions."""
        column, order = self._sorted
        key = self._columns[column].key
        known = [run for run in self._runs if key(run) is not None]
        unknown = [run for run in self._runs if key(run) is None]
        known.sort(key=key, reverse=order == Qt.SortOrder.DescendingOrder)
        self._runs = known + unknown

    def _update_all(self) -> None:
        if self._runs:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._runs) - 1, len(self._columns) - 1))


def _swatch(colour: str | None) -> QIcon:
    """A bar in a curve's colour; an empty place of the same size without one."""
    pixmap = QPixmap(GRID, 2 * GRID)
    pixmap.fill(Qt.GlobalColor.transparent)
    if colour is not None:
        painter = QPainter(pixmap)
        painter.fillRect(0, GRID - 2, GRID, 4, QColor(colour))
        painter.end()
    return QIcon(pixmap)
