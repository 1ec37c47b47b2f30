"""Several batches whose gradients make one step are as one batch that is so many times larger."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from training_runs import last_weights, of, run, tiny, with_layers

from cnnlab.core.project.project import Project
from cnnlab.core.runs.events import BatchDone, EpochDone, RunStarted
from cnnlab.core.runs.progress import RunProgress
from cnnlab.engine.data import batches
from cnnlab.engine.data.picture_sets import Dataset
from cnnlab.engine.training.run_setup import set_up

CONV: tuple[Any, ...] = ("conv2d", "conv", {"out_channels": 4, "stride": 3})
DROPOUT: tuple[Any, ...] = ("dropout", "drop", {})


def conv(**settings: Any) -> Project:
    """Without normalisation and dropout, which go by the batch."""
    return with_layers(CONV, **{"precision": "float32", "epochs": 2} | settings)


@pytest.mark.parametrize(
    ("size", "together"),
    [(16, 4), (64, 4), (64, 6), (64, 100), (100, 2)],  # of 330 pictures
)
@pytest.mark.parametrize("more", [{}, {"class_weights": "balanced", "l1": 0.001, "clip_norm": 0.5}])
def test_the_run_is_that_of_a_larger_batch(small: Dataset, size: int, together: int, more: dict[str, Any]) -> None:
    parts = run(conv(batch_size=size, accumulate=together, **more), small)
    whole = run(conv(batch_size=size * together, **more), small)
    assert of(RunStarted, parts)[0].steps == of(RunStarted, whole)[0].steps
    for one, other in zip(of(BatchDone, parts), of(BatchDone, whole), strict=True):
        assert (one.step, one.images, one.learning_rate) == (other.step, other.images, other.learning_rate)
        assert one.loss == pytest.approx(other.loss, rel=1e-3)
    for mine, theirs in zip(of(EpochDone, parts), of(EpochDone, whole), strict=True):
        assert mine.validation_loss == pytest.approx(theirs.validation_loss, rel=1e-3)
    one, other = last_weights(parts), last_weights(whole)
    for uid, held in one.nodes.items():
        for name, array in held.items():
            np.testing.assert_allclose(array, other.nodes[uid][name], rtol=1e-3, atol=1e-3)


def test_a_batch_that_is_dropped_is_the_small_one_and_the_last_step_is_made_of_what_is_left(small: Dataset) -> None:
    events = run(tiny(batch_size=64, accumulate=2, drop_last=True), small)
    assert [batch.images for batch in of(BatchDone, events)] == [128, 256, 320]


def test_steps_are_counted_and_not_batches(small: Dataset) -> None:
    events = run(tiny(batch_size=16, accumulate=7, epochs=2, max_steps=5), small)
    assert (of(RunStarted, events)[0].batches, of(RunStarted, events)[0].steps) == (3, 5)
    assert [batch.step for batch in of(BatchDone, events)] == [1, 2, 3, 4, 5]
    assert [(epoch.epoch, epoch.step) for epoch in of(EpochDone, events)] == [(1, 3), (2, 5)]


def test_what_is_left_is_reckoned_by_the_pictures_of_a_step(small: Dataset) -> None:
    project = tiny(batch_size=16, accumulate=4, epochs=2)  # steps of 64 pictures, of 330
    progress = RunProgress(step_size=project.training.step_size)
    for event in run(project, small):
        progress = progress.after(event)
        if isinstance(event, BatchDone) and progress.pace.seconds_left is not None:
            left = 2 * 6 - event.step
            assert progress.pace.seconds_left * event.images_per_second == pytest.approx(left * 64)
        if isinstance(event, BatchDone) and event.step == 1:
            assert (event.images, progress.pace.seen) == (64, 0)
            progress = replace(progress, pace=replace(progress.pace, seconds_left=1.0))  # the speed is steady


def test_steps_hold_the_batches_of_an_epoch_in_order(small: Dataset) -> None:
    plan = batches.plan(small.train, tiny(batch_size=64, accumulate=4), "cpu")
    flat = list(plan.epoch(3))
    for skip in range(3):
        taken = [(step.labels, step.count, list(step.batches)) for step in plan.steps_of(3, skip)]
        assert [count for _labels, count, _batches in taken] == [4, 2][skip:]
        got = [batch for _labels, _count, held in taken for batch in held]
        for one, other in zip(got, flat[4 * skip :], strict=True):
            assert torch.equal(one.inputs, other.inputs)
            assert torch.equal(one.labels, other.labels)
        for labels, _count, held in taken:
            assert torch.equal(labels, torch.cat([batch.labels for batch in held]))
    plan.close()


def test_the_batches_of_a_step_drop_different_values(small: Dataset) -> None:
    parts = set_up(with_layers(DROPOUT, batch_size=64, accumulate=3, precision="float32"), small, "cpu")
    masks: list[torch.Tensor] = []

    def note(_module: object, _inputs: object, output: torch.Tensor) -> None:
        masks.append(output.detach() == 0)

    drop = parts.network.graph.by_path["drop"]
    handle = parts.network.module(drop.uid).register_forward_hook(note)
    parts.network.train()
    steps = parts.plan.steps_of(1)
    first = next(steps)
    held = [batches.Batch(torch.ones_like(batch.inputs), batch.labels, batch.count) for batch in first.batches]
    parts.stepper.learn(batches.Step(first.labels, first.count, iter(held)), 0.01, draw=5, step=6)
    steps.close()
    handle.remove()
    parts.plan.close()
    assert len(masks) == 3
    assert not any(torch.equal(masks[one], masks[other]) for one, other in ((0, 1), (1, 2), (0, 2)))
