"""Work on a file that takes a while: one at a time, shown in the banner, where the person can stop it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from cnnlab.core.messages import text as _
from cnnlab.gui.document import Document
from cnnlab.gui.notify import Banner, warn
from cnnlab.gui.workers.qt_threads import OneAtATime, message_of

Cancelled = Callable[[], bool]


class FileWork(QObject):
    """Slow work on one file at a time, such as an export or an import. ``failed`` is the title of the message where one fails."""

    def __init__(self, document: Document, banner: Banner, window: QWidget, failed: str) -> None:
        super().__init__(window)
        self._document = document
        self._banner = banner
        self._window = window
        self._title = failed
        self._work = OneAtATime(window)
        self._cancelled = threading.Event()
        self._text = ""

    @property
    def is_busy(self) -> bool:
        """Whether a file is being read or written."""
        return self._work.is_busy

    def _run(self, text: str, work: Callable[[Cancelled], Any], done: Callable[[Any], None]) -> bool:
        """Do ``work``, which asks what it is given whether to stop, in a thread, and show ``text`` meanwhile, if any.
        Then call ``done`` with the result, or say why there is none. Does nothing and returns False while a file is in
        hand."""
        if self.is_busy:
            return False
        cancelled = self._cancelled = threading.Event()
        self._text = text
        self._work.run(lambda: work(cancelled.is_set), done, self._on_failed)
        if text:
            self._banner.hold_stoppable(text, cancelled.set)
        return True

    def _refuse_another(self) -> None:
        """Say that something is in hand already, and what."""
        text = _("{text} Only one file at a time: wait until it is done, or stop it.", text=self._text)
        self._banner.hold_stoppable(text, self._cancelled.set)

    def close(self) -> None:
        """Stop what can be stopped, and wait for the rest; nothing is shown or called any more."""
        self._cancelled.set()
        self._work.close()

    def _on_failed(self, error: BaseException) -> None:
        self._banner.hide()
        if getattr(error, "code", "") == "cancelled":
            self._banner.tell(str(message_of(error)))
            return
        warn(self._title, str(message_of(error)), self._window)
