from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from training_runs import equal, first, last_weights, of, project, run, tiny, trained, until, with_layers

from cnnlab.core import templates
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project, Weights
from cnnlab.core.runs.events import (
    BatchDone,
    End,
    EpochDone,
    Measuring,
    RunEnded,
    RunStarted,
    Split,
    ThreadsChosen,
    WeightsPublished,
)
from cnnlab.engine.data.datasets import mnist
from cnnlab.engine.data.draws import permutation
from cnnlab.engine.data.picture_sets import Dataset, PictureSet
from cnnlab.engine.network import network, weights
from cnnlab.engine.training.evaluation import evaluate
from cnnlab.engine.training.run import Run

MEAN, STD = 0.1307, 0.3081


def by_hand(project: Project, dataset: Dataset, optimiser: Any) -> dict[str, torch.Tensor]:
    """The starter net trained for one epoch in the plainest PyTorch there is."""
    layers: list[nn.Module] = []
    for before, filters in itertools.pairwise((1, 32, 64, 128)):
        layers += [nn.Conv2d(before, filters, 3), nn.ReLU(), nn.MaxPool2d(2)]
    net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 10))
    fresh = network.build(project.graph)
    weights.load(fresh, Weights(), project.training.seed)
    for mine, given in zip(net.parameters(), fresh.parameters(), strict=True):
        mine.data.copy_(given.data)
    optimiser = optimiser(net.parameters())
    order = permutation(len(dataset.train), project.training.seed, 1)
    for start in range(0, len(order), project.training.batch_size):
        index = order[start : start + project.training.batch_size]
        pictures = (dataset.train.images[index].float() / 255 - MEAN) / STD
        loss = F.cross_entropy(net(pictures), dataset.train.labels[index])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return dict(zip(dict(fresh.named_parameters()), (p.detach() for p in net.parameters()), strict=True))


@pytest.mark.parametrize(
    ("settings", "optimiser"),
    [
        ({"optimiser": "sgd", "learning_rate": 0.05, "momentum": 0.9}, lambda p: torch.optim.SGD(p, 0.05, momentum=0.9)),
        (
            {"optimiser": "sgd", "learning_rate": 0.05, "momentum": 0.0, "weight_decay": 0.01, "decay_all": True},
            lambda p: torch.optim.SGD(p, 0.05, weight_decay=0.01),
        ),
        ({"optimiser": "adam", "learning_rate": 0.001}, lambda p: torch.optim.Adam(p, 0.001)),
        (
            {"optimiser": "adamw", "learning_rate": 0.001, "weight_decay": 0.1, "decay_all": True},
            lambda p: torch.optim.AdamW(p, 0.001, weight_decay=0.1),
        ),
    ],
)  # fmt: skip
def test_training_is_what_a_hand_written_loop_does(small: Dataset, settings: dict[str, Any], optimiser: Any) -> None:
    asked = project(schedule="constant", **settings)
    got = last_weights(run(asked, small))
    expected = by_hand(asked, small, optimiser)
    assert got.step == 6
    for path, tensor in expected.items():
        uid, name = path.rsplit(".", 1)
        # Sums run in another order in channels_last; the weights have moved by some 0.01.
        np.testing.assert_allclose(got.nodes[uid][name], tensor.numpy(), rtol=0, atol=5e-5, err_msg=path)


def test_the_events_come_in_the_promised_order_and_count_right(small: Dataset) -> None:
    events = run(tiny(epochs=2), small)
    kinds = [kind for kind, _ in itertools.groupby(events, type)]
    epoch = [BatchDone, Measuring, EpochDone, WeightsPublished]
    assert kinds == [RunStarted, WeightsPublished, *epoch, *epoch, Measuring, RunEnded]
    assert [batch.step for batch in of(BatchDone, events)] == list(range(1, 13))
    assert [batch.epoch for batch in of(BatchDone, events)] == [1] * 6 + [2] * 6
    assert [batch.images for batch in of(BatchDone, events)][4:7] == [320, 330, 394]
    assert [published.weights.step for published in of(WeightsPublished, events)] == [0, 6, 12]
    assert [(m.split, m.done, m.total) for m in of(Measuring, events)] == [
        (Split.VALIDATION, 100, 100), (Split.VALIDATION, 100, 100), (Split.TEST, 60, 60)
    ]  # fmt: skip
    started = events[0]
    assert (started.device, started.threads, started.epochs, started.batches) == ("cpu", 1, 2, 6)
    assert len({(event.run, event.graph) for event in events}) == 1
    assert started.graph == tiny().graph.digest


def test_the_figures_are_those_of_the_published_weights(small: Dataset) -> None:
    asked = tiny(epochs=1)
    events = run(asked, small)
    net = network.build(asked.graph)
    weights.load(net, last_weights(events), 0)
    validation = evaluate(net, small.validation, asked.preprocessing)
    [done] = of(EpochDone, events)
    assert (done.validation_loss, done.validation_accuracy) == (
        pytest.approx(validation.loss, rel=1e-6), validation.accuracy
    )  # fmt: skip
    assert events[-1].end is End.COMPLETED
    assert events[-1].test_accuracy == evaluate(net, small.test, asked.preprocessing).accuracy
    batches = of(BatchDone, events)
    sizes = [64] * 5 + [10]
    assert done.loss == pytest.approx(sum(b.loss * n for b, n in zip(batches, sizes, strict=True)) / 330)
    assert done.accuracy == pytest.approx(sum(b.accuracy * n for b, n in zip(batches, sizes, strict=True)) / 330)
    assert done.seconds > 0
    assert all(batch.images_per_second > 0 for batch in batches)
    # The first loss is that of the fresh weights on the first batch of the permutation.
    weights.load(net, Weights(), 0)
    index = permutation(330, 0, 1)[:64]
    fresh = evaluate(net, PictureSet(small.train.images[index], small.train.labels[index]), asked.preprocessing)
    assert (batches[0].loss, batches[0].accuracy) == (pytest.approx(fresh.loss, rel=1e-5), fresh.accuracy)


def test_the_same_seed_gives_the_same_bits_and_another_does_not(small: Dataset) -> None:
    layers: list[templates.Layer] = [
        ("conv2d", "conv", {"out_channels": 4, "stride": 3}),
        ("batchnorm2d", "norm", {}),
        ("dropout", "drop", {}),
    ]
    torch.manual_seed(1)
    one = last_weights(run(with_layers(*layers, seed=7), small))
    torch.manual_seed(2)
    again = last_weights(run(with_layers(*layers, seed=7), small))
    assert equal(one, again)
    assert not equal(one, last_weights(run(with_layers(*layers, seed=8), small)))


def test_a_run_leaves_torchs_generator_to_others(small: Dataset) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    run(with_layers(("dropout", "drop", {})), small)
    assert torch.equal(torch.rand(3), expected)


def test_going_on_counts_steps_and_orders_on(small: Dataset) -> None:
    # Plain SGD has no memory, so two runs of one epoch must be one run of two.
    settings = {"optimiser": "sgd", "momentum": 0.0, "learning_rate": 0.1, "schedule": "constant"}
    whole = last_weights(run(tiny(epochs=2, **settings), small))
    half = last_weights(run(tiny(epochs=1, **settings), small))
    events = run(trained(tiny(epochs=1, **settings), half), small)
    assert events[0].step == 6
    assert events[0].kept == ("fc",)
    assert equal(last_weights(events), whole)


def test_an_epoch_that_was_broken_off_counts_when_a_run_goes_on(small: Dataset) -> None:
    asked = trained(tiny(), replace(last_weights(run(tiny(), small)), step=7))
    net = network.build(asked.graph)
    weights.load(net, asked.weights, 0)
    index = permutation(330, 0, 3)[:64]  # 7 steps of 6 an epoch: in the second epoch, so the third is next
    expected = evaluate(net, PictureSet(small.train.images[index], small.train.labels[index]), asked.preprocessing)
    assert of(BatchDone, run(asked, small))[0].loss == pytest.approx(expected.loss, rel=1e-5)


def test_after_an_edit_what_fits_goes_on_and_the_rest_is_named(small: Dataset) -> None:
    before = project()
    before = trained(before, last_weights(run(before, small)))
    edited = changes.set_params(before, "conv3", out_channels=40)
    events = run(edited, small)
    started, start = events[0], of(WeightsPublished, events)[0].weights
    # fc1 reads what conv3 makes.
    assert started.kept == ("conv1", "conv2", "fc2")
    assert started.restarted == ("conv3", "fc1")
    for uid in ("conv1", "conv2", "fc2"):
        np.testing.assert_array_equal(start.nodes[uid]["weight"], before.weights.nodes[uid]["weight"])
    assert start.nodes["conv3"]["weight"].shape == (40, 64, 3, 3)
    assert events[-1].end is End.COMPLETED


def test_published_arrays_are_plain_read_only_and_stay_as_they_are(small: Dataset) -> None:
    going = Run(project(), small)
    published = until(going, WeightsPublished)
    assert isinstance(published, WeightsPublished)
    array = published.weights.nodes["conv2"]["weight"]
    before = array.copy()
    assert array.shape == (64, 32, 3, 3)
    assert array.flags.c_contiguous
    assert not array.flags.writeable
    next(going.events())
    assert np.array_equal(array, before)
    going.close()


def test_several_thread_counts_are_tried_on_batches_that_count(small: Dataset) -> None:
    events = run(tiny(batch_size=8), small, threads=(2, 1))
    assert events[0].threads == 2
    [chosen] = of(ThreadsChosen, events)
    assert chosen.threads in (1, 2)
    assert [batch.step for batch in of(BatchDone, events)] == list(range(1, 43))
    assert of(ThreadsChosen, run(tiny(), small, threads=(1,))) == []


def test_without_held_out_pictures_a_run_goes_through(small: Dataset) -> None:
    nothing = first(small.validation, 0)
    events = run(tiny(), replace(small, validation=nothing, test=nothing))
    assert of(EpochDone, events)[0].validation_accuracy is None
    assert events[-1].end is End.COMPLETED
    assert events[-1].test_accuracy is None


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(5))
def test_the_starter_net_reaches_98_5_percent_in_two_epochs(seed: int) -> None:
    torch.set_num_threads(2)
    asked = changes.set_training(templates.BY_KEY["mnist"].build(), seed=seed)
    assert asked.training.epochs <= 2
    assert run(asked, mnist())[-1].test_accuracy >= 0.985


def test_a_run_has_the_name_that_it_is_given(small: Dataset) -> None:
    assert {event.run for event in run(tiny(), small, run_id="monday")} == {"monday"}
