"""Drawing a wire from one port to another, or moving an end of one."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, Signal

from cnnlab.core.graph.graph import Port, Wire
from cnnlab.core.layout.connecting import Verdict, judge, judge_card, takers
from cnnlab.core.messages import message as _
from cnnlab.core.project import changes
from cnnlab.gui.document import Document
from cnnlab.gui.editor import routes
from cnnlab.gui.editor.card_item import PortState
from cnnlab.gui.editor.hits import OnGround
from cnnlab.gui.editor.scene import NetworkScene
from cnnlab.gui.editor.wire_item import LooseWire, WireState
from cnnlab.gui.theme import theme


class Connecting(QObject):
    """A wire in the hand: from ``fixed`` to the mouse. With ``lifted`` it is an end of that wire that is being moved."""

    judged = Signal(object, object)
    """The mouse moved: a ``Verdict`` on letting go of the wire there, and the point."""
    ended = Signal(object)
    """The wire was let go over a port or a card: the ``Verdict``."""
    dropped_on_canvas = Signal(object, object)
    """A new wire from a port was let go at a point where there is nothing."""

    def __init__(self, scene: NetworkScene, fixed: Port, lifted: Wire | None, reach: float) -> None:
        super().__init__(scene)
        self._scene = scene
        self._fixed = fixed
        self._lifted = lifted
        self._reach = reach
        self._loose = LooseWire()
        document = scene.document
        graph = document.project.graph
        self._graph = graph.disconnect([lifted]) if lifted else graph
        self._facts = document.facts
        self._verdict = Verdict()
        self._takers = takers(self._graph, self._facts, fixed, scene.canvas.ports)
        scene.addItem(self._loose)
        scene.set_hovered(OnGround())
        if lifted:
            scene.mark_wire(lifted, WireState.LIFTED)
        self._show_ports(None)

    @property
    def verdict(self) -> Verdict:
        """What letting go here would do."""
        return self._verdict

    def _show_ports(self, under: Port | None) -> None:
        states = {
            port: PortState.TAKES if port in self._takers else PortState.DIMMED for port in self._scene.canvas.ports
        }
        states[self._fixed] = PortState.HOVERED
        if under in self._takers:
            states[under] = PortState.HOVERED
        self._scene.set_port_states(states)

    def _look_at(self, point: QPointF) -> Verdict:
        port = self._scene.port_at(point, self._reach)
        item = self._scene.card_at(point)
        if port == self._fixed:
            return Verdict()
        if self._lifted and port in (self._lifted.start, self._lifted.end):
            return Verdict(port, self._lifted)
        if port is not None and (port.is_output != self._fixed.is_output or item is None):
            return judge(self._graph, self._facts, self._fixed, port)
        if item is None or (self._fixed.uid in item.card.nodes and self._lifted is None):
            return Verdict()
        if self._lifted and (self._lifted.end if self._fixed.is_output else self._lifted.start).uid in item.card.nodes:
            return Verdict(None, self._lifted)
        return judge_card(self._graph, self._facts, self._fixed, item.card)

    def move(self, point: QPointF) -> None:
        self._verdict = verdict = self._look_at(point)
        colours = theme.theme()
        end = point
        target = self._scene.canvas.card_of[verdict.port.uid] if verdict.wire and verdict.port else None
        if verdict.port and target and verdict.port in target.ports:
            end = self._scene.port_point(verdict.port)
        start = self._scene.port_point(self._fixed)
        path = routes.loose(start, end) if self._fixed.is_output else routes.loose(end, start).toReversed()
        self._loose.show_path(path, colours.problem if verdict.reason else colours.accent)
        self._scene.target_card(target.id if target else None)
        self._show_ports(verdict.port)
        self.judged.emit(verdict, point)

    def finish(self, point: QPointF) -> None:
        self.move(point)
        verdict = self._verdict
        self._put_away()
        if verdict.wire:
            connect(self._scene.document, verdict.wire, self._lifted)
        elif verdict.reason is None and self._scene.port_at(point, self._reach) is None:
            if self._lifted:
                self._disconnect(self._lifted)
            elif self._scene.card_at(point) is None:
                self.dropped_on_canvas.emit(self._fixed, point)
        self.ended.emit(verdict)

    def cancel(self) -> None:
        self._put_away()
        self.ended.emit(Verdict())

    def _put_away(self) -> None:
        self.deleteLater()
        self._scene.removeItem(self._loose)
        self._scene.set_port_states(None)
        self._scene.target_card(None)
        self._scene.mark_wire(None)

    def _disconnect(self, wire: Wire) -> None:
        label = _("Disconnect {name}", name=self._scene.document.project.graph.by_uid[wire.target].path)
        self._scene.document.edit(label, lambda project: changes.disconnect(project, [wire]))


def connect(document: Document, wire: Wire, lifted: Wire | None = None) -> None:
    """Make a wire, as one step to undo; ``lifted`` is the wire that it was before."""
    if wire == lifted:
        return
    names = document.project.graph.by_uid
    label = _("Connect {source} to {target}", source=names[wire.source].path, target=names[wire.target].path)
    document.edit(
        label, lambda project: changes.move_end(project, lifted, wire) if lifted else changes.connect(project, wire)
    )
