"""Where the files are that come with the app: data, photos, translations."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parents[2]


def resource(*parts: str) -> Path:
    """The path of a bundled file or folder: ``resource("mnist", "LICENSE.md")``.

    It lies in ``cnnlab/resources`` when the app is installed, and in ``resources`` beside the package in a checkout
    (``pyproject.toml`` maps the one to the other). Nothing is opened: a missing file is the reader's to report."""
    installed = _PACKAGE / "resources"
    return (installed if installed.is_dir() else _PACKAGE.parent / "resources").joinpath(*parts)
