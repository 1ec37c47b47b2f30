"""Makes files for other programs in a process that can be stopped, where PyTorch takes seconds for them."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

from cnnlab.core.messages import message as _
from cnnlab.core.project.project import Project
from cnnlab.engine.archive import write_atomically
from cnnlab.engine.exports import formats, handover
from cnnlab.engine.exports.errors import ExportError
from cnnlab.engine.exports.writer import REFUSED
from cnnlab.engine.system import subprocesses

log = logging.getLogger(__name__)

_SCRIPT = Path(__file__).with_name("writer.py")
_PACKAGES = Path(__file__).parents[3]
"""The folder that cnnlab lies in."""


def write(project: Project, path: Path, cancelled: Callable[[], bool] = lambda: False) -> None:
    """Write ``project`` as the kind of file that the name of ``path`` asks for, whole or not at all. Heavy formats are made by
    another process, so that no thread of this one waits for PyTorch.

    ``cancelled`` is asked about every 50 ms, and once more before the file takes its place. Then, and after any error,
    nothing is left of the process and nothing on the disk: raises ``ExportError`` ("cancelled"), and what ``formats.write``
    raises."""
    form = formats.of(path)
    if not form.is_heavy:
        formats.write(project, path)
        return
    form.check()

    def refuse_if_cancelled(_file: Path) -> None:
        if cancelled():
            raise _cancelled(path)

    write_atomically(path, _content(project, form.suffix, path, cancelled), verify=refuse_if_cancelled)


def _content(project: Project, suffix: str, path: Path, cancelled: Callable[[], bool]) -> memoryview:
    try:
        ended = subprocesses.run(
            [str(_SCRIPT), suffix, path.name],
            given=handover.parts(project),
            cancelled=cancelled,
            environment={"PYTHONPATH": _search_path()},
        )
    except subprocesses.Stopped as stopped:
        raise _cancelled(path) from stopped
    if ended.status == REFUSED:
        error = handover.error(ended.answer)
        log.info("not exported: %s", "\n".join(error.details) or error)
        raise error
    if ended.status:
        text = _(
            "Not exported: the process that made “{name}” ended unexpectedly ({what}). Nothing was written, and the network "
            "is unchanged. Close other programs, in case memory ran out, then export again.",
            name=path.name, what=ended.status,
        )  # fmt: skip
        raise ExportError("crashed", text)
    return memoryview(ended.answer)


def _search_path() -> str:
    """The process's search path for modules: that of this process, in the same order."""
    return os.pathsep.join(dict.fromkeys([*filter(None, sys.path), str(_PACKAGES)]))


def _cancelled(path: Path) -> ExportError:
    return ExportError("cancelled", _("You stopped the export. “{name}” was not written.", name=path.name))
