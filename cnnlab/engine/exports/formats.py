"""The kinds of file that a network can be exported as, by the ending of the file's name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.project.project import Project
from cnnlab.engine import codegen
from cnnlab.engine.archive import write_atomically
from cnnlab.engine.exports.errors import ExportError
from cnnlab.engine.exports.layer_table import summary
from cnnlab.engine.exports.onnx_export import onnx_content, require_packages
from cnnlab.engine.exports.torch_files import program_content, weights_content


@dataclass(frozen=True)
class Format:
    """One kind of file."""

    suffix: str
    """The ending of the file's name, with the dot."""
    title: Message
    content: Callable[[Project], bytes | memoryview]
    """Makes the content of the file. Raises ``ExportError`` or ``BuildError``."""
    is_heavy: bool = False
    """Whether it contains the weights: making it takes seconds, in which PyTorch lets no other thread of Python run."""
    check: Callable[[], None] = lambda: None
    """Raises ``ExportError`` where this Python lacks what it needs."""


FORMATS = (
    Format(".py", _("PyTorch source"), lambda project: codegen.export_code(project).text.encode()),
    Format(".onnx", _("ONNX"), onnx_content, is_heavy=True, check=require_packages),
    Format(".pt2", _("torch.export program"), program_content, is_heavy=True),
    Format(".safetensors", _("Weights"), weights_content, is_heavy=True),
    Format(".md", _("Layer table, Markdown"), lambda project: summary(project).markdown().encode()),
    # Without the mark at its start, Excel takes the file for one in the system's old encoding, and shows × as Ã—.
    Format(".csv", _("Layer table, CSV"), lambda project: summary(project).csv().encode("utf-8-sig")),
)
BY_SUFFIX = {kind.suffix: kind for kind in FORMATS}


def of(path: Path) -> Format:
    """The kind of file that the name of ``path`` asks for. Raises ``ExportError`` ("format")."""
    try:
        return BY_SUFFIX[path.suffix.lower()]
    except KeyError:
        known = ", ".join(BY_SUFFIX)
        text = _("“{name}” should end in one of: {known}. Nothing was written.", name=path.name, known=known)
        raise ExportError("format", text) from None


def write(project: Project, path: Path, form: Format | None = None) -> None:
    """Write ``project`` as a file of that form, or of the kind that the name of ``path`` asks for; whole or not at all.
    Raises ``ExportError``, ``BuildError`` or ``archive.ProjectError``."""
    write_atomically(path, (form or of(path)).content(project))
