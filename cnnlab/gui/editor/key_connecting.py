"""Connecting without a mouse: the wire in the hand jumps from one layer that would take it to the next."""

from __future__ import annotations

from cnnlab.core.graph.graph import Port
from cnnlab.core.layout.canvas import in_order
from cnnlab.core.layout.connecting import free, takers
from cnnlab.core.messages import text as _
from cnnlab.core.project import checks
from cnnlab.gui.editor.scene import NetworkScene
from cnnlab.gui.editor.view import NetworkView


class KeyConnecting:
    """A wire from the selected layer's output to one of ``targets``, in execution order."""

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
            self._view.reveal_card(port.uid)
            gesture.move(self._scene.port_point(port))

    def finish(self) -> None:
        """Connect to the chosen target."""
        self._view.end_gesture(self._scene.port_point(self._targets[self._index]))

    @property
    def hint(self) -> str:
        """The sentence that says what the keys do now."""
        card_of = self._scene.canvas.card_of
        return _(
            "Connect {source} to {target}: Enter. Tab or arrows: another layer. Escape: cancel.",
            source=card_of[self._source.uid].name,
            target=card_of[self._targets[self._index].uid].name,
        )


def begin(scene: NetworkScene, view: NetworkView) -> KeyConnecting | str:
    """Take a wire from the selected card into the hand; or why that cannot be."""
    card = scene.current
    if card is None:
        return _("Select one layer first; C then connects its output.")
    graph, facts = scene.document.project.graph, scene.document.facts
    source = free(graph, card.outputs)
    if source is None:
        return str(checks.refuse_output(card.name, len(card.outputs)))
    taking = takers(graph, facts, source, scene.canvas.ports)
    cards = in_order(scene.canvas, graph)
    # The cards behind the source come first: that is where a wire usually goes.
    after = cards.index(card) + 1
    ports = (free(graph, other.inputs) for other in (*cards[after:], *cards[:after]))
    targets = tuple(port for port in ports if port in taking)
    if not targets:
        return _("No layer can take the output of {name}.", name=card.name)
    unused = [port for port in targets if not graph.at(port)]
    return KeyConnecting(scene, view, source, (*unused, *(port for port in targets if port not in unused)))
