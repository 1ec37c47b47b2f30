"""What stays of a run in a terminal, line by line."""

from __future__ import annotations

from typing import Any

import pytest

from cnnlab.cli.train.display import RunDisplay
from cnnlab.core.runs.events import End, EpochDone, RunEnded, RunStarted

RUN: dict[str, Any] = {"run": "abc", "graph": "digest"}


def lines(capsys: pytest.CaptureFixture[str], *events: Any, **options: Any) -> list[str]:
    with RunDisplay(**options) as display:
        for event in events:
            display.show(event)
    return capsys.readouterr().err.splitlines()


def started(step: int, steps: int, *, resumed: bool = False) -> RunStarted:
    return RunStarted(
        **RUN, step=step, device="cpu", threads=1, epochs=2, batches=430, steps=steps, kept=(), restarted=(),
        resumed=resumed,
    )  # fmt: skip


def epoch(step: int, epoch: int, **figures: Any) -> EpochDone:
    known = {"loss": 1.0, "accuracy": 0.5} | figures
    return EpochDone(**RUN, step=step, epoch=epoch, seconds=1.0, **known)


def test_an_epoch_that_the_most_steps_cut_is_told_in_steps(capsys: pytest.CaptureFixture[str]) -> None:
    *_first, cut, last = lines(capsys, started(100, 20), epoch(120, 1), RunEnded(**RUN, step=120, end=End.COMPLETED))
    assert cut.startswith("epoch 1/2, 20 of 860 steps: loss 1.0000")
    assert last == "Ended at the maximum number of steps: 20 of 860 steps."


def test_whole_epochs_before_the_cut_are_told_as_epochs(capsys: pytest.CaptureFixture[str]) -> None:
    shown = lines(capsys, started(500, 440, resumed=True), epoch(530, 1), epoch(540, 2), began=100)
    assert shown[-2].startswith("epoch 1/2: ")
    assert shown[-1].startswith("epoch 2/2, 440 of 860 steps: ")


def test_a_run_of_all_its_epochs_says_nothing_of_steps(capsys: pytest.CaptureFixture[str]) -> None:
    shown = lines(capsys, started(0, 860), epoch(860, 2), RunEnded(**RUN, step=860, end=End.COMPLETED))
    assert not [line for line in shown if "steps" in line]


def test_a_stopped_run_does_not_claim_that_it_came_to_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    shown = lines(capsys, started(0, 20), RunEnded(**RUN, step=7, end=End.STOPPED))
    assert not [line for line in shown if "maximum number of steps" in line]


def test_errors_have_the_unit_of_the_task(capsys: pytest.CaptureFixture[str]) -> None:
    number = {"accuracy": None, "error": 13.0074, "validation_loss": 2.0, "validation_error": 10.65}
    shown = lines(capsys, started(0, 860), epoch(430, 1, **number), unit="°")
    assert "mean absolute error 13.007°; validation loss 2.0000, mean absolute error 10.650°" in shown[-1]
