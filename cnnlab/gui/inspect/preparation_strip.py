"""How a drawing becomes what the network receives: small pictures of the stages, in a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnlab.core.messages import text as _
from cnnlab.engine.inspection.tiling import to_indices
from cnnlab.gui.inspect.empty_state import paint_empty
from cnnlab.gui.theme import theme
from cnnlab.gui.theme.images import indexed_image

_ARROW = 12
"""Room between two pictures."""
_LARGEST_PICTURE = 112.0


class Stage(NamedTuple):
    """One step of the preparation."""

    title: str
    picture: NDArray[np.uint8] | NDArray[np.float32]
    """``(H, W)``: bytes with ink 255 for ``ink``, float32 for ``signed``; ``(H, W, 3)`` bytes for ``colour``."""
    kind: Literal["ink", "signed", "colour"]


class PreparationStrip(QWidget):
    """Pictures with title and size, arrows between them, and one line about the numbers below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stages: Sequence[Stage] = ()
        self._images: list[QImage] = []
        self._caption = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(_("Preparation of the input"))
        theme.signals().changed.connect(self._redraw)

    def set_stages(self, stages: Sequence[Stage], caption: str = "", tip: str = "") -> None:
        """Show the stages in this order, and ``caption`` below, such as "(x − 0.1307) / 0.3081"; no stages, no strip.
        ``tip`` is what more there is to know."""
        self._stages, self._caption = stages, caption
        self.setToolTip(
            "\n".join(filter(None, (_("What is done to the input before the network sees it"), caption, tip)))
        )
        self.setAccessibleDescription(" → ".join(f"{stage.title} {size_text(stage)}" for stage in stages))
        self._redraw()

    def picture_rect(self, index: int) -> QRectF:
        """Where a stage's picture is drawn; it keeps its proportions inside a square."""
        side = self._side()
        square = QRectF(self._slot_left(index) + (self._slot_width() - side) / 2, 0, side, side)
        height, width = self._stages[index].picture.shape[:2]
        share = side / max(height, width)
        picture = QRectF(0, 0, width * share, height * share)
        picture.moveCenter(square.center())
        return picture

    @property
    def shown_caption(self) -> str:
        """The caption as far as it fits; the tooltip has all of it."""
        metrics = QFontMetricsF(theme.font(theme.SMALL, tabular=True))
        return metrics.elidedText(self._caption, Qt.TextElideMode.ElideRight, self.width())

    def sizeHint(self) -> QSize:
        return QSize(29 * theme.GRID, 84)

    def minimumSizeHint(self) -> QSize:
        return QSize(20 * theme.GRID, 84)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if not self._stages:
            paint_empty(painter, QRectF(self.rect()), _("The preprocessing steps appear here"), theme.SMALL)
            painter.end()
            return
        for index, stage in enumerate(self._stages):
            self._paint_stage(painter, index, stage)
            if index:
                self._paint_arrow(painter, index)
        painter.setFont(theme.font(theme.SMALL, tabular=True))
        painter.setPen(QColor(theme.theme().muted))
        below = QRectF(0, self._side() + 2 * self._line(), self.width(), self._line())
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self.shown_caption)
        painter.end()

    def _paint_stage(self, painter: QPainter, index: int, stage: Stage) -> None:
        colours = theme.theme()
        rect = self.picture_rect(index)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, rect.width() < stage.picture.shape[1])
        painter.drawImage(rect, self._images[index])
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.drawRect(rect.adjusted(0, 0, -1, -1))
        middle = Qt.AlignmentFlag.AlignCenter
        slot = QRectF(self._slot_left(index), self._side(), self._slot_width(), self._line())
        painter.setFont(theme.font(theme.SMALL, tabular=True))
        painter.setPen(QColor(colours.text))
        painter.drawText(self._title_rect(index), middle, self._title(index))
        painter.setPen(QColor(colours.muted))
        under = slot.adjusted(-_ARROW / 2, self._line(), _ARROW / 2, self._line())
        painter.drawText(under, middle, size_text(stage))

    def _paint_arrow(self, painter: QPainter, index: int) -> None:
        """Paint the arrow from the picture before to this one."""
        y = self._side() / 2
        between = (self.picture_rect(index - 1).right() + self.picture_rect(index).left()) / 2
        tip = QPointF(between + 3, y)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.theme().muted), 1))
        painter.drawLine(tip - QPointF(6, 0), tip)
        painter.drawPolyline([tip + QPointF(-3, -3), tip, tip + QPointF(-3, 3)])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _title(self, index: int) -> str:
        """The title, cut only if it is wider than its share of the strip and what its neighbours leave free."""
        metrics = QFontMetricsF(theme.font(theme.SMALL, tabular=True))
        share = self._slot_width() + _ARROW
        beside = (stage.title for i, stage in enumerate(self._stages) if abs(i - index) == 1)
        taken = max((min(metrics.horizontalAdvance(title), share) for title in beside), default=0.0)
        room = 2 * share - taken - theme.GRID / 2
        return metrics.elidedText(self._stages[index].title, Qt.TextElideMode.ElideRight, room)

    def _title_rect(self, index: int) -> QRectF:
        """Under the picture, pushed inside the strip."""
        metrics = QFontMetricsF(theme.font(theme.SMALL, tabular=True))
        width = metrics.horizontalAdvance(self._title(index)) + 1
        left = self._slot_left(index) + (self._slot_width() - width) / 2
        return QRectF(max(0.0, min(left, self.width() - width)), self._side(), width, self._line())

    def _redraw(self) -> None:
        self._images = [_image(stage) for stage in self._stages]
        self.update()

    def _line(self) -> float:
        return QFontMetricsF(theme.font(theme.SMALL, tabular=True)).height()

    def _side(self) -> float:
        lines = 3 if self._caption else 2
        return float(int(max(8.0, min(self._slot_width(), self.height() - lines * self._line(), _LARGEST_PICTURE))))

    def _slot_width(self) -> float:
        count = len(self._stages)
        return (self.width() - _ARROW * count) / count

    def _slot_left(self, index: int) -> float:
        return _ARROW / 2 + index * (self._slot_width() + _ARROW)


def size_text(stage: Stage) -> str:
    """Height × width of a stage's picture."""
    height, width = stage.picture.shape[:2]
    return f"{height} × {width}"


def _image(stage: Stage) -> QImage:
    colours = theme.theme()
    if stage.kind == "colour":
        height, width = stage.picture.shape[:2]
        pixels = np.ascontiguousarray(stage.picture, np.uint8)
        return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
    if stage.kind == "signed":
        return indexed_image(to_indices(stage.picture.astype(np.float32), "signed"), colours.diverging)
    return indexed_image(stage.picture.astype(np.uint8), colours.ink_on_paper)
