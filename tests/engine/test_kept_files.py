"""What an older version wrote opens, goes on and is evaluated, and says what it said then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import kept_files
import pytest
import torch
from kept_files import ANGLES, DIGITS, is_missing
from small_runs import driven

from cnnlab.core.project.project import Project
from cnnlab.core.runs.events import BatchDone, End, EpochDone, Event, RunEnded, RunStarted
from cnnlab.core.runs.summary import RunState
from cnnlab.engine.archive import open_project, save
from cnnlab.engine.data import datasets
from cnnlab.engine.network import shapes, state
from cnnlab.engine.runs import reopen, resume, run_archive, run_weights, table
from cnnlab.engine.runs.follower import Follower
from cnnlab.engine.training import evaluation
from cnnlab.engine.training.run import Run

CLOSE: dict[str, Any] = {"rtol": 1e-3, "atol": 2e-3}
"""Far more than processors differ in, far less than any change of what is computed."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The project file, its runs beside it."""
    return kept_files.copied(tmp_path)


def says(project: Project) -> torch.Tensor:
    """The network's outputs for the first 12 test pictures."""
    network = state.network(project).eval()
    return evaluation.outputs_of(network, datasets.of(project).test.read(list(range(12))), project.preprocessing)


def test_the_project_opens_with_its_settings_its_runs_and_its_weights(path: Path) -> None:
    opened = open_project(path)
    project = opened.project
    assert not opened.read_only
    assert [node.path for node in project.graph.nodes] == [
        "input", "block.0.conv", "block.0.norm", "block.0.relu", "pool", "drop", "flatten", "fc", "output",
    ]  # fmt: skip
    assert shapes.infer(project.graph).trainable
    assert (project.title, project.note) == ("Kept digits", "Written once, opened for ever.")
    assert (project.data.source, project.data.validation, project.data.seed) == ("mnist", 167, 2)
    training = project.training
    assert (training.optimiser, training.learning_rate, training.schedule) == ("adamw", 0.01, "cosine")
    assert (training.batch_size, training.epochs) == (1024, 3)
    assert project.augmentation.translation == 0.02
    assert project.weights.step == 140
    assert opened.runs.keys() == {DIGITS, ANGLES}
    assert all(run_archive.read(document) is not None for document in opened.runs.values())


def test_the_project_says_to_pictures_what_it_said(path: Path) -> None:
    told = torch.tensor(kept_files.answers("digits")["first 12 test pictures"])
    torch.testing.assert_close(says(open_project(path).project), told, **CLOSE)


@pytest.mark.slow
@pytest.mark.parametrize(("run", "name"), [(DIGITS, "digits"), (ANGLES, "angles")])
def test_a_run_opens_as_a_project_and_is_evaluated(run: str, name: str, path: Path) -> None:
    project = reopen.project(path.with_suffix(".runs") / run)
    answers = kept_files.answers(name)
    torch.testing.assert_close(says(project), torch.tensor(answers["first 12 test pictures"]), **CLOSE)
    data = datasets.of(project)
    found = evaluation.evaluate(state.network(project), data.test, project.preprocessing, target=data.target)
    for figure, value in answers["test"].items():
        measured = getattr(found, figure)
        assert is_missing(measured) if value is None else measured == pytest.approx(value, abs=2e-3)
    save(project, path.with_name("again.cnnlab"))
    torch.testing.assert_close(says(open_project(path.with_name("again.cnnlab")).project), says(project))
    best = reopen.project(path.with_suffix(".runs") / run, best=True).weights
    assert best.step == {DIGITS: 118, ANGLES: 15}[run]


def test_the_runs_are_listed_with_their_figures(path: Path) -> None:
    runs = {run.id: run for run in table.runs(path.with_suffix(".runs"))}
    assert runs.keys() == {DIGITS, ANGLES}
    digits, angles = runs[DIGITS], runs[ANGLES]
    assert (digits.state, angles.state) == (RunState.STOPPED, RunState.COMPLETED)
    assert (digits.step, digits.steps, angles.step, angles.steps) == (140, 177, 15, 15)
    ends = kept_files.lines(DIGITS, "epoch")
    assert digits.best.accuracy == min(ends, key=lambda line: line["validation_loss"])["validation_accuracy"]
    assert is_missing(digits.best.error)
    assert is_missing(digits.test.accuracy)
    (ended,) = kept_files.lines(ANGLES, "ended")
    assert angles.test.error == ended["test"]["error"]
    assert is_missing(angles.test.accuracy)
    assert is_missing(angles.validation.error)
    for run in (DIGITS, ANGLES):
        assert run_weights.steps(path.with_suffix(".runs") / run)[0] == 0


@pytest.mark.parametrize("run", [DIGITS, ANGLES])
def test_the_curve_is_what_the_record_tells(run: str, path: Path) -> None:
    told = run_archive.read_curve(path.with_suffix(".runs") / run)
    batches = kept_files.lines(run, "batches")
    assert told.step.tolist() == [step for line in batches for step in line["steps"]]
    for name in ("loss", "accuracy", "error", "learning_rate"):
        values = getattr(told, name).tolist()
        wanted = [value for line in batches for value in line.get(name, [None] * len(line["steps"]))]
        assert all(
            is_missing(value) if want is None else value == want for value, want in zip(values, wanted, strict=True)
        )
    ends = kept_files.lines(run, "epoch")
    assert [epoch.epoch for epoch in told.epochs] == [line["epoch"] for line in ends]
    for epoch, line in zip(told.epochs, ends, strict=True):
        for name in ("loss", "accuracy", "error", "validation_loss", "validation_accuracy", "validation_error"):
            value = getattr(epoch, name)
            assert is_missing(value) if line[name] is None else value == line[name]
    changed = [(line["name"], line["before"], line["after"]) for line in kept_files.lines(run, "changed")]
    assert [(change.name, change.before, change.after) for change in told.changes] == changed
    assert len(changed) == {DIGITS: 2, ANGLES: 0}[run]


def test_an_area_that_was_written_above_one_is_not_lost(path: Path) -> None:
    follower = Follower(path.with_suffix(".runs") / DIGITS)
    events: list[Event] = []
    while told := follower.poll():
        events += told
    epochs = [event for event in events if isinstance(event, EpochDone)]
    written = [line["validation"]["classes"] for line in kept_files.lines(DIGITS, "epoch")]
    assert max(figures["auc"] for classes in written for figures in classes) > 1
    assert len(epochs) == len(written)
    for epoch, classes in zip(epochs, written, strict=True):
        assert epoch.validation is not None
        for figures, line in zip(epoch.validation.classes, classes, strict=True):
            assert figures.auc == pytest.approx(line["auc"], abs=1e-6)
            assert figures.recall == line["recall"]


def test_the_stopped_run_goes_on_to_its_end(path: Path) -> None:
    root = path.with_suffix(".runs")
    assert resume.stopped_at(open_project(path).project, root) == root / DIGITS
    project, checkpoint = resume.prepare(root / DIGITS)
    data = datasets.of(project)
    resume.check_data(root / DIGITS, data)
    before = len(run_archive.read_curve(root / DIGITS).step)
    events = list(driven(Run(project, data, threads=(1,), resume=checkpoint), root))
    started, ended = events[0], events[-1]
    assert isinstance(started, RunStarted)
    assert isinstance(ended, RunEnded)
    assert started.resumed
    assert sum(isinstance(event, BatchDone) for event in events) == 177 - 140
    assert (ended.end, ended.step) == (End.COMPLETED, 177)
    (at_end,) = (event for event in events if isinstance(event, EpochDone))
    assert at_end.epoch == 3
    whole = run_archive.read_curve(root / DIGITS)
    assert whole.step.tolist() == list(range(1, 178))
    assert before == 140
    # It goes on from what it had learned: chance is 10 %, and it was stopped far above 80 %.
    assert ended.test_accuracy is not None
    assert ended.test_accuracy > 0.8
    (summary,) = (run for run in table.runs(root) if run.id == DIGITS)
    assert (summary.state, summary.test.accuracy) == (RunState.COMPLETED, ended.test_accuracy)
    assert reopen.project(root / DIGITS).weights.step == 177


def test_the_complete_run_is_not_gone_on_with(path: Path) -> None:
    with pytest.raises(resume.ResumeError, match="is complete"):
        resume.prepare(path.with_suffix(".runs") / ANGLES)
