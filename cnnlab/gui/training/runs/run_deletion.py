"""Deleting recorded runs: into the trash, or permanently where there is none, and never without a question."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QFile
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from cnnlab.core.messages import Refusal, message
from cnnlab.core.messages import text as _
from cnnlab.core.runs.summary import RunSummary
from cnnlab.gui.training.runs.run_library import RunLibrary
from cnnlab.gui.training.runs.runs_model import name_of


def ask(library: RunLibrary, runs: Sequence[RunSummary], window: QWidget) -> None:
    """Ask one question about all of ``runs``, which have ended; if the answer is yes, move them to the trash."""
    if len(runs) == 1:
        text = _("Move the run of {name} to the trash?", name=name_of(runs[0]))
        more = _("Its curves, checkpoints and weights go with it. The project and its weights stay unchanged.")
    else:
        text = _("Move {count} runs to the trash?", count=len(runs))
        more = _("Their curves, checkpoints and weights go with them. The project and its weights stay unchanged.")

    def act() -> None:
        library.remove(runs, _to_trash, lambda left: _ask_again(library, left, window))

    _question(text, more, _("Move to trash"), act, window)


def _ask_again(library: RunLibrary, runs: Sequence[RunSummary], window: QWidget) -> None:
    """Ask about the runs that the trash has not taken: whether to delete them permanently."""
    if len(runs) == 1:
        text = _("The run of {name} cannot be moved to the trash. Delete it permanently?", name=name_of(runs[0]))
        more = _("It cannot be restored afterwards. The project and its weights stay unchanged.")
    else:
        text = _("{count} runs cannot be moved to the trash. Delete them permanently?", count=len(runs))
        more = _("They cannot be restored afterwards. The project and its weights stay unchanged.")
    _question(text, more, _("Delete permanently"), lambda: library.remove(runs, delete, lambda left: None), window)


def _question(text: str, more: str, label: str, act: Callable[[], None], window: QWidget) -> None:
    box = QMessageBox(QMessageBox.Icon.Question, _("Delete runs"), text, QMessageBox.StandardButton.NoButton, window)
    box.setInformativeText(more)
    yes: QPushButton = box.addButton(label, QMessageBox.ButtonRole.DestructiveRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    yes.clicked.connect(lambda: act())
    box.finished.connect(box.deleteLater)
    box.open()


def _to_trash(folder: Path) -> bool:
    return QFile(os.fspath(folder)).moveToTrash()


def delete(folder: Path) -> bool:
    """Delete the folder of a run permanently. Raises ``Refusal`` where that cannot be done."""
    import shutil

    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise Refusal(
            message(
                "The run in “{folder}” was not deleted, or not completely: {reason}. The project and its weights are "
                "unchanged. Close programs that use the folder, check that you may write into it, and try again.",
                folder=str(folder),
                reason=error.strerror or str(error),
            )
        ) from error
    return True
