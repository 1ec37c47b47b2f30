"""The photos that come with the app, as small buttons."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QIcon, QImageReader, QPixmap, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from cnnlab.core.messages import text as _
from cnnlab.engine.system.resources import resource
from cnnlab.gui.theme.theme import GRID

_SIDE = 5 * GRID


class SamplePhotos(QWidget):
    """A row of buttons, one for each photo; the pictures are read when they are first shown."""

    chosen = Signal(object)
    """The ``Path`` of a photo."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID // 2)
        self._paths: dict[QToolButton, Path] = {}
        for name, text in (
            ("astronaut.jpg", _("Photo of an astronaut")),
            ("chelsea.jpg", _("Photo of a cat")),
            ("coffee.jpg", _("Photo of a cup of coffee")),
        ):
            button = QToolButton()
            button.setIconSize(QSize(_SIDE, _SIDE))
            button.setToolTip(text)
            button.setAccessibleName(text)
            button.clicked.connect(self._on_clicked)
            self._paths[button] = resource("photos", name)
            row.addWidget(button)
        row.addStretch()

    @property
    def first(self) -> Path:
        """The path of the photo to begin with."""
        return next(iter(self._paths.values()))

    def showEvent(self, event: QShowEvent) -> None:
        for button, path in self._paths.items():
            if button.icon().isNull():
                button.setIcon(QIcon(_thumbnail(path, round(_SIDE * self.devicePixelRatioF()))))

    def _on_clicked(self) -> None:
        button = self.sender()
        assert isinstance(button, QToolButton)
        self.chosen.emit(self._paths[button])


def _thumbnail(path: Path, side: int) -> QPixmap:
    """The middle square of a photo, read at that size."""
    reader = QImageReader(str(path))
    size = reader.size()
    minimum = min(size.width(), size.height())
    reader.setScaledSize(QSize(size.width() * side // minimum, size.height() * side // minimum))
    image = reader.read()
    return QPixmap.fromImage(image.copy((image.width() - side) // 2, (image.height() - side) // 2, side, side))
