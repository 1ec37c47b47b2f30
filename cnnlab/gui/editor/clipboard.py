"""Layers on the system clipboard, as JSON text under a type of our own, so that they go from window to window."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, cast

from PySide6.QtCore import QByteArray, QMimeData

from cnnlab.core import catalog
from cnnlab.core.graph.graph import Graph, Node, Wire
from cnnlab.core.messages import Refusal
from cnnlab.core.messages import message as _
from cnnlab.core.project.changes import Clip
from cnnlab.core.project.project import Point
from cnnlab.core.training.learning import Learning
from cnnlab.core.values import Frozen, frozen, thawed

MIME = "application/x-cnnlab-layers"
_FORMAT = 1
_MAX_BYTES = 16 * 2**20
_FARTHEST = 50_000.0
"""Canvas units; a card farther out could not be reached."""


class ClipboardError(Refusal):
    """The clipboard holds nothing that can be pasted; ``message`` says why."""


def to_mime(clip: Clip) -> QMimeData:
    """``clip`` for the clipboard: as JSON for this app, and as plain text for others."""
    plain = {
        "cnnlab layers": _FORMAT,
        "nodes": [
            {"uid": n.uid, "path": n.path, "type": n.type, "version": n.version, "params": thawed(n.params)}
            for n in clip.graph.nodes
        ],
        "wires": [[w.source, w.source_port, w.target, w.target_port] for w in clip.graph.wires],
        "positions": {uid: list(place) for uid, place in clip.positions.items()},
        "learning": {uid: asdict(learns) for uid, learns in clip.learning.items()},
    }
    text = json.dumps(plain, indent=1)
    mime = QMimeData()
    mime.setData(MIME, QByteArray(text.encode()))
    mime.setText(text)
    return mime


def from_mime(mime: QMimeData | None) -> Clip:
    """The layers on the clipboard; raises ``ClipboardError`` for anything else."""
    if mime is None or not mime.hasFormat(MIME):
        raise ClipboardError(_("There are no layers on the clipboard. Copy some cards first."))
    data = bytes(mime.data(MIME).data())
    try:
        if len(data) > _MAX_BYTES:
            raise ValueError("too long")
        return _clip(json.loads(data))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        text = _("The layers on the clipboard cannot be read; nothing was changed. Copy them again.")
        raise ClipboardError(text) from error


def _clip(plain: Mapping[str, Any]) -> Clip:
    if plain["cnnlab layers"] != _FORMAT:
        raise ValueError("another format")
    graph = Graph()
    for entry in plain["nodes"]:
        graph = graph.add(_node(entry))
    for source, source_port, target, target_port in plain["wires"]:
        wire = Wire(source, target, _port(source_port), _port(target_port))
        graph = graph.connect(wire)
    positions = {uid: _place(place) for uid, place in plain["positions"].items() if uid in graph.by_uid}
    learning = {
        uid: Learning(**values) for uid, values in dict(plain.get("learning", {})).items() if uid in graph.by_uid
    }
    return Clip(graph, Frozen(positions), Frozen(learning))


def _node(entry: Mapping[str, Any]) -> Node:
    node = Node(
        _text(entry["uid"]),
        _text(entry["path"]),
        _text(entry["type"]),
        cast("Frozen[str, Any]", frozen(dict(entry["params"]))),
        _port(entry["version"]),
    )
    spec = catalog.find(node)
    return Node(node.uid, node.path, node.type, spec.normal(node.params), node.version) if spec else node


def _text(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise ValueError("not a name")
    return value


def _port(value: object) -> int:
    if type(value) is not int or not 0 <= value < 1000:
        raise ValueError("not a number of a port or version")
    return value


def _place(value: Any) -> Point:
    x, y = float(value[0]), float(value[1])
    if not (abs(x) <= _FARTHEST and abs(y) <= _FARTHEST):
        raise ValueError("not on the canvas")
    return x, y
