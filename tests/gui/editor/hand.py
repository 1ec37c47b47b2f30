"""A hand that uses a canvas only through events, and a document that needs no waiting."""

from __future__ import annotations

from typing import Any

import PySide6
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnlab.core.graph.graph import Graph, Port, Wire
from cnnlab.core.project.project import Project
from cnnlab.engine.network import shapes
from cnnlab.gui.document import Document
from cnnlab.gui.editor import palette
from cnnlab.gui.editor.canvas import NetworkCanvas
from cnnlab.gui.editor.card_item import CardItem
from cnnlab.gui.editor.overlays import Bubble
from cnnlab.gui.selection import Selection

LEFT = Qt.MouseButton.LeftButton
NO_KEY = Qt.KeyboardModifier.NoModifier


class InstantDocument(Document):
    """Knows the sizes right after an edit, without a thread, so that no test waits."""

    def ask_shapes(self) -> None:
        pass

    def _announce(self, before: Project) -> None:
        super()._announce(before)
        self.know_sizes()

    def know_sizes(self) -> None:
        self._on_shapes(self._question, shapes.infer(*self._question))


class Hand:
    """Mouse and keys on one canvas; cards and ports by path."""

    def __init__(self, canvas: NetworkCanvas, document: Document, selection: Selection) -> None:
        self.canvas = canvas
        self.document = document
        self.selection = selection
        self.view = canvas.view
        self.scene = canvas.scene

    @property
    def graph(self) -> Graph:
        return self.document.project.graph

    def uid(self, path: str) -> str:
        return self.graph.by_path[path].uid

    def card(self, path: str) -> CardItem:
        return self.scene.cards[self.uid(path)]

    def pixel(self, point: QPointF) -> QPoint:
        return self.view.mapFromScene(point)

    def body(self, path: str) -> QPoint:
        """A place on the card where nothing else is."""
        return self.pixel(self.card(path).card_rect().center() + QPointF(40, 30))

    def port(self, path: str, side: str, index: int = 0) -> QPoint:
        return self.pixel(self.scene.port_point(Port(self.uid(path), side == "out", index)))

    def press(self, at: QPoint, modifier: Qt.KeyboardModifier = NO_KEY, button: Qt.MouseButton = LEFT) -> None:
        QTest.mousePress(self.view.viewport(), button, modifier, at)

    def move(self, to: QPoint) -> None:
        QTest.mouseMove(self.view.viewport(), to)

    def release(self, at: QPoint, modifier: Qt.KeyboardModifier = NO_KEY, button: Qt.MouseButton = LEFT) -> None:
        QTest.mouseRelease(self.view.viewport(), button, modifier, at)

    def drag(self, start: QPoint, end: QPoint, button: Qt.MouseButton = LEFT) -> None:
        self.press(start, button=button)
        for step in (0.25, 0.5, 1.0):
            self.move(start + (end - start) * step)
        self.release(end, button=button)

    def click(self, at: QPoint, modifier: Qt.KeyboardModifier = NO_KEY) -> None:
        QTest.mouseClick(self.view.viewport(), Qt.MouseButton.LeftButton, modifier, at)

    def double_click(self, at: QPoint) -> None:
        QTest.mouseDClick(self.view.viewport(), Qt.MouseButton.LeftButton, NO_KEY, at)

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = NO_KEY) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.view, key, modifier)

    def type(self, text: str) -> None:
        QTest.keyClicks(QApplication.focusWidget(), text)

    def wheel(self, at: QPoint, notches: float = 1, modifier: Qt.KeyboardModifier = NO_KEY) -> None:
        viewport = self.view.viewport()
        event = QWheelEvent(
            QPointF(at), QPointF(viewport.mapToGlobal(at)), QPoint(), QPoint(0, round(120 * notches)),
            Qt.MouseButton.NoButton, modifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(viewport, event)

    def hover_layer(self, key: str, at: QPoint) -> QMimeData:
        mime = QMimeData()
        mime.setData(palette.MIME, key.encode())
        arguments = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, NO_KEY)
        # From Qt 6.12 on these want a QPointF and warn at the QPoint that they took before.
        place: Any = QPointF(at) if PySide6.__version_info__ >= (6, 12) else at
        QApplication.sendEvent(self.view.viewport(), QDragEnterEvent(place, *arguments))
        QApplication.sendEvent(self.view.viewport(), QDragMoveEvent(place, *arguments))
        return mime

    def drop_layer(self, key: str, at: QPoint) -> None:
        mime = self.hover_layer(key, at)
        drop = QDropEvent(QPointF(at), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, NO_KEY)
        QApplication.sendEvent(self.view.viewport(), drop)

    def text(self) -> str:
        """What the bubble says; empty while there is none."""
        bubble = self.canvas.findChild(Bubble)
        return bubble.text() if bubble.isVisible() else ""

    def wires(self) -> set[tuple[str, str, int]]:
        name = {node.uid: node.path for node in self.graph.nodes}
        return {(name[wire.source], name[wire.target], wire.target_port) for wire in self.graph.wires}

    def undo_all(self) -> None:
        while self.document.undo_label is not None:
            self.document.undo()

    def routes(self) -> dict[Wire, list[tuple[float, float]]]:
        """The points of every wire's way."""
        paths = {wire: item.route.path for wire, item in self.scene.wires.items()}
        return {
            wire: [(path.elementAt(i).x, path.elementAt(i).y) for i in range(path.elementCount())]
            for wire, path in paths.items()
        }

    def check_scene(self) -> None:
        """The scene shows the document, no more and no less."""
        project = self.document.project
        assert set(self.scene.cards) == set(project.graph.by_uid)
        assert set(self.scene.wires) == set(project.graph.wires)
        assert set(self.scene.items()) == {*self.scene.cards.values(), *self.scene.wires.values()}
        for node in project.graph.nodes:
            card = self.scene.cards[node.uid]
            assert card.face.name == node.path
            assert (card.pos().x(), card.pos().y()) == project.layout.positions.get(node.uid, (0.0, 0.0))
        for wire, item in self.scene.wires.items():
            path = item.route.path
            assert (path.elementAt(0).x, path.elementAt(0).y) == self.scene.port_point(
                Port(wire.source, True, wire.source_port)
            ).toTuple()
            assert path.currentPosition() == self.scene.port_point(Port(wire.target, False, wire.target_port))
        assert set(self.selection.uids) <= set(self.scene.cards)
        assert self.scene.selected_wires <= set(self.scene.wires)
