"""The network on its canvas: the view, what floats over it, and the commands that menus call."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from cnnlab.core import repairs
from cnnlab.core.facts import Repair
from cnnlab.core.messages import Message
from cnnlab.core.messages import text as _
from cnnlab.engine.recording import Strip
from cnnlab.gui import theme
from cnnlab.gui.document import Document
from cnnlab.gui.editor import clipboard, icons, key_connecting
from cnnlab.gui.editor.bubble import Bubble
from cnnlab.gui.editor.card_face import spoken
from cnnlab.gui.editor.card_painting import Detail, detail_at
from cnnlab.gui.editor.commands import Commands
from cnnlab.gui.editor.connecting import Connecting, Verdict, refuse_layer
from cnnlab.gui.editor.dropping import LayerDropping
from cnnlab.gui.editor.geometry import HEIGHT, WIDTH, Port
from cnnlab.gui.editor.key_connecting import KeyConnecting
from cnnlab.gui.editor.panning_view import ZOOM_STEP
from cnnlab.gui.editor.problem_note import ProblemNote
from cnnlab.gui.editor.quick_add import QuickAdd
from cnnlab.gui.editor.rename_field import RenameField
from cnnlab.gui.editor.scene import NetworkScene
from cnnlab.gui.editor.strip_pictures import StripPictures
from cnnlab.gui.editor.view import NetworkView
from cnnlab.gui.editor.walking import next_card
from cnnlab.gui.editor.zoom_bar import ZoomBar
from cnnlab.gui.selection import Selection

_NOTICE_SECONDS = 6.0
_DEBOUNCE_MS = 50
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class Canvas(QWidget):
    """Everything a person does to the network with mouse and keys. Menus call the methods; each is one step to undo."""

    visible_changed = Signal()
    """``visible_uids`` is another set."""
    notice = Signal(str)
    """Something to tell, for the status bar."""

    def __init__(self, document: Document, selection: Selection, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._selection = selection
        self.scene = NetworkScene(document, selection, self)
        self.view = NetworkView(self.scene, self)
        self._commands = Commands(self.scene)
        self._dropping = LayerDropping(self.scene, self._commands)
        self._strips = StripPictures()
        self._by_keys: KeyConnecting | None = None
        self._rename: RenameField | None = None
        self._quick_add: QuickAdd | None = None
        self._visible: frozenset[str] = frozenset()
        self._painted = False
        self._hint = self._make_hint()
        self._note = ProblemNote(self)
        self._zoom_bar = ZoomBar(self)
        self._bubble = Bubble(self)
        self._debounce = QTimer(self)
        self._debounce.setSingleShot(True)
        self._debounce.setInterval(_DEBOUNCE_MS)
        self._debounce.timeout.connect(self._tell_visible)
        self.setFocusProxy(self.view)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self._connect_signals()
        self._on_cards_changed()

    def _make_hint(self) -> QLabel:
        hint = QLabel(_("Drag a layer from the list onto the canvas, then drag from port to port to connect."), self)
        hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        hint.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        hint.adjustSize()
        return hint

    def _connect_signals(self) -> None:
        self.view.viewed.connect(self._on_viewed)
        self.view.connecting_began.connect(self._on_connecting_began)
        self.view.rename_wanted.connect(self.rename)
        self.view.layer_wanted.connect(self._on_layer_wanted)
        self.view.walked.connect(self._on_walked)
        self.view.layer_dragged.connect(self._on_layer_dragged)
        self.view.layer_drag_left.connect(self._on_layer_drag_left)
        self.view.layer_dropped.connect(self._on_layer_dropped)
        self.view.viewport().installEventFilter(self)
        self.scene.changed_cards.connect(self._on_cards_changed)
        self._selection.changed.connect(self._on_selection_changed)
        self._document.refused.connect(self._on_refused)
        self._note.repair_wanted.connect(self._on_repair_wanted)
        self._zoom_bar.zoomed_in.connect(self.zoom_in)
        self._zoom_bar.zoomed_out.connect(self.zoom_out)
        self._zoom_bar.full_size_wanted.connect(self.zoom_to_100)
        self._zoom_bar.fit_wanted.connect(self.fit)
        theme.signals().changed.connect(self._on_theme_changed)

    # Commands

    def delete_selected(self) -> None:
        """Delete the selected cards and wires."""
        self._commands.delete_selected()

    def delete_and_join(self) -> None:
        """Delete the selected cards; what fed each then feeds what it fed."""
        self._commands.delete_and_join()

    def duplicate_selected(self) -> None:
        """Copies of the selected cards beside them."""
        self._commands.duplicate()
        self._reveal_selection()

    def copy(self) -> None:
        """The selected cards to the system clipboard."""
        clip = self._commands.clip()
        if clip is not None:
            QGuiApplication.clipboard().setMimeData(clipboard.to_mime(clip))
            count = len(clip.graph.nodes)
            self.notice.emit(_("Copied one layer.") if count == 1 else _("Copied {count} layers.", count=count))

    def cut(self) -> None:
        """Copy, then delete."""
        if self._selection.uids:
            self.copy()
            self.delete_selected()

    def paste(self) -> None:
        """Cards from the system clipboard, from this window or another."""
        try:
            clip = clipboard.from_mime(QGuiApplication.clipboard().mimeData())
        except clipboard.ClipboardError as error:
            self._tell(error.message, is_problem=False)
            return
        self._commands.paste(clip, self.view.visible_area())
        self._reveal_selection()

    def select_all(self) -> None:
        """Select every card."""
        self._selection.set(self.scene.cards)

    def add_layer(self, key: str) -> None:
        """A new card after the selected one, connected; with none selected, in the middle of the view."""
        reason = self._commands.add_near(key, self.view.visible_area())
        self._reveal_selection()
        if reason is not None:
            self._tell(reason)

    def rename(self, uid: str) -> None:
        """Open the field for a card's name."""
        self._close_floating()
        self.reveal(uid)
        field = RenameField(self.scene.cards[uid].face.name, lambda path: self._commands.rename(uid, path), self)
        field.place(self._title_of(uid))
        field.closed.connect(self._on_rename_closed)
        field.show()
        field.setFocus()
        self._rename = field

    def repair_selected(self) -> bool:
        """Do what the button of the shown problem does; returns whether there is one."""
        return self._note.press_repair()

    def connect_by_keys(self) -> None:
        """Take a wire from the selected card's output into the hand; keys choose where it goes."""
        begun = key_connecting.begin(self.scene, self.view)
        if isinstance(begun, str):
            self._bubble.say_below(begun, is_problem=False, seconds=_NOTICE_SECONDS)
            self.notice.emit(begun)
        else:
            self._by_keys = begun
            self._bubble.say_below(begun.hint, is_problem=False)

    def zoom_in(self) -> None:
        """One step nearer."""
        self.view.zoom_by(ZOOM_STEP)

    def zoom_out(self) -> None:
        """One step farther."""
        self.view.zoom_by(1 / ZOOM_STEP)

    def zoom_to_100(self) -> None:
        """One canvas unit for one pixel."""
        self.view.set_zoom(1.0)

    def fit(self) -> None:
        """The whole network on view."""
        self.view.fit()

    def reveal(self, uid: str) -> None:
        """Select a card and bring it on view."""
        if uid in self.scene.cards:
            self._selection.set([uid])
            self._reveal_selection()

    def _reveal_selection(self) -> None:
        if self._selection.uids:
            self.view.reveal(self.scene.all_cards_rect(self._selection.uids))

    # Maps on the cards

    def set_strips(self, strips: Mapping[str, Strip]) -> None:
        """Show these maps; a card that is not among them shows none. Repaints nothing else."""
        self.scene.set_strips(self._strips.pictures(strips))

    def visible_uids(self) -> frozenset[str]:
        """The cards on view that are large enough to show maps."""
        if detail_at(self.view.zoom) is Detail.NAME:
            return frozenset()
        return frozenset(self.scene.cards_in(self.view.visible_area()))

    def _tell_visible(self) -> None:
        visible = self.visible_uids()
        if visible != self._visible:
            self._visible = visible
            self.visible_changed.emit()

    # Following

    def _on_viewed(self) -> None:
        self._zoom_bar.show_zoom(self.view.zoom)
        self._place_note()
        if self._rename is not None:
            self._rename.place(self._title_of(self._selection.uids[0]))
        if not self._debounce.isActive():
            self._debounce.start()

    def _on_cards_changed(self) -> None:
        graph = self._document.project.graph
        self._hint.setVisible(len(graph.nodes) <= 2 and not graph.wires)
        self._on_selection_changed()
        if not self._debounce.isActive():
            self._debounce.start()

    def _on_selection_changed(self) -> None:
        uid = self._selection.current
        self._note.show_problem(self.scene.cards[uid].face.problem if uid in self.scene.cards else None)
        self._place_note()
        chosen = [spoken(self.scene.cards[each].face) for each in self._selection.uids if each in self.scene.cards]
        self.view.setAccessibleDescription("; ".join(chosen) or _("No layer selected. Tab walks through the layers."))

    def _on_theme_changed(self) -> None:
        self.scene.set_strips(self._strips.recoloured())

    def _on_refused(self, words: Message) -> None:
        self._tell(words)

    def _tell(self, words: Message, is_problem: bool = True) -> None:
        self._bubble.say_below(str(words), is_problem, _NOTICE_SECONDS)
        self.notice.emit(str(words))

    def _on_repair_wanted(self, repair: Repair) -> None:
        self._document.edit(repair.label, lambda project: repairs.apply(project, repair))
        self.view.setFocus()

    # What floats over the view

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.view.setGeometry(self.rect())
        size = self._zoom_bar.sizeHint()
        self._zoom_bar.setGeometry(
            self.width() - size.width() - 16, self.height() - size.height() - 16, size.width(), size.height()
        )
        self._hint.move((self.width() - self._hint.width()) // 2, self.height() * 3 // 4)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        # The icon fonts load after the first picture of the network is on the screen, not before.
        if event.type() == QEvent.Type.Paint and not self._painted:
            self._painted = True
            QTimer.singleShot(0, self, self._load_icons)
        return False

    def _load_icons(self) -> None:
        icons.load()
        self.scene.update()

    def _place_note(self) -> None:
        uid = self._selection.current
        if uid in self.scene.cards and self._note.problem is not None:
            self._note.place(self._on_screen(self.scene.cards[uid].card_rect()))

    def _on_screen(self, area: QRectF) -> QRect:
        return self.view.mapFromScene(area).boundingRect()

    def _title_of(self, uid: str) -> QRect:
        card = self.scene.cards[uid].card_rect()
        return self._on_screen(QRectF(card.left() + 8, card.top() + 4, WIDTH - 16, HEIGHT / 4))

    def _on_rename_closed(self) -> None:
        self._rename = None
        self.view.setFocus()

    def _close_floating(self) -> None:
        if self._rename is not None:
            self._rename.close_field()
        if self._quick_add is not None:
            self._quick_add.close_palette()

    # Wires in the hand

    def _on_connecting_began(self, connecting: Connecting) -> None:
        self._close_floating()
        connecting.judged.connect(self._on_judged)
        connecting.ended.connect(self._on_connecting_ended)
        connecting.dropped_on_canvas.connect(self._on_wire_dropped)

    def _on_judged(self, verdict: Verdict, point: QPointF) -> None:
        if verdict.reason is not None:
            self._bubble.say(str(verdict.reason), self.view.mapFromScene(point), is_problem=True)
        elif self._by_keys is None:
            self._bubble.hide()

    def _on_connecting_ended(self, verdict: Verdict) -> None:
        self._by_keys = None
        if verdict.reason is not None:
            self._bubble.stay(_NOTICE_SECONDS)
            self.notice.emit(str(verdict.reason))
        else:
            self._bubble.hide()

    def _on_wire_dropped(self, fixed: Port, point: QPointF) -> None:
        graph, facts = self._document.project.graph, self._document.facts

        def chosen(key: str) -> None:
            self._commands.add_connected(key, fixed, self._commands.corner_for(fixed, point))

        self._open_quick_add(lambda key: refuse_layer(graph, facts, fixed, key) is None, chosen, point)

    def _on_layer_wanted(self, point: QPointF) -> None:
        def chosen(key: str) -> None:
            self._dropping.drop(key, point)

        self._open_quick_add(lambda key: True, chosen, point)

    def _open_quick_add(self, allowed: Callable[[str], bool], chosen: Callable[[str], None], point: QPointF) -> None:
        self._close_floating()
        self._quick_add = QuickAdd(allowed, self)
        self._quick_add.chosen.connect(chosen)
        self._quick_add.closed.connect(self._on_quick_add_closed)
        self._quick_add.open_at(self.view.mapFromScene(point) + QPoint(8, 8))

    @property
    def quick_add(self) -> QuickAdd | None:
        """The small palette, while it is open."""
        return self._quick_add

    def _on_quick_add_closed(self) -> None:
        self._quick_add = None
        self.view.setFocus()

    # Layers from the palette

    def _on_layer_dragged(self, key: str, point: QPointF) -> None:
        reason = self._dropping.hover(key, point)
        if reason is None:
            self._bubble.hide()
        else:
            self._bubble.say(str(reason), self.view.mapFromScene(point), is_problem=True)

    def _on_layer_drag_left(self) -> None:
        self._dropping.leave()
        self._bubble.hide()

    def _on_layer_dropped(self, key: str, point: QPointF) -> None:
        reason = self._dropping.drop(key, point)
        if reason is not None:
            self._tell(reason)

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        plain = not event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier)
        if not plain or not (
            self._connecting_key(key) if self._by_keys else self._editing_key(key) or self._view_key(key)
        ):
            super().keyPressEvent(event)

    def _editing_key(self, key: Qt.Key) -> bool:
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_selected()
        elif key in _ARROWS and self._selection.uids:
            self._commands.nudge(*_ARROWS[key])
        elif key == Qt.Key.Key_F2 and self._selection.current:
            self.rename(self._selection.current)
        elif key == Qt.Key.Key_C:
            self.connect_by_keys()
        elif key == Qt.Key.Key_R:
            return self.repair_selected()
        elif key == Qt.Key.Key_Escape:
            if not self.view.end_gesture():
                self.scene.clear_selection()
            self._bubble.hide()
        else:
            return False
        return True

    def _view_key(self, key: Qt.Key) -> bool:
        if key in (Qt.Key.Key_F, Qt.Key.Key_0):
            self.fit()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_in()
        elif key == Qt.Key.Key_Minus:
            self.zoom_out()
        else:
            return False
        return True

    def _connecting_key(self, key: Qt.Key) -> bool:
        assert self._by_keys is not None
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._by_keys.finish()
        elif key == Qt.Key.Key_Escape:
            self.view.end_gesture()
        elif key in _ARROWS:
            self._step_target(sum(_ARROWS[key]))
        return True

    def _step_target(self, by: int) -> None:
        if self._by_keys is not None:
            self._by_keys.step(by)
            self._bubble.say_below(self._by_keys.hint, is_problem=False)

    def _on_walked(self, step: int) -> None:
        if self._by_keys is not None:
            self._step_target(step)
            return
        uid = next_card(self._document.project.graph, self._selection.uids, step)
        if uid is not None:
            self.scene.select_wires(())
            self.reveal(uid)
