"""Runs whose pictures are read from files while they train."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import small_runs
from PIL import Image
from training_runs import until

from cnnlab.core.project.project import Weights
from cnnlab.core.runs.events import BatchDone, End, Event, RunEnded, RunStarted, WeightsPublished
from cnnlab.engine.data import image_folder
from cnnlab.engine.data.draws import permutation
from cnnlab.engine.data.image_folder import FolderSet
from cnnlab.engine.data.picture_sets import Dataset
from cnnlab.engine.training.run import Run

pytestmark = pytest.mark.process


@pytest.fixture
def on_disk(tmp_path: Path) -> Dataset:
    """The patches of small runs, their training pictures as files."""
    whole = small_runs.dataset(100)
    files = []
    for number, image in enumerate(whole.train.read(range(100))):
        files.append(str(tmp_path / f"{number}.png"))
        Image.fromarray(image[0].numpy()).save(files[-1])
    return replace(whole, train=FolderSet(tuple(files), whole.train.labels, (1, 12, 12)))


def run(dataset: Dataset, **settings: Any) -> list[Event]:
    return list(Run(small_runs.project(epochs=2, **settings), dataset).events())


def last_weights(events: list[Event]) -> Weights:
    return [event for event in events if isinstance(event, WeightsPublished)][-1].weights


def arrays(weights: Weights) -> Iterator[np.ndarray]:
    for uid in sorted(weights.nodes):
        yield from (array for _name, array in sorted(weights.nodes[uid].items()))


@pytest.mark.parametrize("workers", [0, 2])
def test_a_run_gives_the_same_weights_wherever_its_pictures_are(on_disk: Dataset, workers: int) -> None:
    streamed = run(on_disk, workers=workers)
    held = run(small_runs.dataset(100))
    assert [event.streamed for event in streamed + held if isinstance(event, RunStarted)] == [True, False]
    for one, other in zip(arrays(last_weights(streamed)), arrays(last_weights(held)), strict=True):
        assert np.array_equal(one, other)
    losses = [[event.loss for event in events if isinstance(event, BatchDone)] for events in (streamed, held)]
    assert len(losses[0]) == 14
    assert losses[0] == losses[1]
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("workers", [0, 1])
def test_a_picture_that_vanishes_ends_the_run_with_the_weights_before_it(on_disk: Dataset, workers: int) -> None:
    gone = int(permutation(100, 0, 1)[50])  # in the fourth batch of 16
    Path(on_disk.train.files[gone]).unlink()
    events = run(on_disk, workers=workers)
    end = events[-1]
    assert isinstance(end, RunEnded)
    assert end.end is End.FAILED
    assert f"{gone}.png" in str(end.message)
    assert "the weights of step 3 are kept" in str(end.message)
    assert last_weights(events).step == 3
    assert all(np.isfinite(array).all() for array in arrays(last_weights(events)))
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_a_folder_that_vanishes_while_it_is_read_ends_the_run_in_words(on_disk: Dataset, workers: int) -> None:
    training = Run(small_runs.project(epochs=20, workers=workers), on_disk)
    until(training, BatchDone, 3)
    shutil.rmtree(Path(on_disk.train.files[0]).parent)
    events = list(training.events())
    end = events[-1]
    assert isinstance(end, RunEnded)
    assert end.end is End.FAILED
    assert ".png" in str(end.message)
    assert f"Training was stopped; the weights of step {end.step} are kept" in str(end.message)
    assert last_weights(events).step == end.step >= 3
    assert multiprocessing.active_children() == []
    assert run(small_runs.dataset(100))[-1].end is End.COMPLETED


def test_pictures_in_memory_need_their_folder_no_more(on_disk: Dataset) -> None:
    files = on_disk.train
    assert isinstance(files, FolderSet)
    held = replace(on_disk, train=image_folder.decoded([files])[0])
    shutil.rmtree(Path(files.files[0]).parent)
    assert run(held)[-1].end is End.COMPLETED


@pytest.mark.parametrize("place", ["the main thread", "a thread"])
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows kills otherwise")
def test_a_process_that_is_killed_ends_the_run_in_words(on_disk: Dataset, place: str) -> None:
    events: list[Event] = []

    def kill_one() -> None:
        for event in Run(small_runs.project(epochs=50, workers=2), on_disk).events():
            events.append(event)
            if isinstance(event, BatchDone) and event.step == 5:
                os.kill(multiprocessing.active_children()[0].pid or 0, signal.SIGKILL)

    if place == "a thread":
        thread = threading.Thread(target=kill_one)
        thread.start()
        thread.join()
    else:
        kill_one()
    end = events[-1]
    assert isinstance(end, RunEnded)
    assert end.end is End.FAILED
    assert str(end.message).startswith("A process that reads pictures ended unexpectedly")
    assert last_weights(events).step == end.step >= 5
    assert multiprocessing.active_children() == []


def test_stopping_ends_the_processes_too(on_disk: Dataset) -> None:
    training = Run(small_runs.project(epochs=2, workers=1), on_disk)
    until(training, BatchDone)
    assert len(multiprocessing.active_children()) == 1
    training.stop()
    events = list(training.events())
    assert isinstance(events[-1], RunEnded)
    assert events[-1].end is End.STOPPED
    assert multiprocessing.active_children() == []
