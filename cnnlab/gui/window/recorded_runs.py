"""Recorded runs in the window: their table, their curves beside the present one's, following one that another process trains,
and resuming one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from cnnlab.core.messages import text as _
from cnnlab.core.runs.summary import GOING, RunState
from cnnlab.gui.files.project_files import ProjectFiles
from cnnlab.gui.notify import Banner
from cnnlab.gui.preferences import Preferences
from cnnlab.gui.training.evaluation.evaluation_panel import EvaluationPanel
from cnnlab.gui.training.run.controller import TrainingController, TrainingState
from cnnlab.gui.training.run_bar.run_bar import RunBar
from cnnlab.gui.training.runs.resume_offer import ResumeOffer
from cnnlab.gui.training.runs.run_following import RunFollowing, RunSoFar
from cnnlab.gui.training.runs.run_library import RunLibrary
from cnnlab.gui.training.runs.runs_table import RunsTable

if TYPE_CHECKING:
    from cnnlab.gui.training.curves.curves_panel import CurvesPanel
from collections.abc import Sequence

from cnnlab.core.runs.differences import differences
from cnnlab.core.runs.summary import RunSummary
from cnnlab.gui.training.runs.runs_model import name_of

_MAX_LENGTH = 32
"""The most characters of what differs; more is not read in a legend."""


class RecordedRuns(QObject):
    """Connects what the training feature has for recorded runs with files, banner, run bar and curves."""

    def __init__(
        self,
        training: TrainingController,
        library: RunLibrary,
        run_bar: RunBar,
        files: ProjectFiles,
        banner: Banner,
        preferences: Preferences,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._training = training
        self._run_bar = run_bar
        self._banner = banner
        self._window = window
        self.library = library
        self.following = RunFollowing(self)
        self.table = RunsTable(training, self.library, self.following)
        self.evaluation = EvaluationPanel(training)
        self.offer = ResumeOffer(training, banner, preferences, self)
        self.curves: CurvesPanel | None = None
        self.table.open_wanted.connect(self.offer.open)
        self.table.resume_wanted.connect(self.offer.resume)
        self.offer.open_wanted.connect(files.begin)
        self.library.notice.connect(banner.tell)
        self.library.changed.connect(self._on_library_changed)
        self.following.notice.connect(banner.tell)
        self.following.overlays_changed.connect(self._show_overlays)
        self.following.followed.connect(self._on_followed)
        training.state_changed.connect(self._on_state_changed)

    def add_curves(self, curves: CurvesPanel) -> None:
        """Show runs in these curves too; they are made when pyqtgraph is loaded."""
        self.curves = curves
        self._show_overlays()

    def start(self) -> None:
        """Look for runs: the engine is loaded by now."""
        self.library.start()
        self.offer.start()

    def ask_folder(self) -> None:
        """Let the person choose the folder of a run, to follow it."""
        dialog = QFileDialog(self._window, _("Follow a run"), str(self._place()))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self._on_folder_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def unfollow(self) -> None:
        """Show this window's own run again."""
        self.following.follow(None)

    def close(self) -> None:
        """Wait for every thread in hand and begin none any more."""
        self.library.close()
        self.following.close()
        self.offer.close()

    def _place(self) -> Path:
        path = self._training.document.path
        return path.parent if path is not None else Path.home()

    def _on_folder_chosen(self, name: str) -> None:
        if self._training.state is not TrainingState.IDLE:
            self._banner.tell(_("A run is in progress in this window. Stop it first, then follow another one."))
        else:
            self.following.follow(Path(name))

    def _on_library_changed(self) -> None:
        self.following.wake(run.folder for run in self.library.runs if run.state in GOING)
        if self.following.overlays:  # what a run is called depends on the one beside it
            self._show_overlays()

    def _show_overlays(self) -> None:
        if self.curves is None:
            return
        from cnnlab.gui.training.curves.plot import Overlay

        colours = self.table.colours
        shown = [(folder, run) for folder, run in self.following.overlays.items() if folder in colours]
        own = [run for run in self.library.runs if run.id == self._training.run_id]
        names = names_beside([run.summary for _folder, run in shown], own)
        self.curves.show_overlays(
            [Overlay(name, colours[folder], run.curves) for name, (folder, run) in zip(names, shown, strict=True)]
        )

    def _on_followed(self, run: RunSoFar | None) -> None:
        if run is not None and run.summary.state is RunState.DAMAGED:
            # Held: who follows a run looks at the window now and then.
            self._banner.hold(_gone(run.folder) if run.is_gone else run.summary.message)
            self.following.follow(None)
            return
        self._run_bar.show_followed(run)
        if self.curves is not None:
            self.curves.show_followed(None if run is None else run.curves)
        if run is not None and run.epoch is not None:
            self.evaluation.show_epoch(run.epoch, run.summary.data.source)
        if run is not None and run.ended is not None:
            self.evaluation.show_end(run.ended, run.summary.data.source)

    def _on_state_changed(self) -> None:
        if self._training.state is TrainingState.PREPARING:
            self.following.follow(None)


def names_beside(runs: Sequence[RunSummary], others: Sequence[RunSummary] = ()) -> list[str]:
    """A name for each of ``runs``: when it began, and in which settings it differs from the rest and from ``others``, as far as
    that is short."""
    differing = differences([*runs, *others])
    names = []
    for run in runs:
        parts: list[str] = []
        for each in differing:
            text = each.text(run)
            if text:
                parts.append(_("{setting} {value}", setting=each.title, value=text) if each.numeric else text)
        while len(", ".join(parts)) > _MAX_LENGTH:
            parts.pop()
        name = name_of(run)
        names.append(_("{name} ({differences})", name=name, differences=", ".join(parts)) if parts else name)
    return names


def _gone(folder: Path) -> str:
    return _(
        "The run that was followed is gone: its folder “{folder}” was moved or deleted. The open project and its weights are "
        "unchanged. If it was moved, choose “Follow a run folder…” and its new location.",
        folder=folder,
    )
