"""The icons of layers, as letters of an icon font: they scale like text and take any colour.

QtAwesome takes longer to load than the rest of the canvas, so nothing here imports it before ``load`` is called.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QFont

_families: dict[str, str] = {}


class IconSignals(QObject):
    """Tells what was painted without icons that there are icons now."""

    loaded = Signal()


@lru_cache(maxsize=1)
def signals() -> IconSignals:
    """The one sender of ``loaded``."""
    return IconSignals()


def load() -> None:
    """Load the icon fonts (some 200 ms at the first call); until then ``letter`` knows none."""
    if not _families:
        import qtawesome

        _families["mdi6"] = qtawesome.font("mdi6", 16).family()
        signals().loaded.emit()


def are_loaded() -> bool:
    """Whether ``letter`` knows the icons."""
    return bool(_families)


@lru_cache(maxsize=256)
def _letter(name: str) -> str:
    import qtawesome

    return str(qtawesome.charmap(name))


def letter(name: str) -> str:
    """The letter for an icon such as ``mdi6.grid``; empty while the fonts are not loaded."""
    return _letter(name) if _families else ""


def font(pixels: int) -> QFont:
    """The icon font at a size."""
    made = QFont(_families.get("mdi6", ""))
    made.setPixelSize(pixels)
    return made
