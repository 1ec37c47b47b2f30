"""Somebody in the gallery, and what torchvision is said to have."""

from __future__ import annotations

from collections.abc import Callable

from pytestqt.qtbot import QtBot

from cnnlab.core import templates
from cnnlab.core.project.project import Project
from cnnlab.engine.importer.published import Published
from cnnlab.gui.gallery.dialog import GalleryDialog
from cnnlab.gui.gallery.gallery import Gallery

MODELS = (
    Published("resnet18", 11_689_512, 1_814_000_000, 69.8, 224),
    Published("squeezenet1_1", 1_235_496, 349_000_000, 58.2, 224),
)


def a_project(name: str) -> Project:
    """Stands for what an import brings."""
    return templates.BY_KEY["lenet5"].build()


class Visitor:
    """Opens the gallery, and has what was chosen in it."""

    def __init__(self, gallery: Gallery, qtbot: QtBot) -> None:
        self._gallery = gallery
        self.qtbot = qtbot
        self.projects: list[Project] = []
        gallery.chosen.connect(self._on_chosen)

    def open(self, listed: bool = True) -> GalleryDialog:
        """The gallery on the screen, when torchvision's models are listed or at once."""
        dialog = self._gallery.open()
        if listed:
            self.qtbot.waitUntil(lambda: any(entry.key.startswith("torchvision") for entry in dialog.list.entries))
        return dialog

    def until(self, condition: Callable[[], object]) -> None:
        """Wait, with the window alive, until ``condition`` holds."""
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=20_000)

    def _on_chosen(self, project: Project) -> None:
        self.projects.append(project)


Make = Callable[..., Visitor]
"""Takes ``listing`` and ``importing``, which stand for torchvision."""
