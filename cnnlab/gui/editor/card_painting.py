"""How a card looks, at every zoom. All of it is drawn in screen pixels, so lines stay thin and text stays sharp."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QTransform

from cnnlab.core.graph.facts import Severity
from cnnlab.gui.editor import icons, lettering
from cnnlab.gui.editor.card_face import CardFace
from cnnlab.gui.editor.geometry import HEIGHT, WIDTH
from cnnlab.gui.theme import theme

_CORNER = 8.0
_STRIPE = 4.0
_MARGIN = 12.0
_STRIP_HEIGHT = 48.0
_NUMBERS = 12.0
"""Extra margin where ports are numbered: on the left of a join, on the right of a split."""
MIN_ROUND = 0.3
"""The zoom below which cards are plain rectangles."""
_MIN_NAME = 10
_MIN_SMALL = 9
_LARGEST_LONE_NAME = 12


class Detail(IntEnum):
    """How much of a card is drawn."""

    NAME = 0
    """Stripe and name."""
    MAPS = 1
    """Stripe, name and maps."""
    SIZE = 2
    """Everything: the output size and the parameters too."""
    ALL = 3


def detail_at(zoom: float) -> Detail:
    """What can be read at a zoom (screen pixels for one canvas unit)."""
    if zoom < 0.34:
        return Detail.NAME
    if zoom < 0.45:
        return Detail.MAPS
    return Detail.SIZE if zoom < 0.8 else Detail.ALL


@dataclass(frozen=True)
class CardState:
    """What a card's surroundings add to its face."""

    selected: bool = False
    hovered: bool = False
    targeted: bool = False
    """A wire or a layer would be taken if it were let go now."""


def strip_rect(face: CardFace, zoom: float) -> QRectF:
    """Where the maps lie, in screen pixels from the card's corner: between the numbers of its ports, if it has such."""
    height = _STRIP_HEIGHT * zoom
    left = (_MARGIN + (_NUMBERS if face.numbered else 0)) * zoom
    right = (WIDTH - _MARGIN - (_NUMBERS if face.outputs_numbered else 0)) * zoom
    return QRectF(left, (HEIGHT - _MARGIN * 0.75) * zoom - height, right - left, height)


def screen_frame(painter: QPainter) -> float:
    """Make the painter count screen pixels from the item's corner; returns the zoom. Whoever calls saves the painter."""
    transform = painter.worldTransform()
    painter.setWorldTransform(QTransform.fromTranslate(round(transform.dx()), round(transform.dy())))
    return transform.m11()


def paint(painter: QPainter, face: CardFace, state: CardState, zoom: float) -> None:
    """The whole card but its maps and ports, in a ``screen_frame``; for zooms from ``MIN_ROUND`` on."""
    detail = detail_at(zoom)
    area = QRectF(0, 0, WIDTH * zoom, HEIGHT * zoom)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _paint_body(painter, face, state, area, zoom)
    if detail is Detail.NAME:
        paint_lone_name(painter, face, area, zoom)
        return
    if detail is Detail.MAPS:
        paint_lone_name(painter, face, QRectF(0, 0, area.width(), strip_rect(face, zoom).top()), zoom)
        _paint_no_maps(painter, face, zoom)
        return
    _paint_lines(painter, face, detail, area, zoom)
    _paint_no_maps(painter, face, zoom)
    if face.severity:
        _paint_mark(painter, face.severity, QPointF(area.right() - 14 * zoom, _first_line(zoom)))


def outline_of(face: CardFace, state: CardState) -> tuple[QColor, float, Qt.PenStyle]:
    """Colour, width and kind of the line around a card: what the mouse is about to do outweighs what is wrong."""
    colours = theme.theme()
    if state.targeted:
        return QColor(colours.good), 2.0, Qt.PenStyle.SolidLine
    if state.selected:
        return QColor(colours.accent), 2.0, Qt.PenStyle.SolidLine
    if face.severity is Severity.ERROR:
        return QColor(colours.problem), 1.5, Qt.PenStyle.SolidLine
    if face.severity is Severity.INCOMPLETE:
        return QColor(colours.muted), 1.0, Qt.PenStyle.DashLine
    return QColor(colours.muted if state.hovered else colours.border), 1.0, Qt.PenStyle.SolidLine


def family_colour(face: CardFace) -> QColor:
    """The hue of the layer's family; grey for an unknown type."""
    colours = theme.theme()
    return QColor(colours.families[face.family] if face.family else colours.muted)


def _paint_body(painter: QPainter, face: CardFace, state: CardState, area: QRectF, zoom: float) -> None:
    corner = _CORNER * zoom
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.theme().surface))
    painter.drawRoundedRect(area, corner, corner)
    # The stripe follows the round corners: the card once more, clipped to its top.
    painter.save()
    painter.setClipRect(QRectF(area.left(), area.top(), area.width(), max(3.0, _STRIPE * zoom)))
    painter.setBrush(family_colour(face))
    painter.drawRoundedRect(area, corner, corner)
    painter.restore()
    colour, width, style = outline_of(face, state)
    inset = width / 2
    painter.setPen(QPen(colour, width, style))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(area.adjusted(inset, inset, -inset, -inset), corner, corner)


def _first_line(zoom: float) -> float:
    return max(20 * zoom, 12.0)


def _paint_lines(painter: QPainter, face: CardFace, detail: Detail, area: QRectF, zoom: float) -> None:
    colours = theme.theme()
    name_size = max(_MIN_NAME, round(theme.NORMAL * zoom))
    small = max(_MIN_SMALL, round(theme.SMALL * zoom))
    left = (_MARGIN + (_NUMBERS if face.numbered else 0)) * zoom
    right = area.right() - _MARGIN * zoom
    middle = _first_line(zoom)
    name_left = left
    icon = icons.letter(face.icon)
    icon_size = round(16 * zoom)
    painter.setPen(family_colour(face))
    if icon:
        painter.setFont(icons.font(icon_size))
        painter.drawText(
            QRectF(left - 1, middle - icon_size, icon_size * 1.2, icon_size * 2), Qt.AlignmentFlag.AlignVCenter, icon
        )
    name_left += icon_size + 4 * zoom
    room = int(right - name_left - (16 * zoom if face.severity else 0) - (18 * zoom if face.frozen else 0))
    name = lettering.fitted_path(face.name, name_size, True, room)
    painter.setPen(QColor(colours.text))
    lettering.write(painter, name_left, middle, name, name_size, True)
    if face.frozen:
        behind = QPointF(name_left + lettering.width(name, name_size, True) + 4 * zoom, middle)
        _paint_frozen(painter, behind, max(_MIN_SMALL, round(14 * zoom)))
    if detail is Detail.ALL:
        middle += 18 * zoom
        painter.setPen(QColor(colours.muted))
        lettering.write(painter, left, middle, lettering.fitted(face.chosen, small, False, int(right - left)), small)
    middle += max(16 * zoom, small * 1.5)
    painter.setPen(QColor(colours.text))
    lettering.write(painter, left, middle, lettering.fitted(face.size, small, False, int(right - left)), small)
    count = lettering.width(face.parameters, small)
    if not face.parameters:
        return
    painter.setPen(QColor(colours.muted))
    if left + lettering.width(face.size, small) + small + count <= right:
        lettering.write(painter, right - count, middle, face.parameters, small)
        return
    below = middle + small * 1.25
    if detail is Detail.SIZE and below + small * 0.6 <= strip_rect(face, zoom).top():  # to the foot of a p
        lettering.write(painter, left, below, face.parameters, small)


def paint_lone_name(painter: QPainter, face: CardFace, area: QRectF, zoom: float) -> None:
    """The name as large as it goes; nothing where it could not be read."""
    painter.setPen(QColor(theme.theme().text))
    write_lone_name(painter, face, area, zoom)


def write_lone_name(painter: QPainter, face: CardFace, area: QRectF, zoom: float) -> None:
    """Write the name as large as it goes, in the painter's colour; nothing where it could not be read."""
    text, size = _lone_name(face.name, int(area.width() - 10))
    if size:
        lettering.write_centred(painter, area.adjusted(0, _STRIPE * zoom, 0, 0), text, size, True)


@lru_cache(maxsize=8192)
def _lone_name(name: str, room: int) -> tuple[str, int]:
    """As much of a name as can be read there, the whole or its last part, and its size; 0 if nothing can."""
    for text in (name, lettering.last_part(name)):
        size = lettering.largest(text, room, lettering.MIN, _LARGEST_LONE_NAME)
        if size:
            return text, size
    return "", 0


def _paint_mark(painter: QPainter, severity: Severity, at: QPointF) -> None:
    """A filled mark for an error, a ring for what is missing, a quiet ring for advice."""
    colours = theme.theme()
    radius = 7.0
    colour = QColor(colours.problem if severity is Severity.ERROR else colours.muted)
    painter.setPen(Qt.PenStyle.NoPen if severity is Severity.ERROR else QPen(colour, 1.2))
    painter.setBrush(colour if severity is Severity.ERROR else Qt.BrushStyle.NoBrush)
    painter.drawEllipse(at, radius, radius)
    painter.setPen(QColor(colours.surface) if severity is Severity.ERROR else colour)
    letter = "i" if severity is Severity.HINT else "!"
    lettering.write_centred(painter, QRectF(at.x() - radius, at.y() - radius, 2 * radius, 2 * radius), letter, 10, True)


def _paint_frozen(painter: QPainter, at: QPointF, size: int) -> None:
    """A snowflake that begins at ``at``."""
    painter.setPen(QColor(theme.theme().accent))
    painter.setFont(icons.font(size))
    flake = icons.letter("mdi6.snowflake")
    painter.drawText(QRectF(at.x(), at.y() - size, size * 1.2, size * 2), Qt.AlignmentFlag.AlignVCenter, flake)


def _paint_no_maps(painter: QPainter, face: CardFace, zoom: float) -> None:
    """A quiet field where maps will be."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.theme().window))
    painter.drawRoundedRect(strip_rect(face, zoom), 4 * zoom, 4 * zoom)


def paint_strip(painter: QPainter, face: CardFace, strip: QImage, zoom: float) -> None:
    """The maps, as large as they go without distortion."""
    room = strip_rect(face, zoom)
    painter.fillRect(room, QColor(theme.theme().surface))
    scale = min(room.width() / strip.width(), room.height() / strip.height())
    # A row of single values would be a hair's breadth high.
    height = max(strip.height() * scale, min(room.height(), 12 * zoom))
    width = strip.width() * scale
    target = QRectF(room.left(), room.center().y() - height / 2, width, height)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < 1)
    painter.drawImage(target, strip)


def paint_port(painter: QPainter, at: QPointF, radius: float, fill: QColor, ring: QColor) -> None:
    """The dot of a port."""
    painter.setPen(QPen(ring, 1.5))
    painter.setBrush(fill)
    painter.drawEllipse(at, radius, radius)


def paint_port_number(painter: QPainter, at: QPointF, number: int, is_output: bool, zoom: float) -> None:
    """Which input of a join or output of a split this is, counted from 1, on the card beside the dot."""
    painter.setPen(QColor(theme.theme().muted))
    text, size = str(number), max(_MIN_SMALL, round(10 * zoom))
    away = 8 * zoom
    left = at.x() - away - lettering.width(text, size) if is_output else at.x() + away
    lettering.write(painter, left, at.y(), text, size)


def outline_path() -> QPainterPath:
    """The card's shape in canvas units."""
    path = QPainterPath()
    path.addRoundedRect(QRectF(0, 0, WIDTH, HEIGHT), _CORNER, _CORNER)
    return path
