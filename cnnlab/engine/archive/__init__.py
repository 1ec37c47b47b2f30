"""``.cnnlab`` project files: written so that nothing is lost, read so that nothing is believed.

::

    opened = open_project(path)
    stamp = save(project, path, expected=opened.stamp, runs=opened.runs)
"""

from __future__ import annotations

from cnnlab.engine.archive.errors import Code, ProjectError
from cnnlab.engine.archive.project_file import Opened, open_project, save
from cnnlab.engine.archive.writing import Stamp, backup_of, may_write, write_atomically

__all__ = [
    "Code",
    "Opened",
    "ProjectError",
    "Stamp",
    "backup_of",
    "may_write",
    "open_project",
    "save",
    "write_atomically",
]
