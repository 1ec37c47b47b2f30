"""What whoever drives a run can do with it between two events: stop it, look at it, change it, or let it be."""

from __future__ import annotations

import inspect
import math
import threading
from collections.abc import Callable
from contextlib import closing
from types import FrameType

import pytest
import torch
from torch import nn
from training_runs import equal, finite, last_weights, of, run, tiny, until, with_layers

from cnnlab.core.runs.events import (
    BatchDone,
    Change,
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
from cnnlab.engine.network import weights
from cnnlab.engine.training.run import Run


def test_stop_ends_after_the_batch_with_its_weights(small: Dataset) -> None:
    going = Run(tiny(epochs=50), small)
    batch = until(going, BatchDone, 3)
    going.stop()
    published, ended = going.events()
    assert isinstance(published, WeightsPublished)
    assert published.weights.step == batch.step == 3
    assert isinstance(ended, RunEnded)
    assert (ended.end, ended.step, ended.test_accuracy, ended.message) == (End.STOPPED, 3, None, None)
    assert list(going.events()) == []


@pytest.mark.parametrize("kind", [RunStarted, WeightsPublished, Measuring, EpochDone])
def test_stop_is_obeyed_at_every_event(small: Dataset, kind: type) -> None:
    going = Run(tiny(), small)
    until(going, kind)
    going.stop()
    rest = list(going.events())
    assert [type(event) for event in rest] == [WeightsPublished, RunEnded]
    assert of(RunEnded, rest)[0].end is End.STOPPED


def test_stop_may_come_before_the_first_event_and_from_another_thread(small: Dataset) -> None:
    going = Run(tiny(), small)
    stopping = threading.Thread(target=going.stop)
    stopping.start()
    stopping.join()
    assert [type(event) for event in going.events()] == [RunStarted, WeightsPublished, RunEnded]


def test_looking_at_the_weights_changes_nothing(small: Dataset) -> None:
    asked = tiny(epochs=2, early_stopping=1)
    plain = run(asked, small)
    going, seen = Run(asked, small), list[Event]()
    for event in going.events():
        seen.append(event)
        assert equal(going.weights(), going.weights())
        assert going.weights().step == event.step
        checkpoint = going.checkpoint()
        assert checkpoint is not None
    assert [type(event) for event in seen] == [type(event) for event in plain]
    assert equal(last_weights(seen), last_weights(plain))


def test_the_weights_at_the_end_are_those_that_were_published(small: Dataset) -> None:
    going = Run(tiny(), small)
    events = []
    for event in going.events():
        events.append(event)
        if isinstance(event, RunEnded):
            assert equal(going.weights(), last_weights(events))


def test_stop_can_follow_a_look_at_the_weights(small: Dataset) -> None:
    going = Run(tiny(), small)
    until(going, BatchDone)
    going.weights()
    going.stop()
    assert [type(event) for event in going.events()] == [WeightsPublished, RunEnded]


def spoil(optimiser: torch.optim.Adam) -> None:
    """Takes a step that leaves no finite number."""
    with torch.no_grad():
        optimiser.param_groups[0]["params"][0].fill_(float("inf"))


def test_weights_that_are_not_finite_are_shown_to_nobody_and_end_the_run(
    small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    going = Run(tiny(), small)
    until(going, BatchDone, 3)
    assert going.weights().step == 3
    until(going, BatchDone, 4)
    monkeypatch.setattr(torch.optim.Adam, "step", spoil)
    until(going, BatchDone, 5)
    for _look in range(2):
        assert finite(going.weights())
        assert going.weights().step == 3
        assert going.checkpoint() is None
    published, ended = going.events()
    assert isinstance(published, WeightsPublished)
    assert published.step == 3
    assert finite(published.weights)
    assert isinstance(ended, RunEnded)
    assert ended.end is End.FAILED
    assert str(ended.message).startswith(
        "Some weights became NaN or infinite at step 5. Training was stopped; the weigh"
    )


@pytest.mark.parametrize("look", [Run.weights, Run.checkpoint])
def test_what_cannot_be_looked_at_ends_the_run_in_words(
    small: Dataset, monkeypatch: pytest.MonkeyPatch, look: Callable[[Run], object]
) -> None:
    def broken(*_anything: object) -> object:
        raise torch.AcceleratorError("CUDA error: device-side assert triggered")

    going = Run(tiny(), small)
    until(going, BatchDone)
    monkeypatch.setattr(weights, "snapshot", broken)
    look(going)
    *_published, ended = going.events()
    assert isinstance(ended, RunEnded)
    assert str(ended.message).startswith("The GPU stopped responding. The weights of step 0 are kept.")


def test_a_failed_run_has_a_checkpoint_if_its_last_step_was_whole(
    small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = tiny(batch_size=32, epochs=2)
    going = Run(asked, small)
    until(going, BatchDone, 4)
    monkeypatch.setattr(nn.Linear, "forward", lambda self, x: {}["missing"])
    until(going, RunEnded)
    checkpoint = going.checkpoint()
    assert checkpoint is not None
    assert checkpoint.step == 4
    monkeypatch.undo()
    assert equal(last_weights(run(asked, small, resume=checkpoint)), last_weights(run(asked, small)))


def test_closing_early_is_clean(small: Dataset) -> None:
    going = Run(tiny(epochs=50), small, threads=(2, 1))
    until(going, BatchDone)
    assert torch.get_num_threads() == 2
    going.close()
    assert torch.get_num_threads() == 1
    assert torch.is_grad_enabled()
    assert list(going.events()) == []


def test_a_run_that_is_never_driven_gives_back_what_it_took(small: Dataset) -> None:
    with closing(Run(tiny(), small, threads=(2, 1))) as going:
        assert torch.get_num_threads() == 2
    assert torch.get_num_threads() == 1
    assert list(going.events()) == []


def test_gradients_are_on_for_the_driver_between_all_events(small: Dataset) -> None:
    for _event in Run(tiny(), small).events():
        assert torch.is_grad_enabled()
        assert not torch.is_inference_mode_enabled()


def test_the_time_that_a_run_stands_does_not_count(small: Dataset) -> None:
    seconds = []
    with closing(Run(tiny(), small)) as going:
        assert going.seconds == 0
        for _event in going.events():
            before = going.standing
            assert 0 <= before <= going.standing
            assert going.seconds == going.seconds, "the clock stands"
            seconds.append(going.seconds)
    assert seconds == sorted(seconds)
    assert seconds[0] == 0 < seconds[-1]


def test_a_change_is_told_and_holds_from_the_next_step(small: Dataset) -> None:
    going = Run(with_layers(("dropout", "drop", {"p": 0.25}), weight_decay=0.1, schedule="constant"), small)
    until(going, BatchDone, 2)
    going.change(Change(learning_rate=0.5, weight_decay=0.2, dropout=0.75))
    told = [next(going.events()) for _setting in range(3)]
    assert [(e.name, e.before, e.after, e.step) for e in told] == [
        ("learning_rate", 0.003, 0.5, 2), ("weight_decay", 0.1, 0.2, 2), ("dropout", 0.25, 0.75, 2)
    ]  # fmt: skip
    batch = next(going.events())
    assert isinstance(batch, BatchDone)
    assert (batch.step, batch.learning_rate) == (3, 0.5)
    going.change(Change(dropout=0.0))
    going.change(Change(dropout=0.5))
    only, then = next(going.events()), next(going.events())
    assert isinstance(only, SettingChanged)
    assert (only.name, only.before) == ("dropout", 0.75)
    assert isinstance(then, SettingChanged)
    assert (then.before, then.after) == (0.0, 0.5)
    assert isinstance(next(going.events()), BatchDone)
    going.close()


@pytest.mark.parametrize(
    "change", [Change(learning_rate=0.2), Change(weight_decay=0.9), Change(dropout=0.9)], ids=lambda change: str(change)
)
def test_each_change_changes_the_run(small: Dataset, change: Change) -> None:
    asked = with_layers(("dropout", "drop", {"p": 0.25}), weight_decay=0.1)
    going = Run(asked, small)
    until(going, BatchDone, 2)
    going.change(change)
    assert not equal(last_weights(list(going.events())), last_weights(run(asked, small)))


def test_stop_comes_before_a_change(small: Dataset) -> None:
    going = Run(tiny(), small)
    until(going, BatchDone)
    going.change(Change(learning_rate=0.5))
    going.stop()
    assert [type(event) for event in going.events()] == [WeightsPublished, RunEnded]


def test_few_generators_lie_between_a_batch_and_who_drives(small: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    depths: list[float] = [math.inf]
    real = nn.Linear.forward

    def looking(self: nn.Linear, x: torch.Tensor) -> torch.Tensor:
        frame: FrameType | None = inspect.currentframe()
        generators = 0
        while frame is not None and frame.f_code is not here:
            generators += bool(frame.f_code.co_flags & inspect.CO_GENERATOR)
            frame = frame.f_back
        depths.append(generators)
        return real(self, x)

    here = inspect.currentframe().f_code
    monkeypatch.setattr(nn.Linear, "forward", looking)
    with closing(Run(tiny(), small)) as going:
        for event in going.events():
            if isinstance(event, BatchDone):
                break
    assert depths[-1] <= 3
