"""Live inspection: the latest input, through the latest weights, as fast as the worker can, never faster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from cnnlab.core.project import DataSettings, Project, Weights
from cnnlab.engine.looks import Drawing, Look, Picture, Seen
from cnnlab.gui.document import Document
from cnnlab.gui.selection import Selection
from cnnlab.gui.workers import LatestWorker, words_of

_NOTHING = np.zeros((280, 280), np.uint8)
"""A drawing without a stroke."""

_PATIENCE = 150
"""Milliseconds for which what was seen last may stand for what is being looked at."""


def _worker() -> Callable[[Look], Seen]:
    """A function for one worker thread; the engine is imported at its first call, inside that thread."""
    eyes: list[Callable[[Look], Seen]] = []

    def look(what: Look) -> Seen:
        if not eyes:
            from cnnlab.engine.looking import Eye

            eyes.append(Eye().look)
        return eyes[0](what)

    return look


@dataclass(frozen=True)
class _Stored:
    """A picture of the test split."""

    data: DataSettings
    index: int
    shape: tuple[int, int, int]
    """That pictures of any size are brought to."""

    def is_outdated(self, project: Project) -> bool:
        """Whether the same data set is now read from somewhere else, or its pictures are brought to another size."""
        data = project.data
        now = (data.folder, project.picture_shape)
        return self.data.source == data.source and (self.data.folder, self.shape) != now

    def fetch(self) -> Picture:
        from cnnlab.engine.looking import stored_picture

        return stored_picture(self.data, self.index, self.shape)


@dataclass(frozen=True)
class _File:
    """A picture file, to be brought to ``shape`` ``(C, H, W)`` or taken as a drawing."""

    path: Path
    shape: tuple[int, int, int]
    as_drawing: bool

    def fetch(self) -> Drawing | Picture:
        from cnnlab.engine.looking import picture_file

        return picture_file(self.path, self.shape, self.as_drawing)

    def suits(self, shape: tuple[int, int, int]) -> bool:
        """Whether it is what a network for pictures of ``shape`` is to get."""
        return self.as_drawing or self.shape == shape


def _fetched(wanted: _Stored | _File) -> Drawing | Picture:
    return wanted.fetch()


class InspectController(QObject):
    """Knows the input, the weights to look with, and what is on view; sends every change to the worker."""

    seen = Signal(object)
    """A ``Seen``: what the network did with the latest input."""
    source_changed = Signal(object)
    """Another ``Drawing`` or ``Picture`` is the input."""
    behind_changed = Signal()
    notice = Signal(str)

    def __init__(self, document: Document, selection: Selection, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._selection = selection
        self._source: Drawing | Picture = Drawing(_NOTHING)
        self._strips: frozenset[str] = frozenset()
        self._live: Weights | None = None
        self._merged: tuple[Weights, Weights] | None = None
        """The project's weights, and these with a run's over them; kept so that a stroke does not load them anew."""
        self.seen_source: Drawing | Picture = self._source
        """What the latest ``seen`` is about."""
        self.is_behind = False
        """Whether the latest ``seen`` is of another network or picture, and has been for long enough to say so."""
        self._seen_look: Look | None = None
        self._latest_look: Look | None = None
        """None while the input is still being made."""
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE)
        self._patience.timeout.connect(self._on_patience_lost)
        self._enabled = False
        self._asked: _Stored | _File | None = None
        """The picture that was asked for last; None where the drawing is the input."""
        self._here: _Stored | _File | None = None
        """Which of these the present input is; another one than ``_asked`` until that has arrived."""
        self.before_stored: Callable[[Callable[[], None]], None] = lambda show: show()
        """What is asked before a test picture is read; it calls what it is given, or does not."""
        self._fetcher = LatestWorker(_fetched, self)
        self._fetcher.done.connect(self._on_fetched)
        self._fetcher.failed.connect(self._on_fetch_failed)
        self._worker = LatestWorker(_worker(), self)
        self._worker.done.connect(self._on_seen)
        self._worker.failed.connect(self._on_failed)
        document.edited.connect(self._on_edited)
        document.weights_changed.connect(self.refresh)
        selection.changed.connect(self.refresh)

    @property
    def source(self) -> Drawing | Picture:
        """The present input."""
        return self._source

    @property
    def is_live(self) -> bool:
        """Whether a run's weights are looked through, instead of the project's."""
        return self._live is not None

    def start(self) -> None:
        """Begin to look; before this nothing is asked of the worker, so that the window can paint first."""
        self._enabled = True
        self.refresh()

    def draw(self, raster: np.ndarray) -> None:
        """The drawing changed."""
        self._asked = None
        self._set_source(Drawing(raster))

    def show_stored(self, index: int) -> None:
        """Make a picture of the test split the input; it arrives a moment later."""

        def show() -> None:
            self._ask(self._stored(index))

        self._asked = self._stored(index)
        self.before_stored(show)

    def _stored(self, index: int) -> _Stored:
        project = self._document.project
        return _Stored(project.data, index, project.picture_shape)

    def show_file(self, path: Path, as_drawing: bool) -> None:
        """Make a picture file the input."""
        self._ask(_File(path, self._document.project.picture_shape, as_drawing))

    def show_strips(self, uids: frozenset[str]) -> None:
        """Which cards are on view."""
        if uids != self._strips:
            self._strips = uids
            self.refresh()

    def look_through(self, weights: Weights | None) -> None:
        """Look through a run's weights, or (None) through the project's again."""
        self._live, self._merged = weights, None
        self.refresh()

    def refresh(self) -> None:
        """Look again, unless the input is of another network's size: the one of the right size is on its way then."""
        if not self._enabled:
            return
        project = self._document.project
        if isinstance(self._here, _File) and not self._here.suits(project.picture_shape):
            self._latest_look = None
            self._compare()
            return
        look = self._latest_look = Look(
            self._source,
            project.graph,
            self._weights(project.weights),
            project.training.seed,
            project.preprocessing,
            self._strips,
            self._selection.current,
            project.learning,
        )
        self._worker.submit(look)
        self._compare()

    def _weights(self, own: Weights) -> Weights:
        """What to look through: the project's ``own`` weights, a run's over them while it is live."""
        if self._live is None:
            return own
        if self._merged is None or self._merged[0] is not own:
            self._merged = own, own.updated(self._live)
        return self._merged[1]

    def close(self) -> None:
        """End the threads."""
        self._enabled = False
        self._patience.stop()
        self._worker.end()
        self._fetcher.end()

    def _set_source(self, source: Drawing | Picture) -> None:
        self._source, self._here = source, self._asked
        self.source_changed.emit(source)
        self.refresh()

    def _ask(self, wanted: _Stored | _File) -> None:
        self._asked = wanted
        self._fetcher.submit(wanted)

    def _on_edited(self) -> None:
        """A picture that was made for another size is made anew from its file, not scaled a second time; and a test picture
        comes from the folder that is in force."""
        project, asked = self._document.project, self._asked
        if isinstance(asked, _File) and not asked.suits(project.picture_shape):
            self._ask(replace(asked, shape=project.picture_shape))
        elif isinstance(asked, _Stored) and asked.is_outdated(project):
            self._ask(self._stored(asked.index))
        self.refresh()

    def _on_fetched(self, wanted: _Stored | _File, source: Drawing | Picture) -> None:
        if wanted is self._asked:
            self._set_source(source)

    def _on_fetch_failed(self, wanted: _Stored | _File, error: BaseException) -> None:
        self.notice.emit(str(words_of(error)))
        if wanted is not self._asked or isinstance(wanted, _Stored):
            return
        if isinstance(self._here, _File) and not self._here.suits(self._document.project.picture_shape):
            self.draw(_NOTHING)  # the file is gone, and what was made of it is of another size
        else:
            self._asked = self._here

    def _compare(self) -> None:
        """Count the time for which what is shown is not of the present network."""
        if self._is_of(self._seen_look):
            self._patience.stop()
            self._set_behind(False)
        elif not self.is_behind and not self._patience.isActive():
            self._patience.start()

    def _is_of(self, seen: Look | None) -> bool:
        """Whether ``seen`` went through the present network. A run's weights and the strokes of a drawing follow each other
        so fast that what is shown may always be one behind."""
        now = self._latest_look
        if seen is None or now is None:
            return False
        drawn = isinstance(seen.source, Drawing) and isinstance(now.source, Drawing)
        return (
            (drawn or seen.source is now.source)
            and (
                self.is_live or (seen.weights is now.weights and (seen.seed, seen.learning) == (now.seed, now.learning))
            )
            and seen.preprocessing == now.preprocessing
            and seen.graph == now.graph
        )

    def _on_patience_lost(self) -> None:
        self._set_behind(True)

    def _set_behind(self, is_behind: bool) -> None:
        if is_behind != self.is_behind:
            self.is_behind = is_behind
            self.behind_changed.emit()

    def _on_seen(self, look: Look, seen: Seen) -> None:
        # A result for a graph that is no longer shown would put old maps on new cards.
        if self._enabled and look.graph == self._document.project.graph:
            self._seen_look, self.seen_source = look, look.source
            self._compare()
            self.seen.emit(seen)

    def _on_failed(self, look: Look, error: BaseException) -> None:
        self.notice.emit(str(words_of(error)))
        if self._enabled:
            self._seen_look = look
            self._compare()
