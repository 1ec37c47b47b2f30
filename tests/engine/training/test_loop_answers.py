"""What a driver answers to the events of a run: stop, publish, other settings, or nothing more."""

from __future__ import annotations

import pytest
import torch
from training_runs import equal, last_weights, run, tiny, with_layers

from cnnlab.core.events import (
    BatchDone,
    Change,
    Command,
    End,
    EpochDone,
    Event,
    Measuring,
    RunEnded,
    RunStarted,
    SettingChanged,
    WeightsPublished,
)
from cnnlab.engine.data.picture_sets import Dataset
from cnnlab.engine.training.loop import train


def test_stop_ends_after_the_batch_with_its_weights(small: Dataset) -> None:
    events = train(tiny(epochs=50), small)
    batch = next(event for event in events if isinstance(event, BatchDone) and event.step == 3)
    published = events.send(Command.STOP)
    ended = next(events)
    assert isinstance(published, WeightsPublished)
    assert published.weights.step == batch.step == 3
    assert isinstance(ended, RunEnded)
    assert (ended.end, ended.step, ended.test_accuracy, ended.message) == (End.STOPPED, 3, None, None)
    assert list(events) == []


@pytest.mark.parametrize("kind", [RunStarted, WeightsPublished, Measuring, EpochDone])
def test_stop_is_obeyed_at_every_event(small: Dataset, kind: type) -> None:
    events = train(tiny(), small)
    next(event for event in events if isinstance(event, kind))
    rest = [events.send(Command.STOP), *events]
    assert [type(event) for event in rest] == [WeightsPublished, RunEnded]
    assert rest[-1].end is End.STOPPED


def test_publish_is_answered_at_once_and_changes_nothing(small: Dataset) -> None:
    asked = tiny()
    plain = run(asked, small)
    events = train(asked, small)
    seen: list[Event] = []
    event: Event | None = next(events)
    while event is not None:
        seen.append(event)
        if isinstance(event, BatchDone):
            for _ in range(2):
                published = events.send(Command.PUBLISH)
                assert isinstance(published, WeightsPublished)
                assert published.weights.step == event.step
        event = next(events, None)
    assert [type(event) for event in seen] == [type(event) for event in plain]
    assert equal(last_weights(seen), last_weights(plain))


def test_stop_can_follow_publish(small: Dataset) -> None:
    events = train(tiny(), small)
    next(event for event in events if isinstance(event, BatchDone))
    events.send(Command.PUBLISH)
    assert [type(event) for event in (events.send(Command.STOP), *events)] == [WeightsPublished, RunEnded]


def test_closing_early_is_clean(small: Dataset) -> None:
    events = train(tiny(epochs=50), small, threads=(2, 1))
    next(event for event in events if isinstance(event, BatchDone))
    assert torch.get_num_threads() == 2
    events.close()
    assert torch.get_num_threads() == 1
    assert torch.is_grad_enabled()
    assert list(events) == []


def test_gradients_are_on_for_the_driver_between_all_events(small: Dataset) -> None:
    assert all(torch.is_grad_enabled() and not torch.is_inference_mode_enabled() for _ in train(tiny(), small))


def test_a_change_is_told_and_holds_from_the_next_step(small: Dataset) -> None:
    events = train(with_layers(("dropout", "drop", {"p": 0.25}), weight_decay=0.1, schedule="constant"), small)
    next(event for event in events if isinstance(event, BatchDone) and event.step == 2)
    told = [events.send(Change(learning_rate=0.5, weight_decay=0.2, dropout=0.75)), next(events), next(events)]
    assert [(e.name, e.before, e.after, e.step) for e in told] == [  # type: ignore[attr-defined]
        ("learning_rate", 0.003, 0.5, 2), ("weight_decay", 0.1, 0.2, 2), ("dropout", 0.25, 0.75, 2)
    ]  # fmt: skip
    batch = next(events)
    assert isinstance(batch, BatchDone)
    assert (batch.step, batch.learning_rate) == (3, 0.5)
    only = events.send(Change(dropout=0.0))
    assert isinstance(only, SettingChanged)
    assert (only.name, only.before) == ("dropout", 0.75)
    assert isinstance(events.send(Command.PUBLISH), WeightsPublished)
    assert isinstance(next(events), BatchDone)
    events.close()


@pytest.mark.parametrize(
    "change", [Change(learning_rate=0.2), Change(weight_decay=0.9), Change(dropout=0.9)], ids=lambda change: str(change)
)
def test_each_change_changes_the_run(small: Dataset, change: Change) -> None:
    asked = with_layers(("dropout", "drop", {"p": 0.25}), weight_decay=0.1)
    events = train(asked, small)
    next(event for event in events if isinstance(event, BatchDone) and event.step == 2)
    events.send(change)
    assert not equal(last_weights(list(events)), last_weights(run(asked, small)))
