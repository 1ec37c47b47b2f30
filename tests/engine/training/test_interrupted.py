"""A run that goes on from a checkpoint is, bit by bit, the run that was never interrupted."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from training_runs import equal, misleading, of, project, run, tiny, until, with_layers

from cnnlab.core.project.project import Project
from cnnlab.core.runs.events import (
    BatchDone,
    Change,
    Checkpoint,
    End,
    EpochDone,
    Event,
    Measuring,
    RunEnded,
    RunStarted,
    SettingChanged,
    Split,
    ThreadsChosen,
    WeightsPublished,
)
from cnnlab.core.templates import Layer
from cnnlab.core.training.optimisers import OPTIMISERS
from cnnlab.core.values import Frozen, frozen, thawed
from cnnlab.engine.data.picture_sets import Dataset
from cnnlab.engine.training.run import Run
from cnnlab.engine.training.run_setup import TrainingError

RANDOM: list[Layer] = [
    ("conv2d", "conv", {"out_channels": 4, "stride": 3}),
    ("batchnorm2d", "norm", {}),
    ("dropout", "drop", {}),
]
"""A network in which everything that a checkpoint must hold plays a part."""


def checkpoint_at(project: Project, dataset: Dataset, here: Callable[[Event], bool], **how: Any) -> Checkpoint:
    """What a run says of itself at the first event that is ``here``; then it is killed."""
    with closing(Run(project, dataset, **how)) as going:
        next(event for event in going.events() if here(event))
        checkpoint = going.checkpoint()
    assert checkpoint is not None
    return through_a_file(checkpoint)


def through_a_file(checkpoint: Checkpoint) -> Checkpoint:
    """The same, after its state was JSON text and its arrays plain bytes."""
    state = frozen(json.loads(json.dumps(thawed(checkpoint.state), allow_nan=False)))
    optimiser = Frozen({name: np.array(array) for name, array in checkpoint.optimiser.items()})
    assert isinstance(state, Frozen)
    return replace(checkpoint, state=state, optimiser=optimiser)


def final(project: Project, dataset: Dataset, resume: Checkpoint | None = None) -> Checkpoint:
    """The state at the end of the training, before the test pictures."""
    with closing(Run(project, dataset, resume=resume)) as going:
        next(event for event in going.events() if PLACES["while the test is measured"](event))
        checkpoint = going.checkpoint()
    assert checkpoint is not None
    return checkpoint


def assert_same(one: Checkpoint, other: Checkpoint) -> None:
    assert equal(one.weights, other.weights)
    assert (one.moving is None) is (other.moving is None)
    if one.moving is not None and other.moving is not None:
        assert equal(one.moving, other.moving)
    assert one.optimiser.keys() == other.optimiser.keys()
    for name, array in one.optimiser.items():
        np.testing.assert_array_equal(array, other.optimiser[name], err_msg=name)
    assert one.best is not None
    assert other.best is not None
    assert equal(one.best, other.best)
    assert without_times(one) == without_times(other)


def without_times(checkpoint: Checkpoint) -> dict[str, Any]:
    state = thawed(checkpoint.state)
    assert isinstance(state, dict)
    del state["sums"]["seconds"]
    return state


PLACES: dict[str, Callable[[Event], bool]] = {
    "before the first step": lambda event: isinstance(event, RunStarted),
    "after the first step": lambda event: isinstance(event, BatchDone),
    "amid an epoch": lambda event: isinstance(event, BatchDone) and event.step == 9,
    "after the last step of an epoch": lambda event: isinstance(event, BatchDone) and event.step == 12,
    "while validation is measured": lambda event: isinstance(event, Measuring) and event.step == 12,
    "at the end of an epoch": lambda event: isinstance(event, EpochDone),
    "after the weights of an epoch": lambda event: isinstance(event, WeightsPublished) and event.step == 6,
    "while the test is measured": lambda event: isinstance(event, Measuring) and event.split is Split.TEST,
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "more", [{}, {"batch_size": 32, "accumulate": 2}, {"ema_decay": 0.9}], ids=["", "accumulated", "averaged"]
)
def test_a_resumed_run_is_bit_by_bit_the_one_that_was_not_interrupted(
    small: Dataset, place: str, more: dict[str, Any]
) -> None:
    asked = with_layers(*RANDOM, epochs=3, schedule="plateau", plateau_patience=0, early_stopping=3, seed=5, **more)
    whole = final(asked, small)
    taken = checkpoint_at(asked, small, PLACES[place])
    assert_same(final(asked, small, taken), whole)


def test_a_run_that_went_back_to_its_best_weights_learns_no_more(small: Dataset) -> None:
    asked, data = tiny(epochs=5, schedule="constant", early_stopping=5), misleading(small)
    plain = run(asked, data)
    assert not plain[-1].early
    assert plain[-1].step < 30, "the last weights should not be the best, or this shows nothing"
    taken = checkpoint_at(asked, data, PLACES["while the test is measured"])
    assert (taken.step, taken.best and taken.best.step) == (30, plain[-1].step)
    events = run(asked, data, resume=taken)
    # The weights where training had ended, then the best ones again; no step between them.
    assert [type(event) for event in events] == [RunStarted, WeightsPublished, WeightsPublished, Measuring, RunEnded]
    assert events[2].step == plain[-1].step
    assert events[-1].test == plain[-1].test


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_every_optimiser_goes_on_as_it_was(small: Dataset, optimiser: str) -> None:
    asked = project(epochs=1, optimiser=optimiser, learning_rate=0.001, max_steps=5)
    taken = checkpoint_at(asked, small, lambda event: isinstance(event, BatchDone) and event.step == 3)
    assert_same(final(asked, small, taken), final(asked, small))


@pytest.mark.parametrize("lost", ["random", "optimiser", "schedule"])
def test_a_checkpoint_that_has_lost_something_does_not_lead_to_the_same_weights(small: Dataset, lost: str) -> None:
    asked, data = with_layers(*RANDOM, epochs=3, schedule="plateau", plateau_patience=0), misleading(small)
    taken = checkpoint_at(asked, data, lambda event: isinstance(event, BatchDone) and event.step == 15)
    fresh = checkpoint_at(asked, data, lambda event: isinstance(event, RunStarted))
    assert equal(final(asked, data, taken).weights, final(asked, data).weights)
    if lost == "optimiser":
        broken = replace(taken, optimiser=fresh.optimiser)
    else:
        broken = replace(taken, state=taken.state | {lost: fresh.state[lost]})
        assert broken.state != taken.state
    assert not equal(final(asked, data, broken).weights, final(asked, data).weights)


def test_the_events_of_a_resumed_run_go_on_where_the_others_broke_off(small: Dataset) -> None:
    asked = with_layers(*RANDOM, epochs=2)
    plain = run(asked, small)
    taken = checkpoint_at(asked, small, lambda event: isinstance(event, BatchDone) and event.step == 3, run_id="mine")
    events = run(asked, small, resume=taken)
    assert (events[0].run, events[0].step, events[0].resumed, events[0].steps) == ("mine", 3, True, 12)
    assert not plain[0].resumed

    def figures(batch: BatchDone) -> tuple[Any, ...]:
        return batch.step, batch.epoch, batch.loss, batch.accuracy, batch.images, batch.learning_rate

    assert [figures(batch) for batch in of(BatchDone, events)] == [figures(batch) for batch in of(BatchDone, plain)][3:]
    for one, other in zip(of(EpochDone, events), of(EpochDone, plain), strict=True):
        assert (one.epoch, one.step, one.loss, one.accuracy) == (other.epoch, other.step, other.loss, other.accuracy)
        assert (one.validation, one.is_best) == (other.validation, other.is_best)
    assert events[-1].test == plain[-1].test


def test_settings_changed_on_the_way_still_hold_after_resuming(small: Dataset) -> None:
    asked = with_layers(*RANDOM, epochs=2, weight_decay=0.01)
    change = Change(learning_rate=0.02, weight_decay=0.3, dropout=0.9)

    def changed(step: int) -> Checkpoint:
        with closing(Run(asked, small)) as going:
            until(going, BatchDone, 2)
            going.change(change)
            assert [type(next(going.events())) for _setting in range(3)] == [SettingChanged] * 3
            until(going, BatchDone, step)
            checkpoint = going.checkpoint()
        assert checkpoint is not None
        return checkpoint

    with closing(Run(asked, small, resume=through_a_file(changed(4)))) as resumed:
        until(resumed, BatchDone, 7)
        got = resumed.checkpoint()
    assert got is not None
    assert equal(got.weights, changed(7).weights)


def test_the_number_of_threads_is_the_checkpoints(small: Dataset) -> None:
    asked = tiny()
    taken = checkpoint_at(asked, small, lambda event: isinstance(event, BatchDone), threads=(2,))
    assert run(asked, small, resume=taken, threads=(1, 3))[0].threads == 2


def test_a_run_that_had_not_yet_settled_on_threads_tries_again(small: Dataset) -> None:
    asked = tiny(epochs=2, batch_size=32)
    amid = checkpoint_at(asked, small, lambda event: isinstance(event, BatchDone) and event.step == 2, threads=(2, 1))
    events = run(asked, small, resume=amid, threads=(1, 2))
    assert events[0].threads == 1
    assert len(of(ThreadsChosen, events)) == 1
    settled = checkpoint_at(asked, small, lambda event: isinstance(event, ThreadsChosen), threads=(2, 1))
    events = run(asked, small, resume=settled, threads=(1, 2))
    assert events[0].threads == settled.state["threads"]
    assert of(ThreadsChosen, events) == []


def test_a_run_does_not_go_on_with_another_network(small: Dataset) -> None:
    taken = checkpoint_at(tiny(), small, lambda event: isinstance(event, BatchDone))
    with pytest.raises(TrainingError, match="changed since"):
        Run(with_layers(*RANDOM), small, resume=taken)


def test_a_run_that_was_told_to_stop_can_be_resumed(small: Dataset) -> None:
    asked = with_layers(*RANDOM, epochs=2)
    going = Run(asked, small)
    until(going, BatchDone, 8)
    going.stop()
    assert until(going, RunEnded).end is End.STOPPED
    checkpoint = going.checkpoint()
    assert checkpoint is not None
    assert_same(final(asked, small, through_a_file(checkpoint)), final(asked, small))
