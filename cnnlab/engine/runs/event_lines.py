"""The lines of ``events.jsonl``: what a run tells, as JSON.

Each line is an object with ``v`` (the version of this format), ``n`` (its number), ``run``, ``step``, ``graph`` and ``kind``.
**A line takes back all earlier lines whose number is not lower than its own**: a run that goes on from a checkpoint numbers its
lines on from there, so nothing is ever cut out of the file. Batches come in columns, some hundred to a line; a column that holds
no number at all is left out. None is ``null``."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Any, NoReturn

from cnnlab.core.events import BatchDone, EpochDone, Event, RunEnded, RunStarted, SettingChanged, ThreadsChosen
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.metrics import ClassFigures, Metrics

VERSION = 1
LONGEST = 2**22
"""Bytes of a line; what is longer is none of ours."""
BATCHES = "batches"
MOST_BATCHES = 4096
"""In one line."""
_KINDS: Mapping[str, type[Event]] = {
    "started": RunStarted,
    "epoch": EpochDone,
    "changed": SettingChanged,
    "threads": ThreadsChosen,
    "ended": RunEnded,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}
_COLUMNS = ("loss", "accuracy", "error", "learning_rate", "images", "images_per_second")
_WHOLE_BELOW = 2**53
_CURVE_POINTS = 50
"""Of a ROC curve in an epoch's line."""


@dataclass(frozen=True)
class Line:
    """A line that was read."""

    number: int
    event: Event | None = None
    """None for batches, and for what a later version of cnnlab tells."""
    batches: Mapping[str, Any] | None = None
    """The columns, each as long as ``step``."""


def lines(events: Iterable[Event], number: int) -> list[bytes]:
    """The lines for ``events``, numbered on from ``number``. Weights, checkpoints and the progress of a measurement are not
    kept there and make none."""
    result: list[bytes] = []
    pending: list[BatchDone] = []

    def write(event: Event, kind: str, content: Mapping[str, Any]) -> None:
        head = {"v": VERSION, "n": number + len(result), "run": event.run, "step": event.step, "graph": event.graph}
        document = {**head, "kind": kind, **content}
        text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        # Half characters, as a file's name may have them, become what JSON writes for them.
        result.append(text.encode(errors="backslashreplace") + b"\n")

    def write_batches() -> None:
        if pending:
            write(pending[-1], BATCHES, _columns(pending))
            pending.clear()

    for event in events:
        if isinstance(event, BatchDone):
            if pending and (pending[-1].epoch != event.epoch or len(pending) == MOST_BATCHES):
                write_batches()
            pending.append(event)
        elif type(event) in _NAMES:
            write_batches()
            write(event, _NAMES[type(event)], _content(event))
    write_batches()
    return result


def parsed(line: bytes) -> Line | None:
    """What a line says; None for one that is damaged or of another format."""
    try:
        document = json.loads(line, parse_constant=_no_constant)
        number = document["n"]
        if document["v"] != VERSION or type(number) is not int:
            return None
        if document["kind"] == BATCHES:
            return Line(number, batches=_checked_columns(document))
        kind = _KINDS.get(document["kind"])
        if kind is None:
            return Line(number)
        event = _adapters()[document["kind"]].validate_python(_shaped(kind, document))
        return Line(number, event) if _is_sound(event) else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        return None


def batches(columns: Mapping[str, Any]) -> tuple[BatchDone, ...]:
    """The events of a line of batches."""
    rows = zip(columns["step"], *(columns[name] for name in _COLUMNS), strict=True)
    return tuple(
        BatchDone(
            run=columns["run"],
            step=step,
            graph=columns["graph"],
            epoch=columns["epoch"],
            loss=loss,
            accuracy=accuracy,
            error=error,
            learning_rate=rate,
            images=images,
            images_per_second=speed,
        )
        for step, loss, accuracy, error, rate, images, speed in rows
    )


def _columns(events: Sequence[BatchDone]) -> dict[str, Any]:
    columns: dict[str, Any] = {"epoch": events[0].epoch, "steps": [event.step for event in events]}
    for name in _COLUMNS:
        values = [getattr(event, name) for event in events]
        if name == "images_per_second":
            values = [None if value is None else round(value, 1) for value in values]
        if any(value is not None for value in values):
            columns[name] = values
    return columns


def _checked_columns(document: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a line, all there, as long as each other and of numbers. Raises ``ValueError`` and the like."""
    steps = document["steps"]
    if (
        not 0 < len(steps) <= MOST_BATCHES
        or {type(step) for step in steps} != {int}
        or type(document["epoch"]) is not int
        or not 0 <= min(*steps, document["epoch"]) <= max(*steps, document["epoch"]) < _WHOLE_BELOW
    ):
        raise ValueError("steps are whole numbers")
    columns: dict[str, Any] = {
        "run": str(document["run"]), "graph": str(document["graph"]), "epoch": document["epoch"], "step": steps,
    }  # fmt: skip
    for name in _COLUMNS:
        values = document.get(name)
        if values is None:
            values = [None] * len(steps)
        elif len(values) != len(steps) or not {type(value) for value in values} <= {int, float, type(None)}:
            raise ValueError("a column has a number for each step")
        if not all(math.isfinite(value) for value in values if value is not None):
            raise ValueError("a number overflows")
        columns[name] = values
    if None in columns["loss"]:
        raise ValueError("each step has a loss")
    if {type(count) for count in columns["images"]} != {int} or max(columns["images"]) >= _WHOLE_BELOW:
        raise ValueError("pictures are counted in whole numbers")
    return columns


def _is_sound(event: Event) -> bool:
    """Whether an event that a file tells of can be counted with and shown."""
    if any(type(value) is int and not 0 <= value < _WHOLE_BELOW for value in vars(event).values()):
        return False
    metrics = getattr(event, "validation", None) or getattr(event, "test", None)
    sizes = {len(row) for row in (*metrics.confusion, metrics.confusion)} if metrics else {0}
    if metrics and metrics.classes and metrics.confusion:
        sizes.add(len(metrics.classes))
    return len(sizes) == 1


def _content(event: Event) -> dict[str, Any]:
    """The fields of an event beyond those of every event."""
    common = {field.name for field in fields(Event)}
    content = {field.name: getattr(event, field.name) for field in fields(event) if field.name not in common}
    if isinstance(event, EpochDone) and event.validation is not None:
        content["validation"] = _thinned(event.validation)
    return {name: _plain(value) for name, value in content.items()}


def _thinned(metrics: Metrics) -> dict[str, Any]:
    """Metrics with short curves: there is a line like this after each epoch."""
    document = dict(vars(metrics))
    document["classes"] = [{**vars(figures), "roc": _every(figures.roc, _CURVE_POINTS)} for figures in metrics.classes]
    return document


def _every(points: Sequence[tuple[float, float]], most: int) -> list[tuple[float, float]]:
    """About ``most`` of the points, the first and the last among them, as exact as a picture shows them."""
    apart = len(points) // most + 1
    kept = points if apart == 1 else (*points[:-1:apart], points[-1])
    return [(round(x, 4), round(y, 4)) for x, y in kept]


def _plain(value: object) -> Any:
    if isinstance(value, Message):
        return str(value)
    if is_dataclass(value):
        return {name: _plain(item) for name, item in vars(value).items()}
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _shaped(kind: type, document: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a dataclass in ``document``, as its constructor takes them."""
    result = {}
    for field in fields(kind):
        if field.name in document:
            value = document[field.name]
            if isinstance(value, dict) and field.name in ("validation", "test"):
                value = _shaped(Metrics, value)
            elif isinstance(value, list) and field.name == "classes":
                value = [_shaped(ClassFigures, item) for item in value]
            elif isinstance(value, str) and str(field.type).startswith("Message"):
                # A finished sentence: a template from a file could ask its fields for anything.
                value = _("{words}", words=value)
            result[field.name] = value
    return result


@cache
def _adapters() -> Mapping[str, Any]:
    """What checks the fields of events, by kind; made when the first is read."""
    from pydantic import TypeAdapter

    return {name: TypeAdapter(kind) for name, kind in _KINDS.items()}


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
