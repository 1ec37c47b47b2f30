"""The best weights of a run, and early stopping."""

from __future__ import annotations

from dataclasses import replace

import pytest
from training_runs import first, last_weights, misleading, of, run, tiny

from cnnlab.core.runs.events import End, EpochDone
from cnnlab.engine.data.picture_sets import Dataset
from cnnlab.engine.network import network, weights
from cnnlab.engine.training.evaluation import evaluate
from cnnlab.engine.training.run import Run


def test_the_best_weights_are_those_of_the_lowest_validation_loss(small: Dataset) -> None:
    going = Run(tiny(epochs=4, schedule="constant"), misleading(small))
    epochs: list[EpochDone] = []
    best = None
    for event in going.events():
        if isinstance(event, EpochDone):
            epochs.append(event)
            checkpoint = going.checkpoint()
            assert checkpoint is not None
            lowest = min(epochs, key=lambda epoch: epoch.validation_loss)
            assert event.is_best is (event is lowest)
            best = checkpoint.best
            assert best is going.best is not None
            assert best.step == lowest.step
    assert best is not None
    assert best.step < epochs[-1].step, "the last epoch should not be the best, or this shows nothing"


def test_early_stopping_ends_the_run_and_goes_back_to_the_best_weights(small: Dataset) -> None:
    asked, data = tiny(epochs=50, schedule="constant", early_stopping=2), misleading(small)
    events = run(asked, data)
    epochs = of(EpochDone, events)
    lowest = min(epochs, key=lambda epoch: epoch.validation_loss)
    assert len(epochs) == lowest.epoch + 2 < 50
    ended = events[-1]
    assert (ended.end, ended.early, ended.step) == (End.COMPLETED, True, lowest.step)
    last = last_weights(events)
    assert last.step == lowest.step
    net = network.build(asked.graph)
    weights.load(net, last, 0)
    assert evaluate(net, data.validation, asked.preprocessing).loss == pytest.approx(lowest.validation_loss, rel=1e-6)
    assert ended.test_accuracy == evaluate(net, data.test, asked.preprocessing).accuracy


def test_without_early_stopping_the_last_weights_are_the_runs(small: Dataset) -> None:
    events = run(tiny(epochs=5, schedule="constant"), misleading(small))
    assert not of(EpochDone, events)[-1].is_best
    assert (events[-1].early, events[-1].step, last_weights(events).step) == (False, 30, 30)


def test_with_nothing_held_out_the_training_loss_tells_the_best(small: Dataset) -> None:
    nothing = first(small.validation, 0)
    epochs = of(EpochDone, run(tiny(epochs=3), replace(small, validation=nothing)))
    assert [epoch.is_best for epoch in epochs] == [True, True, True]
