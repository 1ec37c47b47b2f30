"""Folders of the data sets that were fetched. Nothing is read here, and torch is not needed."""

from __future__ import annotations

from pathlib import Path

import platformdirs

from cnnlab.core.data.sources import SOURCES


def home(name: str) -> Path:
    """Where the set ``name`` lies once it was fetched. What is there was put there whole."""
    return platformdirs.user_data_path("cnnlab", appauthor=False) / "sets" / name


def is_here(name: str) -> bool:
    """Whether the set was fetched."""
    return any(files.place(home(name)) for files in SOURCES[name].files)
