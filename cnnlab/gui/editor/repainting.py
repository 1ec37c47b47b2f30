"""How a scene asks to be painted anew."""

from __future__ import annotations

from PySide6.QtWidgets import QGraphicsScene


def repaint(scene: QGraphicsScene | None) -> None:
    """Have all views of ``scene`` painted, wholly. ``QGraphicsScene.update`` does so only when the events in hand are done, and
    forgets it if a view paints a part of itself before, as when a banner over it goes."""
    if scene is not None:
        for view in scene.views():
            view.viewport().update()
