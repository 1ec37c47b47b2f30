"""Where the log goes."""

from __future__ import annotations

import logging

import platformdirs


def log_to_file() -> None:
    """Send the log of this process to ``cnnlab.log`` in the user's log folder; drop it where that cannot be written."""
    folder = platformdirs.user_log_path("cnnlab", appauthor=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(folder / "cnnlab.log", encoding="utf-8", delay=True)
    except OSError:
        logging.basicConfig(handlers=[logging.NullHandler()])
        return
    logging.basicConfig(
        level=logging.INFO, handlers=[handler], format="%(asctime)s %(threadName)s %(name)s %(levelname)s %(message)s"
    )
