"""Resuming a run that ended before its last epoch: offered after a crash, asked for in the table of runs, or found when its
project is opened again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from cnnlab.core.messages import text as _
from cnnlab.core.numerals import whole
from cnnlab.core.project.project import Project, trains_alike
from cnnlab.core.runs.summary import RunState, RunSummary
from cnnlab.gui.document import Document
from cnnlab.gui.notify import Banner
from cnnlab.gui.preferences import Preferences
from cnnlab.gui.training.run.controller import TrainingController, TrainingState
from cnnlab.gui.training.runs.runs_model import when
from cnnlab.gui.workers.qt_threads import OneAtATime, message_of


class ResumeOffer(QObject):
    """Looks for runs whenever a project was opened: asks at most once about one that was interrupted, and lets training go on
    with one that was stopped there."""

    open_wanted = Signal(object)
    """A ``Project`` that is to be opened: the run's own."""

    def __init__(
        self, controller: TrainingController, banner: Banner, preferences: Preferences, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._controller = controller
        self._document: Document = controller.document
        self._banner = banner
        self._preferences = preferences
        self._worker = OneAtATime(self)
        self._opening: tuple[RunSummary, Project] | None = None
        """The run whose project is being opened, and that project. It may not come to it: changes are asked about first."""
        self._asked = ""
        """What the banner was given to ask last."""
        self._started = False
        controller.state_changed.connect(self._on_training_state)
        self._document.opened.connect(self._on_opened)

    @property
    def is_busy(self) -> bool:
        """Whether records are being looked at."""
        return self._worker.is_busy

    def start(self) -> None:
        """Look for the first time: the engine is loaded by now."""
        self._started = True
        self._look()

    def close(self) -> None:
        """Let the look in hand come to its end, and ask nothing any more."""
        self._worker.close()

    def resume(self, run: RunSummary) -> None:
        """Go on with ``run`` if the open project is what it trains; if not, say so and offer to open that."""
        if self._controller.state is not TrainingState.IDLE:
            return
        self._opening = None
        self._compare(run, lambda recorded: self._controller.resume(run.folder))

    def open(self, run: RunSummary) -> None:
        """Open what ``run`` trained, with its weights, as a new project."""
        self._work(lambda: _recorded(run.folder), self.open_wanted.emit)

    def _on_opened(self) -> None:
        if not self._started:
            return
        opening, self._opening = self._opening, None
        if opening is not None and self._document.project is opening[1]:
            self._offer(opening[0])
        else:
            self._look()

    def _look(self) -> None:
        path, project = self._document.path, self._document.project
        self._work(lambda: _looked(path, project), partial(self._on_looked, path, project))

    def _work(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        self._worker.run(work, done, self._on_failed)

    def _on_looked(self, path: Path | None, project: Project, found: tuple[RunSummary | None, Path | None]) -> None:
        run, stopped = found
        idle = self._controller.state is TrainingState.IDLE and path == self._document.path
        if stopped is not None and idle:
            self._controller.stopped.remember(stopped, project)
        if run is not None and idle and run.id not in self._preferences.declined_runs:
            self._compare(run, lambda recorded: self._offer(run))

    def _compare(self, run: RunSummary, alike: Callable[[Project], None]) -> None:
        path = self._document.path

        def compare(recorded: Project) -> None:
            # Another project was opened, or a run was begun meanwhile.
            if path != self._document.path or self._controller.state is not TrainingState.IDLE:
                return
            if trains_alike(recorded, self._document.project):
                alike(recorded)
            else:
                self._offer_to_open(run, recorded)

        self._work(lambda: _recorded(run.folder), compare)

    def _offer(self, run: RunSummary) -> None:
        path = self._document.path

        def offer(step: int | None) -> None:
            if step is not None and path == self._document.path and self._controller.state is TrainingState.IDLE:
                self._ask_to_resume(run, step)

        self._work(lambda: _last_kept(run.folder), offer)

    def _ask_to_resume(self, run: RunSummary, step: int) -> None:
        self._ask(
            _("{what} Its last checkpoint, of step {step}, is safe.", what=_what(run), step=whole(step)),
            run,
            (_("Resume"), lambda: self.resume(run)),  # the project may have been changed since
        )

    def _offer_to_open(self, run: RunSummary, recorded: Project) -> None:
        self._ask(
            _(
                "{what} Its weights are safe. The open project has a different network or different settings.",
                what=_what(run),
            ),
            run,
            (_("Open that run as a project"), partial(self._open_to_resume, run, recorded)),
        )

    def _ask(self, text: str, run: RunSummary, answer: tuple[str, Callable[[], object]]) -> None:
        self._asked = text
        self._banner.ask(text, answer, (_("Not now"), lambda: self._preferences.decline_run(run.id)))

    def _on_training_state(self) -> None:
        if self._controller.state is TrainingState.IDLE:
            return
        # Another run has begun, so this one cannot go on. It is asked about again when its project is opened.
        if self._asked and self._banner.text == self._asked:
            self._banner.hide()
        self._asked = ""

    def _open_to_resume(self, run: RunSummary, recorded: Project) -> None:
        self._opening = run, recorded
        self.open_wanted.emit(recorded)

    def _on_failed(self, error: BaseException) -> None:
        self._banner.tell(str(message_of(error)))


def _what(run: RunSummary) -> str:
    step, time = whole(run.step), when(run.started) if run.started is not None else run.id
    if run.state is RunState.INTERRUPTED:
        return _("Training was interrupted at step {step} (started {time}).", step=step, time=time)
    return _("The run of {time} ended at step {step}.", step=step, time=time)


def _looked(path: Path | None, project: Project) -> tuple[RunSummary | None, Path | None]:
    """The run that was interrupted, and the folder of the one that was stopped just where ``project`` is."""
    from cnnlab.engine.runs import folder, resume, table

    root = folder.root(path)
    return table.interrupted(root), resume.stopped_at(project, root)


def _last_kept(folder: Path) -> int | None:
    from cnnlab.engine.runs import checkpoints

    kept = checkpoints.latest(folder)
    return kept.step if kept is not None else None


def _recorded(folder: Path) -> Project:
    from cnnlab.engine.runs import reopen

    return reopen.project(folder)
