"""``project.json``: its fields with their kinds and ranges, and the way from and to a project value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cnnlab.core.graph import Graph
from cnnlab.core.messages import message as _
from cnnlab.core.params import ParamError
from cnnlab.core.preprocessing import Preprocessing
from cnnlab.core.project import SOURCES, DataSettings, Layout, Project, TrainingSettings, Weights
from cnnlab.core.values import Frozen
from cnnlab.engine.archive import format as fmt
from cnnlab.engine.archive import graph_rules
from cnnlab.engine.archive.errors import Refused

_FARTHEST = 1e9
"""From the origin of the canvas; the window's geometry loses precision long before."""

Uid = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,200}$")]
Coordinate = Annotated[float, Field(ge=-_FARTHEST, le=_FARTHEST)]
Count = Annotated[int, Field(ge=0)]


class _Model(BaseModel):
    # strict: a bool is no number, and "3" is none either.
    model_config = ConfigDict(strict=True, extra="forbid")


class NodeFields(_Model):
    uid: Uid
    path: str
    type: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")
    version: int = Field(ge=1)
    params: dict[str, Any]


class WireFields(_Model):
    source: Uid
    source_port: Count
    target: Uid
    target_port: Count


class _GraphFields(_Model):
    nodes: list[NodeFields] = Field(max_length=fmt.NODES)
    wires: list[WireFields] = Field(max_length=fmt.WIRES)


class _LayoutFields(_Model):
    positions: dict[Uid, Annotated[list[Coordinate], Field(min_length=2, max_length=2)]]


class _DataFields(_Model):
    source: str
    validation: Count
    seed: Count


class _PreprocessingFields(_Model):
    mean: list[float] = Field(max_length=1024)
    std: list[float] = Field(max_length=1024)
    fit: Literal["pad", "resize"]


class _TrainingFields(_Model):
    # The ranges are those of TRAINING_PARAMS, which TrainingSettings itself applies.
    optimiser: str
    learning_rate: float
    schedule: str = "constant"  # what there was before schedules
    momentum: float
    weight_decay: float
    batch_size: int
    epochs: int
    seed: int
    device: str


class _WeightsFields(_Model):
    step: Count


class _ProjectFields(_Model):
    title: str
    note: str
    graph: _GraphFields
    layout: _LayoutFields
    data: _DataFields
    preprocessing: _PreprocessingFields
    training: _TrainingFields
    weights: _WeightsFields


def document(project: Project) -> dict[str, Any]:
    """What ``project.json`` says of ``project``: all but the numbers of its weights."""
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
        "layout": {"positions": project.layout.positions},
        "data": vars(project.data),
        "preprocessing": vars(project.preprocessing),
        "training": vars(project.training),
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
    part = "preprocessing"
    try:
        preprocessing = Preprocessing(
            tuple(fields.preprocessing.mean), tuple(fields.preprocessing.std), fields.preprocessing.fit
        )
        part = "training"
        training = TrainingSettings(**fields.training.model_dump())
    except ParamError as error:
        raise Refused("invalid", error.message, where=f"{fmt.PROJECT_NAME}: {part}") from error
    except ValueError as error:
        reason = _("These settings go together with no network.")
        raise Refused("invalid", reason, where=f"{fmt.PROJECT_NAME}: {part}", details=(str(error),)) from error
    return Project(
        Graph(nodes, graph_rules.wires(fields.graph.wires, nodes)),
        Layout(Frozen(positions)),
        DataSettings(**fields.data.model_dump()),
        preprocessing,
        training,
        Weights(fields.weights.step),
        fields.title,
        fields.note,
    )


def _fields(document: dict[str, Any], *, is_later: bool) -> _ProjectFields:
    try:
        return _ProjectFields.model_validate(document)
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
    """``graph.nodes[3].path``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")


def _drop(document: dict[str, Any], places: Iterable[tuple[int | str, ...]]) -> None:
    for *steps, last in places:
        holder: Any = document
        for step in steps:
            holder = holder[step]
        del holder[last]
