"""What passes through the pipes between the app and the process that makes a file: a project in, an error out.

A project is the length of a JSON text in 8 bytes, the text, and the numbers of the tensors that it lists. Neither side
takes it from a file or a stranger, so nothing is checked but what ``archive.schema`` needs to make a project."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Any, BinaryIO

import numpy as np

from cnnlab.core.messages import Message
from cnnlab.core.project.project import Project
from cnnlab.core.values import Frozen, thawed
from cnnlab.engine.archive import schema
from cnnlab.engine.exports.errors import ExportError

_LENGTH = 8


def parts(project: Project) -> Iterator[bytes | memoryview]:
    """``project`` with the weights of its layers as bytes for ``project()``, in pieces of which none is copied."""
    held = [
        (node.uid, name, np.ascontiguousarray(array), np.shape(array))
        for node in project.graph.nodes
        for name, array in project.weights.nodes.get(node.uid, {}).items()
    ]
    tensors = [(uid, name, array.dtype.str, shape) for uid, name, array, shape in held]
    text = json.dumps({"project": thawed(schema.document(project)), "tensors": tensors}).encode()
    yield len(text).to_bytes(_LENGTH, "little")
    yield text
    for _uid, _name, array, _shape in held:
        yield array.reshape(-1).view(np.uint8).data


def project(stream: BinaryIO) -> Project:
    """The project that ``parts`` took apart. Raises ``archive.errors.Refused`` where it is one that no file can hold."""
    fields = json.loads(stream.read(int.from_bytes(stream.read(_LENGTH), "little")))
    result = schema.project(fields["project"], is_later=False)
    nodes: dict[str, dict[str, np.ndarray]] = {}
    for uid, name, kind, shape in fields["tensors"]:
        numbers = stream.read(math.prod(shape) * np.dtype(kind).itemsize)
        nodes.setdefault(uid, {})[name] = np.frombuffer(numbers, kind).reshape(shape)
    return replace(result, weights=replace(result.weights, nodes=Frozen(nodes)))


def refusal(error: ExportError) -> bytes:
    """``error`` as bytes for ``error()`` on the other side, where its message is translated."""
    fields = {"code": error.code, "message": _taken_apart(error.message), "details": error.details}
    return json.dumps(fields).encode()


def error(content: bytes | bytearray) -> ExportError:
    """The error that ``refusal`` took apart."""
    fields = json.loads(content)
    return ExportError(fields["code"], _put_together(fields["message"]), details=tuple(fields["details"]))


def _taken_apart(value: Any) -> Any:
    if isinstance(value, Message):
        return {"template": value.template, "args": {name: _taken_apart(arg) for name, arg in value.args.items()}}
    return value if isinstance(value, (int, float)) else str(value)


def _put_together(value: Any) -> Any:
    if isinstance(value, dict):
        args = {name: _put_together(arg) for name, arg in value["args"].items()}
        return Message(value["template"], MappingProxyType(args))
    return value
