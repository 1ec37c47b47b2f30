"""The rows of the gallery, chapter by chapter, with search."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMargins, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTreeWidget, QTreeWidgetItem, QWidget

from cnnlab.core.messages import text as _
from cnnlab.gui.gallery.entries import Entry
from cnnlab.gui.theme import theme

_ENTRY = Qt.ItemDataRole.UserRole
_ROW, _HEAD = 6 * theme.GRID, 5 * theme.GRID


class NetworkList(QTreeWidget):
    """The list of networks: one row for each entry, under the title of its chapter. ``shown`` and ``chosen`` say what the person
    looks at and opens."""

    shown = Signal(object)
    """Another ``Entry`` is marked, or None if the search finds nothing."""
    chosen = Signal()
    """Enter, or a double click, on the marked entry."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setHeaderHidden(True)
        self.setIndentation(0)
        self.setRootIsDecorated(False)
        self.setItemsExpandable(False)
        self.setFrameShape(QTreeWidget.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QTreeWidget.ScrollMode.ScrollPerPixel)
        self.setItemDelegate(RowDelegate(self))
        self.setMouseTracking(True)
        self.setAccessibleName(_("Networks"))
        self.nothing_found = _("No network matches. Try part of the name, a year or an author.")
        self._heads: dict[str, QTreeWidgetItem] = {}
        self._rows: list[tuple[Entry, QTreeWidgetItem]] = []
        self._text = ""
        self.currentItemChanged.connect(self._on_current_changed)
        self.itemDoubleClicked.connect(self._on_double_click)
        theme.signals().changed.connect(self.viewport().update)

    def add(self, entries: Sequence[Entry]) -> None:
        """Append entries, those of a chapter behind its title. A search that is under way counts for them too."""
        for entry in entries:
            if entry.chapter not in self._heads:
                self.add_chapter(entry.chapter)
            # Beside the title, not below it: what cannot be chosen would take its children along.
            row = QTreeWidgetItem(self, [entry.title])
            row.setData(0, _ENTRY, entry)
            row.setData(0, Qt.ItemDataRole.AccessibleDescriptionRole, entry.line)
            row.setSizeHint(0, QSize(0, _ROW))
            row.setHidden(entry.rank(self._text.split()) == 0)
            self._rows.append((entry, row))
        self._show_heads()

    def add_chapter(self, title: str, note: str = "") -> None:
        """The title of a chapter at the end, or another ``note`` beside the one that is there."""
        head = self._heads.get(title)
        if head is None:
            head = QTreeWidgetItem(self, [title])
            head.setFlags(Qt.ItemFlag.NoItemFlags)
            head.setSizeHint(0, QSize(0, _HEAD))
            self._heads[title] = head
        head.setText(0, f"{title} · {note}" if note else title)

    def search(self, query: str) -> None:
        """Show only the entries that the words describe, and mark the best of them."""
        self._text = query.casefold()
        wanted = self._text.split()
        best: tuple[int, QTreeWidgetItem | None] = (0, None)
        for entry, row in self._rows:
            rank = entry.rank(wanted)
            row.setHidden(rank == 0)
            if rank > best[0]:
                best = rank, row
        self._show_heads()
        self.setAccessibleDescription("" if self.entries else self.nothing_found)
        self.viewport().update()
        self._mark(best[1])

    def mark(self, key: str) -> None:
        """Mark one entry; the first if there is none of that key."""
        rows = [row for entry, row in self._rows if entry.key == key and not row.isHidden()]
        self._mark(rows[0] if rows else next((row for _entry, row in self._rows if not row.isHidden()), None))

    @property
    def current(self) -> Entry | None:
        """The marked entry; None if the search finds nothing."""
        item = self.currentItem()
        return item.data(0, _ENTRY) if item is not None else None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries that the search leaves, in order."""
        return tuple(entry for entry, row in self._rows if not row.isHidden())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._text and not self.entries:
            painter = QPainter(self.viewport())
            painter.setPen(QColor(theme.theme().muted))
            room = self.viewport().rect().marginsRemoved(QMargins(*(4 * theme.GRID,) * 4))
            middle = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(room, middle, self.nothing_found)
            painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit()
        else:
            super().keyPressEvent(event)

    def _mark(self, row: QTreeWidgetItem | None) -> None:
        if row is None:
            self.setCurrentIndex(QModelIndex())
            return
        self.setCurrentItem(row)
        self.scrollToItem(self.itemAbove(row) or row)  # with the title of the chapter, if it is the first
        self.scrollToItem(row)

    def _show_heads(self) -> None:
        filled = {entry.chapter for entry in self.entries}
        for title, head in self._heads.items():
            head.setHidden(title not in filled and bool(self._text))

    def _on_current_changed(self) -> None:
        self.shown.emit(self.current)

    def _on_double_click(self, item: QTreeWidgetItem) -> None:
        if item.data(0, _ENTRY) is not None:
            self.chosen.emit()


class RowDelegate(QStyledItemDelegate):
    """Paints a chapter's title, or an entry in two lines with a mark at the right."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        entry: Entry | None = index.data(_ENTRY)
        rect = QRect(option.rect)
        painter.save()
        if entry is None:
            _paint_head(painter, rect, index.data())
        else:
            _paint_row(painter, rect, entry, option.state)
        painter.restore()


def _paint_head(painter: QPainter, rect: QRect, title: str) -> None:
    painter.setFont(theme.font(theme.SMALL, bold=True))
    painter.setPen(QColor(theme.theme().muted))
    room = rect.adjusted(2 * theme.GRID, 0, -theme.GRID, -theme.GRID // 2)
    painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, title)


def _paint_row(painter: QPainter, rect: QRect, entry: Entry, state: QStyle.StateFlag) -> None:
    colours = theme.theme()
    selected = bool(state & QStyle.StateFlag.State_Selected)
    if selected or state & QStyle.StateFlag.State_MouseOver:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.selected if selected else colours.raised))
        painter.drawRoundedRect(rect.adjusted(theme.GRID, 1, -theme.GRID, -1), 6, 6)
    room = rect.adjusted(2 * theme.GRID, 5, -2 * theme.GRID, -5)
    top = QRect(room.x(), room.y(), room.width(), room.height() // 2)
    bottom = top.translated(0, room.height() // 2)
    if entry.trains_on:
        bottom.setRight(bottom.right() - _paint_mark(painter, bottom, entry.trains_on) - theme.GRID)
    for line, font, colour, query in (
        (top, theme.font(bold=True), colours.text, entry.title),
        (bottom, theme.font(theme.SMALL, tabular=True), colours.muted, entry.line),
    ):
        painter.setFont(font)
        painter.setPen(QColor(colour))
        elided = QFontMetrics(font).elidedText(query, Qt.TextElideMode.ElideRight, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)


def _paint_mark(painter: QPainter, rect: QRect, data: str) -> int:
    """Says at the right that a network trains here; returns how wide that is."""
    query = _("● trains on {data}", data=data)
    font = theme.font(theme.SMALL)
    painter.setFont(font)
    painter.setPen(QColor(theme.theme().good))
    painter.drawText(rect, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, query)
    return QFontMetrics(font).horizontalAdvance(query)
