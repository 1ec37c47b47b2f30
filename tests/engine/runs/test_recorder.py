"""What keeps a run: its driver sees the run as if there were nothing, and what must be on the disk is there in time."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from small_runs import RHYTHM, RUN_ID, differences, driven, outcome, project, recorded, stop_at
from training_runs import DIVERGING

from cnnlab.core.messages import message as _
from cnnlab.core.project import changes
from cnnlab.core.runs.events import (
    BatchDone,
    Change,
    End,
    EpochDone,
    Event,
    RunEnded,
    RunStarted,
    SettingChanged,
    WeightsPublished,
)
from cnnlab.core.runs.summary import RunState
from cnnlab.engine.archive import tensors
from cnnlab.engine.data import fingerprint
from cnnlab.engine.data.errors import DataError
from cnnlab.engine.data.picture_sets import Dataset, PictureSet
from cnnlab.engine.runs import checkpoints, owners, probes, recorder, reopen, resume, run_files, table
from cnnlab.engine.runs import folder as layout
from cnnlab.engine.runs.follower import Follower
from cnnlab.engine.runs.owners import Lock
from cnnlab.engine.runs.recording import Recording, Rhythm
from cnnlab.engine.training.run import Run
from cnnlab.engine.training.run_setup import TrainingError


def followed(folder: Path) -> list[Event]:
    follower, found = Follower(folder), list[Event]()
    while events := follower.poll():
        found += events
    return found


def test_the_driver_sees_the_run_as_if_nobody_kept_it(patches: Dataset, tmp_path: Path) -> None:
    def then(run: Run, event: Event) -> None:
        if isinstance(event, BatchDone) and event.step == 9:
            run.change(Change(learning_rate=0.01, dropout=0.1))
        if isinstance(event, EpochDone) or event.step in (5, 20):
            run.weights()
            run.checkpoint()
        stop_at(40)(run, event)

    alone, plain = Run(project(), patches, threads=(1,), run_id=RUN_ID), list[Event]()
    for event in alone.events():
        plain.append(event)
        then(alone, event)
    kept = list(recorded(project(), patches, tmp_path, then))
    assert [type(event) for event in kept] == [type(event) for event in plain]
    assert [event.step for event in kept] == [event.step for event in plain]
    losses = [[event.loss for event in events if isinstance(event, BatchDone)] for events in (plain, kept)]
    assert losses[0] == losses[1]


def test_what_was_told_can_be_read_by_others(patches: Dataset, tmp_path: Path) -> None:
    def change(run: Run, event: Event) -> None:
        if isinstance(event, BatchDone) and event.step == 9:
            run.change(Change(learning_rate=0.01, weight_decay=0.1))

    told = list(recorded(project(epochs=2), patches, tmp_path, change))
    folder = tmp_path / RUN_ID
    kinds = (RunStarted, BatchDone, EpochDone, SettingChanged, RunEnded)
    read = followed(folder)
    assert [type(event) for event in read] == [type(event) for event in told if isinstance(event, kinds)]
    assert sum(isinstance(event, SettingChanged) for event in read) == 2
    curves = [
        [(e.step, e.loss, e.learning_rate) for e in events if isinstance(e, BatchDone)] for events in (told, read)
    ]
    assert curves[0] == curves[1]


def test_a_run_that_goes_through_leaves_all_of_it(completed: Path, patches: Dataset) -> None:
    summary = table.summary(completed)
    (ended,) = (event for event in followed(completed) if isinstance(event, RunEnded))
    assert (summary.state, summary.step, summary.steps, summary.epoch) == (RunState.COMPLETED, 48, 48, 3)
    assert ended.test is not None
    assert summary.test.accuracy == ended.test.accuracy
    assert summary.training == project(epochs=3).training
    assert summary.fingerprint == fingerprint.of(patches)
    assert summary.title == "Patches"
    assert summary.threads == 1
    epochs = [event for event in followed(completed) if isinstance(event, EpochDone)]
    assert summary.best_epoch == max(event.epoch for event in epochs if event.is_best)
    assert summary.best.loss == min(event.validation_loss for event in epochs)
    document = json.loads((completed / "run.json").read_text())
    assert document["owner"]["pid"] == owners.this_process().pid
    assert document["versions"].keys() == {"cnnlab", "torch", "python"}
    reopened = reopen.project(completed)
    assert reopened.graph == project().graph
    assert reopened.weights.step == 48
    assert reopen.project(completed, best=True).weights.step == 16 * summary.best_epoch
    with pytest.raises(resume.ResumeError, match="complete"):
        resume.prepare(completed)


def test_a_stopped_run_has_its_checkpoint_before_its_end_is_told(patches: Dataset, tmp_path: Path) -> None:
    folder = tmp_path / RUN_ID
    for event in recorded(project(), patches, tmp_path, stop_at(21)):
        if isinstance(event, RunEnded):
            assert event.end is End.STOPPED
            checkpoint = checkpoints.latest(folder)
            assert checkpoint is not None
            assert checkpoint.step == 21
            assert reopen.project(folder).weights.step == 21
            assert table.summary(folder).state is RunState.STOPPED
    base, checkpoint = resume.prepare(folder)
    assert base.training == project().training
    assert checkpoint.step == 21


def test_a_run_that_is_closed_is_stopped(patches: Dataset, tmp_path: Path) -> None:
    run = recorded(project(), patches, tmp_path)
    for event in run:
        if isinstance(event, BatchDone) and event.step == 7:
            run.close()
    folder = tmp_path / RUN_ID
    checkpoint = checkpoints.latest(folder)
    assert checkpoint is not None
    assert checkpoint.step == 7
    assert table.summary(folder).state is RunState.STOPPED


@pytest.mark.parametrize("snapshots", [0, 100], ids=["at the end of an epoch", "when its weights are asked for"])
def test_a_run_that_fails_keeps_its_last_good_weights(
    patches: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snapshots: int
) -> None:
    monkeypatch.setattr("cnnlab.engine.runs.run_weights.FREE_SECONDS", 1000.0)
    wild = project(snapshots_mb=snapshots, **DIVERGING)
    at_once = Rhythm(checkpoint=0.0)
    *_events, before, ended = recorded(wild, patches, tmp_path, rhythm=at_once)
    assert isinstance(ended, RunEnded)
    assert ended.end is End.FAILED
    assert isinstance(before, WeightsPublished)
    folder = tmp_path / RUN_ID
    assert reopen.project(folder).weights.step == before.step
    summary = table.summary(folder)
    assert summary.state is RunState.FAILED
    assert summary.message == str(ended.message)
    checkpoint = checkpoints.latest(folder)
    assert checkpoint is not None
    assert checkpoint.step <= before.step
    assert not tensors.not_finite(checkpoint.weights.nodes)


def test_a_run_that_fails_goes_back_to_no_weights_older_than_its_checkpoint(patches: Dataset, tmp_path: Path) -> None:
    def fifth(run: Run, event: Event) -> None:
        if isinstance(event, BatchDone) and event.step == 5:
            run.checkpoint()

    wild = project(snapshots_mb=0, **DIVERGING)
    *_events, before, ended = recorded(wild, patches, tmp_path, fifth, rhythm=Rhythm())
    assert isinstance(before, WeightsPublished)
    assert isinstance(ended, RunEnded)
    assert ended.end is End.FAILED
    assert before.step == ended.step == 5
    assert reopen.project(tmp_path / RUN_ID).weights.step == 5


def test_a_run_that_fails_in_a_step_says_from_which_one_it_would_go_on(patches: Dataset, tmp_path: Path) -> None:
    def diverge(run: Run, event: Event) -> None:
        if isinstance(event, BatchDone) and event.step == 20:
            run.change(Change(learning_rate=100.0, weight_decay=1.0))
        elif isinstance(event, BatchDone) and event.step > 20:
            run.weights()

    seldom = Rhythm()  # but for the ends of epochs
    wild = project(optimiser="sgd", momentum=0.9)
    *_events, ended = recorded(wild, patches, tmp_path, diverge, rhythm=seldom)
    assert isinstance(ended, RunEnded)
    assert ended.end is End.FAILED
    checkpoint = checkpoints.latest(tmp_path / RUN_ID)
    assert checkpoint is not None
    assert checkpoint.step < ended.step
    text = str(ended.message)
    assert f"the weights of step {ended.step} are kept" in text
    assert f"continues from its last checkpoint, step {checkpoint.step}." in text
    assert table.summary(tmp_path / RUN_ID).message == text


def test_resumed_and_undisturbed_are_the_same_to_the_bit(patches: Dataset, tmp_path: Path) -> None:
    for _event in recorded(project(), patches, tmp_path / "whole"):
        pass
    for _event in recorded(project(), patches, tmp_path / "parts", stop_at(37)):
        pass
    folder = tmp_path / "parts" / RUN_ID
    base, checkpoint = resume.prepare(folder)
    first, *_rest = recorded(base, patches, tmp_path / "parts", resumed=checkpoint)
    assert isinstance(first, RunStarted)
    assert first.resumed
    assert differences(outcome(tmp_path / "whole" / RUN_ID), outcome(folder)) == set()


@pytest.mark.slow
@pytest.mark.parametrize("schedule", ["step", "plateau", "one_cycle"])
def test_the_same_seed_twice_in_one_process(schedule: str, patches: Dataset, tmp_path: Path) -> None:
    for name, seed in (("one", 0), ("two", 0), ("other", 1)):
        for _event in recorded(project(schedule, epochs=2, seed=seed), patches, tmp_path / name):
            pass
    one, two, other = (outcome(tmp_path / name / RUN_ID) for name in ("one", "two", "other"))
    assert differences(one, two) == set()
    assert differences(one, other) >= {"last.safetensors", "loss"}


def test_a_run_that_cannot_begin_leaves_no_folder(patches: Dataset, tmp_path: Path) -> None:
    unlabelled = PictureSet(patches.train.images, patches.train.labels + 10)
    broken = type(patches)(patches.name, patches.target, patches.classes, unlabelled, patches.validation, patches.test)
    with pytest.raises(TrainingError):
        next(recorded(project(), broken, tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_whose_name_is_no_text_is_noted_readably(patches: Dataset, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9") / "net.cnnlab"
    run = Run(project(epochs=1), patches, threads=(1,), run_id=RUN_ID)
    for _event in driven(run, layout.root(path), project_path=path, rhythm=RHYTHM):
        pass
    summary = table.summary(layout.root(path) / RUN_ID)
    assert summary.state is RunState.COMPLETED
    assert summary.project.endswith(r"caf\udce9/net.cnnlab")


def test_what_no_file_can_hold_keeps_a_run_from_beginning(patches: Dataset, tmp_path: Path) -> None:
    unwritable = changes.set_data(project(epochs=1), folder="\udce9")
    with pytest.raises(recorder.RecordError, match="not started"):
        next(recorded(unwritable, patches, tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_pictures_that_are_gone_are_no_fault_of_the_folder(
    patches: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_anything: Any) -> Any:
        raise DataError(_("A picture is gone."))

    def unreachable(*_anything: Any) -> Any:
        raise FileNotFoundError("a picture")

    monkeypatch.setattr(probes, "save", gone)
    monkeypatch.setattr(fingerprint, "of", unreachable)
    *_events, ended = recorded(project(epochs=1), patches, tmp_path)
    assert isinstance(ended, RunEnded)
    assert (ended.end, ended.message) == (End.COMPLETED, None)
    assert table.summary(tmp_path / RUN_ID).fingerprint == ""
    assert reopen.project(tmp_path / RUN_ID).weights.step == ended.step


class Broken(Exception):
    pass


@pytest.mark.parametrize("error", [Broken("a fault"), KeyboardInterrupt()])
def test_an_exception_out_of_the_run_passes_and_is_noted(
    error: BaseException, patches: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_anything: Any) -> None:
        raise error

    monkeypatch.setattr(Run, "_heed", failing)  # not a part of the training, whose faults end the run in words
    monkeypatch.setattr(Run, "_failed", failing)
    with pytest.raises(type(error)):
        list(recorded(project(), patches, tmp_path))
    expected = RunState.FAILED if isinstance(error, Broken) else RunState.STOPPED
    assert table.summary(tmp_path / RUN_ID).state is expected


@pytest.mark.parametrize("error", [Broken("a fault"), KeyboardInterrupt()])
def test_an_exception_of_the_driver_stops_the_run_and_keeps_it(
    error: BaseException, patches: Dataset, tmp_path: Path
) -> None:
    def failing(_run: Run, event: Event) -> None:
        if event.step == 7:
            raise error

    with pytest.raises(type(error)):
        list(recorded(project(), patches, tmp_path, failing))
    folder = tmp_path / RUN_ID
    assert table.summary(folder).state is RunState.STOPPED
    checkpoint = checkpoints.latest(folder)
    assert checkpoint is not None
    assert checkpoint.step == reopen.project(folder).weights.step == 7


def test_a_second_interrupt_while_a_run_is_stopped_leaves_its_folder_to_others(
    patches: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_anything: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Run, "_last_events", interrupted)
    run = recorded(project(), patches, tmp_path)
    next(event for event in run if isinstance(event, BatchDone) and event.step == 3)
    with pytest.raises(KeyboardInterrupt):
        run.close()
    folder = tmp_path / RUN_ID
    assert table.summary(folder).state is RunState.STOPPED
    Lock(folder).release()


def test_a_fault_of_the_recorder_is_noted_and_the_last_checkpoint_kept(
    patches: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = recorded(project(epochs=3), patches, tmp_path)
    next(event for event in run if isinstance(event, EpochDone) and event.epoch == 2)
    monkeypatch.setattr(Recording, "note", lambda *_anything: {}["missing"])
    with pytest.raises(KeyError):
        list(run)
    monkeypatch.undo()
    assert table.summary(tmp_path / RUN_ID).state is RunState.FAILED
    kept = checkpoints.latest(tmp_path / RUN_ID)
    assert kept is not None
    (*_events, ended) = recorded(project(epochs=3), patches, tmp_path, resumed=kept)
    assert isinstance(ended, RunEnded)
    assert ended.end is End.COMPLETED


def test_a_paused_run_says_so(patches: Dataset, tmp_path: Path) -> None:
    run = recorded(project(), patches, tmp_path, rhythm=type(RHYTHM)(flush=0.01, held=0.03))
    next(run)
    while (summary := table.summary(tmp_path / RUN_ID)).state is not RunState.PAUSED:
        assert summary.state is RunState.RUNNING
    next(run)
    while table.summary(tmp_path / RUN_ID).state is not RunState.PAUSED:
        pass
    assert run_files.read_heartbeat(tmp_path / RUN_ID).seconds < 10
    with pytest.raises(resume.ResumeError, match="still running"):
        resume.prepare(tmp_path / RUN_ID)
    run.close()
