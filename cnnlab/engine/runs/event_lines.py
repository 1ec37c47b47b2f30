"""The lines of ``events.jsonl``: what a run reports, as JSON, and the file while it is written."""

from __future__ import annotations

import errno
import json
import os
import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

from pydantic import ConfigDict, Field, create_model, model_validator

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.runs.events import BatchDone, EpochDone, Event, RunEnded, RunStarted, SettingChanged, ThreadsChosen
from cnnlab.core.training.metrics import Metrics
from cnnlab.engine.archive.disk import DISK, Disk
from cnnlab.engine.runs.run_files import Count, RunFile

MAX_LINE_BYTES = 2**22
"""Bytes of the longest line; what is longer was not written by cnnlab."""
MAX_BATCHES = 4096
"""How many batches one line holds at most."""
_KINDS: Mapping[str, type[Event]] = {
    "started": RunStarted,
    "epoch": EpochDone,
    "changed": SettingChanged,
    "threads": ThreadsChosen,
    "ended": RunEnded,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}
_COLUMNS = ("loss", "accuracy", "error", "learning_rate", "images", "images_per_second")
_IN_JSON = {int: Count, Message | None: str | None}
"""Types of events that a line spells otherwise. A message is a finished sentence: a template from a file could ask its fields
for anything."""
_CURVE_POINTS = 50
"""How many points of a ROC curve an epoch's line holds."""


class _Head(RunFile):
    """The fields that every line begins with."""

    v: Literal[1] = 1
    n: Count
    run: str
    step: Count
    graph: str
    kind: str


class _Lenient(_Head):
    # JSON has lists where events have tuples.
    model_config = ConfigDict(strict=False)


class LoggedBatches(_Head):
    """A line of batches: columns, each as long as ``steps``."""

    kind: Literal["batches"] = "batches"
    epoch: Count
    steps: Annotated[list[Count], Field(min_length=1, max_length=MAX_BATCHES)]
    loss: list[float]
    accuracy: list[float | None] | None = None
    error: list[float | None] | None = None
    learning_rate: list[float | None] | None = None
    images: list[Count]
    images_per_second: list[float | None] | None = None

    @model_validator(mode="after")
    def _are_as_long(self) -> LoggedBatches:
        if {len(column) for name in _COLUMNS if (column := getattr(self, name)) is not None} != {len(self.steps)}:
            raise ValueError("a column has a number for each step")
        return self

    def column(self, name: str) -> Sequence[Any]:
        """One figure of all batches."""
        return getattr(self, name) or [None] * len(self.steps)

    def events(self) -> tuple[BatchDone, ...]:
        """The events in the line, one for each batch."""
        return tuple(
            BatchDone(
                run=self.run, graph=self.graph, epoch=self.epoch, step=step, loss=loss, accuracy=accuracy, error=error,
                learning_rate=rate, images=images, images_per_second=speed,
            )
            for step, loss, accuracy, error, rate, images, speed in zip(self.steps, *map(self.column, _COLUMNS), strict=True)
        )  # fmt: skip


@dataclass(frozen=True)
class LoggedLine:
    """A line that was read."""

    number: int
    event: Event | None = None
    """None for batches, and for an event that only a later version of cnnlab knows."""
    batches: LoggedBatches | None = None


def lines_of(events: Iterable[Event], number: int) -> list[bytes]:
    """The lines for ``events``, the first with the number ``number``. Weights, checkpoints and the progress of a measurement
    make none: they are kept elsewhere or not at all."""
    result: list[bytes] = []
    pending: list[BatchDone] = []

    def write_batches() -> None:
        if pending:
            result.append(_batches_line(pending, number + len(result)))
            pending.clear()

    for event in events:
        if isinstance(event, BatchDone):
            if pending and (pending[-1].epoch != event.epoch or len(pending) == MAX_BATCHES):
                write_batches()
            pending.append(event)
        elif type(event) in _NAMES:
            write_batches()
            result.append(_line(event, number + len(result)))
    write_batches()
    return result


def parsed(line: bytes) -> LoggedLine | None:
    """The content of a line; None for one that is damaged or of another format."""
    try:
        document = json.loads(line)
        head = _Head.model_validate(document)
        if head.kind == "batches":
            return LoggedLine(head.n, batches=LoggedBatches.model_validate(document))
        if head.kind not in _KINDS:
            return LoggedLine(head.n)
        event = _event(head.kind, document)
        return LoggedLine(head.n, event) if _is_sound(event) else None
    except (ValueError, RecursionError):
        return None


def _batches_line(events: Sequence[BatchDone], number: int) -> bytes:
    last = events[-1]
    columns = {name: [getattr(event, name) for event in events] for name in _COLUMNS}
    columns["images_per_second"] = [speed and round(speed, 1) for speed in columns["images_per_second"]]
    values: dict[str, Any] = {
        name: column for name, column in columns.items() if any(value is not None for value in column)
    }
    line = LoggedBatches.model_construct(
        n=number, run=last.run, step=last.step, graph=last.graph, epoch=last.epoch,
        steps=[event.step for event in events], **values,
    )  # fmt: skip
    return line.model_dump_json(exclude_none=True).encode() + b"\n"


def _line(event: Event, number: int) -> bytes:
    content = dict(vars(event))
    if isinstance(event, EpochDone) and event.validation is not None:
        content["validation"] = _thinned(event.validation)
    if content.get("message") is not None:
        content["message"] = str(content["message"])
    kind = _NAMES[type(event)]
    document = _fields(kind).model_construct(n=number, kind=kind, **content).model_dump(mode="json")
    # Not pydantic's own JSON, which refuses the half characters that a file's name may have.
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="backslashreplace") + b"\n"


def _event(kind: str, document: Mapping[str, Any]) -> Event:
    values = _fields(kind).model_validate(document)
    content = {field.name: getattr(values, field.name) for field in fields(_KINDS[kind])}
    if content.get("message") is not None:
        content["message"] = _("{text}", text=content["message"])
    return _KINDS[kind](**content)


@cache
def _fields(kind: str) -> type[_Head]:
    """The model of a line of this kind, made when the first comes."""
    hints = get_type_hints(_KINDS[kind])
    defaults = {field.name: ... if field.default is MISSING else field.default for field in fields(_KINDS[kind])}
    held: dict[str, Any] = {
        name: (_IN_JSON.get(hints[name], hints[name]), default) for name, default in defaults.items()
    }
    return create_model(kind, __base__=_Lenient, **held)


def _is_sound(event: Event) -> bool:
    """Whether the figures of an event that was read go together."""
    metrics = getattr(event, "validation", None) or getattr(event, "test", None)
    sizes = {len(row) for row in (*metrics.confusion, metrics.confusion)} if metrics else {0}
    if metrics and metrics.classes and metrics.confusion:
        sizes.add(len(metrics.classes))
    return len(sizes) == 1


def _thinned(metrics: Metrics) -> Metrics:
    """``metrics`` with short curves: there is a line like this after each epoch."""
    classes = (replace(figures, roc=_every(figures.roc, _CURVE_POINTS)) for figures in metrics.classes)
    return replace(metrics, classes=tuple(classes))


def _every(points: Sequence[tuple[float, float]], maximum: int) -> tuple[tuple[float, float], ...]:
    """About ``maximum`` of the points, the first and the last among them, as exact as a picture shows them."""
    apart = len(points) // maximum + 1
    kept = points if apart == 1 else (*points[:-1:apart], points[-1])
    return tuple((round(x, 4), round(y, 4)) for x, y in kept)


class EventLog:
    """Collects events and adds them to a file, whole lines at a time.

    ``add`` is for the thread that trains and does next to nothing; ``flush`` may be called from any thread. What could not be
    written is kept, and the next ``flush`` goes on with it."""

    def __init__(self, path: Path, number: int = 0, disk: Disk = DISK) -> None:
        """Lines are numbered on from ``number``. Raises ``OSError``."""
        self._disk = disk
        self._number = number
        self._waiting: deque[Event] = deque()
        self._writing = threading.Lock()
        # A line that a killed process left unfinished ends here; nobody can read it, and the next begins on its own.
        self._unwritten = b"\n" if _is_unfinished(path, disk) else b""
        self._file = disk.append(path)

    def add(self, event: Event) -> None:
        """Note one event."""
        self._waiting.append(event)

    def flush(self, *, sync: bool = False) -> int:
        """Hand all events so far to the system, with ``sync`` to the disk itself; the number of the next line. Raises
        ``OSError``."""
        with self._writing:
            events = [self._waiting.popleft() for _ in range(len(self._waiting))]
            lines = lines_of(events, self._number)
            self._number += len(lines)
            self._unwritten += b"".join(lines)
            while self._unwritten:
                taken = self._disk.write(self._file, memoryview(self._unwritten))
                if taken <= 0:
                    raise OSError(errno.EIO, os.strerror(errno.EIO))
                self._unwritten = self._unwritten[taken:]
            if sync:
                self._disk.fsync(self._file)
            return self._number

    def close(self) -> None:
        """Close the file, without what was not flushed."""
        with self._writing, suppress(OSError):
            self._disk.close(self._file)


def _is_unfinished(path: Path, disk: Disk) -> bool:
    try:
        with disk.reader(path) as file:
            size = disk.fstat(file.fileno()).st_size
            file.seek(max(size - 1, 0))
            return file.read(1) not in (b"", b"\n")
    except FileNotFoundError:
        return False
