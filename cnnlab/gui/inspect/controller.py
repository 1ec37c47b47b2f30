"""Live inspection: the latest input, through the latest weights, as fast as the processor can, never faster."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from cnnlab.core.project.project import Project, Weights
from cnnlab.engine.inspection.looks import Input, Look, Seen
from cnnlab.gui.document import Document
from cnnlab.gui.selection import Selection
from cnnlab.gui.workers.qt_threads import Lane, LatestWorker, Processor, message_of
from cnnlab.gui.workers.turns import Rank

_NOTHING = np.zeros((280, 280), np.uint8)
"""A drawing without a stroke."""

_PATIENCE = 150
"""Milliseconds for which what was seen last may stand for what is being looked at."""


Ask = Callable[[Callable[[], None]], None]
"""Calls what it is given, at once or later, or does not."""


def _looking() -> Callable[[Look], Generator[None, None, Seen]]:
    """A function for one worker thread; the engine is imported at its first call, inside that thread."""
    inspectors: list[Callable[[Look], Generator[None, None, Seen]]] = []

    def look(what: Look) -> Generator[None, None, Seen]:
        if not inspectors:
            from cnnlab.engine.inspection.inspector import Inspector

            inspectors.append(Inspector().looking)
        return inspectors[0](what)

    return look


def _read(wanted: Input) -> Input:
    from cnnlab.engine.inspection import inputs

    return inputs.read(wanted)


class InspectController(QObject):
    """Knows the input, the weights to look with, and what is on view; sends every change to the processor.
    ``before_stored`` is asked before a test picture is read."""

    seen = Signal(object)
    """A ``Seen``: what the network did with the latest input."""
    input_changed = Signal(object)
    """Another ``Input`` is looked at."""
    behind_changed = Signal()
    notice = Signal(str)

    def __init__(
        self,
        document: Document,
        selection: Selection,
        processor: Processor,
        parent: QObject | None = None,
        *,
        before_stored: Ask = lambda show: show(),
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._selection = selection
        self.input = self._asked = Input.drawn(_NOTHING)
        """What is looked at, and what was asked for last: another one until that has been read."""
        self._strips: frozenset[str] = frozenset()
        self._live: Weights | None = None
        self._merged: tuple[Weights, Weights] | None = None
        """The project's weights, and these with a run's over them; kept so that a stroke does not load them anew."""
        self.seen_input = self.input
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
        self._before_stored = before_stored
        self._fetcher = LatestWorker(_read, self)
        self._fetcher.done.connect(self._on_fetched)
        self._fetcher.failed.connect(self._on_fetch_failed)
        self._looks = Lane(processor, Rank.STROKE, _looking(), self, finishes=True)
        self._looks.done.connect(self._on_seen)
        self._looks.failed.connect(self._on_failed)
        document.edited.connect(self._on_edited)
        document.weights_changed.connect(self._on_weights_changed)
        selection.changed.connect(self.refresh)

    @property
    def is_live(self) -> bool:
        """Whether a run's weights are looked through, instead of the project's."""
        return self._live is not None

    def start(self) -> None:
        """Begin to look; before this nothing is asked of the processor, so that the window can paint first."""
        self._enabled = True
        self.refresh()

    def draw(self, raster: np.ndarray) -> None:
        """The drawing changed."""
        self._show(Input.drawn(raster))

    def show_stored(self, index: int) -> None:
        """Make a picture of the test split the input; it arrives a moment later."""

        def show() -> None:
            self._ask(Input.stored(self._document.project, index))  # its data may have been chosen since

        self._asked = Input.stored(self._document.project, index)
        self._before_stored(show)

    def show_file(self, path: Path, as_drawing: bool) -> None:
        """Make a picture file the input."""
        self._ask(Input.of_file(self._document.project, path, as_drawing))

    def show_strips(self, uids: frozenset[str]) -> None:
        """Which cards are on view."""
        if uids != self._strips:
            self._strips = uids
            self.refresh()

    def look_through(self, weights: Weights | None) -> None:
        """Look through a run's weights, or (None) through the project's again."""
        self._live, self._merged = weights, None
        self._on_weights_changed()

    def refresh(self, rank: Rank = Rank.STROKE) -> None:
        """Look again, unless the input is of another network's size: the one of the right size is on its way then."""
        if not self._enabled:
            return
        project = self._document.project
        if self._is_file_of_other_size:
            self._latest_look = None
            self._compare()
            return
        look = self._latest_look = Look(
            project=replace(project, weights=self._weights(project.weights)),
            input=self.input,
            strips=self._strips,
            layer=self._selection.current,
        )
        self._looks.submit(look, rank)
        self._compare()

    def _weights(self, own: Weights) -> Weights:
        """What to look through: the project's ``own`` weights, a run's over them while it is live."""
        if self._live is None:
            return own
        if self._merged is None or self._merged[0] is not own:
            self._merged = own, own.updated(self._live)
        return self._merged[1]

    def close(self) -> None:
        """Look no more, and end the thread that reads."""
        self._enabled = False
        self._patience.stop()
        self._looks.drop()
        self._fetcher.close()

    @property
    def _is_file_of_other_size(self) -> bool:
        """Whether what was made of a file is not what the present network is to get."""
        return self.input.path is not None and self.input.of(self._document.project) is not self.input

    def _show(self, given: Input) -> None:
        self.input = self._asked = given
        self.input_changed.emit(given)
        self.refresh()

    def _ask(self, wanted: Input) -> None:
        self._asked = wanted
        self._fetcher.submit(wanted)

    def _on_edited(self) -> None:
        """A picture that was made for another size is made anew from its file, not scaled a second time; and a test picture
        comes from the folder that is in force."""
        wanted = self._asked.of(self._document.project)
        if wanted is not self._asked:
            self._ask(wanted)
        self.refresh()

    def _on_weights_changed(self) -> None:
        self.refresh(Rank.LIVE if self.is_live else Rank.STROKE)

    def _on_fetched(self, wanted: Input, given: Input) -> None:
        if wanted is self._asked:
            self._show(given)

    def _on_fetch_failed(self, wanted: Input, error: BaseException) -> None:
        self.notice.emit(str(message_of(error)))
        if wanted is not self._asked or wanted.path is None:
            return
        if self._is_file_of_other_size:
            self.draw(_NOTHING)  # the file is gone, and what was made of it is of another size
        else:
            self._asked = self.input

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
        was, is_ = seen.project, now.project
        return (
            (seen.input is now.input or (seen.input.is_drawing and now.input.is_drawing))
            and (self.is_live or (was.weights is is_.weights and _start(was) == _start(is_)))
            and was.preprocessing == is_.preprocessing
            and was.graph == is_.graph
        )

    def _on_patience_lost(self) -> None:
        self._set_behind(True)

    def _set_behind(self, is_behind: bool) -> None:
        if is_behind != self.is_behind:
            self.is_behind = is_behind
            self.behind_changed.emit()

    def _on_seen(self, look: Look, seen: Seen) -> None:
        # A result for a graph that is no longer shown would put old maps on new cards.
        if self._enabled and look.project.graph == self._document.project.graph:
            self._seen_look, self.seen_input = look, look.input
            self._compare()
            self.seen.emit(seen)

    def _on_failed(self, look: Look, error: BaseException) -> None:
        self.notice.emit(str(message_of(error)))
        if self._enabled:
            self._seen_look = look
            self._compare()


def _start(project: Project) -> tuple[object, ...]:
    """What fresh weights start from."""
    return project.training.seed, project.learning
