"""The weights that a run keeps, running means included: the best, the last, and snapshots along its way, many early, when they
change most, and fewer later.

The files of snapshots are called by the step, so the folder itself says which there are."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from cnnlab.core.graph.graph import Graph
from cnnlab.core.messages import message as _
from cnnlab.core.project.project import Weights
from cnnlab.engine.archive import Stamp, messages, tensors, write_atomically
from cnnlab.engine.archive.disk import DISK, Disk
from cnnlab.engine.archive.errors import Refused
from cnnlab.engine.runs import checksummed
from cnnlab.engine.runs import folder as layout
from cnnlab.engine.runs.run_files import unsynced


def write_weights(path: Path, weights: Weights, run: str, graph: str, disk: Disk = DISK) -> Stamp:
    """Put ``weights`` of the run with this id and graph digest at ``path``. Raises ``ProjectError``."""
    content = checksummed.pack(named(weights), {"run": run, "graph": graph, "step": weights.step})
    return write_atomically(path, content, disk=disk)


def read_weights(path: Path, graph: Graph, disk: Disk = DISK) -> Weights:
    """The weights at ``path``, which must fit ``graph`` as those of a project file must. Raises ``ProjectError``."""
    arrays, document = checksummed.read(path, disk)
    try:
        return checked(arrays, document.get("step"), graph)
    except Refused as refused:
        raise messages.not_opened(path, refused) from refused


def checked(arrays: checksummed.Arrays, step: object, graph: Graph) -> Weights:
    """``arrays``, named ``<uid>/<name>``, as the weights of ``graph`` after ``step``. Raises ``Refused``."""
    if type(step) is not int or step < 0:
        raise Refused("invalid", _("It does not say which step its weights belong to."), where="step")
    return Weights(step, tensors.checked(arrays, graph))


def named(weights: Weights) -> dict[str, Any]:
    """The arrays of ``weights``, named ``<uid>/<name>``."""
    return {f"{uid}/{name}": array for uid, held in weights.nodes.items() for name, array in held.items()}


MAX = 250
"""Snapshots of a run, however little space they take: a replay does not show more."""
FREE_SECONDS = 0.03
SHARE = 0.01
"""The most of a run's time that snapshots may take, beyond the first ``FREE_SECONDS``; what would take more is left out."""
_NAME = re.compile(r"[0-9]{10,15}\.safetensors", re.ASCII)


def plan(steps: int, count: int) -> tuple[int, ...]:
    """The steps of a run of ``steps`` steps, counted from its start, whose weights are kept: at most ``count``, ascending,
    the start and the end among them, at even distances on a logarithmic axis (of step + 1)."""
    chosen = [0][:count]
    for left in range(min(count - 1, steps), 0, -1):
        last = chosen[-1]
        # Early on the distance would be less than a step; what is saved by then goes to the later ones.
        chosen.append(max(last + 1, round((last + 1) * ((steps + 1) / (last + 1)) ** (1 / left)) - 1))
    return tuple(chosen)


def steps(folder: Path, disk: Disk = DISK) -> tuple[int, ...]:
    """The steps of which the run in ``folder`` has a snapshot, ascending; none where there is no such folder."""
    try:
        names = disk.names(folder / layout.SNAPSHOTS)
    except OSError:
        return ()
    return tuple(sorted(int(name.partition(".")[0]) for name in names if _NAME.fullmatch(name)))


def read_snapshot(folder: Path, step: int, graph: Graph, disk: Disk = DISK) -> Weights:
    """The snapshot of ``step``. Raises ``ProjectError``."""
    return read_weights(_path(folder, step), graph, disk)


class Snapshots:
    """Keeps the snapshots of one run, within ``budget`` bytes; for the thread that drives it."""

    def __init__(self, folder: Path, budget: int, from_step: int, steps: int, disk: Disk = DISK) -> None:
        """``from_step``: steps that the weights had been trained for when the run was started; it is to make ``steps`` more."""
        self._folder = folder
        self._budget = budget
        self._from_step = from_step
        self._steps = steps
        self._disk = unsynced(disk)
        self._planned: frozenset[int] | None = None
        self._spent = 0.0

    def wants(self, step: int, seconds: float) -> bool:
        """Whether to keep the weights of ``step``, ``seconds`` after the run began."""
        if self._planned is not None and step - self._from_step not in self._planned:
            return False
        return self._budget > 0 and self._spent <= FREE_SECONDS + SHARE * seconds

    def save(self, weights: Weights, run: str, graph: str) -> None:
        """Keep ``weights``, unless there is no room for any. Raises ``ProjectError``."""
        began = time.perf_counter()
        if self._planned is None:
            size = sum(array.nbytes for held in weights.nodes.values() for array in held.values())
            self._planned = frozenset(plan(self._steps, min(self._budget // max(size, 1), MAX)))
        if weights.step - self._from_step in self._planned:
            write_weights(_path(self._folder, weights.step), weights, run, graph, self._disk)
        self._spent += time.perf_counter() - began

    def remove_later(self, step: int) -> None:
        """Remove the snapshots after ``step``, from which the run is resumed: it makes them again, perhaps differently."""
        for later in steps(self._folder, self._disk):
            if later > step:
                with suppress(OSError):
                    self._disk.unlink(_path(self._folder, later))


def _path(folder: Path, step: int) -> Path:
    return folder / layout.SNAPSHOTS / layout.step_name(step)
