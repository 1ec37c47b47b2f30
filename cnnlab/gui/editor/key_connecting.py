"""Connecting without a mouse: the wire in the hand jumps from one layer that would take it to the next."""

from __future__ import annotations

from cnnlab.core import checks
from cnnlab.core.connecting import free, takers
from cnnlab.core.graph import Port
from cnnlab.core.messages import text as _
from cnnlab.gui.editor.connecting import port_of_card
from cnnlab.gui.editor.geometry import output_ports
from cnnlab.gui.editor.scene import NetworkScene
from cnnlab.gui.editor.view import NetworkView
from cnnlab.gui.editor.walking import walking_order


class KeyConnecting:
    """From the selected layer's output to one of ``targets``, in execution order."""

    def __init__(self, scene: NetworkScene, view: NetworkView, source: Port, targets: tuple[Port, ...]) -> None:
        self._scene = scene
        self._view = view
        self._targets = targets
        self._index = 0
        self._source = source
        view.begin_connecting(source, None)
        self.step(0)

    def step(self, by: int) -> None:
        """Choose another target."""
        self._index = (self._index + by) % len(self._targets)
        gesture = self._view.gesture
        if gesture is not None:
            port = self._targets[self._index]
            self._view.reveal(self._scene.cards[port.uid].card_rect())
            gesture.move(self._scene.port_point(port))

    def finish(self) -> None:
        """Connect to the chosen target."""
        self._view.end_gesture(self._scene.port_point(self._targets[self._index]))

    @property
    def hint(self) -> str:
        """What the keys do now."""
        cards = self._scene.cards
        return _(
            "Connect {source} to {target}: Enter. Tab or arrows: another layer. Escape: leave it.",
            source=cards[self._source.uid].face.name,
            target=cards[self._targets[self._index].uid].face.name,
        )


def begin(scene: NetworkScene, view: NetworkView) -> KeyConnecting | str:
    """Take a wire from the selected layer into the hand; or why that cannot be."""
    uid = scene.selection.current
    if uid is None:
        return _("Select one layer first; C then connects its output.")
    graph, facts = scene.document.project.graph, scene.document.facts
    name = graph.by_uid[uid].path
    outputs = output_ports(graph, graph.by_uid[uid])
    source = free(graph, outputs)
    if source is None:
        return str(checks.refuse_output(name, 0))
    taking = takers(graph, facts, source, (port for card in scene.cards.values() for port in card.ports))
    order = walking_order(graph)
    # The layers behind the source come first: that is where a wire usually goes.
    after = order.index(uid) + 1
    ports = (port_of_card(graph, source, other) for other in (*order[after:], *order[:after]))
    targets = tuple(port for port in ports if port in taking)
    unused = [port for port in targets if not graph.at(port)]
    if not targets:
        return _("No layer can take the output of {name}.", name=name)
    return KeyConnecting(scene, view, source, (*unused, *(port for port in targets if port not in unused)))
