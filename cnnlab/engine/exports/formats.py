"""The kinds of file that a network can leave as, by the ending of the file's name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.project import Project
from cnnlab.engine import codegen
from cnnlab.engine.archive import write_atomically
from cnnlab.engine.exports.errors import ExportError
from cnnlab.engine.exports.layer_table import summary
from cnnlab.engine.exports.onnx_export import onnx_file
from cnnlab.engine.exports.torch_files import exported_program, safetensors_file


@dataclass(frozen=True)
class Format:
    """One kind of file."""

    suffix: str
    """The ending of the file's name, with the dot."""
    title: Message
    write: Callable[[Project, Path], None]
    """Whole or not at all. Raises ``ExportError``, ``BuildError`` or ``archive.ProjectError``."""


def _text(make: Callable[[Project], str]) -> Callable[[Project, Path], None]:
    def write(project: Project, path: Path) -> None:
        write_atomically(path, make(project).encode())

    return write


FORMATS = (
    Format(".py", _("PyTorch source"), _text(lambda project: codegen.export_code(project).text)),
    Format(".onnx", _("ONNX"), onnx_file),
    Format(".pt2", _("torch.export program"), exported_program),
    Format(".safetensors", _("Weights"), safetensors_file),
    Format(".md", _("Layer table, Markdown"), _text(lambda project: summary(project).markdown())),
    Format(".csv", _("Layer table, CSV"), _text(lambda project: summary(project).csv())),
)


def write(project: Project, path: Path) -> None:
    """Write ``project`` as the kind of file that the name of ``path`` asks for."""
    for kind in FORMATS:
        if kind.suffix == path.suffix.lower():
            kind.write(project, path)
            return
    known = ", ".join(kind.suffix for kind in FORMATS)
    raise ExportError(
        "format", _("“{name}” should end in one of: {known}. Nothing was written.", name=path.name, known=known)
    )
