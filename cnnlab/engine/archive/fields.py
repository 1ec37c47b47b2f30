"""The fields of ``project.json``, with their kinds and ranges."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from cnnlab.engine.archive import format as fmt

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


class _BlockFields(_Model):
    kind: str = Field(pattern=r"^([A-Za-z_][A-Za-z0-9_]{0,199})?$")


class _LayoutFields(_Model):
    positions: dict[Uid, Annotated[list[Coordinate], Field(min_length=2, max_length=2)]]
    blocks: dict[str, _BlockFields] = Field(default={}, max_length=fmt.NODES)  # 1.0 had none


class _DataFields(_Model):
    source: str
    validation: Count
    seed: Count
    folder: str = ""  # 1.0 had none


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


class ProjectFields(_Model):
    title: str
    note: str
    graph: _GraphFields
    layout: _LayoutFields
    data: _DataFields
    preprocessing: _PreprocessingFields
    training: _TrainingFields
    weights: _WeightsFields
