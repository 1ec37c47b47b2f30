"""What the run bar shows, from events alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnnlab.core.events import BatchDone, EpochDone, RunStarted
from cnnlab.engine.training.pace import Rate
from cnnlab.gui.training.progress import Progress, advanced

COMMON = {"run": "r", "graph": "g"}
STARTED = RunStarted(**COMMON, step=100, device="cpu", threads=1, epochs=3, batches=10, kept=(), restarted=())


def batch(step: int, epoch: int, loss: float = 1.0, speed: float = 640.0) -> BatchDone:
    return BatchDone(
        **COMMON, step=step, epoch=epoch, loss=loss, accuracy=0.5, images=(step - 100) * 64, images_per_second=speed
    )


def test_a_run_that_goes_on_counts_its_own_steps() -> None:
    progress = advanced(advanced(Progress(), STARTED, 64), batch(101, 1), 64)
    progress = advanced(progress, batch(113, 2), 64)
    assert (progress.epoch, progress.epochs, progress.batch, progress.batches) == (2, 3, 3, 10)
    assert progress.share == pytest.approx(13 / 30)
    assert progress.seconds_left == pytest.approx((30 - 13) * 64 / 640)


def test_time_left_is_told_once_the_speed_is_steady() -> None:
    """A first batch of 1.8 s, then 10 ms each, with the speed as the engine measures it."""
    progress, rate = advanced(Progress(), replace(STARTED, epochs=2, batches=938), 64), Rate()
    told: list[tuple[float, float]] = []
    worked = 0.0
    for step in range(101, 101 + 2 * 938):
        seconds = 1.8 if step == 101 else 0.01
        worked += seconds
        progress = advanced(progress, batch(step, 1, speed=rate.after(seconds, 64)), 64)
        if progress.seconds_left is not None:
            told.append((worked, progress.seconds_left))
    whole_run = 1.8 + (2 * 938 - 1) * 0.01
    assert told[0][0] == pytest.approx(1.8 + 1.0, abs=0.1)
    assert len(told) > 1500
    assert all(left == pytest.approx(whole_run - at, abs=0.2) for at, left in told)


def test_loss_is_smoothed_from_the_first_batch_on() -> None:
    progress = advanced(advanced(Progress(), STARTED, 64), batch(101, 1, loss=2.0), 64)
    assert progress.loss == 2.0
    for step in range(102, 300):
        progress = advanced(progress, batch(step, 1, loss=1.0), 64)
    assert progress.loss == pytest.approx(1.0, abs=1e-6)


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
    assert advanced(Progress(), done, 64).validation_accuracy is None


def test_a_run_that_is_resumed_keeps_the_validation_it_told_of_before() -> None:
    done = EpochDone(
        **COMMON, step=110, epoch=1, loss=1, accuracy=0.5, validation_loss=0.1, validation_accuracy=0.97, seconds=1
    )
    past = advanced(advanced(Progress(), STARTED, 64), done, 64)
    resumed = advanced(past, replace(STARTED, step=112, resumed=True), 64)
    assert (resumed.validation_accuracy, resumed.steps) == (0.97, 12)
    assert advanced(past, replace(STARTED, run="s"), 64).validation_accuracy is None, (
        "another run was not validated yet"
    )


def test_a_run_that_goes_on_tells_its_time_left_only_when_it_is_steady_again() -> None:
    progress = advanced(Progress(), STARTED, 64)
    for step in range(101, 121):
        progress = advanced(progress, batch(step, 1, loss=0.25), 64)
    resumed = advanced(progress, replace(STARTED, step=120, resumed=True), 64)
    assert (resumed.epoch, resumed.loss) == (1, 0.25), "what it told last stands until there is something new"
    assert (resumed.images_per_second, resumed.seconds_left) == (None, None)
    slow = advanced(resumed, batch(121, 1, speed=32.0), 64)
    assert slow.seconds_left is None, "the first batch after a start is as slow as the first of a run"


def test_no_speed_gives_no_time_left() -> None:
    assert advanced(advanced(Progress(), STARTED, 64), batch(101, 1, speed=0.0), 64).seconds_left is None
