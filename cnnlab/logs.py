"""Where the log goes."""

from __future__ import annotations

import faulthandler
import logging
from pathlib import Path

import platformdirs


def _folder() -> Path:
    return platformdirs.user_log_path("cnnlab", appauthor=False)


def log_to_file() -> None:
    """Send the log of this process to ``cnnlab.log`` in the user's log folder; drop it where that cannot be written."""
    try:
        _folder().mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(_folder() / "cnnlab.log", encoding="utf-8", delay=True)
    except OSError:
        logging.basicConfig(handlers=[logging.NullHandler()])
        return
    logging.basicConfig(
        level=logging.INFO, handlers=[handler], format="%(asctime)s %(threadName)s %(name)s %(levelname)s %(message)s"
    )


def crashes_to_file() -> None:
    """Let a crash in C add its stack to ``crash.log`` beside the log; to standard error where that cannot be written."""
    try:
        # Held open for the life of the process. Added to, because the next start must not wipe out what is to be reported.
        faulthandler.enable((_folder() / "crash.log").open("a", encoding="utf-8"))
    except OSError:
        faulthandler.enable()
