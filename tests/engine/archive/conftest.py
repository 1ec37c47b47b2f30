"""Forged project files: whole to the zip and its checksums, and wrong in one chosen place."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import pytest

Forge = Callable[..., bytes]


def forge(
    document: object,
    *,
    weights: bytes | None = None,
    extra: Mapping[str, bytes] | None = None,
    manifest: Callable[[dict[str, Any]], object] = lambda manifest: manifest,
    entry: Callable[[zipfile.ZipInfo], None] = lambda entry: None,
    mimetype: bytes = b"application/x-cnnlab",
) -> bytes:
    """A project file of ``document`` (JSON-like, or raw bytes), with every member in the manifest.

    ``manifest`` may change the manifest, ``entry`` the zip entry of each member before it is written."""
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    members = {"project.json": raw, **({"weights/current.safetensors": weights} if weights is not None else {})}
    members |= extra or {}
    said = {name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in members.items()}
    listed = manifest({"format": {"major": 1, "minor": 0}, "app": "0.1.0", "created": "", "members": said})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in {"mimetype": mimetype, "manifest.json": json.dumps(listed).encode(), **members}.items():
            info = zipfile.ZipInfo(name)
            entry(info)
            archive.writestr(info, data)
    return buffer.getvalue()


@pytest.fixture(name="forge")
def _forge() -> Forge:
    return forge
