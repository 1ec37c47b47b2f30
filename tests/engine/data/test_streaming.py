"""What torch says of the processes that read pictures, put into words."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from cnnlab.engine.data.errors import DataError
from cnnlab.engine.data.picture_sets import PictureSet
from cnnlab.engine.data.streaming import Stream


@dataclass(frozen=True, eq=False)
class Unreadable:
    """Pictures whose reading ends in what torch would raise."""

    text: str
    labels: Tensor
    shape: tuple[int, int, int] = (1, 2, 2)

    def __len__(self) -> int:
        return len(self.labels)

    def read(self, indices: Sequence[int]) -> Tensor:
        raise RuntimeError(self.text)


def reading(text: str) -> None:
    list(Stream(Unreadable(text, torch.arange(4)), workers=0).read([torch.arange(4)]))


@pytest.mark.parametrize(
    ("torchs", "ours"),
    [
        (
            "DataLoader worker (pid 7) is killed by signal: Bus error. It is possible that dataloader's workers are out of "
            "shared memory. Please try to raise your shared memory limit.",
            "too little shared memory",
        ),
        ("unable to write to file </torch_7_1_0>: No space left on device (28)", "too little shared memory"),
        ("DataLoader worker (pid 7) is killed by signal: Killed. ", "ended unexpectedly"),
        ("DataLoader worker (pid(s) 7) exited unexpectedly", "ended unexpectedly"),
    ],
)
def test_what_became_of_a_process_is_told_in_words(torchs: str, ours: str) -> None:
    with pytest.raises(DataError, match=ours):
        reading(torchs)


def test_any_other_error_stays_what_it_is() -> None:
    with pytest.raises(RuntimeError, match="something else"):
        reading("something else")


@pytest.mark.process
@pytest.mark.skipif(not hasattr(signal, "SIGCHLD"), reason="Windows tells of no children")
def test_no_error_for_a_process_that_ends_comes_while_all_are_ended() -> None:
    def cry(_signal: int, _frame: object) -> None:
        raise RuntimeError("DataLoader worker (pid 7) is killed by signal: Killed.")  # as torch's handler does

    stream = Stream(PictureSet(torch.zeros(4, 1, 2, 2, dtype=torch.uint8), torch.arange(4)), workers=2)
    list(stream.read([torch.arange(4)]))
    before = signal.signal(signal.SIGCHLD, cry)
    try:
        stream.close()
        assert signal.getsignal(signal.SIGCHLD) is cry
    finally:
        signal.signal(signal.SIGCHLD, before)
    assert multiprocessing.active_children() == []


@pytest.mark.process
def test_a_processes_first_sigterm_is_left_to_the_run() -> None:
    images = torch.arange(16, dtype=torch.uint8).view(4, 1, 2, 2)
    before = set(multiprocessing.active_children())
    stream = Stream(PictureSet(images, torch.arange(4)), workers=1)
    epoch = [torch.tensor([3, 1]), torch.tensor([0])]
    try:
        list(stream.read(epoch))
        (process,) = set(multiprocessing.active_children()) - before
        assert process.pid is not None
        os.kill(process.pid, signal.SIGTERM)
        read = list(stream.read(epoch))
    finally:
        stream.close()
    assert [batch.tolist() for batch in read] == [images[indices].tolist() for indices in epoch]
    process.join(10)
    assert process.exitcode == 0


@pytest.mark.process
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_does_not_reach_a_process_that_still_starts(number: signal.Signals) -> None:
    images = torch.arange(16, dtype=torch.uint8).view(4, 1, 2, 2)
    before = set(multiprocessing.active_children())
    stream = Stream(PictureSet(images, torch.arange(4)), workers=1)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    epoch = stream.read([torch.tensor([3, 1])])

    def send() -> None:
        while not (started := set(multiprocessing.active_children()) - before):
            time.sleep(0.001)
        (process,) = started
        assert process.pid is not None
        os.kill(process.pid, number)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        assert next(epoch).tolist() == images[[3, 1]].tolist()
    finally:
        sender.join()
        epoch.close()
        stream.close()
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == mask


@pytest.mark.process
def test_pictures_that_processes_read_stay_where_others_read_them() -> None:
    pictures = PictureSet(torch.arange(16, dtype=torch.uint8).view(4, 1, 2, 2), torch.arange(4))
    places = [tensor.data_ptr() for tensor in (pictures.images, pictures.labels)]
    stream = Stream(pictures, workers=1)
    try:
        assert len(list(stream.read([torch.tensor([3, 1])]))) == 1
    finally:
        stream.close()
    assert [tensor.data_ptr() for tensor in (pictures.images, pictures.labels)] == places
