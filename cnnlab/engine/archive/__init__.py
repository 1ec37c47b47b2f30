"""``.cnnlab`` project files: written so that nothing is lost, read so that nothing is trusted unchecked.

::

    opened = open_project(path)
    stamp = save(project, path, expected=opened.stamp, runs=opened.runs)

``project_file`` goes both ways. To save, ``schema`` turns a project into JSON, ``tensors`` its weights into safetensors, and
``writing`` puts the new file in the place of the old one, through the calls of ``disk``. To open, ``reading`` checks the zip
and hands out its members, ``strict_json`` reads their text, ``fields`` and ``graph_rules`` check what it says, and ``schema`` and
``tensors`` make a project of it. ``format`` lists the members and their limits; ``errors`` and ``messages`` say what went wrong.
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
