from __future__ import annotations

import gc
import multiprocessing
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from picture_files import COUNT, Files
from torch import Tensor

from cnnlab.core import templates
from cnnlab.core.data.augmentation import Augmentation
from cnnlab.core.data.preprocessing import Preprocessing
from cnnlab.core.project.project import Project
from cnnlab.engine.data import batches, draws
from cnnlab.engine.data.batches import Batch, Plan
from cnnlab.engine.data.errors import DataError
from cnnlab.engine.data.picture_sets import PictureSet
from cnnlab.engine.data.preparation import prepare

EVERYTHING = Augmentation(
    flip_horizontal=0.5, rotation=20, translation=0.1, crop_padding=2, brightness=0.3, contrast=0.4, noise=0.05, erasing=0.5
)  # fmt: skip


def images() -> Tensor:
    return torch.randint(0, 256, (COUNT, 1, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def picture_set() -> PictureSet:
    return PictureSet(images(), torch.arange(COUNT) % 10)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    for index, image in enumerate(images()):
        (tmp_path / str(index)).write_bytes(image.numpy().tobytes())
    return Files(tmp_path)


def project(augmentation: Augmentation = EVERYTHING, **settings: Any) -> Project:
    made = templates.BY_KEY["mnist"].build()
    training = replace(made.training, **{"batch_size": 32, "seed": 5} | settings)
    return replace(made, augmentation=augmentation, training=training)


def epochs(plan: Plan, *numbers: int) -> list[Batch]:
    try:
        return [batch for number in numbers for batch in plan.epoch(number)]
    finally:
        plan.close()


def assert_same(some: Sequence[Batch], others: Sequence[Batch]) -> None:
    assert [batch.count for batch in some] == [batch.count for batch in others]
    for one, other in zip(some, others, strict=True):
        assert torch.equal(one.inputs, other.inputs)
        assert torch.equal(one.labels, other.labels)


def assert_nothing_left(threads: set[threading.Thread]) -> None:
    assert multiprocessing.active_children() == []
    for thread in set(threading.enumerate()) - threads:  # those that fed a process are told to end, and not waited for
        thread.join(5)
    assert set(threading.enumerate()) <= threads


def test_without_augmentation_an_epoch_is_the_prepared_pictures_in_their_order() -> None:
    asked = project(Augmentation())
    plan = batches.plan(picture_set(), asked, "cpu")
    assert (plan.batches, plan.streamed) == (5, False)
    assert "150 training pictures are in memory (118 kB)" in str(plan.text)
    for number in (1, 2):
        indices = draws.permutation(COUNT, 5, number)
        got = list(plan.epoch(number))
        expected = prepare(images()[indices], asked.preprocessing, (1, 28, 28))
        assert torch.equal(torch.cat([batch.inputs for batch in got]), expected)
        assert torch.equal(torch.cat([batch.labels for batch in got]), indices % 10)
        assert [batch.count for batch in got] == [32, 32, 32, 32, 22]


def test_an_epoch_without_shuffling_is_the_set_in_its_own_order() -> None:
    got = epochs(batches.plan(picture_set(), project(Augmentation(), shuffle=False), "cpu"), 1)
    assert torch.equal(torch.cat([batch.labels for batch in got]), torch.arange(COUNT) % 10)


def test_the_last_batch_is_dropped_where_it_is_smaller() -> None:
    whole = epochs(batches.plan(picture_set(), project(), "cpu"), 1)
    plan = batches.plan(picture_set(), project(drop_last=True), "cpu")
    assert plan.batches == 4
    assert_same(epochs(plan, 1), whole[:4])
    assert batches.plan(picture_set(), project(drop_last=True, batch_size=50), "cpu").batches == 3


def test_an_epoch_goes_on_after_the_batches_that_were_done() -> None:
    plan = batches.plan(picture_set(), project(), "cpu")
    assert_same(list(plan.epoch(3, skip=2)), list(plan.epoch(3))[2:])
    assert list(plan.epoch(3, skip=5)) == []


def test_epochs_and_seeds_are_augmented_differently() -> None:
    def first(number: int, **settings: Any) -> Tensor:
        plan = batches.plan(picture_set(), project(shuffle=False, **settings), "cpu")
        return next(plan.epoch(number)).inputs

    assert torch.equal(first(1), first(1))
    assert not torch.equal(first(1), first(2))
    assert not torch.equal(first(1), first(1, seed=6))


@pytest.mark.parametrize("augmentation", [Augmentation(), EVERYTHING], ids=["plain", "augmented"])
@pytest.mark.parametrize("processes", [2, 3, 40])
@pytest.mark.parametrize("fit", ["pad", "resize", "crop"])
def test_the_shares_of_all_processes_are_the_batch_of_one(augmentation: Augmentation, processes: int, fit: Any) -> None:
    """40 processes share 32 and 22 pictures: some have none."""
    asked = project(augmentation)
    asked = replace(asked, preprocessing=replace(asked.preprocessing, fit=fit))
    other_size = PictureSet(images()[:, :, :, :20], torch.arange(COUNT) % 10)
    alone = epochs(batches.plan(other_size, asked, "cpu"), 2)
    shares = [
        epochs(batches.plan(other_size, asked, "cpu", rank=rank, processes=processes), 2) for rank in range(processes)
    ]
    together = [
        Batch(
            torch.cat([share.inputs for share in parts]), torch.cat([share.labels for share in parts]), parts[0].count
        )
        for parts in zip(*shares, strict=True)
    ]
    assert_same(together, alone)
    for parts in zip(*shares, strict=True):
        sizes = [len(share.labels) for share in parts]
        assert sizes[0] == max(sizes) <= min(sizes) + 1


@pytest.mark.process
@pytest.mark.parametrize("workers", [0, 1, 2])
def test_streamed_batches_have_the_bits_of_those_in_memory(files: Files, workers: int) -> None:
    threads = set(threading.enumerate())
    plan = batches.plan(files, project(workers=workers), "cpu")
    assert plan.streamed
    assert "read from their files" in str(plan.text)
    state = torch.get_rng_state()
    assert_same(epochs(plan, 1, 2), epochs(batches.plan(picture_set(), project(), "cpu"), 1, 2))
    assert torch.equal(torch.get_rng_state(), state)
    assert_nothing_left(threads)


def test_pictures_in_memory_are_streamed_where_that_is_asked_for() -> None:
    plan = batches.plan(picture_set(), project(pictures="stream"), "cpu", rank=1, processes=2)
    assert plan.streamed
    assert "as the settings ask" in str(plan.text)
    assert_same(epochs(plan, 1), epochs(batches.plan(picture_set(), project(), "cpu", rank=1, processes=2), 1))


def test_pictures_on_the_disk_come_into_memory_where_that_is_asked_for(files: Files) -> None:
    plan = batches.plan(files, project(pictures="memory"), "cpu")
    assert not plan.streamed
    for path in files.folder.iterdir():
        path.unlink()
    assert_same(epochs(plan, 1), epochs(batches.plan(picture_set(), project(), "cpu"), 1))


@pytest.mark.process
@pytest.mark.parametrize("workers", [0, 1])
def test_an_epoch_broken_off_leaves_no_process(files: Files, workers: int) -> None:
    threads = set(threading.enumerate())
    plan = batches.plan(files, project(workers=workers), "cpu")
    running = plan.epoch(1)
    next(running)
    assert len(multiprocessing.active_children()) == workers
    running.close()
    assert_nothing_left(threads)


@pytest.mark.process
def test_a_plan_that_is_let_go_leaves_no_process(files: Files) -> None:
    threads = set(threading.enumerate())
    gc.disable()  # as in the app
    try:
        plan = batches.plan(files, project(workers=1), "cpu")
        list(plan.epoch(1))
        assert len(multiprocessing.active_children()) == 1  # it waits for the next epoch
        plan.close()
        assert_nothing_left(threads)
    finally:
        gc.enable()


@pytest.mark.process
@pytest.mark.parametrize("workers", [0, 1])
def test_a_vanished_file_ends_in_words(files: Files, workers: int) -> None:
    threads = set(threading.enumerate())
    gone = files.folder / str(draws.permutation(COUNT, 5, 1)[40].item())
    gone.unlink()
    plan = batches.plan(files, project(workers=workers), "cpu")
    got: list[Any] = []
    with pytest.raises(DataError) as caught:
        got.extend(plan.epoch(1))
    assert str(caught.value) == f"“{gone}” is gone."
    assert caught.value.message.args["path"] == str(gone)
    assert_nothing_left(threads)


@pytest.mark.process
def test_a_process_that_dies_ends_in_words(files: Files) -> None:
    threads = set(threading.enumerate())
    (files.folder / "3").write_bytes(b"deadly")
    plan = batches.plan(files, project(workers=1), "cpu")
    with pytest.raises(DataError, match="A process that reads pictures ended unexpectedly"):
        list(plan.epoch(1))
    assert_nothing_left(threads)


def test_no_batch_at_all_is_refused() -> None:
    with pytest.raises(DataError, match="150 training pictures, a batch has 200, and smaller ones are dropped"):
        batches.plan(picture_set(), project(batch_size=200, drop_last=True), "cpu")
    with pytest.raises(DataError, match="no training pictures"):
        batches.plan(PictureSet(images()[:0], torch.arange(0)), project(), "cpu")


def test_alexnets_shift_is_the_same_wherever_the_pictures_are() -> None:
    colours = PictureSet(images().view(50, 3, 28, 28), torch.arange(50) % 10)
    asked = replace(
        templates.BY_KEY["cifar10"].build(),
        augmentation=Augmentation(rgb_shift=1.0),
        preprocessing=Preprocessing((0.5,), (0.5,)),
    )
    streaming = replace(asked, training=replace(asked.training, pictures="stream"))
    held, read = (epochs(batches.plan(colours, each, "cpu"), 1) for each in (asked, streaming))
    assert_same(held, read)
    plain = epochs(batches.plan(colours, replace(asked, augmentation=Augmentation()), "cpu"), 1)
    assert not torch.equal(plain[0].inputs, held[0].inputs)
