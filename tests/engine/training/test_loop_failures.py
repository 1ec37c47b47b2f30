"""Runs that cannot begin, and runs that something ends."""

from __future__ import annotations

import itertools
import logging
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from training_runs import (
    DIVERGING,
    equal,
    finite,
    first,
    last_weights,
    of,
    project,
    run,
    tiny,
    trained,
    until,
    with_layers,
)

from cnnlab.core import templates
from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project, Weights
from cnnlab.core.runs.events import BatchDone, Change, End, RunEnded, RunStarted, WeightsPublished
from cnnlab.core.values import Frozen
from cnnlab.engine.data.datasets import DataError
from cnnlab.engine.data.picture_sets import Dataset, PictureSet
from cnnlab.engine.network import weights
from cnnlab.engine.training import devices
from cnnlab.engine.training.run import Run
from cnnlab.engine.training.run_setup import TrainingError


def test_a_loss_that_is_not_a_number_ends_the_run_with_the_weights_before(small: Dataset) -> None:
    events = run(project(epochs=20, **DIVERGING), small)
    ended, held = events[-1], last_weights(events)
    assert isinstance(ended, RunEnded)
    assert ended.end is End.FAILED
    done = of(BatchDone, events)[-1].step
    assert ended.step == held.step == done < 120
    assert finite(held)
    assert re.fullmatch(
        rf"The (loss became NaN|loss became infinite|gradients became infinite) at step {done + 1}\. "
        rf"Training was stopped; the weights of step {done} are kept\. "
        r"The learning rate \(100\) is the usual reason; try 10\.",
        str(ended.message),
    )


def test_weights_that_overflow_are_never_published(small: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    # The loss was finite and its gradient is not: the step itself spoils the weights.
    going = Run(tiny(), small)
    until(going, BatchDone, 5)
    step = torch.optim.Adam.step

    def spoiling(self: torch.optim.Adam) -> None:
        step(self)
        with torch.no_grad():
            self.param_groups[0]["params"][0].fill_(float("inf"))

    monkeypatch.setattr(torch.optim.Adam, "step", spoiling)
    rest = list(going.events())
    assert all(finite(published.weights) for published in of(WeightsPublished, rest))
    assert rest[-1].end is End.FAILED
    assert str(rest[-1].message).startswith(
        "Some weights became NaN or infinite at step 6. Training was stopped; the weights of step 0 are kept."
    )
    assert rest[-1].step == last_weights(rest).step == 0


def test_what_goes_wrong_in_a_batch_ends_the_run_in_words(
    small: Dataset, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked = with_layers(("batchnorm2d", "norm", {}))
    plain = [event.weights for event in Run(asked, small).events() if isinstance(event, WeightsPublished)]
    real, calls = nn.Linear.forward, itertools.count(1)

    def failing(self: nn.Linear, x: torch.Tensor) -> torch.Tensor:
        # Batch normalisation, before it, has written its means by then.
        if next(calls) == 4:
            raise RuntimeError("[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: not enough memory")
        return real(self, x)

    monkeypatch.setattr(nn.Linear, "forward", failing)
    events = run(asked, small)
    assert [type(event) for event in events[-2:]] == [WeightsPublished, RunEnded]
    assert events[-1].end is End.FAILED
    assert str(events[-1].message) == (
        "This computer ran out of memory at batch size 64. The weights of step 3 are kept. Try batch size 32."
    )
    assert "DefaultCPUAllocator" in caplog.text
    # The kept weights are those of a run that was stopped there.
    monkeypatch.undo()
    stopped = Run(asked, small)
    until(stopped, BatchDone, 3)
    stopped.stop()
    expected = until(stopped, WeightsPublished)
    assert equal(events[-2].weights, expected.weights)
    assert not equal(plain[0], expected.weights)


def test_a_driver_never_meets_an_exception_of_ours(small: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    going = Run(tiny(), small)
    until(going, RunStarted)
    monkeypatch.setattr(nn.Linear, "forward", lambda self, x: {}["missing"])
    rest = list(going.events())
    assert rest[-1].end is End.FAILED
    assert "error in cnnlab (KeyError)" in str(rest[-1].message)


def test_a_batch_of_one_under_batch_normalisation_is_explained(small: Dataset) -> None:
    asked = with_layers(("conv2d", "conv", {"kernel_size": 28}), ("batchnorm2d", "norm", {}), batch_size=1)
    ended = run(asked, small)[-1]
    assert ended.end is End.FAILED
    assert "one picture" in str(ended.message)
    assert "Choose another batch size." in str(ended.message)


def labelled(dataset: Dataset, label: int) -> Dataset:
    labels = dataset.train.labels.clone()
    labels[7] = label
    return replace(dataset, train=PictureSet(dataset.train.images, labels))


def refusal(project: Project, dataset: Dataset, **how: Any) -> str:
    with pytest.raises(TrainingError) as caught:
        Run(project, dataset, **how)
    return str(caught.value.message)


def test_what_cannot_be_trained_is_refused_before_the_first_event(
    small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "cannot be trained yet" in refusal(project("empty"), small)
    assert "10" in refusal(changes.set_params(project(), "fc2", out_features=9), small)
    assert "labelled as class 10" in refusal(project(), labelled(small, 10))
    assert "labelled as class -1" in refusal(project(), labelled(small, -1))
    two_channels = PictureSet(small.train.images.repeat(1, 2, 1, 1), small.train.labels)
    assert "have 2 channels" in refusal(project(), replace(small, train=two_channels))
    assert "no training pictures" in refusal(project(), replace(small, train=first(small.train, 0)))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert "“cuda”" in refusal(project(), small, device="cuda")


def test_weights_that_are_no_numbers_are_refused(small: Dataset) -> None:
    spoilt = last_weights(run(tiny(), small))
    tensors = spoilt.nodes["fc"]
    spoilt = Weights(6, Frozen({"fc": Frozen({**tensors, "bias": np.full_like(tensors["bias"], np.nan)})}))
    assert "not finite" in refusal(trained(tiny(), spoilt), small)


def test_a_network_without_weights_has_nothing_to_learn(small: Dataset) -> None:
    rows: list[templates.Layer] = [
        ("input", "input", {"height": 2, "width": 5}),
        ("flatten", "flatten", {}),
        ("output", "output", {}),
    ]
    assert "nothing to learn" in refusal(templates.chain([rows]), small)


def test_a_failure_is_logged_with_its_traceback(
    small: Dataset, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    going = Run(tiny(), small)
    until(going, RunStarted)
    monkeypatch.setattr(nn.Linear, "forward", lambda self, x: {}["lost"])
    with caplog.at_level(logging.ERROR):
        list(going.events())
    assert "Traceback" in caplog.text
    assert "lost" in caplog.text


def test_a_picture_that_is_gone_before_the_start_is_a_reason_not_to_begin(small: Dataset) -> None:
    class Gone(PictureSet):
        def read(self, indices: Any) -> torch.Tensor:
            raise DataError(message("“7.png” is gone."))

    lost = replace(small, train=Gone(small.train.images, small.train.labels))
    assert refusal(tiny(), lost) == "“7.png” is gone."


def test_a_picture_that_vanishes_ends_the_run_with_the_weights_before(small: Dataset) -> None:
    class Vanishing(PictureSet):
        def read(self, indices: Any) -> torch.Tensor:
            if 7 in list(indices) and gone:
                raise DataError(message("“7.png” is gone."))
            return super().read(indices)

    gone = False
    pictures = Vanishing(small.train.images, small.train.labels)
    going = Run(tiny(pictures="stream", epochs=3), replace(small, train=pictures))
    until(going, BatchDone, 6)
    gone = True
    ended = list(going.events())[-1]
    assert isinstance(ended, RunEnded)
    assert ended.end is End.FAILED
    assert str(ended.message).startswith("“7.png” is gone. Training was stopped; the weights of step ")
    assert 6 <= ended.step < 12


def test_a_graphics_card_that_is_full_ends_the_run_with_the_weights_before(
    small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    going = Run(tiny(batch_size=32), small)
    until(going, BatchDone, 4)

    def full(self: nn.Linear, x: torch.Tensor) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")

    monkeypatch.setattr(nn.Linear, "forward", full)
    published, ended = next(going.events()), next(going.events())
    assert isinstance(published, WeightsPublished)
    assert published.weights.step == 4
    assert isinstance(ended, RunEnded)
    checkpoint = going.checkpoint()
    assert checkpoint is not None
    assert str(ended.message) == (
        "The GPU ran out of memory at batch size 32. The weights of step 4 are kept. Try batch size 16."
    )
    # And the run can go on, once there is room again.
    monkeypatch.undo()
    assert equal(
        last_weights(run(tiny(batch_size=32), small, resume=checkpoint)),
        last_weights(run(tiny(batch_size=32), small)),
    )


def test_a_graphics_card_that_answers_nothing_any_more_ends_the_run_with_the_weights_before(
    small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_anything: Any) -> Any:
        raise torch.AcceleratorError("CUDA error: device-side assert triggered")

    going = Run(tiny(), small)
    until(going, BatchDone, 2)
    for place, name in ((nn.Linear, "forward"), (devices, "release_memory"), (weights, "snapshot")):
        monkeypatch.setattr(place, name, broken)
    published, ended = going.events()
    assert isinstance(published, WeightsPublished)
    assert published.step == published.weights.step == 0
    assert isinstance(ended, RunEnded)
    assert str(ended.message).startswith("The GPU stopped responding. The weights of step 0 are kept.")


def test_more_memory_than_there_is_ends_the_run_in_words(small: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    real = nn.Linear.forward

    def greedy(self: nn.Linear, x: torch.Tensor) -> torch.Tensor:
        torch.empty(2**50)
        return real(self, x)

    going = Run(tiny(), small)
    until(going, BatchDone, 2)
    monkeypatch.setattr(nn.Linear, "forward", greedy)
    ended = list(going.events())[-1]
    assert isinstance(ended, RunEnded)
    assert str(ended.message) == (
        "This computer ran out of memory at batch size 64. The weights of step 2 are kept. Try batch size 32."
    )


def test_a_rate_that_was_changed_on_the_way_is_the_one_that_is_blamed(small: Dataset) -> None:
    going = Run(project(optimiser="sgd", epochs=20), small)
    until(going, BatchDone)
    going.change(Change(learning_rate=100.0, weight_decay=1.0))
    ended = list(going.events())[-1]
    assert isinstance(ended, RunEnded)
    assert "The learning rate (100) is the usual reason; try 10." in str(ended.message)
