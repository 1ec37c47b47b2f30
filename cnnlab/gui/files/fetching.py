"""Fetching a published data set behind the window: told of in the banner, stopped there, gone on with from there."""

from __future__ import annotations

import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from cnnlab.core.data.sources import SOURCES
from cnnlab.core.messages import text as _
from cnnlab.core.numerals import whole
from cnnlab.gui.notify import Banner
from cnnlab.gui.workers.workers import OneAtATime, words_of

Fetch = Callable[[str, Callable[[], bool], Callable[[int], None]], object]
"""Brings the set of that name; asks whether it is cancelled, and tells how many bytes there are."""


def fetch_published(name: str, cancelled: Callable[[], bool], progress: Callable[[int], None]) -> object:
    """As the app does it."""
    from cnnlab.engine.data import fetching

    return fetching.fetch(name, cancelled=cancelled, progress=progress)


class Fetching(QObject):
    """One set at a time. ``choose`` lets the person say where the pictures are instead."""

    def __init__(
        self,
        banner: Banner,
        window: QWidget,
        choose: Callable[[Callable[[], None]], None],
        fetch: Fetch = fetch_published,
    ) -> None:
        super().__init__(window)
        self._banner = banner
        self._choose = choose
        self._fetch = fetch
        self._work = OneAtATime(self)
        self._cancelled = threading.Event()
        self._name = ""
        self._count = 0
        self._words = ""
        self._then: Callable[[], None] = lambda: None
        self._clock = QTimer(self)
        self._clock.setInterval(200)
        self._clock.timeout.connect(self._on_clock)

    @property
    def is_busy(self) -> bool:
        """Whether a set is being fetched."""
        return self._work.is_busy

    def start(self, name: str, then: Callable[[], None]) -> None:
        """Fetch the set ``name`` and do ``then`` when it is there; while another is fetched, only show that."""
        if not self._work.is_busy:
            cancelled = self._cancelled = threading.Event()
            self._name, self._then, self._count = name, then, 0
            self._work.run(lambda: self._fetch(name, cancelled.is_set, self._note), self._on_done, self._on_failed)
            self._clock.start()
        self._tell()

    def close(self) -> None:
        """Stop; what has come so far is kept."""
        self._cancelled.set()
        self._clock.stop()
        self._work.close()

    def _note(self, count: int) -> None:
        """Called in the worker: one number, which the clock shows."""
        self._count = count

    def _tell(self) -> None:
        source = SOURCES[self._name]
        done, all_of_it = whole(self._count / 1e6), whole(source.download_bytes / 1e6)
        self._words = _("Fetching {title}: {done} of {whole} MB.", title=source.title, done=done, whole=all_of_it)
        self._banner.hold_stoppable(self._words, self._stop)

    def _stop(self) -> None:
        self._cancelled.set()

    def _on_clock(self) -> None:
        if self._banner.words == self._words and not self._cancelled.is_set():  # the person may have closed it
            self._tell()

    def _on_done(self, _folder: object) -> None:
        self._clock.stop()
        self._banner.tell(_("{title} is here.", title=SOURCES[self._name].title))
        self._then()

    def _on_failed(self, error: BaseException) -> None:
        self._clock.stop()
        if self._cancelled.is_set():
            percent = 100 * self._count // SOURCES[self._name].download_bytes
            words = _("Download stopped at {percent} %. Nothing half-finished is used.", percent=percent)
        else:
            words = str(words_of(error))
        again = _("Go on") if self._count else _("Try again")
        name, then = self._name, self._then
        self._banner.ask(
            words, (again, lambda: self.start(name, then)), (_("Choose folder…"), lambda: self._choose(then))
        )
