"""A run as a project again."""

from __future__ import annotations

from pathlib import Path

from cnnlab.core.project import Project


def project(folder: Path, *, best: bool = False) -> Project:
    """Graph, layout, settings and the last weights of the run in ``folder`` (``best``: those that were best on validation),
    read as strictly as a project file. Raises ``ProjectError``."""
    raise NotImplementedError
