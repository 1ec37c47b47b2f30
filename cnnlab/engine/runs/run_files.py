"""``run.json`` and ``heartbeat.json``: what a run was started with, and how it stands."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from cnnlab.core.messages import message as _
from cnnlab.core.numerals import byte_count
from cnnlab.core.runs.progress import Pace, RunProgress
from cnnlab.core.runs.summary import Figures, RunState
from cnnlab.core.training.metrics import finite
from cnnlab.engine.archive import format as fmt
from cnnlab.engine.archive import messages, write_atomically
from cnnlab.engine.archive.disk import DISK, Disk
from cnnlab.engine.archive.errors import Newer, Refused
from cnnlab.engine.archive.schema import place
from cnnlab.engine.runs import folder as layout
from cnnlab.engine.runs.owners import Owner

VERSION = fmt.Version(1, 0)
"""The version of the run folder. As with project files, a reader refuses a higher major one and leaves out what it does not know
of a higher minor one."""

Number = Annotated[float | None, BeforeValidator(lambda value: finite(value) if isinstance(value, float) else value)]
"""Finite, or None: ``null`` in the file. What is taken from an array may be NaN, which is None too."""
_MAX_BYTES = 2**20
_T = TypeVar("_T", bound="RunFile")

Count = Annotated[int, Field(ge=0, lt=2**53)]
RunId = Annotated[str, Field(pattern=f"^{layout.ID.pattern}$")]


class RunFile(BaseModel):
    """A JSON object of a run, checked strictly; keys that a later version has added are left out."""

    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False)


class Format(RunFile):
    major: Count = VERSION.major
    minor: Count = VERSION.minor


class _Head(RunFile):
    """The part that every version has."""

    format: Format = Format()
    versions: dict[str, str] = {}


class RunRecord(RunFile):
    """The content of ``run.json``: what a run was started with. ``project.json`` beside it has the network."""

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
    """How many there are in an epoch."""
    steps: Count
    from_step: Count = 0
    """Steps that the weights had been trained for at the start."""
    owner: Owner
    """The process that began it."""


class Heartbeat(RunFile):
    """The content of ``heartbeat.json``: the state of a run; ``RunSummary`` says what the fields mean."""

    format: Format = Format()
    run: RunId
    time: float
    """Seconds since 1970."""
    owner: Owner
    """The process that trains it now."""
    state: RunState
    message: str = ""
    step: Count = 0
    epoch: Count = 0
    seconds: float = 0.0
    threads: Count = 0
    images_per_second: Number = None
    latest: Figures = Figures()
    validation: Figures = Figures()
    best: Figures = Figures()
    best_epoch: Count = 0
    test: Figures = Figures()
    early: bool = False


def heartbeat(run: RunRecord, progress: RunProgress, seconds: float, *, is_held: bool = False) -> Heartbeat:
    """The state of ``run`` after ``seconds`` of work; ``is_held``: its driver keeps it waiting."""
    return Heartbeat(
        run=run.id,
        time=time.time(),
        owner=run.owner,
        state=RunState.PAUSED if is_held and progress.state is RunState.RUNNING else progress.state,
        message=readable(progress.message[:4000]),
        step=progress.step,
        epoch=progress.epochs_done,
        seconds=seconds,
        threads=progress.threads,
        images_per_second=progress.pace.images_per_second,
        latest=progress.latest,
        validation=progress.validation,
        best=progress.best,
        best_epoch=progress.best_epoch,
        test=progress.test,
        early=progress.early,
    )


def progress_at(beat: Heartbeat, first: int) -> RunProgress:
    """The progress at ``beat`` of a run that began at the step ``first``."""
    return RunProgress(
        threads=beat.threads,
        first=first,
        step=beat.step,
        epochs_done=beat.epoch,
        pace=Pace(beat.images_per_second),
        latest=beat.latest,
        validation=beat.validation,
        best=beat.best,
        best_epoch=beat.best_epoch,
    )


def write_run(folder: Path, run: RunRecord, disk: Disk = DISK) -> None:
    """Put ``run.json`` into ``folder``. Raises ``ProjectError``."""
    write_atomically(folder / layout.RUN, run.model_dump_json(indent=1).encode(), disk=disk)


def write_heartbeat(folder: Path, heartbeat: Heartbeat, disk: Disk = DISK, *, sync: bool = False) -> None:
    """Put ``heartbeat.json`` into ``folder``, with ``sync`` surely on the disk. Raises ``ProjectError``."""
    content = heartbeat.model_dump_json(indent=1).encode()
    write_atomically(folder / layout.HEARTBEAT, content, disk=disk if sync else unsynced(disk))


def unsynced(disk: Disk) -> Disk:
    """``disk`` without waiting for it: for what is soon replaced, or can be done without when the power fails."""
    return replace(disk, fsync=lambda _file: None, sync_folder=lambda _path: None)


def read_run(folder: Path, disk: Disk = DISK) -> RunRecord:
    """``run.json`` of the run in ``folder``. Raises ``ProjectError``."""
    return _read(folder / layout.RUN, RunRecord, disk)


def read_heartbeat(folder: Path, disk: Disk = DISK) -> Heartbeat:
    """``heartbeat.json`` of the run in ``folder``. Raises ``ProjectError``."""
    return _read(folder / layout.HEARTBEAT, Heartbeat, disk)


def readable(text: str) -> str:
    """``text`` as JSON can hold it: a file's name that the system cannot decode has lone surrogates in it."""
    return text.encode(errors="backslashreplace").decode()


def read_bytes(path: Path, maximum: int, disk: Disk = DISK) -> bytes:
    """The content of a file of at most ``maximum`` bytes. Raises ``Refused`` and ``OSError``."""
    with disk.reader(path) as file:
        content = file.read(maximum + 1)
    if len(content) > maximum:
        raise Refused("too-large", _("it takes more than {size}", size=byte_count(maximum)))
    return content


def _read(path: Path, model: type[_T], disk: Disk) -> _T:
    try:
        content = read_bytes(path, _MAX_BYTES, disk)
        head = _Head.model_validate_json(content)
        if head.format.major > VERSION.major:
            raise Newer(head.versions.get("cnnlab", "?"), fmt.Version(head.format.major, head.format.minor))
        return model.model_validate_json(content)
    except ValidationError as error:
        raise messages.not_opened(path, _refused(path.name, error)) from error
    except Refused as refused:
        raise messages.not_opened(path, refused) from refused
    except OSError as error:
        raise messages.not_readable(path, error) from error


def _refused(name: str, error: ValidationError) -> Refused:
    faults = error.errors(include_url=False, include_input=False)
    details = tuple(f"{place(fault['loc'])}: {fault['msg']}" for fault in faults)
    if faults[0]["type"] == "json_invalid":
        return Refused("damaged", _("it is not complete JSON"), where=name, details=details)
    reason = _("{count} of its entries are missing, unknown or out of range.", count=len(faults))
    return Refused("invalid", reason, where=f"{name}: {place(faults[0]['loc'])}", details=details)
