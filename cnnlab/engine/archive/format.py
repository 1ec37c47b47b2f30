"""The format of a ``.cnnlab`` file: the names of its members, its version, and the limits that a reader sets.

::

    mimetype                      first, stored
    manifest.json                 format version, app, and for every other member its length and sha256
    project.json                  graph, layout, settings, the step of the weights
    weights/current.safetensors   stored; tensors are called ``<uid>/<name>``; left out where nothing was trained
    runs/<id>.json                what is kept of a training run
    thumb.png                     for file browsers; cnnlab itself never decodes it
"""

from __future__ import annotations

import re
from typing import NamedTuple

from cnnlab.core.graph.graph import MAX_NODES


class Version(NamedTuple):
    """A version of the file format. A reader refuses a higher ``major``, and only reads, not writes, a higher ``minor``."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


FORMAT = Version(1, 2)
MIMETYPE = b"application/x-cnnlab"

MIMETYPE_NAME = "mimetype"
MANIFEST_NAME = "manifest.json"
PROJECT_NAME = "project.json"
WEIGHTS_NAME = "weights/current.safetensors"
THUMBNAIL_NAME = "thumb.png"
RUN_NAME = re.compile(r"runs/([A-Za-z0-9_-]{1,64})\.json", re.ASCII)
PLAIN_NAME = re.compile(r"(?:[a-z]+/){0,2}[A-Za-z0-9_-]{1,64}\.(?:json|safetensors|png)", re.ASCII)
"""What members of a later minor version may be called; they are left alone."""

FILE_BYTES = 2**31 - 1
"""Below 2 GiB the zip needs no 64-bit records."""
MEMBERS = 1000
DIRECTORY_BYTES = 2**18
"""The largest central directory of the zip: ``MEMBERS`` entries with names of the lengths above."""
JSON_BYTES = 2**24
JSON_RATIO = 200
"""How many times its packed length a JSON member may have; text with much repetition stays far below."""
JSON_DEPTH = 32
TEXT_LENGTH = 4096
"""Characters in one string."""
WHOLE_BELOW = 2**31
"""The magnitude that whole numbers stay below."""
THUMBNAIL_BYTES = 10**6
TENSORS = 10_000
NODES = MAX_NODES
WIRES = 8_000
PORTS = 64
"""How many ports a layer of unknown type may have; known types say their own."""
CLASSES = 10_000


def max_bytes(name: str) -> int:
    """How many bytes the member called ``name`` may have, unpacked."""
    if name == MIMETYPE_NAME:
        return len(MIMETYPE)
    if name.endswith(".json"):
        return JSON_BYTES
    return THUMBNAIL_BYTES if name == THUMBNAIL_NAME else FILE_BYTES


def is_member(name: str) -> bool:
    """Whether format ``FORMAT`` has a member of this name."""
    return name in (MIMETYPE_NAME, MANIFEST_NAME, PROJECT_NAME, WEIGHTS_NAME, THUMBNAIL_NAME) or bool(
        RUN_NAME.fullmatch(name)
    )
