"""A run that is one of several processes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from torch import nn
from training_runs import equal, last_weights, project, run, tiny, until

from cnnlab.core.runs.events import BatchDone, Change, End, RunEnded, RunStarted, WeightsPublished
from cnnlab.engine.data.picture_sets import Dataset
from cnnlab.engine.network import network
from cnnlab.engine.training.run import Run
from cnnlab.engine.training.run_setup import TrainingError


class Twins:
    """A group of one process that counts what it is asked."""

    rank, processes, device = 0, 1, None

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.sums: list[int] = []
        self.left = False
        self.stops = False

    def agree(self, stop: bool = False, change: Any = None) -> Any:
        self.asked.append((stop, change))
        return stop or self.stops, change

    def sum(self, values: Any) -> list[float]:
        self.sums.append(len(values))
        return list(values)

    def first(self, value: Any) -> Any:
        return value

    def wrap(self, network: nn.Module) -> nn.Module:
        return network

    def give_up(self) -> None:
        self.left = True


def test_a_group_agrees_after_every_event_and_adds_up_every_step(small: Dataset) -> None:
    group: Any = Twins()
    events = run(tiny(), small, group=group)
    assert equal(last_weights(events), last_weights(run(tiny(), small)))
    assert len(group.asked) == len(events)  # one more before the start, none after the end
    assert group.sums == [1, 4] * 6
    assert not group.left


def test_what_the_group_agrees_on_is_obeyed_whatever_the_own_driver_says(small: Dataset) -> None:
    group: Any = Twins()
    going = Run(tiny(), small, group=group)
    until(going, BatchDone)
    group.stops = True
    assert [type(event) for event in going.events()] == [WeightsPublished, RunEnded]


def test_what_is_wanted_of_a_run_is_asked_of_its_group_once(small: Dataset) -> None:
    group: Any = Twins()
    change = Change(learning_rate=0.25)
    going = Run(tiny(), small, group=group)
    until(going, BatchDone)
    going.change(change)
    going.weights()
    going.checkpoint()
    before = len(group.asked)
    until(going, BatchDone)
    assert group.asked[before:] == [(False, change), (False, None)], "a look at the run is nobody else's business"
    going.stop()
    list(going.events())
    assert group.asked[-1] == (True, None)


def test_a_process_that_fails_tells_its_group(small: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    group: Any = Twins()
    going = Run(tiny(), small, group=group)
    until(going, RunStarted)
    monkeypatch.setattr(nn.Linear, "forward", lambda self, x: {}["missing"])
    assert list(going.events())[-1].end is End.FAILED
    assert group.left
    late: Any = Twins()
    with pytest.raises(TrainingError):
        Run(replace(tiny(), graph=project().graph.disconnect(project().graph.wires[:1])), small, group=late)
    assert late.left


def test_a_process_tells_its_group_whatever_keeps_it_from_beginning(
    small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    group: Any = Twins()
    monkeypatch.setattr(network, "build", lambda graph: {}["missing"])
    with pytest.raises(KeyError):
        Run(tiny(), small, group=group)
    assert group.left
