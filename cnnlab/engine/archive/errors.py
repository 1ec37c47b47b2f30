"""Why a project file could not be read or written."""

from __future__ import annotations

from typing import Literal

from cnnlab.core.messages import Message, Refusal
from cnnlab.core.messages import message as _
from cnnlab.engine.archive.format import Version

Code = Literal[
    # reading
    "missing",  # there is no such file
    "unreadable",  # the system does not let us read it
    "not-a-project",
    "too-large",
    "damaged",  # cut off, or not what its checksums say
    "unsafe",  # holds what no project holds
    "invalid",  # whole, but what it says cannot be
    "newer",  # of a later version of the format
    "weights",  # the graph is fine and can be opened without them
    # writing
    "changed",  # by somebody else since it was opened
    "read-only-file",
    "read-only-folder",
    "disk-full",
    "not-verified",  # what was written could not be read back
    "not-written",  # the system refused for another reason
]


class ProjectError(Refusal):
    """A file that was not read or not written. Nothing on the disk was changed, and nothing in memory either.

    ``message`` says what happened, what is safe and what to do; ``where`` names the member or the field; ``details`` has
    every single fault, for a report."""

    def __init__(self, code: Code, message: Message, *, where: str = "", details: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code: Code = code
        self.where = where
        self.details = details


class Refused(Exception):
    """A fault that a part of the reader found. ``project_file`` makes a ``ProjectError`` of it, which names the file."""

    def __init__(self, code: Code, reason: Message, *, where: str = "", details: tuple[str, ...] = ()) -> None:
        super().__init__(str(reason))
        self.code: Code = code
        self.reason = reason
        self.where = where
        self.details = details


class Newer(Refused):
    """Written by a later version of the format than this one can read, or may replace."""

    def __init__(self, app: str, version: Version) -> None:
        super().__init__("newer", _("it has format {version}", version=version), where="manifest.json")
        self.app = app
        self.version = version
