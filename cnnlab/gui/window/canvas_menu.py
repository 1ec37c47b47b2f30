"""The menu of a right click on the canvas: for a card, for a wire, and for the ground."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QPoint, QPointF, Qt
from PySide6.QtWidgets import QMenu

from cnnlab.core.graph.graph import Wire
from cnnlab.core.layout.canvas import Card
from cnnlab.core.messages import text as _
from cnnlab.gui.editor.hits import Hit, OnCard, OnWire
from cnnlab.gui.window.window import Window


class CanvasMenu(QObject):
    """Opens it for ``window``, with the window's own commands where the menu bar has them too."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        window.canvas.view.menu_wanted.connect(self._open)

    def _open(self, hit: Hit, point: QPointF, on_screen: QPoint) -> None:
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        match hit:
            case OnCard(card):
                self._fill_for_card(menu, self._window.canvas.scene.cards[card].card)
            case OnWire(wire):
                self._fill_for_wire(menu, wire, point)
            case _:
                self._fill_for_ground(menu, point)
        menu.popup(on_screen)

    def _fill_for_card(self, menu: QMenu, card: Card) -> None:
        window = self._window
        if card.layer is not None:
            self._add(menu, _("&Rename…"), "F2", partial(window.canvas.rename, card.layer))
            menu.addSeparator()
        self._share(menu, "copy", "duplicate")
        if window.freezing.layers:
            self._share(menu, "freeze")
        menu.addSeparator()
        self._add(menu, _("De&lete"), "Del", window.canvas.delete_selected)
        self._share(menu, "delete-join")
        menu.addSeparator()
        self._add(menu, _("&Show its code"), "", window.show_code)

    def _fill_for_wire(self, menu: QMenu, wire: Wire, point: QPointF) -> None:
        canvas = self._window.canvas
        self._add(menu, _("&Insert layer…"), "", partial(canvas.ask_for_layer, point, wire))
        self._add(menu, _("De&lete"), "Del", canvas.delete_selected)

    def _fill_for_ground(self, menu: QMenu, point: QPointF) -> None:
        self._add(menu, _("&Add layer…"), "", partial(self._window.canvas.ask_for_layer, point))
        self._share(menu, "paste")
        menu.addSeparator()
        self._share(menu, "fit", "tidy")

    def _share(self, menu: QMenu, *names: str) -> None:
        for name in names:
            menu.addAction(self._window.commands[name])

    def _add(self, menu: QMenu, words: str, keys: str, run: Callable[[], object]) -> None:
        """``keys`` are shown beside the words; the canvas itself listens to them."""
        action = menu.addAction(f"{words}\t{keys}" if keys else words)
        action.triggered.connect(lambda: run())
