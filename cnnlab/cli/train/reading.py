"""The pictures of a project, as a command reads them."""

from __future__ import annotations

import sys
from pathlib import Path

from cnnlab.core.data.sources import SOURCES
from cnnlab.core.messages import text as _
from cnnlab.core.project.project import Project
from cnnlab.engine.data import datasets, folder_notes, set_folders
from cnnlab.engine.data.picture_sets import Dataset

_reported: set[Path] = set()
"""Folders whose reading was told of."""


def pictures(project: Project) -> Dataset:
    """The data of ``project``. Standard error gets a line before where reading may take a minute, and what a person should know
    of a folder of their own pictures after, once in a process. Raises ``DataError``."""
    data, source = project.data, SOURCES[project.data.source]
    folder = Path(data.folder).expanduser() if data.folder else set_folders.home(data.source)
    is_new = source.has_pictures and not source.bundled and folder.is_dir() and folder not in _reported
    if is_new:
        print(_("Reading the pictures in “{folder}” …", folder=folder), file=sys.stderr, flush=True)
    found = datasets.of(project)
    if is_new and source.any_size:
        for text in folder_notes.notes(folder, found.classes, project.picture_shape[0]):
            print(text, file=sys.stderr, flush=True)
    _reported.add(folder)
    return found
