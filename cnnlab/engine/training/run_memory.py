"""How much memory a run will need, told before it starts: running out of it may end the whole process without a word. And the
memory that one step frees, kept by the process for the next."""

from __future__ import annotations

import ctypes
import math
import sys
from dataclasses import dataclass
from functools import cache

from cnnlab.core import catalog
from cnnlab.core.catalog.spec import Family
from cnnlab.core.graph import topology
from cnnlab.core.graph.facts import Facts
from cnnlab.core.graph.graph import Graph
from cnnlab.core.messages import Refusal
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import byte_count, whole
from cnnlab.core.training.optimisers import OPTIMISERS
from cnnlab.core.training.settings import TrainingSettings

MAX = 0.8
"""The part of the free memory that a run may take."""
_COPIES = 3
"""Snapshots of the weights beside the network's own: published, best, and one on its way."""
_READ_IN_BACKWARD = frozenset({Family.FEATURES, Family.POOLING, Family.NORMALISATION})
"""Layers whose gradient needs what they read."""
_MAKES_WHAT_IT_NEEDS = frozenset({Family.ACTIVATION, Family.REGULARISATION, Family.NORMALISATION})
"""Layers whose gradient needs what they made, or as much. Not so normalisation, but with it the measured peak was higher by
that."""
_RESHAPING = frozenset({"flatten", "unflatten", "identity"})
"""Layers that only pass numbers on, in another shape: the node before made what is kept."""
_WITH_INDICES = ("maxpool2d", "adaptivemaxpool2d")
AT_A_TIME = 250
"""Pictures that are measured at a time: more were no faster, and a run can be stopped between two batches."""
_MEASURING = 2**28
"""Bytes that may flow through a network then: some gigabytes would, of large pictures."""
_INDEX = 8
"""Bytes that max pooling keeps for each of its values: where it came from."""


class TooLarge(Refusal):
    """A run that would not fit into memory; ``message`` has the number, and a batch that fits."""


@dataclass(frozen=True)
class MemoryNeed:
    """Bytes that a run takes on its device, beside its pictures."""

    fixed: int
    """Weights, gradients, the optimiser's memory, snapshots."""
    per_picture: int
    """What flows through the network and is kept for the backward pass."""
    measuring: int = 0
    """What flows through it when it is measured after an epoch, which takes batches of its own."""

    def of(self, batch: int) -> int:
        """Bytes with batches of ``batch`` pictures."""
        # Together: what training has freed lies in pieces that measuring, with other sizes, could use only in part.
        return self.fixed + batch * self.per_picture + self.measuring


def predict(graph: Graph, facts: Facts, settings: TrainingSettings, precision: str) -> MemoryNeed:
    """The need of a run of ``graph``, whose sizes are known, in ``precision`` (as ``precision.choose`` gives it)."""
    size = 0.5 if precision in ("bf16", "fp16") else 1.0
    order = [uid for uid in facts.order if uid in facts.leading]
    learned = 4 * facts.parameters
    held = sum(facts.nodes[uid].bytes - facts.nodes[uid].output_bytes for uid in order)
    slots = OPTIMISERS[settings.optimiser].slots_with(settings)
    fixed = held * (1 + _COPIES + (settings.ema_decay > 0)) + learned * (1 + slots) + (learned // 2 if size < 1 else 0)
    kept = {topology.behind(graph, uid, _RESHAPING) for uid in order if _family(graph, uid) in _MAKES_WHAT_IT_NEEDS}
    for uid in order:
        if _family(graph, uid) in _READ_IN_BACKWARD:
            kept |= {topology.behind(graph, wire.source, _RESHAPING) for wire in graph.incoming(uid)}
    outputs = {uid: facts.nodes[uid].output_bytes for uid in order}
    indices = sum(outputs[uid] // 4 * _INDEX for uid in order if graph.by_uid[uid].type in _WITH_INDICES)
    # At the peak, in the backward pass, the gradients of what a layer reads and makes come on top.
    passing = 2 * max(outputs.values())
    per_picture = indices + int(size * (sum(outputs[uid] for uid in kept) + passing))
    # Measured: up to a fifth more than flows, because convolutions put what they read into an order of their own.
    return MemoryNeed(fixed, per_picture, measured_at_a_time(facts) * _widest(facts) * 5 // 4)


def measured_at_a_time(facts: Facts) -> int:
    """How many pictures to measure a network on at a time: as many as are of use, but no more than flow through it in a
    memory that is small beside that of a run, whatever their size."""
    return max(1, min(AT_A_TIME, _MEASURING // max(_widest(facts), 1)))


def _widest(facts: Facts) -> int:
    """Bytes that a picture takes at the fullest layer, which reads and makes numbers, when nothing is kept for gradients."""
    nodes = (facts.nodes[uid] for uid in facts.order if uid in facts.leading)
    return max(
        (4 * sum(math.prod(shape or ()) for shape in each.inputs) + each.output_bytes for each in nodes), default=0
    )


def check(need: MemoryNeed, batch: int, free: int) -> None:
    """Raises ``TooLarge`` where a run with batches of ``batch`` pictures would take too much of ``free`` bytes."""
    maximum = MAX * free
    if need.of(batch) <= maximum:
        return
    about, left = byte_count(need.of(batch)), byte_count(int(maximum))
    smaller = batch // 2
    while smaller and need.of(smaller) > maximum:
        smaller //= 2
    if not smaller:
        raise TooLarge(
            _(
                "This run would need about {need}, and it may take {free}, four fifths of what is free. Nothing was "
                "started. Even one picture at a time would be too much: use fewer filters or outputs, or smaller maps.",
                need=about,
                free=left,
            )
        )
    raise TooLarge(
        _(
            "This run would need about {need}, and it may take {free}, four fifths of what is free. Nothing was "
            "started. Lower the batch size to {batch} (about {less}).",
            need=about,
            free=left,
            batch=whole(smaller),
            less=byte_count(need.of(smaller)),
        )
    )


def _family(graph: Graph, uid: str) -> Family:
    return catalog.BY_KEY[graph.by_uid[uid].type].family


_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""glibc's names for what ``mallopt`` sets."""
_KEPT = 512 * 2**20
"""Bytes, at the end of the heap, that are not given back to the system while they are free."""
_LARGEST = 2**30
"""Bytes of the largest piece that is taken from the heap; larger ones come from the system and go back to it."""


@cache
def keep_freed() -> bool:
    """Let this process keep freed memory from now on; returns whether that is possible here.

    A step makes and frees the same tensors of some megabytes again and again. Left alone, glibc fetches each from the system and
    gives it back, and the system clears every page of it at the first touch: for small networks that took a third of a step."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:  # a C library other than glibc
        return False
    return bool(mallopt(_MMAP_THRESHOLD, _LARGEST) and mallopt(_TRIM_THRESHOLD, _KEPT))
