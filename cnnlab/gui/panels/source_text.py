"""Source code to read: line numbers, marked lines, and a click that names its line."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextCursor,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QFrame, QPlainTextEdit, QWidget

from cnnlab.core.messages import text as _
from cnnlab.gui.panels.python_highlighter import PythonHighlighter, Spans, spans
from cnnlab.gui.theme.theme import GRID, SMALL, monospace, signals, theme


class SourceText(QPlainTextEdit):
    """Python that can be read, marked by line and copied, but not changed. Lines are counted from 1."""

    line_chosen = Signal(int)
    """A line was clicked, or Return was pressed in it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marked: frozenset[int] = frozenset()
        self._pressed: QPoint | None = None
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setUndoRedoEnabled(False)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(monospace())
        self.setAccessibleName(_("PyTorch source code of the network"))
        self._highlighter = PythonHighlighter(self.document())
        self._numbers = _LineNumbers(self)
        self.blockCountChanged.connect(self._make_room)
        self.updateRequest.connect(self._on_update_request)
        signals().changed.connect(self._on_theme_changed)
        self._make_room()

    @property
    def marked(self) -> frozenset[int]:
        """Numbers of the marked lines."""
        return self._marked

    @property
    def is_pale(self) -> bool:
        """Whether the code is shown muted, as code that does not hold any more."""
        return self._highlighter.is_pale

    def set_pale(self, pale: bool) -> None:
        """Show the code muted, as code that does not hold any more; or in full colour."""
        self._highlighter.set_pale(pale)
        self._numbers.update()

    def show_source(self, source: str, coloured: Sequence[Spans] | None = None) -> None:
        """Show other code, whose ``spans`` are ``coloured``. What is equal at the top and at the end stays as it is, and so does
        the place that is read."""
        old, new = self.toPlainText().split("\n"), source.split("\n")
        if old == new:
            return
        self._highlighter.expect(spans(source) if coloured is None else coloured)
        minimum = min(len(old), len(new))
        top = next((at for at in range(minimum) if old[at] != new[at]), minimum)
        end = next((at for at in range(minimum - top) if old[-1 - at] != new[-1 - at]), minimum - top)
        if top == 0 and end == 0:
            self.setPlainText(source)
            return
        self._replace(top, len(old) - end, new[top : len(new) - end], at_end=end == 0)

    def _replace(self, first: int, last: int, lines: list[str], at_end: bool) -> None:
        """Put ``lines`` in the place of those from ``first`` to before ``last``, counted from 0."""
        document = self.document()
        cursor = QTextCursor(document)
        if at_end:  # the last line has no break of its own behind it: take the one before
            previous = document.findBlockByNumber(first - 1)
            cursor.setPosition(previous.position() + previous.length() - 1)
            cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
            cursor.insertText("".join(f"\n{line}" for line in lines))
        else:
            cursor.setPosition(document.findBlockByNumber(first).position())
            cursor.setPosition(document.findBlockByNumber(last).position(), QTextCursor.MoveMode.KeepAnchor)
            cursor.insertText("".join(f"{line}\n" for line in lines))

    def mark(self, lines: Collection[int]) -> None:
        """Mark these lines, and scroll to the first unless one of them is in view."""
        marked = frozenset(lines)
        if marked == self._marked:
            return
        self._marked = marked
        self.viewport().update()
        self._numbers.update()
        if marked and not any(self.is_in_view(line) for line in marked):
            # In the upper third: what follows a line says more of it than what comes before.
            self.verticalScrollBar().setValue(max(0, min(marked) - 1 - self._page // 3))

    def is_in_view(self, line: int) -> bool:
        """Whether the whole line is to be seen without scrolling down or up."""
        top = self.verticalScrollBar().value()
        return top < line <= top + self._page

    @property
    def _page(self) -> int:
        return self.viewport().height() // max(1, self.fontMetrics().lineSpacing())

    # What the person does

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self._pressed = event.position().toPoint() if event.button() == Qt.MouseButton.LeftButton else None

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        pressed, self._pressed = self._pressed, None
        if pressed is None or self.textCursor().hasSelection():
            return
        place = event.position().toPoint()
        if (place - pressed).manhattanLength() < QApplication.startDragDistance():
            self.choose(self.block_at(place.y()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.choose(self.textCursor().block())
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        # A text that cannot be edited leaves these keys to the window, where they mean the layers.
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            keys = QKeySequence.StandardKey
            event.setAccepted(event.matches(keys.Copy) or event.matches(keys.SelectAll))
            return True
        return super().event(event)

    def block_at(self, y: int) -> QTextBlock:
        """The line at this height of the viewport; not valid below the last one."""
        for block, area in self.blocks_in_view():
            if area.top() <= y <= area.bottom():
                return block
        return QTextBlock()

    def choose(self, block: QTextBlock) -> None:
        """Tell which line was meant."""
        if block.isValid():
            self.line_chosen.emit(block.blockNumber() + 1)

    # Painting

    def blocks_in_view(self) -> Iterator[tuple[QTextBlock, QRect]]:
        """The lines that are to be seen, and where on the viewport."""
        block = self.firstVisibleBlock()
        offset, width = self.contentOffset(), self.viewport().width()
        while block.isValid():
            area = self.blockBoundingGeometry(block).translated(offset)
            if area.top() > self.viewport().height():
                return
            yield block, QRect(0, round(area.top()), width, round(area.height()))
            block = block.next()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        for block, area in self.blocks_in_view():
            if block.blockNumber() + 1 in self._marked:
                painter.fillRect(area, QColor(theme().selected))
        painter.end()
        super().paintEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._numbers.setGeometry(0, 0, self.viewportMargins().left(), self.height())

    def _make_room(self) -> None:
        digits = len(str(max(99, self.blockCount())))
        width = digits * QFontMetrics(monospace(SMALL)).horizontalAdvance("0") + 3 * GRID
        self.setViewportMargins(width, 0, 0, 0)
        self._numbers.setGeometry(0, 0, width, self.height())

    def _on_update_request(self, area: QRect, by: int) -> None:
        if by:
            self._numbers.scroll(0, by)
        else:
            self._numbers.update(0, area.y(), self._numbers.width(), area.height())

    def _on_theme_changed(self) -> None:
        self.setFont(monospace())
        self._numbers.update()


class _LineNumbers(QWidget):
    """The margin: numbers, and a bar of the accent before marked lines. A click is a click on the line."""

    def __init__(self, text: SourceText) -> None:
        super().__init__(text)
        self._text = text
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(_("Select the layers of this line"))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()  # or the release would go to the text

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._text.choose(self._text.block_at(round(event.position().y())))

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._text.wheelEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = theme()
        painter.fillRect(event.rect(), QColor(colours.surface))
        painter.setFont(monospace(SMALL))
        for block, area in self._text.blocks_in_view():
            number = block.blockNumber() + 1
            marked = number in self._text.marked
            if marked:
                painter.fillRect(0, area.top(), self.width(), area.height(), QColor(colours.selected))
                painter.fillRect(0, area.top(), 3, area.height(), QColor(colours.accent))
            painter.setPen(QColor(colours.text if marked else colours.muted))
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(0, area.top(), self.width() - GRID, area.height(), flags, str(number))
