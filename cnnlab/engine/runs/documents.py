"""``run.json`` and ``heartbeat.json``: what a run was started with, and how it stands."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError

from cnnlab.core.messages import message as _
from cnnlab.core.run_summary import RunState
from cnnlab.engine import memory
from cnnlab.engine.archive import format as fmt
from cnnlab.engine.archive import strict_json, told, write_atomically
from cnnlab.engine.archive.disk import DISK, Disk
from cnnlab.engine.archive.errors import Newer, Refused
from cnnlab.engine.archive.schema import place
from cnnlab.engine.runs import folder as layout
from cnnlab.engine.runs.owners import Owner

VERSION = fmt.Version(1, 0)
"""Of the run folder. As with project files, a reader refuses a higher major one and leaves out what it does not know of a
higher minor one."""

Number = Annotated[
    float,
    BeforeValidator(lambda value: math.nan if value is None else value),
    PlainSerializer(lambda value: value if math.isfinite(value) else None),
]
"""``null`` in the file where it is not a number."""
_MOST_BYTES = 2**20
_T = TypeVar("_T", bound="_Document")

Count = Annotated[int, Field(ge=0)]
RunId = Annotated[str, Field(pattern=f"^{layout.ID.pattern}$")]


class _Document(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class Format(_Document):
    major: int = VERSION.major
    minor: Count = VERSION.minor


class Run(_Document):
    """What a run was started with. ``project.json`` beside it has the network."""

    format: Format = Format()
    id: RunId
    started: str
    """ISO 8601, with time zone."""
    project: str = ""
    title: str = ""
    graph: str
    training: dict[str, Any]
    augmentation: dict[str, Any]
    preprocessing: dict[str, Any]
    data: dict[str, Any]
    fingerprint: str = ""
    versions: dict[str, str] = {}
    device: str
    precision: str
    streamed: bool = False
    threads: Count
    processes: Count = 1
    seed: Count
    epochs: Count
    batches: Count
    """In an epoch."""
    steps: Count
    from_step: Count = 0
    """That the weights had behind them at the start."""
    owner: Owner
    """Who began it."""


class FigureFields(_Document):
    loss: Number = math.nan
    accuracy: Number = math.nan
    error: Number = math.nan


class Heartbeat(_Document):
    """How a run stands; ``RunSummary`` says what the fields mean."""

    format: Format = Format()
    run: RunId
    time: float
    """Seconds since 1970."""
    owner: Owner
    """Who is at it."""
    state: RunState = Field(strict=False)
    message: str = ""
    step: Count = 0
    epoch: Count = 0
    seconds: float = 0.0
    threads: Count = 0
    images_per_second: Number = math.nan
    latest: FigureFields = FigureFields()
    validation: FigureFields = FigureFields()
    best: FigureFields = FigureFields()
    best_epoch: Count = 0
    test: FigureFields = FigureFields()
    early: bool = False


def write_run(folder: Path, run: Run, disk: Disk = DISK) -> None:
    """Put ``run.json`` into ``folder``. Raises ``ProjectError``."""
    write_atomically(folder / layout.RUN, strict_json.encode(run.model_dump()), disk=disk)


def write_heartbeat(folder: Path, heartbeat: Heartbeat, disk: Disk = DISK, *, sync: bool = False) -> None:
    """Put ``heartbeat.json`` into ``folder``, with ``sync`` surely on the disk. Raises ``ProjectError``."""
    content = strict_json.encode(heartbeat.model_dump())
    write_atomically(folder / layout.HEARTBEAT, content, disk=disk if sync else unsynced(disk))


def unsynced(disk: Disk) -> Disk:
    """The same disk, which is not waited for: for what is soon replaced, or can be done without when the power fails."""
    return replace(disk, fsync=lambda _file: None, sync_folder=lambda _path: None)


def read_run(folder: Path, disk: Disk = DISK) -> Run:
    """``run.json`` of the run in ``folder``. Raises ``ProjectError``."""
    return _read(folder / layout.RUN, Run, disk)


def read_heartbeat(folder: Path, disk: Disk = DISK) -> Heartbeat:
    """``heartbeat.json`` of the run in ``folder``. Raises ``ProjectError``."""
    return _read(folder / layout.HEARTBEAT, Heartbeat, disk)


def read_json(path: Path, disk: Disk = DISK, most: int = _MOST_BYTES) -> dict[str, Any]:
    """An object of a JSON file that may be anybody's. Raises ``Refused`` and ``OSError``."""
    with disk.reader(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise Refused("too-large", _("it has more than {size}", size=memory.show(most)))
    document = strict_json.decode(content, path.name)
    if not isinstance(document, dict):
        raise Refused("invalid", _("It does not describe anything."), where=path.name)
    return document


def _read(path: Path, model: type[_T], disk: Disk) -> _T:
    try:
        document = read_json(path, disk)
        _check_version(document)
        return model.model_validate(document)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        details = tuple(f"{place(fault['loc'])}: {fault['msg']}" for fault in faults)
        reason = _("{count} of its entries are missing, unknown or out of range.", count=len(faults))
        where = f"{path.name}: {place(faults[0]['loc'])}"
        raise told.not_opened(path, Refused("invalid", reason, where=where, details=details)) from error
    except Refused as refused:
        raise told.not_opened(path, refused) from refused
    except OSError as error:
        raise told.not_readable(path, error) from error


def _check_version(document: dict[str, Any]) -> None:
    """Raises ``Newer`` for a folder of a later major version."""
    said = document.get("format")
    major = said.get("major") if isinstance(said, dict) else None
    if type(major) is int and major > VERSION.major:
        versions = document.get("versions")
        app = versions.get("cnnlab") if isinstance(versions, dict) else None
        raise Newer(str(app or "?"), fmt.Version(major, 0))
