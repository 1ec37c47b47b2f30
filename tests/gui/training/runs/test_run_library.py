"""Whose runs are whose, when projects are saved for the first time, left unsaved and opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from cnnlab.core.messages import Refusal, message
from cnnlab.core.project.project import Project
from cnnlab.core.runs.summary import RunSummary
from cnnlab.engine.archive import open_project, save
from cnnlab.engine.runs import folder
from cnnlab.gui.files.project_files import ProjectFiles
from cnnlab.gui.preferences import Preferences
from cnnlab.gui.training.run.controller import TrainingController, TrainingState
from cnnlab.gui.training.runs.run_library import RunLibrary

Make = Callable[..., TrainingController]
SmallProject = Callable[..., Project]


class Bench:
    """Files, a controller and the library of its runs, together as in the window."""

    def __init__(self, qtbot: QtBot, controller: TrainingController) -> None:
        window = QWidget()
        qtbot.addWidget(window)
        window.show()
        self.qtbot = qtbot
        self.controller = controller
        self.document = controller.document
        self.library = RunLibrary(controller)
        self.files = ProjectFiles(
            self.document, Preferences(), window, lambda then: then(), lambda: self.library.without_file
        )
        self.files.opened.connect(controller.forget)
        self.library.start()

    def train(self) -> str:
        """Train two batches and stop; the run's id."""
        for _ in range(2):
            self.controller.one_batch()
        self.until(lambda: self.controller.state is TrainingState.PAUSED)
        with self.qtbot.waitSignal(self.controller.ended, timeout=20_000):
            self.controller.stop()
        return self.controller.run_id

    def open(self, path: Path) -> None:
        """Open a project and drop what was changed in the one before."""
        with self.qtbot.waitSignal(self.files.opened, timeout=20_000):
            self.files.open(path)
            box = QApplication.activeModalWidget()
            assert isinstance(box, QMessageBox)
            box.button(QMessageBox.StandardButton.Discard).click()

    def save(self, path: Path) -> None:
        """Save the project in a place of its own, as if it had been chosen in the dialog."""
        self.files._on_save_chosen(None, str(path))
        self.until(lambda: not self.files.is_busy)

    def shows(self, *runs: str) -> None:
        """Wait until the library has these runs, the newest first, and no others."""
        self.until(lambda: self.library.is_read and tuple(run.id for run in self.library.runs) == runs)

    def until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=20_000)


@pytest.fixture
def bench(qtbot: QtBot, make: Make, small_project: SmallProject) -> Iterator[Bench]:
    made = Bench(qtbot, make(small_project(epochs=50, threads=1)))
    yield made
    made.library.close()
    made.files.close()


def names_in(place: Path) -> set[str]:
    return {each.name for each in place.iterdir()} if place.is_dir() else set()


def test_the_run_of_a_discarded_project_is_not_taken_into_the_next_one(
    bench: Bench, small_project: SmallProject, tmp_path: Path
) -> None:
    path = tmp_path / "next.cnnlab"
    save(small_project(epochs=50, threads=1, seed=7), path)
    discarded = bench.train()
    bench.open(path)
    own = bench.train()
    bench.save(path)
    bench.shows(own)
    assert names_in(folder.root(path)) == {own}
    assert set(open_project(path).runs) == {own}
    assert discarded in names_in(folder.root(None))


def test_an_unsaved_project_takes_its_runs_along_and_leaves_those_of_others(
    bench: Bench, small_project: SmallProject, tmp_path: Path
) -> None:
    discarded = bench.train()
    bench.document.open(small_project(epochs=50, threads=1, seed=7), None)
    bench.controller.forget()
    own = bench.train()
    path = tmp_path / "mine.cnnlab"
    bench.save(path)
    bench.shows(own)
    assert names_in(folder.root(path)) == {own}
    assert set(open_project(path).runs) == {own}
    assert names_in(folder.root(None)) == {discarded}


def test_what_was_saved_takes_its_runs_along_though_another_project_is_opened_at_once(
    bench: Bench, small_project: SmallProject, tmp_path: Path
) -> None:
    own = bench.train()
    path = tmp_path / "mine.cnnlab"
    bench.files._on_save_chosen(lambda: bench.files.begin(small_project(seed=7)), str(path))
    bench.until(lambda: bench.document.project.training.seed == 7)
    bench.until(lambda: names_in(folder.root(path)) == {own})
    assert own not in names_in(folder.root(None))


def test_a_file_without_a_place_for_runs_beside_it_keeps_none_of_other_projects(
    bench: Bench, small_project: SmallProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, common = tmp_path / "read-only.cnnlab", folder.root(None)
    save(small_project(epochs=50, threads=1, seed=7), path)
    other = bench.train()
    bench.open(path)
    monkeypatch.setattr(folder, "root", lambda path: common)
    bench.save(path)
    assert other in names_in(common)
    assert not open_project(path).runs


def test_a_run_that_cannot_be_deleted_does_not_keep_the_others(
    qtbot: QtBot, make: Make, summaries: Callable[[int], list[RunSummary]]
) -> None:
    library = RunLibrary(make())
    told, deleted = list[str](), list[str]()
    library.notice.connect(told.append)

    def delete(place: Path) -> bool:
        if place.name == "r0":
            raise Refusal(message("In use."))
        deleted.append(place.name)
        return True

    library.remove(summaries(3), delete, lambda left: None)
    qtbot.waitUntil(lambda: told == ["In use."])
    assert deleted == ["r1", "r2"]
    library.close()
