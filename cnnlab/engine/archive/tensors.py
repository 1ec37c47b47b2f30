"""The weights of the network as a member of a project file: packed, and checked against the graph when unpacked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors import numpy as safetensors

from cnnlab.core.graph.graph import Graph
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.project.project import Project
from cnnlab.core.values import Frozen
from cnnlab.engine.archive import format as fmt
from cnnlab.engine.archive import strict_json
from cnnlab.engine.archive.errors import Refused

Arrays = Mapping[str, NDArray[Any]]
Kinds = Mapping[str, tuple[str, tuple[int, ...]]]
"""The dtype and the shape of each tensor of one layer, by name."""

_HEADER_LENGTH = 8


def pack(project: Project) -> bytes | None:
    """The weights of the layers that ``project`` now has, as safetensors; None if it has none.

    Numbers that no longer fit their layer, because its settings or its input changed, are left out: no network can take
    them. A layer whose input is not known at the moment keeps what it has."""
    held = {
        node.uid: project.weights.nodes[node.uid] for node in project.graph.nodes if project.weights.nodes.get(node.uid)
    }
    if not held:
        return None
    demanded = _demanded(project.graph)
    tensors = {
        f"{uid}/{name}": np.asarray(array, order="C")
        for uid, arrays in held.items()
        if uid not in demanded or _kinds(arrays) == demanded[uid]
        for name, array in arrays.items()
    }
    return safetensors.save(tensors) if tensors else None


def unpack(data: bytes, graph: Graph) -> Frozen[str, Arrays]:
    """Read-only arrays by uid and name, ``checked``. Raises ``Refused`` ("weights")."""
    _check_header(data)
    try:
        tensors = safetensors.load(data)
    except (SafetensorError, KeyError, ValueError, TypeError, OverflowError) as error:
        details = (f"{type(error).__name__}: {error}",)
        raise _refused(_("the weights are not safetensors"), details=details) from error
    return checked(tensors, graph)


def checked(tensors: Arrays, graph: Graph) -> Frozen[str, Arrays]:
    """``tensors``, called ``<uid>/<name>``, read-only by uid and name.

    Each belongs to a layer of ``graph``, and a layer whose input sizes are known has exactly the tensors that it needs, of
    the right shape and dtype. What a layer of unknown type or input needs nobody can say; its tensors are kept as they are.
    Raises ``Refused`` ("weights")."""
    nodes: dict[str, dict[str, NDArray[Any]]] = {}
    for key, array in tensors.items():
        uid, _slash, name = key.partition("/")
        if uid not in graph.by_uid or not name:
            raise _refused(_("it has weights for a layer that does not exist"), key)
        array.flags.writeable = False
        nodes.setdefault(uid, {})[name] = array
    demanded = _demanded(graph) if nodes else {}
    for uid, arrays in nodes.items():
        if uid in demanded and _kinds(arrays) != demanded[uid]:
            details = (f"demanded {demanded[uid]}, found {_kinds(arrays)}",)
            raise _refused(_("the weights do not fit {name}", name=graph.by_uid[uid].path), uid, details)
    return Frozen({uid: Frozen(arrays) for uid, arrays in nodes.items()})


def not_finite(nodes: Mapping[str, Arrays]) -> tuple[str, ...]:
    """The uids of layers with a number that is NaN or infinite."""
    return tuple(
        uid
        for uid, arrays in nodes.items()
        if not all(np.isfinite(array).all() for array in arrays.values() if array.dtype.kind == "f")
    )


def _check_header(data: bytes) -> None:
    """Refuse what safetensors itself lets through: names that come twice, and any number of them."""
    length = int.from_bytes(data[:_HEADER_LENGTH], "little")
    if not 0 < length <= min(len(data) - _HEADER_LENGTH, fmt.JSON_BYTES):
        raise _refused(_("the weights are not safetensors"))
    try:
        header = strict_json.decode(data[_HEADER_LENGTH : _HEADER_LENGTH + length], fmt.WEIGHTS_NAME)
    except Refused as refused:
        raise _refused(_("the weights have no valid table of contents"), details=(str(refused),)) from refused
    if not isinstance(header, dict) or len(header) > fmt.TENSORS or "__metadata__" in header:
        raise _refused(_("the weights have no valid table of contents"))


def _demanded(graph: Graph) -> dict[str, Kinds]:
    """The tensors that each layer needs whose input sizes are known, by uid; an empty mapping for one that has no weights."""
    from cnnlab.engine.network import (
        shapes,  # they bring torch, which a project without weights does without
        weights,
    )

    demanded: dict[str, Kinds] = {uid: {} for uid in shapes.infer(graph).order}
    for uid, tensors in weights.tensor_shapes(graph).items():
        demanded[uid] = {name: (_dtype(name), shape) for name, shape in tensors.items()}
    return demanded


def _dtype(name: str) -> str:
    return "int64" if name.endswith("num_batches_tracked") else "float32"


def _kinds(arrays: Arrays) -> Kinds:
    return {name: (array.dtype.name, tuple(array.shape)) for name, array in arrays.items()}


def _refused(reason: Message, where: str = "", details: tuple[str, ...] = ()) -> Refused:
    return Refused(
        "weights", reason, where=f"{fmt.WEIGHTS_NAME}: {where}" if where else fmt.WEIGHTS_NAME, details=details
    )
