"""Training pictures read batch by batch when they are needed, by other processes ahead of time where that is wanted.

Those processes only read: order and augmentation are decided elsewhere, so their number changes nothing in a run.
"""

from __future__ import annotations

import atexit
import logging
import os
import signal
import sys
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from multiprocessing import resource_tracker
from multiprocessing.process import BaseProcess
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.engine.data.errors import DataError
from cnnlab.engine.data.picture_sets import Pictures

_RUN_SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""Signals that are meant for the run, and reach the processes that read for it as well."""

log = logging.getLogger(__name__)


class Stream:
    """Reads batches of ``pictures`` with ``workers`` processes (0: in the calling thread). ``pinned`` puts them into memory
    that a GPU reads faster."""

    def __init__(self, pictures: Pictures, workers: int, pinned: bool = False) -> None:
        self._batches = _Batches()
        self._processes: tuple[BaseProcess, ...] = ()
        # torch moves the bytes of a tensor that another process gets, while others may be reading them where they were.
        own = deepcopy(pictures) if workers else pictures
        self._loader: DataLoader[Tensor | Message] | None = DataLoader(
            _Reader(own),
            batch_sampler=self._batches,
            num_workers=workers,
            collate_fn=_as_it_is,
            pin_memory=pinned,
            # A process takes seconds to start, most of them for torch: each serves all epochs.
            persistent_workers=workers > 0,
            worker_init_fn=_start_worker,
            # Not "fork": the app has threads, and what they hold locked would stay locked in the copy for ever. Not
            # "forkserver": its server would outlive the run.
            multiprocessing_context="spawn" if workers else None,
            generator=torch.Generator(),  # torch's own is left to others
        )

    def read(self, batches: Sequence[Tensor]) -> Generator[Tensor]:
        """The pictures of each batch, int64 ``(n,)`` of indices: uint8 ``(n, C, H, W)`` on the CPU. The processes end with a
        generator that is closed early.

        Raises ``DataError`` for a picture that is gone or damaged, and for a process that came to an end."""
        self._batches.indices = [batch.tolist() for batch in batches]
        through, reported = False, None
        try:
            # No name for it here: a traceback keeps what has one, and with it the processes.
            for images in self._started():
                if isinstance(images, Message):
                    raise DataError(images)
                yield images
            through = True
        except (RuntimeError, OSError, EOFError) as error:
            reported = as_data_error(error)
            if reported is error:
                raise
            log.warning("reading pictures: %s", str(error))  # not the error, whose traceback would keep the processes
        finally:
            if not through:
                self.close()
        if reported is not None:
            raise reported  # not "from error", whose traceback would keep the processes that are left

    def _started(self) -> Iterator[Tensor | Message]:
        if self._loader is None:
            raise ValueError("the stream is closed")
        with _signals_blocked():
            loaded = iter(self._loader)
        # torch's own name for them. The list of all children of this process may hold those of other threads.
        self._processes = tuple(getattr(loaded, "_workers", ()))
        return loaded

    def close(self) -> None:
        """End the processes, if there are any. Nothing can be read afterwards."""
        with _sigchld_ignored():
            self._loader = None  # which ends them as it goes: torch has no other way
            processes, self._processes = self._processes, ()
            # Left over where another was killed while it held what they share; a SIGTERM would not be meant for them.
            for process in processes:
                process.kill()
            for process in processes:
                process.join()


class _Batches:
    """The indices of each batch of an epoch, in the form that ``DataLoader`` asks for them."""

    indices: Sequence[list[int]] = ()

    def __iter__(self) -> Iterator[list[int]]:
        return iter(self.indices)

    def __len__(self) -> int:
        return len(self.indices)


class _Reader(Dataset[Tensor]):
    """Whole batches of pictures, in the form that ``DataLoader`` asks for them."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures

    def __getitems__(self, indices: list[int]) -> Tensor | Message:
        """The pictures, or why there are none: an exception would lose its words on the way from another process."""
        if not indices:
            return torch.empty(0, *self._pictures.shape, dtype=torch.uint8)
        try:
            return self._pictures.read(indices)
        except DataError as error:
            return error.message


def _as_it_is(batch: Any) -> Any:
    return batch


@contextmanager
def _signals_blocked() -> Generator[None]:
    """Inside, signals of ``_RUN_SIGNALS`` wait, as they do in processes that are started here until these let them in: what comes
    while such a process still loads torch would end it."""
    if sys.platform == "win32":
        yield
        return
    # Multiprocessing starts this one first, and would let the signals in again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _RUN_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _sigchld_ignored() -> Generator[None]:
    """Inside, nobody hears of a process that ends. torch's handler raises an error wherever the main thread is, also where all are
    being ended, which would then be left half done and show a traceback that nobody can catch."""
    heard = None if sys.platform == "win32" else signal.getsignal(signal.SIGCHLD)
    if not callable(heard) or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGCHLD, heard)


def _start_worker(_worker: int) -> None:
    # Ctrl+C reaches all processes of a terminal. What it means is the run's affair, and it may need batches until its end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # So does a SIGTERM from a batch system; a second one, as multiprocessing sends at the end, is meant for this process.
    signal.signal(signal.SIGTERM, lambda _signal, _frame: signal.signal(signal.SIGTERM, signal.SIG_DFL))
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _RUN_SIGNALS)
    # It only read, so there is nothing to tidy up: taking torch down would let a run that is stopped wait ten times as long.
    atexit.register(os._exit, 0)


def as_data_error(error: Exception) -> Exception:
    """What torch says of its processes, in words; any other error as it is."""
    text = str(error)
    # Before the other: a process that found no shared memory is killed too, "It is possible that dataloader's workers are
    # out of shared memory".
    if "shared memory" in text or "/torch_" in text:
        return DataError(
            _(
                "The processes that read pictures have too little shared memory to pass them on. Choose 0 workers: "
                "then the training process reads them itself."
            )
        )
    # "… exited unexpectedly", "… is killed by signal: Killed"; or it went while it handed a batch over.
    if is_of_a_process(error) or isinstance(error, (ConnectionError, FileNotFoundError, EOFError)):
        return DataError(
            _(
                "A process that reads pictures ended unexpectedly; the usual cause is too little memory. Choose fewer "
                "workers; with 0, the training process reads them itself."
            )
        )
    return error


def is_of_a_process(error: Exception) -> bool:
    """Whether ``error`` is torch's word that a process which reads pictures has ended. In the main thread a signal raises it,
    wherever that thread is."""
    return isinstance(error, RuntimeError) and str(error).startswith("DataLoader worker")
