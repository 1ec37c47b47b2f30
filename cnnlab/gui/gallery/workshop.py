"""Makes the networks of the gallery behind the window: our templates without torch, torchvision's models with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from cnnlab.core import templates
from cnnlab.core.project.project import Project
from cnnlab.gui.gallery.sketch import Sketch, sketch
from cnnlab.gui.workers.qt_threads import LatestWorker, Task

if TYPE_CHECKING:
    from cnnlab.engine.importer.published import Published


@dataclass(frozen=True)
class Made:
    """A network that is ready to be opened, and its drawing."""

    project: Project
    sketch: Sketch
    parameters: int = 0
    """Counted; 0 for a template, which knows its own."""
    macs: int = 0


def list_models() -> tuple[Published, ...]:
    """Every model that can be imported by name."""
    from cnnlab.engine import importer
    from cnnlab.engine.importer.published import published

    return tuple(map(published, importer.names()))


def import_model(name: str) -> Project:
    """A model of torchvision as layers, without weights."""
    from cnnlab.engine import importer

    return importer.import_torchvision(name)


class Workshop(QObject):
    """Keeps what it made. ``listing`` and ``importing`` are called in worker threads."""

    listed = Signal(object)
    """A tuple of ``Published``: torchvision's models."""
    listing_failed = Signal(object)
    """The models could not be listed: the exception."""
    made = Signal(str)
    """The key of an entry: ``find`` has it now."""
    failed = Signal(object, object)
    """The key of an entry that could not be made, and the exception."""

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        listing: Callable[[], tuple[Published, ...]] = list_models,
        importing: Callable[[str], Project] = import_model,
    ) -> None:
        super().__init__(parent)
        self._importing = importing
        self._made: dict[str, Made] = {}
        self.models: tuple[Published, ...] = ()
        """torchvision's models, once they are listed."""
        self._list = Task(listing, self)
        self._list.done.connect(self._on_listed)
        self._list.failed.connect(self.listing_failed)
        # A worker each: a template's drawing does not wait for an import.
        self._builder = LatestWorker(_built, self)
        self._importer = LatestWorker(self._imported, self)
        for worker in (self._builder, self._importer):
            worker.done.connect(self._on_done)
            worker.failed.connect(self.failed)

    def ask_for_list(self) -> None:
        """Have torchvision's models listed; ``listed`` or ``listing_failed`` follows."""
        if not self._list.isRunning():
            self._list.start()

    def find(self, key: str) -> Made | None:
        """The network of an entry, if it has been made."""
        return self._made.get(key)

    def make(self, key: str) -> None:
        """Have the network of an entry made; ``made`` or ``failed`` follows, unless something else is asked for first."""
        if key in self._made:
            self.made.emit(key)
        elif key in templates.BY_KEY:
            self._builder.submit(key)
        else:
            self._importer.submit(key)

    def close(self) -> None:
        """End the threads; waits for what is being made."""
        self._list.wait()
        self._builder.close()
        self._importer.close()

    def _on_listed(self, models: tuple[Published, ...]) -> None:
        self.models = models
        self.listed.emit(models)

    def _imported(self, key: str) -> Made:
        from cnnlab.engine.network import shapes

        project = self._importing(key.removeprefix("torchvision:"))
        facts = shapes.infer(project.graph)
        return Made(project, sketch(project.graph), facts.parameters, facts.macs)

    def _on_done(self, key: str, made: Made) -> None:
        self._made[key] = made
        self.made.emit(key)


def _built(key: str) -> Made:
    project = templates.BY_KEY[key].build()
    return Made(project, sketch(project.graph))
