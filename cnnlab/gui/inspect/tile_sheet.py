"""All feature maps or kernels of one layer as one picture, with the true number under the mouse."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from cnnlab.core.messages import text as _
from cnnlab.engine.inspection.tiling import Floats, Grid, Kind, best_columns
from cnnlab.gui.inspect import sheet_view
from cnnlab.gui.inspect.cells import MIN_CELL, paint_cell_mark, paint_numbers, paint_tile_mark
from cnnlab.gui.inspect.empty_state import paint_empty
from cnnlab.gui.inspect.sheet_view import SheetView
from cnnlab.gui.inspect.tile_stack import Cell, TileStack
from cnnlab.gui.theme import theme

_GAP = 1
_ZOOM_STEP = 1.25
_KEYS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}
_ZOOM_KEYS = {Qt.Key.Key_Plus: _ZOOM_STEP, Qt.Key.Key_Equal: _ZOOM_STEP, Qt.Key.Key_Minus: 1 / _ZOOM_STEP}
_OWN_KEYS = {*_KEYS, *_ZOOM_KEYS, Qt.Key.Key_0, Qt.Key.Key_Return, Qt.Key.Key_Enter}


class TileSheet(QWidget):
    """Tiles ``(K, H, W)`` in a grid. Wheel zooms at the mouse, dragging pans, a double click or 0 fits.

    Arrow keys move the pointed cell, Enter clicks it. Replacing the values by others of the same shape keeps zoom,
    selection and the pointed cell, whose new value is told again.
    """

    hovered = Signal(int, int, int, float)
    """Tile, row, column of the cell under the mouse or the keyboard's cursor, and its value."""
    unhovered = Signal()
    """No cell is pointed at any more."""
    clicked = Signal(int, int, int)
    """Tile, row, column of a cell that was clicked, not dragged."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stack: TileStack | None = None
        self._columns: int | None = None
        self._text = ""
        self._grid = Grid(0, 0, 0, 1, _GAP)
        self._image = QImage()
        self._view = SheetView(1.0, 0.0, 0.0)
        self._is_fitted = True
        self._pointed: Cell | None = None
        self._selected: Cell | None = None
        self._pressed_at: QPointF | None = None
        self._drag_from: QPointF | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(_("Tiles of the layer"))
        theme.signals().changed.connect(self._on_theme_changed)

    # What is shown

    def set_tiles(
        self, values: Floats, kind: Kind, labels: Sequence[str] | None = None, columns: int | None = None
    ) -> None:
        """Show ``values (K, H, W)`` and ``labels`` of the tiles as ``TileStack`` describes them.

        ``columns`` is how many tiles stand side by side; None suits the widget's shape.
        """
        same = self._stack is not None and self._stack.values.shape == values.shape and self._columns == columns
        was_pointed = self._pointed is not None
        self._stack, self._columns = TileStack(values, kind, labels), columns
        if not same:
            self._is_fitted = True
            self._pointed = self._selected = None
            tiles, height, width = values.shape
            self.setAccessibleDescription(
                _("{tiles} tiles of {height} × {width} values", tiles=tiles, height=height, width=width)
            )
            self._arrange()
        self._draw_sheet()
        if self._pointed is not None or was_pointed:
            self._tell_pointed()

    def set_empty(self, text: str) -> None:
        """Show ``text`` and no tiles."""
        self._stack, self._text = None, text
        self._pointed = self._selected = None
        self.setAccessibleDescription(text)
        self._tell_pointed()
        self.update()

    def select(self, cell: Cell | None) -> None:
        """Outline a cell and its tile."""
        self._selected = cell
        self.update()

    @property
    def top(self) -> float | None:
        """The value at the end of the colour scale; None while empty."""
        return None if self._stack is None else self._stack.top

    @property
    def view(self) -> SheetView:
        """Zoom and position in use."""
        return self._view

    def reading(self) -> str:
        """The pointed cell in words: "map 12, row 3, column 5: −0.8123"; empty if none is pointed at."""
        if self._stack is None or self._pointed is None:
            return ""
        return self._stack.reading(self._pointed)

    def cell_rect(self, cell: Cell) -> QRectF:
        """Where a cell is drawn, in the widget's coordinates."""
        tile, row, column = cell
        top, left = self._grid.origin(tile)
        x, y = self._view.corner(top + row, left + column)
        return QRectF(x, y, self._view.scale, self._view.scale)

    def fit(self) -> None:
        """Show the whole sheet, as large as it goes."""
        self._is_fitted = True
        self._arrange()
        self._draw_sheet()

    def sizeHint(self) -> QSize:
        return QSize(40 * theme.GRID, 30 * theme.GRID)

    def minimumSizeHint(self) -> QSize:
        return QSize(15 * theme.GRID, 12 * theme.GRID)

    # Arranging

    def _area(self) -> tuple[float, float]:
        return float(max(1, self.height())), float(max(1, self.width()))

    def _arrange(self) -> None:
        """Choose the grid for the widget's shape and fit it; a zoomed sheet keeps its grid."""
        if self._stack is None:
            return
        tiles, height, width = self._stack.values.shape
        area = self._area()
        if self._is_fitted:
            columns = self._columns or best_columns(tiles, height, width, area[1] / area[0], _GAP)
            self._grid = Grid(tiles, height, width, min(columns, tiles), _GAP)
            self._view = sheet_view.fitted(self._grid.shape, area)
        else:
            self._view = sheet_view.held(self._view, self._grid.shape, area)

    def _draw_sheet(self) -> None:
        if self._stack is not None:
            self._image = self._stack.picture(self._grid)
            self.update()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.theme()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(colours.surface))
        if self._stack is None:
            paint_empty(painter, QRectF(self.rect()), self._text)
        else:
            source = self._visible_cells()
            target = QRectF(*self._view.corner(source.top(), source.left()), 0, 0)
            target.setSize(source.size() * self._view.scale)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._view.scale < 1)
            painter.drawImage(target, self._image, source)
            if self._view.scale >= MIN_CELL:
                paint_numbers(painter, self._numbered_cells(self._stack, source))
            self._paint_marks(painter)
        painter.setPen(QPen(QColor(colours.accent if self.hasFocus() else colours.border), 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _visible_cells(self) -> QRectF:
        """The part of the sheet inside the widget, in whole cells."""
        rows, columns = self._grid.shape
        first_row, first_column = self._view.cell(0, 0)
        last_row, last_column = self._view.cell(self.width(), self.height())
        top, left = max(0, first_row), max(0, first_column)
        return QRectF(left, top, min(columns, last_column + 1) - left, min(rows, last_row + 1) - top)

    def _numbered_cells(self, stack: TileStack, source: QRectF) -> list[tuple[QRectF, float, QColor]]:
        cells = []
        for row in range(int(source.top()), int(source.bottom())):
            for column in range(int(source.left()), int(source.right())):
                cell = self._grid.locate(row, column)
                if cell is not None:
                    colour = self._image.pixelColor(column, row)
                    cells.append((self.cell_rect(cell), stack.value(cell), colour))
        return cells

    def _paint_marks(self, painter: QPainter) -> None:
        colours = theme.theme()
        if self._selected is not None:
            first = self.cell_rect((self._selected[0], 0, 0))
            size = self._view.scale
            paint_tile_mark(painter, QRectF(first.x(), first.y(), self._grid.width * size, self._grid.height * size))
            paint_cell_mark(painter, self.cell_rect(self._selected), QColor(colours.accent))
        if self._pointed is not None:
            paint_cell_mark(painter, self.cell_rect(self._pointed), QColor(colours.text))

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pressed_at = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._drag_from is None and self._pressed_at is not None and _far(at - self._pressed_at):
            self._drag_from = self._pressed_at
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        if self._drag_from is not None:
            push = at - self._drag_from
            self._drag_from = at
            self._view = sheet_view.moved(self._view, push.x(), push.y(), self._grid.shape, self._area())
            self.update()
        self._point_at(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        was_drag, was_pressed = self._drag_from is not None, self._pressed_at is not None
        self._pressed_at = self._drag_from = None
        self.unsetCursor()
        if was_pressed and not was_drag and event.button() == Qt.MouseButton.LeftButton:
            self._point_at(event.position())
            self._click()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.fit()
        self._point_at(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        self._set_pointed(None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._zoom(_ZOOM_STEP ** (event.angleDelta().y() / 120), event.position())
        self._point_at(event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:
        # Keys that mean something here must not trigger a shortcut of the window.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in _OWN_KEYS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if self._stack is None:
            super().keyPressEvent(event)
        elif key in _KEYS:
            self._step(*_KEYS[key])
        elif key in _ZOOM_KEYS:
            middle = self.cell_rect(self._pointed).center() if self._pointed else QRectF(self.rect()).center()
            self._zoom(_ZOOM_KEYS[key], middle)
        elif key == Qt.Key.Key_0:
            self.fit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._click()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()
        self._draw_sheet()

    def _zoom(self, factor: float, at: QPointF) -> None:
        if self._stack is None or factor == 1:
            return
        area = self._area()
        self._view = sheet_view.zoomed(self._view, factor, at.x(), at.y(), self._grid.shape, area)
        self._is_fitted = math.isclose(self._view.scale, sheet_view.fitted(self._grid.shape, area).scale)
        self.update()

    def _step(self, down: int, right: int) -> None:
        if self._pointed is None:
            self._set_pointed(self._selected or (0, 0, 0))
            return
        tile, y, x = self._pointed
        top, left = self._grid.origin(tile)
        row, column = top + y + down, left + x + right
        if not (0 <= y + down < self._grid.height and 0 <= x + right < self._grid.width):
            row, column = row + down * _GAP, column + right * _GAP
        cell = self._grid.locate(row, column)
        if cell is not None:
            self._view = sheet_view.showing(self._view, row, column, self._grid.shape, self._area())
            self._set_pointed(cell)

    def _point_at(self, at: QPointF) -> None:
        if self._stack is not None:
            self._set_pointed(self._grid.locate(*self._view.cell(at.x(), at.y())))

    def _set_pointed(self, cell: Cell | None) -> None:
        if cell == self._pointed:
            return
        self._pointed = cell
        self.update()
        self._tell_pointed()

    def _tell_pointed(self) -> None:
        if self._stack is None or self._pointed is None:
            self.unhovered.emit()
        else:
            self.hovered.emit(*self._pointed, self._stack.value(self._pointed))

    def _click(self) -> None:
        if self._pointed is not None:
            self.select(self._pointed)
            self.clicked.emit(*self._pointed)

    def _on_theme_changed(self) -> None:
        self._draw_sheet()
        self.update()  # also the empty state


def _far(way: QPointF) -> bool:
    """Whether the mouse went far enough for a press to be a drag."""
    return way.manhattanLength() >= QApplication.startDragDistance()
