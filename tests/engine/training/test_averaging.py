"""The running mean of the weights, and that it is what a run measures and hands out."""

from __future__ import annotations

import copy
from contextlib import closing
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch.optim.swa_utils import AveragedModel
from training_runs import equal, last_weights, misleading, of, run, until, with_layers

from cnnlab.core.project.project import Project, Weights
from cnnlab.core.runs.events import BatchDone, EpochDone, WeightsPublished
from cnnlab.core.training.learning import Learning
from cnnlab.core.values import Frozen
from cnnlab.engine.data.picture_sets import Dataset
from cnnlab.engine.network import network, shapes, state, weights
from cnnlab.engine.training import evaluation, run_memory
from cnnlab.engine.training.run import Run
from cnnlab.engine.training.step import Average

NORM: list[Any] = [("conv2d", "conv", {"out_channels": 4, "stride": 3}), ("batchnorm2d", "norm", {})]


def asked(**settings: Any) -> Project:
    return with_layers(*NORM, **{"precision": "float32", "epochs": 2, "ema_decay": 0.9} | settings)


def built(held: Weights) -> network.Network:
    net = network.build(asked().graph)
    weights.load(net, held, 0)
    return net


@pytest.mark.parametrize("decay", [0.5, 0.999])
def test_it_is_torchs_mean_with_a_quick_start(decay: float) -> None:
    net = network.build(asked().graph)
    weights.load(net, Weights(), 0)

    def mean(so_far: torch.Tensor, now: torch.Tensor, steps: torch.Tensor | int) -> torch.Tensor:
        if not so_far.is_floating_point():
            return now
        share = min(decay, int(steps) / (9 + int(steps)))  # torch counts the start as a step
        return share * so_far + (1 - share) * now

    theirs = AveragedModel(net, avg_fn=mean, use_buffers=True)
    theirs.update_parameters(net)
    ours = Average(net, decay)
    for number in range(30):
        generator = torch.Generator().manual_seed(number)
        with torch.no_grad():
            for tensor in net.state_dict().values():
                tensor.copy_(torch.rand(tensor.shape, generator=generator) * 10)
        ours.follow()
        theirs.update_parameters(net)
    for one, other in zip(ours.network.state_dict().values(), theirs.module.state_dict().values(), strict=True):
        torch.testing.assert_close(one, other)
    assert ours.steps == 30


def test_a_run_hands_out_the_mean_of_the_weights_that_it_passes_through(small: Dataset) -> None:
    project = asked()
    with closing(Run(project, small)) as going:
        until(going, WeightsPublished)
        begun = going.checkpoint()
        assert begun is not None
        assert begun.moving is not None
        assert equal(begun.moving, begun.weights)
        moved = built(begun.moving)
        mean = Average(moved, project.training.ema_decay)
        for event in going.events():
            if isinstance(event, BatchDone):
                kept = going.checkpoint()
                assert kept is not None
                assert kept.moving is not None
                weights.load(moved, kept.moving, 0)
                mean.follow()
                assert equal(kept.weights, going.weights())
                assert equal(kept.weights, weights.snapshot(mean.network, event.step))
                assert not equal(kept.weights, kept.moving)
            if isinstance(event, EpochDone):
                measured = evaluation.evaluate(built(going.weights()), small.validation, project.preprocessing)
                assert event.validation.loss == pytest.approx(measured.loss, rel=1e-4)


def test_the_weights_move_as_they_do_without_a_mean(small: Dataset) -> None:
    plain = last_weights(run(asked(ema_decay=0.0), small))
    with closing(Run(asked(), small)) as going:
        until(going, BatchDone, 12)
        kept = going.checkpoint()
    assert kept is not None
    assert kept.moving is not None
    assert equal(kept.moving, plain)


def test_a_run_ends_with_the_best_mean_and_measures_that(small: Dataset) -> None:
    project, data = asked(epochs=5, early_stopping=5, schedule="constant"), misleading(small)
    events = run(project, data)
    best = max(of(EpochDone, events), key=lambda epoch: epoch.step if epoch.is_best else 0)
    last = last_weights(events)
    assert last.step == best.step == events[-1].step
    assert last.step < of(EpochDone, events)[-1].step, "the last weights should not be the best, or this shows little"
    measured = evaluation.evaluate(built(last), data.test, project.preprocessing)
    assert events[-1].test.loss == pytest.approx(measured.loss, rel=1e-4)


def test_frozen_layers_stay_as_they_are(small: Dataset) -> None:
    project: Project = replace(asked(), learning=Frozen({"conv": Learning(frozen=True), "norm": Learning(frozen=True)}))
    start, *_between, end = of(WeightsPublished, run(project, small))
    for uid in ("conv", "norm"):
        for name, array in start.weights.nodes[uid].items():
            np.testing.assert_array_equal(array, end.weights.nodes[uid][name])
    assert (start.weights.nodes["fc"]["weight"] != end.weights.nodes["fc"]["weight"]).any()


def test_its_memory_is_predicted() -> None:
    project = asked()
    facts = shapes.infer(project.graph)
    with_mean, without = (
        run_memory.predict(project.graph, facts, replace(project.training, ema_decay=decay), "float32").fixed
        for decay in (0.9, 0.0)
    )
    held = Average(state.network(project), 0.9).network.state_dict().values()
    assert with_mean - without == sum(tensor.nbytes for tensor in held)


def test_the_mean_is_no_part_of_the_network() -> None:
    net = state.network(asked())
    before = copy.deepcopy(net.state_dict())
    mean = Average(net, 0.9)
    mean.network.state_dict()["fc.weight"].zero_()
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())
    assert all(parameter.requires_grad for parameter in net.parameters())
