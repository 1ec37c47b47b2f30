"""A layer from the palette over the canvas: into a wire if it hangs over one that takes it, else beside everything."""

from __future__ import annotations

from PySide6.QtCore import QPointF

from cnnlab.core.connecting import refuse_insertion
from cnnlab.core.graph import Wire
from cnnlab.core.messages import Message
from cnnlab.gui.editor.commands import Commands
from cnnlab.gui.editor.geometry import HEIGHT, WIDTH, snapped
from cnnlab.gui.editor.scene import NetworkScene
from cnnlab.gui.editor.wire_item import WireLook


class LayerDropping:
    """What hovering and dropping mean on one scene."""

    def __init__(self, scene: NetworkScene, commands: Commands) -> None:
        self._scene = scene
        self._commands = commands

    def hover(self, key: str, point: QPointF) -> Message | None:
        """Mark the wire that would take the layer; returns why the wire under it does not."""
        wire, reason = self._wire_for(key, point)
        self._scene.mark_wire(wire, WireLook.REFUSING if reason else WireLook.TARGETED)
        return reason

    def leave(self) -> None:
        """It hovers no more."""
        self._scene.mark_wire(None)

    def drop(self, key: str, point: QPointF) -> Message | None:
        """Add the layer; returns why it was not put into the wire under it."""
        self.leave()
        wire, reason = self._wire_for(key, point)
        corner = snapped(point.x() - WIDTH / 2, point.y() - HEIGHT / 2)
        if wire is not None and reason is None:
            self._commands.insert(key, wire, corner)
        else:
            self._commands.add_at(key, corner)
        return reason

    def _wire_for(self, key: str, point: QPointF) -> tuple[Wire | None, Message | None]:
        wire, document = self._scene.wire_at(point), self._scene.document
        return wire, refuse_insertion(document.project.graph, document.facts, wire, key) if wire else None
