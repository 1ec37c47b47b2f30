"""How far a run is, from its events alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cnnlab.core.messages import message
from cnnlab.core.runs.events import (
    BatchDone,
    End,
    EpochDone,
    Event,
    RunEnded,
    RunStarted,
    SettingChanged,
    ThreadsChosen,
)
from cnnlab.core.runs.progress import RunProgress
from cnnlab.core.runs.summary import Figures, RunState
from cnnlab.engine.training.pace import Rate

BEFORE = RunProgress(step_size=64)
COMMON: dict[str, Any] = {"run": "r", "graph": "g"}
STARTED = RunStarted(**COMMON, step=100, device="cpu", threads=1, epochs=3, batches=10, steps=30, kept=(), restarted=())


def batch(step: int, epoch: int, loss: float = 1.0, speed: float = 640.0) -> BatchDone:
    return BatchDone(
        **COMMON, step=step, epoch=epoch, loss=loss, accuracy=0.5, images=(step - 100) * 64, images_per_second=speed
    )


def test_a_run_that_goes_on_counts_its_own_steps() -> None:
    progress = BEFORE.after(STARTED).after(batch(101, 1))
    progress = progress.after(batch(113, 2))
    assert (progress.epoch, progress.epochs, progress.steps, progress.batches) == (2, 3, 13, 10)
    assert progress.share == pytest.approx(13 / 30)
    assert progress.pace.seconds_left == pytest.approx((30 - 13) * 64 / 640)


def test_time_left_is_told_once_the_speed_is_steady() -> None:
    """A first batch of 1.8 s, then 10 ms each, with the speed as the engine measures it."""
    progress, rate = BEFORE.after(replace(STARTED, epochs=2, batches=938, steps=2 * 938)), Rate()
    told: list[tuple[float, float]] = []
    worked = 0.0
    for step in range(101, 101 + 2 * 938):
        seconds = 1.8 if step == 101 else 0.01
        worked += seconds
        progress = progress.after(batch(step, 1, speed=rate.after(seconds, 64)))
        if progress.pace.seconds_left is not None:
            told.append((worked, progress.pace.seconds_left))
    whole_run = 1.8 + (2 * 938 - 1) * 0.01
    assert told[0][0] == pytest.approx(1.8 + 1.0, abs=0.1)
    assert len(told) > 1500
    assert all(left == pytest.approx(whole_run - at, abs=0.2) for at, left in told)


def test_loss_is_smoothed_from_the_first_batch_on() -> None:
    progress = BEFORE.after(STARTED).after(batch(101, 1, loss=2.0))
    assert progress.smoothed.loss == 2.0
    for step in range(102, 300):
        progress = progress.after(batch(step, 1, loss=1.0))
    assert progress.smoothed.loss == pytest.approx(1.0, abs=1e-6)


def test_validation_that_was_not_measured_is_nothing_to_show() -> None:
    done = EpochDone(
        **COMMON,
        step=110,
        epoch=1,
        loss=1,
        accuracy=0.5,
        validation_loss=None,
        validation_accuracy=None,
        seconds=1,
    )
    assert BEFORE.after(done).validation.accuracy is None


def test_a_run_that_is_resumed_keeps_the_validation_it_told_of_before() -> None:
    done = EpochDone(
        **COMMON, step=110, epoch=1, loss=1, accuracy=0.5, validation_loss=0.1, validation_accuracy=0.97, seconds=1
    )
    past = BEFORE.after(STARTED).after(done)
    resumed = past.after(replace(STARTED, step=112, resumed=True))
    assert (resumed.validation.accuracy, resumed.steps) == (0.97, 12)
    assert past.after(replace(STARTED, run="s")).validation.accuracy is None, "another run was not validated yet"


def test_a_run_that_goes_on_tells_its_time_left_only_when_it_is_steady_again() -> None:
    progress = BEFORE.after(STARTED)
    for step in range(101, 121):
        progress = progress.after(batch(step, 1, loss=0.25))
    resumed = progress.after(replace(STARTED, step=120, resumed=True))
    assert (resumed.epoch, resumed.smoothed.loss) == (1, 0.25), "what it told last stands until there is something new"
    assert (resumed.pace.images_per_second, resumed.pace.seconds_left) == (None, None)
    slow = resumed.after(batch(121, 1, speed=32.0))
    assert slow.pace.seconds_left is None, "the first batch after a start is as slow as the first of a run"


def test_no_speed_gives_no_time_left() -> None:
    assert BEFORE.after(STARTED).after(batch(101, 1, speed=0.0)).pace.seconds_left is None


def epoch(number: int, loss: float | None, *, is_best: bool) -> EpochDone:
    return EpochDone(
        **COMMON, step=100 + 10 * number, epoch=number, loss=1.0, accuracy=0.5, validation_loss=loss,
        validation_accuracy=None if loss is None else 0.75, is_best=is_best, seconds=1,
    )  # fmt: skip


def told(*events: Event) -> RunProgress:
    progress = BEFORE
    for event in events:
        progress = progress.after(event)
    return progress


def test_the_best_epoch_stays_when_later_ones_are_worse() -> None:
    progress = told(STARTED, epoch(1, 0.5, is_best=True), epoch(2, 0.7, is_best=False))
    assert (progress.epochs_done, progress.best_epoch) == (2, 1)
    assert (progress.best, progress.validation) == (Figures(0.5, 0.75), Figures(0.7, 0.75))


def test_where_nothing_is_held_out_the_best_is_by_the_training_pictures() -> None:
    progress = told(STARTED, epoch(1, None, is_best=True))
    assert (progress.best, progress.validation) == (Figures(1.0, 0.5), Figures())


@pytest.mark.parametrize(
    ("end", "state"),
    [(End.COMPLETED, RunState.COMPLETED), (End.STOPPED, RunState.STOPPED), (End.FAILED, RunState.FAILED)],
)
def test_an_end_is_how_the_run_stands_until_it_goes_on(end: End, state: RunState) -> None:
    text = message("The disk is full.") if end is End.FAILED else None
    ended = RunEnded(**COMMON, step=101, end=end, message=text, test_accuracy=0.9)
    progress = told(STARTED, batch(101, 1), ended)
    assert (progress.state, progress.message) == (state, "The disk is full." if text else "")
    assert (progress.test, progress.step, progress.steps) == (Figures(accuracy=0.9), 101, 1)
    again = progress.after(replace(STARTED, step=101, resumed=True))
    assert (again.state, again.message, again.steps) == (RunState.RUNNING, "", 1)


def test_weights_of_an_earlier_step_take_no_step_back() -> None:
    progress = told(STARTED, batch(105, 1))
    early = RunEnded(**COMMON, step=102, end=End.COMPLETED, early=True)
    assert (progress.after(early).step, progress.after(early).early) == (105, True)


def test_the_threads_are_those_of_the_last_choice() -> None:
    chosen = ThreadsChosen(**COMMON, step=108, threads=3)
    assert told(STARTED, chosen).threads == 3
    changed = SettingChanged(**COMMON, step=109, name="threads", before=3, after=2)
    assert told(STARTED, chosen, changed).threads == 2
    other = SettingChanged(**COMMON, step=109, name="dropout", before=0.5, after=0.25)
    assert told(STARTED, other) == told(STARTED)
