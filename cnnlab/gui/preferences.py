"""What the app remembers between two starts; nothing here belongs to a project."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
from PySide6.QtCore import QByteArray, QSettings

_MAX_RECENT = 8
_MAX_DECLINED = 100


class Preferences:
    """Recent files, the window's place, light or dark colours. One ini file in the person's configuration folder."""

    def __init__(self) -> None:
        folder = platformdirs.user_config_path("cnnlab", appauthor=False)
        self._store = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)

    @property
    def recent(self) -> list[Path]:
        """Project files, the latest first; those that are gone are left out."""
        stored = self._store.value("recent") or []
        names = [stored] if isinstance(stored, str) else stored
        return [Path(name) for name in names if os.path.isfile(name)]  # Path.is_file raises where a folder is closed

    def add_recent(self, path: Path) -> None:
        """Put a project file first among the recent ones."""
        path = path.absolute()
        kept = [path, *(other for other in self.recent if other != path)][:_MAX_RECENT]
        self._store.setValue("recent", [str(item) for item in kept])

    def data_folder(self, source: str) -> str:
        """The folder of a data set's pictures; empty if none was ever chosen."""
        name = self._store.value(f"data/{source}", "")
        return name if isinstance(name, str) else ""

    def remember_data_folder(self, source: str, folder: str) -> None:
        """Remember that the pictures of a data set lie in ``folder``."""
        self._store.setValue(f"data/{source}", folder)

    def flag(self, name: str) -> bool:
        """Whether a choice of the window is on, such as ``curves/log``; off if it was never made."""
        return self._store.value(name, "false") in ("true", True)

    def set_flag(self, name: str, on: bool) -> None:
        """Remember a choice of the window."""
        self._store.setValue(name, "true" if on else "false")

    @property
    def declined_runs(self) -> list[str]:
        """Interrupted runs that are not to be resumed, by id; the latest first."""
        stored = self._store.value("declined") or []
        return [stored] if isinstance(stored, str) else list(stored)

    def decline_run(self, run: str) -> None:
        """Never offer to resume ``run`` again."""
        kept = [run, *(other for other in self.declined_runs if other != run)][:_MAX_DECLINED]
        self._store.setValue("declined", kept)

    @property
    def appearance(self) -> str:
        """The chosen colours: ``system``, ``light`` or ``dark``."""
        value = self._store.value("look", "system")
        return value if value in ("light", "dark") else "system"

    @appearance.setter
    def appearance(self, value: str) -> None:
        self._store.setValue("look", value)

    @property
    def code(self) -> bool:
        """Whether the network's source code is shown beside it."""
        return self.flag("code")

    @code.setter
    def code(self, value: bool) -> None:
        self.set_flag("code", value)

    @property
    def geometry(self) -> QByteArray | None:
        """Size and place of the window, as Qt stores them; None before the first time."""
        value = self._store.value("geometry")
        return value if isinstance(value, QByteArray) else None

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._store.setValue("geometry", value)
