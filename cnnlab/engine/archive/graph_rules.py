"""Checks the nodes and wires in a file. A graph may be half built, and may even have a loop; the app marks it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from cnnlab.core import catalog
from cnnlab.core.catalog.spec import Params
from cnnlab.core.graph import paths
from cnnlab.core.graph.graph import Node, Wire
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.params import ParamError
from cnnlab.core.values import Frozen, frozen
from cnnlab.engine.archive import format as fmt
from cnnlab.engine.archive.errors import Refused
from cnnlab.engine.archive.fields import NodeFields, WireFields


def nodes(fields: Sequence[NodeFields]) -> tuple[Node, ...]:
    """The nodes, with unique uids and paths; parameters of known types are in normal form, others unchanged. Raises ``Refused``."""
    result: dict[str, Node] = {}
    owners: set[str] = set()
    paths_taken: set[str] = set()
    for number, field in enumerate(fields):
        if field.uid in result:
            raise _refused("nodes", number, "uid", _("Another layer has the same uid."))
        why = paths.refusal(field.path, _neighbours(field.path, paths_taken, owners))
        if why:
            raise _refused("nodes", number, "path", why)
        paths_taken.add(field.path)
        owners.update(_owners(field.path))
        node = Node(field.uid, field.path, field.type, Frozen(), field.version)
        result[field.uid] = Node(field.uid, field.path, field.type, _params(node, field.params, number), field.version)
    return tuple(result.values())


def _owners(path: str) -> list[str]:
    """The paths of the blocks around ``path``: ``a`` and ``a.b`` for ``a.b.c``."""
    parts = path.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


def _neighbours(path: str, taken: set[str], owners: set[str]) -> list[str]:
    """The few of ``taken`` that can collide with ``path``; asking about all of them would take quadratic time."""
    found = [other for other in (path, *_owners(path)) if other in taken]
    if path in owners:
        found += [other for other in taken if other.startswith(path + ".")]
    return found


def _params(node: Node, raw: dict[str, Any], number: int) -> Params:
    spec = catalog.find(node)
    if spec is None:
        return cast(Params, frozen(raw))
    try:
        return spec.normal(raw)
    except ParamError as error:
        raise _refused("nodes", number, "params", error.message) from error


def wires(fields: Sequence[WireFields], nodes: Sequence[Node]) -> tuple[Wire, ...]:
    """The wires, each between ports that exist, and at most one into each. Raises ``Refused``."""
    by_uid = {node.uid: node for node in nodes}
    ends = set()
    result = []
    for number, field in enumerate(fields):
        source, target = by_uid.get(field.source), by_uid.get(field.target)
        if source is None or target is None:
            raise _refused("wires", number, "target" if source else "source", _("There is no such layer."))
        giver, taker = catalog.find(source), catalog.find(target)
        if field.source_port >= (giver.ports(source.params) if giver else fmt.PORTS):
            raise _refused("wires", number, "source_port", _("{name} has no such output.", name=source.path))
        if field.target_port >= (taker.inputs[1] if taker else fmt.PORTS):
            raise _refused("wires", number, "target_port", _("{name} has no such input.", name=target.path))
        end = (field.target, field.target_port)
        if end in ends:
            raise _refused("wires", number, "target_port", _("Two wires end in one input of {name}.", name=target.path))
        ends.add(end)
        result.append(Wire(field.source, field.target, field.source_port, field.target_port))
    return tuple(result)


def _refused(part: str, number: int, field: str, reason: Message) -> Refused:
    return Refused("invalid", reason, where=f"{fmt.PROJECT_NAME}: graph.{part}[{number}].{field}")
