"""Opens and saves ``.cnnlab`` project files."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cnnlab.core import catalog
from cnnlab.core.graph.graph import Graph
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.project.project import Project
from cnnlab.core.values import Frozen, frozen
from cnnlab.engine.archive import format as fmt
from cnnlab.engine.archive import messages, schema, strict_json, tensors
from cnnlab.engine.archive.disk import DISK, Disk
from cnnlab.engine.archive.errors import Newer, Refused
from cnnlab.engine.archive.reading import Container
from cnnlab.engine.archive.writing import Stamp, backup_of, stamp_of, write_atomically
from cnnlab.version import __version__

_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Opened:
    """A project file that was read: the project, and what belongs to the file."""

    project: Project
    stamp: Stamp
    """The stamp of the file as it was read; give it to ``save`` as ``expected``."""
    notes: tuple[Message, ...] = ()
    """What the user should know, one sentence or two each."""
    read_only: bool = False
    """Written by a later minor version: it is shown, and cannot be saved over."""
    runs: Frozen[str, Any] = Frozen()
    """JSON-like summaries of training runs, by id; give it to ``save`` to keep it."""


def save(
    project: Project,
    path: Path,
    *,
    expected: Stamp | None = None,
    thumbnail: bytes | None = None,
    runs: Mapping[str, Any] = Frozen(),
    disk: Disk = DISK,
) -> Stamp:
    """Write ``project`` to ``path``, whole or not at all, and return the stamp of the new file.

    The new file has been read back when it takes the place of the old one, of which a copy stays as ``<name>.bak``. With
    ``expected`` the file on the disk must still be the one of that stamp. ``thumbnail`` is a PNG of at most 1 MB; anything
    else is left out, as no picture is worth a save. ``runs`` are JSON-like summaries by id.
    Raises ``ProjectError``; then the file on the disk is as it was, and there is none if there was none."""
    target = Path(os.path.realpath(path))

    def verify(new: Path) -> None:
        try:
            _read(new, weights=True, disk=disk)
        except Refused as refused:
            raise messages.not_verified(target, refused) from refused
        _examine(target, expected, disk)

    is_sound = _examine(target, expected, disk)
    try:
        content = _pack(project, thumbnail, runs)
    except ValueError as error:  # NaN, infinities and half characters have no place in JSON
        reason = _("It holds a value that a file cannot hold.")
        raise messages.not_verified(target, Refused("invalid", reason, details=(str(error),))) from error
    # A damaged file must not push out the backup of a good one.
    keep_backup = is_sound or backup_of(target) is None
    return write_atomically(target, content, verify=verify, keep_backup=keep_backup, disk=disk)


def open_project(path: Path, *, weights: bool = True, disk: Disk = DISK) -> Opened:
    """The project in the file at ``path``. Without ``weights`` their member is not even looked at, which opens a file in
    which only they are damaged. The file is not changed. Raises ``ProjectError``."""
    try:
        opened = _read(path, weights=weights, disk=disk)
    except Refused as refused:
        raise messages.not_opened(path, refused) from refused
    except OSError as error:
        raise messages.not_readable(path, error) from error
    if not weights:
        return replace(
            opened, notes=(*opened.notes, _("Opened without its weights: every layer starts from random weights."))
        )
    return opened


def _read(path: Path, *, weights: bool, disk: Disk) -> Opened:
    """The file at ``path`` as a project, checked from bytes to graph. Raises ``Refused`` and ``OSError``."""
    with disk.reader(path) as file:
        container = Container(file, disk.fstat(file.fileno()).st_size)
        try:
            project = _project(container)
            held = _weights(container, project.graph) if weights else Frozen[str, tensors.Arrays]()
        except Refused as refused:
            if container.is_later:
                raise Newer(container.app, container.version) from refused
            raise
        runs = {}
        for name in container.names:
            run = fmt.RUN_NAME.fullmatch(name)
            if run:
                runs[run[1]] = frozen(strict_json.decode(container.read(name), name))
        return Opened(
            replace(project, weights=replace(project.weights, nodes=held)),
            stamp_of(file, disk),
            _notes(container, project.graph, held),
            container.is_later,
            Frozen(runs),
        )


def _project(container: Container) -> Project:
    document = strict_json.decode(container.read(fmt.PROJECT_NAME), fmt.PROJECT_NAME)
    if not isinstance(document, dict):
        raise Refused("invalid", _("It does not describe a project."), where=fmt.PROJECT_NAME)
    document = migrated(document, container.version.major)
    return schema.project(document, is_later=container.is_later)


def _weights(container: Container, graph: Graph) -> Frozen[str, tensors.Arrays]:
    if fmt.WEIGHTS_NAME not in container.names:
        return Frozen()
    try:
        return tensors.unpack(container.read(fmt.WEIGHTS_NAME), graph)
    except Refused as refused:
        raise Refused("weights", refused.reason, where=refused.where, details=refused.details) from refused


def _notes(container: Container, graph: Graph, held: Frozen[str, tensors.Arrays]) -> tuple[Message, ...]:
    notes = []
    if container.is_later:
        notes.append(messages.later_minor(container.app))
    unknown = [node for node in graph.nodes if catalog.find(node) is None]
    if unknown:
        notes.append(messages.unknown_layers(unknown))
    broken = [graph.by_uid[uid].path for uid in tensors.not_finite(held)]
    if broken:
        notes.append(messages.weights_not_finite(broken))
    return tuple(notes)


def _examine(target: Path, expected: Stamp | None, disk: Disk) -> bool:
    """Whether a whole project lies at ``target``. Raises ``ProjectError`` if what lies there must not be replaced."""
    try:
        with disk.reader(target) as file:
            stamp = stamp_of(file, disk)
            if expected is not None and not stamp.same_content(expected):
                raise messages.changed(target)
            container = Container(file, stamp.size)
            if container.is_later:
                raise messages.would_replace_newer(target, container.app)
            for name in container.names:
                container.read(name)
    except FileNotFoundError:
        return False
    except Newer as newer:
        raise messages.would_replace_newer(target, newer.app) from newer
    except Refused:
        return False
    except OSError as error:
        raise messages.not_readable(target, error) from error
    return True


def _pack(project: Project, thumbnail: bytes | None, runs: Mapping[str, Any]) -> bytes:
    """The bytes of a file with this content. Raises ``ValueError`` for what JSON cannot hold."""
    members = {fmt.PROJECT_NAME: strict_json.encode(schema.document(project))}
    weights = tensors.pack(project)
    if weights is not None:
        members[fmt.WEIGHTS_NAME] = weights
    for key, run in runs.items():
        members[f"runs/{key}.json"] = strict_json.encode(run)
    if thumbnail is not None and thumbnail.startswith(_PNG) and len(thumbnail) <= fmt.THUMBNAIL_BYTES:
        members[fmt.THUMBNAIL_NAME] = thumbnail
    manifest = {
        "format": fmt.FORMAT._asdict(),
        "app": __version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "members": {
            name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in members.items()
        },
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in [
            (fmt.MIMETYPE_NAME, fmt.MIMETYPE),
            (fmt.MANIFEST_NAME, strict_json.encode(manifest)),
            *members.items(),
        ]:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, data, _packing(name, data))
    return buffer.getvalue()


def _packing(name: str, data: bytes) -> int:
    """JSON is deflated, unless it repeats itself so much that the reader would take it for a bomb."""
    is_text = name.endswith(".json") and len(data) <= fmt.JSON_RATIO * len(zlib.compress(data))
    return zipfile.ZIP_DEFLATED if is_text else zipfile.ZIP_STORED


Document = dict[str, Any]
Step = Callable[[Document], Document]

STEPS: Mapping[int, Step] = {}
"""The step from each major version of the format to the next. Format 1 is the first."""


def migrated(
    document: Document, major: int, steps: Mapping[int, Step] = STEPS, goal: int = fmt.FORMAT.major
) -> Document:
    """``document``, written in the major version ``major`` of the format, in version ``goal``."""
    for version in range(major, goal):
        document = steps[version](document)
    return document
