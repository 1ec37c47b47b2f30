"""Turns a project into the content of ``project.json``, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from cnnlab.core.data.augmentation import Augmentation
from cnnlab.core.data.preprocessing import Preprocessing
from cnnlab.core.data.sources import SOURCES
from cnnlab.core.graph.graph import Graph
from cnnlab.core.messages import message as _
from cnnlab.core.params import ParamError
from cnnlab.core.project.project import Block, DataSettings, Layout, Project, Weights
from cnnlab.core.training.learning import Learning
from cnnlab.core.training.settings import TrainingSettings
from cnnlab.core.values import Frozen
from cnnlab.engine.archive import format as fmt
from cnnlab.engine.archive import graph_rules
from cnnlab.engine.archive.errors import Refused
from cnnlab.engine.archive.fields import SPELT, ProjectFields


def document(project: Project) -> dict[str, Any]:
    """The content of ``project.json`` for ``project``: all but the numbers of its weights."""
    return {
        "title": project.title,
        "note": project.note,
        "graph": {
            "nodes": [
                {"uid": node.uid, "path": node.path, "type": node.type, "version": node.version, "params": node.params}
                for node in project.graph.nodes
            ],
            "wires": [vars(wire) for wire in project.graph.wires],
        },
        "layout": {
            "positions": project.layout.positions,
            "blocks": {path: vars(block) for path, block in project.layout.blocks.items()},
        },
        "data": vars(project.data),
        "preprocessing": vars(project.preprocessing),
        "augmentation": vars(project.augmentation),
        "training": {SPELT.get(name, name): value for name, value in vars(project.training).items()},
        "learning": {uid: vars(learning) for uid, learning in project.learning.items()},
        "weights": {"step": project.weights.step},
    }


def project(document: dict[str, Any], *, is_later: bool) -> Project:
    """The project that ``document`` describes, without the numbers of its weights.

    Fields that this version does not know are left out if the document ``is_later``, and refused if not. Raises
    ``Refused`` ("invalid") with every fault and its place."""
    fields = _fields(document, is_later=is_later)
    if fields.data.source not in SOURCES:
        reason = _("There is no data set “{source}”.", source=fields.data.source)
        raise Refused("invalid", reason, where=f"{fmt.PROJECT_NAME}: data.source")
    nodes = graph_rules.nodes(fields.graph.nodes)
    positions = {uid: (x, y) for uid, (x, y) in fields.layout.positions.items()}
    blocks = Frozen({path: Block(**block.model_dump()) for path, block in fields.layout.blocks.items()})
    part = "preprocessing"
    try:
        preprocessing = Preprocessing(
            tuple(fields.preprocessing.mean), tuple(fields.preprocessing.std), fields.preprocessing.fit
        )
        part = "augmentation"
        augmentation = Augmentation(**fields.augmentation.model_dump())
        part = "training"
        training = TrainingSettings(**fields.training.model_dump())
        part = "learning"
        learning = Frozen({uid: Learning(**layer.model_dump()) for uid, layer in fields.learning.items()})
    except ParamError as error:
        raise Refused("invalid", error.message, where=f"{fmt.PROJECT_NAME}: {part}") from error
    except ValueError as error:
        reason = _("These settings do not go together.")
        raise Refused("invalid", reason, where=f"{fmt.PROJECT_NAME}: {part}", details=(str(error),)) from error
    return Project(
        Graph(nodes, graph_rules.wires(fields.graph.wires, nodes)),
        Layout(Frozen(positions), blocks),
        DataSettings(**fields.data.model_dump() | {"classes": tuple(fields.data.classes)}),
        preprocessing,
        augmentation,
        training,
        learning,
        Weights(fields.weights.step),
        fields.title,
        fields.note,
    )


def _fields(document: dict[str, Any], *, is_later: bool) -> ProjectFields:
    try:
        return ProjectFields.model_validate(document)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        unknown = [fault["loc"] for fault in faults if fault["type"] == "extra_forbidden"]
        if is_later and unknown:
            _drop(document, unknown)
            return _fields(document, is_later=False)
        details = tuple(f"{place(fault['loc'])}: {fault['msg']}" for fault in faults)
        reason = _("{count} of its entries are missing, unknown or out of range.", count=len(faults))
        where = f"{fmt.PROJECT_NAME}: {place(faults[0]['loc'])}"
        raise Refused("invalid", reason, where=where, details=details) from error


def place(steps: Iterable[int | str]) -> str:
    """Where in a document, such as ``graph.nodes[3].path``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")


def _drop(document: dict[str, Any], places: Iterable[tuple[int | str, ...]]) -> None:
    for *steps, last in places:
        holder: Any = document
        for step in steps:
            holder = holder[step]
        del holder[last]
