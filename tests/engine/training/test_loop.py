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
from torch.nn import functional as F
from training_runs import equal, finite, first, last_weights, of, project, run, small_mnist, tiny, trained, with_layers

from cnnlab.core import changes, templates
from cnnlab.core.events import (
    BatchDone,
    Change,
    CheckpointReady,
    Command,
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
from cnnlab.core.messages import message
from cnnlab.core.project import Project, Weights
from cnnlab.core.values import Frozen
from cnnlab.engine import network, weights
from cnnlab.engine.data.datasets import DataError, mnist
from cnnlab.engine.data.order import permutation
from cnnlab.engine.data.picture_sets import Dataset, PictureSet
from cnnlab.engine.training import devices
from cnnlab.engine.training.evaluation import evaluate
from cnnlab.engine.training.loop import train
from cnnlab.engine.training.run_setup import TrainingError

MEAN, STD = 0.1307, 0.3081


@pytest.fixture(scope="module")
def small() -> Dataset:
    return small_mnist()


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
    events = train(project(), small)
    next(events)
    published = next(events)
    assert isinstance(published, WeightsPublished)
    array = published.weights.nodes["conv2"]["weight"]
    before = array.copy()
    assert array.shape == (64, 32, 3, 3)
    assert array.flags.c_contiguous
    assert not array.flags.writeable
    next(events)
    assert np.array_equal(array, before)
    events.close()


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


def test_several_thread_counts_are_tried_on_batches_that_count(small: Dataset) -> None:
    events = run(tiny(batch_size=8), small, threads=(2, 1))
    assert events[0].threads == 2
    [chosen] = of(ThreadsChosen, events)
    assert chosen.threads in (1, 2)
    assert [batch.step for batch in of(BatchDone, events)] == list(range(1, 43))
    assert of(ThreadsChosen, run(tiny(), small, threads=(1,))) == []


def test_a_loss_that_is_not_a_number_ends_the_run_with_the_weights_before(small: Dataset) -> None:
    events = run(project(optimiser="sgd", learning_rate=100.0, epochs=20), small)
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
    events = train(tiny(), small)
    next(event for event in events if isinstance(event, BatchDone) and event.step == 5)
    step = torch.optim.Adam.step

    def spoiling(self: torch.optim.Adam) -> None:
        step(self)
        with torch.no_grad():
            self.param_groups[0]["params"][0].fill_(float("inf"))

    monkeypatch.setattr(torch.optim.Adam, "step", spoiling)
    rest = list(events)
    assert all(finite(published.weights) for published in of(WeightsPublished, rest))
    assert rest[-1].end is End.FAILED
    assert str(rest[-1].message).startswith(
        "Weights stopped being finite numbers at step 6. Training was stopped; the weights of step 0 are kept."
    )
    assert rest[-1].step == last_weights(rest).step == 0


def test_what_goes_wrong_in_a_batch_ends_the_run_in_words(
    small: Dataset, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked = with_layers(("batchnorm2d", "norm", {}))
    plain = [event.weights for event in train(asked, small) if isinstance(event, WeightsPublished)]
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
    stopped = train(asked, small)
    next(event for event in stopped if isinstance(event, BatchDone) and event.step == 3)
    expected = stopped.send(Command.STOP)
    assert isinstance(expected, WeightsPublished)
    assert equal(events[-2].weights, expected.weights)
    assert not equal(plain[0], expected.weights)


def test_a_driver_never_meets_an_exception_of_ours(small: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    events = train(tiny(), small)
    next(events)
    monkeypatch.setattr(nn.Linear, "forward", lambda self, x: {}["missing"])
    rest = list(events)
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
        next(train(project, dataset, **how))
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


def test_without_held_out_pictures_a_run_goes_through(small: Dataset) -> None:
    nothing = first(small.validation, 0)
    events = run(tiny(), replace(small, validation=nothing, test=nothing))
    assert np.isnan(of(EpochDone, events)[0].validation_accuracy)
    assert events[-1].end is End.COMPLETED
    assert events[-1].test_accuracy is None


def test_a_failure_is_logged_with_its_traceback(
    small: Dataset, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    events = train(tiny(), small)
    next(events)
    monkeypatch.setattr(F, "cross_entropy", lambda *args, **kwargs: {}["lost"])
    with caplog.at_level(logging.ERROR):
        list(events)
    assert "Traceback" in caplog.text
    assert "lost" in caplog.text


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_the_starter_net_reaches_98_5_percent_in_two_epochs(seed: int) -> None:
    torch.set_num_threads(2)
    asked = changes.set_training(templates.BY_KEY["mnist"].build(), seed=seed)
    assert asked.training.epochs <= 2
    assert run(asked, mnist())[-1].test_accuracy >= 0.985


def test_the_best_weights_are_those_of_the_lowest_validation_loss(small: Dataset) -> None:
    events = train(tiny(epochs=6, learning_rate=0.5, schedule="constant"), small)
    epochs: list[EpochDone] = []
    best = None
    event: Event | None = next(events)
    while event is not None:
        if isinstance(event, EpochDone):
            epochs.append(event)
            ready = events.send(Command.CHECKPOINT)
            assert isinstance(ready, CheckpointReady)
            lowest = min(epochs, key=lambda epoch: epoch.validation_loss)
            assert event.is_best is (event is lowest)
            assert ready.checkpoint.best is not None
            best = ready.checkpoint.best
            assert best.step == lowest.step
        event = next(events, None)
    assert best is not None
    assert best.step < epochs[-1].step, "the last epoch should not be the best, or this shows nothing"


def test_early_stopping_ends_the_run_and_goes_back_to_the_best_weights(small: Dataset) -> None:
    asked = tiny(epochs=50, learning_rate=0.5, schedule="constant", early_stopping=2)
    events = run(asked, small)
    epochs = of(EpochDone, events)
    lowest = min(epochs, key=lambda epoch: epoch.validation_loss)
    assert len(epochs) == lowest.epoch + 2 < 50
    ended = events[-1]
    assert (ended.end, ended.early, ended.step) == (End.COMPLETED, True, lowest.step)
    last = last_weights(events)
    assert last.step == lowest.step
    net = network.build(asked.graph)
    weights.load(net, last, 0)
    assert evaluate(net, small.validation, asked.preprocessing).loss == pytest.approx(lowest.validation_loss, rel=1e-6)
    assert ended.test_accuracy == evaluate(net, small.test, asked.preprocessing).accuracy


def test_without_early_stopping_the_last_weights_are_the_runs(small: Dataset) -> None:
    events = run(tiny(epochs=5, learning_rate=0.5, schedule="constant"), small)
    assert not of(EpochDone, events)[-1].is_best
    assert (events[-1].early, events[-1].step, last_weights(events).step) == (False, 30, 30)


def test_with_nothing_held_out_the_training_loss_tells_the_best(small: Dataset) -> None:
    nothing = first(small.validation, 0)
    epochs = of(EpochDone, run(tiny(epochs=3), replace(small, validation=nothing)))
    assert [epoch.is_best for epoch in epochs] == [True, True, True]


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


def test_a_run_has_the_name_that_it_is_given(small: Dataset) -> None:
    assert {event.run for event in run(tiny(), small, run_id="monday")} == {"monday"}


class Twins:
    """A group of one process that counts what it is asked."""

    rank, processes, device = 0, 1, None

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.sums: list[int] = []
        self.left = False
        self.then: Any = None

    def agree(self, answer: Any = None) -> Any:
        self.answers.append(answer)
        return answer or self.then

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
    group = Twins()
    events = run(tiny(), small, group=group)
    assert equal(last_weights(events), last_weights(run(tiny(), small)))
    assert len(group.answers) == len(events)  # one more before the start, none after the end
    assert group.sums == [1, 4] * 6
    assert not group.left


def test_what_the_group_agrees_on_is_obeyed_whatever_the_own_driver_says(small: Dataset) -> None:
    group = Twins()
    events = train(tiny(), small, group=group)
    next(event for event in events if isinstance(event, BatchDone))
    group.then = Command.STOP
    assert [type(event) for event in events] == [WeightsPublished, RunEnded]


def test_a_process_that_fails_tells_its_group(small: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    group = Twins()
    events = train(tiny(), small, group=group)
    next(events)
    monkeypatch.setattr(nn.Linear, "forward", lambda self, x: {}["missing"])
    assert list(events)[-1].end is End.FAILED  # type: ignore[attr-defined]
    assert group.left
    late = Twins()
    with pytest.raises(TrainingError):
        next(train(replace(tiny(), graph=project().graph.disconnect(project().graph.wires[:1])), small, group=late))
    assert late.left


def test_a_process_tells_its_group_whatever_keeps_it_from_beginning(
    small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = Twins()
    monkeypatch.setattr(network, "build", lambda graph: {}["missing"])
    with pytest.raises(KeyError):
        next(train(tiny(), small, group=group))
    assert group.left


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
    events = train(tiny(pictures="stream", epochs=3), replace(small, train=pictures))
    next(event for event in events if isinstance(event, BatchDone) and event.step == 6)
    gone = True
    ended = list(events)[-1]
    assert isinstance(ended, RunEnded)
    assert ended.end is End.FAILED
    assert str(ended.message).startswith("“7.png” is gone. Training was stopped; the weights of step ")
    assert 6 <= ended.step < 12


def test_a_graphics_card_that_is_full_ends_the_run_with_the_weights_before(
    small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = train(tiny(batch_size=32), small)
    next(event for event in events if isinstance(event, BatchDone) and event.step == 4)

    def full(self: nn.Linear, x: torch.Tensor) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")

    monkeypatch.setattr(nn.Linear, "forward", full)
    published = next(events)
    assert isinstance(published, WeightsPublished)
    assert published.weights.step == 4
    ready = events.send(Command.CHECKPOINT)
    assert isinstance(ready, CheckpointReady)
    ended = next(events)
    assert isinstance(ended, RunEnded)
    assert str(ended.message) == (
        "The graphics card ran out of memory at batch size 32. The weights of step 4 are kept. Try batch size 16."
    )
    # And the run can go on, once there is room again.
    monkeypatch.undo()
    assert equal(
        last_weights(run(tiny(batch_size=32), small, resume=ready.checkpoint)),
        last_weights(run(tiny(batch_size=32), small)),
    )


def test_a_graphics_card_that_answers_nothing_any_more_ends_the_run_with_the_weights_before(
    small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_anything: Any) -> Any:
        raise torch.AcceleratorError("CUDA error: device-side assert triggered")

    events = train(tiny(), small)
    next(event for event in events if isinstance(event, BatchDone) and event.step == 2)
    for place, name in ((nn.Linear, "forward"), (devices, "release_memory"), (weights, "snapshot")):
        monkeypatch.setattr(place, name, broken)
    published, ended = list(events)
    assert isinstance(published, WeightsPublished)
    assert published.step == published.weights.step == 0
    assert isinstance(ended, RunEnded)
    assert str(ended.message).startswith("The graphics card stopped answering. The weights of step 0 are kept.")


def test_more_memory_than_there_is_ends_the_run_in_words(small: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    real = nn.Linear.forward

    def greedy(self: nn.Linear, x: torch.Tensor) -> torch.Tensor:
        torch.empty(2**50)
        return real(self, x)

    events = train(tiny(), small)
    next(event for event in events if isinstance(event, BatchDone) and event.step == 2)
    monkeypatch.setattr(nn.Linear, "forward", greedy)
    ended = list(events)[-1]
    assert isinstance(ended, RunEnded)
    assert str(ended.message) == (
        "This computer ran out of memory at batch size 64. The weights of step 2 are kept. Try batch size 32."
    )


def test_a_rate_that_was_changed_on_the_way_is_the_one_that_is_blamed(small: Dataset) -> None:
    events = train(project(optimiser="sgd", epochs=20), small)
    next(event for event in events if isinstance(event, BatchDone))
    events.send(Change(learning_rate=100.0))
    ended = list(events)[-1]
    assert isinstance(ended, RunEnded)
    assert "The learning rate (100) is the usual reason; try 10." in str(ended.message)
