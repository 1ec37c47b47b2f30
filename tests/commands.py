"""The command line in tests: as a process of its own with no way to Qt, or in this process, which has torch already."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

import cnnlab
from cnnlab.core import templates
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.engine.data.datasets import mnist

PACKAGES = str(Path(cnnlab.__file__).parents[1])

NO_WINDOW = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"PySide6", "shiboken6", "pyqtgraph"}:
            raise ImportError(f"{name} is blocked", name=name)

sys.meta_path.insert(0, Blocked())
"""

DISPLAYS = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}


def environment(folder: Path) -> dict[str, str]:
    """Without Qt and without a display; one thread, so that other work on the machine does not stall the training."""
    kept = {name: value for name, value in os.environ.items() if name not in DISPLAYS}
    paths = os.pathsep.join([str(folder / "blocked"), PACKAGES])
    return kept | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1", "XDG_STATE_HOME": str(folder)}


def process(folder: Path, *arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own, with no way to Qt and no display."""
    return subprocess.run(
        [sys.executable, "-m", "cnnlab", *map(str, arguments)],
        cwd=folder, env=environment(folder) | more, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Done]


def refusal(command: Command, *arguments: object) -> str:
    """What a failing command says; checked to be one line, and nothing on standard output."""
    done = command(*arguments)
    assert (done.code, done.out) == (1, ""), done
    assert done.err.count("\n") == 1, done.err
    return done.err.strip()


def tiny(**training: Any) -> Project:
    """A single linear layer, whose epoch over all of MNIST takes a second or two."""
    rows: list[templates.Layer] = [
        ("input", "input", {}),
        ("flatten", "flatten", {}),
        ("linear", "fc", {"out_features": 10}),
        ("output", "output", {}),
    ]
    return changes.set_training(templates.chain([rows]), **({"batch_size": 512, "epochs": 1} | training))


def digits(folder: Path, count: int) -> list[Path]:
    """The first test pictures as files."""
    paths = [folder / f"digit {index}.png" for index in range(count)]
    for path, image in zip(paths, mnist().test.images, strict=False):
        Image.fromarray(image[0].numpy()).save(path)
    return paths
