"""What floats over the view of the network: a few words in a bubble, the note on a problem, the field for a name, the small
palette, and the zoom buttons in the corner."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from cnnlab.core.layout.canvas import CardId
from cnnlab.core.messages import text as _
from cnnlab.gui.editor import floating
from cnnlab.gui.editor.geometry import HEIGHT, WIDTH
from cnnlab.gui.editor.hits import Hit, OnCard
from cnnlab.gui.editor.problem_note import ProblemNote
from cnnlab.gui.editor.quick_add import QuickAdd
from cnnlab.gui.editor.rename_field import RenameField
from cnnlab.gui.editor.view import NetworkView
from cnnlab.gui.theme import theme


class ZoomBar(QFrame):
    """Buttons: zoom out, the zoom in percent (a click makes it 100 %), zoom in, fit."""

    zoomed_out = Signal()
    zoomed_in = Signal()
    full_size_wanted = Signal()
    fit_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("zoom_bar")
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 4, 4, 4)
        row.setSpacing(0)
        buttons = (
            ("−", _("Zoom out"), _("Zoom out (−)"), self.zoomed_out),
            ("", _("Zoom to 100 %"), _("Zoom to 100 % (Ctrl+0)"), self.full_size_wanted),
            ("+", _("Zoom in"), _("Zoom in (+)"), self.zoomed_in),
            (
                _("Fit"),
                _("Fit the network into the view"),
                _("Fit the network into the view (F or 0)"),
                self.fit_wanted,
            ),
        )
        made = []
        for text, name, tip, signal in buttons:
            button = QToolButton()
            button.setText(text)
            button.setAccessibleName(name)
            button.setToolTip(tip)
            button.setMinimumSize(QSize(28, 24))
            button.clicked.connect(signal)
            row.addWidget(button)
            made.append(button)
        self._percent = made[1]
        self._percent.setFont(theme.font(tabular=True))
        self._percent.setMinimumWidth(56)
        theme.signals().changed.connect(self._show_colours)
        self._show_colours()
        self.show_zoom(1.0)

    def show_zoom(self, zoom: float) -> None:
        """Write the zoom on the button."""
        self._percent.setText(_("{percent} %", percent=round(100 * zoom)))

    def _show_colours(self) -> None:
        colours = theme.theme()
        self.setStyleSheet(
            f"#zoom_bar {{ background: {colours.surface}; border: 1px solid {colours.border}; border-radius: 6px; }}"
        )


_WIDEST = 320
_AWAY = 16
"""Pixels between the mouse and the words."""


class Bubble(QLabel):
    """Words near a point of its parent, kept inside of it; the mouse goes through them."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setContentsMargins(12, 8, 12, 8)
        self.hide()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self._is_problem = False
        theme.signals().changed.connect(self._show_colours)
        self._show_colours()

    def say(self, text: str, at: QPoint, is_problem: bool, seconds: float | None = None) -> None:
        """Show ``text`` beside the point; for so long, or until ``hide``."""
        if (text, is_problem) != (self.text(), self._is_problem):
            self._is_problem = is_problem
            self.setText(text)
            self._show_colours()
        self._take_size()
        room = floating.room(self)
        x = at.x() + _AWAY if at.x() + _AWAY + self.width() <= room.width() else at.x() - _AWAY - self.width()
        y = at.y() + _AWAY if at.y() + _AWAY + self.height() <= room.height() else at.y() - _AWAY - self.height()
        self._place(QPoint(x, y), seconds)

    def say_below(self, text: str, is_problem: bool, seconds: float | None = None) -> None:
        """Show ``text`` at the bottom, in the middle."""
        self.say(text, QPoint(0, 0), is_problem, seconds)
        room = floating.room(self)
        self._place(
            QPoint((room.width() - self.width()) // 2, room.height() - self.height() - 2 * floating.MARGIN), seconds
        )

    @property
    def is_problem(self) -> bool:
        """Whether it says why something cannot be."""
        return self._is_problem

    def stay(self, seconds: float) -> None:
        """Hide after so many seconds."""
        self._timer.start(round(seconds * 1000))

    def _place(self, corner: QPoint, seconds: float | None) -> None:
        floating.put(self, corner)
        self.show()
        self.raise_()
        self._timer.stop()
        if seconds is not None:
            self.stay(seconds)

    def _take_size(self) -> None:
        widest = min(_WIDEST, floating.room(self).width() - 2 * floating.MARGIN)
        self.ensurePolished()
        line = self.fontMetrics().horizontalAdvance(self.text()) + 32
        width = min(widest, line)
        self.resize(QSize(width, max(self.heightForWidth(width), 0)))

    def _show_colours(self) -> None:
        colours = theme.theme()
        edge = colours.problem if self._is_problem else colours.border
        self.setStyleSheet(
            f"QLabel {{ background: {colours.surface}; color: {colours.text}; border: 1px solid {edge}; border-radius: 6px; }}"
        )


class Overlays(QObject):
    """Widgets of one canvas, kept where they belong while the view moves below them."""

    def __init__(self, view: NetworkView, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._view = view
        self._cards = view.network.cards
        self._rename: tuple[CardId, RenameField] | None = None
        self.quick_add: QuickAdd | None = None
        """The small palette, while it is open."""
        self._hint = QLabel(canvas)
        self._hint.setText(_("Drag a layer from the list onto the canvas, then drag from port to port to connect."))
        self._hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._hint.setForegroundRole(canvas.palette().ColorRole.PlaceholderText)
        self.note = ProblemNote(canvas)
        self._noted: CardId | None = None
        self.zoom_bar = ZoomBar(canvas)
        self.bubble = Bubble(canvas)
        view.viewed.connect(self.follow_view)
        view.pressed.connect(self._on_pressed)

    def arrange(self, canvas: QRect) -> None:
        """Place everything in the corners of a canvas of this size."""
        size = self.zoom_bar.sizeHint()
        self.zoom_bar.resize(size)
        away = 2 * theme.GRID
        self.zoom_bar.move(canvas.width() - size.width() - away, canvas.height() - size.height() - away)
        self._hint.adjustSize()
        self._hint.move((canvas.width() - self._hint.width()) // 2, canvas.height() * 3 // 4)

    def follow_view(self) -> None:
        """Move everything with the cards after the view has moved."""
        self.zoom_bar.show_zoom(self._view.zoom)
        if self._noted in self._cards and self.note.problem is not None:
            self._place_note(self._noted)
        if self._rename is not None and self._rename[0] in self._cards:
            card, field = self._rename
            field.place(self._title_of(card))

    def _place_note(self, card: CardId) -> None:
        area = self._on_screen(self._cards[card].card_rect())
        near = self._view.mapToScene(self.note.reach(area)).boundingRect()
        others = [other.id for other in self._view.network.cards_in(near) if other.id != card]
        self.note.place(area, [self._on_screen(self._cards[other].card_rect()) for other in others])

    def show_hint(self, shown: bool) -> None:
        """Say what to do first."""
        self._hint.setVisible(shown)

    def show_problem_of(self, card: CardId | None) -> None:
        """Tell what is wrong with a card; None, or a card without a problem, hides the note."""
        if card != self._noted:
            self.note.show_problem(None)
        self._noted = card
        self.note.show_problem(self._cards[card].face.problem if card in self._cards else None)
        self.follow_view()

    def say_at(self, text: str, point: QPointF) -> None:
        """Say why something cannot be, beside a point of the canvas, until ``hush``."""
        self.bubble.say(text, self._view.mapFromScene(point), is_problem=True)

    def hush(self) -> None:
        """Hide the words of ``say_at``."""
        self.bubble.hide()

    def open_rename(self, card: CardId, take: Callable[[str], bool], canvas: QWidget) -> None:
        """Open the field over a card's name; ``take`` tries a name and says whether it was taken."""
        self.close_all()
        field = RenameField(self._cards[card].face.name, take, canvas)
        field.place(self._title_of(card))
        field.closed.connect(self._on_rename_closed)
        field.show()
        field.setFocus()
        self._rename = card, field

    def open_quick_add(
        self, allowed: Callable[[str], bool], chosen: Callable[[str], None], point: QPointF, canvas: QWidget
    ) -> None:
        """Open the small palette beside a point of the canvas; ``chosen`` gets the key of what is picked."""
        self.close_all()
        self.quick_add = QuickAdd(allowed, canvas)
        self.quick_add.chosen.connect(chosen)
        self.quick_add.closed.connect(self._on_quick_add_closed)
        self.quick_add.open_at(self._view.mapFromScene(point) + QPoint(theme.GRID, theme.GRID))

    def close_all(self) -> None:
        """Close what waits for an answer."""
        if self._rename is not None:
            self._rename[1].close_field()
        if self.quick_add is not None:
            self.quick_add.close_palette()

    def _on_pressed(self, hit: Hit) -> None:
        # What was said is in the way of what comes next; a press on the card itself asks for it again.
        if self.bubble.is_problem:
            self.hush()
        if self._noted is not None and hit == OnCard(self._noted):
            self.note.come_back()
            self.follow_view()
        else:
            self.note.go()

    def _on_screen(self, area: QRectF) -> QRect:
        return self._view.mapFromScene(area).boundingRect()

    def _title_of(self, card: CardId) -> QRect:
        area = self._cards[card].card_rect()
        return self._on_screen(QRectF(area.left() + 8, area.top() + 4, WIDTH - 16, HEIGHT / 4))

    def _on_rename_closed(self, focus_is_free: bool) -> None:
        self._rename = None
        if focus_is_free:
            self._view.setFocus()

    def _on_quick_add_closed(self, focus_is_free: bool) -> None:
        self.quick_add = None
        if focus_is_free:
            self._view.setFocus()
