"""Checkpoints on the disk: one file each, the last two kept."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from cnnlab.core.messages import message as _
from cnnlab.core.project.project import Weights
from cnnlab.core.runs.events import Checkpoint
from cnnlab.core.values import Frozen, frozen
from cnnlab.engine.archive import messages, write_atomically
from cnnlab.engine.archive.disk import DISK, Disk
from cnnlab.engine.archive.errors import ProjectError, Refused
from cnnlab.engine.runs import checksummed, run_weights
from cnnlab.engine.runs import folder as layout
from cnnlab.engine.runs.run_files import Count, Heartbeat, RunId

log = logging.getLogger(__name__)

KEPT = 2
_NAME = re.compile(r"[0-9]{10,}\.safetensors", re.ASCII)


class RecordPosition(BaseModel):
    """How far the record of a run had come at a checkpoint, so that it goes on from there too."""

    model_config = ConfigDict(strict=True)
    line: Count
    """Number of the next line of ``events.jsonl``."""
    heartbeat: str
    """The content of ``heartbeat.json`` at that moment."""


class _Fields(BaseModel):
    """The document of a checkpoint."""

    model_config = ConfigDict(strict=True)
    run: RunId
    step: Count
    graph: str
    best_step: Count | None
    """Step of the best weights; None if there are none yet."""
    state: dict[str, Any]
    place: RecordPosition


@dataclass(frozen=True)
class ReadCheckpoint:
    """A checkpoint that was read, with the position of the record that belongs to it."""

    checkpoint: Checkpoint
    line: int
    heartbeat: Heartbeat


def save(folder: Path, checkpoint: Checkpoint, line: int, heartbeat: Heartbeat, disk: Disk = DISK) -> int:
    """Put ``checkpoint`` into the run ``folder``, remove all but the last two, and return how many bytes it takes. Raises
    ``ProjectError``; then the earlier ones are still there."""
    best = checkpoint.best
    arrays = {
        **_under("weights", run_weights.named(checkpoint.weights)),
        **_under("best", run_weights.named(best) if best is not None else {}),
        **_under("moving", run_weights.named(checkpoint.moving) if checkpoint.moving is not None else {}),
        **_under("optimiser", checkpoint.optimiser),
    }
    document = {
        "run": checkpoint.run,
        "step": checkpoint.step,
        "graph": checkpoint.graph,
        "best_step": best.step if best is not None else None,
        "state": checkpoint.state,
        "place": {"line": line, "heartbeat": heartbeat.model_dump_json()},
    }
    content = checksummed.pack(arrays, document)
    path = folder / layout.CHECKPOINTS / layout.step_name(checkpoint.step)
    write_atomically(path, content, disk=disk)
    with suppress(OSError):  # one too many does no harm
        for name in _names(folder, disk)[KEPT:]:
            disk.unlink(path.with_name(name))
    return len(content)


def latest(folder: Path) -> Checkpoint | None:
    """The newest complete checkpoint in the run folder; None if there is none."""
    found = latest_with_position(folder)
    return found.checkpoint if found else None


def latest_with_position(folder: Path, disk: Disk = DISK) -> ReadCheckpoint | None:
    """The newest complete checkpoint in the run folder, with its position in the record; None if there is none."""
    try:
        names = _names(folder, disk)
    except OSError:
        return None
    for name in names:
        try:
            return read(folder / layout.CHECKPOINTS / name, disk)
        except ProjectError as error:
            log.warning("a checkpoint is left out: %s", error.message)
    return None


def exists(folder: Path) -> bool:
    """Whether there is a checkpoint in the run folder, complete or damaged."""
    try:
        return bool(_names(folder, DISK))
    except OSError:
        return False


def remove_later(folder: Path, step: int, disk: Disk = DISK) -> None:
    """Remove the checkpoints after ``step``, none of which could be read, lest they push out good ones. Raises ``OSError``."""
    for name in _names(folder, disk):
        if int(name.partition(".")[0]) > step:
            disk.unlink(folder / layout.CHECKPOINTS / name)


def read(path: Path, disk: Disk = DISK) -> ReadCheckpoint:
    """The checkpoint in a file. Raises ``ProjectError``."""
    arrays, document = checksummed.read(path, disk)
    try:
        fields = _Fields.model_validate(document)
        heartbeat = Heartbeat.model_validate_json(fields.place.heartbeat)
        parts = _parts(arrays)
    except (ValidationError, ValueError) as error:
        refused = Refused("invalid", _("It is not a checkpoint."), where=path.name, details=(str(error),))
        raise messages.not_opened(path, refused) from error
    checkpoint = Checkpoint(
        run=fields.run,
        step=fields.step,
        graph=fields.graph,
        weights=_weights(fields.step, parts["weights"]),
        best=_weights(fields.best_step, parts["best"]) if fields.best_step is not None else None,
        moving=_weights(fields.step, parts["moving"]) if parts["moving"] else None,
        optimiser=Frozen(parts["optimiser"]),
        state=frozen(fields.state),  # type: ignore[arg-type]  # a dict in, a Frozen out
    )
    return ReadCheckpoint(checkpoint, fields.place.line, heartbeat)


def _names(folder: Path, disk: Disk) -> list[str]:
    """Names of the checkpoints in the run folder, the newest first. Raises ``OSError``."""
    names = filter(_NAME.fullmatch, disk.names(folder / layout.CHECKPOINTS))
    return sorted(names, key=lambda name: int(name.partition(".")[0]), reverse=True)


def _under(part: str, arrays: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{part}/{name}": array for name, array in arrays.items()}


def _parts(arrays: checksummed.Arrays) -> dict[str, dict[str, Any]]:
    """The arrays by the part that their names begin with. Raises ``ValueError`` for another part."""
    parts: dict[str, dict[str, Any]] = {"weights": {}, "best": {}, "moving": {}, "optimiser": {}}
    for key, array in arrays.items():
        part, _slash, name = key.partition("/")
        if part not in parts or not name:
            raise ValueError(f"{key} belongs to no part")
        parts[part][name] = array
    return parts


def _weights(step: int, arrays: dict[str, Any]) -> Weights:
    nodes: dict[str, dict[str, Any]] = {}
    for key, array in arrays.items():
        uid, _slash, name = key.partition("/")
        nodes.setdefault(uid, {})[name] = array
    return Weights(step, Frozen({uid: Frozen(held) for uid, held in nodes.items()}))
