"""The network on its canvas: the view, what floats over it, and the commands that menus call."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from cnnlab.core.graph.facts import Repair
from cnnlab.core.graph.graph import Port, Wire
from cnnlab.core.layout.canvas import next_card
from cnnlab.core.layout.connecting import Verdict, refuse_insertion, refuse_layer
from cnnlab.core.messages import Message
from cnnlab.core.messages import text as _
from cnnlab.core.project import repairs
from cnnlab.engine.inspection.looks import Strip
from cnnlab.gui.document import Document
from cnnlab.gui.editor import clipboard, icons, key_connecting
from cnnlab.gui.editor.card_face import spoken
from cnnlab.gui.editor.connecting import Connecting
from cnnlab.gui.editor.edits import CanvasEdits
from cnnlab.gui.editor.key_connecting import KeyConnecting
from cnnlab.gui.editor.overlays import Overlays
from cnnlab.gui.editor.panning_view import ZOOM_STEP
from cnnlab.gui.editor.quick_add import QuickAdd
from cnnlab.gui.editor.scene import NetworkScene
from cnnlab.gui.editor.view import NetworkView
from cnnlab.gui.editor.visible_cards import VisibleCards
from cnnlab.gui.selection import Selection

_NOTICE_SECONDS, _REFUSAL_SECONDS = 6.0, 4.0
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class NetworkCanvas(QWidget):
    """Everything a person does to the network with mouse and keys. Menus call the methods; each is one step to undo."""

    visible_changed = Signal(object)
    """Other cards are on view and large enough to show maps: the uids of their layers, as a frozenset."""

    def __init__(self, document: Document, selection: Selection, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._selection = selection
        self.scene = NetworkScene(document, selection, self)
        self.view = NetworkView(self.scene, self)
        self.scene.setParent(self.view)  # dies after the view, which else would look at cards that are gone
        self._commands = CanvasEdits(self.scene)
        self._by_keys: KeyConnecting | None = None
        self._painted = False
        self._overlays = Overlays(self.view, self)
        self.visible = VisibleCards(self.view, self)
        self.setFocusProxy(self.view)
        self._connect_signals()
        self._on_cards_changed()
        self.view.show_start()

    def _connect_signals(self) -> None:
        self.visible.changed.connect(self.visible_changed)
        self.view.connecting_began.connect(self._on_connecting_began)
        self.view.rename_wanted.connect(self.rename)
        self.view.layer_wanted.connect(self.ask_for_layer)
        self.view.walked.connect(self._on_walked)
        self.view.layer_dragged.connect(self._on_layer_dragged)
        self.view.layer_drag_left.connect(self._on_layer_drag_left)
        self.view.layer_dropped.connect(self._on_layer_dropped)
        self.view.viewport().installEventFilter(self)
        self.scene.changed_cards.connect(self._on_cards_changed)
        self._selection.changed.connect(self._on_selection_changed)
        self._document.refused.connect(self._tell)
        self._document.opened.connect(self.view.show_start)
        self._overlays.note.repair_wanted.connect(self._on_repair_wanted)
        self._overlays.zoom_bar.zoomed_in.connect(self.zoom_in)
        self._overlays.zoom_bar.zoomed_out.connect(self.zoom_out)
        self._overlays.zoom_bar.full_size_wanted.connect(self.zoom_to_100)
        self._overlays.zoom_bar.fit_wanted.connect(self.fit)

    # Commands

    def delete_selected(self) -> None:
        """Delete the selected cards and wires."""
        self._commands.delete_selected()

    def delete_and_join(self) -> None:
        """Delete the selected cards; what fed each then feeds what it fed."""
        self._commands.delete_and_join()

    def duplicate_selected(self) -> None:
        """Put copies of the selected cards beside them."""
        self._commands.duplicate()
        self._reveal_selection()

    def copy(self) -> None:
        """Copy the selected cards to the system clipboard."""
        clip = self._commands.clip()
        if clip is not None:
            QGuiApplication.clipboard().setMimeData(clipboard.to_mime(clip))
            one, count = _("Copied one layer."), len(clip.graph.nodes)
            self._tell(one if count == 1 else _("Copied {count} layers.", count=count), is_problem=False)

    def cut(self) -> None:
        """Copy, then delete."""
        if self._selection.uids:
            self.copy()
            self.delete_selected()

    def paste(self) -> None:
        """Add the cards on the system clipboard, copied in this window or another."""
        try:
            clip = clipboard.from_mime(QGuiApplication.clipboard().mimeData())
        except clipboard.ClipboardError as error:
            self._tell(error.message, is_problem=False)
            return
        self._commands.paste(clip, self.view.visible_area())
        self._reveal_selection()

    def select_all(self) -> None:
        """Select every card."""
        self._selection.set(self.scene.canvas.card_of)

    def add_layer(self, key: str) -> None:
        """Add a card after the selected one, connected; with none selected, in the middle of the view."""
        reason = self._commands.add_near(key, self.view.visible_area())
        self._reveal_selection()
        if reason is not None:
            self._tell(reason)

    def ask_for_layer(self, point: QPointF, wire: Wire | None = None) -> None:
        """Open the small palette at a point of the canvas; what is chosen goes there, or into the wire that is there."""
        graph, facts = self._document.project.graph, self._document.facts
        self._overlays.open_quick_add(
            lambda key: wire is None or refuse_insertion(graph, facts, wire, key) is None,
            lambda key: self._on_layer_dropped(key, point), point, self)  # fmt: skip

    def rename(self, uid: str) -> None:
        """Open the field for a layer's name. There is none where its card stands for several: that shows another name."""
        self.reveal(uid)
        card = self.scene.canvas.card_of[uid]
        if card.layer is not None:
            self._overlays.open_rename(card.id, lambda path: self._commands.rename(uid, path), self)

    def repair_selected(self) -> bool:
        """Fix the shown problem, as its button does; returns whether there is one."""
        return self._overlays.note.press_repair()

    def connect_by_keys(self) -> None:
        """Take a wire from the selected card's output into the hand; keys choose where it goes."""
        begun = key_connecting.begin(self.scene, self.view)
        if isinstance(begun, str):
            self._tell(begun, is_problem=False)
        else:
            self._by_keys = begun
            self._overlays.bubble.say_below(begun.hint, is_problem=False)

    def zoom_in(self) -> None:
        """Zoom in by one step."""
        self.view.zoom_by(ZOOM_STEP)

    def zoom_out(self) -> None:
        """Zoom out by one step."""
        self.view.zoom_by(1 / ZOOM_STEP)

    def zoom_to_100(self) -> None:
        """Show one canvas unit as one pixel."""
        self.view.set_zoom(1.0)

    def fit(self) -> None:
        """Zoom and pan so that the whole network is in view."""
        self.view.fit()

    def reveal(self, uid: str) -> None:
        """Select a layer and bring its card on view."""
        if uid in self.scene.canvas.card_of:
            self._selection.set([uid])
            self._reveal_selection()

    def _reveal_selection(self) -> None:
        if self._selection.uids:
            self.view.reveal(self.scene.all_cards_rect(self.scene.selected))

    # Maps on the cards

    def set_strips(self, strips: Mapping[str, Strip]) -> None:
        """Show these maps; a card that is not among them shows none. Repaints nothing else."""
        self.scene.set_strips(strips)

    # Following

    def _on_cards_changed(self) -> None:
        graph = self._document.project.graph
        self._overlays.show_hint(len(graph.nodes) <= 2 and not graph.wires)
        self._on_selection_changed()

    def _on_selection_changed(self) -> None:
        current = self.scene.current
        self._overlays.show_problem_of(current.id if current else None)
        chosen = [spoken(self.scene.cards[card.id].face) for card in self.scene.selected]
        self.view.setAccessibleDescription("; ".join(chosen) or _("No layer selected. Tab walks through the layers."))

    def _tell(self, text: Message | str, is_problem: bool = True) -> None:
        self._overlays.bubble.say_below(str(text), is_problem, _NOTICE_SECONDS)

    def _on_repair_wanted(self, repair: Repair) -> None:
        self._document.edit(repair.label, lambda project: repairs.apply(project, repair))
        self.view.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.view.setGeometry(self.rect())
        self._overlays.arrange(self.rect())

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        # The icon fonts load after the first picture of the network is on the screen, not before.
        if event.type() == QEvent.Type.Paint and not self._painted:
            self._painted = True
            QTimer.singleShot(0, self, icons.load)
        return False

    @property
    def quick_add(self) -> QuickAdd | None:
        """The small palette, while it is open."""
        return self._overlays.quick_add

    # Wires in the hand

    def _on_connecting_began(self, connecting: Connecting) -> None:
        self._overlays.close_all()
        connecting.judged.connect(self._on_judged)
        connecting.ended.connect(self._on_connecting_ended)
        connecting.dropped_on_canvas.connect(self._on_wire_dropped)

    def _on_judged(self, verdict: Verdict, point: QPointF) -> None:
        if verdict.reason is not None:
            self._overlays.say_at(str(verdict.reason), point)
        elif self._by_keys is None:
            self._overlays.hush()

    def _on_connecting_ended(self, verdict: Verdict) -> None:
        self._by_keys = None
        if verdict.reason is not None:
            self._overlays.bubble.stay(_REFUSAL_SECONDS)
        else:
            self._overlays.hush()

    def _on_wire_dropped(self, fixed: Port, point: QPointF) -> None:
        graph, facts = self._document.project.graph, self._document.facts

        def chosen(key: str) -> None:
            self._commands.add_connected(key, fixed, self._commands.corner_for(fixed, point))

        self._overlays.open_quick_add(lambda key: refuse_layer(graph, facts, fixed, key) is None, chosen, point, self)

    # Layers from the palette

    def _on_layer_dragged(self, key: str, point: QPointF) -> None:
        reason = self._commands.hover(key, point)
        if reason is None:
            self._overlays.hush()
        else:
            self._overlays.say_at(str(reason), point)

    def _on_layer_drag_left(self) -> None:
        self._commands.leave()
        self._overlays.hush()

    def _on_layer_dropped(self, key: str, point: QPointF) -> None:
        reason = self._commands.drop(key, point)
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
            self._overlays.hush()
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
            self._overlays.bubble.say_below(self._by_keys.hint, is_problem=False)

    def _on_walked(self, step: int) -> None:
        if self._by_keys is not None:
            self._step_target(step)
            return
        card = next_card(self.scene.canvas, self._document.project.graph, self._selection.uids, step)
        if card is not None:
            self.scene.select_wires(())
            self._selection.set(card.nodes)
            self._reveal_selection()
