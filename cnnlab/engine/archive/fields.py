"""The fields of ``project.json``, with their kinds and ranges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, create_model

from cnnlab.core.data.augmentation import AUGMENTATION_PARAMS
from cnnlab.core.data.preprocessing import Fit
from cnnlab.core.params import Choice, Flag, Param, Real, Whole
from cnnlab.core.training.learning import LEARNING_PARAMS
from cnnlab.core.training.settings import TRAINING_PARAMS
from cnnlab.core.values import Frozen
from cnnlab.engine.archive import format as fmt

_FARTHEST = 1e9
"""The greatest coordinate on the canvas; the window's geometry loses precision long before."""

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
    classes: list[str] = Field(default=[], max_length=fmt.CLASSES)  # 1.1 had neither of these
    test: Count = 5000


class _PreprocessingFields(_Model):
    mean: list[float] = Field(max_length=1024)
    std: list[float] = Field(max_length=1024)
    fit: Fit


SPELT = Frozen({"max_steps": "most_steps"})
"""Names in files of settings that have another name here."""
_KINDS: dict[type[Param], type] = {Whole: int, Real: float, Flag: bool, Choice: str}


def _settings(
    name: str, params: tuple[Param, ...], older: Mapping[str, Any] = Frozen(), always: frozenset[str] = frozenset()
) -> Any:
    """A model with a field for each of ``params``, whose ranges the settings themselves apply. All versions wrote those in
    ``always``; ``older`` says what was done before there were others, where that is not today's default."""
    fields: dict[str, Any] = {
        param.name: (
            _KINDS[type(param)],
            Field(... if param.name in always else older.get(param.name, param.default), alias=SPELT.get(param.name)),
        )
        for param in params
    }
    return create_model(name, __base__=_Model, **fields)


if TYPE_CHECKING:
    AugmentationFields: TypeAlias = BaseModel
    TrainingFields: TypeAlias = BaseModel
    LearningFields: TypeAlias = BaseModel
else:
    TrainingFields = _settings(
        "TrainingFields",
        TRAINING_PARAMS,
        {"schedule": "constant", "decay_all": True},
        frozenset(["optimiser", "learning_rate", "momentum", "weight_decay", "batch_size", "epochs", "seed", "device"]),
    )
    AugmentationFields = _settings("AugmentationFields", AUGMENTATION_PARAMS)
    LearningFields = _settings("LearningFields", LEARNING_PARAMS)


class _WeightsFields(_Model):
    step: Count


class ProjectFields(_Model):
    title: str
    note: str
    graph: _GraphFields
    layout: _LayoutFields
    data: _DataFields
    preprocessing: _PreprocessingFields
    augmentation: AugmentationFields = AugmentationFields()  # 1.1 had none
    training: TrainingFields
    learning: dict[Uid, LearningFields] = Field(default={}, max_length=fmt.NODES)  # 1.1 had none
    weights: _WeightsFields
