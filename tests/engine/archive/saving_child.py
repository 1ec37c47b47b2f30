"""Saves one version after another to the path it is given, and says each number once that version is safe."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import count
from pathlib import Path

from cnnlab.core.project.project import Project
from cnnlab.engine.archive import open_project, save


def numbered(project: Project, number: int) -> Project:
    """A project whose every part says which version it is."""
    arrays = {
        uid: {name: array * 0 + number for name, array in held.items()} for uid, held in project.weights.nodes.items()
    }
    return replace(
        project,
        title=str(number),
        note=str(number) * 100,
        weights=replace(project.weights, step=number, nodes=type(project.weights.nodes)(arrays)),
    )


def main(path: Path) -> None:
    opened = open_project(path)
    for number in count(opened.project.weights.step + 1):
        save(numbered(opened.project, number), path)
        print(number, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
