"""The zip around a project, read as if somebody had made it to do harm: nothing is trusted that was not checked.

Nothing is ever unpacked to the disk, and no name in the file decides what is opened."""

from __future__ import annotations

import hashlib
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import BinaryIO, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import byte_count, whole
from cnnlab.engine.archive import format as fmt
from cnnlab.engine.archive import strict_json
from cnnlab.engine.archive.errors import Newer, Refused

_T = TypeVar("_T", bound=BaseModel)
_CHUNK = 2**16
_END = struct.Struct("<4s4H2LH")
"""The end-of-central-directory record: signature, disk numbers and counts, length and place of the directory, comment."""
_END_64_LOCATOR = 20
_ZIP_ERRORS = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError, KeyError, TypeError,
    IndexError, OverflowError,
)  # fmt: skip
"""What ``zipfile`` raises for damaged files, beyond the one error that it documents."""
_ENCRYPTED_OR_PATCHED = 0x1 | 0x20 | 0x40
_CODE = (".pkl", ".pt", ".pth", ".py", ".pyc", ".so", ".dll", ".exe", ".bat", ".sh")


class _Version(BaseModel):
    model_config = ConfigDict(strict=True)
    major: int = Field(ge=1)
    minor: int = Field(ge=0)


class _Head(BaseModel):
    """The part of a manifest that every version has."""

    model_config = ConfigDict(strict=True)
    format: _Version
    app: str = Field("?", max_length=64)


class _Member(BaseModel):
    model_config = ConfigDict(strict=True)
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class _Manifest(_Head):
    members: dict[str, _Member]


class Container:
    """A checked zip. Raises ``Refused`` where it is not a project file, and ``OSError`` where the disk fails."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        _check_end(file, size)
        try:
            self._zip = zipfile.ZipFile(file)
        except _ZIP_ERRORS as error:
            raise _damaged(_("its table of contents cannot be read"), error) from error
        self._infos = _checked(self._zip.infolist())
        if self._read(fmt.MIMETYPE_NAME) != fmt.MIMETYPE:
            raise Refused("not-a-project", _("it declares another type"), where=fmt.MIMETYPE_NAME)
        manifest = strict_json.decode(self._read(fmt.MANIFEST_NAME), fmt.MANIFEST_NAME)
        head = _validated(_Head, manifest)
        self.app: str = head.app
        self.version = fmt.Version(head.format.major, head.format.minor)
        if self.version.major > fmt.FORMAT.major:
            raise Newer(self.app, self.version)
        self._sums: Mapping[str, _Member] = _validated(_Manifest, manifest).members
        self._check_names()

    @property
    def is_later(self) -> bool:
        """Whether a later minor version wrote it, which may have put in what this one does not know."""
        return self.version > fmt.FORMAT

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the members that this version reads, without mimetype and manifest."""
        return tuple(name for name in self._sums if fmt.is_member(name))

    def read(self, name: str) -> bytes:
        """The content of one member, checked against the manifest. Raises ``Refused`` ("damaged")."""
        data, said = self._read(name), self._sums[name]
        if len(data) != said.bytes or hashlib.sha256(data).hexdigest() != said.sha256:
            raise Refused("damaged", _("{part} does not match its checksum", part=name), where=name)
        return data

    def _check_names(self) -> None:
        held = set(self._infos) - {fmt.MIMETYPE_NAME, fmt.MANIFEST_NAME}
        strange = [
            name for name in held if not fmt.is_member(name) and not (self.is_later and fmt.PLAIN_NAME.fullmatch(name))
        ]
        if strange:
            raise _does_not_belong(strange)
        if held != set(self._sums):
            part = min(held ^ set(self._sums))
            raise Refused("damaged", _("{part} is missing", part=part), where=part)
        if fmt.PROJECT_NAME not in held:
            raise Refused("damaged", _("{part} is missing", part=fmt.PROJECT_NAME), where=fmt.PROJECT_NAME)

    def _read(self, name: str) -> bytes:
        """The content of one member, read in chunks, and never more than its entry says."""
        info = self._infos[name]
        parts, length = [], 0
        try:
            with self._zip.open(info) as member:
                while part := member.read(_CHUNK):
                    length += len(part)
                    if length > info.file_size:
                        raise Refused("unsafe", _("{part} is longer than it declares", part=name), where=name)
                    parts.append(part)
        except _ZIP_ERRORS as error:
            raise _damaged(_("{part} cannot be unpacked", part=name), error, name) from error
        if length != info.file_size:
            raise Refused("damaged", _("{part} is cut off", part=name), where=name)
        return b"".join(parts)


def _check_end(file: BinaryIO, size: int) -> None:
    """Check the end record before anything is parsed: our files end with it, have nothing before or after the zip, few members."""
    if size > fmt.FILE_BYTES:
        raise Refused("too-large", _("it takes {size}", size=byte_count(size)))
    file.seek(0)
    start = file.read(4)
    if start != b"PK\x03\x04":
        raise Refused("not-a-project", _("it is empty") if not size else _("it is a file of another kind"))
    tail = _END.size + _END_64_LOCATOR
    file.seek(max(size - tail, 0))
    data = file.read(tail)
    if len(data) < tail or data[-_END.size :][:4] != b"PK\x05\x06":
        raise Refused("damaged", _("its end is missing"))
    (_signature, disk, first, here, members, length, place, comment) = _END.unpack(data[-_END.size :])
    # A 64-bit record would be believed instead of this one, whatever it says.
    if data[:4] == b"PK\x06\x07" or disk or first or here != members or comment or place + length + _END.size != size:
        raise Refused("unsafe", _("its end does not describe the whole file"))
    if members > fmt.MEMBERS or length > fmt.DIRECTORY_BYTES:
        raise Refused("unsafe", _("it has {count} entries", count=whole(members)))


def _checked(infos: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """The entries by name, each a plain file of an allowed length and packing; the two that make it a project are there."""
    by_name: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        name = info.filename
        if name in by_name:
            raise Refused("unsafe", _("it holds “{name}” twice", name=name), where=name)
        by_name[name] = info
    strange = [name for name in by_name if not fmt.is_member(name) and not fmt.PLAIN_NAME.fullmatch(name)]
    if strange:
        is_project = fmt.MIMETYPE_NAME in by_name or any(name.endswith(_CODE) for name in strange)
        raise _does_not_belong(strange) if is_project else _foreign()
    first = by_name.get(fmt.MIMETYPE_NAME)
    if first is None or first.header_offset or fmt.MANIFEST_NAME not in by_name:
        raise _foreign()
    for info in infos:
        _check_entry(info)
    return by_name


def _check_entry(info: zipfile.ZipInfo) -> None:
    name = info.filename
    kind = stat.S_IFMT(info.external_attr >> 16)
    is_stored = info.compress_type == zipfile.ZIP_STORED
    is_deflated_json = info.compress_type == zipfile.ZIP_DEFLATED and name.endswith(".json")
    maximum = min(fmt.max_bytes(name), fmt.JSON_RATIO * info.compress_size)
    if info.orig_filename != name:
        reason = _("“{name}” has a second name", name=name)
    elif info.flag_bits & _ENCRYPTED_OR_PATCHED:
        reason = _("“{name}” is encrypted", name=name)
    elif kind not in (0, stat.S_IFREG):
        reason = _("“{name}” is not a plain file", name=name)
    elif not is_stored and not is_deflated_json:
        reason = _("“{name}” is compressed in an unsupported way", name=name)
    elif is_stored and info.file_size != info.compress_size:
        reason = _("“{name}” does not have the length that it declares", name=name)
    elif info.file_size > maximum:
        reason = _("“{name}” would unpack to {size}", name=name, size=byte_count(info.file_size))
    else:
        return
    raise Refused("unsafe", reason, where=name)


def _does_not_belong(names: list[str]) -> Refused:
    code = [name for name in names if name.endswith(_CODE)]
    shown = sorted(code or names)
    listed = ", ".join(f"“{name}”" for name in shown[:3])
    reason = (
        _("it holds {names}, which could run code", names=listed)
        if code
        else _("it holds {names}, which does not belong there", names=listed)
    )
    return Refused("unsafe", reason, where=shown[0], details=tuple(shown[:20]))


def _foreign() -> Refused:
    return Refused("not-a-project", _("it is a zip file of another kind"))


def _damaged(reason: Message, error: Exception, where: str = "") -> Refused:
    if isinstance(error.__context__, OSError):
        raise error.__context__  # zipfile calls a file that the disk does not hand out a bad one
    return Refused("damaged", reason, where=where, details=(f"{type(error).__name__}: {error}",))


def _validated(model: type[_T], manifest: object) -> _T:
    try:
        return model.model_validate(manifest)
    except ValidationError as error:
        details = tuple(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise Refused(
            "invalid", _("The list of contents is incomplete."), where=fmt.MANIFEST_NAME, details=details
        ) from error
