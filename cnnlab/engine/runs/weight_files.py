"""``best.safetensors``, ``last.safetensors`` and the snapshots: weights of one step, running means included."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cnnlab.core.graph.graph import Graph
from cnnlab.core.messages import message as _
from cnnlab.core.project.project import Weights
from cnnlab.engine.archive import Stamp, messages, tensors, write_atomically
from cnnlab.engine.archive.disk import DISK, Disk
from cnnlab.engine.archive.errors import Refused
from cnnlab.engine.runs import checksummed


def save(path: Path, weights: Weights, run: str, graph: str, disk: Disk = DISK) -> Stamp:
    """Put ``weights`` of the run with this id and graph digest at ``path``. Raises ``ProjectError``."""
    content = checksummed.pack(named(weights), {"run": run, "graph": graph, "step": weights.step})
    return write_atomically(path, content, disk=disk)


def read(path: Path, graph: Graph, disk: Disk = DISK) -> Weights:
    """The weights at ``path``, which must fit ``graph`` as those of a project file must. Raises ``ProjectError``."""
    arrays, document = checksummed.read(path, disk)
    try:
        return checked(arrays, document.get("step"), graph)
    except Refused as refused:
        raise messages.not_opened(path, refused) from refused


def checked(arrays: checksummed.Arrays, step: object, graph: Graph) -> Weights:
    """``arrays``, called ``<uid>/<name>``, as the weights of ``graph`` after ``step``. Raises ``Refused``."""
    if type(step) is not int or step < 0:
        raise Refused("invalid", _("It does not say which step its weights are of."), where="step")
    return Weights(step, tensors.checked(arrays, graph))


def named(weights: Weights) -> dict[str, Any]:
    """Their arrays, called ``<uid>/<name>``."""
    return {f"{uid}/{name}": array for uid, held in weights.nodes.items() for name, array in held.items()}
