"""One training in several processes, by torch's own distributed engine: who takes part, and what they tell each other.

``torchrun`` starts the processes and describes each to itself in environment variables. All of them train the same network on
shares of the same batches; DistributedDataParallel keeps their weights equal. Beside it, one small collective between batches
lets them agree, so that none waits for another that has left.
"""

from __future__ import annotations

import gc
import logging
import os
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar, cast

import torch

# DistributedDataParallel imports this by and by, and the defaults of its functions are the group that there is then: imported
# with a group, it would keep that group's threads until the process ends, which then aborts now and again (seen with torch 2.14).
import torch.distributed.nn
from torch import distributed as dist
from torch import nn

from cnnlab.core.graph.graph import Graph
from cnnlab.core.messages import Message, Refusal
from cnnlab.core.messages import message as _
from cnnlab.core.runs.events import Change
from cnnlab.engine.network.network import Network
from cnnlab.engine.system.processor import cores
from cnnlab.engine.training import rendezvous

log = logging.getLogger(__name__)

T = TypeVar("T")

PATIENCE = timedelta(minutes=10)
"""How long a process waits for the others in one collective: validation and a checkpoint of the first one lie between."""

_LEFT, _STOP, _CHANGE, _PAUSE, _FLAGS = range(5)
"""Indices of the flags in the one vector that every small collective sends, so that any process can tell that it has given up."""
_FIGURES = 4
"""How many numbers ``sum`` can add up at a time; they come after the flags."""
_POLL = 0.05
"""Seconds between two questions whether a pause is over."""


class Parted(Refusal):
    """The processes of a run are no longer together; ``message`` says what is known."""


@dataclass(frozen=True)
class ProcessPlace:
    """A process among those that ``torchrun`` started, as its environment says."""

    rank: int
    """Its rank, from 0; the first process writes and prints."""
    processes: int
    local_rank: int
    """Its rank among the processes on this machine."""
    local_processes: int
    restartable: bool
    """Whether its parent starts all of them again after one was lost."""

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    @property
    def threads(self) -> int:
        """This process's part of the machine's processor cores."""
        return max(1, cores() // self.local_processes)


def place(environment: Mapping[str, str] = os.environ) -> ProcessPlace | None:
    """Where this process stands among others; None if it was started alone."""
    if "RANK" not in environment or "WORLD_SIZE" not in environment:
        return None
    return ProcessPlace(
        rank=int(environment["RANK"]),
        processes=int(environment["WORLD_SIZE"]),
        local_rank=int(environment.get("LOCAL_RANK", "0")),
        local_processes=int(environment.get("LOCAL_WORLD_SIZE", "1")),
        restartable="TORCHELASTIC_RUN_ID" in environment,
    )


class ProcessGroup:
    """The processes that train together, as one of them sees it; made by ``joined``.

    ``agree``, ``sum``, ``first``, ``all`` and ``choose`` are collectives: each must be called by all processes, in the same
    order. They raise ``Parted`` where another process has given up or is gone. They go between CPUs, so that no GPU
    waits for them."""

    def __init__(self, place: ProcessPlace) -> None:
        self.rank, self.processes = place.rank, place.processes
        self.device: str | None = None
        """What ``choose`` chose."""
        self._place = place
        self._pauses = False
        self._parted = False

    def agree(self, stop: bool = False, change: Change | None = None) -> tuple[bool, Change | None]:
        """What all obey: whether to ``stop``, which any process can ask for, else the first one's ``change``. While any process
        wants a pause, and none to stop, all wait here."""
        while True:
            totals = self._all_reduced([0.0, stop, change is not None and self.rank == 0, self._pauses])
            if totals[_STOP]:
                return True, None
            if not totals[_PAUSE]:
                return False, self.first(change) if totals[_CHANGE] else None
            time.sleep(_POLL)

    def pause(self, wanted: bool) -> None:
        """Whether this process wants all to wait at the next ``agree``; may be called from a signal handler."""
        self._pauses = wanted

    def sum(self, values: Sequence[float]) -> list[float]:
        """The sums over all processes, of up to four numbers; one that is not a number makes its sum so everywhere."""
        totals = self._all_reduced([*[0.0] * _FLAGS, *values])
        return totals[_FLAGS : _FLAGS + len(values)]

    def first(self, value: T) -> T:
        """The first process's ``value``, for all."""
        self._all_reduced(())
        box = [value]
        with self._reported_if_parted():
            dist.broadcast_object_list(box, src=0, device=torch.device("cpu"))
        return box[0]

    def all(self, value: T) -> list[T]:
        """Each process's ``value``, in their order."""
        self._all_reduced(())
        values: list[T | None] = [None] * self.processes
        with self._reported_if_parted():
            dist.all_gather_object(values, value)
        return cast(list[T], values)

    def choose(self, wanted: str) -> str:
        """The device that all train on, for a setting (``auto``, ``cpu``, ``cuda``): ``cuda`` is a card for each process on
        its machine, which is then torch's current one. Raises ``Parted`` where a process has none."""
        cards = torch.cuda.device_count() if torch.cuda.is_available() and dist.is_nccl_available() else 0
        local = self._place.local_rank
        lacking = self.sum([float(local >= cards)])[0]
        if wanted == "auto":
            wanted = "cpu" if lacking else "cuda"
        if wanted == "cpu":
            self.device = wanted
            return wanted
        if wanted != "cuda" or lacking:
            raise Parted(
                _(
                    "{lacking} of the {processes} processes have no GPU of their own that PyTorch can use for training "
                    "together. Nothing was started. Start at most one process for each such GPU of a machine, or "
                    "choose --device cpu.",
                    lacking=int(lacking),
                    processes=self.processes,
                )
            )
        torch.cuda.set_device(local)
        self.device = wanted
        return wanted

    def give_up(self) -> None:
        """Tell the others, in place of the small collective that they are at or coming to, that this process has failed."""
        if self._parted:
            return
        self._parted = True
        try:
            self._send([1.0])
        except RuntimeError:  # whoever cannot be told has gone as well
            log.info("the other processes could not be told", exc_info=True)

    def wrap(self, network: nn.Module) -> nn.Module:
        """``network``, where it lies, with gradients that are means over the processes; all start with the first one's
        numbers. On GPUs its batch normalisation takes its means over all processes."""
        on_card = any(parameter.is_cuda for parameter in network.parameters())
        if on_card and isinstance(network, Network):
            network.exchange(nn.SyncBatchNorm.convert_sync_batchnorm)
        return nn.parallel.DistributedDataParallel(network, [torch.cuda.current_device()] if on_card else None)

    def _all_reduced(self, values: Sequence[float]) -> list[float]:
        """The sums over all processes of the small vector that each sends. Raises ``Parted``."""
        with self._reported_if_parted():
            totals = self._send(values)
        if totals[_LEFT]:
            self._parted = True
            raise Parted(_("Another process of this training failed; its own output says why."))
        return totals

    def _send(self, values: Sequence[float]) -> list[float]:
        vector = torch.zeros(_FLAGS + _FIGURES, dtype=torch.float64)
        vector[: len(values)] = torch.tensor(values, dtype=torch.float64)
        dist.all_reduce(vector)
        return vector.tolist()

    @contextmanager
    def _reported_if_parted(self) -> Generator[None]:
        try:
            yield
        except RuntimeError as error:
            self._parted = True
            raise Parted(LOST) from error


LOST: Message = _("Another process of this training has ended or no longer answers.")


def is_parting(error: Exception) -> bool:
    """Whether ``error`` came of another process that is gone, in a collective of torch's own."""
    # gloo has no exception of its own: "[…/gloo/transport/tcp/pair.cc:547] Connection closed by peer".
    return isinstance(error, (Parted, dist.DistError)) or (isinstance(error, RuntimeError) and "gloo" in str(error))


@contextmanager
def joined(place: ProcessPlace) -> Generator[ProcessGroup]:
    """Together with the others inside: gradients go by gloo between CPUs and by nccl between GPUs. Raises
    ``Parted`` if they do not meet."""
    cards = torch.cuda.is_available() and dist.is_nccl_available()
    try:
        store = rendezvous.meet(place.rank, place.processes, PATIENCE)
        dist.init_process_group(
            "cpu:gloo,cuda:nccl" if cards else "gloo",
            store=store,
            rank=place.rank,
            world_size=place.processes,
            timeout=PATIENCE,
        )
    except (RuntimeError, ValueError, TimeoutError) as error:
        raise Parted(
            _(
                "The processes of this training did not find each other ({detail}). Nothing was started. Check the address "
                "that torchrun was given.",
                detail=str(error).splitlines()[0],
            )
        ) from error
    try:
        yield ProcessGroup(place)
    finally:
        gc.collect()  # a run that ended, its network with it, holds the group until somebody looks for circles
        dist.destroy_process_group()


def sync_batch_norm(group: ProcessGroup, graph: Graph) -> Message | None:
    """What a person should know of batch normalisation in a training of ``graph`` by ``group``; None if there is nothing."""
    normalises = any(node.type.startswith("batchnorm") for node in graph.nodes)
    if group.processes < 2 or group.device == "cuda" or not normalises:
        return None
    return _(
        "Batch normalisation uses the statistics of each process's own pictures: PyTorch can compute them over all "
        "processes (SyncBatchNorm) on GPUs only. So the result differs from that of one process."
    )
