"""The pictures of a project, as a command reads them."""

from __future__ import annotations

import sys
from pathlib import Path

from cnnlab.core.messages import text as _
from cnnlab.core.project import Project
from cnnlab.core.sources import SOURCES
from cnnlab.engine.data import datasets, places
from cnnlab.engine.data.picture_sets import Dataset


def pictures(project: Project) -> Dataset:
    """The data of ``project``, after a line on standard error where reading it may take a minute. Raises ``DataError``."""
    data, source = project.data, SOURCES[project.data.source]
    folder = Path(data.folder).expanduser() if data.folder else places.home(data.source)
    if source.has_pictures and not source.bundled and folder.is_dir():
        print(_("Reading the pictures in “{folder}” …", folder=folder), file=sys.stderr, flush=True)
    return datasets.of(project)
